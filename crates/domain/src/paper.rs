//! What people write into a paper log, and type from it: times and dates in the ways they are written in Việt Nam.

use crate::time::Day;
use jiff::civil::Date;

/// The minute of the day, 0 to 1439, of `0742`, `742`, `7:42`, `7h42`, `7g42`, `7.42` or `7h`.
///
/// ```
/// use domain::paper::minute;
/// assert_eq!(minute("7h42"), Some(462));
/// assert_eq!(minute("24:00"), None);
/// ```
pub fn minute(text: &str) -> Option<u16> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(6)
        .collect();
    let mark = |c: char| matches!(c, ':' | '.' | 'h' | 'H' | 'g' | 'G');
    let (hours, minutes) = match text.split_once(mark) {
        Some((hours, "")) if text.ends_with(['h', 'H', 'g', 'G']) => (hours, "00"),
        Some(parts) => parts,
        None => text.split_at_checked(text.len().checked_sub(2)?)?,
    };
    let (hours, minutes) = (digits(hours, 1..=2)?, digits(minutes, 2..=2)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// The day of `21/11/2026`, `1.9.2026`, `01-09-2026` or `01092026`.
///
/// ```
/// use domain::paper::date;
/// assert_eq!(date("1/9/2026").map(|day| day.written()), Some("01/09/2026".to_owned()));
/// assert_eq!(date("31/11/2026"), None);
/// ```
pub fn date(text: &str) -> Option<Day> {
    let text = text.trim();
    let parts: Vec<&str> = match text.len() {
        8 if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            vec![&text[..2], &text[2..4], &text[4..]]
        }
        _ => text.split(['/', '.', '-']).collect(),
    };
    let [day, month, year] = parts.try_into().ok()?;
    let (day, month) = (digits(day, 1..=2)?, digits(month, 1..=2)?);
    let year = digits(year, 4..=4)?;
    let date = Date::new(year as i16, month as i8, day as i8).ok()?;
    Some(Day::from_date(date))
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u16> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    (plain && length.contains(&text.len())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for text in [
            "0742", "742", "7:42", "07:42", "7h42", "07H42", "7g42", "7.42", " 7 : 42 ",
        ] {
            assert_eq!(minute(text), Some(462), "{text}");
        }
        assert_eq!(minute("7h"), Some(420));
        assert_eq!(minute("0000"), Some(0));
        assert_eq!(minute("23:59"), Some(1439));
        let wrong = [
            "",
            "7",
            "42",
            "24:00",
            "2400",
            "7:60",
            "7:4",
            "7:",
            "h42",
            "7h4",
            "07:42:30",
            "+7:42",
            "-742",
            "bảy giờ",
            "七:42",
            "٧:٤٢",
            "7h42h",
            "é42",
            "00742",
        ];
        for text in wrong {
            assert_eq!(minute(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        for text in [
            "01/09/2026",
            "1/9/2026",
            "1.9.2026",
            "01-09-2026",
            "01092026",
            " 1/9/2026 ",
        ] {
            let read = date(text).map(Day::written);
            assert_eq!(read.as_deref(), Some("01/09/2026"), "{text}");
        }
        for text in [
            "",
            "1/9",
            "1/9/26",
            "31/11/2026",
            "0/9/2026",
            "2026-09-01",
            "1/9/2026/1",
            "+1/9/2026",
            "ngày 1/9/2026",
            "é1092026",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
