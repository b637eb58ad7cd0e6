//! Surges at a poster, as the board shows them, and what the owner says of them.

use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::signed_in::SignedInHolder;
use super::venues::may;
use crate::AppState;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::audit::Deed;
use domain::ids::{CheckpointId, VenueId};
use domain::role::{ManageVenue, Purpose};
use domain::surge::SurgeState;
use domain::time::Timestamp;
use serde::Deserialize;
use store::checkpoints::Checkpoint;
use store::surges::Surge;

/// How many the board shows at a time.
const MOST: usize = 10;

/// A surge that the owner is asked about.
pub struct SurgeView {
    /// How many, where and when.
    pub said: String,
    /// The gate's id.
    pub checkpoint: String,
    /// When the hour began, in milliseconds.
    pub from: i64,
}

/// The newest of them.
pub fn views(page: &Page, gates: &[Checkpoint], surges: &[Surge]) -> Vec<SurgeView> {
    let view = |surge: &Surge| {
        let gate = gates.iter().find(|gate| gate.id == surge.checkpoint);
        let same = page.zone.day(surge.from) == page.zone.day(surge.until);
        let from = match same {
            true => page.clock(surge.from),
            false => page.moment(surge.from),
        };
        let values = [
            ("gate", gate.map_or("", |gate| gate.name.as_str())),
            ("n", &page.number(surge.count)),
            ("from", &from),
            ("until", &page.moment(surge.until)),
        ];
        SurgeView {
            said: page.fill("surges.said", values),
            checkpoint: surge.checkpoint.to_string(),
            from: surge.from.millis(),
        }
    };
    surges.iter().take(MOST).map(view).collect()
}

/// What the owner says of a surge.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SurgeForm {
    checkpoint: String,
    from: String,
    state: String,
}

/// Keeps what the owner says.
pub async fn decide(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(form): Form<SurgeForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, _) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let said = match SurgeState::parse(&form.state) {
        Some(state @ SurgeState::Confirmed) => Some((state, Deed::SurgeConfirmed)),
        Some(state @ SurgeState::Rejected) => Some((state, Deed::SurgeRejected)),
        Some(SurgeState::Open) | None => None,
    };
    let gate = form.checkpoint.parse::<CheckpointId>();
    let from = form.from.parse().map(Timestamp::from_millis);
    if let (Some((state, deed)), Ok(gate), Ok(from)) = (said, gate, from)
        && tx
            .decide_surge(&who, (gate, from), state, app.now())
            .await?
    {
        let (unit, detail) = (&who.scope().unit, deed.to(id));
        tx.audit(&who, unit, app.now(), Purpose::VenueBoard, detail, &[])
            .await?;
        tx.commit().await?;
    }
    Ok(Redirect::to(&format!("/venues/{id}")).into_response())
}
