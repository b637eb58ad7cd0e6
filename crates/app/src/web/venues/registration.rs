//! Registering a venue: the venue, who registers it, and a code sent to the phone.
//!
//! What was filled in waits in a sealed cookie, so that nothing is kept here before the phone is
//! proven, pages can be reloaded, and going back loses nothing. Whoever is signed in already has
//! one step.

use super::form::{Choices, VenueForm};
use super::html;
use crate::AppState;
use crate::otp::{self, OtpRefused};
use crate::web::field_errors::FieldErrors;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::signed_in::{self, Reader};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use codes::VenueCode;
use data_encoding::BASE64URL_NOPAD;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{HolderId, VenueId};
use domain::otp::{OtpPurpose, RESEND, VALIDITY};
use domain::phone::Phone;
use domain::role::{Actor, ManageVenue};
use domain::time::Timestamp;
use domain::unit::UnitPath;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::holders::NewHolder;
use store::sessions::SessionOf;
use store::venues::{Registrant, VenueDetails};
use store::{Constraint, Error, Tx};

const PURPOSE: OtpPurpose = OtpPurpose::RegisterVenue;
const COOKIE: &str = "vaora_venue";
const SEALED_FOR: &str = "cookie.venue";
/// How long a registration may lie unfinished.
const DRAFT_LIFE: Duration = Duration::from_secs(3600);
/// Browsers keep no longer cookies than about 4,096 bytes with name and attributes.
const DRAFT_MAX: usize = 3900;
/// How often another code is drawn when one is taken: with a million gates one draw in 888 is.
const DRAWS: usize = 8;

/// A registration under way.
#[derive(Serialize, Deserialize)]
struct Draft {
    began: Timestamp,
    venue: VenueForm,
    registrant: Option<RegistrantForm>,
    sent: Option<Timestamp>,
}

/// Who registers, as it was typed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistrantForm {
    person: String,
    phone: String,
}

/// What was typed in the last step.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    otp: String,
}

impl Draft {
    fn read(app: &AppState, headers: &HeaderMap) -> Option<Self> {
        let sealed = BASE64URL_NOPAD
            .decode(signed_in::cookie(headers, COOKIE)?.as_bytes())
            .ok()?;
        let draft: Self = app.store.keys().sealer().open(SEALED_FOR, &sealed).ok()?;
        let age = app.now().since(draft.began);
        (age < DRAFT_LIFE.as_millis() as i64).then_some(draft)
    }

    /// The cookie that carries it; nothing when it is too large for one.
    fn cookie(&self, app: &AppState) -> Option<HeaderMap> {
        let sealed = app.store.keys().sealer().seal(SEALED_FOR, self);
        let text = BASE64URL_NOPAD.encode(&sealed);
        let fits = text.len() <= DRAFT_MAX;
        fits.then(|| signed_in::set_cookie(app, COOKIE, &text, DRAFT_LIFE.as_secs()))
    }

