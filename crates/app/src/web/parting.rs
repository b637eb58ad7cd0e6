//! "Not me": whoever holds one of two phones whose records became one by a code makes them two again, for some days.
//!
//! A code that somebody was talked into reading out must not give their record away for good. The code that undoes it goes to the
//! phone itself, so that only who holds it can.

use super::field_errors::FieldErrors;
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::sign_in::steps::Step;
use super::signed_in::SignedInHolder;
use crate::AppState;
use crate::otp::{self, OtpRefused};
use askama::Template;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::audit::Deed;
use domain::matching::OWN_UNDOING;
use domain::otp::{OtpCode, OtpPurpose, VALIDITY};
use domain::phone::Phone;
use domain::role::{Actor, JoinOwnRecords, PairScope, Purpose, authorize};
use serde::Deserialize;
use std::time::Duration;
use store::Tx;
use store::audit::Subject;
use store::merges::Undone;

#[derive(Template)]
#[template(path = "second_record/undo.html")]
struct UndoPage {
    page: Page,
    errors: FieldErrors,
    phone: String,
}

#[derive(Template)]
#[template(path = "second_record/undo_code.html")]
struct CodePage {
    page: Page,
    errors: FieldErrors,
    sent: String,
}

/// The phone whose record it was.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PhoneForm {
    phone: String,
}

/// The code that was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    otp: String,
}

/// What one's own page says of a record that was joined to it by a code, while that can be undone; empty for nothing.
pub(super) async fn notice(
    app: &AppState,
    who: &SignedInHolder,
    page: &Page,
) -> Result<String, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let since = app.now().minus(OWN_UNDOING);
    let merges = tx.own_merges(&own).await?;
    let newest = merges
        .iter()
        .find(|one| one.undone.is_none() && one.at >= since && one.actor.starts_with("holder:"));
    Ok(newest.map_or_else(String::new, |one| {
        page.fill(
            "second_record.notice",
            [("time", page.moment(one.at).as_str())],
        )
    }))
}

/// Asks for the phone.
pub async fn ask(State(app): State<AppState>, who: SignedInHolder) -> Result<Response, Problem> {
    reply::page(&undo_page(
        &app,
        &who,
        String::new(),
        FieldErrors::default(),
    ))
}

/// Sends a code to the phone, whoever's it is.
pub async fn send(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(form): Form<PhoneForm>,
) -> Result<Response, Problem> {
    let (reader, now) = (&who.reader, app.now());
    let mut errors = FieldErrors::default();
    match Phone::parse(&form.phone) {
        None => errors.add("phone", reader.locale.text("err.phone")),
        Some(phone) => {
            let purpose = OtpPurpose::Part;
            let sent = otp::send(&app, &reader.address, &phone, purpose, reader.locale).await;
            let again = match sent {
                Ok(sent) => Ok(sent.again),
                // The code sent a moment ago is still good.
                Err(OtpRefused::TooSoon(seconds)) => {
                    Ok(now.plus(Duration::from_secs(seconds.into())))
                }
                Err(refused) => Err(refused),
            };
            match again {
                Ok(again) => {
                    let step = Step::new((&phone, &reader.address), "", again, now);
                    let code = "/second-record/undoing/code";
                    return Ok(reply::see_with(code, [step.keep(&app)]));
                }
                Err(refused) => errors.add("phone", refused.words(reader.locale)?),
            }
        }
    }
    reply::mend(&undo_page(&app, &who, form.phone, errors))
}

/// Asks for the code.
pub async fn ask_code(
    State(app): State<AppState>,
    who: SignedInHolder,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match Step::of(&app, &headers) {
        Some(step) => reply::page(&code_page(&app, &who, &step, FieldErrors::default())),
        None => Ok(reply::see("/second-record/undoing")),
    }
}

/// Checks the code; then the records are two again, and everybody signs in anew.
pub async fn check_code(
    State(app): State<AppState>,
    who: SignedInHolder,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let step = Step::of(&app, &headers).ok_or(Problem::OutOfOrder)?;
    let phone = step.phone().ok_or(Problem::OutOfOrder)?;
    let code = OtpCode::parse(&form.otp);
    let mut errors = FieldErrors::default();
    let mut tx = app.store.write().await?;
    let checked = tx
        .check_otp(
            &phone,
            OtpPurpose::Part,
            step.guess(code.as_ref()),
            app.now(),
        )
        .await?;
    if let Err(wrong) = otp::verdict(checked) {
        tx.commit().await?;
        errors.add("otp", wrong.words(who.reader.locale)?);
        return reply::mend(&code_page(&app, &who, &step, errors));
    }
    let done = part(&app, &mut tx, &phone).await?;
    tx.commit().await?;
    match done {
        Ok(()) => Ok(reply::see_with(
            "/second-record?done=parted",
            [Step::forget(&app)],
        )),
        Err(key) => {
            errors.add("otp", who.reader.locale.text(key));
            reply::mend(&code_page(&app, &who, &step, errors))
        }
    }
}

/// Makes two records again of what was joined by a code; or the key of what stands against it.
async fn part(
    app: &AppState,
    tx: &mut Tx,
    phone: &Phone,
) -> Result<Result<(), &'static str>, Problem> {
    let now = app.now();
    let found = tx.joined_by_phone(phone, now.minus(OWN_UNDOING)).await?;
    let Some((merge, row)) = found else {
        return Ok(Err("second_record.err_nothing"));
    };
    let scope = tx.merge_scope(merge).await?.ok_or(Problem::NotFound)?;
    let scope = match scope.one.holder == row {
        true => scope,
        false => PairScope {
            one: scope.other,
            other: scope.one,
        },
    };
    let about = [scope.one.holder, scope.other.holder];
    let about = about.map(Subject::Holder);
    let may = authorize::<JoinOwnRecords, _>(&Actor::Holder(row), scope)?;
    match tx.undo_merge(&may, merge, now).await? {
        Undone::Done | Undone::Before => {}
        Undone::Later(_) => return Ok(Err("second_record.err_office")),
    }
    let (unit, why) = (&may.scope().one.unit, Purpose::Support);
    tx.audit(&may, unit, now, why, Deed::MergeUndone, &about)
        .await?;
    Ok(Ok(()))
}

fn undo_page(app: &AppState, who: &SignedInHolder, phone: String, errors: FieldErrors) -> UndoPage {
    UndoPage {
        page: who.reader.page(app),
        errors,
        phone,
    }
}

fn code_page(app: &AppState, who: &SignedInHolder, step: &Step, errors: FieldErrors) -> CodePage {
    let page = who.reader.page(app);
    let phone = step
        .phone()
        .map_or_else(String::new, |phone| phone.masked());
    let minutes = (VALIDITY.as_secs() / 60).to_string();
    CodePage {
        sent: page.fill("otp.sent", [("phone", phone.as_str()), ("n", &minutes)]),
        page,
        errors,
    }
}
