//! A one-time link: an invited officer sets a password and enrols an authenticator app.
//!
//! Opening the link changes nothing: the secret it shows travels sealed in the form, bound to the
//! link, and is kept only with the code that confirms it. Who merely saw the page knows nothing.

use super::field_errors::FieldErrors;
use super::officer_sign_in::first_page;
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::{self, Reader};
use crate::{AppState, passwords, totp};
use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use codes::draw::{Level, QUIET, Square};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use store::invitations::Enrolment;
use store::officers::Officer;
use store::sessions::SessionOf;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "officers/invitation.html")]
struct InvitationPage {
    page: Page,
    errors: FieldErrors,
    token: String,
    name: String,
    login: String,
    office: String,
    square: String,
    secret: String,
    sealed: String,
}

/// What was typed.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    sealed: String,
}

/// The page behind a live link.
pub async fn form(
    State(app): State<AppState>,
    reader: Reader,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let officer = live(&app, &token).await?;
    let secret = totp::new_secret();
    let body = show(
        &app,
        &reader,
        &token,
        &officer,
        &secret,
        FieldErrors::default(),
    )?;
    reply::page(&body)
}

/// Enrols the officer and signs in.
pub async fn submit(
    State(app): State<AppState>,
    reader: Reader,
    Path(token): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let officer = live(&app, &token).await?;
    let secret = opened(&app, &token, &typed.sealed)?;
    let step = totp::step(&secret, &typed.code, app.now());
    let errors = faults(&reader, &officer, &typed, step);
    let Some(totp_step) = step.filter(|_| errors.is_empty()) else {
        let body = show(&app, &reader, &token, &officer, &secret, errors)?;
        return reply::mend(&body);
    };
    let password_hash = &passwords::hash(&typed.password).await?;
    let enrolment = Enrolment {
        password_hash,
        totp: &secret,
        totp_step,
    };
    let mut tx = app.store.write().await?;
    let accepted = tx.accept_invitation(&token, enrolment, app.now()).await?;
    tx.commit().await?;
    let officer = accepted.ok_or(Problem::LinkDead)?;
    let cookie = signed_in::begin(&app, &reader, SessionOf::Officer(officer.id)).await?;
    Ok((cookie, Redirect::to(first_page(officer.role))).into_response())
}

async fn live(app: &AppState, token: &str) -> Result<Officer, Problem> {
    let found = app.store.read().await?.invitation(token, app.now()).await?;
    found.ok_or(Problem::LinkDead)
}

fn faults(reader: &Reader, officer: &Officer, typed: &Typed, step: Option<i64>) -> FieldErrors {
    let mut errors = password_faults(reader, &officer.login, (&typed.password, &typed.again));
    if step.is_none() {
        errors.add("code", reader.locale.text("officers.code_wrong"));
    }
    errors
}

/// Why a new password cannot be taken, typed twice.
pub(super) fn password_faults(
    reader: &Reader,
    login: &str,
    (password, again): (&str, &str),
) -> FieldErrors {
    let mut errors = FieldErrors::default();
    if let Some(weakness) = passwords::weakness(password, login) {
        errors.add("password", reader.locale.text(weakness.key()));
    } else if password != again {
        errors.add("again", reader.locale.text("officers.password_differs"));
    }
    errors
}

fn show(
    app: &AppState,
    reader: &Reader,
    token: &str,
    officer: &Officer,
    secret: &[u8],
    errors: FieldErrors,
) -> Result<InvitationPage, Problem> {
    let mut page = reader.page(app);
    page.nav = super::page::Nav::default();
    let role = page.text(&format!("role.{}", officer.role));
    let unit = officer
        .unit
        .0
        .last()
        .map(|unit| super::office::unit_name(app, unit));
    let address = totp::address(secret, &officer.login);
    Ok(InvitationPage {
        errors,
        token: token.to_owned(),
        name: officer.name.clone(),
        login: officer.login.clone(),
        office: format!("{role}, {}", unit.unwrap_or_default()),
        square: Square::encode(&address, Level::Medium)?.svg(QUIET),
        secret: grouped(&totp::base32(secret)),
        sealed: sealed(app, token, secret),
        page,
    })
}

fn place(token: &str) -> String {
    format!("invitations.totp/{token}")
}

fn sealed(app: &AppState, token: &str, secret: &[u8]) -> String {
    let sealer = app.store.keys().sealer();
    BASE64URL_NOPAD.encode(&sealer.seal_bytes(&place(token), secret))
}

fn opened(app: &AppState, token: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let bytes = BASE64URL_NOPAD
        .decode(sealed.as_bytes())
        .map_err(|_| Problem::OutOfOrder)?;
    let sealer = app.store.keys().sealer();
    sealer
        .open_bytes(&place(token), &bytes)
        .map_err(|_| Problem::OutOfOrder)
}

/// `ABCD EFGH`: four by four, as people type it.
fn grouped(text: &str) -> String {
    let groups: Vec<&str> = text
        .as_bytes()
        .chunks(4)
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(" ")
}
