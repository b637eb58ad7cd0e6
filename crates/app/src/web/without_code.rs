//! People without a code at a gate, on the attendant's pages: by a code that is sent to the phone or was fetched before
//! (`code.rs`, `name.rs`), or by an identity paper (`identity.rs`). Nothing about anybody is shown before that code is right: the pages are the
//! same for every number.

mod code;
mod identity;
mod name;
pub mod spoken;
mod steps;

pub use code::{ask_code, check_code};
pub use identity::{ask_identity, take_identity};
pub use name::{ask_name, take_name};

use super::api::lines::MOST_COMPANIONS;
use super::field_errors::FieldErrors;
use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::scanner::open_gate;
use super::signed_in::SignedInHolder;
use crate::AppState;
use crate::otp::{self, OtpRefused};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use domain::ids::CheckpointId;
use domain::phone::Phone;
use domain::scan::Asked;
use serde::Deserialize;
use steps::Step;
use store::checkpoints::Checkpoint;
use store::venues::Venue;

/// Where an attendant works, as these pages show it.
struct Place {
    id: String,
    name: String,
}

impl Place {
    fn new(venue: &Venue, gate: &Checkpoint) -> Self {
        Self {
            id: gate.id.to_string(),
            name: format!("{}, {}", venue.details.name, gate.name),
        }
    }
}

/// The number of somebody without a code, and how they go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PhoneForm {
    phone: String,
    direction: String,
    companions: String,
    /// The button: `have` when the person has fetched a code before.
    action: String,
}

#[derive(Template)]
#[template(path = "without_code/phone.html")]
struct PhonePage {
    page: Page,
    place: Place,
    errors: FieldErrors,
    form: PhoneForm,
    directions: Vec<(&'static str, &'static str)>,
}

/// Asks for the person's number.
pub async fn ask_phone(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = open_gate(&mut tx, &signed_in, id).await?;
    reply::page(&phone_page(
        &app,
        &signed_in,
        Place::new(&venue, &gate),
        PhoneForm::default(),
        FieldErrors::default(),
    ))
}

/// Has a code sent to the number, unless the person has one; either way the next page asks for it.
pub async fn take_phone(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Form(form): Form<PhoneForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = open_gate(&mut tx, &signed_in, id).await?;
    drop(tx);
    let locale = signed_in.reader.locale;
    let mut errors = FieldErrors::default();
    let phone = Phone::parse(&form.phone);
    if phone.is_none() {
        errors.add("phone", locale.text("err.phone"));
    }
    let companions = companions(&form.companions);
    if companions.is_none() {
        errors.add("companions", locale.text("landing.err_companions"));
    }
    if let (Some(phone), Some(companions)) = (phone, companions) {
        let asked = Asked::parse(&form.direction).unwrap_or(Asked::Auto);
        let step = Step::new(&app, &signed_in, id, &phone, (asked, companions));
        if form.action == "have" {
            return Ok(step.see(&app, "code"));
        }
        match sent(&app, &signed_in, step, &venue.details.name).await {
            Ok(step) => return Ok(step.see(&app, "code")),
            Err(refused) => errors.add("phone", refused.words(locale)?),
        }
    }
    let place = Place::new(&venue, &gate);
    reply::mend(&phone_page(&app, &signed_in, place, form, errors))
}

/// Sends a code to a step's number; one that was sent a moment ago is still good.
async fn sent(
    app: &AppState,
    signed_in: &SignedInHolder,
    step: Step,
    place: &str,
) -> Result<Step, OtpRefused> {
    let reader = &signed_in.reader;
    let asked = otp::send_from_gate(
        app,
        &reader.address,
        &step.phone,
        (step.gate, place),
        reader.locale,
    );
    let again = otp::again(asked.await, app.now())?;
    Ok(step.sent(&reader.address, again))
}

/// How many come along: none when nothing is said.
fn companions(typed: &str) -> Option<u8> {
    match typed.trim() {
        "" => Some(0),
        typed => typed.parse().ok().filter(|n| *n <= MOST_COMPANIONS),
    }
}

/// What a form shows until something else is said: the direction that fits, and nobody comes along.
fn unless_said(direction: &mut String, companions: &mut String) {
    if Asked::parse(direction).is_none() {
        *direction = Asked::Auto.as_str().to_owned();
    }
    if companions.is_empty() {
        *companions = "0".to_owned();
    }
}

fn phone_page(
    app: &AppState,
    signed_in: &SignedInHolder,
    place: Place,
    mut form: PhoneForm,
    errors: FieldErrors,
) -> PhonePage {
    let page = signed_in.reader.page(app);
    unless_said(&mut form.direction, &mut form.companions);
    PhonePage {
        directions: directions(&page),
        page,
        place,
        errors,
        form,
    }
}

fn directions(page: &Page) -> Vec<(&'static str, &'static str)> {
    vec![
        ("auto", page.text("direction.auto")),
        ("in", page.text("direction.in")),
        ("out", page.text("direction.out")),
    ]
}
