//! Working days in Việt Nam: Monday to Friday, without public holidays.
//!
//! Bộ luật Lao động 2019, article 112, names the holidays; article 111 moves one that falls on a weekend to the next working
//! day. Those of the moon's calendar, and the days that an announcement adds to them, are listed by year; past the list only
//! those of fixed dates count, so that a span may end a day early and never late.

use crate::time::{Day, Timestamp, Zone};
use jiff::civil::{Weekday, date};

/// Month and day of the holidays that fall on the same date each year: New Year, Reunification Day, Labour Day, National Day.
const FIXED: [(i8, i8); 4] = [(1, 1), (4, 30), (5, 1), (9, 2)];

/// The others, as year, month, day: Tết (16/02/2026 and 05/02/2027 are its eves), the Hùng Kings (10/3 of the moon's calendar),
/// the second day of National Day, the day of Vietnamese culture (24/11, from 2026), and what a weekend moves.
const LISTED: [(i16, i8, i8); 18] = [
    (2026, 2, 16),
    (2026, 2, 17),
    (2026, 2, 18),
    (2026, 2, 19),
    (2026, 2, 20),
    (2026, 4, 27),
    (2026, 9, 1),
    (2026, 11, 24),
    (2027, 2, 5),
    (2027, 2, 8),
    (2027, 2, 9),
    (2027, 2, 10),
    (2027, 2, 11),
    (2027, 4, 16),
    (2027, 5, 3),
    (2027, 9, 3),
    (2027, 11, 24),
    (2028, 1, 3),
];

/// Whether offices work on a day.
pub fn is_working(day: Day) -> bool {
    let date_of = day.date();
    let weekend = matches!(date_of.weekday(), Weekday::Saturday | Weekday::Sunday);
    let fixed = FIXED.contains(&(date_of.month(), date_of.day()));
    let listed = LISTED
        .iter()
        .any(|(year, month, of_month)| date(*year, *month, *of_month) == date_of);
    !weekend && !fixed && !listed
}

/// The end of the so many-th working day after the day of an instant: what was asked on Friday and has two days is due when
/// Tuesday ends.
pub fn due(asked: Timestamp, working_days: u8, zone: Zone) -> Timestamp {
    let mut day = zone.day(asked);
    let mut left = working_days;
    while left > 0 {
        day = day.plus(1);
        left -= u8::from(is_working(day));
    }
    zone.start(day.plus(1))
}

/// How many working days are left from an instant until another, the day of the first not counted; nothing once it has passed.
pub fn left(now: Timestamp, due: Timestamp, zone: Zone) -> Option<i64> {
    if now >= due {
        return None;
    }
    let (today, last) = (zone.day(now), zone.day(due).plus(-1));
    let days = (today.0 + 1..=last.0).filter(|day| is_working(Day(*day)));
    Some(days.count() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("a time")
    }

    fn due_of(asked: &str) -> String {
        let due = due(at(asked), 2, Zone::VIETNAM);
        Zone::VIETNAM.day(due).plus(-1).written()
    }

    #[test]
    fn weekends_and_holidays_do_not_count() {
        // Wednesday, Friday, Saturday; the day before a holiday that is a Tuesday; before Tết.
        assert_eq!(due_of("2026-11-11T05:00:00+07:00"), "13/11/2026");
        assert_eq!(due_of("2026-11-13T23:59:00+07:00"), "17/11/2026");
        assert_eq!(due_of("2026-11-14T08:00:00+07:00"), "17/11/2026");
        assert_eq!(due_of("2026-11-20T08:00:00+07:00"), "25/11/2026");
        assert_eq!(due_of("2026-02-13T08:00:00+07:00"), "24/02/2026");
        assert_eq!(due_of("2027-02-04T08:00:00+07:00"), "15/02/2027");
        assert_eq!(due_of("2029-04-27T08:00:00+07:00"), "03/05/2029");
    }

    #[test]
    fn the_countdown_reaches_none_when_the_last_day_ends() {
        let asked = at("2026-11-20T08:00:00+07:00");
        let due = due(asked, 2, Zone::VIETNAM);
        let left_at = |text| left(at(text), due, Zone::VIETNAM);
        assert_eq!(left_at("2026-11-20T09:00:00+07:00"), Some(2));
        assert_eq!(left_at("2026-11-23T09:00:00+07:00"), Some(1));
        assert_eq!(left_at("2026-11-24T09:00:00+07:00"), Some(1));
        assert_eq!(left_at("2026-11-25T23:59:59+07:00"), Some(0));
        assert_eq!(left_at("2026-11-26T00:00:00+07:00"), None);
    }
}
