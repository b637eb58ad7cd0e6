//! Units for forms: what lies below one.

use super::path_id::PathId;
use crate::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use domain::unit::UnitCode;

/// Codes and names of the units directly below one, by name: `[["19753", "Phường Thuận Hóa"]]`.
pub async fn children(
    State(app): State<AppState>,
    PathId(code): PathId<String>,
) -> impl IntoResponse {
    let units = app.units();
    let children = UnitCode::parse(&code).map(|code| {
        let children = units.children(&code).iter();
        children
            .map(|unit| (unit.code.to_string(), unit.name.clone()))
            .collect::<Vec<_>>()
    });
    let header = [(CACHE_CONTROL, "public, max-age=3600")];
    (header, Json(children.unwrap_or_default()))
}
