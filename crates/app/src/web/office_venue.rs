//! One venue, for the offices over it: reminders, suspending it, answering its owners' appeal, lifting.

use super::field_errors::FieldErrors;
use super::office::unit_name;
use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use super::suspensions::SuspensionView;
use super::venues::Head;
use crate::AppState;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::{SuspensionId, VenueId};
use domain::role::{
    Action, Authorized, OfficerRole, OverseeVenue, Purpose, SuspendVenue, VenueScope, authorize,
};
use domain::suspension::{self, MOST_WORDS, SuspensionReason};
use serde::Deserialize;
use store::Tx;
use store::venues::Venue;

#[derive(Template)]
#[template(path = "office/venue.html")]
struct VenuePage {
    page: Page,
    head: Head,
    here: String,
    address: String,
    registered: String,
    reminders: Vec<ReminderView>,
    now: Option<(String, bool, SuspensionView)>,
    before: Vec<SuspensionView>,
    /// Whether the reader may suspend it, and answer.
    may_suspend: bool,
    open: bool,
    reasons: Vec<(&'static str, &'static str)>,
    done: &'static str,
    fields: Typed,
    errors: FieldErrors,
}

struct ReminderView {
    at: String,
    reason: &'static str,
    office: String,
    by: String,
}

/// What an officer typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    reason: String,
    words: String,
    /// The suspension that is meant.
    suspension: String,
    /// `lift` or `keep`.
    answer: String,
}

/// What was just done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// Asks the policy whether an officer may act for a venue. One of elsewhere does not learn that it exists.
async fn may<A: Action<VenueScope>>(
    tx: &mut Tx,
    officer: &SignedInOfficer,
    id: VenueId,
) -> Result<(Authorized<A, VenueScope>, Venue), Problem> {
    if !officer.role.administers() && officer.role != OfficerRole::Inspector {
        return Err(Problem::Forbidden);
    }
    let scope = tx.venue_scope(id).await?.ok_or(Problem::NotFound)?;
    let venue = tx.venue(id).await?.ok_or(Problem::NotFound)?;
    match authorize::<A, _>(&officer.actor(), scope.clone()) {
        Ok(who) => Ok((who, venue)),
        Err(_) if authorize::<OverseeVenue, _>(&officer.actor(), scope).is_ok() => {
            Err(Problem::Forbidden)
        }
        Err(_) => Err(Problem::NotFound),
    }
}

/// The venue's page.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<VenueId>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let nothing = (Typed::default(), FieldErrors::default());
    reply::page(&view(&app, &officer, id, nothing, &done.done).await?)
}

async fn view(
    app: &AppState,
    officer: &SignedInOfficer,
    id: VenueId,
    (fields, errors): (Typed, FieldErrors),
    done: &str,
) -> Result<VenuePage, Problem> {
    let mut tx = app.store.write().await?;
    let (who, venue) = may::<OverseeVenue>(&mut tx, officer, id).await?;
    let reminders = tx.venue_reminders(&who).await?;
    let all = tx.suspensions(&who).await?;
    let answered = all.iter().flat_map(|one| [one.by, one.answered_by]);
    let reminded = reminders.iter().map(|one| one.by);
    let names = answered.chain(reminded).flatten().collect();
    let names = tx.officers_of_venue(&who, &names).await?;
    let (unit, deed) = (&who.scope().unit, Deed::VenueFile.to(id));
    let now = app.now();
    tx.audit(&who, unit, now, Purpose::Administration, deed, &[])
        .await?;
    tx.commit().await?;
    let page = officer.reader.page(app);
    let reason = |one: SuspensionReason| page.text(&format!("suspensions.reason_{one}"));
    let reminder = |one: store::suspensions::Reminder| ReminderView {
        at: page.moment(one.at),
        reason: reason(one.reason),
        office: unit_name(app, &one.unit),
        by: one
            .by
            .and_then(|by| names.get(&by))
            .cloned()
            .unwrap_or_default(),
    };
    let (current, before): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.lifted.is_none());
    let words = |one| SuspensionView::new(app, &page, one, &names);
    let current = current.into_iter().next().map(|one| {
        let waits = one.appeal.is_some() && one.answer.is_none();
        (one.id.to_string(), waits, words(one))
    });
    Ok(VenuePage {
        head: Head::new(app, page.locale, &venue),
        here: format!("/office/venues/{id}"),
        registered: page.date(page.zone.day(venue.created)),
        address: venue.details.address,
        reminders: reminders.into_iter().map(reminder).collect(),
        now: current,
        before: before.into_iter().map(words).collect(),
        may_suspend: officer.role.administers(),
        open: venue.closed.is_none(),
        reasons: SuspensionReason::ALL
            .iter()
            .map(|one| (one.as_str(), reason(*one)))
            .collect(),
        done: said(&page, done),
        fields,
        errors,
        page,
    })
}

