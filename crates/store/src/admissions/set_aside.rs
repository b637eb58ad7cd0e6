//! Scans that were set aside before they came to be recorded: an id is in the log or waits for the
//! owner, never both.

use super::Line;
use super::fold::Row;
use super::gather::Gathered;
use crate::sets::Column;
use crate::{Error, Tx};
use domain::aside::AsideReason;
use domain::ids::{DeviceId, ScanId, VenueId};
use domain::scan::{Answer, Direction, Scan};
use std::collections::HashMap;
use uuid::Uuid;

/// Those lines of a batch that were set aside before.
#[derive(Default)]
pub(super) struct SetAside(HashMap<(VenueId, ScanId), Before>);

struct Before {
    device: DeviceId,
    /// Why it was set aside, when the owner has dated or discarded it, or its time is over: it is
    /// not recorded under its own time any more.
    over: Option<AsideReason>,
}

impl Tx {
    /// Looks up which lines of devices were set aside before. No statement where no venue has any.
    pub(super) async fn set_aside_before(
        &mut self,
        lines: &[(usize, Line)],
        facts: &Gathered,
    ) -> Result<SetAside, Error> {
        type Found = (VenueId, Uuid, DeviceId, Option<AsideReason>);
        const HEAD: &str = "with keys (a, b) as (";
        const TAIL: &str = ") select venue_id, id, device_id,
               case when sealed is null or settled = 'dated' then reason end
             from keys cross join asides where venue_id = a and id = b";
        if !facts.asides {
            return Ok(SetAside::default());
        }
        let scans = lines.iter().map(|(_, line)| &line.scan);
        let scans: Vec<&Scan> = scans.filter(|scan| may_wait(scan)).collect();
        let keys = [
            Column::ids(scans.iter().map(|scan| scan.venue.0)),
            Column::ids(scans.iter().map(|scan| scan.id.uuid())),
        ];
        let mut before = SetAside::default();
        for (venue, id, device, over) in self.look_up::<Found>(HEAD, &keys, TAIL).await? {
            let id = ScanId::new(id).ok_or(Error::Damaged("asides.id"))?;
            before.0.insert((venue, id), Before { device, over });
        }
        Ok(before)
    }

    /// Empties what waited and is in the log now: the owner is asked nothing about it.
    pub(super) async fn close_asides(
        &mut self,
        before: &SetAside,
        rows: &[Row<'_>],
    ) -> Result<(), Error> {
        let scans = rows.iter().map(|row| &row.line.scan);
        let closed: Vec<&Scan> = scans.filter(|scan| before.get(scan).is_some()).collect();
        let keys = [
            Column::ids(closed.iter().map(|scan| scan.venue.0)),
            Column::ids(closed.iter().map(|scan| scan.id.uuid())),
        ];
        self.write_set(
            "with done (a, b) as (",
            &keys,
            ") update asides set sealed = null, moved = null from done
             where venue_id = a and id = b",
        )
        .await
    }
}

/// Whether a scan may have been set aside: what the owner has settled is on its way from there.
fn may_wait(scan: &Scan) -> bool {
    scan.device.is_some() && scan.remarks.settled.is_none()
}

impl SetAside {
    /// Whether none of the batch was.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn get(&self, scan: &Scan) -> Option<&Before> {
        let found = self.0.get(&(scan.venue, scan.id));
        found.filter(|_| may_wait(scan))
    }

    /// What the device is told again of a scan that is not recorded any more.
    pub(super) fn over(&self, scan: &Scan) -> Option<Answer> {
        let reason = self.get(scan)?.over?.told();
        let direction = scan.asked.explicit().unwrap_or(Direction::In);
        Some(Answer {
            duplicate: true,
            ..Answer::refuse(direction, reason)
        })
    }

    /// Whether the device has said of the scan what it says, when it was set aside.
    pub(super) fn said(&self, scan: &Scan) -> bool {
        self.get(scan)
            .is_some_and(|before| scan.device == Some(before.device))
    }
}
