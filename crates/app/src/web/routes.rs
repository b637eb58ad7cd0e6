//! Every address, on one page.

use super::venues::registration;
use super::{
    api, assets, attendants, boards, checkpoints, devices, landing, posters, problem, scanner,
    scans, units, venues,
};
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
    let venues = Router::new()
        .route("/units/{code}/children", get(units::children))
        .route("/venues", get(venues::list))
        .route(
            "/venues/new",
            get(registration::venue).post(registration::take_venue),
        )
        .route(
            "/venues/new/registrant",
            get(registration::registrant).post(registration::take_registrant),
        )
        .route(
            "/venues/new/confirmation",
            get(registration::confirmation).post(registration::take_confirmation),
        )
        .route("/venues/new/code", post(registration::resend))
        .route("/venues/{id}", get(boards::show))
        .route("/venues/{id}/counts", get(boards::counts))
        .route("/venues/{id}/scans", get(scans::show))
        .route("/venues/{id}/scans.xlsx", get(scans::xlsx))
        .route("/venues/{id}/scans.csv", get(scans::csv))
        .route(
            "/venues/{id}/details",
            get(venues::edit).post(venues::update),
        )
        .route(
            "/venues/{id}/closing",
            get(venues::closing).post(venues::close),
        )
        .route(
            "/venues/{id}/checkpoints",
            get(checkpoints::list).post(checkpoints::add),
        )
        .route("/venues/{id}/devices", post(devices::enrol))
        .route("/venues/{id}/devices/revocation", post(devices::revoke))
        .route(
            "/venues/{id}/attendants",
            get(attendants::list).post(attendants::add),
        )
        .route("/venues/{id}/attendants/removal", post(attendants::remove))
        .route("/venues/{id}/posters", get(posters::choose))
        .route(
            "/checkpoints/{id}",
            get(checkpoints::edit).post(checkpoints::rename),
        )
        .route("/checkpoints/{id}/closing", post(checkpoints::close))
        .route("/checkpoints/{id}/poster", get(posters::poster))
        .route("/checkpoints/{id}/code.svg", get(posters::svg))
        .route("/checkpoints/{id}/code.png", get(posters::png))
        .route("/checkpoints/{id}/scanner", get(scanner::show))
        .route("/checkpoints/{id}/scans", post(scanner::record))
        .route("/checkpoints/{id}/typed", post(scanner::typed))
        .route("/checkpoints/{id}/confirmations", post(scanner::confirm))
        .route("/v", get(landing::typed))
        .route("/v/{code}", get(landing::show).post(landing::record))
        .route("/v/{code}/other-person", post(landing::other_person));
    let api = Router::new()
        .route(
            "/api/v1/scans",
            post(api::scans::create).layer(DefaultBodyLimit::max(SCANS_BYTES)),
        )
        .route("/api/openapi.json", get(api::openapi::document));
    let pages = pages
        .merge(venues)
        .merge(api)
        .layer(from_fn_with_state(app.clone(), problem::present));
    // Health is asked often and needs no layer.
    Router::new()
        .route("/healthz", get(api::openapi::health))
        .merge(pages.with_state(app))
}
