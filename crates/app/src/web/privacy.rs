//! What is kept of whom, why, for how long, who sees it, and what everyone may ask for.

use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::Reader;
use crate::AppState;
use crate::app::App;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::retention::DRAFT_DAYS;
use domain::role::Actor;
use domain::unit::UnitPath;
use store::Tx;
use store::settings::UnitSettings;

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

/// What holds for people of a unit. Where neither it nor a unit above has said who answers for
/// the data, the unit that this installation serves does.
pub(super) async fn answerable(
    app: &App,
    tx: &mut Tx,
    unit: &UnitPath,
) -> Result<UnitSettings, Problem> {
    let mut settings = tx.unit_settings(unit).await?;
    if settings.controller.is_none()
        && let Some(served) = tx.served_unit().await?
    {
        let path = app.units().path(&served);
        let path = path.unwrap_or(UnitPath(Vec::new()));
        let above = tx.unit_settings(&path).await?;
        let name = app.units().full_name(&served);
        let named = || Some(name).filter(|name| !name.is_empty());
        settings.controller = above.controller.or_else(named);
        settings.hotline = settings.hotline.or(above.hotline);
    }
    Ok(settings)
}

/// The page every page's foot leads to.
pub async fn show(State(app): State<AppState>, reader: Reader) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let unit = match &reader.actor {
        Some(Actor::Holder(holder)) => tx.holder_scope(*holder).await?.map(|scope| scope.unit),
        _ => None,
    };
    let unit = unit.unwrap_or(UnitPath(Vec::new()));
    let settings = answerable(&app, &mut tx, &unit).await?;
    let page = reader.page(&app);
    let (visits, declarations) = (
        app.retention().scan_days.to_string(),
        app.retention().declaration_days.to_string(),
    );
    let drafts = DRAFT_DAYS.to_string();
    let days = |key: &str, n: &str| page.fill(key, [("days", n)]);
    let kept = vec![
        (
            page.text("privacy.person"),
            days("privacy.person_kept", &visits),
        ),
        (
            page.text("privacy.visits"),
            days("privacy.visits_kept", &visits),
        ),
        (
            page.text("privacy.declarations"),
            page.fill(
                "privacy.declarations_kept",
                [("days", declarations.as_str()), ("drafts", drafts.as_str())],
            ),
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
