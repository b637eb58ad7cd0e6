//! What an attendant answered those who were referred.

use super::ScanLine;
use super::counts::TURNED_AWAY;
use crate::dialect::{list, run};
use crate::{Error, Tx};
use domain::ids::ScanId;
use domain::role::{Authorized, ReadVenueBoard, VenueScope};
use domain::scan::Decision;
use domain::time::Day;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

/// How many referred scans one statement asks about.
const CONFIRMED: usize = 500;

impl Tx {
    /// Which of these lines, of those that were referred, an attendant then answered: let in, or turned away.
    pub async fn confirmed(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        lines: &[ScanLine],
    ) -> Result<HashMap<ScanId, Decision>, Error> {
        let referred = lines.iter().filter(|line| line.decision == Decision::Refer);
        let referred: Vec<&ScanLine> = referred.collect();
        // A confirmation follows at once: on the same day, or right after midnight.
        let mut days: Vec<Day> = referred
            .iter()
            .flat_map(|line| [line.day, line.day.plus(1)])
            .collect();
        days.sort_unstable();
        days.dedup();
        let mut found = HashMap::new();
        for some in referred.chunks(CONFIRMED) {
            let sql = format!(
                "select s.confirms, s.decision from scans s
                 where s.day in ({}) and s.venue_id = $1 and (s.decision = 'admit' or {TURNED_AWAY})
                   and s.confirms in ({})",
                list(2, days.len()),
                list(2 + days.len(), some.len())
            );
            let rows: Vec<(ScanId, Decision)> = run!(self, |conn| {
                let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str())).bind(who.scope().venue);
                for day in &days {
                    query = query.bind(*day);
                }
                for line in some {
                    query = query.bind(line.id);
                }
                query.fetch_all(conn)
            })?;
            found.extend(rows);
        }
        Ok(found)
    }
}
