//! The days on which a permit holds.

use crate::time::Day;
use std::fmt;

/// Some days of the week: bit 0 is Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeekDays(u8);

impl WeekDays {
    /// Those days, 1 for Monday to 7 for Sunday; nothing for none, or for a number that is no day.
    pub fn new(days: impl IntoIterator<Item = u8>) -> Option<Self> {
        let mut bits = 0;
        for day in days {
            if !(1..=7).contains(&day) {
                return None;
            }
            bits |= 1 << (day - 1);
        }
        (bits != 0).then_some(Self(bits))
    }

    /// The days, 1 for Monday to 7 for Sunday.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (1..=7).filter(move |day| self.0 & (1 << (day - 1)) != 0)
    }
}

/// Which days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitDays {
    /// Every day.
    Every,
    /// Even dates of the month (ngày chẵn).
    Even,
    /// Odd dates of the month (ngày lẻ): after a 31st two odd days follow each other, as the slips of 2021 had it.
    Odd,
    /// Some days of the week.
    Week(WeekDays),
}

impl PermitDays {
    /// Parses what [`Display`](fmt::Display) writes: `every`, `even`, `odd` or `week:135`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "every" => Some(Self::Every),
            "even" => Some(Self::Even),
            "odd" => Some(Self::Odd),
            _ => {
                let days = text.strip_prefix("week:")?;
                WeekDays::new(days.bytes().map(|digit| digit.wrapping_sub(b'0'))).map(Self::Week)
            }
        }
    }

    /// Whether a day is one of them.
    pub fn has(self, day: Day) -> bool {
        match self {
            Self::Every => true,
            Self::Even => day.date().day() % 2 == 0,
            Self::Odd => day.date().day() % 2 == 1,
            // Day 0, 1 January 1970, was a Thursday.
            Self::Week(days) => {
                let weekday = (day.0 + 3).rem_euclid(7) as u8 + 1;
                days.iter().any(|one| one == weekday)
            }
        }
    }
}

impl fmt::Display for PermitDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every => f.write_str("every"),
            Self::Even => f.write_str("even"),
            Self::Odd => f.write_str("odd"),
            Self::Week(days) => {
                f.write_str("week:")?;
                days.iter().try_for_each(|day| write!(f, "{day}"))
            }
        }
    }
}
