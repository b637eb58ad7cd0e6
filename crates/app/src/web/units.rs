//! Units for forms: what lies below one.

use super::path_id::PathId;
use crate::{App, AppState};
use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use domain::unit::UnitCode;

/// The units directly below one, as choices of a form: codes and names, by name.
pub(super) fn below(app: &App, unit: &UnitCode) -> Vec<(String, String)> {
    let units = app.units();
    let children = units.children(unit).iter();
    children
        .map(|unit| (unit.code.to_string(), unit.name.clone()))
        .collect()
}

/// The same for a script: `[["19753", "Phường Thuận Hóa"]]`; nothing below what is no unit.
pub async fn children(
    State(app): State<AppState>,
    PathId(code): PathId<String>,
) -> impl IntoResponse {
    let children = UnitCode::parse(&code).map(|code| below(&app, &code));
    let header = [(CACHE_CONTROL, "public, max-age=3600")];
    (header, Json(children.unwrap_or_default()))
}
