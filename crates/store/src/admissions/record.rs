//! Recording: new rows of the log, and where people stand afterwards.

use super::fold::{Move, Row};
use crate::dialect::execute;
use crate::sets::Column;
use crate::{Error, Tx};
use domain::admission::POLICY_VERSION;

impl Tx {
    /// Adds rows to the log and says how many were new.
    pub(super) async fn insert_scans(&mut self, rows: &[Row<'_>]) -> Result<usize, Error> {
        // In the order of the log, so that neighbours are written one after the other.
        let mut sorted: Vec<&Row<'_>> = rows.iter().collect();
        sorted.sort_unstable_by_key(|row| (row.line.day, row.line.scan.venue, row.line.scan.id));
        let scans = || sorted.iter().map(|row| &row.line.scan);
        let answers = || sorted.iter().map(|row| &row.answer);
        let columns = [
            Column::ints(sorted.iter().map(|row| row.line.day.0)),
            Column::ids(scans().map(|scan| scan.venue.0)),
            Column::ids(scans().map(|scan| scan.id.uuid())),
            Column::ids(scans().map(|scan| scan.checkpoint.map(|id| id.0))),
            Column::ids(scans().map(|scan| scan.device.map(|id| id.0))),
            Column::ids(sorted.iter().map(|row| row.holder.map(|holder| holder.0))),
            Column::words(answers().map(|answer| answer.direction.as_str())),
            Column::words(scans().map(|scan| scan.way.as_str())),
            Column::words(sorted.iter().map(|row| row.assurance.as_str())),
            Column::words(answers().map(|answer| answer.decision.as_str())),
            Column::Text(answers().map(|answer| answer.reasons.to_text()).collect()),
            Column::ints(scans().map(|scan| i32::from(scan.companions))),
            Column::ids(sorted.iter().map(|row| row.confirms.map(|id| id.uuid()))),
            Column::ints(sorted.iter().map(|_| POLICY_VERSION)),
            Column::bytes(sorted.iter().map(|row| row.line.content.to_vec())),
        ];
        self.write_new(
            "insert into scans (day, venue_id, id, checkpoint_id, device_id, holder, direction,
               way, assurance, decision, reasons, companions, confirms, policy, content) ",
            &columns,
        )
        .await
    }

    /// Writes where people stand, under the pseudonym of the day of their last scan; the row of
    /// the day before goes.
    pub(super) async fn update_presences(&mut self, moves: &[Move]) -> Result<(), Error> {
        let mut sorted: Vec<&Move> = moves.iter().collect();
        sorted.sort_unstable_by_key(|one| (one.venue, one.holder));
        let presences = || sorted.iter().map(|one| &one.presence);
        let columns = [
            Column::ids(sorted.iter().map(|one| one.venue.0)),
            Column::ids(sorted.iter().map(|one| one.holder.0)),
            Column::ints(sorted.iter().map(|one| one.day.0)),
            Column::longs(presences().map(|presence| presence.since.map(|at| at.millis()))),
            Column::ints(presences().map(|presence| i32::from(presence.companions))),
            Column::ids(presences().map(|presence| presence.last.id.uuid())),
            Column::words(presences().map(|presence| presence.last.direction.as_str())),
            Column::words(presences().map(|presence| presence.last.decision.as_str())),
            Column::Text(
                presences()
                    .map(|presence| presence.last.reasons.to_text())
                    .collect(),
            ),
        ];
        self.write_set(
            "insert into presences (venue_id, holder, day, since, companions, last_id,
               last_direction, last_decision, last_reasons) ",
            &columns,
            " on conflict (venue_id, holder) do update set since = excluded.since,
               companions = excluded.companions, last_id = excluded.last_id,
               last_direction = excluded.last_direction, last_decision = excluded.last_decision,
               last_reasons = excluded.last_reasons",
        )
        .await?;
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
