//! What is done with the cards of a batch: handing over, voiding. Some hundred cards a transaction, each with its audit
//! entry: what broke off is asked for again, and goes on.

use super::may;
use super::one::{self, Typed};
use super::question::QuestionPage;
use crate::AppState;
use crate::web::office_cards::card_id;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use axum::extract::{Form, State};
use axum::response::Response;
use domain::audit::{Deed, Detail};
use domain::card::CardState;
use domain::ids::{BatchId, HolderId};
use domain::role::{Authorized, PrintCards, Purpose, UnitScope};
use std::ops::Range;
use store::Tx;
use store::audit::Subject;
use store::batches::{AT_ONCE, Batch};

/// Leaves the audit entry of what was done to some people's cards.
pub(super) async fn noted(
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

/// Asks whether to hand all of a batch over, and says what speaks against it.
pub async fn handing(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<BatchId>,
) -> Result<Response, Problem> {
    let who = may(&app, &officer)?;
    let mut tx = app.store.read().await?;
    let batch = tx.batch(&who, id).await?.ok_or(Problem::NotFound)?;
    let serials = tx.batch_serials(&who, id).await?;
    let outdated = tx.batch_outdated(&who, &batch).await?;
    let taken = tx.parts_taken(&who, &batch).await?;
    drop(tx);
    let printed = |(_, state): &&(_, CardState)| *state == CardState::Printed;
    let printed = serials.iter().filter(printed).count() as i64;
    let page = officer.reader.page(&app);
    let sent = one::sent(&batch, &taken);
    let mut notes = vec![page.text("batches.hand_hint").to_owned()];
    if sent < one::files(&batch) {
        let (sent, files) = (page.number(sent), page.number(one::files(&batch)));
        let values = [("n", sent.as_str()), ("all", files.as_str())];
        notes.push(page.fill("batches.hand_unsent", values));
    }
    if outdated > 0 {
        notes.push(page.count("batches.hand_outdated", outdated));
    }
    let (name, count) = (batch.name(), page.number(printed - outdated));
    let values = [("batch", name.as_str()), ("n", count.as_str())];
    reply::page(&QuestionPage {
        question: page.fill("batches.hand_question", values),
        notes,
        back: format!("/office/batches/{id}"),
        there: format!("/office/batches/{id}/hand-over"),
        said: vec![("all", "yes".to_owned())],
        tick: ("", String::new()),
        go: page.text("batches.hand_all"),
        page,
    })
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
    let mut handed = 0;
    for places in stretches(places) {
        let mut tx = app.store.write().await?;
        let people = tx.hand_over_batch(&who, id, places, app.now()).await?;
        noted(&app, &mut tx, &who, &batch, Deed::HandOver.to(id), &people).await?;
        tx.commit().await?;
        handed += people.len();
    }
    if handed == 0 && typed.all.is_empty() {
        return one::mend(&app, &officer, id, typed, ("card", "batches.err_newer")).await;
    }
    Ok(reply::see(&format!("/office/batches/{id}?done=handed")))
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
    let values = [("batch", name.as_str()), ("n", count.as_str())];
    reply::page(&QuestionPage {
        question: page.fill("batches.revoke_question", values),
        notes: vec![page.text("batches.revoke_hint").to_owned()],
        back: format!("/office/batches/{id}"),
        there: format!("/office/batches/{id}/revocation"),
        said: Vec::new(),
        tick: ("", String::new()),
        go: page.text("batches.revoke"),
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
