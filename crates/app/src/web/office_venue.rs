//! One venue, for the offices over it: what is known of it, and the forms. What they do is `office_venue/acts.rs`.

mod acts;

pub use acts::{answer, remind, suspend};

use super::field_errors::FieldErrors;
use super::office::unit_name;
use super::page::Page;
use super::path_id::PathId;
use super::people::within_budget;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use super::suspensions::SuspensionView;
use super::venues::Head;
use crate::AppState;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::{OfficerId, VenueId};
use domain::phone::Phone;
use domain::role::{Action, Authorized, OfficerRole, OverseeVenue, Purpose, VenueScope, authorize};
use domain::suspension::{self, SuspensionReason};
use domain::time::Timestamp;
use serde::Deserialize;
use std::collections::HashMap;
use store::Tx;
use store::audit::Subject;
use store::co_owners::Owner;
use store::suspensions::{Reminder, Suspension};
use store::venues::Venue;

#[derive(Template)]
#[template(path = "office/venue.html")]
struct VenuePage {
    page: Page,
    head: Head,
    here: String,
    address: String,
    registered: String,
    owners: Vec<OwnerView>,
    reminders: Vec<ReminderView>,
    /// The orders that are in force, the newest first.
    now: Vec<InForce>,
    before: Vec<SuspensionView>,
    /// Whether the reader's office may suspend it, and has not; or tried to all the same.
    may_suspend: bool,
    reasons: Vec<(&'static str, &'static str)>,
    done: &'static str,
    /// The reason that was chosen, and its words.
    reason: String,
    words: WordsField,
    /// What was typed in answer to an order that waits for none from the reader.
    unsent: String,
    errors: FieldErrors,
}

/// An order that is in force.
struct InForce {
    id: String,
    /// Whether its owners wait for an answer.
    waits: bool,
    /// Whether the reader may answer and lift it; else who can, in words.
    mine: bool,
    who_can: String,
    words: WordsField,
    said: SuspensionView,
}

/// The words of one of the page's forms: the field's own name on this page, what was typed, and what is wrong with it.
struct WordsField {
    id: String,
    typed: String,
    error: String,
}

impl WordsField {
    /// Those of the form that came back, or those of another one, which is empty.
    fn new(back: bool, other: String, typed: &Typed, errors: &FieldErrors) -> Self {
        match back {
            true => Self {
                id: "words".to_owned(),
                typed: typed.words.clone(),
                error: errors.of("words").to_owned(),
            },
            false => Self {
                id: other,
                typed: String::new(),
                error: String::new(),
            },
        }
    }
}

