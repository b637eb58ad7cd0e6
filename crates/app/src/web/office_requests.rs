//! The queue of what people of a unit ask its office for, the longest waiting first, and the answers.

use super::desk::alike::Alike;
use super::field_errors::FieldErrors;
use super::office::own_scope;
use super::page::Page;
use super::path_id::PathId;
use super::people::changes::put_right;
use super::people::views::{RequestView, request as request_view};
use super::people::{serving, within_budget};
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use crate::AppState;
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::card::{Card, CardState};
use domain::holder::HolderDetails;
use domain::ids::{HolderId, RequestId};
use domain::member::Relation;
use domain::request::{Answer, Asked, RefusalReason, RequestState};
use domain::role::{
    Authorized, HolderScope, MatchPeople, Purpose, RegisterHolder, ServeHolder, authorize,
};
use serde::Deserialize;
use std::collections::BTreeSet;
use store::audit::Subject;
use store::members::Entrusted;
use store::requests::Request;
use store::{Constraint, Error, Tx};

/// How many are shown at once: two days of work.
const SHOWN: i64 = 200;

#[derive(Template)]
#[template(path = "requests/queue.html")]
struct QueuePage {
    page: Page,
    requests: Vec<RequestView>,
    waiting: i64,
    /// What was just done, and the way on from there: its address and words; empty for none.
    done: &'static str,
    next: (&'static str, &'static str),
}

#[derive(Template)]
#[template(path = "requests/one.html")]
struct OnePage {
    page: Page,
    errors: FieldErrors,
    here: String,
    request: RequestView,
    /// Who asked.
    person: String,
    /// Records that may be of the person for the family.
    alike: Vec<Alike>,
    /// A card that the person has already, in words; empty for none.
    has_card: String,
    /// Where the records are compared that are likely this person's twice; empty for none.
    pair: String,
    /// Whether the clerk has just said to have seen the papers.
    seen: bool,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// An answer, as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// `done`, `refuse`, `new`, or `use:ID` for a request about a family.
    answer: String,
    reason: String,
    /// Whether the clerk has seen the papers.
    papers: String,
}

/// The open requests of the unit; those that are late stand on top, since they are the oldest.
pub async fn list(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let scope = own_scope(&app, &officer)?;
    let who = authorize::<RegisterHolder, _>(&officer.actor(), scope)?;
    let now = app.now();
    let page = officer.reader.page(&app);
    let mut tx = app.store.write().await?;
    let (waiting, _) = tx.open_request_count(&who).await?;
    let found = tx.open_requests(&who, SHOWN).await?;
    if !found.is_empty() {
        within_budget(&app, &mut tx, &officer).await?;
        let seen = found.iter().map(|(one, _)| one.holder);
        let seen: BTreeSet<HolderId> = seen.collect();
        let seen: Vec<Subject> = seen.into_iter().map(Subject::Holder).collect();
        let (unit, why) = (&who.scope().path, Purpose::Support);
        tx.audit(&who, unit, now, why, Deed::Requests, &seen)
            .await?;
    }
    tx.commit().await?;
    let requests = found
        .iter()
        .map(|(one, holder)| request_view(&app, &page, one, Some(holder), now));
    reply::page(&QueuePage {
        requests: requests.collect(),
        waiting,
        done: match done.done.as_str() {
            "card" => page.text("requests.done_card"),
            "correction" => page.text("requests.done_correction"),
            "member" => page.text("requests.done_member"),
            "refused" => page.text("requests.done_refused"),
            _ => "",
        },
        next: match done.done.as_str() {
            "card" => ("/office/batches", page.text("desk.batches")),
            _ => ("", ""),
        },
        page,
    })
}

/// One request, with the records that may be of the person it is about.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<RequestId>,
) -> Result<Response, Problem> {
    let typed = Typed::default();
    reply::page(&one_page(&app, &officer, id, (&typed, FieldErrors::default())).await?)
}

