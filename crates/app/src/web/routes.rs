//! Every address, on one page.

use super::{api, assets, csrf, headers, problem};
use super::{audit, invitations, set_up};
use super::{office, office_cards, office_settings, office_venues};
use super::{officer_changes, officer_sign_in, officers};
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
        .route("/static/{build}/{*path}", get(assets::serve))
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
        .merge(offices())
        .layer(from_fn_with_state(app.clone(), csrf::own_origin))
        .layer(from_fn_with_state(app.clone(), problem::present))
        .layer(from_fn_with_state(app.clone(), headers::rules));
    // Health is asked often and needs no layer.
    Router::new()
        .route("/healthz", get(api::openapi::health))
        .merge(pages.with_state(app))
}

/// Officers: set-up, sign-in, and the pages of their offices.
fn offices() -> Router<AppState> {
    Router::new()
        .route("/set-up/{token}", get(set_up::form).post(set_up::submit))
        .route(
            "/invitations/{token}",
            get(invitations::form).post(invitations::submit),
        )
        .route(
            "/office/sign-in",
            get(officer_sign_in::form).post(officer_sign_in::submit),
        )
        .route("/office", get(office::overview))
        .route("/office/venues", get(office_venues::list))
        .route(
            "/office/cards",
            get(office_cards::form).post(office_cards::find),
        )
        .route(
            "/office/cards/{card}/revocation",
            post(office_cards::revoke),
        )
        .route(
            "/office/settings",
            get(office_settings::form).post(office_settings::save),
        )
        .route(
            "/office/officers",
            get(officers::list).post(officers::invite),
        )
        .route("/office/officers/new", get(officers::invite_form))
        .route("/office/officers/{id}", get(officers::show))
        .route(
            "/office/officers/{id}/suspension",
            post(officer_changes::suspend),
        )
        .route(
            "/office/officers/{id}/resumption",
            post(officer_changes::resume),
        )
        .route("/office/officers/{id}/reset", post(officer_changes::reset))
        .route("/audit", get(audit::list))
}
