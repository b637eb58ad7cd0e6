//! Recording: new rows of the log, and where people stand afterwards.

use super::fold::{Move, Row};
use crate::dialect::{execute, run, sized};
use crate::{Error, Tx};
use domain::admission::POLICY_VERSION;
use uuid::Uuid;

impl Tx {
    /// Adds rows to the log and says how many were new.
    pub(super) async fn insert_scans(&mut self, rows: &[Row<'_>]) -> Result<usize, Error> {
        const SQL: &str = "insert into scans (day, venue_id, id, checkpoint_id, device_id, holder, direction, way,
               assurance, decision, reasons, companions, confirms, skew, policy, content)
             values ";
        let mut new = 0;
        for (sql, piece) in sized(SQL, 16, " on conflict do nothing returning id", rows) {
            let inserted: Vec<(Uuid,)> = run!(self, |conn| {
                let mut query = sqlx::query_as(sql);
                for Row {
                    line,
                    holder,
                    assurance,
                    answer,
                } in piece
                {
                    let scan = &line.scan;
                    query = query
                        .bind(line.day)
                        .bind(scan.venue)
                        .bind(scan.id.uuid())
                        .bind(scan.checkpoint)
                        .bind(scan.device)
                        .bind(*holder)
                        .bind(answer.direction.as_str())
                        .bind(scan.way.as_str())
                        .bind(assurance.as_str())
                        .bind(answer.decision.as_str())
                        .bind(answer.reasons.to_text())
                        .bind(i32::from(scan.companions))
                        .bind(scan.confirms.map(|id| id.uuid()))
                        .bind(scan.skew)
                        .bind(POLICY_VERSION)
                        .bind(line.content.as_slice());
                }
                query.fetch_all(conn)
            })?;
            new += inserted.len();
        }
        Ok(new)
    }

    /// Writes where people stand, under the pseudonym of the day of their last scan; the row of
    /// the day before goes.
    pub(super) async fn update_presences(&mut self, moves: &[Move]) -> Result<(), Error> {
        const SQL: &str = "insert into presences (venue_id, holder, day, since, companions, last_id, last_direction,
               last_decision, last_reasons)
             values ";
        const MERGE: &str = " on conflict (venue_id, holder) do update set since = excluded.since,
               companions = excluded.companions, last_id = excluded.last_id,
               last_direction = excluded.last_direction, last_decision = excluded.last_decision,
               last_reasons = excluded.last_reasons";
        for (sql, piece) in sized(SQL, 9, MERGE, moves) {
            execute!(self, {
                let mut query = sqlx::query(sql);
                for Move {
                    venue,
                    day,
                    holder,
                    presence,
                    ..
                } in piece
                {
                    query = query
                        .bind(*venue)
                        .bind(*holder)
                        .bind(*day)
                        .bind(presence.since)
                        .bind(i32::from(presence.companions))
                        .bind(presence.last.id.uuid())
                        .bind(presence.last.direction.as_str())
                        .bind(presence.last.decision.as_str())
                        .bind(presence.last.reasons.to_text());
                }
                query
            })?;
        }
        for Move {
            venue, replaces, ..
        } in moves
        {
            if let Some(old) = replaces {
                execute!(
                    self,
                    sqlx::query("delete from presences where venue_id = $1 and holder = $2")
                        .bind(*venue)
                        .bind(*old)
                )?;
            }
        }
        Ok(())
    }
}