/// Whom to call.
struct OwnerView {
    name: String,
    /// The number as people write it, and as a phone calls it; empty when none is known.
    phone: String,
    number: String,
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

/// What the offices know of a venue.
struct File {
    owners: Vec<Owner>,
    reminders: Vec<Reminder>,
    suspensions: Vec<Suspension>,
    /// The names of the officers who acted.
    names: HashMap<OfficerId, String>,
}

/// Opens what the offices know of a venue, which leaves an entry with the owners whose names and numbers are shown, and counts as
/// a look at people.
async fn file(
    tx: &mut Tx,
    who: &Authorized<OverseeVenue, VenueScope>,
    now: Timestamp,
) -> Result<File, Problem> {
    let owners = tx.owners_to_call(who).await?;
    let seen: Vec<Subject> = (owners.iter())
        .map(|one| Subject::Holder(one.holder))
        .collect();
    let reminders = tx.venue_reminders(who).await?;
    let suspensions = tx.suspensions(who).await?;
    let answered = suspensions.iter().flat_map(|one| [one.by, one.answered_by]);
    let reminded = reminders.iter().map(|one| one.by);
    let names = answered.chain(reminded).flatten().collect();
    let names = tx.officers_of_venue(who, &names).await?;
    let (unit, deed) = (&who.scope().unit, Deed::VenueFile.to(who.scope().venue));
    tx.audit(who, unit, now, Purpose::Administration, deed, &seen)
        .await?;
    Ok(File {
        owners,
        reminders,
        suspensions,
        names,
    })
}

async fn view(
    app: &AppState,
    officer: &SignedInOfficer,
    id: VenueId,
    (typed, errors): (Typed, FieldErrors),
    done: &str,
) -> Result<VenuePage, Problem> {
    let mut tx = app.store.write().await?;
    let (who, venue) = may::<OverseeVenue>(&mut tx, officer, id).await?;
    within_budget(app, &mut tx, officer).await?;
    let File {
        owners,
        reminders,
        suspensions,
        names,
    } = file(&mut tx, &who, app.now()).await?;
    tx.commit().await?;
    let page = officer.reader.page(app);
    let (current, before): (Vec<_>, Vec<_>) = suspensions
        .into_iter()
        .partition(|one| one.lifted.is_none());
    let own = current.iter().any(|one| one.unit == officer.unit);
    // What is typed to suspend it names no order.
    let suspends = typed.suspension.is_empty();
    let tried = suspends
        && ["reason", "words"]
            .iter()
            .any(|one| !errors.of(one).is_empty());
    let asked = (officer, &venue, &typed, &errors);
    let now: Vec<InForce> = current
        .into_iter()
        .map(|one| in_force(app, &page, asked, &names, one))
        .collect();
    let shown = suspends || now.iter().any(|one| one.mine && one.id == typed.suspension);
    let unsent = match shown {
        true => String::new(),
        false => typed.words.clone(),
    };
    let reasons = SuspensionReason::ALL.iter();
    Ok(VenuePage {
        head: Head::new(app, page.locale, &venue),
        here: format!("/office/venues/{id}"),
        registered: page.date(page.zone.day(venue.created)),
        address: venue.details.address.clone(),
        owners: owners.into_iter().map(owner).collect(),
        reminders: reminders_of(app, &page, reminders, &names),
        may_suspend: officer.role.administers() && (tried || (!own && venue.closed.is_none())),
        reasons: reasons
            .map(|one| (one.as_str(), reason_word(&page, *one)))
            .collect(),
        done: said(&page, done, !now.is_empty()),
        now,
        before: before
            .into_iter()
            .map(|one| SuspensionView::new(app, &page, one, &names))
            .collect(),
        words: WordsField::new(suspends, "words-new".to_owned(), &typed, &errors),
        reason: typed.reason,
        unsent,
        errors,
        page,
    })
}

fn owner(one: Owner) -> OwnerView {
    let phone = one.phone.as_deref().and_then(Phone::parse);
    OwnerView {
        name: one.name,
        phone: phone.as_ref().map_or_else(String::new, Phone::written),
        number: phone.as_ref().map_or_else(String::new, Phone::e164),
    }
}

fn reason_word(page: &Page, reason: SuspensionReason) -> &'static str {
    page.text(&format!("suspensions.reason_{reason}"))
}

fn reminders_of(
    app: &AppState,
    page: &Page,
    reminders: Vec<Reminder>,
    names: &HashMap<OfficerId, String>,
) -> Vec<ReminderView> {
    let view = |one: Reminder| ReminderView {
        at: page.moment(one.at),
        reason: reason_word(page, one.reason),
        office: unit_name(app, &one.unit),
        by: one
            .by
            .and_then(|by| names.get(&by))
            .cloned()
            .unwrap_or_default(),
    };
    reminders.into_iter().map(view).collect()
}

/// An order in force, with the form to answer it where that is the reader's to do.
fn in_force(
    app: &AppState,
    page: &Page,
    (officer, venue, typed, errors): (&SignedInOfficer, &Venue, &Typed, &FieldErrors),
    names: &HashMap<OfficerId, String>,
    one: Suspension,
) -> InForce {
    let id = one.id.to_string();
    let meant = typed.suspension == id;
    let answers = suspension::answers(&officer.unit, &one.unit, &venue.details.unit);
    let office = unit_name(app, &one.unit);
    InForce {
        waits: one.appeal.is_some() && one.answer.is_none(),
        mine: answers && officer.role.administers(),
        who_can: page.fill("suspensions.who_can", [("office", office.as_str())]),
        words: WordsField::new(meant, format!("words-{id}"), typed, errors),
        said: SuspensionView::new(app, page, one, names),
        id,
    }
}

/// What was just done, in words; lifting one order of several opens nothing yet.
fn said(page: &Page, done: &str, suspended: bool) -> &'static str {
    match done {
        "reminded" => page.text("suspensions.done_reminded"),
        "suspended" => page.text("suspensions.done_suspended"),
        "lifted" if suspended => page.text("suspensions.done_lifted_one"),
        "lifted" => page.text("suspensions.done_lifted"),
        "kept" => page.text("suspensions.done_kept"),
        _ => "",
    }
}
