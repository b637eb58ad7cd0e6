//! One card is handed over, wherever it was printed: a commune does so with the cards that its province printed.

use super::{NewBatch, may, page};
use crate::AppState;
use crate::web::field_errors::FieldErrors;
use crate::web::office_cards::card_id;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use axum::extract::{Form, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::card::{Card, CardState, CardStep, StepReason};
use domain::ids::CardId;
use domain::role::{Purpose, ServeHolder, authorize};
use store::audit::Subject;

/// Hands over a printed card of somebody of the officer's unit, by its code or number.
pub async fn hand_one(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Form(typed): Form<NewBatch>,
) -> Result<Response, Problem> {
    may(&app, &officer)?;
    let wrong = match handed(&app, &officer, &typed.card).await? {
        Ok(card) => {
            let done = format!("/office/batches?done=handed&card={card}");
            return Ok(reply::see(&done));
        }
        Err(wrong) => wrong,
    };
    let mut errors = FieldErrors::default();
    errors.add("card", officer.reader.page(&app).text(wrong));
    reply::mend(&page(&app, &officer, None, typed, errors).await?)
}

/// Hands it over, or says by the key of its words why not.
async fn handed(
    app: &AppState,
    officer: &SignedInOfficer,
    typed: &str,
) -> Result<Result<CardId, &'static str>, Problem> {
    let Some(card) = card_id(typed) else {
        return Ok(Err("office_cards.card_wrong"));
    };
    let mut tx = app.store.write().await?;
    let scope = tx.card_scope(card).await?;
    // Whoever may not hand it over may not know that it exists.
    let may = scope.and_then(|scope| authorize::<ServeHolder, _>(&officer.actor(), scope).ok());
    let Some(may) = may else {
        return Ok(Err("batches.err_not_ours"));
    };
    let cards = tx.served_cards(&may).await?;
    let printed = |one: &Card| one.id == card && one.state == CardState::Printed;
    if !cards.iter().any(printed) {
        return Ok(Err("batches.err_not_printed"));
    }
    let (step, why) = (CardStep::HandOver, StepReason::None);
    let done = tx.change_card(&may, card, step, why, app.now()).await?;
    if done.is_none() {
        return Ok(Err("batches.err_newer"));
    }
    let subject = [Subject::Holder(may.scope().holder)];
    let (unit, deed) = (&may.scope().unit, Deed::HandOver.to(card));
    tx.audit(&may, unit, app.now(), Purpose::Registration, deed, &subject)
        .await?;
    tx.commit().await?;
    Ok(Ok(card))
}

/// Whose card was just handed over, in words, so that whoever scans the next sees that it was this one. Reading the name leaves
/// its audit entry.
pub(super) async fn whose(
    app: &AppState,
    officer: &SignedInOfficer,
    page: &Page,
    card: &str,
) -> Result<String, Problem> {
    let plain = || page.text("batches.handed").to_owned();
    let Some(card) = CardId::parse(card) else {
        return Ok(plain());
    };
    let mut tx = app.store.write().await?;
    let scope = tx.card_scope(card).await?;
    let may = scope.and_then(|scope| authorize::<ServeHolder, _>(&officer.actor(), scope).ok());
    let Some(may) = may else {
        return Ok(plain());
    };
    let Some(holder) = tx.served(&may).await? else {
        return Ok(plain());
    };
    let (unit, subject) = (&may.scope().unit, [Subject::Holder(holder.id)]);
    let (why, deed) = (Purpose::Registration, Deed::ByCard);
    tx.audit(&may, unit, app.now(), why, deed, &subject).await?;
    tx.commit().await?;
    let name = holder.details.name.as_str();
    Ok(page.fill("batches.handed_to", [("name", name)]))
}
