//! Presences: who is inside a venue now, counted and never named.

use crate::dialect::run;
use crate::keys::Pseudonym;
use crate::{Error, Tx};
use domain::ids::ScanId;
use domain::presence::entered_since;
use domain::role::{Authorized, ReadVenueBoard, RecordScans, VenueScope};
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

    /// The reading that a repetition within the minute repeats: the last one of this person here.
    pub async fn repeated_reading(
        &mut self,
        who: &Authorized<RecordScans, VenueScope>,
        person: Pseudonym,
    ) -> Result<Option<ScanId>, Error> {
        let found: Option<(ScanId,)> = run!(self, |conn| {
            sqlx::query_as("select last_id from presences where venue_id = $1 and holder = $2")
                .bind(who.scope().venue)
                .bind(person)
                .fetch_optional(conn)
        })?;
        Ok(found.map(|(id,)| id))
    }
}
