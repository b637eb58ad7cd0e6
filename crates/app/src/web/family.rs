//! A holder's family: people without a phone, whose codes are shown, and for whom is declared, on the holder's.

mod adding;
mod phones;

pub use adding::{add, ask};
pub use phones::{ask_code, ask_known, ask_own, check_code, send_known, send_own};

use super::card_files::{self, ToPrint};
use super::declarations::drafts::{self, DraftLine};
use super::declarations::{LIST_MAX, words};
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use super::{code, path_id::PathId};
use crate::AppState;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::card::{Card, CardLayout, CardState};
use domain::declaration::{DeclarationState, Statement, declared_until};
use domain::ids::HolderId;
use domain::member::{self, Relation};
use domain::role::{Authorized, CareForMember, MemberScope, Purpose, authorize};
use domain::time::Timestamp;
use serde::Deserialize;
use store::Tx;
use store::audit::Subject;
use store::holders::Holder;

#[derive(Template)]
#[template(path = "family/list.html")]
struct ListPage {
    page: Page,
    members: Vec<Line>,
    /// Who cares for the reader: where to end it, and the name.
    guardians: Vec<(String, String)>,
    /// Whether nobody more may come.
    full: bool,
    most: String,
    done: &'static str,
}

struct Line {
    href: String,
    name: String,
    relation: &'static str,
    birth_year: String,
}

#[derive(Template)]
#[template(path = "family/member.html")]
struct MemberPage {
    page: Page,
    here: String,
    name: String,
    birth_year: Option<u16>,
    id_number: Option<String>,
    /// The square as SVG, made here from digits alone; empty when there is no good card.
    square: String,
    card_until: String,
    declaration: DeclarationState,
    declared_until: String,
    /// What the guardian began for the member, and did not send.
    drafts: Vec<DraftLine>,
    /// Whether there is no good card because an office withholds it.
    withheld: bool,
    /// Whether the person has a phone: then the record is theirs already.
    has_phone: bool,
    /// Whether the guardian may make the record the person's own.
    free: bool,
    done: String,
}

#[derive(Template)]
#[template(path = "family/removal.html")]
struct RemovalPage {
    page: Page,
    here: String,
    name: String,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// A member, and the right to care for them.
pub(super) struct Care {
    pub(super) may: Authorized<CareForMember, MemberScope>,
    pub(super) holder: Holder,
}

impl Care {
    /// Of others nothing is said, not even that they are there.
    pub(super) async fn of(
        tx: &mut Tx,
        who: &SignedInHolder,
        member: HolderId,
    ) -> Result<Self, Problem> {
        let scope = tx.member_scope(who.holder, member).await?;
        let scope = scope.ok_or(Problem::NotFound)?;
        let may = authorize::<CareForMember, _>(&who.actor(), scope)?;
        let holder = tx.member_details(&may).await?.ok_or(Problem::NotFound)?;
        Ok(Self { may, holder })
    }
}

/// The family.
pub async fn list(
    State(app): State<AppState>,
    who: SignedInHolder,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let found = tx.members(&own).await?;
    let guardians = tx.guardians(&own).await?.into_iter();
    let guardians = guardians.map(|(id, name)| (format!("/family/{id}/dismissal"), name));
    let page = who.reader.page(&app);
    let lines = found.iter().map(|one| Line {
        href: format!("/family/{}", one.holder.id),
        name: one.holder.details.name.as_str().to_owned(),
        relation: relation(&page, one.relation),
        birth_year: one
            .holder
            .details
            .birth_year()
            .map_or_else(String::new, |year| year.to_string()),
    });
    reply::page(&ListPage {
        members: lines.collect(),
        guardians: guardians.collect(),
        full: found.len() as i64 >= member::MOST,
        most: member::MOST.to_string(),
        done: match done.done.as_str() {
            "removed" => page.text("family.removed"),
            "dismissed" => page.text("family.dismissed"),
            "freed" => page.text("family.freed"),
            "asked" => page.text("family.asked"),
            _ => "",
        },
        page,
    })
}

/// What a member is, in words.
fn relation(page: &Page, one: Relation) -> &'static str {
    page.text(&format!("family.relation_{one}"))
}

