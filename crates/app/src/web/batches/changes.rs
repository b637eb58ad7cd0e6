//! What is done with the cards of a batch: handing over, printing again, voiding. Some hundred cards a transaction, each with
//! its audit entry: what broke off is asked for again, and goes on.

use super::may;
use super::one::{self, REASONS, Typed};
use crate::AppState;
use crate::web::office_cards::card_id;
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use domain::audit::{Deed, Detail};
use domain::card::{CardState, StepReason};
use domain::ids::{BatchId, HolderId};
use domain::role::{Authorized, PrintCards, Purpose, UnitScope};
use std::ops::Range;
use store::Tx;
use store::audit::Subject;
use store::batches::{AT_ONCE, Batch};

#[derive(Template)]
#[template(path = "batches/revocation.html")]
struct RevocationPage {
    page: Page,
    question: String,
    here: String,
}

/// Leaves the audit entry of what was done to some people's cards.
async fn noted(
    app: &AppState,
    tx: &mut Tx,
    who: &Authorized<PrintCards, UnitScope>,
    batch: &Batch,
    deed: Detail,
    people: &[HolderId],
) -> Result<(), Problem> {
    if people.is_empty() {
        return Ok(());
    }
    let subjects: Vec<Subject> = people.iter().copied().map(Subject::Holder).collect();
    let why = Purpose::Registration;
    tx.audit(who, &batch.unit, app.now(), why, deed, &subjects)
        .await?;
    Ok(())
}

/// The stretches of some places of a batch that are changed at once.
fn stretches(places: Range<i64>) -> impl Iterator<Item = Range<i64>> {
    let end = places.end;
    let starts = places.step_by(AT_ONCE as usize);
    starts.map(move |start| start..(start + AT_ONCE).min(end))
}

/// Hands over one card, found by its code or number, or all that are printed.
pub async fn hand_over(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<BatchId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let who = may(&app, &officer)?;
    let mut tx = app.store.read().await?;
    let batch = tx.batch(&who, id).await?.ok_or(Problem::NotFound)?;
    let cards = tx.batch_serials(&who, id).await?;
    drop(tx);
    let places = if typed.all.is_empty() {
        let Some(card) = card_id(&typed.card) else {
            let wrong = ("card", "office_cards.card_wrong");
            return one::mend(&app, &officer, id, typed, wrong).await;
        };
        let Some(at) = cards.iter().position(|(one, _)| *one == card) else {
            return one::mend(&app, &officer, id, typed, ("card", "batches.err_not_here")).await;
        };
        if cards[at].1 != CardState::Printed {
            return one::mend(
                &app,
                &officer,
                id,
                typed,
                ("card", "batches.err_not_printed"),
            )
            .await;
        }
        let place = at as i64 + 1;
        place..place + 1
    } else {
        1..batch.cards + 1
    };
    for places in stretches(places) {
        let mut tx = app.store.write().await?;
        let people = tx.hand_over_batch(&who, id, places, app.now()).await?;
        noted(&app, &mut tx, &who, &batch, Deed::HandOver.to(id), &people).await?;
        tx.commit().await?;
    }
    Ok(reply::see(&format!("/office/batches/{id}?done=handed")))
}

/// Replaces the cards from one on by new ones, in a new batch.
pub async fn reprint(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<BatchId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let who = may(&app, &officer)?;
    let old = app.store.read().await?.batch(&who, id).await?;
    let old = old.ok_or(Problem::NotFound)?;
    let from: Option<i64> = typed.from.trim().parse().ok();
    let Some(from) = from.filter(|from| (1..=old.cards).contains(from)) else {
        return one::mend(&app, &officer, id, typed, ("from", "batches.err_from")).await;
    };
    let reason = StepReason::parse(&typed.reason).filter(|reason| REASONS.contains(reason));
    let Some(reason) = reason else {
        return one::mend(&app, &officer, id, typed, ("reason", "batches.err_reason")).await;
    };
    let mut new: Option<Batch> = None;
    loop {
        let mut tx = app.store.write().await?;
        let batch = match new.take() {
            Some(batch) => batch,
            None => tx.begin_reprint(&who, &old, reason, app.now()).await?,
        };
        let (batch, people) = tx.reprint(&who, batch, from, app.now()).await?;
        if people.is_empty() {
            // A batch without cards is not kept: nothing was committed.
            let made = (batch.cards > 0).then_some(batch);
            return match made {
                Some(made) => Ok(reply::see(&format!(
                    "/office/batches/{}?done=reprint",
                    made.id
                ))),
                None => {
                    drop(tx);
                    one::mend(&app, &officer, id, typed, ("from", "batches.err_over")).await
                }
            };
        }
        let deed = Deed::Reprint.to(batch.id);
        noted(&app, &mut tx, &who, &batch, deed, &people).await?;
        tx.commit().await?;
        new = Some(batch);
    }
}

/// Asks whether to void a batch.
pub async fn revoking(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<BatchId>,
) -> Result<Response, Problem> {
    let who = may(&app, &officer)?;
    let batch = app.store.read().await?.batch(&who, id).await?;
    let batch = batch.ok_or(Problem::NotFound)?;
    let page = officer.reader.page(&app);
    let (name, count) = (batch.name(), page.number(batch.cards));
    reply::page(&RevocationPage {
        question: page.fill(
            "batches.revoke_question",
            [("batch", name.as_str()), ("n", count.as_str())],
        ),
        here: format!("/office/batches/{id}"),
        page,
    })
}

/// Voids all cards of a batch.
pub async fn revoke(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<BatchId>,
) -> Result<Response, Problem> {
    let who = may(&app, &officer)?;
    let batch = app.store.read().await?.batch(&who, id).await?;
    let batch = batch.ok_or(Problem::NotFound)?;
    for places in stretches(1..batch.cards + 1) {
        let mut tx = app.store.write().await?;
        let people = tx.revoke_batch(&who, id, places, app.now()).await?;
        let deed = Deed::BatchRevocation.to(id);
        noted(&app, &mut tx, &who, &batch, deed, &people).await?;
        tx.commit().await?;
    }
    Ok(reply::see(&format!("/office/batches/{id}?done=revoked")))
}
