//! Signing in, and up: a phone, the code sent to it, and a name from whoever is new.

mod join;

use super::otp_walk::steps::Step;
use super::otp_walk::{self, CodeForm, CodePage, Walk, Words};
use super::page::{FieldErrors, Page};
use super::problem::Problem;
use super::signed_in::{self, Reader, SignedInHolder};
use super::{local_path, reply};
use crate::AppState;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::audit::Deed;
use domain::holder::{NameError, PersonName};
use domain::ids::HolderId;
use domain::otp::{OtpPurpose, RESEND};
use domain::phone::Phone;
use domain::role::{Actor, Purpose};
use serde::Deserialize;
use store::audit::Subject;
use store::sessions::SessionOf;

/// Where people land who came from nowhere in particular.
const HOME: &str = "/code";
/// The third page.
const NAME: &str = "/sign-in/name";

const WALK: Walk = Walk {
    purpose: OtpPurpose::SignIn,
    start: "/sign-in",
    code: "/sign-in/code",
    again: "/sign-in/again",
    words: Words {
        note: ("otp.never", "shield"),
        ..Words::PLAIN
    },
};

/// Where to go on afterwards.
#[derive(Debug, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// The first page's form.
#[derive(Debug, Default, Deserialize)]
pub struct PhoneForm {
    #[serde(default)]
    phone: String,
    #[serde(default)]
    next: String,
}

/// The third page's form.
#[derive(Debug, Deserialize)]
pub struct NameForm {
    #[serde(default)]
    name: String,
}

#[derive(Template)]
#[template(path = "sign_in/phone.html")]
struct PhonePage {
    page: Page,
    errors: FieldErrors,
    phone: String,
    next: String,
}

#[derive(Template)]
#[template(path = "sign_in/name.html")]
struct NamePage {
    page: Page,
    errors: FieldErrors,
    typed: String,
    phone: String,
}

/// Asks for the phone.
pub async fn ask_phone(
    State(app): State<AppState>,
    reader: Reader,
    Query(to): Query<Next>,
) -> Result<Response, Problem> {
    if let Some(Actor::Holder(_)) = reader.actor {
        return Ok(reply::see(local_path::parse(&to.next).unwrap_or(HOME)));
    }
    reply::page(&PhonePage {
        page: reader.page(&app),
        errors: FieldErrors::default(),
        phone: String::new(),
        next: to.next,
    })
}

/// Sends a code to the phone.
pub async fn send_code(
    State(app): State<AppState>,
    reader: Reader,
    Form(form): Form<PhoneForm>,
) -> Result<Response, Problem> {
    let mut errors = FieldErrors::default();
    if let Some(phone) = otp_walk::phone_of(&form.phone, &reader, &mut errors) {
        match WALK.send(&app, &reader, &phone, local(&form.next)).await {
            Ok(code) => return Ok(code),
            Err(refused) => errors.add("phone", refused.words(reader.locale)?),
        }
    }
    reply::mend(&PhonePage {
        page: reader.page(&app),
        errors,
        phone: form.phone,
        next: form.next,
    })
}

/// Asks for the code.
pub async fn ask_code(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match Step::of(&app, &headers) {
        Some((step, _)) if step.proven => Ok(reply::see(NAME)),
        Some(at) => reply::page(&code_page(&app, &reader, &at, FieldErrors::default())),
        None => Ok(reply::see(WALK.start)),
    }
}

/// Checks the code. Whoever is known is signed in; whoever is new is asked for a name.
pub async fn check_code(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let at = Step::of(&app, &headers).ok_or(Problem::OutOfOrder)?;
    let (step, phone) = &at;
    match join::known(&app, &reader, &headers, (phone, &form.otp), step).await? {
        Ok(Some(holder)) => Ok(go_on(&app, holder, step)),
        Ok(None) => Ok(reply::see_with(NAME, [at.0.proven().keep(&app)])),
        Err(wrong) => {
            let mut errors = FieldErrors::default();
            errors.add("otp", wrong.words(reader.locale)?);
            reply::mend(&code_page(&app, &reader, &at, errors))
        }
    }
}

