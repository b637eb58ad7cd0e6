//! What an office sees at a glance, in counts: nothing here names a person.

use crate::dialect::run;
use crate::units::{parse_path, path_bounds};
use crate::{Error, Tx};
use domain::role::{Authorized, ListVenues, UnitScope};
use domain::time::Timestamp;
use domain::unit::UnitPath;

/// The venues of one unit, those of units below it not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueCount {
    /// The unit.
    pub unit: UnitPath,
    /// How many are open.
    pub open: i64,
    /// How many of these were registered since an instant.
    pub fresh: i64,
}

impl Tx {
    /// Counts the open venues at and below a unit, unit by unit.
    pub async fn venue_counts(
        &mut self,
        who: &Authorized<ListVenues, UnitScope>,
        since: Timestamp,
    ) -> Result<Vec<VenueCount>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let found: Vec<(String, i64, i64)> = run!(self, |conn| {
            sqlx::query_as(
                "select unit_path, count(*),
                        cast(sum(case when created_at >= $3 then 1 else 0 end) as bigint)
                 from venues where unit_path >= $1 and unit_path < $2 and closed_at is null
                 group by unit_path",
            )
            .bind(from)
            .bind(to)
            .bind(since)
            .fetch_all(conn)
        })?;
        let count = |(path, open, fresh): (String, i64, i64)| VenueCount {
            unit: parse_path(&path),
            open,
            fresh,
        };
        Ok(found.into_iter().map(count).collect())
    }
}