/// What was just done, in words.
fn said(page: &Page, done: &str) -> &'static str {
    match done {
        "reminded" => page.text("suspensions.done_reminded"),
        "suspended" => page.text("suspensions.done_suspended"),
        "lifted" => page.text("suspensions.done_lifted"),
        "kept" => page.text("suspensions.done_kept"),
        _ => "",
    }
}

fn to_venue(id: VenueId, done: &str) -> Response {
    reply::see(&format!("/office/venues/{id}?done={done}"))
}

/// The form again, with what is wrong.
async fn mend(
    app: &AppState,
    officer: &SignedInOfficer,
    id: VenueId,
    typed: Typed,
    (field, key): (&'static str, &str),
) -> Result<Response, Problem> {
    let mut errors = FieldErrors::default();
    let most = officer.reader.locale.number(MOST_WORDS as i64);
    errors.add(field, officer.reader.locale.fill(key, &[("n", &most)]));
    reply::mend(&view(app, officer, id, (typed, errors), "").await?)
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
    let Some(reason) = SuspensionReason::parse(&typed.reason) else {
        tx.rollback().await?;
        let wrong = ("reason", "suspensions.err_reason");
        return mend(&app, &officer, id, typed, wrong).await;
    };
    tx.remind_venue(&who, reason, now).await?;
    let (unit, deed) = (&who.scope().unit, Deed::VenueReminder.to(id));
    tx.audit(&who, unit, now, Purpose::Administration, deed, &[])
        .await?;
    tx.commit().await?;
    Ok(to_venue(id, "reminded"))
}

/// Suspends it: nobody enters from now on.
pub async fn suspend(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<VenueId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let (who, _) = may::<SuspendVenue>(&mut tx, &officer, id).await?;
    let reason = SuspensionReason::parse(&typed.reason);
    let words = suspension::words(&typed.words);
    // Words of one's own are needed where the list says nothing.
    let words = words.filter(|words| !words.is_empty() || reason != Some(SuspensionReason::Other));
    let (Some(reason), Some(words)) = (reason, words) else {
        tx.rollback().await?;
        let wrong = match reason {
            None => ("reason", "suspensions.err_reason"),
            Some(_) => ("words", "suspensions.err_words"),
        };
        return mend(&app, &officer, id, typed, wrong).await;
    };
    if tx.suspend_venue(&who, (reason, &words), now).await? {
        let (unit, deed) = (&who.scope().unit, Deed::VenueSuspension.to(id));
        tx.audit(&who, unit, now, Purpose::Administration, deed, &[])
            .await?;
        tx.commit().await?;
    }
    Ok(to_venue(id, "suspended"))
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
    let keep = typed.answer == "keep";
    let words = suspension::words(&typed.words).filter(|words| !words.is_empty() || !keep);
    let Some(words) = words else {
        tx.rollback().await?;
        let wrong = ("words", "suspensions.err_words");
        return mend(&app, &officer, id, typed, wrong).await;
    };
    let meant = typed.suspension.parse::<SuspensionId>();
    let (Ok(meant), "keep" | "lift") = (meant, typed.answer.as_str()) else {
        return Ok(to_venue(id, ""));
    };
    let (done, deed, word) = match keep {
        true => {
            let done = tx.keep_suspension(&who, meant, &words, now).await?;
            (done, Deed::VenueAppealRefused, "kept")
        }
        false => {
            let done = tx.lift_suspension(&who, meant, &words, now).await?;
            (done, Deed::VenueResumption, "lifted")
        }
    };
    if !done {
        tx.rollback().await?;
        let wrong = ("words", "suspensions.err_answer");
        return mend(&app, &officer, id, typed, wrong).await;
    }
    let unit = &who.scope().unit;
    tx.audit(&who, unit, now, Purpose::Administration, deed.to(id), &[])
        .await?;
    tx.commit().await?;
    Ok(to_venue(id, word))
}
