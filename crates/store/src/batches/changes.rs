//! What becomes of the cards of a batch together: handed over, replaced by new ones, put out of use. A few statements over
//! sets, whatever the number of cards, and always within the unit of the proof.

use super::{Batch, By, card_id};
use crate::cards::{CHANGED, ENDED};
use crate::dialect::{list, run};
use crate::sets::Column;
use crate::units::path_bounds;
use crate::{Error, Tx, audit};
use domain::card::{CardKind, CardState, CardStep, StepReason};
use domain::ids::{BatchId, CardId, HolderId};
use domain::role::{Authorized, PrintCards, UnitScope};
use domain::time::Timestamp;
use sqlx::AssertSqlSafe;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// How many cards one transaction changes: the gate waits no longer than that takes.
pub const AT_ONCE: i64 = 500;

/// Whose cards of a batch are changed.
enum Whose {
    /// Those of people of the unit: who moved away is served there.
    People,
    /// All, when the batch is the unit's: who printed them answers for them wherever their bearers live by now.
    Batch,
}

/// What is done to the cards of a stretch of a batch.
pub(super) struct Sweep<'a> {
    batch: BatchId,
    places: Range<i64>,
    whose: Whose,
    /// The states in which a card is changed, of those in which the step belongs.
    states: Vec<CardState>,
    step: CardStep,
    reason: StepReason,
    by: By<'a>,
}

impl<'a> Sweep<'a> {
    /// A step of people's cards, in whatever state it belongs.
    pub(super) fn of_people(
        (batch, places): (BatchId, Range<i64>),
        step: CardStep,
        reason: StepReason,
        by: By<'a>,
    ) -> Self {
        Self {
            batch,
            places,
            whose: Whose::People,
            states: CardState::before(step).collect(),
            step,
            reason,
            by,
        }
    }

    /// Bound: batch, places, the state after it, when it ended, the bounds of the unit, the version of lists that says it, the states before it.
    fn sql(&self) -> String {
        let whose = match self.whose {
            Whose::People => {
                "holder_id in (select h.id from holders h join cards c on c.holder_id = h.id
                   join batch_cards b on b.card_id = c.id
                   where b.batch_id = $1 and b.place >= $2 and b.place < $3 and h.unit_path >= $6 and h.unit_path < $7)"
            }
            Whose::Batch => {
                "exists (select 1 from batches where id = $1 and unit_path >= $6 and unit_path < $7)"
            }
        };
        let but = match self.step {
            CardStep::HandOver => format!("and id not in (select n.id {OUTDATED})"),
            _ => String::new(),
        };
        format!(
            "update cards set state = $4, ended_at = coalesce($5, ended_at), changed = $8
             where id in (select card_id from batch_cards where batch_id = $1 and place >= $2 and place < $3)
               and {whose} and state in ({}) {but}
             returning id, holder_id",
            list(9, self.states.len())
        )
    }
}

/// The cards of a stretch of a batch, `n`, whose bearers have a newer one of the kind in use, `o`.
const OUTDATED: &str = "from batch_cards b join cards n on n.id = b.card_id
     join cards o on o.holder_id = n.holder_id and o.kind = n.kind
     where b.batch_id = $1 and b.place >= $2 and b.place < $3 and o.state = 'active' and o.status_index > n.status_index";

