//! Bringing scans that the owner has dated or accepted into the log, by the way that all scans take.
//!
//! What is decided is on disk before this begins, and an id is recorded once: a program that stops in
//! between goes on where it stopped, and nothing is recorded twice.

use crate::AppState;
use crate::web::api::lines::{Line, Unread};
use crate::web::problem::Problem;
use crate::web::scanner::read;
use domain::aside::Settled;
use domain::ids::{ScanId, VenueId};
use domain::role::{Actor, RecordScans, authorize};
use domain::scan::{Answer, Presented, Reason, Remarks, Scan, Way, kept_skew};
use std::borrow::Cow;
use store::admissions::Lane;
use store::asides::Aside;

/// How many are recorded between two looks.
const AT_ONCE: i64 = 500;

/// What keeps a scan out of the log: then it waits for the owner again.
const KEPT_OUT: [Reason; 5] = [
    Reason::Future,
    Reason::TooOld,
    Reason::IdReused,
    Reason::WrongCheckpoint,
    Reason::Malformed,
];

/// Records whatever owners have decided.
pub async fn record(app: &AppState) -> Result<(), Problem> {
    loop {
        let mut tx = app.store.read().await?;
        let asides = tx.asides_to_record(AT_ONCE).await?;
        drop(tx);
        if asides.is_empty() {
            return Ok(());
        }
        for some in asides.chunk_by(|a, b| (a.venue, a.device) == (b.venue, b.device)) {
            record_some(app, some).await?;
        }
    }
}

/// Records scans of one device.
async fn record_some(app: &AppState, asides: &[Aside]) -> Result<(), Problem> {
    let Some(&Aside { venue, device, .. }) = asides.first() else {
        return Ok(());
    };
    let mut tx = app.store.read().await?;
    let scope = tx.venue_scope(venue).await?.ok_or(Problem::NotFound)?;
    drop(tx);
    let actor = Actor::Device { id: device, venue };
    let who = authorize::<RecordScans, _>(&actor, scope)?;
    let lines: Vec<_> = asides.iter().map(line).collect();
    let presented = read(app, &who, &lines, Way::Device).await?;
    let scans = asides.iter().zip(presented).map(scan).collect();
    let admitted = app.admissions.admit(&who, scans, Lane::Backlog, app.now());
    let answers = admitted.await?;
    let kept_out = |answer: &Answer| KEPT_OUT.iter().any(|reason| answer.reasons.has(*reason));
    let (refused, recorded): (Vec<_>, Vec<_>) = asides
        .iter()
        .zip(&answers)
        .partition(|(_, answer)| kept_out(answer));
    let keys = |some: Vec<(&Aside, &Answer)>| -> Vec<(VenueId, ScanId)> {
        some.iter()
            .map(|(aside, _)| (venue, aside.own_id))
            .collect()
    };
    let mut tx = app.store.write().await?;
    tx.asides_recorded(&keys(recorded), &keys(refused)).await?;
    tx.commit().await?;
    Ok(())
}

/// A scan as it was sent, as far as reading its code needs it.
fn line(aside: &Aside) -> Result<Line<'_>, Unread> {
    Ok(Line {
        id: Cow::Owned(aside.id.to_string()),
        code: Cow::Borrowed(&aside.code),
        way: Some(Cow::Borrowed(aside.way.as_str())),
        ..Line::default()
    })
}

fn scan((aside, presented): (&Aside, Presented)) -> Scan {
    let skew = aside.skew.map(kept_skew);
    Scan {
        id: aside.id,
        venue: aside.venue,
        checkpoint: Some(aside.checkpoint),
        device: Some(aside.device),
        presented,
        asked: aside.asked,
        way: aside.way,
        companions: aside.companions,
        shown: None,
        confirms: aside.confirms,
        code: aside.code.clone(),
        remarks: Remarks {
            // Its number was counted when it arrived.
            seq: None,
            door: aside.door,
            // Once the owner has given the time, the reader's clock says nothing of it.
            skew: skew.filter(|_| aside.settled == Settled::Accepted),
            settled: Some(aside.settled),
            turned_away: aside.turned_away,
        },
    }
}
