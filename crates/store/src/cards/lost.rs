//! Cards reported lost by whoever proves a phone: in whose records it stands, and their cards put out of use.

use crate::dialect::run;
use crate::{Error, Tx};
use domain::card::{CardStep, StepReason};
use domain::ids::HolderId;
use domain::phone::Phone;
use domain::role::{Authorized, HolderScope, RevokeCard};
use domain::search_key::SearchKey;
use domain::time::Timestamp;

impl Tx {
    /// The people in whose records a phone stands, whether it signs in to them or an office wrote it down: the scopes in
    /// which their cards may be reported lost. The caller has just been shown that the phone is the reporter's.
    pub async fn holders_naming_phone(&mut self, phone: &Phone) -> Result<Vec<HolderScope>, Error> {
        const HEAD: &str = "select distinct holder_id from holder_keys where key in (";
        let e164 = phone.e164();
        let keys = self.search_column(&[SearchKey::phone(&e164)]);
        let found: Vec<(HolderId,)> = self.look_up(HEAD, &keys, ")").await?;
        let mut scopes = Vec::with_capacity(found.len());
        for (id,) in found {
            // A key is cut to 64 bits: the record itself says whether it is this phone.
            let known = self.holder(id).await?;
            let known = known.filter(|known| known.details.phone.as_deref() == Some(&e164));
            scopes.extend(known.map(|known| HolderScope {
                holder: known.id,
                unit: known.unit,
            }));
        }
        Ok(scopes)
    }

    /// Puts every card of a person out of use whose code was given out: for good (`Revocation`), or until the office has
    /// looked (`Suspension`). Says how many are so since an instant, so that a second click is told the same.
    pub async fn report_lost(
        &mut self,
        who: &Authorized<RevokeCard, HolderScope>,
        step: CardStep,
        (since, now): (Timestamp, Timestamp),
    ) -> Result<i64, Error> {
        let holder = who.scope().holder;
        for card in self.cards_of(holder).await? {
            let by = (who.actor(), now);
            if step == CardStep::Suspension && self.stilled(card.id, holder).await? {
                // Out of use already, but for a reason that ends when the merge is undone.
                self.note(card.id, step, StepReason::Lost, by).await?;
            } else if card.state.given_out() {
                self.step((card.id, holder), step, StepReason::Lost, by)
                    .await?;
            }
        }
        let (count,): (i64,) = run!(self, |conn| {
            sqlx::query_as(
                "select count(*) from card_steps s join cards c on c.id = s.card_id
                 where c.holder_id = $1 and s.step = $2 and s.reason = $3 and s.taken_at >= $4",
            )
            .bind(holder)
            .bind(step)
            .bind(StepReason::Lost)
            .bind(since)
            .fetch_one(conn)
        })?;
        Ok(count)
    }
}
