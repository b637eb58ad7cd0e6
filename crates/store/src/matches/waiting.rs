//! How much of a queue waits, and whether one person stands in it: for pages that lead there. Nothing sealed is opened.

use crate::dialect::run;
use crate::{Error, Tx};
use domain::ids::HolderId;
use domain::matching::{POSSIBLE, Pair};
use domain::role::{Authorized, MatchPeople, UnitScope};
use domain::unit::UnitCode;

impl Tx {
    /// How many pairs of a unit's queue are likely one person each, and wait to be decided.
    pub async fn likely_match_count(
        &mut self,
        who: &Authorized<MatchPeople, UnitScope>,
    ) -> Result<i64, Error> {
        let (count,): (i64,) = run!(self, |conn| {
            sqlx::query_as(
                "select count(*) from match_places
                 where unit = $1 and state = 'open' and rank < $2",
            )
            .bind(who.scope().unit().map_or("", UnitCode::as_str))
            .bind(POSSIBLE)
            .fetch_one(conn)
        })?;
        Ok(count)
    }

    /// The strongest pair of a unit's queue in which a person stands, that is likely and waits to be decided.
    pub async fn likely_match_with(
        &mut self,
        who: &Authorized<MatchPeople, UnitScope>,
        holder: HolderId,
    ) -> Result<Option<Pair>, Error> {
        let found: Option<(HolderId, HolderId)> = run!(self, |conn| {
            sqlx::query_as(
                "select one, other from match_places
                 where unit = $1 and state = 'open' and rank < $2 and (one = $3 or other = $3)
                 order by rank, one, other limit 1",
            )
            .bind(who.scope().unit().map_or("", UnitCode::as_str))
            .bind(POSSIBLE)
            .bind(holder)
            .fetch_optional(conn)
        })?;
        Ok(found.and_then(|(one, other)| Pair::of(one, other)))
    }
}
