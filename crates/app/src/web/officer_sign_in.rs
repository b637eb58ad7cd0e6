//! Officers sign in with a password and a one-time code of their authenticator app; never by SMS.

use super::field_errors::FieldErrors;
use super::local_path;
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::{self, Reader};
use crate::{AppState, passwords, totp};
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::OfficerId;
use domain::role::OfficerRole;
use serde::Deserialize;
use std::time::Duration;
use store::rates::Limit;
use store::sessions::SessionOf;

const QUARTER: Duration = Duration::from_secs(15 * 60);
/// A login from one address: enough for a person, too few for guessing.
const PER_PAIR: Limit = Limit {
    kind: "office pair",
    most: 10,
    window: QUARTER,
};
/// One address, whatever the login.
const PER_ADDRESS: Limit = Limit {
    kind: "office address",
    most: 60,
    window: QUARTER,
};
/// A login from anywhere. So high that a stranger cannot easily lock its officer out, so low that
/// guessing password and code together stays hopeless.
const PER_LOGIN: Limit = Limit {
    kind: "office login",
    most: 200,
    window: QUARTER,
};

#[derive(Template)]
#[template(path = "officers/sign_in.html")]
struct SignInPage {
    page: Page,
    errors: FieldErrors,
    login: String,
    next: String,
}

/// Where to go after signing in.
#[derive(Debug, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// What was typed.
#[derive(Deserialize)]
pub struct SignIn {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// The sign-in form.
pub async fn form(
    State(app): State<AppState>,
    reader: Reader,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Problem> {
    let (errors, login) = (FieldErrors::default(), String::new());
    let page = SignInPage {
        page: reader.page(&app),
        errors,
        login,
        next,
    };
    reply::page(&page)
}

/// Signs in, or says that something does not fit, and never what.
pub async fn submit(
    State(app): State<AppState>,
    reader: Reader,
    Form(typed): Form<SignIn>,
) -> Result<Response, Problem> {
    let login = typed.login.trim().to_lowercase();
    within_limits(&app, &login, &reader.address).await?;
    match prove(&app, &login, &typed).await? {
        Some((officer, role)) => {
            let cookie = signed_in::begin(&app, &reader, SessionOf::Officer(officer)).await?;
            let next = local_path::parse(&typed.next).unwrap_or_else(|| first_page(role));
            Ok((cookie, Redirect::to(next)).into_response())
        }
        None => {
            let page = reader.page(&app);
            let mut errors = FieldErrors::default();
            errors.add("login", page.text("officers.sign_in_refused"));
            let page = SignInPage {
                page,
                errors,
                login: typed.login,
                next: typed.next,
            };
            reply::mend(&page)
        }
    }
}

/// Counts a try to prove a login.
pub(super) async fn within_limits(
    app: &AppState,
    login: &str,
    address: &str,
) -> Result<(), Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let pair = tx
        .within(PER_PAIR, &format!("{address} {login}"), now)
        .await?;
    let from = tx.within(PER_ADDRESS, address, now).await?;
    let to = tx.within(PER_LOGIN, login, now).await?;
    tx.commit().await?;
    if pair && from && to {
        Ok(())
    } else {
        Err(Problem::TooMany(QUARTER.as_secs() as u32))
    }
}

/// The officer whose password and unspent code were typed.
async fn prove(
    app: &AppState,
    login: &str,
    typed: &SignIn,
) -> Result<Option<(OfficerId, OfficerRole)>, Problem> {
    let known = app.store.read().await?.officer_credentials(login).await?;
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    let password_fits = passwords::verify(&typed.password, hash).await?;
    let Some(known) = known.filter(|_| password_fits) else {
        return Ok(None);
    };
    let Some(step) = totp::step(&known.totp, &typed.code, app.now()) else {
        return Ok(None);
    };
    let mut tx = app.store.write().await?;
    let fresh = tx.spend_totp_step(known.id, step).await?;
    tx.commit().await?;
    Ok(fresh.then_some((known.id, known.role)))
}

/// Where an officer's work begins.
pub(super) const fn first_page(role: OfficerRole) -> &'static str {
    match role {
        OfficerRole::Auditor => "/audit",
        _ => "/office",
    }
}
