//! Every address, on one page.

use super::{assets, problem};
use crate::AppState;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

/// The whole site.
pub fn router(app: AppState) -> Router {
    let pages = Router::new()
        .route("/static/{*path}", get(assets::serve))
        .route("/manifest.webmanifest", get(assets::manifest))
        .route("/service-worker.js", get(assets::service_worker));
    let pages = pages.layer(from_fn_with_state(app.clone(), problem::present));
    // Health is asked often and needs no layer.
    Router::new()
        .route("/healthz", get(async || "ok"))
        .merge(pages.with_state(app))
}
