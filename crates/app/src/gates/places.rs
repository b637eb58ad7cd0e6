//! Tokens that are used in two places: one that is heard from here, then from there, then from here
//! again is not carried that fast. Kept in memory, each server for itself.
//!
//! Of an address only a hash is kept, under a key that this process draws and nobody writes down.

use domain::ids::DeviceId;
use domain::time::Timestamp;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::time::Duration;

/// Within so long a token is not carried there and back.
const BACK: Duration = Duration::from_secs(600);
/// How many tokens are remembered before those that were not heard for that long are forgotten.
const MANY: usize = 4096;

/// Where tokens were heard.
#[derive(Debug, Default)]
pub(super) struct Places {
    key: RandomState,
    /// A phone may speak both families of addresses in turn, and is in one place all the same.
    heard: HashMap<(DeviceId, bool), Turns>,
}

/// A place, as a hash, and when the token was last heard there.
type Heard = (u64, Timestamp);

#[derive(Debug)]
struct Turns {
    now: Heard,
    before: Option<Heard>,
}

impl Places {
    /// Notes where a token was heard, and says whether it was there, elsewhere and there again.
    pub(super) fn hear(&mut self, device: DeviceId, from: IpAddr, now: Timestamp) -> bool {
        let recent = |at: Timestamp| now.since(at).unsigned_abs() <= BACK.as_millis() as u64;
        if self.heard.len() >= MANY {
            self.heard.retain(|_, turns| recent(turns.now.1));
        }
        let here = (self.key.hash_one(network(from)), now);
        let turns = self.heard.entry((device, from.is_ipv6()));
        let turns = turns.or_insert(Turns {
            now: here,
            before: None,
        });
        if turns.now.0 == here.0 {
            turns.now = here;
            return false;
        }
        let back = turns
            .before
            .is_some_and(|(place, at)| place == here.0 && recent(at));
        turns.before = Some(turns.now);
        turns.now = here;
        back
    }
}

/// The network of an address: one subscriber may be given several of it.
fn network(address: IpAddr) -> [u8; 6] {
    let mut network = [0; 6];
    match address {
        IpAddr::V4(ip) => network[..3].copy_from_slice(&ip.octets()[..3]),
        IpAddr::V6(ip) => network.copy_from_slice(&ip.octets()[..6]),
    }
    network
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn here_and_there_and_here_again_is_two_places() {
        let mut places = Places::default();
        let [one, two] = [1, 2].map(|n| DeviceId(Uuid::from_u128(n)));
        let mut hear = |device, from: &str, minute: i64| {
            let at = Timestamp::from_seconds(1_800_000_000 + minute * 60);
            places.hear(device, from.parse().unwrap(), at)
        };
        let (a, b) = ("192.0.2.1", "198.51.100.1");
        assert!(!hear(one, a, 0));
        assert!(!hear(one, b, 1), "carried there");
        assert!(!hear(one, b, 2));
        assert!(!hear(two, a, 3), "another's token");
        assert!(hear(one, a, 10), "and here again");
        assert!(!hear(one, a, 10));
        assert!(hear(one, b, 11), "and there again");
        // Carried back at leisure.
        assert!(!hear(one, a, 30));
        assert!(!hear(one, b, 50));
        assert!(!hear(one, a, 61));
        // Neighbours of one network, and the other family of addresses.
        assert!(!hear(one, "192.0.2.77", 62));
        assert!(!hear(one, "2001:db8::1", 62));
        assert!(!hear(one, a, 63));
        assert!(!hear(one, "2001:db8:0:1::1", 63));
    }

    #[test]
    fn places_are_forgotten() {
        let mut places = Places::default();
        let from: IpAddr = "192.0.2.1".parse().unwrap();
        for n in 0..MANY as u128 {
            places.hear(
                DeviceId(Uuid::from_u128(n)),
                from,
                Timestamp::from_seconds(0),
            );
        }
        places.hear(DeviceId(Uuid::max()), from, Timestamp::from_seconds(601));
        assert_eq!(places.heard.len(), 1);
    }
}
