//! Movements that do not fit together, at the first market, so that whoever tries the product finds the pages about them filled.

use super::super::people::reserved;
use super::{Passing, Walk};
use domain::scan::{Asked, Way};
use domain::surge::ordinary;
use domain::time::Timestamp;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
/// By how many takings the surge is more than an ordinary hour.
const MORE: u32 = 30;

impl Walk<'_> {
    /// A surge, somebody read in twice, somebody read out twice, and somebody who was read elsewhere three minutes later.
    pub(super) fn oddities(&mut self) {
        self.surge();
        let [twice_in, twice_out, copied] = reserved::ODD;
        for person in reserved::ODD {
            self.declare(person, self.now.minus(HOUR * 3));
        }
        self.pass(0, twice_in, 25, Asked::In);
        self.pass(0, twice_in, 10, Asked::In);
        self.pass(0, twice_out, 28, Asked::In);
        self.pass(0, twice_out, 20, Asked::Out);
        self.pass(0, twice_out, 8, Asked::Out);
        self.pass(0, copied, 15, Asked::In);
        if let Some(other) = self.elsewhere(self.now.minus(HOUR / 5)) {
            self.pass(other, copied, 12, Asked::In);
        }
    }

    /// People who take the first gate's poster in the last whole hour, more than a market bears.
    fn surge(&mut self) {
        let market = &self.town.venues[0];
        let into = self.now.millis().rem_euclid(HOUR.as_millis() as i64);
        let from = Timestamp::from_millis(self.now.millis() - into).minus(HOUR);
        let daily = market.details.expected_daily.unsigned_abs();
        let hour = self.zone.minute_of_day(from) / 60;
        let pairs = (ordinary(daily, market.details.hours, hour) + MORE) / 2;
        let moving = self.people.holders.len() - reserved::MOVING;
        for n in 0..pairs {
            let passing = Passing {
                venue: market,
                gate: 0,
                person: reserved::MOVING + n as usize % moving,
                way: Way::Poster,
            };
            let at = from.plus(HOUR * 9 / 10 * n / pairs);
            for (at, asked) in [(at, Asked::In), (at.plus(HOUR / 40), Asked::Out)] {
                let scan = self.scan(&passing, at, asked);
                self.trips.scans.push(scan);
            }
        }
    }

    /// A venue of another commune than the market's that is open at an instant.
    fn elsewhere(&self, at: Timestamp) -> Option<usize> {
        let venues = &self.town.venues;
        let minute = self.zone.minute_of_day(at);
        let other = |details: &store::venues::VenueDetails| {
            details.unit != venues[0].details.unit && details.hours.contains(minute)
        };
        venues.iter().position(|venue| other(&venue.details))
    }

    /// Somebody goes through the first gate of a venue, so many minutes ago.
    fn pass(&mut self, venue: usize, person: usize, minutes: u32, asked: Asked) {
        let passing = Passing {
            venue: &self.town.venues[venue],
            gate: 0,
            person,
            way: Way::Card,
        };
        let at = self.now.minus(HOUR * minutes / 60);
        let scan = self.scan(&passing, at, asked);
        self.trips.scans.push(scan);
    }
}
