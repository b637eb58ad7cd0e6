//! How many new cards a second: a bucket that fills again by a clock that cannot jump.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

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

    /// Takes so many; how many seconds to wait when others took theirs before.
    pub(super) fn take(&self, count: u32) -> Result<(), u32> {
        self.take_at(count, Instant::now())
    }

    fn take_at(&self, count: u32, now: Instant) -> Result<(), u32> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let rate = f64::from(self.per_second);
        let filled = left.0 + now.saturating_duration_since(left.1).as_secs_f64() * rate;
        *left = (filled.min(rate), now);
        if left.0 < 1.0 {
            return Err(((1.0 - left.0) / rate).ceil().max(1.0) as u32);
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
        assert_eq!(
            pace.take_at(1000, start),
            Ok(()),
            "one question may be large"
        );
        assert_eq!(pace.take_at(1, start), Err(10));
        assert_eq!(pace.take_at(1, after(9_000)), Err(1));
        assert_eq!(pace.take_at(1, after(9_700)), Ok(()));
        // A rest fills no more than a second's worth.
        assert_eq!(pace.take_at(100, after(900_000)), Ok(()));
        assert_eq!(pace.take_at(1, after(900_000)), Err(1));
    }
}
