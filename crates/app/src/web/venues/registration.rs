//! Registering a venue: the venue, who registers it, and a code sent to the phone.
//!
//! What was filled in waits in a sealed cookie, so that nothing is kept here before the phone is
//! proven, pages can be reloaded, and going back loses nothing. Whoever is signed in already has
//! one step.

mod adding;
mod draft;

use super::form::{Choices, VenueForm};
use crate::AppState;
use crate::otp;
use crate::web::field_errors::FieldErrors;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::{self, Reader};
use adding::{Proof, Who, register};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use domain::holder::PersonName;
use domain::otp::{OtpCode, OtpPurpose, RESEND, VALIDITY};
use domain::phone::Phone;
use domain::role::Actor;
use draft::{COOKIE, Draft, RegistrantForm, Sent};
use serde::Deserialize;
use store::new_id;
use store::sessions::SessionOf;

const PURPOSE: OtpPurpose = OtpPurpose::RegisterVenue;

/// What was typed in the last step.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    otp: String,
}

fn see(to: &str, headers: HeaderMap) -> Response {
    (headers, Redirect::to(to)).into_response()
}

#[derive(Template)]
#[template(path = "venues/new.html")]
struct VenuePage {
    page: Page,
    known: bool,
    fields: VenueForm,
    choices: Choices,
    errors: FieldErrors,
}

fn show_venue(
    app: &AppState,
    reader: &Reader,
    fields: VenueForm,
    errors: FieldErrors,
) -> Result<Response, Problem> {
    let page = reader.page(app);
    let choices = Choices::new(app, page.locale, &fields);
    let known = matches!(reader.actor, Some(Actor::Holder(_)));
    let status = status(&errors);
    let page = VenuePage {
        page,
        known,
        fields,
        choices,
        errors,
    };
    reply::with(status, &page)
}