impl Tx {
    /// Hands over the printed cards of a stretch of a batch: each replaces the older one of its kind that its bearer had in
    /// use. Whoever has a newer one in use keeps that, and the printed one stays where it is. Says whose they are.
    pub async fn hand_over_batch(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        batch: BatchId,
        places: Range<i64>,
        now: Timestamp,
    ) -> Result<Vec<HolderId>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let by = (who.actor(), now);
        let version = self.next(CHANGED).await?;
        let sql = "update cards set state = 'replaced', ended_at = $4, changed = $7
                   where state = 'active' and id in (
                     select o.id from batch_cards b join cards n on n.id = b.card_id
                     join cards o on o.holder_id = n.holder_id and o.kind = n.kind
                     join holders h on h.id = n.holder_id
                     where b.batch_id = $1 and b.place >= $2 and b.place < $3 and n.state in ('verified', 'printed')
                       and o.state = 'active' and o.status_index < n.status_index
                       and h.unit_path >= $5 and h.unit_path < $6)
                   returning id";
        let old: Vec<(Vec<u8>,)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(batch)
                .bind(places.start)
                .bind(places.end)
                .bind(now)
                .bind(from)
                .bind(to)
                .bind(version)
                .fetch_all(conn)
        })?;
        let old = old.iter().map(|(card,)| card_id(card));
        let old = old.collect::<Result<Vec<_>, _>>()?;
        self.note_all(&old, CardStep::Replacement, StepReason::None, by)
            .await?;
        let (stretch, why) = ((batch, places), StepReason::None);
        let sweep = Sweep::of_people(stretch, CardStep::HandOver, why, by);
        self.sweep(who.scope(), sweep).await
    }

    /// How many printed cards of a batch, of people of the unit, are older than the one that their bearer uses by now:
    /// these are not handed over.
    pub async fn batch_outdated(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        batch: &Batch,
    ) -> Result<i64, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let sql = format!(
            "select count(*) {OUTDATED} and n.state = 'printed'
             and n.holder_id in (select id from holders where unit_path >= $4 and unit_path < $5)"
        );
        let (count,): (i64,) = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(batch.id)
                .bind(1_i64)
                .bind(batch.cards + 1)
                .bind(&from)
                .bind(&to)
                .fetch_one(conn)
        })?;
        Ok(count)
    }

    /// Puts the cards of a stretch of a batch of the unit out of use for good, wherever their bearers live by now. Says whose
    /// they are.
    pub async fn revoke_batch(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        batch: BatchId,
        places: Range<i64>,
        now: Timestamp,
    ) -> Result<Vec<HolderId>, Error> {
        let (by, why) = ((who.actor(), now), StepReason::Withdrawn);
        let sweep = Sweep {
            whose: Whose::Batch,
            ..Sweep::of_people((batch, places), CardStep::Revocation, why, by)
        };
        self.sweep(who.scope(), sweep).await
    }

    /// Begins a batch that replaces cards of another for a reason, laid out like it; it holds none yet. One that was begun
    /// so before, and of which no file was taken, goes on instead: of two who begin it at once, both fill the same.
    pub async fn begin_reprint(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        of: &Batch,
        reason: StepReason,
        now: Timestamp,
    ) -> Result<Batch, Error> {
        // Whoever comes second waits here, and finds what the first has begun.
        self.held_batch(of.id).await?;
        let begun = self.last_reprint(who, of.id, reason).await?;
        if let Some(begun) = begun
            && self.parts_taken(who, &begun).await?.is_empty()
        {
            return Ok(begun);
        }
        self.new_batch(who, of.layout, (Some(of.id), reason), now)
            .await
    }

    /// Replaces the next cards of a batch from a place on by new ones of the same people, at most [`AT_ONCE`], and puts
    /// these into the new batch, printed: cards that were not handed over, and those in use or suspended where that is
    /// wanted. Cards that are over are passed by, so what broke off goes on where it stopped. Says how the new batch is then,
    /// and whose cards they are: nobody's, when none is left.
    pub async fn reprint(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        new: Batch,
        (from_place, in_use): (i64, bool),
        now: Timestamp,
    ) -> Result<(Batch, Vec<HolderId>), Error> {
        let new = Batch {
            cards: self.held_batch(new.id).await?,
            ..new
        };
        let (from, to) = path_bounds(&who.scope().path);
        let used = |state: &CardState| matches!(state, CardState::Active | CardState::Suspended);
        let states = CardState::before(CardStep::Replacement);
        let states: Vec<CardState> = states.filter(|state| in_use || !used(state)).collect();
        let sql = format!(
            "select b.place, c.holder_id, c.kind from batch_cards b
             join cards c on c.id = b.card_id join holders h on h.id = c.holder_id
             where b.batch_id = $1 and b.place >= $2 and h.unit_path >= $3 and h.unit_path < $4
               and c.state in ({})
             order by b.place limit $5",
            list(6, states.len())
        );
        let old: Vec<(i32, HolderId, CardKind)> = run!(self, |conn| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(new.of)
                .bind(from_place)
                .bind(&from)
                .bind(&to)
                .bind(AT_ONCE);
            for state in &states {
                query = query.bind(*state);
            }
            query.fetch_all(conn)
        })?;
        let (Some(of), Some(first), Some(last)) = (new.of, old.first(), old.last()) else {
            return Ok((new, Vec::new()));
        };
        let by = (who.actor(), now);
        let stretch = (of, i64::from(first.0)..i64::from(last.0) + 1);
        let sweep = Sweep {
            states,
            ..Sweep::of_people(stretch, CardStep::Replacement, new.reason, by)
        };
        let changed = self.sweep(who.scope(), sweep).await?;
        let changed: HashSet<HolderId> = changed.into_iter().collect();
        let people: Vec<(HolderId, CardKind)> = old
            .into_iter()
            .filter(|(_, holder, _)| changed.contains(holder))
            .map(|(_, holder, kind)| (holder, kind))
            .collect();
        let cards = self.add_cards(&people, now).await?;
        for step in [CardStep::Verification, CardStep::Printing] {
            self.note_all(&cards, step, StepReason::None, by).await?;
        }
        let cards = cards.iter().map(|card| card.0.to_vec()).collect();
        let new = self.put_into(new, cards).await?;
        Ok((new, people.into_iter().map(|(holder, _)| holder).collect()))
    }

    /// How many cards a batch holds, whose row nobody else changes until this transaction ends.
    async fn held_batch(&mut self, batch: BatchId) -> Result<i64, Error> {
        // Changes nothing. PostgreSQL keeps the row for this transaction; SQLite has one writer anyway.
        let sql = "update batches set cards = cards where id = $1 returning cast(cards as bigint)";
        let (cards,): (i64,) = run!(self, |conn| {
            sqlx::query_as(sql).bind(batch).fetch_one(conn)
        })?;
        Ok(cards)
    }

    /// Takes a step with the cards of a stretch of a batch. Says whose they are.
    pub(super) async fn sweep(
        &mut self,
        scope: &UnitScope,
        sweep: Sweep<'_>,
    ) -> Result<Vec<HolderId>, Error> {
        let Some(to_state) = sweep
            .states
            .first()
            .and_then(|state| state.after(sweep.step))
        else {
            return Ok(Vec::new());
        };
        let (from, to) = path_bounds(&scope.path);
        // Lists must say it.
        let version = self.next(CHANGED).await?;
        let sql = sweep.sql();
        let changed: Vec<(Vec<u8>, HolderId)> = run!(self, |conn| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(sweep.batch)
                .bind(sweep.places.start)
                .bind(sweep.places.end)
                .bind(to_state)
                .bind(to_state.over().then_some(sweep.by.1))
                .bind(&from)
                .bind(&to)
                .bind(version);
            for state in &sweep.states {
                query = query.bind(*state);
            }
            query.fetch_all(conn)
        })?;
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        // Lists for gates must say it.
        self.next(ENDED).await?;
        let ids = changed.iter().map(|(card, _)| card_id(card));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        self.note_all(&ids, sweep.step, sweep.reason, sweep.by)
            .await?;
        Ok(changed.into_iter().map(|(_, holder)| holder).collect())
    }

    /// Notes one step of each of several cards.
    async fn note_all(
        &mut self,
        cards: &[CardId],
        step: CardStep,
        reason: StepReason,
        (actor, now): By<'_>,
    ) -> Result<(), Error> {
        let keys = [Column::bytes(cards.iter().map(|card| card.0.to_vec()))];
        let head = "select card_id, max(n) from card_steps where card_id in (";
        let last: Vec<(Vec<u8>, i32)> = self.look_up(head, &keys, ") group by card_id").await?;
        let last: HashMap<Vec<u8>, i32> = last.into_iter().collect();
        let number = |card: &CardId| last.get(card.0.as_slice()).copied().unwrap_or(0) + 1;
        let actor = audit::actor_text(actor);
        let rows = [
            Column::bytes(cards.iter().map(|card| card.0.to_vec())),
            Column::ints(cards.iter().map(number)),
            Column::words(cards.iter().map(|_| step.as_str())),
            Column::words(cards.iter().map(|_| reason.as_str())),
            Column::Text(cards.iter().map(|_| actor.clone()).collect()),
            Column::longs(cards.iter().map(|_| now.millis())),
        ];
        let head = "insert into card_steps (card_id, n, step, reason, actor, taken_at) ";
        self.write_set(head, &rows, "").await
    }

    /// Issues a card to each of several people, printed and not handed over.
    async fn add_cards(
        &mut self,
        people: &[(HolderId, CardKind)],
        now: Timestamp,
    ) -> Result<Vec<CardId>, Error> {
        let source = Arc::clone(&self.claims);
        let claims = source.take(people.len(), now).await?;
        let changed = self.next(CHANGED).await?;
        let cards: Vec<CardId> = claims.iter().map(|one| one.id).collect();
        let rows = [
            Column::bytes(cards.iter().map(|card| card.0.to_vec())),
            Column::ids(people.iter().map(|(holder, _)| holder.0)),
            Column::longs(claims.iter().map(|one| i64::from(one.status_index))),
            Column::words(people.iter().map(|(_, kind)| kind.as_str())),
            Column::words(people.iter().map(|_| CardState::Printed.as_str())),
            Column::longs(claims.iter().map(|one| one.issued.millis())),
            Column::longs(claims.iter().map(|one| one.expires.millis())),
            Column::longs(claims.iter().map(|_| changed)),
        ];
        let head = "insert into cards (id, holder_id, status_index, kind, state, issued_at, expires_at, changed) ";
        self.write_set(head, &rows, "").await?;
        Ok(cards)
    }
}
