//! The sheet to write on where there is neither network nor device.

use crate::AppState;
use crate::print::{self, LogSheet};
use crate::web::locale::Locale;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::scanner::open_gate;
use crate::web::signed_in::SignedInHolder;
use crate::web::venues;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::ids::CheckpointId;
use serde::Deserialize;

/// How a sheet is wanted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SheetChoice {
    /// The language of its words; `lang` would be the reader's.
    words: String,
}

/// The sheet of a checkpoint as a PDF.
pub async fn sheet(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Query(choice): Query<SheetChoice>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = open_gate(&mut tx, &signed_in, id).await?;
    let bytes = print::log_sheet(&LogSheet {
        venue: &venue.details.name,
        checkpoint: &gate.name,
        place: &venues::place(&app, &venue.details),
        retention_days: app.retention().scan_days,
        language: Locale::parse(&choice.words).unwrap_or_default(),
    })?;
    let name = format!("inline; filename=\"log-{}.pdf\"", gate.code);
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((headers, bytes).into_response())
}