fn status(errors: &FieldErrors) -> StatusCode {
    if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// The first step: the venue.
pub async fn venue(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if app.units().is_empty() {
        return Err(Problem::NotSetUp);
    }
    let form = Draft::read(&app, &headers).map(|draft| draft.venue);
    let fresh = || VenueForm {
        id: new_id(app.now()).to_string(),
        checkpoints: reader.locale.text("checkpoints.main").to_owned(),
        ..VenueForm::default()
    };
    let form = form.unwrap_or_else(fresh);
    show_venue(&app, &reader, form, FieldErrors::default())
}

/// Takes the first step.
pub async fn take_venue(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
    Form(form): Form<VenueForm>,
) -> Result<Response, Problem> {
    if form.asks_for_communes() {
        return show_venue(&app, &reader, form, FieldErrors::default());
    }
    let mut errors = form.details(&app, reader.locale).err().unwrap_or_default();
    if let Err(text) = form.gates(reader.locale) {
        errors.add("checkpoints", text);
    }
    if !errors.is_empty() {
        return show_venue(&app, &reader, form, errors);
    }
    if let Some(Actor::Holder(holder)) = reader.actor {
        let done = register(&app, &reader, Who::Known(holder), &form).await?;
        let (_, id) = done.map_err(|_| Problem::OutOfOrder)?;
        let headers = signed_in::set_cookie(&app, COOKIE, "", 0);
        return Ok(see(&format!("/venues/{id}"), headers));
    }
    let before = Draft::read(&app, &headers);
    let draft = Draft {
        began: app.now(),
        venue: form,
        registrant: before.and_then(|draft| draft.registrant),
        sent: None,
    };
    match draft.cookie(&app) {
        Some(headers) => Ok(see("/venues/new/registrant", headers)),
        None => {
            errors.add("checkpoints", reader.locale.text("venues.err_large"));
            show_venue(&app, &reader, draft.venue, errors)
        }
    }
}

#[derive(Template)]
#[template(path = "venues/registrant.html")]
struct RegistrantPage {
    page: Page,
    fields: RegistrantForm,
    errors: FieldErrors,
}

/// The second step: who registers.
pub async fn registrant(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(draft) = Draft::read(&app, &headers) else {
        return Ok(Redirect::to("/venues/new").into_response());
    };
    let page = RegistrantPage {
        page: reader.page(&app),
        fields: draft.registrant.unwrap_or_default(),
        errors: FieldErrors::default(),
    };
    reply::page(&page)
}

/// Takes the second step and sends the code.
pub async fn take_registrant(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
    Form(form): Form<RegistrantForm>,
) -> Result<Response, Problem> {
    let mut draft = Draft::read(&app, &headers).ok_or(Problem::OutOfOrder)?;
    let mut errors = FieldErrors::default();
    if PersonName::parse(&form.person).is_err() {
        errors.add("person", reader.locale.text("venues.err_person"));
    }
    let phone = Phone::parse(&form.phone);
    if phone.is_none() {
        errors.add("phone", reader.locale.text("err.phone"));
    }
    if let (true, Some(phone)) = (errors.is_empty(), &phone)
        && let Err(text) = send(&app, &reader, phone).await?
    {
        errors.add("phone", text);
    }
    draft.registrant = Some(form.clone());
    draft.sent = Some(Sent::to(&reader.address, app.now()));
    match draft.cookie(&app) {
        Some(headers) if errors.is_empty() => Ok(see("/venues/new/confirmation", headers)),
        _ => {
            if errors.is_empty() {
                errors.add("person", reader.locale.text("venues.err_person"));
            }
            let page = RegistrantPage {
                page: reader.page(&app),
                fields: form,
                errors,
            };
            reply::mend(&page)
        }
    }
}

/// Sends a code; one that was sent a moment ago is as good. The words say why none was sent.
async fn send(
    app: &AppState,
    reader: &Reader,
    phone: &Phone,
) -> Result<Result<(), String>, Problem> {
    let sent = otp::send(app, reader.address.as_str(), phone, PURPOSE, reader.locale).await;
    match otp::again(sent, app.now()) {
        Ok(_) => Ok(Ok(())),
        Err(refused) => refused.words(reader.locale).map(Err),
    }
}

#[derive(Template)]
#[template(path = "venues/confirmation.html")]
struct ConfirmationPage {
    page: Page,
    sent: String,
    again_in: i64,
    errors: FieldErrors,
}

fn show_confirmation(
    app: &AppState,
    reader: &Reader,
    (phone, sent): (&Phone, &Sent),
    errors: FieldErrors,
) -> Result<Response, Problem> {
    let page = reader.page(app);
    let minutes = (VALIDITY.as_secs() / 60).to_string();
    let masked = phone.masked();
    let age = app.now().since(sent.at) / 1000;
    let sent = page.fill("otp.sent", [("phone", masked.as_str()), ("n", &minutes)]);
    let again_in = (RESEND.as_secs() as i64).saturating_sub(age).max(0);
    let status = status(&errors);
    let page = ConfirmationPage {
        page,
        sent,
        again_in,
        errors,
    };
    reply::with(status, &page)
}

/// The third step: the code.
pub async fn confirmation(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(draft) = Draft::read(&app, &headers) else {
        return Ok(Redirect::to("/venues/new").into_response());
    };
    match draft.asked() {
        Some((_, phone, sent)) => {
            show_confirmation(&app, &reader, (&phone, &sent), FieldErrors::default())
        }
        None => Ok(Redirect::to("/venues/new/registrant").into_response()),
    }
}

/// Sends another code.
pub async fn resend(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut draft = Draft::read(&app, &headers).ok_or(Problem::OutOfOrder)?;
    let (_, phone, sent) = draft.asked().ok_or(Problem::OutOfOrder)?;
    match send(&app, &reader, &phone).await? {
        Ok(()) => {
            draft.sent = Some(Sent::to(&reader.address, app.now()));
            let headers = draft.cookie(&app).unwrap_or_default();
            Ok(see("/venues/new/confirmation", headers))
        }
        Err(text) => {
            let mut errors = FieldErrors::default();
            errors.add("otp", text);
            show_confirmation(&app, &reader, (&phone, &sent), errors)
        }
    }
}

/// Takes the third step: the phone is proven, the venue is registered, its owner is signed in.
pub async fn take_confirmation(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let draft = Draft::read(&app, &headers).ok_or(Problem::OutOfOrder)?;
    let (name, phone, sent) = draft.asked().ok_or(Problem::OutOfOrder)?;
    let proof = Proof {
        name,
        phone: phone.clone(),
        typed: OtpCode::parse(&form.otp),
        sent: sent.clone(),
    };
    let (holder, id) = match register(&app, &reader, Who::Proven(proof), &draft.venue).await? {
        Ok(done) => done,
        Err(wrong) => {
            let mut errors = FieldErrors::default();
            errors.add("otp", wrong.words(reader.locale)?);
            return show_confirmation(&app, &reader, (&phone, &sent), errors);
        }
    };
    let mut headers = signed_in::session_cookie(&app, SessionOf::Holder(holder), &sent.token);
    for (name, value) in signed_in::set_cookie(&app, COOKIE, "", 0) {
        if let Some(name) = name {
            headers.append(name, value);
        }
    }
    Ok(see(&format!("/venues/{id}"), headers))
}
