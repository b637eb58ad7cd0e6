//! Time: instants in milliseconds UTC, and the days that people live by.
//!
//! Nothing here knows what time it is now; callers bring it.

use jiff::civil;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Milliseconds in a day.
pub const DAY_MILLIS: i64 = 86_400_000;

/// An instant: milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "sql", derive(sqlx::Type), sqlx(transparent))]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant that many milliseconds after 1970-01-01 UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The instant that many seconds after 1970-01-01 UTC.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01 UTC, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The instant a duration later.
    pub const fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_millis() as i64))
    }

    /// The instant a duration earlier.
    pub const fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.as_millis() as i64))
    }

    /// Milliseconds from `earlier` to this instant; negative when it is not earlier.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 in UTC with milliseconds, as the API speaks: `2026-11-21T00:42:16.125Z`.
    pub fn rfc3339(self) -> String {
        let civil = Zone::UTC.civil(self);
        format!("{}Z", civil.strftime("%Y-%m-%dT%H:%M:%S%.3f"))
    }

    /// Parses RFC 3339 with any offset.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|t| Self(t.as_millisecond()))
    }
}

/// A civil day: days since 1970-01-01 in the installation's zone. It names the day's key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "sql", derive(sqlx::Type), sqlx(transparent))]
#[serde(transparent)]
pub struct Day(pub i32);

impl Day {
    /// The day that many days later (earlier when negative).
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The calendar date.
    pub fn date(self) -> civil::Date {
        civil::date(1970, 1, 1)
            .saturating_add(jiff::Span::new().days(self.0.clamp(-700_000, 2_900_000)))
    }

    /// The day of a calendar date.
    pub fn from_date(date: civil::Date) -> Self {
        Self((date - civil::date(1970, 1, 1)).get_days())
    }

    /// Parses `yyyy-MM-dd`.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<civil::Date>().ok().map(Self::from_date)
    }

    /// Parses dd/MM/yyyy as people write it: with any of `/`, `-` and `.`, with or without zeros.
    pub fn parse_written(text: &str) -> Option<Self> {
        let mut parts = text.trim().split(['/', '-', '.']);
        let mut next = |most: usize| {
            let part = parts.next()?.trim();
            let digits = part.bytes().all(|b| b.is_ascii_digit());
            ((1..=most).contains(&part.len()) && digits).then(|| part.parse::<i16>().ok())?
        };
        let (day, month, year) = (next(2)?, next(2)?, next(4)?);
        let date = civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok();
        date.filter(|_| year > 999 && parts.next().is_none())
            .map(Self::from_date)
    }

    /// dd/MM/yyyy, as people in Việt Nam write it.
    pub fn written(self) -> String {
        self.date().strftime("%d/%m/%Y").to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

/// A fixed offset from UTC: where an installation's days begin.
///
/// Việt Nam has kept one offset without summer time since 1975, so an offset is enough.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Zone {
    offset_millis: i64,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self { offset_millis: 0 };
    /// `Asia/Ho_Chi_Minh`, UTC+07:00.
    pub const VIETNAM: Self = Self {
        offset_millis: 7 * 3_600_000,
    };

    /// Minutes east of Greenwich.
    pub const fn minutes_east(self) -> i64 {
        self.offset_millis / 60_000
    }

    /// The local day of an instant.
    pub const fn day(self, at: Timestamp) -> Day {
        Day((at.millis() + self.offset_millis).div_euclid(DAY_MILLIS) as i32)
    }

    /// The first instant of a local day.
    pub const fn start(self, day: Day) -> Timestamp {
        Timestamp::from_millis(day.0 as i64 * DAY_MILLIS - self.offset_millis)
    }

    /// How far the zone is ahead of UTC, in minutes.
    pub const fn offset_minutes(self) -> i64 {
        self.offset_millis / 60_000
    }

    /// Minutes since local midnight, 0 to 1439.
    pub const fn minute_of_day(self, at: Timestamp) -> u16 {
        ((at.millis() + self.offset_millis).rem_euclid(DAY_MILLIS) / 60_000) as u16
    }

    /// The local date and time of an instant.
    pub fn civil(self, at: Timestamp) -> civil::DateTime {
        let local =
            (at.millis() + self.offset_millis).clamp(-60_000_000_000_000, 250_000_000_000_000);
        let days = local.div_euclid(DAY_MILLIS) as i32;
        let millis = local.rem_euclid(DAY_MILLIS);
        Day(days).date().at(
            (millis / 3_600_000) as i8,
            (millis / 60_000 % 60) as i8,
            (millis / 1000 % 60) as i8,
            (millis % 1000 * 1_000_000) as i32,
        )
    }

    /// HH:mm, as people read it.
    pub fn clock(self, at: Timestamp) -> String {
        self.civil(at).strftime("%H:%M").to_string()
    }

    /// HH:mm:ss, as a gate shows it.
    pub fn clock_seconds(self, at: Timestamp) -> String {
        self.civil(at).strftime("%H:%M:%S").to_string()
    }

    /// `HH:mm, dd/MM/yyyy`, as people read it.
    pub fn written(self, at: Timestamp) -> String {
        self.civil(at).strftime("%H:%M, %d/%m/%Y").to_string()
    }
}
