//! Which referred scans an attendant then confirmed.

use super::ScanLine;
use crate::dialect::{list, run};
use crate::{Error, Tx};
use domain::ids::ScanId;
use domain::role::{Authorized, ReadVenueBoard, VenueScope};
use domain::scan::Decision;
use domain::time::Day;
use sqlx::AssertSqlSafe;
use std::collections::HashSet;

/// How many referred scans one statement asks about.
const CONFIRMED: usize = 500;

impl Tx {
    /// Which of these lines, of those that were referred, an attendant then confirmed.
    pub async fn confirmed(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        lines: &[ScanLine],
    ) -> Result<HashSet<ScanId>, Error> {
        let referred = lines.iter().filter(|line| line.decision == Decision::Refer);
        let referred: Vec<&ScanLine> = referred.collect();
        // A confirmation follows at once: on the same day, or right after midnight.
        let mut days: Vec<Day> = referred
            .iter()
            .flat_map(|line| [line.day, line.day.plus(1)])
            .collect();
        days.sort_unstable();
        days.dedup();
        let mut found = HashSet::new();
        for some in referred.chunks(CONFIRMED) {
            let sql = format!(
                "select s.confirms from scans s
                 where s.day in ({}) and s.venue_id = $1 and s.decision = 'admit'
                   and s.confirms in ({})",
                list(2, days.len()),
                list(2 + days.len(), some.len())
            );
            let rows: Vec<(ScanId,)> = run!(self, |conn| {
                let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str())).bind(who.scope().venue);
                for day in &days {
                    query = query.bind(*day);
                }
                for line in some {
                    query = query.bind(line.id);
                }
                query.fetch_all(conn)
            })?;
            found.extend(rows.into_iter().map(|(id,)| id));
        }
        Ok(found)
    }
}
