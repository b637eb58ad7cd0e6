//! What is kept of whom, why, for how long, who sees it, and what everyone may ask for.

use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::Reader;
use crate::AppState;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::role::Actor;
use domain::unit::{UnitCode, UnitPath};

#[derive(Template)]
#[template(path = "privacy/privacy.html")]
struct PrivacyPage {
    page: Page,
    controller: String,
    hotline: Option<String>,
    /// What is kept, and for how long: in words, in order.
    kept: Vec<(&'static str, String)>,
    signed_in: bool,
}

/// The page every page's foot leads to.
pub async fn show(State(app): State<AppState>, reader: Reader) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let unit = match &reader.actor {
        Some(Actor::Holder(holder)) => tx.holder_scope(*holder).await?.map(|scope| scope.unit),
        _ => None,
    };
    let unit = unit
        .filter(|unit| !unit.0.is_empty())
        .unwrap_or_else(|| UnitPath(vec![UnitCode::nation()]));
    let settings = tx.unit_settings(&unit).await?;
    let page = reader.page(&app);
    let (visits, declarations) = (
        app.retention().scan_days.to_string(),
        app.retention().declaration_days.to_string(),
    );
    let days = |key: &str, n: &str| page.fill(key, [("days", n)]);
    let kept = vec![
        (
            page.text("privacy.person"),
            page.text("privacy.person_kept").to_owned(),
        ),
        (
            page.text("privacy.visits"),
            days("privacy.visits_kept", &visits),
        ),
        (
            page.text("privacy.declarations"),
            days("privacy.declarations_kept", &declarations),
        ),
        (
            page.text("privacy.cards"),
            page.text("privacy.cards_kept").to_owned(),
        ),
        (
            page.text("privacy.log"),
            page.text("privacy.log_kept").to_owned(),
        ),
    ];
    let controller = settings.controller;
    reply::page(&PrivacyPage {
        controller: controller.unwrap_or_else(|| page.text("privacy.controller_unset").to_owned()),
        hotline: settings.hotline,
        kept,
        signed_in: matches!(reader.actor, Some(Actor::Holder(_))),
        page,
    })
}