    /// The registrant, once the second step was right.
    fn known(&self) -> Option<(PersonName, Phone)> {
        let form = self.registrant.as_ref()?;
        Some((
            PersonName::parse(&form.person).ok()?,
            Phone::parse(&form.phone)?,
        ))
    }
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
    html(status, &page)
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
        let id = register(&app, &reader, Who::Known(holder), &form).await?.1;
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
    html(StatusCode::OK, &page)
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
    draft.sent = Some(app.now());
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
            html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// Sends a code; one that was sent a moment ago is as good. The words say why none was sent.
async fn send(
    app: &AppState,
    reader: &Reader,
    phone: &Phone,
) -> Result<Result<(), String>, Problem> {
    match otp::send(app, &reader.address, phone, PURPOSE, reader.locale).await {
        Ok(_) | Err(OtpRefused::TooSoon(_)) => Ok(Ok(())),
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
    draft: &Draft,
    phone: &Phone,
    errors: FieldErrors,
) -> Result<Response, Problem> {
    let page = reader.page(app);
    let minutes = (VALIDITY.as_secs() / 60).to_string();
    let masked = phone.masked();
    let sent = page.fill("otp.sent", [("phone", masked.as_str()), ("n", &minutes)]);
    let age = draft.sent.map_or(i64::MAX, |at| app.now().since(at) / 1000);
    let again_in = (RESEND.as_secs() as i64).saturating_sub(age).max(0);
    let status = status(&errors);
    let page = ConfirmationPage {
        page,
        sent,
        again_in,
        errors,
    };
    html(status, &page)
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
    match draft.known() {
        Some((_, phone)) => {
            show_confirmation(&app, &reader, &draft, &phone, FieldErrors::default())
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
    let (_, phone) = draft.known().ok_or(Problem::OutOfOrder)?;
    match send(&app, &reader, &phone).await? {
        Ok(()) => {
            draft.sent = Some(app.now());
            let headers = draft.cookie(&app).unwrap_or_default();
            Ok(see("/venues/new/confirmation", headers))
        }
        Err(text) => {
            let mut errors = FieldErrors::default();
            errors.add("otp", text);
            show_confirmation(&app, &reader, &draft, &phone, errors)
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
    let (name, phone) = draft.known().ok_or(Problem::OutOfOrder)?;
    if let Err(wrong) = otp::check(&app, &phone, PURPOSE, &form.otp).await {
        let mut errors = FieldErrors::default();
        errors.add("otp", wrong.words(reader.locale)?);
        return show_confirmation(&app, &reader, &draft, &phone, errors);
    }
    let who = Who::Proven(name, phone);
    let (holder, id) = register(&app, &reader, who, &draft.venue).await?;
    let mut headers = signed_in::begin(&app, &reader, SessionOf::Holder(holder)).await?;
    for (name, value) in signed_in::set_cookie(&app, COOKIE, "", 0) {
        if let Some(name) = name {
            headers.append(name, value);
        }
    }
    Ok(see(&format!("/venues/{id}"), headers))
}

/// Who registers.
enum Who {
    /// Somebody who is signed in.
    Known(HolderId),
    /// Somebody who has just proven a phone.
    Proven(PersonName, Phone),
}

async fn register(
    app: &AppState,
    reader: &Reader,
    who: Who,
    form: &VenueForm,
) -> Result<(HolderId, VenueId), Problem> {
    let details = form
        .details(app, reader.locale)
        .map_err(|_| Problem::OutOfOrder)?;
    let gates = form.gates(reader.locale).map_err(|_| Problem::OutOfOrder)?;
    let mut draws = 0;
    loop {
        let mut tx = app.store.write().await?;
        match add(&mut tx, &who, &details, &gates, app.now()).await {
            Ok(done) => {
                tx.commit().await?;
                return Ok(done);
            }
            // Another gate drew the same code, or the phone was proven elsewhere just now.
            Err(Error::Conflict(Constraint::CheckpointCode | Constraint::HolderPhone))
                if draws < DRAWS =>
            {
                draws += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn add(
    tx: &mut Tx,
    who: &Who,
    details: &VenueDetails,
    gates: &[String],
    now: Timestamp,
) -> Result<(HolderId, VenueId), Error> {
    let (holder, registrant) = match who {
        Who::Known(holder) => {
            let known = tx.holder(*holder).await?;
            let registrant = known.map(|holder| Registrant {
                name: holder.details.name.as_str().to_owned(),
                phone: holder.details.phone.unwrap_or_default(),
            });
            (*holder, registrant.ok_or(Error::Damaged("session"))?)
        }
        Who::Proven(name, phone) => {
            let registrant = Registrant {
                name: name.as_str().to_owned(),
                phone: phone.e164(),
            };
            (proven(tx, name, phone, now).await?, registrant)
        }
    };
    let own = super::own(holder).map_err(|_| Error::Damaged("owner"))?;
    let venue = tx.add_venue(&own, details, &registrant, now).await?;
    let may = super::may::<ManageVenue>(tx, holder, venue).await;
    let (may, _) = may.map_err(|_| Error::Damaged("venues"))?;
    for (place, gate) in gates.iter().enumerate() {
        let code = VenueCode::from_random(rand::random());
        // A millisecond apart, so that they are listed in the order in which they were named.
        let added = now.plus(Duration::from_millis(place as u64));
        tx.add_checkpoint(&may, gate, code.as_str(), added).await?;
    }
    Ok((holder, venue))
}

/// The person with a phone that was just proven; added when there is none.
async fn proven(
    tx: &mut Tx,
    name: &PersonName,
    phone: &Phone,
    now: Timestamp,
) -> Result<HolderId, Error> {
    if let Some(holder) = tx.holder_by_phone(phone).await? {
        return Ok(holder.id);
    }
    let details = HolderDetails {
        name: name.clone(),
        phone: Some(phone.e164()),
        id_number: None,
        birth_year: None,
        gender: None,
    };
    let new = NewHolder {
        details: &details,
        phone: Some(phone),
        browser: None,
        verified: true,
        unit: &UnitPath(Vec::new()),
    };
    tx.add_holder(&new, now).await
}
