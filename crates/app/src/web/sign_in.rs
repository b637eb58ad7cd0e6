//! Signing in, and up: a phone, the code sent to it, and a name from whoever is new.

mod join;
pub(super) mod steps;

use super::page::{FieldErrors, Page};
use super::problem::Problem;
use super::signed_in::{self, Reader, SignedInHolder};
use super::{local_path, reply};
use crate::AppState;
use crate::otp::{self, OtpRefused};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::audit::Deed;
use domain::holder::{NameError, PersonName};
use domain::ids::HolderId;
use domain::otp::{OtpPurpose, RESEND, VALIDITY};
use domain::phone::Phone;
use domain::role::{Actor, Purpose};
use serde::Deserialize;
use steps::Step;
use store::audit::Subject;
use store::sessions::SessionOf;

/// Where people land who came from nowhere in particular.
const HOME: &str = "/code";
/// The second and third page.
const CODE: &str = "/sign-in/code";
const NAME: &str = "/sign-in/name";

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

/// The second page's form.
#[derive(Debug, Deserialize)]
pub struct CodeForm {
    #[serde(default)]
    otp: String,
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
#[template(path = "sign_in/code.html")]
struct CodePage {
    page: Page,
    errors: FieldErrors,
    sent: String,
    /// Seconds until another code may be asked for.
    wait: i64,
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
    match Phone::parse(&form.phone) {
        None => errors.add("phone", reader.locale.text("err.phone")),
        Some(phone) => match start(&app, &reader, &phone, &form.next).await {
            Ok(step) => return Ok(reply::see_with(CODE, [step.keep(&app)])),
            Err(refused) => errors.add("phone", refused.words(reader.locale)?),
        },
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
        Some(step) if step.proven => Ok(reply::see(NAME)),
        Some(step) => reply::page(&code_page(&app, &reader, &step, FieldErrors::default())),
        None => Ok(reply::see("/sign-in")),
    }
}

/// Checks the code. Whoever is known is signed in; whoever is new is asked for a name.
pub async fn check_code(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let step = Step::of(&app, &headers).ok_or(Problem::OutOfOrder)?;
    let phone = step.phone().ok_or(Problem::OutOfOrder)?;
    match join::known(&app, &reader, &headers, (&phone, &form.otp), &step).await? {
        Ok(Some(holder)) => Ok(go_on(&app, holder, &step)),
        Ok(None) => Ok(reply::see_with(NAME, [step.proven().keep(&app)])),
        Err(wrong) => {
            let mut errors = FieldErrors::default();
            errors.add("otp", wrong.words(reader.locale)?);
            reply::mend(&code_page(&app, &reader, &step, errors))
        }
    }
}

/// Sends another code.
pub async fn send_again(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let step = Step::of(&app, &headers).ok_or(Problem::OutOfOrder)?;
    let phone = step.phone().ok_or(Problem::OutOfOrder)?;
    match start(&app, &reader, &phone, &step.next).await {
        Ok(step) => Ok(reply::see_with(CODE, [step.keep(&app)])),
        Err(refused) => {
            let mut errors = FieldErrors::default();
            errors.add("otp", refused.words(reader.locale)?);
            reply::mend(&code_page(&app, &reader, &step, errors))
        }
    }
}

/// Asks whoever is new for a name.
pub async fn ask_name(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let step = Step::of(&app, &headers).filter(|step| step.proven);
    let Some(phone) = step.and_then(|step| step.phone()) else {
        return Ok(reply::see("/sign-in"));
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
    let step = Step::of(&app, &headers).filter(|step| step.proven);
    let step = step.ok_or(Problem::OutOfOrder)?;
    let phone = step.phone().ok_or(Problem::OutOfOrder)?;
    match PersonName::parse(&form.name) {
        Ok(name) => {
            let joined = join::new_holder(&app, &reader, &phone, name, &step.token).await?;
            // The step was used before, and its session has ended since.
            let Some(holder) = joined else {
                return Ok(reply::see_with("/sign-in", [Step::forget(&app)]));
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

async fn start(
    app: &AppState,
    reader: &Reader,
    phone: &Phone,
    next: &str,
) -> Result<Step, OtpRefused> {
    let purpose = OtpPurpose::SignIn;
    let now = app.now();
    let again = match otp::send(app, &reader.address, phone, purpose, reader.locale).await {
        Ok(sent) => sent.again,
        // The code sent a moment ago is still good.
        Err(OtpRefused::TooSoon(seconds)) => {
            now.plus(std::time::Duration::from_secs(seconds.into()))
        }
        Err(refused) => return Err(refused),
    };
    let next = local_path::parse(next).unwrap_or_default();
    Ok(Step::new((phone, &reader.address), next, again, now))
}

/// Hands over the session that the step began, and forgets the step.
fn go_on(app: &AppState, holder: HolderId, step: &Step) -> Response {
    let session = signed_in::session_cookie(app, SessionOf::Holder(holder), &step.token);
    let next = local_path::parse(&step.next).unwrap_or(HOME);
    reply::see_with(next, [session, Step::forget(app)])
}

fn code_page(app: &AppState, reader: &Reader, step: &Step, errors: FieldErrors) -> CodePage {
    let page = reader.page(app);
    let phone = step
        .phone()
        .map_or_else(String::new, |phone| phone.masked());
    let minutes = (VALIDITY.as_secs() / 60).to_string();
    CodePage {
        sent: page.fill("otp.sent", [("phone", phone.as_str()), ("n", &minutes)]),
        wait: (step.again.since(app.now()) + 999).clamp(0, RESEND.as_millis() as i64) / 1000,
        page,
        errors,
    }
}
