//! A visit: a span from entry to exit, derived from scans and never stored.

use crate::presence::entered_since;
use crate::scan::{Direction, Way};
use crate::time::Timestamp;
use std::time::Duration;

/// One passage through a checkpoint that counted, as pairing needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// When.
    pub at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// How it was read.
    pub way: Way,
}

/// How the end of a visit is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Read out at the checkpoint.
    Scanned(Timestamp),
    /// Nobody was read out; the venue's idle time passed.
    Idle(Timestamp),
    /// Still inside.
    Open,
    /// Read out without ever being read in: the entry is unknown.
    EntryUnknown(Timestamp),
}

/// A stay in one venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// When the person entered; the exit's time where the entry is unknown.
    pub entered: Timestamp,
    /// How it ended.
    pub end: End,
    /// How the entry (or, where unknown, the exit) was read.
    pub way: Way,
}

/// Pairs one person's passages at one venue, in order of time, into visits.
///
/// A second entry without an exit within the idle time continues the same visit; after it, the
/// open visit ends idle and another begins.
pub fn pair(passages: &[Passage], idle: Duration, now: Timestamp) -> Vec<Visit> {
    let mut visits: Vec<Visit> = Vec::new();
    let lasts = |visit: &Visit, at| visit.entered >= entered_since(at, idle);
    for passage in passages {
        let open = visits.last_mut().filter(|visit| visit.end == End::Open);
        match (passage.direction, open) {
            (Direction::In, Some(visit)) if lasts(visit, passage.at) => {}
            (Direction::In, open) => {
                if let Some(visit) = open {
                    visit.end = End::Idle(visit.entered.plus(idle));
                }
                visits.push(Visit {
                    entered: passage.at,
                    end: End::Open,
                    way: passage.way,
                });
            }
            (Direction::Out, Some(visit)) if lasts(visit, passage.at) => {
                visit.end = End::Scanned(passage.at);
            }
            (Direction::Out, open) => {
                if let Some(visit) = open {
                    visit.end = End::Idle(visit.entered.plus(idle));
                }
                let end = End::EntryUnknown(passage.at);
                visits.push(Visit {
                    entered: passage.at,
                    end,
                    way: passage.way,
                });
            }
        }
    }
    if let Some(visit) = visits.last_mut().filter(|visit| visit.end == End::Open)
        && !lasts(visit, now)
    {
        visit.end = End::Idle(visit.entered.plus(idle));
    }
    visits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(passages: &[(i64, Direction)], now: i64) -> Vec<(i64, End)> {
        let passages: Vec<Passage> = passages
            .iter()
            .map(|(at, direction)| Passage {
                at: Timestamp::from_seconds(*at),
                direction: *direction,
                way: Way::Card,
            })
            .collect();
        pair(
            &passages,
            Duration::from_secs(100),
            Timestamp::from_seconds(now),
        )
        .into_iter()
        .map(|visit| (visit.entered.seconds(), visit.end))
        .collect()
    }

    #[test]
    fn entries_and_exits_become_spans() {
        use Direction::{In, Out};
        let t = Timestamp::from_seconds;
        assert_eq!(pairs(&[(0, In), (50, Out)], 60), [(0, End::Scanned(t(50)))]);
        assert_eq!(pairs(&[(0, In)], 60), [(0, End::Open)]);
        assert_eq!(pairs(&[(0, In)], 101), [(0, End::Idle(t(100)))]);
        assert_eq!(
            pairs(&[(0, In), (30, In), (50, Out)], 60),
            [(0, End::Scanned(t(50)))]
        );
        assert_eq!(
            pairs(&[(0, In), (150, In)], 160),
            [(0, End::Idle(t(100))), (150, End::Open)]
        );
        assert_eq!(
            pairs(&[(0, In), (150, Out)], 160),
            [(0, End::Idle(t(100))), (150, End::EntryUnknown(t(150)))]
        );
        assert_eq!(pairs(&[(5, Out)], 60), [(5, End::EntryUnknown(t(5)))]);
    }
}
