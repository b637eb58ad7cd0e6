//! How many new cards a second: a bucket that fills again by a clock that cannot jump.
//!
//! A list of thousands is taken at once, in advance of the seconds after it: half a list of cards would be none. Meanwhile the
//! desks go on, whose people stand there; another list waits.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Up to so many are asked for by a desk, or a few desks at once. More is a list.
const DESK: u32 = 100;
/// How far desks may go in advance, in seconds of the rate.
const ADVANCE: f64 = 60.0;

/// So many a second on the average; one question may take what the next seconds would have.
#[derive(Debug)]
pub(super) struct Pace {
    per_second: u32,
    left: Mutex<Left>,
}

/// What is left, and since when it has been filling.
#[derive(Debug)]
struct Left {
    /// Of all that is taken: below nothing while a list is waited for.
    all: f64,
    /// Of what desks take, whatever lists took: below nothing while desks are in advance.
    desks: f64,
    since: Instant,
}

impl Pace {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            per_second,
            left: Mutex::new(Left {
                all: f64::from(per_second),
                desks: f64::from(per_second),
                since: Instant::now(),
            }),
        }
    }

    /// Takes so many; how many seconds to wait when others took too many before.
    pub(super) fn take(&self, count: u32) -> Result<(), u32> {
        self.take_at(count, Instant::now())
    }

    fn take_at(&self, count: u32, now: Instant) -> Result<(), u32> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let rate = f64::from(self.per_second);
        let more = now.saturating_duration_since(left.since).as_secs_f64() * rate;
        left.all = (left.all + more).min(rate);
        left.desks = (left.desks + more).min(rate);
        left.since = now;
        let desk = count <= DESK;
        let (is, least) = match desk {
            true => (left.desks, 1.0 - ADVANCE * rate),
            false => (left.all, 1.0),
        };
        if is < least {
            return Err(((least - is) / rate).ceil().max(1.0) as u32);
        }
        left.all -= f64::from(count);
        if desk {
            left.desks -= f64::from(count);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_was_taken_in_advance_is_waited_for() {
        let pace = Pace::new(100);
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        assert_eq!(pace.take_at(60, start), Ok(()));
        assert_eq!(pace.take_at(1000, start), Ok(()), "a list is taken whole");
        assert_eq!(pace.take_at(101, start), Err(10), "another one waits");
        assert_eq!(pace.take_at(100, start), Ok(()), "a desk does not");
        assert_eq!(pace.take_at(101, after(10_600)), Err(1));
        assert_eq!(pace.take_at(101, after(10_700)), Ok(()));
        // A rest fills no more than a second's worth.
        assert_eq!(pace.take_at(101, after(900_000)), Ok(()));
        assert_eq!(pace.take_at(101, after(900_000)), Err(1));
    }

    #[test]
    fn no_list_is_so_long_that_desks_stand_still() {
        let pace = Pace::new(5);
        let start = Instant::now();
        assert_eq!(pace.take_at(20_000, start), Ok(()));
        for question in 0..60 {
            assert_eq!(pace.take_at(5, start), Ok(()), "{question}");
        }
        let then = start + Duration::from_secs(4000);
        assert_eq!(pace.take_at(101, then), Err(60), "what desks took counts");
    }

    #[test]
    fn desks_go_on_for_a_minute_in_advance_and_then_at_the_rate() {
        let pace = Pace::new(100);
        let start = Instant::now();
        for question in 0..61 {
            assert_eq!(pace.take_at(100, start), Ok(()), "{question}");
        }
        assert_eq!(pace.take_at(1, start), Err(1));
        for second in 1..5 {
            let then = start + Duration::from_secs(second);
            assert_eq!(pace.take_at(100, then), Ok(()));
            assert_eq!(pace.take_at(1, then), Err(1), "{second}");
        }
    }
}
