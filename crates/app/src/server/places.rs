//! How many connections there are, in all and from each address.

use super::Limits;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The places there are.
#[derive(Debug)]
pub(super) struct Places {
    limits: Limits,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place of one connection.
#[derive(Debug)]
pub(super) struct Place {
    taken: Arc<Mutex<Taken>>,
    address: Option<IpAddr>,
}

impl Places {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            taken: Arc::default(),
        }
    }

    /// A place for an address; nothing when there is none, and the connection is closed.
    pub(super) fn take(&self, ip: IpAddr) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.limits.connections {
            return None;
        }
        let address = (!ip.is_loopback()).then(|| network(ip));
        if let Some(address) = address {
            let count = taken.by_address.entry(address).or_default();
            if *count >= self.limits.per_address {
                return None;
            }
            *count += 1;
        }
        taken.all += 1;
        Some(Place {
            taken: Arc::clone(&self.taken),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(address) = self.address
            && let Some(count) = taken.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

/// One household or office has a whole /64 of IPv6.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => IpAddr::V4(ip),
            None => {
                let [a, b, c, d, ..] = ip.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_this_machine_has_all() {
        let limits = Limits {
            connections: 5,
            per_address: 2,
            ..Limits::default()
        };
        let places = Places::new(limits);
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let held: Vec<_> = (0..3).map(|_| places.take(ip("2001:db8::1"))).collect();
        assert_eq!(held.iter().flatten().count(), 2);
        assert!(places.take(ip("2001:db8::2")).is_none(), "the same network");
        let own: Vec<_> = (0..9).map(|_| places.take(ip("127.0.0.1"))).collect();
        assert_eq!(own.iter().flatten().count(), 3, "up to the whole");
        drop(own);
        drop(held);
        assert!(places.take(ip("2001:db8::2")).is_some());
    }
}
