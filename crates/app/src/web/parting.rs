//! "Not me": whoever holds one of two phones whose records became one by a code makes them two again, for some days.
//!
//! A code that somebody was talked into reading out must not give their record away for good. The code that undoes it goes to the
//! phone itself, so that only who holds it can.

use super::field_errors::FieldErrors;
use super::otp_walk::steps::Step;
use super::otp_walk::{self, CodeForm, PhoneForm, Walk, Words};
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use crate::AppState;
use askama::Template;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::audit::Deed;
use domain::matching::OWN_UNDOING;
use domain::otp::OtpPurpose;
use domain::phone::Phone;
use domain::role::{Actor, JoinOwnRecords, PairScope, Purpose, authorize};
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

const WALK: Walk = Walk {
    purpose: OtpPurpose::Part,
    start: "/second-record/undoing",
    code: "/second-record/undoing/code",
    again: "",
    words: Words::PLAIN,
};

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
    let mut errors = FieldErrors::default();
    if let Some(phone) = otp_walk::phone_of(&form.phone, &who.reader, &mut errors) {
        match WALK.send(&app, &who.reader, &phone, "").await {
            Ok(code) => return Ok(code),
            Err(refused) => errors.add("phone", refused.words(who.reader.locale)?),
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
    WALK.ask(&app, &who.reader, Step::of(&app, &headers))
}

/// Checks the code; then the records are two again, and everybody signs in anew.
pub async fn check_code(
    State(app): State<AppState>,
    who: SignedInHolder,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let proven = WALK.proven(&app, &who.reader, &headers, &form.otp);
    let (mut tx, phone) = match proven.await? {
        Ok(proven) => proven,
        Err(page) => return Ok(page),
    };
    let done = part(&app, &mut tx, &phone).await?;
    tx.commit().await?;
    match done {
        Ok(()) => Ok(reply::see_with(
            "/second-record?done=parted",
            [Step::forget(&app)],
        )),
        Err(key) => {
            let mut errors = FieldErrors::default();
            errors.add("otp", who.reader.locale.text(key));
            reply::mend(&WALK.page(&app, &who.reader, &phone, errors))
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
