//! Retention: how long each kind of record may live.

use crate::time::{Day, Timestamp, Zone};
use std::time::Duration;

/// Days of scans that are kept besides today where nothing else is set: 21.
pub const DEFAULT_SCAN_DAYS: u16 = 21;
/// Days that declarations are kept where nothing else is set: 30.
pub const DEFAULT_DECLARATION_DAYS: u16 = 30;
/// How many days scans that were set aside wait for the owner where scans are kept as long.
pub const ASIDE_DAYS: u16 = 7;
/// Days that requests are kept after their answer: long enough to ask again why.
pub const REQUEST_DAYS: u32 = 90;
/// Days that a venue's reminders are kept, and its suspensions once they are lifted: long enough to count those of a year.
pub const SUSPENSION_DAYS: u32 = 400;
/// Days that owners' requests for permits are kept after their answer: longer than any permit that came of them holds.
pub const PERMIT_REQUEST_DAYS: u32 = 200;
/// Days that a batch of printed cards is kept: longer than any of its cards is valid.
pub const BATCH_DAYS: u32 = 400;
/// Days that the photo of a wall without its poster is kept: long enough for an office to look.
pub const POSTER_PHOTO_DAYS: u32 = 90;
/// Days that two records that became one can become two again: longer than any card of theirs is valid.
pub const MERGE_DAYS: u32 = 400;
/// Days that the draft of a declaration is kept: as far ahead as a journey is declared.
pub const DRAFT_DAYS: u32 = 7;
/// No setting may keep scans or declarations longer than this.
pub const MAX_DAYS: u16 = 90;

/// How long records live, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Scans and everything else that speaks of visits.
    pub scan_days: u16,
    /// Declarations.
    pub declaration_days: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            scan_days: DEFAULT_SCAN_DAYS,
            declaration_days: DEFAULT_DECLARATION_DAYS,
        }
    }
}

impl Retention {
    /// The oldest local day whose scans may still be kept: the keys of all days before it go.
    pub fn oldest_scan_day(&self, now: Timestamp, zone: Zone) -> Day {
        zone.day(now).plus(-i32::from(self.scan_days))
    }

    /// The day on which scans of a day are erased.
    pub fn scans_erased(&self, day: Day) -> Day {
        day.plus(i32::from(self.scan_days) + 1)
    }

    /// How many days scans that were set aside wait for the owner, from when they came: no longer than
    /// the log keeps its own.
    pub fn aside_days(&self) -> u16 {
        self.scan_days.clamp(1, ASIDE_DAYS)
    }

    /// Of scans that came before this instant and were set aside nothing is kept but their ids.
    pub fn asides_before(&self, now: Timestamp) -> Timestamp {
        now.minus(Duration::from_secs(86_400) * u32::from(self.aside_days()))
    }

    /// Photos of walls that were brought before this instant are erased.
    pub fn poster_photos_before(now: Timestamp) -> Timestamp {
        now.minus(Duration::from_secs(86_400) * POSTER_PHOTO_DAYS)
    }

    /// Batches of cards made before this instant are erased.
    pub fn batches_before(now: Timestamp) -> Timestamp {
        now.minus(Duration::from_secs(86_400) * BATCH_DAYS)
    }

    /// Records merged before this instant stay one.
    pub fn merges_before(now: Timestamp) -> Timestamp {
        now.minus(Duration::from_secs(86_400) * MERGE_DAYS)
    }

    /// Requests answered before this instant are erased, and those that nobody answered.
    pub fn requests_before(now: Timestamp) -> Timestamp {
        now.minus(Duration::from_secs(86_400) * REQUEST_DAYS)
    }

    /// Drafts of declarations saved before this instant are erased. No setting makes it longer.
    pub fn drafts_before(now: Timestamp) -> Timestamp {
        now.minus(Duration::from_secs(86_400) * DRAFT_DAYS)
    }

    /// Reminders made before this instant are erased, and suspensions lifted before it.
    pub fn suspensions_before(now: Timestamp) -> Timestamp {
        now.minus(Duration::from_secs(86_400) * SUSPENSION_DAYS)
    }

    /// Owners' requests for permits answered before this instant are erased, and those that nobody answered.
    pub fn permit_requests_before(now: Timestamp) -> Timestamp {
        now.minus(Duration::from_secs(86_400) * PERMIT_REQUEST_DAYS)
    }

    /// Declarations made before this instant are erased.
    pub fn declarations_before(&self, now: Timestamp, zone: Zone) -> Timestamp {
        zone.start(zone.day(now).plus(-i32::from(self.declaration_days)))
    }
}

/// How many days the clock may have moved since the last erasure and be believed by itself.
pub const CLOCK_STEP: i32 = 2;
/// For how many hours a clock that moved further must stand by it.
pub const CLOCK_HOURS: i64 = 24;

/// What is known when the clock says that it is time to erase. Erasing cannot be taken back, so
/// a clock that jumped must not do it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockFacts {
    /// The day the clock says it is.
    pub today: Day,
    /// The day on which things were last erased, or when nothing ever was, the newest day stored.
    pub last: Option<Day>,
    /// Whether a device's own clock made a scan today or yesterday.
    pub device_agrees: bool,
    /// For how many hours of running the clock has said so.
    pub held_hours: i64,
}

impl ClockFacts {
    /// Whether the clock may erase: it moved no further than a weekend, or a second clock agrees,
    /// or it stood by its word for a day.
    pub fn believed(&self) -> bool {
        let near = |last: Day| self.today <= last.plus(CLOCK_STEP);
        self.last.is_none_or(near) || self.device_agrees || self.held_hours >= CLOCK_HOURS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_in_the_installations_zone() {
        let zone = Zone::VIETNAM;
        let retention = Retention::default();
        let now = Timestamp::parse_rfc3339("2026-11-21T16:59:59Z").expect("a time"); // 23:59 local
        assert_eq!(
            retention.oldest_scan_day(now, zone),
            Day::parse("2026-10-31").expect("a day")
        );
        let now = Timestamp::parse_rfc3339("2026-11-21T17:00:00Z").expect("a time"); // midnight local
        assert_eq!(
            retention.oldest_scan_day(now, zone),
            Day::parse("2026-11-01").expect("a day")
        );
        assert_eq!(
            retention
                .scans_erased(Day::parse("2026-11-01").expect("a day"))
                .written(),
            "23/11/2026"
        );
    }

    #[test]
    fn a_clock_that_jumped_does_not_erase_alone() {
        let today = Day::parse("2026-11-21").expect("a day");
        let facts = ClockFacts {
            today,
            last: Some(today.plus(-1)),
            device_agrees: false,
            held_hours: 0,
        };
        assert!(facts.believed());
        let jumped = ClockFacts {
            last: Some(today.plus(-30)),
            ..facts
        };
        assert!(!jumped.believed());
        for (device_agrees, held_hours) in [(true, 0), (false, CLOCK_HOURS)] {
            assert!(
                ClockFacts {
                    device_agrees,
                    held_hours,
                    ..jumped
                }
                .believed()
            );
        }
        let back = ClockFacts {
            last: Some(today.plus(9)),
            ..facts
        };
        assert!(back.believed(), "a clock set back erases less, never more");
        assert!(
            ClockFacts {
                last: None,
                ..facts
            }
            .believed()
        );
    }
}
