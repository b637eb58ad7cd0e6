//! What an office may look up about a person: by a card that lies before it, or by phone and full
//! name together. Never by phone alone, and never beyond its own unit. The look-up itself leaves
//! the audit entry, found or not.

use crate::audit::Subject;
use crate::dialect::run;
use crate::holders::Holder;
use crate::units::path_bounds;
use crate::{Error, Tx};
use domain::audit::Deed;
use domain::card::Card;
use domain::holder::{PersonName, fold};
use domain::ids::{CardId, HolderId};
use domain::phone::Phone;
use domain::role::{Authorized, Purpose, ReadHolder, UnitScope};
use domain::time::Timestamp;

/// A person and the cards that speak for them.
#[derive(Clone, Debug)]
pub struct Found {
    /// The person.
    pub holder: Holder,
    /// Their cards, the newest first.
    pub cards: Vec<Card>,
}

impl Tx {
    /// The person of a unit whom a card speaks for, and the audit entry of it.
    pub async fn person_by_card(
        &mut self,
        who: &Authorized<ReadHolder, UnitScope>,
        card: CardId,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Option<Found>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let found: Option<(HolderId,)> = run!(self, |conn| {
            sqlx::query_as(
                "select h.id from cards c join holders h on h.id = c.holder_id
                 where c.id = $1 and h.unit_path >= $2 and h.unit_path < $3",
            )
            .bind(card.0.as_slice())
            .bind(from)
            .bind(to)
            .fetch_optional(conn)
        })?;
        let found = self.found(found).await?;
        self.looked_up(who, found, purpose, Deed::ByCard, now).await
    }

    /// The person of a unit who has both this proven phone and this full name, and the audit entry
    /// of it.
    pub async fn person_by_phone_and_name(
        &mut self,
        who: &Authorized<ReadHolder, UnitScope>,
        phone: &Phone,
        name: &PersonName,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Option<Found>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let hash = self.keys.sealer().hash("phone", &phone.e164());
        let found: Option<(HolderId,)> = run!(self, |conn| {
            sqlx::query_as(
                "select r.id from holders h join holders r on r.id = coalesce(h.merged_into, h.id)
                 where h.phone_hash = $1 and r.unit_path >= $2 and r.unit_path < $3",
            )
            .bind(hash)
            .bind(from)
            .bind(to)
            .fetch_optional(conn)
        })?;
        let found = self.found(found).await?;
        let same = |found: &Found| fold(found.holder.details.name.as_str()) == fold(name.as_str());
        let found = found.filter(same);
        self.looked_up(who, found, purpose, Deed::ByPhoneAndName, now)
            .await
    }

    async fn looked_up(
        &mut self,
        who: &Authorized<ReadHolder, UnitScope>,
        found: Option<Found>,
        purpose: Purpose,
        deed: Deed,
        now: Timestamp,
    ) -> Result<Option<Found>, Error> {
        let subjects = found.iter().map(|found| Subject::Holder(found.holder.id));
        let subjects: Vec<Subject> = subjects.collect();
        let unit = &who.scope().path;
        self.audit(who, unit, now, purpose, deed, &subjects).await?;
        Ok(found)
    }

    async fn found(&mut self, id: Option<(HolderId,)>) -> Result<Option<Found>, Error> {
        let holder = match id {
            Some((id,)) => self.holder(id).await?,
            None => None,
        };
        let Some(holder) = holder else {
            return Ok(None);
        };
        let cards = self.cards_of(holder.id).await?;
        Ok(Some(Found { holder, cards }))
    }
}
