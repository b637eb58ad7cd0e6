//! A card's life at the office: issued, printed, handed over, put out of use and replaced; each step with who and when.

use crate::dialect::{execute, run};
use crate::sets::Column;
use crate::{Error, Tx, audit};
use domain::card::{Card, CardKind, CardState, CardStep, StepReason};
use domain::ids::{CardId, HolderId};
use domain::role::{Actor, Authorized, HolderScope, RegisterHolder, ServeHolder, UnitScope};
use domain::time::Timestamp;
use std::collections::HashMap;

use super::{CHANGED, ENDED};

/// The newest card of a person that is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewestCard {
    /// The card.
    pub id: CardId,
    /// What it is made of.
    pub kind: CardKind,
    /// Where it is in its life.
    pub state: CardState,
    /// When it was issued.
    pub issued: Timestamp,
}

/// One step of a card's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepLine {
    /// What was done.
    pub step: CardStep,
    /// Why.
    pub reason: StepReason,
    /// By whom: `holder:<id>`, `officer:<id>`, `console` or `system`.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

impl Tx {
    /// Issues a card to somebody at the desk: in use at once, or to be printed first. `instead` is the card of this kind
    /// that the clerk saw in use, and that the new one replaces once it is in use, as it does those of this kind that wait
    /// or were printed and not handed over. Fails with `Conflict(CardInUse)` when another is in use by now: somebody else
    /// has just issued one.
    pub async fn issue_card(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
        (kind, now_in_use): (CardKind, bool),
        instead: Option<CardId>,
        now: Timestamp,
    ) -> Result<Card, Error> {
        let holder = who.scope().holder;
        if now_in_use && let Some(old) = instead {
            self.step(
                (old, holder),
                CardStep::Replacement,
                StepReason::None,
                (who.actor(), now),
            )
            .await?;
        }
        if now_in_use {
            let before = |card: &Card| {
                let waits = matches!(card.state, CardState::Verified | CardState::Printed);
                card.kind == kind && waits
            };
            for old in self.cards_of(holder).await?.into_iter().filter(before) {
                let (step, why) = (CardStep::Replacement, StepReason::None);
                self.step((old.id, holder), step, why, (who.actor(), now))
                    .await?;
            }
        }
        let state = if now_in_use {
            CardState::Active
        } else {
            CardState::Verified
        };
        let card = self.add_card(holder, kind, state, now).await?;
        self.note(
            card.id,
            CardStep::Verification,
            StepReason::None,
            (who.actor(), now),
        )
        .await?;
        if now_in_use {
            let (step, why) = (CardStep::HandOver, StepReason::None);
            self.note(card.id, step, why, (who.actor(), now)).await?;
        }
        Ok(card)
    }

    /// Takes a step in the life of a card of a person whom the office serves. Says where the card is then; nothing when
    /// the step does not belong where it is, or the card is not theirs. A card that is handed over replaces the older one of
    /// its kind that was in use; beside a newer one it is not handed over. A card that a merge put out of use may be put out of
    /// use once more, for a reason of the office's, so that undoing the merge does not bring it back.
    pub async fn change_card(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
        card: CardId,
        step: CardStep,
        reason: StepReason,
        now: Timestamp,
    ) -> Result<Option<CardState>, Error> {
        let holder = who.scope().holder;
        if step == CardStep::HandOver {
            let cards = self.cards_of(holder).await?;
            let old = cards.iter().find(|one| one.id == card);
            let newer = |one: &Card| {
                let later = old
                    .is_some_and(|old| one.kind == old.kind && one.status_index > old.status_index);
                later && one.state == CardState::Active
            };
            if cards.iter().any(newer) {
                return Ok(None);
            }
        }
        if matches!(step, CardStep::HandOver | CardStep::Resumption) {
            let sql = "select o.id from cards o join cards n on n.holder_id = o.holder_id and n.kind = o.kind
                       where n.id = $1 and n.holder_id = $2 and o.state = 'active' and o.id <> n.id";
            let old: Vec<(Vec<u8>,)> = run!(self, |conn| {
                sqlx::query_as(sql)
                    .bind(card.0.as_slice())
                    .bind(holder)
                    .fetch_all(conn)
            })?;
            for (old,) in old {
                let old = CardId::from_slice(&old).ok_or(Error::Damaged("cards.id"))?;
                self.step(
                    (old, holder),
                    CardStep::Replacement,
                    StepReason::None,
                    (who.actor(), now),
                )
                .await?;
            }
        }
        if step == CardStep::Suspension && self.stilled(card, holder).await? {
            self.note(card, step, reason, (who.actor(), now)).await?;
            return Ok(Some(CardState::Suspended));
        }
        self.step((card, holder), step, reason, (who.actor(), now))
            .await
    }

