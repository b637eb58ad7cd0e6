//! Cards that no office has a hand in: a person's own, or a guardian's for a member of the family.

use crate::dialect::run;
use crate::{Error, Tx};
use domain::card::{Card, CardKind, CardState, CardStep, StepReason};
use domain::ids::{CardId, HolderId};
use domain::role::Actor;
use domain::time::Timestamp;

impl Tx {
    /// Issues a card that is in use at once, in the place of the one of its kind that is; nothing where an office
    /// withholds cards from the person. Whoever calls holds the person's row, so that an office's step comes before or after.
    pub(crate) async fn issue_unseen(
        &mut self,
        holder: HolderId,
        kind: CardKind,
        by: (&Actor, Timestamp),
    ) -> Result<Option<Card>, Error> {
        if self.withheld(holder).await? {
            return Ok(None);
        }
        let sql = "select id from cards where holder_id = $1 and kind = $2 and state = 'active'";
        let old: Option<(Vec<u8>,)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(holder)
                .bind(kind)
                .fetch_optional(conn)
        })?;
        if let Some((old,)) = old {
            let old = CardId::from_slice(&old).ok_or(Error::Damaged("cards.id"))?;
            let (step, why) = (CardStep::Replacement, StepReason::None);
            self.step((old, holder), step, why, by).await?;
        }
        let card = self.add_card(holder, kind, CardState::Active, by.1).await?;
        self.note(card.id, CardStep::HandOver, StepReason::None, by)
            .await?;
        Ok(Some(card))
    }

    /// Whether an office took a card of this person out of use, other than as lost or damaged, and has neither put it to
    /// use again nor looked at another since. A card that the person reports lost meanwhile stays withheld.
    pub(crate) async fn withheld(&mut self, holder: HolderId) -> Result<bool, Error> {
        let sql = "select count(*) from card_steps s join cards c on c.id = s.card_id
                   where c.holder_id = $1 and c.state in ('suspended', 'revoked')
                   and s.step in ('suspension', 'revocation') and s.reason in ('withdrawn', 'details')
                   and not exists (select 1 from card_steps r
                     where r.card_id = s.card_id and r.n > s.n and r.step = 'resumption')
                   and not exists (select 1 from card_steps v join cards n on n.id = v.card_id
                     where n.holder_id = c.holder_id and n.id <> c.id
                     and v.step = 'verification' and v.taken_at >= s.taken_at)";
        let (count,): (i64,) = run!(self, |conn| {
            sqlx::query_as(sql).bind(holder).fetch_one(conn)
        })?;
        Ok(count > 0)
    }
}
