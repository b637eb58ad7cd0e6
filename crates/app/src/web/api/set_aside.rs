//! Lines of devices that the log may not take as they are: kept for the venue's owner.

use super::body;
use super::scans::{Line, ResultLine, Unread, bought, read, scan, told};
use super::sealed::unseal;
use crate::AppState;
use crate::gates::Gate;
use crate::web::problem::Problem;
use axum::body::Bytes;
use axum::http::HeaderMap;
use domain::aside::AsideReason;
use domain::scan::{Answer, Direction, Presented, Reason, Scan, Way};
use domain::time::Timestamp;

/// When a device that has as many scans set aside as it may should ask again: its owner decides.
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
    let answer = |((reason, scan), duplicate): (&(AsideReason, Scan), bool)| {
        let direction = scan.asked.explicit().unwrap_or(Direction::In);
        let reason = reason.told().unwrap_or(Reason::Malformed);
        let answer = Answer {
            duplicate,
            ..Answer::refuse(direction, reason)
        };
        ResultLine {
            set_aside: true,
            ..told(scan.id, answer)
        }
    };
    Ok(aside.iter().zip(known).map(answer).collect())
}

/// Keeps what a device that was reported lost brings. Whoever has it is told what anybody with a
/// token that was taken is told.
pub(super) async fn of_lost(app: &AppState, token: &str, headers: &HeaderMap, body: Bytes) {
    if let Err(problem) = lost(app, token, headers, body).await {
        // Never its text: the log has no end, and what was sent may name people.
        tracing::warn!(
            kind = problem.slug(),
            "what a lost device sent was not set aside"
        );
    }
}

async fn lost(
    app: &AppState,
    token: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<(), Problem> {
    let Some(gate) = crate::gates::lost(app, token).await? else {
        return Ok(());
    };
    let body = bought(app, &gate, headers, body)?;
    let text = body::text(&body)?;
    let sent = read(app, &gate, &text)?;
    let now = app.now();
    let lines: Vec<Result<Line<'_>, Unread>> = unseal(app, sent.lines).await?;
    // What the codes say is read when the owner has decided.
    let unread = Presented::Nothing(Reason::Unreadable);
    let scans = lines
        .into_iter()
        .filter_map(|line| scan(&gate, line, unread, (Way::Device, None)).ok());
    let kept = scans.filter(|scan| scan.checkpoint.is_some());
    let aside: Vec<_> = kept.map(|scan| (AsideReason::LostDevice, scan)).collect();
    keep(app, &gate, &aside, sent.at, now).await.map(drop)
}