    /// Whether a person's card is out of use for nothing but a merge.
    pub(crate) async fn stilled(&mut self, card: CardId, holder: HolderId) -> Result<bool, Error> {
        let sql = "select s.reason from card_steps s join cards c on c.id = s.card_id
                   where c.id = $1 and c.holder_id = $2 and c.state = 'suspended' order by s.n desc limit 1";
        let last: Option<(StepReason,)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(card.0.as_slice())
                .bind(holder)
                .fetch_optional(conn)
        })?;
        Ok(last == Some((StepReason::Merged,)))
    }

    /// What was done to a card of a person whom the office serves, in order.
    pub async fn card_steps(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
        card: CardId,
    ) -> Result<Vec<StepLine>, Error> {
        let found: Vec<(CardStep, StepReason, String, Timestamp)> = run!(self, |conn| {
            sqlx::query_as(
                "select s.step, s.reason, s.actor, s.taken_at from card_steps s join cards c on c.id = s.card_id
                 where s.card_id = $1 and c.holder_id = $2 order by s.n",
            )
            .bind(card.0.as_slice())
            .bind(who.scope().holder)
            .fetch_all(conn)
        })?;
        let line = |(step, reason, actor, at)| StepLine {
            step,
            reason,
            actor,
            at,
        };
        Ok(found.into_iter().map(line).collect())
    }

    /// The cards of a person whom the office serves, the newest first.
    pub async fn served_cards(
        &mut self,
        who: &Authorized<ServeHolder, HolderScope>,
    ) -> Result<Vec<Card>, Error> {
        self.cards_of(who.scope().holder).await
    }

    /// How many cards the officer who asks has given out since an instant.
    pub async fn handed_over_by(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        since: Timestamp,
    ) -> Result<i64, Error> {
        let (count,): (i64,) = run!(self, |conn| {
            sqlx::query_as(
                "select count(*) from card_steps where actor = $1 and taken_at >= $2 and step = 'hand_over'",
            )
            .bind(audit::actor_text(who.actor()))
            .bind(since)
            .fetch_one(conn)
        })?;
        Ok(count)
    }

    /// Takes a step; where the card is then, or nothing where the step does not belong.
    pub(crate) async fn step(
        &mut self,
        (card, holder): (CardId, HolderId),
        step: CardStep,
        reason: StepReason,
        (actor, now): (&Actor, Timestamp),
    ) -> Result<Option<CardState>, Error> {
        let from: Option<(CardState,)> = run!(self, |conn| {
            sqlx::query_as("select state from cards where id = $1 and holder_id = $2")
                .bind(card.0.as_slice())
                .bind(holder)
                .fetch_optional(conn)
        })?;
        let Some((from, to)) = from.and_then(|(from,)| Some((from, from.after(step)?))) else {
            return Ok(None);
        };
        let ended = to.over().then_some(now);
        let changed = if from.given_out() || to.given_out() {
            let changed = self.next(CHANGED).await?;
            self.next(ENDED).await?;
            Some(changed)
        } else {
            None
        };
        let done = execute!(
            self,
            sqlx::query(
                "update cards set state = $4, ended_at = coalesce($5, ended_at), changed = coalesce($6, changed)
                 where id = $1 and holder_id = $2 and state = $3",
            )
            .bind(card.0.as_slice())
            .bind(holder)
            .bind(from)
            .bind(to)
            .bind(ended)
            .bind(changed)
        )?;
        if done == 0 {
            return Ok(None);
        }
        self.note(card, step, reason, (actor, now)).await?;
        Ok(Some(to))
    }

    pub(crate) async fn note(
        &mut self,
        card: CardId,
        step: CardStep,
        reason: StepReason,
        (actor, now): (&Actor, Timestamp),
    ) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query(
                "insert into card_steps (card_id, n, step, reason, actor, taken_at)
                 select $1, coalesce(max(n), 0) + 1, $2, $3, $4, $5 from card_steps where card_id = $1",
            )
            .bind(card.0.as_slice())
            .bind(step)
            .bind(reason)
            .bind(audit::actor_text(actor))
            .bind(now)
        )?;
        Ok(())
    }

    /// The newest card that is not over of each of several people, and the newest in use.
    pub(crate) async fn newest_cards(
        &mut self,
        holders: &[HolderId],
        now: Timestamp,
    ) -> Result<HashMap<HolderId, (Option<NewestCard>, Option<CardId>)>, Error> {
        type Found = (
            HolderId,
            Vec<u8>,
            CardKind,
            CardState,
            i64,
            Timestamp,
            Timestamp,
        );
        const HEAD: &str =
            "select holder_id, id, kind, state, status_index, issued_at, expires_at from cards
             where state in ('verified', 'printed', 'active', 'suspended') and holder_id in (";
        let keys = [Column::ids(holders.iter().map(|holder| holder.0))];
        let mut found = self.look_up::<Found>(HEAD, &keys, ")").await?;
        found.sort_by_key(|(.., status_index, issued, expires)| (*issued, *status_index, *expires));
        let mut newest: HashMap<HolderId, (Option<NewestCard>, Option<CardId>)> = HashMap::new();
        for (holder, id, kind, state, _, issued, expires) in found {
            if expires <= now {
                continue;
            }
            let id = CardId::from_slice(&id).ok_or(Error::Damaged("cards.id"))?;
            let known = newest.entry(holder).or_default();
            known.0 = Some(NewestCard {
                id,
                kind,
                state,
                issued,
            });
            if state == CardState::Active {
                known.1 = Some(id);
            }
        }
        Ok(newest)
    }
}
