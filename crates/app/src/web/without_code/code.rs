//! The code that a person reads out, typed by the attendant.

use super::steps::Step;
use super::{Place, sent};
use crate::AppState;
use crate::web::field_errors::FieldErrors;
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::scanner::by_hand::{Brought, Passing, by_hand};
use crate::web::scanner::{open_gate, recorder};
use crate::web::signed_in::SignedInHolder;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::ids::{CheckpointId, HolderId};
use domain::otp::{OtpCode, RESEND};
use serde::Deserialize;
use std::time::Duration;
use store::otps::OtpCheck;
use store::rates::Limit;

/// How many codes one gate may type in an hour, right or wrong.
const TYPED: Limit = Limit {
    kind: "gate codes",
    most: 600,
    window: Duration::from_secs(3600),
};

/// How far it has come, in an address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct At {
    pub(super) step: String,
}

/// The code as it was read out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    step: String,
    otp: String,
    /// The button: `again` sends a code.
    action: String,
}

#[derive(Template)]
#[template(path = "without_code/code.html")]
struct CodePage {
    page: Page,
    place: Place,
    errors: FieldErrors,
    step: String,
    phone: String,
    /// Whether a code was sent from here.
    sent: bool,
    /// Seconds until another may be.
    wait: i64,
}

/// Asks for the code.
pub async fn ask_code(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Query(at): Query<At>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = open_gate(&mut tx, &signed_in, id).await?;
    let Some(step) = Step::of(&app, &signed_in, id, &at.step) else {
        return Ok(reply::see(&format!("/checkpoints/{id}/without-code")));
    };
    let place = Place::new(&venue, &gate);
    reply::page(&page(
        &app,
        &signed_in,
        place,
        &step,
        FieldErrors::default(),
    ))
}

/// Compares the code; lets the person through, or asks for the name of whoever is new.
pub async fn check_code(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = open_gate(&mut tx, &signed_in, id).await?;
    drop(tx);
    let step = Step::of(&app, &signed_in, id, &form.step).ok_or(Problem::OutOfOrder)?;
    let locale = signed_in.reader.locale;
    let mut errors = FieldErrors::default();
    if form.action == "again" {
        match sent(&app, &signed_in, step.clone(), &venue.details.name).await {
            Ok(step) => return Ok(step.see(&app, "code")),
            Err(refused) => errors.add("otp", refused.words(locale)?),
        }
    } else {
        let (asked, companions) = step.way();
        let passing = Passing {
            companions,
            ..Passing::now(&app, asked)
        };
        match heard(&app, &step, &form.otp).await? {
            Heard::Known(holder) => {
                let gate = recorder(&app, &signed_in, id).await?;
                return by_hand(&app, &gate, Brought::Person(holder), passing).await;
            }
            Heard::New => return Ok(step.proven(passing.scan).see(&app, "name")),
            Heard::Wrong => errors.add("otp", locale.text("without_code.wrong")),
        }
    }
    let place = Place::new(&venue, &gate);
    reply::mend(&page(&app, &signed_in, place, &step, errors))
}

/// What a code that was read out says.
enum Heard {
    /// It is right, and the phone is this holder's.
    Known(HolderId),
    /// It is right, and the phone is nobody's yet.
    New,
    /// It is not right, for whatever reason: whether somebody has fetched a code is nobody's business either.
    Wrong,
}

async fn heard(app: &AppState, step: &Step, typed: &str) -> Result<Heard, Problem> {
    let Some(code) = OtpCode::parse(typed) else {
        return Ok(Heard::Wrong);
    };
    let mut tx = app.store.write().await?;
    if !tx.within(TYPED, &step.gate.to_string(), app.now()).await? {
        tx.commit().await?;
        return Err(Problem::TooMany(TYPED.window.as_secs() as u32));
    }
    let found = tx
        .check_otp(&step.phone, step.purpose(), step.guess(&code), app.now())
        .await?;
    let heard = match found {
        OtpCheck::Right | OtpCheck::Again => match tx.holder_of_phone(&step.phone).await? {
            Some(scope) => Heard::Known(scope.holder),
            None => Heard::New,
        },
        OtpCheck::Wrong(_) | OtpCheck::Expired | OtpCheck::Locked => Heard::Wrong,
    };
    tx.commit().await?;
    Ok(heard)
}

fn page(
    app: &AppState,
    signed_in: &SignedInHolder,
    place: Place,
    step: &Step,
    errors: FieldErrors,
) -> CodePage {
    let most = RESEND.as_millis() as i64;
    let wait = step.again().map_or(0, |again| again.since(app.now()));
    CodePage {
        page: signed_in.reader.page(app),
        place,
        errors,
        step: step.sealed(app),
        phone: step.phone.written(),
        sent: step.again().is_some(),
        wait: (wait + 999).clamp(0, most) / 1000,
    }
}
