//! Printing cards of a batch again: from one on, after a question that says how many, and what becomes of those in use.

use super::changes::noted;
use super::may;
use super::one::{self, REASONS, Typed};
use super::question::QuestionPage;
use crate::AppState;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use axum::extract::{Form, Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::card::{CardState, StepReason};
use domain::ids::BatchId;
use store::batches::Batch;

/// From which card on, and why; or the field that does not say it, and the key of its words.
fn wanted(typed: &Typed, of: &Batch) -> Result<(i64, StepReason), (&'static str, &'static str)> {
    let from: Option<i64> = typed.from.trim().parse().ok();
    let from = from.filter(|from| (1..=of.cards).contains(from));
    let reason = StepReason::parse(&typed.reason).filter(|reason| REASONS.contains(reason));
    let from = from.ok_or(("from", "batches.err_from"))?;
    Ok((from, reason.ok_or(("reason", "batches.err_reason"))?))
}

/// Asks whether to void the cards from one on and to print them again.
pub async fn asking(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<BatchId>,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    let who = may(&app, &officer)?;
    let mut tx = app.store.read().await?;
    let batch = tx.batch(&who, id).await?.ok_or(Problem::NotFound)?;
    let serials = tx.batch_serials(&who, id).await?;
    drop(tx);
    let from = match wanted(&typed, &batch) {
        Ok((from, _)) => from,
        Err(wrong) => return one::mend(&app, &officer, id, typed, wrong).await,
    };
    let rest = serials.iter().skip(from as usize - 1);
    let (mut new, mut in_use) = (0, 0);
    for (_, state) in rest {
        match state {
            CardState::Active | CardState::Suspended => in_use += 1,
            state if state.over() => {}
            _ => new += 1,
        }
    }
    if new + in_use == 0 {
        return one::mend(&app, &officer, id, typed, ("from", "batches.err_over")).await;
    }
    let page = officer.reader.page(&app);
    let (name, count) = (batch.name(), page.number(new));
    let values = [("batch", name.as_str()), ("n", count.as_str())];
    let tick = match in_use {
        0 => String::new(),
        _ => page.count("batches.reprint_used", in_use),
    };
    reply::page(&QuestionPage {
        question: page.fill("batches.reprint_question", values),
        notes: vec![page.text("batches.reprint_note").to_owned()],
        back: format!("/office/batches/{id}"),
        there: format!("/office/batches/{id}/reprint"),
        said: vec![("from", typed.from), ("reason", typed.reason)],
        tick: ("in_use", tick),
        go: page.text("batches.reprint_go"),
        page,
    })
}

/// Replaces the cards from one on by new ones, in a new batch; those in use only where that was ticked.
pub async fn reprint(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<BatchId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let who = may(&app, &officer)?;
    let old = app.store.read().await?.batch(&who, id).await?;
    let old = old.ok_or(Problem::NotFound)?;
    let (from, reason) = match wanted(&typed, &old) {
        Ok(wanted) => wanted,
        Err(wrong) => return one::mend(&app, &officer, id, typed, wrong).await,
    };
    let from = (from, !typed.in_use.is_empty());
    let mut new: Option<Batch> = None;
    loop {
        let mut tx = app.store.write().await?;
        let batch = match new.take() {
            Some(batch) => batch,
            None => tx.begin_reprint(&who, &old, reason, app.now()).await?,
        };
        let (batch, people) = tx.reprint(&who, batch, from, app.now()).await?;
        if people.is_empty() {
            drop(tx);
            // A batch without cards is not kept: nothing was committed.
            if batch.cards == 0 {
                return one::mend(&app, &officer, id, typed, ("from", "batches.err_over")).await;
            }
            let there = format!("/office/batches/{}?done=reprint", batch.id);
            return Ok(reply::see(&there));
        }
        let deed = Deed::Reprint.to(batch.id);
        noted(&app, &mut tx, &who, &batch, deed, &people).await?;
        tx.commit().await?;
        new = Some(batch);
    }
}
