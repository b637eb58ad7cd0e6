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
    left: Mutex<(f64, Instant)>,
}

impl Pace {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            per_second,
            left: Mutex::new((f64::from(per_second), Instant::now())),
        }
    }

    /// Takes so many; how many seconds to wait when others took too many before.
    pub(super) fn take(&self, count: u32) -> Result<(), u32> {
        self.take_at(count, Instant::now())
    }

    fn take_at(&self, count: u32, now: Instant) -> Result<(), u32> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let rate = f64::from(self.per_second);
        let filled = left.0 + now.saturating_duration_since(left.1).as_secs_f64() * rate;
        *left = (filled.min(rate), now);
        let least = match count {
            0..=DESK => 1.0 - ADVANCE * rate,
            _ => 1.0,
        };
        if left.0 < least {
            return Err(((least - left.0) / rate).ceil().max(1.0) as u32);
        }
        left.0 -= f64::from(count);
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
