//! Officers at or below one's unit: the list, one of them, and inviting another.

use super::field_errors::FieldErrors;
use super::office::{login_fault, name_fault, own_scope, unit_name};
use super::officer_changes::{LinkPage, record};
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::{SignedInOfficer, new_token};
use super::units::below;
use crate::AppState;
use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::audit::Deed;
use domain::holder::line;
use domain::ids::OfficerId;
use domain::role::{
    Authorized, ChangeOfficer, InviteOfficer, ListOfficers, OfficerRole, OfficerScope, UnitScope,
    authorize,
};
use domain::unit::UnitCode;
use serde::Deserialize;
use store::officers::{Officer, OfficerKey};
use store::{Constraint, Error, new_id};

const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "officers/list.html")]
struct ListPage {
    page: Page,
    search: String,
    rows: Vec<Row>,
    newer: String,
    older: String,
    done: &'static str,
}

struct Row {
    href: String,
    login: String,
    name: String,
    role: &'static str,
    unit: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "officers/officer.html")]
struct OfficerPage {
    page: Page,
    row: Row,
    suspended: bool,
    /// Whether the reader may change this officer.
    changeable: bool,
}

#[derive(Template)]
#[template(path = "officers/invite.html")]
struct InvitePage {
    page: Page,
    errors: FieldErrors,
    typed: Typed,
    roles: Vec<(&'static str, &'static str)>,
    areas: Vec<(String, String)>,
    units: Vec<(String, String)>,
}

/// What the list is to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    q: String,
    after: Option<OfficerId>,
    done: String,
}

/// What was typed to invite.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    area: String,
    unit: String,
    role: String,
    name: String,
    login: String,
}

/// The list.
pub async fn list(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let who = may_list(&app, &officer)?;
    let search = filter.q.trim().to_lowercase();
    let mut tx = app.store.read().await?;
    let after = match filter.after {
        Some(id) => tx.officer_in(&who, id).await?.map(|officer| officer.key()),
        None => None,
    };
    let after = after.unwrap_or_default();
    let mut found = tx
        .officers_in(&who, &search, &after, PAGE as i64 + 1)
        .await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let page = officer.reader.page(&app);
    let last = found.last().filter(|_| more).map(|officer| officer.id);
    let list = ListPage {
        rows: found.iter().map(|found| row(&app, &page, found)).collect(),
        newer: if after == OfficerKey::default() {
            String::new()
        } else {
            "/office/officers".to_owned()
        },
        older: last
            .map(|id| format!("/office/officers?q={}&after={id}", plain(&search)))
            .unwrap_or_default(),
        search,
        done: match filter.done.as_str() {
            "suspended" => page.text("officers.suspended_done"),
            "resumed" => page.text("officers.resumed_done"),
            _ => "",
        },
        page,
    };
    reply::page(&list)
}

/// One officer, and what can be done.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = find(&app, &officer, &id).await?;
    let page = officer.reader.page(&app);
    let page = OfficerPage {
        row: row(&app, &page, &found),
        suspended: found.suspended,
        changeable: authorize::<ChangeOfficer, _>(&officer.actor(), found.scope()).is_ok(),
        page,
    };
    reply::page(&page)
}

/// The form for inviting.
pub async fn invite_form(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    may_list(&app, &officer)?;
    let typed = Typed {
        area: typed.area,
        ..Typed::default()
    };
    let body = invite_page(&app, &officer, typed, FieldErrors::default());
    reply::page(&body)
}

/// Adds an officer and shows the one-time link, once.
pub async fn invite(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    may_list(&app, &officer)?;
    let refuse = |typed, errors| -> Result<Response, Problem> {
        let body = invite_page(&app, &officer, typed, errors);
        reply::mend(&body)
    };
    let mut errors = FieldErrors::default();
    let Some(scope) = wanted(&app, &officer, &typed, &mut errors) else {
        return refuse(typed, errors);
    };
    let who = authorize::<InviteOfficer, _>(&officer.actor(), scope)?;
    let (login, token, now) = (typed.login.trim().to_lowercase(), new_token(), app.now());
    let mut tx = app.store.write().await?;
    let named = (login.as_str(), &*line(&typed.name));
    match tx.add_officer(&who, named, &token, now).await {
        Err(Error::Conflict(Constraint::OfficerLogin)) => {
            errors.add("login", officer.reader.locale.text("officers.login_taken"));
            return refuse(typed, errors);
        }
        added => added?,
    }
    record(&mut tx, &who, Deed::Invitation, now).await?;
    tx.commit().await?;
    let body = LinkPage::new(&app, &officer, &login, &token);
    reply::with(StatusCode::CREATED, &body)
}

