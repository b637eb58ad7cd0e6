//! A date of birth: a day, or only the year, as many papers and people say it.

use crate::time::{Day, Timestamp, Zone};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A date of birth, as much of it as is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Birth {
    /// The year.
    pub year: u16,
    /// The month and the day, when both are known.
    pub month_day: Option<(u8, u8)>,
}

impl Birth {
    /// Of somebody of whom only the year is known.
    pub const fn in_year(year: u16) -> Self {
        Self {
            year,
            month_day: None,
        }
    }

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

    /// Parses what people type: `18/1/1987`, `18-01-1987`, `18.01.1987`, `18011987`, `1987-01-18` or `1987`.
    pub fn typed(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::from_compact(text);
        }
        let parts: Vec<&str> = text.split(['/', '-', '.', ' ']).collect();
        let plain = |part: &&str| {
            (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        match parts.as_slice() {
            [year] => Self::from_year(year),
            [year, month, day] if parts.iter().all(plain) && year.len() == 4 => {
                Self::new(year, &format!("{month:0>2}"), &format!("{day:0>2}"))
            }
            [day, month, year] if parts.iter().all(plain) => {
                Self::new(year, &format!("{month:0>2}"), &format!("{day:0>2}"))
            }
            _ => None,
        }
    }

    /// `18/01/1987`, or `1987`.
    pub fn written(self) -> String {
        match self.month_day {
            Some((month, day)) => format!("{day:02}/{month:02}/{:04}", self.year),
            None => format!("{:04}", self.year),
        }
    }

    /// Whether a living person may be born then: not after today, and at most 130 years ago (the
    /// oldest person on record reached 122).
    pub fn plausible(self, now: Timestamp, zone: Zone) -> bool {
        let today = zone.day(now);
        let first = match self.month_day {
            Some((month, day)) => Day::parse(&format!("{:04}-{month:02}-{day:02}", self.year)),
            None => Day::parse(&format!("{:04}-01-01", self.year)),
        };
        first.is_some_and(|day| (today.plus(-130 * 366)..=today).contains(&day))
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

/// The calendar day of three fields of digits.
pub fn date(year: &str, month: &str, day: &str) -> Option<Day> {
    let sized = (year.len(), month.len(), day.len()) == (4, 2, 2);
    let mut digits = [year, month, day].into_iter().flat_map(str::bytes);
    let plain = digits.all(|byte| byte.is_ascii_digit());
    let day = Day::parse(&format!("{year}-{month}-{day}"))?;
    (sized && plain).then_some(day)
}

impl fmt::Display for Birth {
    /// `1987-01-18`, or `1987`.
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

impl<'de> Deserialize<'de> for Birth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let birth = Self::from_iso(&text).or_else(|| Self::from_year(&text));
        birth.ok_or_else(|| D::Error::custom("no date of birth"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY_MILLIS;

    #[test]
    fn birth_dates_in_all_their_forms() {
        let text = |birth: Option<Birth>| birth.map(|birth| birth.to_string());
        let full = Some("1990-03-15".to_owned());
        let year = Some("1990".to_owned());
        assert_eq!(text(Birth::from_iso("1990-03-15")), full);
        assert_eq!(text(Birth::from_compact("15031990")), full);
        assert_eq!(text(Birth::from_slashed("15/03/1990")), full);
        for typed in [
            "15/3/1990",
            "15-03-1990",
            " 15.3.1990 ",
            "15031990",
            "1990-03-15",
        ] {
            assert_eq!(text(Birth::typed(typed)), full, "{typed}");
        }
        assert_eq!(text(Birth::from_iso("1990-**-**")), year);
        assert_eq!(text(Birth::from_compact("00001990")), year);
        assert_eq!(text(Birth::from_slashed("1990")), year);
        assert_eq!(text(Birth::typed("1990")), year);
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
        for wrong in [
            "",
            "5",
            "87",
            "5/3",
            "5/3/90",
            "31/2/1990",
            "1/1/1/1990",
            "//1990",
            "tháng 3/1990",
        ] {
            assert_eq!(Birth::typed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn it_is_kept_as_it_was_known() {
        for birth in ["1987-01-18", "1987"] {
            let json = format!("\"{birth}\"");
            let read: Birth = serde_json::from_str(&json).expect("a date");
            assert_eq!(serde_json::to_string(&read).expect("text"), json);
        }
        assert!(serde_json::from_str::<Birth>("\"18\"").is_err());
        let day = Birth::from_iso("1987-01-18").expect("a date");
        assert_eq!(
            (day.written(), Birth::in_year(1987).written()),
            ("18/01/1987".to_owned(), "1987".to_owned())
        );
    }

    #[test]
    fn nobody_is_born_tomorrow_or_two_centuries_ago() {
        let now = Timestamp::from_millis(20_000 * DAY_MILLIS);
        let plausible = |text: &str| {
            Birth::typed(text)
                .expect("a date")
                .plausible(now, Zone::UTC)
        };
        assert!(plausible("04/10/2024") && plausible("2024") && plausible("1900"));
        assert!(!plausible("05/10/2024") && !plausible("2025") && !plausible("1890"));
    }
}
