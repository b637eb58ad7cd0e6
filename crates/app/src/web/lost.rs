//! Cards reported lost without signing in: a phone, the code sent to it, and every card of that phone is out of use at once, and
//! nobody is signed in any more.
//!
//! Cards of whoever signs in with the phone are revoked. Those of people in whose records an office wrote the phone down are
//! suspended: the office, which sees who stands there, says what becomes of them. Whoever asks has proven the phone, and is
//! told how many there were; before that the same is answered whether anybody is known by it or not.

use super::field_errors::FieldErrors;
use super::otp_walk::steps::{LENGTH, carried, carry};
use super::otp_walk::{self, CodeForm, CodePage, PhoneForm, Walk, Words};
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::Reader;
use crate::AppState;
use crate::otp;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::card::CardStep;
use domain::otp::OtpPurpose;
use domain::phone::Phone;
use domain::role::{Actor, HolderScope, Purpose, RevokeCard, UseOwnData, authorize};
use domain::time::Timestamp;
use serde::Deserialize;
use store::Tx;
use store::audit::Subject;
use store::otps::OtpCheck;

const PLACE: &str = "step.lost";
const WALK: Walk = Walk {
    purpose: OtpPurpose::Lost,
    start: "/lost",
    code: "/lost/code",
    again: "",
    words: Words {
        title: "lost.title",
        back: "sign_in.other_phone",
        consequence: "lost.for_good",
        verb: ("lost.confirm", "flag"),
        note: ("otp.never", "shield"),
    },
};

#[derive(Template)]
#[template(path = "lost/phone.html")]
struct PhonePage {
    page: Page,
    errors: FieldErrors,
    phone: String,
    /// What was just done, in words; empty for nothing.
    done: Vec<String>,
    /// Whether cards are out of use for good: their bearer makes new ones by signing in.
    for_good: bool,
}

/// How many cards were just put out of use: for good, and until the office has looked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    revoked: Option<u32>,
    suspended: Option<u32>,
}

impl Done {
    fn words(&self, page: &Page) -> Vec<String> {
        let (Some(revoked), Some(suspended)) = (self.revoked, self.suspended) else {
            return Vec::new();
        };
        let said = [(revoked, "lost.revoked"), (suspended, "lost.suspended")];
        let said = said.into_iter().filter(|(count, _)| *count > 0);
        let said: Vec<String> = said.map(|(count, key)| page.count(key, count)).collect();
        match said.is_empty() {
            true => vec![page.text("lost.no_cards").to_owned()],
            false => said,
        }
    }
}

/// Asks for the phone.
pub async fn ask_phone(
    State(app): State<AppState>,
    reader: Reader,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let page = reader.page(&app);
    reply::page(&PhonePage {
        errors: FieldErrors::default(),
        phone: String::new(),
        done: done.words(&page),
        for_good: done.revoked.is_some_and(|count| count > 0),
        page,
    })
}

/// Sends the code, to whatever phone.
pub async fn send_code(
    State(app): State<AppState>,
    reader: Reader,
    Form(typed): Form<PhoneForm>,
) -> Result<Response, Problem> {
    let mut errors = FieldErrors::default();
    if let Some(phone) = otp_walk::phone_of(&typed.phone, &reader, &mut errors) {
        let purpose = WALK.purpose;
        let sent = otp::send(&app, &reader, &phone, purpose, reader.locale).await;
        match otp::again(sent, app.now()) {
            Ok(_) => {
                let step = carry(&app, PLACE, (&phone, (&reader).into()), ());
                return Ok(reply::see(&format!("{}?step={step}", WALK.code)));
            }
            Err(refused) => errors.add("phone", refused.words(reader.locale)?),
        }
    }
    reply::mend(&PhonePage {
        page: reader.page(&app),
        errors,
        phone: typed.phone,
        done: Vec::new(),
        for_good: false,
    })
}

/// Asks for the code.
pub async fn ask_code(
    State(app): State<AppState>,
    reader: Reader,
    Query(typed): Query<CodeForm>,
) -> Result<Response, Problem> {
    match step_of(&app, &typed.step) {
        Some((phone, _)) => {
            let errors = FieldErrors::default();
            reply::page(&code_page(&app, &reader, typed, &phone, errors))
        }
        None => Ok(reply::see(WALK.start)),
    }
}

/// Checks the code, and puts every card of that phone out of use. A second click finds what the first one did.
pub async fn report(
    State(app): State<AppState>,
    reader: Reader,
    Form(typed): Form<CodeForm>,
) -> Result<Response, Problem> {
    let (phone, asker) = step_of(&app, &typed.step).ok_or(Problem::OutOfOrder)?;
    let said = (typed.otp.as_str(), typed.step.as_str(), asker.as_str());
    let (tx, found) = WALK.compare(&app, &phone, said).await?;
    let mut errors = FieldErrors::default();
    let proven = match found {
        OtpCheck::Again => Some(tx),
        found => otp_walk::right((tx, found), &reader, &mut errors).await?,
    };
    let Some(mut tx) = proven else {
        return reply::mend(&code_page(&app, &reader, typed, &phone, errors));
    };
    let (revoked, suspended) = stop_cards(&mut tx, &phone, app.now()).await?;
    tx.commit().await?;
    let done = format!("/lost?revoked={revoked}&suspended={suspended}");
    Ok(reply::see(&done))
}

/// Puts the cards of a proven phone out of use; how many are so for good, and how many until the office has looked.
async fn stop_cards(tx: &mut Tx, phone: &Phone, now: Timestamp) -> Result<(i64, i64), Problem> {
    let signs_in = tx.holder_of_phone(phone).await?;
    let mut named = tx.holders_naming_phone(phone).await?;
    let (mut revoked, mut suspended) = (0, 0);
    if let Some(own) = signs_in {
        named.retain(|scope| scope.holder != own.holder);
        // Whoever has found the phone must not make another card with it.
        let may = authorize::<UseOwnData, _>(&Actor::Holder(own.holder), own.clone())?;
        tx.end_own_sessions(&may, now).await?;
        let (step, deed) = (CardStep::Revocation, Deed::Revocation);
        revoked = stop(tx, own, (step, deed), now).await?;
    }
    for scope in named {
        let (step, deed) = (CardStep::Suspension, Deed::CardSuspension);
        suspended += stop(tx, scope, (step, deed), now).await?;
    }
    Ok((revoked, suspended))
}

/// Whoever has the phone of a record speaks for it here, and nowhere else.
async fn stop(
    tx: &mut Tx,
    scope: HolderScope,
    (step, deed): (CardStep, Deed),
    now: Timestamp,
) -> Result<i64, Problem> {
    let may = authorize::<RevokeCard, _>(&Actor::Holder(scope.holder), scope)?;
    let stopped = tx.report_lost(&may, step, (now.minus(LENGTH), now)).await?;
    let (unit, subject) = (&may.scope().unit, [Subject::Holder(may.scope().holder)]);
    tx.audit(&may, unit, now, Purpose::CardLost, deed, &subject)
        .await?;
    Ok(stopped)
}

/// The phone of a step, and who had its code sent.
fn step_of(app: &AppState, step: &str) -> Option<(Phone, String)> {
    let (phone, asker, ()) = carried(app, PLACE, step)?;
    Some((phone, asker))
}

fn code_page(
    app: &AppState,
    reader: &Reader,
    typed: CodeForm,
    phone: &Phone,
    errors: FieldErrors,
) -> CodePage {
    CodePage {
        step: typed.step,
        ..WALK.page(app, reader, phone, errors)
    }
}