/// What the typed invitation asks for, when nothing is wrong with it.
fn wanted(
    app: &AppState,
    officer: &SignedInOfficer,
    typed: &Typed,
    errors: &mut FieldErrors,
) -> Option<OfficerScope> {
    let text = |key: &str| officer.reader.locale.text(key);
    let unit = UnitCode::parse(&typed.unit).and_then(|unit| app.units().path(&unit));
    let role = OfficerRole::parse(&typed.role).filter(|role| role.has_page());
    if unit.is_none() {
        errors.add("unit", text("officers.unit_missing"));
    }
    match (role, &unit) {
        (None, _) => errors.add("role", text("officers.role_missing")),
        (Some(role), Some(unit)) if !role.fits(unit) => {
            errors.add("role", text("officers.role_unfit"))
        }
        _ => {}
    }
    if let Some(key) = name_fault(&typed.name) {
        errors.add("name", text(key));
    }
    if let Some(key) = login_fault(&typed.login) {
        errors.add("login", text(key));
    }
    let scope = OfficerScope {
        officer: OfficerId(new_id(app.now())),
        role: role?,
        unit: unit?,
    };
    errors.is_empty().then_some(scope)
}

fn invite_page(
    app: &AppState,
    officer: &SignedInOfficer,
    typed: Typed,
    errors: FieldErrors,
) -> InvitePage {
    let page = officer.reader.page(app);
    let roles = OfficerRole::ALL
        .iter()
        .filter(|role| role.has_page() && officer.role.invites(**role));
    let roles = roles.map(|role| (role.as_str(), page.text(&format!("role.{role}"))));
    let own = vec![(officer.unit.to_string(), unit_name(app, &officer.unit))];
    let children = below(app, &officer.unit);
    let area = UnitCode::parse(&typed.area)
        .filter(|area| children.iter().any(|(code, _)| code == area.as_str()));
    let deeper = area.map(|area| below(app, &area)).unwrap_or_default();
    let areas = children.iter().filter(|(code, _)| {
        UnitCode::parse(code).is_some_and(|code| !app.units().children(&code).is_empty())
    });
    let areas = areas.cloned().collect();
    let units = [own, if deeper.is_empty() { children } else { deeper }].concat();
    InvitePage {
        roles: roles.collect(),
        areas,
        units,
        typed,
        errors,
        page,
    }
}

/// An officer the reader may know of; nothing is said of others.
pub(super) async fn find(
    app: &AppState,
    reader: &SignedInOfficer,
    id: &str,
) -> Result<Officer, Problem> {
    let who = may_list(app, reader)?;
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    let found = app.store.read().await?.officer_in(&who, id).await?;
    found.ok_or(Problem::NotFound)
}

fn may_list(
    app: &AppState,
    officer: &SignedInOfficer,
) -> Result<Authorized<ListOfficers, UnitScope>, Problem> {
    Ok(authorize(&officer.actor(), own_scope(app, officer)?)?)
}

fn row(app: &AppState, page: &Page, officer: &Officer) -> Row {
    let state = match (officer.suspended, officer.enrolled) {
        (true, _) => "officers.state_suspended",
        (false, true) => "officers.state_active",
        (false, false) => "officers.state_invited",
    };
    Row {
        href: format!("/office/officers/{}", officer.id),
        login: officer.login.clone(),
        name: officer.name.clone(),
        role: page.text(&format!("role.{}", officer.role)),
        unit: officer
            .unit
            .0
            .last()
            .map(|unit| unit_name(app, unit))
            .unwrap_or_default(),
        state: page.text(state),
    }
}

/// A search text as an address may carry it: what no login holds is left out.
fn plain(search: &str) -> String {
    search
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        .collect()
}
