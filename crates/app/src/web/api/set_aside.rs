//! Lines of devices that the log may not take as they are: kept for the venue's owner.

use super::lines::{Sent, scan};
use super::scans::{ResultLine, malformed, told};
use crate::AppState;
use crate::gates::Gate;
use crate::web::problem::Problem;
use domain::aside::AsideReason;
use domain::scan::{Answer, Direction, Presented, Reason, Scan, Way};
use domain::time::Timestamp;
use store::asides::Arrived;

/// After how many seconds a device that has as many scans set aside as it may should ask again: its owner decides.
const LATER: u32 = 600;

/// Why the log does not take a device's scan at its time. Where somebody stands by, they are told
/// instead; and no owner can mend a line that names another's checkpoint.
pub(super) fn why(app: &AppState, gate: &Gate, scan: &Scan, now: Timestamp) -> Option<AsideReason> {
    if gate.device.is_none() || scan.checkpoint.is_none() {
        return None;
    }
    AsideReason::of_time(scan.id, now, app.retention(), app.zone())
}

/// Sets scans aside and answers them, in order. `sent_at` is what time the reader had.
pub(super) async fn keep(
    app: &AppState,
    gate: &Gate,
    aside: &[(AsideReason, Scan)],
    sent_at: Option<i64>,
    now: Timestamp,
) -> Result<Vec<ResultLine>, Problem> {
    if aside.is_empty() {
        return Ok(Vec::new());
    }
    let skew = sent_at.map(|at| at.saturating_sub(now.millis()));
    let mut tx = app.store.write().await?;
    let known = tx.set_aside(&gate.who, aside, skew, now).await?;
    let known = known.ok_or(Problem::TooMany(LATER))?;
    tx.commit().await?;
    let answer = |((reason, scan), arrived): (&(AsideReason, Scan), Arrived)| {
        let direction = scan.asked.explicit().unwrap_or(Direction::In);
        let answer = Answer {
            duplicate: arrived != Arrived::New,
            ..Answer::refuse(direction, reason.told())
        };
        ResultLine {
            set_aside: arrived != Arrived::Log,
            ..told(scan.id, answer)
        }
    };
    Ok(aside.iter().zip(known).map(answer).collect())
}

/// Sets aside what a device that was reported lost brings, and answers line by line, so that it can
/// hand over all that it has. It is told of no person whether they would be admitted, or were.
pub(super) async fn of_lost(
    app: &AppState,
    gate: &Gate,
    sent: Sent<'_>,
) -> Result<Vec<ResultLine>, Problem> {
    // What the codes say is read when the owner has decided.
    let unread = Presented::Nothing(Reason::Unreadable);
    let mut aside = Vec::with_capacity(sent.lines.len());
    let mut told_now = Vec::with_capacity(sent.lines.len());
    for line in sent.lines {
        told_now.push(match scan(gate, line, unread, (Way::Device, None, None)) {
            Ok(scan) if scan.checkpoint.is_some() => {
                aside.push((AsideReason::LostDevice, scan));
                None
            }
            Ok(scan) => {
                let direction = scan.asked.explicit().unwrap_or(Direction::In);
                let answer = Answer::refuse(direction, Reason::WrongCheckpoint);
                Some(told(scan.id, answer))
            }
            Err(unread) => Some(malformed(unread)),
        });
    }
    let kept = keep(app, gate, &aside, sent.at, app.now()).await?;
    let mut kept = kept.into_iter();
    let answered = told_now
        .into_iter()
        .filter_map(|now| now.or_else(|| kept.next()));
    Ok(answered.collect())
}
