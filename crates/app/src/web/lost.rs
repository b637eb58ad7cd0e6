//! Cards reported lost without signing in: a phone, the code sent to it, and every card of that phone is out of use at once, and
//! nobody is signed in any more.
//!
//! What is answered is the same whether anybody is known by the phone or not, and whether they had a card.

use super::field_errors::FieldErrors;
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::Reader;
use crate::AppState;
use crate::otp::{self, OtpRefused};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use domain::audit::Deed;
use domain::otp::{OtpCode, OtpPurpose, VALIDITY};
use domain::phone::Phone;
use domain::role::{Actor, Purpose, RevokeCard, UseOwnData, authorize};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::audit::Subject;
use store::otps::OtpCheck;

const PLACE: &str = "step.lost";
/// Longer than a code is good for, so that a late one is told so.
const LENGTH: Duration = Duration::from_secs(1800);

#[derive(Template)]
#[template(path = "lost/phone.html")]
struct PhonePage {
    page: Page,
    errors: FieldErrors,
    phone: String,
    done: bool,
}

#[derive(Template)]
#[template(path = "lost/code.html")]
struct CodePage {
    page: Page,
    errors: FieldErrors,
    step: String,
    sent: String,
}

/// The phone to which a code was sent, sealed in the address.
#[derive(Serialize, Deserialize)]
struct Step {
    phone: String,
    until: Timestamp,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// The first form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PhoneForm {
    phone: String,
}

/// The second form; its step stands in the address, too.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    step: String,
    otp: String,
}

/// Asks for the phone.
pub async fn ask_phone(
    State(app): State<AppState>,
    reader: Reader,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    reply::page(&PhonePage {
        page: reader.page(&app),
        errors: FieldErrors::default(),
        phone: String::new(),
        done: !done.done.is_empty(),
    })
}

/// Sends the code, to whatever phone.
pub async fn send_code(
    State(app): State<AppState>,
    reader: Reader,
    Form(typed): Form<PhoneForm>,
) -> Result<Response, Problem> {
    let mut errors = FieldErrors::default();
    match Phone::parse(&typed.phone) {
        None => errors.add("phone", reader.locale.text("err.phone")),
        Some(phone) => {
            let purpose = OtpPurpose::Lost;
            match otp::send(&app, &reader.address, &phone, purpose, reader.locale).await {
                // The code sent a moment ago is still good.
                Ok(_) | Err(OtpRefused::TooSoon(_)) => {
                    let step = Step {
                        phone: phone.e164(),
                        until: app.now().plus(LENGTH),
                    };
                    let step = app.store.keys().sealer().seal(PLACE, &step);
                    let step = BASE64URL_NOPAD.encode(&step);
                    return Ok(reply::see(&format!("/lost/code?step={step}")));
                }
                Err(refused) => errors.add("phone", refused.words(reader.locale)?),
            }
        }
    }
    reply::mend(&PhonePage {
        page: reader.page(&app),
        errors,
        phone: typed.phone,
        done: false,
    })
}

/// Asks for the code.
pub async fn ask_code(
    State(app): State<AppState>,
    reader: Reader,
    Query(typed): Query<CodeForm>,
) -> Result<Response, Problem> {
    match phone_of(&app, &typed.step) {
        Some(phone) => reply::page(&code_page(&app, &reader, typed, &phone)),
        None => Ok(reply::see("/lost")),
    }
}

/// Checks the code, and puts every card of that phone's holder out of use.
pub async fn report(
    State(app): State<AppState>,
    reader: Reader,
    Form(typed): Form<CodeForm>,
) -> Result<Response, Problem> {
    let phone = phone_of(&app, &typed.step).ok_or(Problem::OutOfOrder)?;
    let now = app.now();
    let code = OtpCode::parse(&typed.otp);
    let mut tx = app.store.write().await?;
    let said = (code.as_ref(), typed.step.as_str());
    let found = tx.check_otp(&phone, OtpPurpose::Lost, said, now).await?;
    if found == OtpCheck::Again {
        // A second click: what the first one wrote may be on its way to disk, and this waits for it.
        tx.commit().await?;
        return Ok(reply::see("/lost?done=1"));
    }
    if let Err(wrong) = otp::verdict(found) {
        tx.commit().await?;
        let words = wrong.words(reader.locale)?;
        let mut view = code_page(&app, &reader, typed, &phone);
        view.errors.add("otp", words);
        return reply::mend(&view);
    }
    if let Some(scope) = tx.holder_of_phone(&phone).await? {
        let actor = Actor::Holder(scope.holder);
        let own = authorize::<UseOwnData, _>(&actor, scope.clone())?;
        let may = authorize::<RevokeCard, _>(&actor, scope)?;
        for card in tx.own_cards(&own).await? {
            if card.state.given_out() && !card.state.over() {
                tx.revoke_card(&may, card.id, now).await?;
            }
        }
        // Whoever has found the phone must not make another card with it.
        tx.end_own_sessions(&own, now).await?;
        let (unit, subject) = (&may.scope().unit, [Subject::Holder(may.scope().holder)]);
        let (why, deed) = (Purpose::CardLost, Deed::Revocation);
        tx.audit(&may, unit, now, why, deed, &subject).await?;
    }
    tx.commit().await?;
    Ok(reply::see("/lost?done=1"))
}

fn phone_of(app: &AppState, step: &str) -> Option<Phone> {
    let sealed = BASE64URL_NOPAD.decode(step.as_bytes()).ok()?;
    let step: Step = app.store.keys().sealer().open(PLACE, &sealed).ok()?;
    (app.now() < step.until).then(|| Phone::parse(&step.phone))?
}

fn code_page(app: &AppState, reader: &Reader, typed: CodeForm, phone: &Phone) -> CodePage {
    let page = reader.page(app);
    let minutes = (VALIDITY.as_secs() / 60).to_string();
    let phone = phone.masked();
    CodePage {
        sent: page.fill("otp.sent", [("phone", phone.as_str()), ("n", &minutes)]),
        errors: FieldErrors::default(),
        step: typed.step,
        page,
    }
}
