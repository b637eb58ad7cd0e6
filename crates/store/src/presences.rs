//! Presences: who is inside a venue now, counted and never named.

use crate::dialect::run;
use crate::{Error, Tx};
use domain::presence::entered_since;
use domain::role::{Authorized, ReadVenueBoard, VenueScope};
use domain::time::Timestamp;
use std::time::Duration;

/// How many are inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// People who were read in.
    pub people: i64,
    /// People who came along without a code of their own.
    pub companions: i64,
}

impl Occupancy {
    /// Everybody inside.
    pub const fn all(self) -> i64 {
        self.people + self.companions
    }
}

impl Tx {
    /// How many are inside a venue: read in, not read out, and not idle for too long.
    pub async fn occupancy(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        idle: Duration,
        now: Timestamp,
    ) -> Result<Occupancy, Error> {
        let (people, companions): (i64, i64) = run!(self, |conn| {
            sqlx::query_as(
                "select count(*), coalesce(cast(sum(companions) as bigint), 0)
                 from presences where venue_id = $1 and since >= $2",
            )
            .bind(who.scope().venue)
            .bind(entered_since(now, idle))
            .fetch_one(conn)
        })?;
        Ok(Occupancy { people, companions })
    }
}
