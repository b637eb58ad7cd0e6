//! What holds in a unit: how long declarations are valid, the hotline, who answers for the data.

use super::field_errors::FieldErrors;
use super::office::{own_scope, unit_name};
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use crate::AppState;
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::audit::Deed;
use domain::declaration::DeclarationKind;
use domain::holder::line;
use domain::journey::COUNTRIES_DAYS;
use domain::role::{Authorized, ManageUnit, Purpose, UnitScope, authorize};
use domain::unit::UnitPath;
use serde::Deserialize;
use store::settings::{
    CONTROLLER, COUNTRIES, DECLARATION_HOURS, ENTRY_HOURS, HOTLINE, TRAVEL_HOURS, UnitSettings,
};

#[derive(Template)]
#[template(path = "office/settings.html")]
struct SettingsPage {
    page: Page,
    errors: FieldErrors,
    unit: String,
    typed: Typed,
    /// What holds where a field stays empty.
    inherited: UnitSettings,
    saved: bool,
}

impl SettingsPage {
    fn inherited_hours(&self, kind: DeclarationKind) -> String {
        let hours = self.inherited.validity.of(kind).as_secs() / 3600;
        let hours = self.page.number(hours as i64);
        self.page
            .fill("settings.hours_hint", [("value", hours.as_str())])
    }

    fn inherited_days(&self) -> String {
        let days = self.inherited.countries_days.to_string();
        self.page
            .fill("settings.countries_hint", [("value", days.as_str())])
    }

    fn above(&self, value: Option<&String>) -> String {
        let value = value.map_or_else(|| self.page.text("settings.nothing_above"), String::as_str);
        self.page.fill("settings.above", [("value", value)])
    }
}

/// The form's fields: empty means what holds above.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    hours: String,
    travel_hours: String,
    entry_hours: String,
    countries: String,
    hotline: String,
    controller: String,
}

/// Whether something was just saved.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Saved {
    saved: String,
}

/// The settings of the officer's unit.
pub async fn form(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(Saved { saved }): Query<Saved>,
) -> Result<Response, Problem> {
    let who = manage(&app, &officer)?;
    let mut own = app.store.read().await?.own_settings(&who).await?;
    let mut take = |name: &str| own.remove(name).unwrap_or_default();
    let typed = Typed {
        hours: take(DECLARATION_HOURS),
        travel_hours: take(TRAVEL_HOURS),
        entry_hours: take(ENTRY_HOURS),
        countries: take(COUNTRIES),
        hotline: take(HOTLINE),
        controller: take(CONTROLLER),
    };
    let body = show(
        &app,
        &officer,
        &who,
        typed,
        FieldErrors::default(),
        !saved.is_empty(),
    )
    .await?;
    reply::page(&body)
}

/// Saves them.
pub async fn save(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let who = manage(&app, &officer)?;
    let errors = faults(&officer, &typed);
    if !errors.is_empty() {
        let body = show(&app, &officer, &who, typed, errors, false).await?;
        return reply::mend(&body);
    }
    let number = |number: Option<u16>| number.map_or_else(String::new, |n| n.to_string());
    let mut tx = app.store.write().await?;
    for (name, value) in [
        (DECLARATION_HOURS, number(hours(&typed.hours))),
        (TRAVEL_HOURS, number(hours(&typed.travel_hours))),
        (ENTRY_HOURS, number(hours(&typed.entry_hours))),
        (COUNTRIES, number(countries(&typed.countries))),
        (HOTLINE, line(&typed.hotline)),
        (CONTROLLER, line(&typed.controller)),
    ] {
        let value = Some(value.as_str()).filter(|value| !value.is_empty());
        tx.set_unit_setting(&who, name, value).await?;
    }
    tx.audit(
        &who,
        &who.scope().path,
        app.now(),
        Purpose::Administration,
        Deed::Settings,
        &[],
    )
    .await?;
    tx.commit().await?;
    Ok(Redirect::to("/office/settings?saved=1").into_response())
}

fn manage(
    app: &AppState,
    officer: &SignedInOfficer,
) -> Result<Authorized<ManageUnit, UnitScope>, Problem> {
    Ok(authorize(&officer.actor(), own_scope(app, officer)?)?)
}

fn hours(text: &str) -> Option<u16> {
    text.trim()
        .parse()
        .ok()
        .filter(|hours| (1..=168).contains(hours))
}

fn countries(text: &str) -> Option<u16> {
    let days = text.trim().parse().ok();
    days.filter(|days| COUNTRIES_DAYS.contains(days))
}

/// Whether a text can be printed as a phone number to call: digits, spaces and the usual marks.
pub(super) fn is_hotline(text: &str) -> bool {
    let text = line(text);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (3..=15).contains(&digits)
        && text.chars().count() <= 40
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '.' | '(' | ')'))
}

fn faults(officer: &SignedInOfficer, typed: &Typed) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let text = |key: &str| officer.reader.locale.text(key);
    for (field, typed) in [
        ("hours", &typed.hours),
        ("travel_hours", &typed.travel_hours),
        ("entry_hours", &typed.entry_hours),
    ] {
        if !typed.trim().is_empty() && hours(typed).is_none() {
            errors.add(field, text("settings.hours_wrong"));
        }
    }
    if !typed.countries.trim().is_empty() && countries(&typed.countries).is_none() {
        errors.add("countries", text("settings.countries_wrong"));
    }
    if !line(&typed.hotline).is_empty() && !is_hotline(&typed.hotline) {
        errors.add("hotline", text("settings.hotline_wrong"));
    }
    if line(&typed.controller).chars().count() > 200 {
        errors.add("controller", text("settings.controller_long"));
    }
    errors
}

async fn show(
    app: &AppState,
    officer: &SignedInOfficer,
    who: &Authorized<ManageUnit, UnitScope>,
    typed: Typed,
    errors: FieldErrors,
    saved: bool,
) -> Result<SettingsPage, Problem> {
    let path = &who.scope().path.0;
    let above = UnitPath(path[..path.len().saturating_sub(1)].to_vec());
    let inherited = app.store.read().await?.unit_settings(&above).await?;
    let (page, unit) = (officer.reader.page(app), unit_name(app, &officer.unit));
    Ok(SettingsPage {
        page,
        errors,
        unit,
        typed,
        inherited,
        saved,
    })
}
