//! What an office does for one person: a step in a card's life, a correction, showing where they have been.

use super::person::{self, PersonPage, STEPS, Typed};
use super::views::CardView;
use super::{serving, within_budget};
use crate::AppState;
use crate::web::corrections::Correction;
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use crate::web::visits::{VisitDay, days, kept_days};
use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::card::{CardState, CardStep, StepReason};
use domain::holder::HolderDetails;
use domain::ids::{CardId, HolderId};
use domain::role::{Authorized, HolderScope, Purpose, ServeHolder, ShowHistory, authorize};
use serde::Deserialize;
use store::audit::Subject;
use store::{Constraint, Error, Tx};

#[derive(Template)]
#[template(path = "people/visits.html")]
struct VisitsPage {
    page: Page,
    here: String,
    name: String,
    days: Vec<VisitDay>,
}

#[derive(Template)]
#[template(path = "people/revocation.html")]
struct RevocationPage {
    page: Page,
    here: String,
    name: String,
    card: CardView,
    typed: Typed,
}

/// Whether the person stands there and asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Consent {
    present: String,
}

/// What stands against a step: the field, and the key of its words.
type Against = (&'static str, &'static str);

/// Takes a step in the life of a person's card.
pub async fn step(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(holder): PathId<HolderId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let who = serving(&mut tx, &officer, holder).await?;
    if let Ok((card, CardStep::Revocation, _)) = wanted(&typed)
        && typed.sure.is_empty()
    {
        tx.rollback().await?;
        return ask(&app, &officer, (holder, card), typed).await;
    }
    let taken = take(&app, &mut tx, &who, &typed).await?;
    let against = match taken {
        Ok(done) => {
            tx.commit().await?;
            return Ok(reply::see(&format!("/office/people/{holder}?{done}")));
        }
        Err(against) => against,
    };
    tx.rollback().await?;
    let mut view = person::of(&app, &officer, holder).await?;
    view.typed = typed;
    mend(view, against)
}

/// Asks whether a card is to be revoked, which nothing takes back.
async fn ask(
    app: &AppState,
    officer: &SignedInOfficer,
    (holder, card): (HolderId, CardId),
    typed: Typed,
) -> Result<Response, Problem> {
    let mut view = person::of(app, officer, holder).await?;
    let serial = card.serial();
    let Some(at) = view.cards.iter().position(|one| one.serial == serial) else {
        return mend(view, ("card", "people.err_card"));
    };
    reply::page(&RevocationPage {
        card: view.cards.swap_remove(at),
        name: view.facts.name,
        here: view.here,
        page: view.page,
        typed,
    })
}