/// Sends another code.
pub async fn send_again(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let at = Step::of(&app, &headers).ok_or(Problem::OutOfOrder)?;
    let (step, phone) = &at;
    match WALK.send(&app, &reader, phone, local(&step.next)).await {
        Ok(code) => Ok(code),
        Err(refused) => {
            let mut errors = FieldErrors::default();
            errors.add("otp", refused.words(reader.locale)?);
            reply::mend(&code_page(&app, &reader, &at, errors))
        }
    }
}

/// Asks whoever is new for a name.
pub async fn ask_name(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let at = Step::of(&app, &headers).filter(|(step, _)| step.proven);
    let Some((_, phone)) = at else {
        return Ok(reply::see(WALK.start));
    };
    reply::page(&NamePage {
        page: reader.page(&app),
        errors: FieldErrors::default(),
        typed: String::new(),
        phone: phone.written(),
    })
}

/// Makes a holder with a first card, and signs in.
pub async fn sign_up(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
    Form(form): Form<NameForm>,
) -> Result<Response, Problem> {
    let at = Step::of(&app, &headers).filter(|(step, _)| step.proven);
    let (step, phone) = at.ok_or(Problem::OutOfOrder)?;
    match PersonName::parse(&form.name) {
        Ok(name) => {
            let joined = join::new_holder(&app, &reader, &phone, name, &step.token).await?;
            // The step was used before, and its session has ended since.
            let Some(holder) = joined else {
                return Ok(reply::see_with(WALK.start, [Step::forget(&app)]));
            };
            Ok(go_on(&app, holder, &step))
        }
        Err(error) => {
            let mut errors = FieldErrors::default();
            errors.add("name", name_words(&reader, error));
            reply::mend(&NamePage {
                page: reader.page(&app),
                errors,
                typed: form.name,
                phone: phone.written(),
            })
        }
    }
}

/// Ends the session.
pub async fn sign_out(State(app): State<AppState>, reader: Reader) -> Result<Response, Problem> {
    let cookies = signed_in::end(&app, &reader).await?;
    Ok(reply::see_with("/", [cookies]))
}

/// Ends every session of this person, and with them the codes of all their phones: for whoever lost one.
pub async fn sign_out_everywhere(
    State(app): State<AppState>,
    who: SignedInHolder,
) -> Result<Response, Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let own = who.own(&mut tx).await?;
    tx.end_own_sessions(&own, now).await?;
    let (deed, about) = (Deed::SignedOut, [Subject::Holder(who.holder)]);
    tx.audit(
        &own,
        &own.scope().unit,
        now,
        Purpose::CardLost,
        deed,
        &about,
    )
    .await?;
    tx.commit().await?;
    let cookies = signed_in::end(&app, &who.reader).await?;
    Ok(reply::see_with("/", [cookies]))
}

/// What is wrong with a name, and what to do.
pub(super) fn name_words(reader: &Reader, error: NameError) -> String {
    match error {
        NameError::Empty => {
            let name = reader.locale.text("sign_in.name").to_lowercase();
            reader.locale.fill("err.missing", &[("name", &name)])
        }
        NameError::TooLong => reader.locale.text("sign_in.name_long").to_owned(),
    }
}

/// Where to go on afterwards, if it is a page of ours.
fn local(next: &str) -> &str {
    local_path::parse(next).unwrap_or_default()
}

/// Hands over the session that the step began, and forgets the step.
fn go_on(app: &AppState, holder: HolderId, step: &Step) -> Response {
    let session = signed_in::session_cookie(app, SessionOf::Holder(holder), &step.token);
    let next = local_path::parse(&step.next).unwrap_or(HOME);
    reply::see_with(next, [session, Step::forget(app)])
}

fn code_page(
    app: &AppState,
    reader: &Reader,
    (step, phone): &(Step, Phone),
    errors: FieldErrors,
) -> CodePage {
    CodePage {
        wait: (step.again.since(app.now()) + 999).clamp(0, RESEND.as_millis() as i64) / 1000,
        ..WALK.page(app, reader, phone, errors)
    }
}
