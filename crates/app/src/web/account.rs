//! An officer's own account: changing the password, for whoever knows it and has the authenticator.

use super::field_errors::FieldErrors;
use super::invitations::password_faults;
use super::office::{own_scope, unit_name};
use super::officer_changes::record;
use super::officer_sign_in::within_limits;
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::{self, SignedInOfficer, new_token};
use crate::{AppState, passwords, totp};
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::audit::Deed;
use domain::role::{Authorized, ChangeOwnPassword, OfficerScope, authorize};
use serde::Deserialize;
use store::officers::Credentials;
use store::sessions::SessionOf;

type Own = Authorized<ChangeOwnPassword, OfficerScope>;

#[derive(Template)]
#[template(path = "officers/account.html")]
struct AccountPage {
    page: Page,
    errors: FieldErrors,
    login: String,
    office: String,
    changed: bool,
}

/// Whether the password was just changed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Changed {
    changed: String,
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    current: String,
    code: String,
    password: String,
    again: String,
}

/// The account.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(Changed { changed }): Query<Changed>,
) -> Result<Response, Problem> {
    let (_, known) = known(&app, &officer).await?;
    let errors = FieldErrors::default();
    reply::page(&account(&app, &officer, known, errors, !changed.is_empty()))
}

/// Changes the password: every other session of the officer ends.
pub async fn change(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let (who, known) = known(&app, &officer).await?;
    let reader = &officer.reader;
    let mut errors = password_faults(reader, &known.login, (&typed.password, &typed.again));
    if errors.is_empty() && typed.password == typed.current {
        errors.add("password", reader.locale.text("account.same"));
    }
    if !errors.is_empty() {
        return reply::mend(&account(&app, &officer, known, errors, false));
    }
    within_limits(&app, &known.login, &reader.address).await?;
    let (right, step) = proof(&app, &known, &typed).await?;
    let hash = passwords::hash(&typed.password).await?;
    let (token, of, now) = (new_token(), SessionOf::Officer(known.id), app.now());
    let mut tx = app.store.write().await?;
    if right && tx.spend_totp_step(known.id, step).await? {
        tx.change_own_password(&who, &hash).await?;
        record(&mut tx, &who, Deed::Password, now).await?;
        signed_in::begin_in(&mut tx, &app, reader, of, &token).await?;
        tx.commit().await?;
        let cookie = signed_in::session_cookie(&app, of, &token);
        return Ok((cookie, Redirect::to("/office/account?changed=1")).into_response());
    }
    tx.rollback().await?;
    // As at sign-in, what does not fit is not told.
    errors.add("current", reader.locale.text("account.refused"));
    reply::mend(&account(&app, &officer, known, errors, false))
}

/// Whether password and code fit, and the code's step.
async fn proof(app: &AppState, known: &Credentials, typed: &Typed) -> Result<(bool, i64), Problem> {
    let hash = Some(known.password_hash.clone());
    let fits = passwords::verify(&typed.current, hash).await?;
    let step = totp::step(&known.totp, &typed.code, app.now());
    Ok((fits && step.is_some(), step.unwrap_or_default()))
}

async fn known(app: &AppState, officer: &SignedInOfficer) -> Result<(Own, Credentials), Problem> {
    let scope = OfficerScope {
        officer: officer.officer,
        role: officer.role,
        unit: own_scope(app, officer)?.path,
    };
    let who = authorize::<ChangeOwnPassword, _>(&officer.actor(), scope)?;
    let known = app.store.read().await?.own_credentials(&who).await?;
    let known = known.ok_or_else(|| Problem::officer_sign_in(&officer.reader.path))?;
    Ok((who, known))
}

fn account(
    app: &AppState,
    officer: &SignedInOfficer,
    known: Credentials,
    errors: FieldErrors,
    changed: bool,
) -> AccountPage {
    let page = officer.reader.page(app);
    let role = page.text(&format!("role.{}", officer.role));
    AccountPage {
        office: format!("{role}, {}", unit_name(app, &officer.unit)),
        login: known.login,
        page,
        errors,
        changed,
    }
}
