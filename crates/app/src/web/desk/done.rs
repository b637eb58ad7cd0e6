//! What was just done at the desk: whose card it is, and where to print it.

use super::Desk;
use crate::web::page::Page;
use crate::web::problem::Problem;
use domain::audit::Deed;
use domain::card::{Card, CardKind};
use domain::ids::CardId;
use domain::role::{Purpose, ServeHolder, authorize};
use serde::Deserialize;
use store::audit::Subject;
use store::holders::Holder;

/// What was just done, as the address of the page says it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    issued: String,
    saved: String,
    kind: String,
}

/// A card that was just made.
pub(super) struct Issued {
    pub(super) said: &'static str,
    /// The bearer's name, the year of birth and the kind of the card.
    pub(super) whose: String,
    pub(super) serial: String,
    /// Where to print it, or the cards that wait with it; and what that way is called.
    pub(super) next: (String, &'static str),
    /// Whether the card is printed from there, at once.
    pub(super) prints: bool,
}

impl Done {
    /// The kind of card that was made, for the next person.
    pub(super) fn kind(&self) -> Option<CardKind> {
        CardKind::parse(&self.kind).filter(|kind| *kind != CardKind::Electronic)
    }
}

impl Desk<'_> {
    /// The card of that address, if this desk serves its bearer. Reading the name leaves its audit entry.
    pub(super) async fn done(&self, page: &Page, done: &Done) -> Result<Option<Issued>, Problem> {
        let prints = !done.issued.is_empty();
        let id = if prints { &done.issued } else { &done.saved };
        let Some(id) = CardId::parse(id) else {
            return Ok(None);
        };
        let mut tx = self.app.store.write().await?;
        let Some(scope) = tx.card_scope(id).await? else {
            return Ok(None);
        };
        let Ok(may) = authorize::<ServeHolder, _>(&self.officer.actor(), scope) else {
            return Ok(None);
        };
        let cards = tx.served_cards(&may).await?;
        let card = cards.iter().find(|card| card.id == id);
        let (Some(holder), Some(card)) = (tx.served(&may).await?, card) else {
            return Ok(None);
        };
        let (unit, subject) = (&may.scope().unit, [Subject::Holder(holder.id)]);
        let (why, now) = (Purpose::Registration, self.app.now());
        tx.audit(&may, unit, now, why, Deed::Person, &subject)
            .await?;
        tx.commit().await?;
        let (key, next) = match prints {
            true => {
                let file = format!("/office/cards/{id}/card.pdf");
                ("desk.issued", (file, page.text("desk.print")))
            }
            false => {
                let waiting = "/office/batches".to_owned();
                ("desk.saved", (waiting, page.text("desk.batches")))
            }
        };
        Ok(Some(Issued {
            said: page.text(key),
            whose: whose(page, &holder, card),
            serial: id.serial(),
            next,
            prints,
        }))
    }
}

fn whose(page: &Page, holder: &Holder, card: &Card) -> String {
    let details = &holder.details;
    let year = details.birth_year().map(|year| year.to_string());
    let kind = page.text(&format!("office_cards.kind_{}", card.kind));
    let parts = [
        Some(details.name.as_str().to_owned()),
        year,
        Some(kind.to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
