//! Set-up in the browser: which unit this installation serves, and who its first officer is.

use super::field_errors::FieldErrors;
use super::office::{login_fault, name_fault, unit_name};
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::{Reader, new_token};
use super::units::below;
use crate::AppState;
use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::holder::line;
use domain::role::OfficerRole;
use domain::unit::{UnitCode, UnitPath};
use serde::Deserialize;
use store::set_up::SetUp;

#[derive(Template)]
#[template(path = "officers/set_up.html")]
struct SetUpPage {
    page: Page,
    errors: FieldErrors,
    token: String,
    /// The nation and its provinces.
    areas: Vec<(String, String)>,
    area: String,
    /// The chosen area and the units below it; empty until one is chosen.
    units: Vec<(String, String)>,
    typed: Typed,
}

/// Which area's units to offer.
#[derive(Debug, Deserialize)]
pub struct Area {
    #[serde(default)]
    area: String,
}

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    area: String,
    unit: String,
    controller: String,
    hotline: String,
    name: String,
    login: String,
}

/// The form behind the set-up link.
pub async fn form(
    State(app): State<AppState>,
    reader: Reader,
    Path(token): Path<String>,
    Query(Area { area }): Query<Area>,
) -> Result<Response, Problem> {
    live(&app, &token).await?;
    let typed = Typed {
        area,
        ..Typed::default()
    };
    let body = show(&app, &reader, token, typed, FieldErrors::default())?;
    reply::page(&body)
}

/// Sets up, and goes on to the first officer's password.
pub async fn submit(
    State(app): State<AppState>,
    reader: Reader,
    Path(token): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    live(&app, &token).await?;
    let unit = UnitCode::parse(&typed.unit).and_then(|unit| app.units().path(&unit));
    let errors = faults(&reader, &typed, unit.as_ref());
    let Some(unit) = unit.filter(|_| errors.is_empty()) else {
        let body = show(&app, &reader, token, typed, errors)?;
        return reply::mend(&body);
    };
    let invitation = new_token();
    let set_up = SetUp {
        unit: &unit,
        role: role_of(&unit),
        name: &line(&typed.name),
        login: &typed.login.trim().to_lowercase(),
        controller: &line(&typed.controller),
        hotline: &line(&typed.hotline),
    };
    let mut tx = app.store.write().await?;
    let done = tx.set_up(&token, &set_up, &invitation, app.now()).await?;
    tx.commit().await?;
    if !done {
        return Err(Problem::LinkDead);
    }
    Ok(Redirect::to(&format!("/invitations/{invitation}")).into_response())
}

async fn live(app: &AppState, token: &str) -> Result<(), Problem> {
    let open = app
        .store
        .read()
        .await?
        .set_up_open(token, app.now())
        .await?;
    if open { Ok(()) } else { Err(Problem::LinkDead) }
}

/// The office that runs a unit of that depth.
fn role_of(unit: &UnitPath) -> OfficerRole {
    match unit.0.len() {
        0 | 1 => OfficerRole::NationalOfficer,
        2 => OfficerRole::ProvinceOfficer,
        _ => OfficerRole::CommuneOfficer,
    }
}

fn faults(reader: &Reader, typed: &Typed, unit: Option<&UnitPath>) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let text = |key: &str| reader.locale.text(key);
    if unit.is_none() {
        errors.add("unit", text("set_up.unit_missing"));
    }
    if line(&typed.controller).is_empty() || typed.controller.chars().count() > 200 {
        errors.add("controller", text("set_up.controller_missing"));
    }
    if !super::office_settings::is_hotline(&typed.hotline) {
        errors.add("hotline", text("settings.hotline_wrong"));
    }
    if let Some(key) = name_fault(&typed.name) {
        errors.add("name", text(key));
    }
    if let Some(key) = login_fault(&typed.login) {
        errors.add("login", text(key));
    }
    errors
}

fn show(
    app: &AppState,
    reader: &Reader,
    token: String,
    typed: Typed,
    errors: FieldErrors,
) -> Result<SetUpPage, Problem> {
    let nation = UnitCode::nation();
    let pair = |code: &UnitCode, name: &str| (code.to_string(), name.to_owned());
    let mut areas = vec![pair(&nation, &unit_name(app, &nation))];
    areas.extend(below(app, &nation));
    let chosen = UnitCode::parse(&typed.area)
        .filter(|area| areas.iter().any(|(code, _)| *code == area.as_str()));
    let mut units = Vec::new();
    if let Some(area) = &chosen {
        units.push(pair(area, &unit_name(app, area)));
        if *area != nation {
            units.extend(below(app, area));
        }
    }
    let mut page = reader.page(app);
    page.nav = super::page::Nav::default();
    let area = chosen.map(|area| area.to_string()).unwrap_or_default();
    Ok(SetUpPage {
        page,
        errors,
        token,
        areas,
        area,
        units,
        typed,
    })
}
