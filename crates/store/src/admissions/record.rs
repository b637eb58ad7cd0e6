//! Recording: new rows of the log, and where people stand afterwards.

use super::fold::{Move, Row};
use crate::dialect::execute;
use crate::sets::Column;
use crate::{Error, Tx};
use domain::admission::POLICY_VERSION;
use domain::ids::DeviceId;
use domain::scan::{Remarks, Scan};
use std::collections::BTreeMap;

/// What one device said of itself with the new rows of a batch.
#[derive(Default)]
struct Said {
    /// The highest number it gave a scan; 0 when it gave none.
    highest: i64,
    /// How many scans it numbered.
    count: i64,
    /// How far its clock is ahead, as it said last.
    skew: Option<i32>,
}

impl Tx {
    /// Adds rows to the log and says how many were new.
    pub(super) async fn insert_scans(&mut self, rows: &[Row<'_>]) -> Result<usize, Error> {
        // In the order of the log, so that neighbours are written one after the other.
        let mut sorted: Vec<&Row<'_>> = rows.iter().collect();
        sorted.sort_unstable_by_key(|row| (row.line.day, row.line.scan.venue, row.line.scan.id));
        let scans = || sorted.iter().map(|row| &row.line.scan);
        let answers = || sorted.iter().map(|row| &row.answer);
        let mut columns = vec![
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
        // Most readers say nothing of themselves, and pay for no column.
        let bare = |scan: &Scan| {
            let Remarks {
                door,
                skew,
                settled,
                ..
            } = scan.remarks;
            door.is_none() && skew.is_none() && settled.is_none()
        };
        if scans().all(bare) {
            return self
                .write_new(
                    "insert into scans (day, venue_id, id, checkpoint_id, device_id, holder,
                       direction, way, assurance, decision, reasons, companions, confirms, policy,
                       content) ",
                    &columns,
                )
                .await;
        }
        let door = |scan: &Scan| scan.remarks.door.map(|door| door.as_str());
        columns.push(Column::words(scans().map(door)));
        columns.push(Column::ints(scans().map(|scan| scan.remarks.skew)));
        let settled = |scan: &Scan| scan.remarks.settled.map(|settled| settled.as_str());
        columns.push(Column::words(scans().map(settled)));
        self.write_new(
            "insert into scans (day, venue_id, id, checkpoint_id, device_id, holder, direction,
               way, assurance, decision, reasons, companions, confirms, policy, content, door,
               skew, settled) ",
            &columns,
        )
        .await
    }

    /// Notes what devices said of themselves with scans that are new: how many of their numbered
    /// scans there are, and how far their clocks are off. No statement when they said nothing.
    pub(crate) async fn note_said<'a>(
        &mut self,
        scans: impl Iterator<Item = &'a Scan>,
    ) -> Result<(), Error> {
        let mut devices: BTreeMap<DeviceId, Said> = BTreeMap::new();
        for scan in scans {
            let Remarks { seq, skew, .. } = scan.remarks;
            let (Some(device), true) = (scan.device, seq.is_some() || skew.is_some()) else {
                continue;
            };
            let said = devices.entry(device).or_default();
            said.highest = said.highest.max(seq.unwrap_or_default().into());
            said.count += i64::from(seq.is_some());
            said.skew = skew.or(said.skew);
        }
        if devices.is_empty() {
            return Ok(());
        }
        let columns = [
            Column::ids(devices.keys().map(|id| id.0)),
            Column::longs(devices.values().map(|said| said.highest)),
            Column::longs(devices.values().map(|said| said.count)),
            Column::ints(devices.values().map(|said| said.skew)),
        ];
        self.write_set(
            "with said (device, highest, more, skew) as (",
            &columns,
            ") update devices set
               seq_highest = case when highest > seq_highest then highest else seq_highest end,
               seq_count = seq_count + more, skew_ms = coalesce(skew, skew_ms)
             from said where id = device",
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
