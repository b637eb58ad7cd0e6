//! Every address, on one page.

use super::{api, assets, guard, problem};
use crate::AppState;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

/// The whole site.
pub fn router(app: AppState) -> Router {
    let pages = Router::new()
        .route("/static/{*path}", get(assets::serve))
        .route("/manifest.webmanifest", get(assets::manifest))
        .route("/service-worker.js", get(assets::service_worker));
    let api = Router::new()
        .route(
            "/api/v1/scans",
            post(api::scans::create).layer(DefaultBodyLimit::max(guard::SCANS)),
        )
        .route("/api/openapi.json", get(api::openapi::document));
    let pages = pages
        .merge(api)
        .layer(DefaultBodyLimit::max(guard::BODY))
        .layer(from_fn(guard::size))
        .layer(from_fn(guard::watch))
        .layer(from_fn_with_state(app.clone(), problem::present));
    // Health is asked often and needs no layer.
    Router::new()
        .route("/healthz", get(api::openapi::health))
        .merge(pages.with_state(app))
}