async fn one_page(
    app: &AppState,
    officer: &SignedInOfficer,
    id: RequestId,
    (typed, errors): (&Typed, FieldErrors),
) -> Result<OnePage, Problem> {
    let now = app.now();
    let page = officer.reader.page(app);
    let mut tx = app.store.write().await?;
    let (who, request) = asked(&mut tx, officer, id).await?;
    within_budget(app, &mut tx, officer).await?;
    let known = tx.served(&who).await?.ok_or(Problem::NotFound)?;
    let unit = &who.scope().unit;
    let mut seen = BTreeSet::from([request.holder]);
    let mut alike = Vec::new();
    if let Asked::Member { details, .. } = &request.asked
        && request.state == RequestState::Open
    {
        let may = authorize::<RegisterHolder, _>(&officer.actor(), own_scope(app, officer)?)?;
        let found = tx.candidates(&may, details, now).await?;
        seen.extend(found.iter().map(|one| one.holder.id));
        let shown = found
            .iter()
            .map(|one| Alike::beside(app, &page, details, one));
        alike = shown.collect();
    }
    let cards = tx.served_cards(&who).await?;
    let matching = authorize::<MatchPeople, _>(&officer.actor(), own_scope(app, officer)?)?;
    let pair = tx.likely_match_with(&matching, request.holder).await?;
    let deed = Deed::Requests.to(id);
    let seen: Vec<Subject> = seen.into_iter().map(Subject::Holder).collect();
    tx.audit(&who, unit, now, Purpose::Support, deed, &seen)
        .await?;
    tx.commit().await?;
    Ok(OnePage {
        request: request_view(app, &page, &request, Some(&known), now),
        person: format!("/office/people/{}", request.holder),
        here: format!("/office/requests/{id}"),
        has_card: has_card(&page, &request.asked, &cards),
        pair: pair.map_or_else(String::new, |pair| {
            format!("/office/matches/{}.{}", pair.one, pair.other)
        }),
        seen: !typed.papers.is_empty(),
        alike,
        errors,
        page,
    })
}

/// The card of the wanted kind that the person has in use, in words.
fn has_card(page: &Page, asked: &Asked, cards: &[Card]) -> String {
    let Asked::Card { kind, .. } = asked else {
        return String::new();
    };
    let used = |card: &&Card| card.kind == *kind && card.state == CardState::Active;
    cards.iter().find(used).map_or_else(String::new, |card| {
        let kind = page.text(&format!("office_cards.kind_{kind}"));
        let date = page.date(page.zone.day(card.issued));
        page.fill("desk.has_card", [("kind", kind), ("date", date.as_str())])
    })
}

/// Answers a request: does what is asked for, or refuses it with a reason that its holder is shown.
pub async fn answer(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<RequestId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, request) = asked(&mut tx, &officer, id).await?;
    if request.state != RequestState::Open {
        // Somebody was quicker: the page says what was answered.
        return Ok(reply::see(&format!("/office/requests/{id}")));
    }
    let against = match answered(&app, &mut tx, &officer, (&who, &request), &typed).await? {
        Ok(()) => {
            tx.commit().await?;
            let done = match typed.answer.as_str() {
                "refuse" => "refused",
                _ => request.asked.kind().as_str(),
            };
            return Ok(reply::see(&format!("/office/requests?done={done}")));
        }
        Err(against) => against,
    };
    tx.rollback().await?;
    let mut errors = FieldErrors::default();
    let (field, key) = against;
    errors.add(field, officer.reader.locale.text(key));
    reply::mend(&one_page(&app, &officer, id, (&typed, errors)).await?)
}

/// A request of somebody whom the officer serves, answered or not.
async fn asked(
    tx: &mut Tx,
    officer: &SignedInOfficer,
    id: RequestId,
) -> Result<(Authorized<ServeHolder, HolderScope>, Request), Problem> {
    let scope = tx.request_scope(id).await?.ok_or(Problem::NotFound)?;
    let who = serving(tx, officer, scope.holder).await?;
    let all = tx.served_requests(&who).await?;
    let request = all.into_iter().find(|one| one.id == id);
    Ok((who, request.ok_or(Problem::NotFound)?))
}

