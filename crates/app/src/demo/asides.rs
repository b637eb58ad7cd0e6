//! What waits for the owner of the first market: scans that were set aside, and the surge.

use super::people::{People, reserved};
use super::places::Town;
use crate::AppState;
use crate::web::signed_in::new_token;
use anyhow::{Context, anyhow};
use domain::aside::AsideReason;
use domain::ids::{CheckpointId, ScanId};
use domain::role::{Actor, ManageVenue, RecordScans, authorize};
use domain::scan::{Asked, Presented, Reason, Remarks, Scan, Way};
use domain::time::Timestamp;
use std::time::Duration;
use store::planting::PlantedVenue;

/// How far the clock of one of the devices is ahead.
const AHEAD: Duration = Duration::from_secs(3 * 86_400);
/// How many scans each device brought.
const EACH: usize = 6;

/// Devices of the market whose scans are set aside: one with a wrong clock, and a lost one. And the surge is noted, before the
/// first turn of the job that looks for them.
pub(super) async fn set_aside(
    app: &AppState,
    town: &Town,
    people: &People,
    now: Timestamp,
) -> anyhow::Result<()> {
    let market = town.venues.first().context("a town has venues")?;
    let gate = market.checkpoints.first().context("a venue has a gate")?.0;
    let mut tx = app.store.read().await?;
    let surges = tx.find_surges(1, now).await?;
    let scope = tx.venue_scope(market.id).await?;
    drop(tx);
    let scope = scope.context("the market is registered")?;
    let owner = authorize::<ManageVenue, _>(&Actor::Holder(market.owner), scope.clone());
    let owner = owner.map_err(|_| anyhow!("the owner may not manage the market"))?;
    let mut tx = app.store.write().await?;
    tx.note_surges(&surges).await?;
    for (name, reason) in [
        ("Máy thử chạy sai giờ", AsideReason::Future),
        ("Máy thử đã mất", AsideReason::LostDevice),
    ] {
        let token = new_token();
        let device = tx.enrol_device(&owner, gate, name, &token, now).await?;
        let id = device.context("the gate is the market's")?;
        let venue = market.id;
        let who = authorize::<RecordScans, _>(&Actor::Device { id, venue }, scope.clone());
        let who = who.map_err(|_| anyhow!("a device may record"))?;
        let lost = reason == AsideReason::LostDevice;
        let clock = if lost { now } else { now.plus(AHEAD) };
        let mut scans = Vec::with_capacity(EACH);
        for n in 0..EACH {
            let code = app
                .signer
                .code(people.cards[reserved::MOVING + n].id)
                .await?;
            let at = clock.minus(Duration::from_secs(300 * (n as u64 + 1)));
            scans.push((reason, scan(market, gate, at, code)));
        }
        let skew = (!lost).then_some(AHEAD.as_millis() as i64);
        tx.set_aside(&who, &scans, skew, now).await?;
        if lost {
            tx.report_device_lost(&owner, id, now).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// A reading as a device sends it: what the square says is looked at when the owner has decided.
fn scan(market: &PlantedVenue, gate: CheckpointId, at: Timestamp, code: String) -> Scan {
    Scan {
        id: ScanId::from_parts(at, rand::random()),
        venue: market.id,
        checkpoint: Some(gate),
        device: None,
        presented: Presented::Nothing(Reason::Unreadable),
        asked: Asked::In,
        way: Way::Device,
        companions: 0,
        shown: None,
        confirms: None,
        code,
        remarks: Remarks::default(),
    }
}
