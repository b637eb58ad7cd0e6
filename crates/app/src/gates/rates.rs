//! How fast one device may send: a bucket of scans that fills again by itself.
//!
//! Kept in memory, each server for itself: behind several a device may send as many times as much.
//! It bounds what a stolen token or a device gone wild costs, and no gate at work comes near it.

use domain::ids::DeviceId;
use domain::time::Timestamp;
use std::collections::HashMap;

/// How many scans a device may send at once: more than the busiest gate keeps in three days without
/// a network, at three people a second.
const BURST: f64 = 1_000_000.0;
/// How many it may send for long, a second: several reading places may stand behind one token.
const SUSTAINED: f64 = 1000.0;
/// How many buckets are kept before those that are full again are forgotten.
const MANY: usize = 4096;

/// What each device has left.
#[derive(Debug, Default)]
pub(super) struct Rates(HashMap<DeviceId, (f64, Timestamp)>);

impl Rates {
    /// Takes scans out of a device's bucket, or says in how many seconds that many will be there.
    pub(super) fn spend(
        &mut self,
        device: DeviceId,
        scans: usize,
        now: Timestamp,
    ) -> Result<(), u32> {
        if self.0.len() >= MANY {
            self.0.retain(|_, bucket| filled(*bucket, now) < BURST);
        }
        let bucket = self.0.entry(device).or_insert((BURST, now));
        let left = filled(*bucket, now) - scans as f64;
        if left < 0.0 {
            return Err((-left / SUSTAINED).ceil() as u32);
        }
        *bucket = (left, now);
        Ok(())
    }
}

/// What is in a bucket now. A clock that went back fills nothing.
fn filled((left, at): (f64, Timestamp), now: Timestamp) -> f64 {
    let seconds = now.since(at).max(0) as f64 / 1000.0;
    (left + seconds * SUSTAINED).min(BURST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let at = |seconds: i64| Timestamp::from_seconds(1_800_000_000 + seconds);
        let [one, two] = [1, 2].map(|n| DeviceId(Uuid::from_u128(n)));
        let mut rates = Rates::default();
        let whole = BURST as usize;
        assert_eq!(rates.spend(one, whole - 10_000, at(0)), Ok(()));
        assert_eq!(rates.spend(one, 10_000, at(0)), Ok(()));
        assert_eq!(rates.spend(one, 1, at(0)), Err(1));
        assert_eq!(rates.spend(one, 2500, at(0)), Err(3));
        assert_eq!(rates.spend(two, whole, at(0)), Ok(()), "another's bucket");
        assert_eq!(rates.spend(one, 1001, at(1)), Err(1));
        assert_eq!(rates.spend(one, 1000, at(1)), Ok(()));
        assert_eq!(rates.spend(one, 1, at(-60)), Err(1), "the clock went back");
        assert_eq!(rates.spend(one, whole, at(2000)), Ok(()));
        assert_eq!(rates.spend(one, 1, at(2000)), Err(1), "no fuller than full");
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let mut rates = Rates::default();
        for n in 0..MANY as u128 {
            rates.spend(DeviceId(Uuid::from_u128(n)), 1, now).unwrap();
        }
        let later = Timestamp::from_seconds(1_800_000_001);
        rates
            .spend(DeviceId(Uuid::from_u128(u128::MAX)), 1, later)
            .unwrap();
        assert_eq!(rates.0.len(), 1);
    }
}
