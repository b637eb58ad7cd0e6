//! One's own cards: made, listed, and reported lost.

use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use crate::AppState;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::card::{Card, CardKind, CardState};
use domain::ids::CardId;
use domain::role::{Authorized, HolderScope, RevokeCard, UseOwnData, authorize};
use domain::time::Timestamp;
use store::Tx;

/// One card as its holder sees it.
#[derive(Clone, Debug)]
pub struct CardLine {
    /// The card.
    pub id: String,
    /// Its number, grouped for reading.
    pub serial: String,
    /// What it is made of, in words.
    pub kind: &'static str,
    /// Where it is in its life, in words.
    pub state: &'static str,
    /// Day of issue.
    pub issued: String,
    /// Last day of validity.
    pub expires: String,
    /// Whether it can still be reported lost.
    pub usable: bool,
}

#[derive(Template)]
#[template(path = "cards/revocation.html")]
struct RevocationPage {
    page: Page,
    card: CardLine,
}

/// Makes a card for whoever has none that is good, unless an office withholds it.
pub async fn create(State(app): State<AppState>, who: SignedInHolder) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let own = who.own(&mut tx).await?;
    ensure(&mut tx, &own, app.now()).await?;
    tx.commit().await?;
    Ok(reply::see("/code"))
}

/// Asks before a card is revoked for good.
pub async fn ask_revocation(
    State(app): State<AppState>,
    who: SignedInHolder,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (id, _) = revocable(&mut tx, &who, &id).await?;
    let own = who.own(&mut tx).await?;
    let cards = tx.own_cards(&own).await?;
    let page = who.reader.page(&app);
    let card = cards.iter().find(|card| card.id == id);
    let card = line(&page, card.ok_or(Problem::NotFound)?, app.now());
    if !card.usable {
        return Ok(reply::see("/code"));
    }
    reply::page(&RevocationPage { page, card })
}

/// Revokes a card: the next scan refuses it. Its holder gets another at once, unless an office withholds it.
pub async fn revoke(
    State(app): State<AppState>,
    who: SignedInHolder,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (id, may) = revocable(&mut tx, &who, &id).await?;
    tx.revoke_card(&may, id, app.now()).await?;
    let own = who.own(&mut tx).await?;
    let new = ensure(&mut tx, &own, app.now()).await?;
    tx.commit().await?;
    Ok(reply::see(new.map_or("/code", |_| "/code?done=revoked")))
}

/// The newest card that is good now; a new electronic one where there is none; nothing where an office withholds it.
pub async fn ensure(
    tx: &mut Tx,
    who: &Authorized<UseOwnData, HolderScope>,
    now: Timestamp,
) -> Result<Option<Card>, store::Error> {
    let cards = tx.own_cards(who).await?;
    match usable(&cards, now) {
        Some(card) => Ok(Some(card.clone())),
        None => tx.issue_own_card(who, CardKind::Electronic, now).await,
    }
}

/// The newest card that is good now.
pub(super) fn usable(cards: &[Card], now: Timestamp) -> Option<&Card> {
    cards.iter().find(|card| good(card, now))
}

/// A card in words.
pub(super) fn line(page: &Page, card: &Card, now: Timestamp) -> CardLine {
    let expired = now >= card.expires;
    let state = match card.state {
        state if expired && !state.over() => "card.expired",
        CardState::Requested => "card.requested",
        CardState::Verified => "card.verified",
        CardState::Printed => "card.printed",
        CardState::Active => "card.active",
        CardState::Suspended => "card.suspended",
        CardState::Revoked => "card.revoked",
        CardState::Replaced => "card.replaced",
    };
    let kind = match card.kind {
        CardKind::Paper => "cards.paper",
        CardKind::Plastic => "cards.plastic",
        CardKind::Electronic => "cards.electronic",
    };
    CardLine {
        id: card.id.to_string(),
        serial: card.id.serial(),
        kind: page.text(kind),
        state: page.text(state),
        issued: page.date(page.zone.day(card.issued)),
        expires: page.date(page.zone.day(card.expires)),
        usable: good(card, now),
    }
}

fn good(card: &Card, now: Timestamp) -> bool {
    card.state == CardState::Active && now < card.expires
}

/// The card, if this person may report it lost; of any other card nothing is said, not even that
/// it exists.
async fn revocable(
    tx: &mut Tx,
    who: &SignedInHolder,
    id: &str,
) -> Result<(CardId, Authorized<RevokeCard, HolderScope>), Problem> {
    let id = CardId::parse(id).ok_or(Problem::NotFound)?;
    let scope = tx.card_scope(id).await?.ok_or(Problem::NotFound)?;
    let may = authorize(&who.actor(), scope).map_err(|_| Problem::NotFound)?;
    Ok((id, may))
}