async fn answered(
    app: &AppState,
    tx: &mut Tx,
    officer: &SignedInOfficer,
    (who, request): (&Authorized<ServeHolder, HolderScope>, &Request),
    typed: &Typed,
) -> Result<Result<(), (&'static str, &'static str)>, Problem> {
    let answer = match typed.answer.as_str() {
        "refuse" => {
            let reason = RefusalReason::parse(&typed.reason);
            let reasons = RefusalReason::of(request.asked.kind());
            let Some(reason) = reason.filter(|reason| reasons.contains(reason)) else {
                return Ok(Err(("reason", "requests.err_reason")));
            };
            Answer::Refused(reason)
        }
        "" => return Ok(Err(("reason", "requests.err_answer"))),
        _ => Answer::Done,
    };
    if answer == Answer::Done {
        let done = match &request.asked {
            Asked::Card { .. } => Ok(()),
            Asked::Correction(change) if change.needs_papers() && typed.papers.is_empty() => {
                Err(("papers", "people.err_papers"))
            }
            Asked::Correction(change) => {
                let seen = !typed.papers.is_empty();
                let known = tx.hold_served(who).await?;
                let known = known.ok_or(Problem::NotFound)?.details;
                let details = change.clone().made(&known);
                match put_right(app, tx, who, &details, seen).await? {
                    true => Ok(()),
                    false => Err(("reason", "desk.taken")),
                }
            }
            Asked::Member { details, relation } => {
                let person = (details, *relation);
                take_in(app, tx, officer, (request.holder, person), typed).await?
            }
        };
        if let Err(against) = done {
            return Ok(Err(against));
        }
    }
    let now = app.now();
    match tx.answer_request(who, request.id, answer, now).await {
        Ok(true) => {}
        Ok(false) => return Err(Problem::NotFound),
        Err(Error::Conflict(Constraint::CardInUse)) => {
            return Ok(Err(("reason", "requests.err_waiting")));
        }
        Err(error) => return Err(error.into()),
    }
    let deed = match answer {
        Answer::Done => Deed::RequestDone,
        Answer::Refused(_) => Deed::RequestRefused,
    };
    let (unit, subject) = (&who.scope().unit, [Subject::Holder(request.holder)]);
    let (why, deed) = (Purpose::Support, deed.to(request.id));
    tx.audit(who, unit, now, why, deed, &subject).await?;
    Ok(Ok(()))
}

/// Puts a person into the care of whoever asked: one whom a record is of, or somebody new.
async fn take_in(
    app: &AppState,
    tx: &mut Tx,
    officer: &SignedInOfficer,
    (guardian, (details, relation)): (HolderId, (&HolderDetails, Relation)),
    typed: &Typed,
) -> Result<Result<(), (&'static str, &'static str)>, Problem> {
    let now = app.now();
    let member = match typed.answer.split_once(':') {
        Some(("use", id)) => id.parse().map_err(|_| Problem::NotFound)?,
        _ if typed.answer == "new" => {
            let scope = tx.holder_scope(guardian).await?.ok_or(Problem::NotFound)?;
            let unit = domain::role::UnitScope { path: scope.unit };
            let may = authorize::<RegisterHolder, _>(&officer.actor(), unit)?;
            // On another's word alone nothing is proven, and a desk that sees the person later asks about the guardian.
            if typed.papers.is_empty() {
                let member = tx.register_unseen(&may, details, now).await?;
                let serves = serving(tx, officer, member).await?;
                let done = tx
                    .give_guardian_unseen(&serves, guardian, relation, now)
                    .await?;
                return Ok(entrusted(done));
            }
            match tx.register_holder(&may, details, now).await {
                Ok(member) => member,
                Err(Error::Conflict(Constraint::ProvenNumber)) => {
                    return Ok(Err(("reason", "desk.taken")));
                }
                Err(error) => return Err(error.into()),
            }
        }
        _ => return Ok(Err(("reason", "requests.err_whom"))),
    };
    let may = serving(tx, officer, member).await?;
    Ok(entrusted(
        tx.give_guardian(&may, guardian, relation, now).await?,
    ))
}

/// What stands against giving somebody into care, if anything does.
const fn entrusted(done: Entrusted) -> Result<(), (&'static str, &'static str)> {
    match done {
        Entrusted::Done => Ok(()),
        Entrusted::Full => Err(("reason", "requests.err_full")),
        Entrusted::HasPhone => Err(("reason", "requests.err_has_phone")),
    }
}
