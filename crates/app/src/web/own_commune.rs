//! Where a person lives, asked of whoever asks an office for something before they ever declared: which office it is follows
//! from the commune, and nothing else of a declaration is needed for it.

use super::field_errors::FieldErrors;
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use super::units::below;
use crate::AppState;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::unit::{UnitCode, UnitPath};
use serde::Deserialize;

/// Where the way goes on; the first where nothing else is said.
const AFTER: [&str; 4] = [
    "/requests",
    "/requests/card",
    "/requests/correction",
    "/family/new",
];

#[derive(Template)]
#[template(path = "requests/commune.html")]
struct CommunePage {
    page: Page,
    errors: FieldErrors,
    typed: Typed,
    provinces: Vec<(String, String)>,
    communes: Vec<(String, String)>,
}

/// The form, as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    province: String,
    commune: String,
    /// The page that asked.
    next: String,
    /// `communes`: only shows those of the province, for browsers without scripts.
    action: String,
}

impl Typed {
    fn next(&self) -> &'static str {
        let wanted = AFTER.iter().find(|path| **path == self.next);
        wanted.unwrap_or(&AFTER[0])
    }

    /// The commune that was chosen, with what lies above it.
    fn path(&self, app: &AppState) -> Option<UnitPath> {
        let path = UnitCode::parse(&self.commune).and_then(|code| app.units().path(&code));
        path.filter(|path| path.commune().is_some())
    }
}

/// Asks for the commune; whoever has said it goes on.
pub async fn ask(
    State(app): State<AppState>,
    who: SignedInHolder,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    let own = who.own(&mut app.store.read().await?).await?;
    if own.scope().unit.commune().is_some() {
        return Ok(reply::see(typed.next()));
    }
    reply::page(&view(&app, &who, typed, FieldErrors::default()))
}

/// Keeps the commune of whoever has none; one that is known changes by a declaration, or at the office.
pub async fn save(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    if typed.action == "communes" {
        return reply::page(&view(&app, &who, typed, FieldErrors::default()));
    }
    let Some(path) = typed.path(&app) else {
        let mut errors = FieldErrors::default();
        errors.add("commune", who.reader.locale.text("requests.err_commune"));
        return reply::mend(&view(&app, &who, typed, errors));
    };
    let mut tx = app.store.write().await?;
    let own = who.own(&mut tx).await?;
    let known = tx.hold_own(&own).await?.ok_or(Problem::NotFound)?;
    if known.unit.commune().is_none() {
        tx.update_holder(&own, &known.details, &path).await?;
    }
    tx.commit().await?;
    Ok(reply::see(typed.next()))
}

fn view(app: &AppState, who: &SignedInHolder, typed: Typed, errors: FieldErrors) -> CommunePage {
    let province = UnitCode::parse(&typed.province);
    CommunePage {
        page: who.reader.page(app),
        provinces: below(app, &UnitCode::nation()),
        communes: province.map_or_else(Vec::new, |province| below(app, &province)),
        errors,
        typed,
    }
}
