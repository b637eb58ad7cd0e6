//! Every address, on one page.

use super::{api, assets, problem};
use crate::AppState;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

/// The largest batch of scans, in bytes: 10,000 lines of about 500 fit thrice.
const SCANS_BYTES: usize = 16 * 1024 * 1024;

/// The whole site.
pub fn router(app: AppState) -> Router {
    let pages = Router::new()
        .route("/static/{*path}", get(assets::serve))
        .route("/manifest.webmanifest", get(assets::manifest))
        .route("/service-worker.js", get(assets::service_worker));
    let api = Router::new()
        .route(
            "/api/v1/scans",
            post(api::scans::create).layer(DefaultBodyLimit::max(SCANS_BYTES)),
        )
        .route("/api/openapi.json", get(api::openapi::document));
    let pages = pages
        .merge(api)
        .layer(from_fn_with_state(app.clone(), problem::present));
    // Health is asked often and needs no layer.
    Router::new()
        .route("/healthz", get(api::openapi::health))
        .merge(pages.with_state(app))
}