async fn take(
    app: &AppState,
    tx: &mut Tx,
    who: &Authorized<ServeHolder, HolderScope>,
    typed: &Typed,
) -> Result<Result<String, Against>, Problem> {
    let now = app.now();
    let (id, step, reason) = match wanted(typed) {
        Ok(wanted) => wanted,
        Err(against) => return Ok(Err(against)),
    };
    let cards = tx.served_cards(who).await?;
    let Some(card) = cards.iter().find(|card| card.id == id) else {
        return Ok(Err(("card", "people.err_card")));
    };
    let changed = match tx.change_card(who, id, step, reason, now).await {
        Ok(changed) => changed,
        Err(Error::Conflict(Constraint::CardInUse)) => {
            return Ok(Err(("step", "people.err_in_use")));
        }
        Err(error) => return Err(error.into()),
    };
    if changed.is_none() {
        return Ok(Err(("step", "people.err_not_now")));
    }
    let mut done = format!("done={step}");
    let mut about = id;
    if step == CardStep::Replacement {
        let now_in_use = matches!(card.state, CardState::Active | CardState::Suspended);
        match tx.issue_card(who, (card.kind, now_in_use), None, now).await {
            Ok(new) => {
                about = new.id;
                done = format!("{done}&card={about}");
            }
            Err(Error::Conflict(Constraint::CardInUse)) => {
                return Ok(Err(("step", "people.err_in_use")));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let deed = match step {
        CardStep::Suspension => Deed::CardSuspension,
        CardStep::Resumption => Deed::CardResumption,
        CardStep::Replacement => Deed::CardReplacement,
        CardStep::HandOver => Deed::HandOver,
        _ => Deed::Revocation,
    };
    let why = match reason {
        StepReason::Lost | StepReason::Found => Purpose::CardLost,
        _ => Purpose::Support,
    };
    let (unit, subject) = (&who.scope().unit, [Subject::Holder(who.scope().holder)]);
    tx.audit(who, unit, now, why, deed.to(about), &subject)
        .await?;
    Ok(Ok(done))
}

/// Which step of which card is wanted, with a reason that belongs to it.
fn wanted(typed: &Typed) -> Result<(CardId, CardStep, StepReason), Against> {
    let id = CardId::parse(&typed.card).ok_or(("card", "people.err_card"))?;
    let step = CardStep::parse(&typed.step).filter(|step| STEPS.contains(step));
    let step = step.ok_or(("step", "people.err_step"))?;
    let reasons = StepReason::of(step);
    let reason = match reasons.is_empty() {
        true => Some(StepReason::None),
        false if typed.reason.is_empty() => return Err(("reason", "people.err_no_reason")),
        false => StepReason::parse(&typed.reason).filter(|one| reasons.contains(one)),
    };
    Ok((id, step, reason.ok_or(("reason", "people.err_reason"))?))
}

/// Corrects what is known of a person, whose papers the clerk has seen.
pub async fn correct(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(holder): PathId<HolderId>,
    Form(typed): Form<Correction>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let who = serving(&mut tx, &officer, holder).await?;
    let known = tx.hold_served(&who).await?;
    let known = known.ok_or(Problem::NotFound)?.details;
    let page = officer.reader.page(&app);
    let mut read = typed.read(&app, &page, &known);
    if let Ok(change) = &read
        && typed.papers.is_empty()
        && !change.is_empty()
    {
        let mut errors = crate::web::field_errors::FieldErrors::default();
        errors.add("papers", page.text("people.err_papers"));
        read = Err(errors);
    }
    let against = match read {
        Err(errors) => Err(errors),
        Ok(change) => {
            let details = change.made(&known);
            match put_right(&app, &mut tx, &who, &details, true).await? {
                true => {
                    tx.commit().await?;
                    return Ok(reply::see(&format!(
                        "/office/people/{holder}?done=corrected"
                    )));
                }
                false => Ok(("id_number", "desk.taken")),
            }
        }
    };
    tx.rollback().await?;
    let mut view = person::of(&app, &officer, holder).await?;
    view.correction = typed;
    match against {
        Err(errors) => {
            view.errors = errors;
            reply::mend(&view)
        }
        Ok(against) => mend(view, against),
    }
}

/// Keeps what is true of a person now, with its audit entry; whether no number is somebody else's. `seen`: whether the papers
/// were looked at, and their numbers are proven by it.
pub(in crate::web) async fn put_right(
    app: &AppState,
    tx: &mut Tx,
    who: &Authorized<ServeHolder, HolderScope>,
    details: &HolderDetails,
    seen: bool,
) -> Result<bool, Problem> {
    let (unit, subject) = (&who.scope().unit, [Subject::Holder(who.scope().holder)]);
    // The papers that were looked at: the one with the person's number, and those with numbers that are new.
    let known = tx.served(who).await?.ok_or(Problem::NotFound)?.details;
    let of = |details: &HolderDetails| {
        [&details.id_number, &details.old_number, &details.insurance].map(Option::clone)
    };
    let (before, after) = (of(&known), of(details));
    let papers = after.iter().flatten();
    let papers = papers.filter(|number| {
        let known = before.iter().flatten().any(|known| known == *number);
        !known || details.id_number.as_ref() == Some(*number)
    });
    let papers: Vec<&str> = papers.map(String::as_str).collect();
    let now = app.now();
    let done = match seen {
        true => tx.update_served(who, details, &papers, unit, now).await,
        false => tx.update_unseen(who, details, unit, now).await,
    };
    match done {
        Ok(()) => {}
        Err(Error::Conflict(Constraint::ProvenNumber)) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    let why = Purpose::Support;
    tx.audit(who, unit, now, why, Deed::Correction, &subject)
        .await?;
    Ok(true)
}

/// Shows a person who stands there and asks where they have been, as their own phone would.
pub async fn history(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(holder): PathId<HolderId>,
    Form(consent): Form<Consent>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let serves = serving(&mut tx, &officer, holder).await?;
    if consent.present.is_empty() {
        tx.rollback().await?;
        let view = person::of(&app, &officer, holder).await?;
        return mend(view, ("present", "people.err_present"));
    }
    within_budget(&app, &mut tx, &officer).await?;
    let who = authorize::<ShowHistory, _>(&officer.actor(), serves.scope().clone())?;
    let name = tx.served(&serves).await?.ok_or(Problem::NotFound)?;
    let (scans, mut subjects) = tx.shown_scans(&who, &kept_days(&app)).await?;
    if subjects.is_empty() {
        subjects.push(Subject::Holder(holder));
    }
    let (unit, why) = (&who.scope().unit, Purpose::OwnHistory);
    tx.audit(&who, unit, app.now(), why, Deed::Visits, &subjects)
        .await?;
    tx.commit().await?;
    let page = officer.reader.page(&app);
    reply::page(&VisitsPage {
        days: days(&page, &scans, app.retention(), app.now()),
        here: format!("/office/people/{holder}"),
        name: name.details.name.as_str().to_owned(),
        page,
    })
}

fn mend(mut view: PersonPage, (field, key): Against) -> Result<Response, Problem> {
    let words = view.page.text(key);
    view.errors.add(field, words);
    reply::mend(&view)
}