/// A member's code.
pub async fn show(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let now = app.now();
    let mut tx = app.store.read().await?;
    let care = Care::of(&mut tx, &who, id).await?;
    let cards = tx.member_cards(&care.may).await?;
    let declared = tx.member_declarations(&care.may, LIST_MAX).await?;
    let said: Vec<Statement> = declared.iter().map(|one| one.statement).collect();
    let withheld = tx.member_cards_withheld(&care.may).await?;
    let free = tx.may_free(&care.may).await?;
    let own = who.own(&mut tx).await?;
    let begun = tx.own_drafts(&own, Some(id), now).await?;
    let page = who.reader.page(&app);
    let shown = good(&cards, now);
    let square = match shown {
        Some(card) => Some(code::square(&app, card).await?),
        None => None,
    };
    let details = &care.holder.details;
    reply::page(&MemberPage {
        here: format!("/family/{id}"),
        name: details.name.as_str().to_owned(),
        birth_year: details.birth_year(),
        id_number: details.masked_number(),
        square: square.unwrap_or_default(),
        card_until: shown.map_or_else(String::new, |card| page.date(page.zone.day(card.expires))),
        declaration: DeclarationState::at(now, &said),
        declared_until: declared_until(now, &said).map_or_else(String::new, |at| page.moment(at)),
        drafts: drafts::lines(&page, &format!("/family/{id}/declaration"), &begun),
        withheld,
        has_phone: details.phone.is_some(),
        free,
        done: match done.done.as_str() {
            "added" => page.text("family.added").to_owned(),
            // What others declared for the member is not told here, but for the kind.
            "declared" => declared.first().map_or_else(String::new, |last| {
                words::sent(&app, &page, last.kind, None)
            }),
            "draft" => page.text("declarations.draft_saved").to_owned(),
            "discarded" => page.text("declarations.draft_discarded").to_owned(),
            _ => String::new(),
        },
        page,
    })
}

/// Makes a card for a member who has none that is good.
pub async fn make_card(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let care = Care::of(&mut tx, &who, id).await?;
    tx.member_card(&care.may, app.now()).await?;
    tx.commit().await?;
    Ok(reply::see(&format!("/family/{id}")))
}

/// A member's code on a sheet of A4 paper.
pub async fn sheet(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let care = Care::of(&mut tx, &who, id).await?;
    let cards = tx.member_cards(&care.may).await?;
    drop(tx);
    let card = good(&cards, app.now()).ok_or(Problem::NotFound)?.clone();
    let card = ToPrint {
        card,
        holder: care.holder,
        batch: String::new(),
    };
    let (locale, layout) = (who.reader.locale, CardLayout::Folded);
    let drawn = card_files::drawn(&app, locale, vec![card], layout).await?;
    Ok(drawn.named("vaora-code"))
}

/// Asks whether to let a member go.
pub async fn removing(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let care = Care::of(&mut tx, &who, id).await?;
    reply::page(&RemovalPage {
        page: who.reader.page(&app),
        here: format!("/family/{id}"),
        name: care.holder.details.name.as_str().to_owned(),
    })
}

/// Lets a member go.
pub async fn remove(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
) -> Result<Response, Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let care = Care::of(&mut tx, &who, id).await?;
    tx.remove_member(&care.may, now).await?;
    noted(&mut tx, &care, Deed::MemberRemoved, now).await?;
    tx.commit().await?;
    Ok(reply::see("/family?done=removed"))
}

/// Ends another's care for oneself.
pub async fn dismiss(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(guardian): PathId<HolderId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let own = who.own(&mut tx).await?;
    if !tx.dismiss_guardian(&own, guardian).await? {
        return Err(Problem::NotFound);
    }
    tx.commit().await?;
    Ok(reply::see("/family?done=dismissed"))
}

/// Leaves the audit entry of what was done about a member, who can see it once the record is their own.
async fn noted(tx: &mut Tx, care: &Care, deed: Deed, now: Timestamp) -> Result<(), Problem> {
    let (unit, subject) = (&care.may.scope().unit, [Subject::Holder(care.holder.id)]);
    tx.audit(&care.may, unit, now, Purpose::Support, deed, &subject)
        .await?;
    Ok(())
}

/// The newest card that is good now.
fn good(cards: &[Card], now: Timestamp) -> Option<&Card> {
    cards
        .iter()
        .find(|card| card.state == CardState::Active && now < card.expires)
}
