//! What officers do at a venue: remind its owners, suspend it, answer for that.

use super::{Typed, may, view};
use crate::AppState;
use crate::web::field_errors::FieldErrors;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::{SuspensionId, VenueId};
use domain::role::{Action, Authorized, OverseeVenue, Purpose, SuspendVenue, VenueScope};
use domain::suspension::{self, MOST_WORDS, SuspensionReason, Verdict};
use domain::time::Timestamp;
use store::Tx;
use store::suspensions::Ordered;

/// What is wrong with what was typed: a field, and the words for it.
type Wrong = (&'static str, String);

/// The form again, with what is wrong.
async fn mend(
    app: &AppState,
    officer: &SignedInOfficer,
    tx: Tx,
    id: VenueId,
    (typed, (field, text)): (Typed, Wrong),
) -> Result<Response, Problem> {
    tx.rollback().await?;
    let mut errors = FieldErrors::default();
    errors.add(field, text);
    reply::mend(&view(app, officer, id, (typed, errors), "").await?)
}

/// The words that an officer typed; too long ones and, where some are owed, empty ones are wrong.
fn words_of(officer: &SignedInOfficer, typed: &Typed, owed: bool) -> Result<String, Wrong> {
    let words = suspension::words(&typed.words);
    words
        .filter(|words| !words.is_empty() || !owed)
        .ok_or_else(|| {
            let locale = officer.reader.locale;
            let most = locale.number(MOST_WORDS as i64);
            (
                "words",
                locale.fill("suspensions.err_words", &[("n", &most)]),
            )
        })
}

fn reason_of(officer: &SignedInOfficer, typed: &Typed) -> Result<SuspensionReason, Wrong> {
    let wrong = || {
        let text = officer.reader.locale.text("suspensions.err_reason");
        ("reason", text.to_owned())
    };
    SuspensionReason::parse(&typed.reason).ok_or_else(wrong)
}

/// Ends what an officer did at a venue: an entry of the log, and its page.
async fn finish<A: Action<VenueScope>>(
    mut tx: Tx,
    who: &Authorized<A, VenueScope>,
    now: Timestamp,
    (deed, word): (Deed, &str),
) -> Result<Response, Problem> {
    let (id, unit) = (who.scope().venue, &who.scope().unit);
    tx.audit(who, unit, now, Purpose::Administration, deed.to(id), &[])
        .await?;
    tx.commit().await?;
    Ok(reply::see(&format!("/office/venues/{id}?done={word}")))
}

/// Notes that the owners were reminded of a rule.
pub async fn remind(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<VenueId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let (who, _) = may::<OverseeVenue>(&mut tx, &officer, id).await?;
    let reason = match reason_of(&officer, &typed) {
        Ok(reason) => reason,
        Err((_, wrong)) => {
            return mend(&app, &officer, tx, id, (typed, ("reminded", wrong))).await;
        }
    };
    tx.remind_venue(&who, reason, now).await?;
    finish(tx, &who, now, (Deed::VenueReminder, "reminded")).await
}

/// Suspends it: nobody enters from now on.
pub async fn suspend(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<VenueId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    // This form is about no order that was given before.
    let typed = Typed {
        suspension: String::new(),
        ..typed
    };
    let now = app.now();
    let mut tx = app.store.write().await?;
    let (who, _) = may::<SuspendVenue>(&mut tx, &officer, id).await?;
    let reason = reason_of(&officer, &typed);
    // Words of one's own are needed where the list says nothing.
    let owed = reason == Ok(SuspensionReason::Other);
    let (reason, words) = match reason.and_then(|why| Ok((why, words_of(&officer, &typed, owed)?)))
    {
        Ok(said) => said,
        Err(wrong) => return mend(&app, &officer, tx, id, (typed, wrong)).await,
    };
    let locale = officer.reader.locale;
    let wrong = match tx.suspend_venue(&who, (reason, &words), now).await? {
        Ordered::Done => return finish(tx, &who, now, (Deed::VenueSuspension, "suspended")).await,
        Ordered::Moved => return Err(Problem::NotFound),
        Ordered::Closed => locale.text("suspensions.err_closed").to_owned(),
        Ordered::Before(since) => {
            let time = app.zone().written(since);
            locale.fill("suspensions.err_before", &[("time", &time)])
        }
    };
    mend(&app, &officer, tx, id, (typed, ("reason", wrong))).await
}

/// Lifts a suspension, or keeps it in answer to the owners' appeal, with words that they read.
pub async fn answer(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<VenueId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let (who, _) = may::<SuspendVenue>(&mut tx, &officer, id).await?;
    let verdict = Verdict::parse(&typed.answer);
    let meant = typed.suspension.parse::<SuspensionId>();
    let answered = || {
        let text = officer.reader.locale.text("suspensions.err_answer");
        ("words", text.to_owned())
    };
    let (Some(verdict), Ok(meant)) = (verdict, meant) else {
        return mend(&app, &officer, tx, id, (typed, answered())).await;
    };
    let (deed, word) = match verdict {
        Verdict::Lift => (Deed::VenueResumption, "lifted"),
        Verdict::Keep => (Deed::VenueAppealRefused, "kept"),
    };
    let words = match words_of(&officer, &typed, verdict == Verdict::Keep) {
        Ok(words) => words,
        Err(wrong) => return mend(&app, &officer, tx, id, (typed, wrong)).await,
    };
    let said = (verdict, words.as_str());
    if tx.answer_suspension(&who, meant, said, now).await? {
        return finish(tx, &who, now, (deed, word)).await;
    }
    mend(&app, &officer, tx, id, (typed, answered())).await
}
