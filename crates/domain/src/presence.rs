//! Presence: who is inside now, and what was last answered to them.

use crate::ids::ScanId;
use crate::scan::{Decision, Direction, Reasons};
use crate::time::Timestamp;
use std::time::Duration;

/// Where one person stands at one venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Since when inside; `None` when outside.
    pub since: Option<Timestamp>,
    /// People without a code of their own who came along.
    pub companions: u8,
    /// The last reading of this person here.
    pub last: LastScan,
}

/// The last reading of a person at a venue, and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastScan {
    /// The scan.
    pub id: ScanId,
    /// Which way it went.
    pub direction: Direction,
    /// What was answered.
    pub decision: Decision,
    /// Why.
    pub reasons: Reasons,
}

/// The earliest entry that still counts at that time where nobody was read out: whoever entered
/// before it is idle, and taken to have left. The one rule of idling, in `store`'s SQL too.
pub fn entered_since(at: Timestamp, idle: Duration) -> Timestamp {
    at.minus(idle)
}

impl Presence {
    /// Whether the person is inside at that time: entered, not left, and not idle for too long.
    pub fn inside_at(&self, at: Timestamp, idle: Duration) -> bool {
        self.since
            .is_some_and(|since| since >= entered_since(at, idle))
    }

    /// Whether the last reading lies within a window of that time, before or after it.
    pub fn read_within(&self, at: Timestamp, window: Duration) -> bool {
        at.since(self.last.id.at()).abs() < window.as_millis() as i64
    }
}
