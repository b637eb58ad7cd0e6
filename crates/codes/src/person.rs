//! What foreign codes say of a person: a birth date, a sex, and text made safe to show.

use domain::time::Day;
use serde::{Serialize, Serializer};
use std::fmt;
use unicode_normalization::{UnicodeNormalization, is_nfc};

const MAX_FIELD: usize = 200;

/// A date of birth, as much of it as the code gives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Birth {
    /// The year.
    pub year: u16,
    /// The month and the day, when both are known.
    pub month_day: Option<(u8, u8)>,
}

/// The sex a code states.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// Nam.
    Male,
    /// Nữ.
    Female,
}

impl Birth {
    /// Parses `yyyy-MM-dd`, where the month and the day may be masked with asterisks.
    pub fn from_iso(text: &str) -> Option<Self> {
        match text.strip_suffix("-**-**") {
            Some(year) => Self::from_year(year),
            None => Self::new(text.get(..4)?, text.get(5..7)?, text.get(8..)?).filter(|_| {
                text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-")
            }),
        }
    }

    /// Parses `ddMMyyyy`.
    pub fn from_compact(text: &str) -> Option<Self> {
        Self::new(text.get(4..)?, text.get(2..4)?, text.get(..2)?)
    }

    /// Parses `dd/MM/yyyy` or `yyyy`.
    pub fn from_slashed(text: &str) -> Option<Self> {
        match text.split_once('/') {
            Some((day, rest)) => {
                let (month, year) = rest.split_once('/')?;
                Self::new(year, month, day)
            }
            None => Self::from_year(text),
        }
    }

    fn from_year(year: &str) -> Option<Self> {
        Self::new(year, "01", "01").map(|birth| Self {
            month_day: None,
            ..birth
        })
    }

    /// A date of the calendar; a day and month of zeros mean an unknown day.
    fn new(year: &str, month: &str, day: &str) -> Option<Self> {
        if month == "00" && day == "00" {
            return Self::from_year(year);
        }
        date(year, month, day)?;
        Some(Self {
            year: year.parse().ok()?,
            month_day: Some((month.parse().ok()?, day.parse().ok()?)),
        })
    }
}

impl fmt::Display for Birth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.month_day {
            Some((month, day)) => write!(f, "{:04}-{month:02}-{day:02}", self.year),
            None => write!(f, "{:04}", self.year),
        }
    }
}

impl Serialize for Birth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The calendar day of three fields of digits.
pub(crate) fn date(year: &str, month: &str, day: &str) -> Option<Day> {
    let sized = (year.len(), month.len(), day.len()) == (4, 2, 2);
    let plain = [year, month, day]
        .iter()
        .all(|part| digits(part, part.len()));
    let day = Day::parse(&format!("{year}-{month}-{day}"))?;
    (sized && plain).then_some(day)
}

/// Whether a text is exactly so many ASCII digits.
pub(crate) fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A field as it may be kept and shown: composed (NFC), single-spaced, without controls, bounded.
pub(crate) fn clean(field: &str) -> String {
    let composed: String = match is_nfc(field) {
        true => field.to_owned(),
        false => field.nfc().collect(),
    };
    let visible: String = composed
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|&c| !c.is_control() && !is_direction(c))
        .take(MAX_FIELD)
        .collect();
    let words: Vec<_> = visible.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// A field that may be left out: empty or a dash.
pub(crate) fn optional(field: &str) -> Option<String> {
    let field = clean(field);
    (!field.is_empty() && field != "-").then_some(field)
}

/// Marks that turn the direction of text: on a guard's screen they could hide what a code says.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birth_dates_in_all_their_forms() {
        let text = |birth: Option<Birth>| birth.map(|birth| birth.to_string());
        let full = Some("1990-03-15".to_owned());
        let year = Some("1990".to_owned());
        assert_eq!(text(Birth::from_iso("1990-03-15")), full);
        assert_eq!(text(Birth::from_compact("15031990")), full);
        assert_eq!(text(Birth::from_slashed("15/03/1990")), full);
        assert_eq!(text(Birth::from_iso("1990-**-**")), year);
        assert_eq!(text(Birth::from_compact("00001990")), year);
        assert_eq!(text(Birth::from_slashed("1990")), year);
    }

    #[test]
    fn what_is_no_date_is_none() {
        for wrong in [
            "1990-02-30",
            "1990-3-15",
            "1990/03/15",
            "",
            "----------",
            "199é-01-01",
            "+990-01-01",
        ] {
            assert_eq!(Birth::from_iso(wrong), None, "{wrong}");
        }
        assert_eq!(Birth::from_compact("31021990"), None);
        assert_eq!(Birth::from_compact("1503199"), None);
        assert_eq!(Birth::from_slashed("5/3/1990"), None);
    }

    #[test]
    fn fields_are_composed_and_safe_to_show() {
        assert_eq!(
            clean("Nguye\u{302}\u{303}n  Va\u{306}n\tThu\u{309}\u{202e} "),
            "Nguyễn Văn Thủ"
        );
        assert_eq!(clean("a\u{7}b\u{1b}[31m"), "ab[31m");
        assert_eq!(clean(&"x".repeat(900)).len(), MAX_FIELD);
        assert_eq!(optional(" - "), None);
    }
}
