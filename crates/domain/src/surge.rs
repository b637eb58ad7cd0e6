//! Surges: more people taking a poster's code in an hour than can have stood before it.
//!
//! A poster's code may be photographed and taken from anywhere, a thousand times a night. The venue's
//! owner says whether they were there.

use crate::venue::OpeningHours;

/// An hour with so many is no surge anywhere while the venue is open.
pub const ORDINARY: u32 = 60;
/// How many times the expected number an hour may bring.
pub const TIMES: u32 = 3;
/// More than so many are a surge while the venue is closed.
pub const CLOSED: u32 = 20;

text_enum! {
    /// What is known of a surge.
    SurgeState {
        /// The owner has not been heard.
        Open = "open",
        /// They were there.
        Confirmed = "confirmed",
        /// They were not.
        Rejected = "rejected",
    }
}

/// The most takings of a poster's code in an hour of the day (0 to 23) that are no surge, at a venue
/// that expects so many people a day. An hour in part of which it is open is one in which it is open.
pub fn ordinary(expected_daily: u32, hours: OpeningHours, hour: u16) -> u32 {
    let open = |hour: u16| (hour * 60..hour * 60 + 60).any(|minute| hours.contains(minute));
    if !open(hour) {
        return CLOSED;
    }
    let open = (0..24).filter(|hour| open(*hour)).count() as u32;
    let hourly = expected_daily.saturating_mul(TIMES) / open.max(1);
    hourly.max(ORDINARY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_bears_what_the_venue_expects() {
        let check = |expected, hours: &str, hour, most| {
            let hours = OpeningHours::parse(hours).expect("valid hours");
            assert_eq!(
                ordinary(expected, hours, hour),
                most,
                "{expected} {hours} {hour}"
            );
        };
        check(0, "05:00-18:00", 9, 60);
        check(200, "05:00-18:00", 9, 60);
        check(1300, "05:00-18:00", 9, 300);
        check(1300, "05:00-18:00", 18, CLOSED);
        check(1300, "05:00-18:00", 1, CLOSED);
        check(1400, "05:00-18:01", 18, 300);
        check(2400, "00:00-00:00", 1, 300);
        check(u32::MAX, "05:00-06:00", 5, u32::MAX);
        check(0, "22:00-02:00", 1, 60);
    }
}
