//! Scans set aside: a device has read them, but the log may not take them as they are. They wait
//! until the venue's owner dates, accepts or discards them, and are neither lost nor believed meanwhile.

use crate::admission::{FUTURE_TOLERANCE, from_the_future};
use crate::ids::ScanId;
use crate::retention::Retention;
use crate::scan::Reason;
use crate::time::{Timestamp, Zone};

/// The most scans that one device may have waiting at a time: days of a busy gate. It bounds what
/// a stolen token can fill.
pub const MOST: usize = 20_000;
/// The most that one device may have set aside with those that are settled, of which the ids are kept.
pub const MOST_KEPT: usize = 5 * MOST;
/// Of a code no more bytes are kept than this; no card's is as long, so what is longer stays unreadable.
pub const MOST_CODE: usize = 2048;

text_enum! {
    /// Why a scan was set aside.
    AsideReason {
        /// Its time lies ahead of the server's.
        Future = "future",
        /// Its day is past its retention.
        TooOld = "too_old",
        /// Its device was reported lost before it came.
        LostDevice = "lost_device",
    }
}

impl AsideReason {
    /// Why the log does not take a scan at its time; nothing when it does.
    pub fn of_time(id: ScanId, now: Timestamp, retention: Retention, zone: Zone) -> Option<Self> {
        if from_the_future(id, now) {
            return Some(Self::Future);
        }
        let oldest = retention.oldest_scan_day(now, zone);
        (zone.day(id.at()) < oldest).then_some(Self::TooOld)
    }

    /// What the device is told.
    pub const fn told(self) -> Reason {
        match self {
            Self::Future => Reason::Future,
            Self::TooOld => Reason::TooOld,
            Self::LostDevice => Reason::DeviceLost,
        }
    }
}

text_enum! {
    /// How the owner settled a scan that was set aside, as the log then says beside it.
    Settled {
        /// The owner gave it its time.
        Dated = "dated",
        /// The owner believed it as it was.
        Accepted = "accepted",
    }
}

/// Why scans cannot be moved to where the owner says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// The first would then lie in the future.
    Future,
    /// The first would then be past its retention.
    TooOld,
}

/// How far scans move, in milliseconds, so that the first of them was read at `first`. All move by
/// the same distance: a clock that is wrong still counts seconds rightly. `claimed` is the earliest
/// time that they claim, `taken` are the earliest and the latest that the log takes.
pub fn distance(
    claimed: Timestamp,
    first: Timestamp,
    taken: (Timestamp, Timestamp),
) -> Result<i64, Misplaced> {
    if first < taken.0 {
        Err(Misplaced::TooOld)
    } else if first > taken.1 {
        Err(Misplaced::Future)
    } else {
        Ok(first.since(claimed))
    }
}

/// The earliest and the latest time that the log takes by itself.
pub fn taken(now: Timestamp, retention: Retention, zone: Zone) -> (Timestamp, Timestamp) {
    let oldest = zone.start(retention.oldest_scan_day(now, zone));
    (oldest, now.plus(FUTURE_TOLERANCE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("a time")
    }

    #[test]
    fn what_the_log_takes_is_not_set_aside() {
        let (now, zone) = (at("2026-11-21T00:42:00Z"), Zone::VIETNAM);
        let check = |time: &str, reason: Option<AsideReason>| {
            let id = ScanId::from_parts(at(time), [7; 10]);
            let found = AsideReason::of_time(id, now, Retention::default(), zone);
            assert_eq!(found, reason, "{time}");
            let (from, until) = taken(now, Retention::default(), zone);
            assert_eq!(from <= id.at() && id.at() <= until, reason.is_none());
        };
        check("2026-11-21T00:47:00Z", None);
        check("2026-11-21T00:47:00.001Z", Some(AsideReason::Future));
        check("2126-11-21T00:00:00Z", Some(AsideReason::Future));
        // 31/10/2026 begins in Việt Nam.
        check("2026-10-30T17:00:00Z", None);
        check("2026-10-30T16:59:59.999Z", Some(AsideReason::TooOld));
        check("1970-01-02T00:00:00Z", Some(AsideReason::TooOld));
    }

    #[test]
    fn all_move_by_the_distance_of_the_first() {
        let taken = (at("2026-10-30T17:00:00Z"), at("2026-11-21T00:42:00Z"));
        let claimed = at("2000-01-01T00:00:00Z");
        let first = at("2026-11-20T20:00:00Z");
        let by = distance(claimed, first, taken).expect("within");
        assert_eq!(
            at("2000-01-01T02:00:00Z").plus(Duration::from_millis(by as u64)),
            at("2026-11-20T22:00:00Z")
        );
        let late = at("2026-11-21T00:42:00.001Z");
        assert_eq!(distance(claimed, late, taken), Err(Misplaced::Future));
        let early = at("2026-10-30T16:59:59Z");
        assert_eq!(distance(claimed, early, taken), Err(Misplaced::TooOld));
        let back = distance(at("2036-01-01T00:00:00Z"), first, taken);
        assert!(back.is_ok_and(|by| by < 0));
    }
}
