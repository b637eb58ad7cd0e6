//! Two records made one, and two again.
//!
//! What hangs on a record is carried to the one that is kept, and it is written down what was (`merge_rows`), so that it can be
//! carried back. The other record stays as an empty one that points to it: its phone may sign in, and its scans, which are never
//! edited, are found under its own pseudonyms. Merges of one record are undone in reverse order; docs/matching.md says why.

mod inside;
mod moving;
mod ties;
mod undoing;

use crate::audit::actor_text;
use crate::dialect::{execute, run};
use crate::holders::Holder;
use crate::units::{parse_path, path_text};
use crate::{Error, Tx, new_id};
use domain::holder::HolderDetails;
use domain::ids::{HolderId, MergeId};
use domain::likeness::{Likeness, Mark};
use domain::matching::{AskReason, Field, MatchState, Pair, SignInPhones, merged, speaks_by_phone};
use domain::role::{
    Action, Authorized, DecideMatch, HolderScope, JoinOwnRecords, MatchPeople, PairScope,
    UnitScope, UseOwnData,
};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

const SEALED: &str = "merges.sealed";
/// The counter that orders merges: two may be done in one millisecond.
const COUNTER: &str = "merges";
/// How many merges a history shows.
const SHOWN: i64 = 100;

/// An act in whose course two records become one.
pub trait Merges: Action<PairScope> {
    /// Whether an office does it, and not the person whose records both are.
    const BY_OFFICE: bool;
}
impl Merges for DecideMatch {
    const BY_OFFICE: bool = true;
}
impl Merges for JoinOwnRecords {
    const BY_OFFICE: bool = false;
}

/// An act in whose course one record becomes two again.
pub trait Undoes: Action<PairScope> {}
impl Undoes for DecideMatch {}
impl Undoes for JoinOwnRecords {}

/// How two records become one.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The record that is kept.
    pub kept: HolderId,
    /// The fields that are taken from the other.
    pub from_gone: Vec<Field>,
    /// Which phones sign in from now on.
    pub phones: SignInPhones,
    /// Whose card stays in use where both have one of a kind.
    pub cards_of: HolderId,
    /// Whether the guardians who care for either alone go on, as somebody has asked.
    pub guardians_stay: bool,
}

/// What came of merging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// They are one record now.
    Done(MergeId),
    /// Somebody has decided about the pair before, or nobody proposed it.
    Decided,
    /// One of them is no record of its own any more.
    Gone,
    /// Nothing but its phone says whose one of them is, and neither a number nor a code says that the other is the same person's.
    Unproven,
    /// The same, and its phone would no longer sign in.
    PhoneStays,
}

/// Two records of one's own, compared.
#[derive(Clone, Copy, Debug)]
pub struct Proposed {
    /// How they compare.
    pub likeness: Likeness,
    /// Which to keep.
    pub kept: HolderId,
    /// Whether an office has said that they are two people's. It looks again.
    pub apart: bool,
}

/// What came of undoing a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// They are two records again.
    Done,
    /// They were already.
    Before,
    /// Something was merged later with the record that was kept: that must be undone first.
    Later(MergeId),
}

/// One merge, as its history shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeLine {
    /// The merge.
    pub id: MergeId,
    /// The record that was kept.
    pub kept: HolderId,
    /// The other.
    pub gone: HolderId,
    /// Who did it, as the audit log writes it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// Who undid it, and when.
    pub undone: Option<(String, Timestamp)>,
}

/// What both records were, and what became of the kept one.
#[derive(Serialize, Deserialize)]
struct Before {
    details: HolderDetails,
    unit: String,
    after: HolderDetails,
    after_unit: String,
    /// The hashes of the proven phones that no longer sign in, and the rows they were of.
    dropped: Vec<(HolderId, Vec<u8>)>,
    /// Whether the kept record had a phone of its own: one that it has only later came by somebody's care.
    had_phone: bool,
}

type Line = (
    MergeId,
    HolderId,
    HolderId,
    String,
    Timestamp,
    Option<Timestamp>,
    Option<String>,
);

fn line((id, kept, gone, actor, at, undone_at, undone_by): Line) -> MergeLine {
    MergeLine {
        id,
        kept,
        gone,
        actor,
        at,
        undone: undone_by.zip(undone_at),
    }
}

impl Tx {
    /// Makes two records one. The pair must wait for a decision; of one's own two records none need be proposed.
    pub async fn merge<A: Merges>(
        &mut self,
        who: &Authorized<A, PairScope>,
        choice: &Choice,
        now: Timestamp,
    ) -> Result<Merged, Error> {
        let scope = who.scope();
        let pair = Pair::of(scope.one.holder, scope.other.holder);
        let Some(pair) = pair.filter(|pair| pair.has(choice.kept) && pair.has(choice.cards_of))
        else {
            return Ok(Merged::Gone);
        };
        let (Some(one), Some(other)) = (
            self.held_alone(pair.one).await?,
            self.held_alone(pair.other).await?,
        ) else {
            return Ok(Merged::Gone);
        };
        let mut phones = choice.phones;
        if A::BY_OFFICE {
            match self.phones_to_keep(pair, (&one, &other), choice).await? {
                Ok(said) => phones = said,
                Err(against) => return Ok(against),
            }
        }
        let by = (actor_text(who.actor()), now);
        let state = (MatchState::Merged, AskReason::None);
        if !self.settle_match(pair, state, by.clone()).await? {
            return Ok(Merged::Decided);
        }
        let (kept, gone) = match choice.kept == pair.one {
            true => (one, other),
            false => (other, one),
        };
        let id = MergeId(new_id(now));
        let before = self
            .become_one(id, (&kept, &gone), (&choice.from_gone, phones))
            .await?;
        let stays = choice.cards_of;
        let (both, on) = ((kept.id, gone.id), (who.actor(), now));
        self.settle_ties(id, both, choice.guardians_stay, on)
            .await?;
        self.close_requests(id, both, on).await?;
        self.still_cards(id, both, stays, on).await?;
        self.carry_over(id, (kept.id, gone.id)).await?;
        self.carry_sessions((kept.id, gone.id), phones, now).await?;
        self.carry_presences((gone.id, kept.id), None, now).await?;
        self.note_merge(id, (kept.id, gone.id), &before, by).await?;
        Ok(Merged::Done(id))
    }

    /// Writes down what both records were.
    async fn note_merge(
        &mut self,
        id: MergeId,
        (kept, gone): (HolderId, HolderId),
        before: &Before,
        (actor, now): (String, Timestamp),
    ) -> Result<(), Error> {
        let n = self.next(COUNTER).await?;
        let sealed = self.keys.sealer().seal(SEALED, before);
        execute!(
            self,
            sqlx::query(
                "insert into merges (id, kept, gone, n, sealed, actor, merged_at)
                 values ($1, $2, $3, $4, $5, $6, $7)"
            )
            .bind(id)
            .bind(kept)
            .bind(gone)
            .bind(n)
            .bind(sealed)
            .bind(actor)
            .bind(now)
        )?;
        Ok(())
    }

    /// Puts two records that are one's own into the queue, as a person's request, so that they can be merged; again, where an
    /// office has kept them apart. Says how they compare, and which to keep: the one of which an office has looked at papers,
    /// else the one whose person it has seen.
    pub async fn propose_own(
        &mut self,
        who: &Authorized<JoinOwnRecords, PairScope>,
        now: Timestamp,
    ) -> Result<Option<Proposed>, Error> {
        let (own, beside) = (who.scope().one.holder, who.scope().other.holder);
        let (Some(one), Some(other)) = (self.holder(own).await?, self.holder(beside).await?) else {
            return Ok(None);
        };
        let apart = self.propose((&one, &other), now).await?;
        let proven: Option<(HolderId,)> = run!(self, |conn| {
            sqlx::query_as(
                "select holder_id from proven_numbers where holder_id in ($1, $2)
                 order by case when holder_id = $1 then 0 else 1 end limit 1",
            )
            .bind(own)
            .bind(beside)
            .fetch_optional(conn)
        })?;
        let kept = match proven {
            Some((kept,)) => kept,
            None if self.seen_by_office(own).await? => own,
            None if self.seen_by_office(beside).await? => beside,
            None => own,
        };
        Ok(Some(Proposed {
            likeness: Likeness::of(&one.details, &other.details),
            kept,
            apart,
        }))
    }

    /// What was merged with a record of a unit, and undone: the newest first.
    pub async fn merges_with(
        &mut self,
        who: &Authorized<MatchPeople, UnitScope>,
        holder: HolderId,
    ) -> Result<Vec<MergeLine>, Error> {
        let lines = self.merges_of(holder).await?;
        let ids = lines.iter().flat_map(|line| [line.kept, line.gone]);
        let mut here = false;
        for id in ids.chain([holder]) {
            let scope: Option<(String,)> = run!(self, |conn| {
                sqlx::query_as("select unit_path from holders where id = $1")
                    .bind(id)
                    .fetch_optional(conn)
            })?;
            let unit = who.scope().unit();
            here |= scope
                .zip(unit)
                .is_some_and(|((path,), unit)| parse_path(&path).within(unit));
        }
        Ok(if here { lines } else { Vec::new() })
    }

    /// What was merged with one's own record.
    pub async fn own_merges(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<Vec<MergeLine>, Error> {
        self.merges_of(who.scope().holder).await
    }

    /// Of which two records a merge is: the scope in which it is undone.
    pub async fn merge_scope(&mut self, id: MergeId) -> Result<Option<PairScope>, Error> {
        let found: Option<(HolderId, HolderId)> = run!(self, |conn| {
            sqlx::query_as("select kept, gone from merges where id = $1")
                .bind(id)
                .fetch_optional(conn)
        })?;
        match found.and_then(|(kept, gone)| Pair::of(kept, gone)) {
            Some(pair) => self.pair_scope(pair).await,
            None => Ok(None),
        }
    }

    async fn merges_of(&mut self, holder: HolderId) -> Result<Vec<MergeLine>, Error> {
        let found: Vec<Line> = run!(self, |conn| {
            sqlx::query_as(
                "select id, kept, gone, actor, merged_at, undone_at, undone_by from (
                   select id, kept, gone, n, actor, merged_at, undone_at, undone_by from merges where kept = $1
                   union all
                   select id, kept, gone, n, actor, merged_at, undone_at, undone_by from merges where gone = $1) m
                 order by n desc limit $2",
            )
            .bind(holder)
            .bind(SHOWN)
            .fetch_all(conn)
        })?;
        Ok(found.into_iter().map(line).collect())
    }

    /// Which phones sign in when an office makes two records one, or what stands against it: of a record of which only its phone
    /// says whose it is, that phone stays, and more than a name must say that the other is the same person's. The only proven phone
    /// always stays.
    async fn phones_to_keep(
        &mut self,
        pair: Pair,
        (one, other): (&Holder, &Holder),
        choice: &Choice,
    ) -> Result<Result<SignInPhones, Merged>, Error> {
        let stays = match choice.phones {
            SignInPhones::Both => None,
            SignInPhones::Kept => Some(choice.kept),
            SignInPhones::Gone => Some(pair.beside(choice.kept)),
        };
        let (mut guarded, mut dropped, mut left) = (false, false, false);
        for record in [one, other] {
            let proven = !self.phones_of(record.id).await?.is_empty();
            let speaks = speaks_by_phone(&record.unit, proven);
            guarded |= speaks;
            dropped |= speaks && stays.is_some_and(|stays| stays != record.id);
            left |= proven && stays == Some(record.id);
        }
        let likeness = Likeness::of(&one.details, &other.details);
        if guarded && likeness.number != Mark::Same && !self.proven_by_codes(pair).await? {
            return Ok(Err(Merged::Unproven));
        }
        if dropped {
            return Ok(Err(Merged::PhoneStays));
        }
        Ok(Ok(if left {
            choice.phones
        } else {
            SignInPhones::Both
        }))
    }

    /// Whether the person has proved the phones of both by codes.
    async fn proven_by_codes(&mut self, pair: Pair) -> Result<bool, Error> {
        let sql = "select 1 from matches where one = $1 and other = $2 and proven_at is not null";
        let found: Option<(i32,)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(pair.one)
                .bind(pair.other)
                .fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    /// A record that nobody else changes until this transaction ends.
    async fn hold(&mut self, holder: HolderId) -> Result<Option<Holder>, Error> {
        // Changes nothing. PostgreSQL keeps the row for this transaction; SQLite has one writer anyway.
        let sql = "update holders set unit_path = unit_path where id = $1";
        execute!(self, sqlx::query(sql).bind(holder))?;
        self.holder(holder).await
    }

    /// A proven person's record, held, unless it was merged into another.
    async fn held_alone(&mut self, holder: HolderId) -> Result<Option<Holder>, Error> {
        let held = self.hold(holder).await?;
        let merged: Option<(i32,)> = run!(self, |conn| {
            sqlx::query_as("select 1 from holders where id = $1 and merged_into is not null")
                .bind(holder)
                .fetch_optional(conn)
        })?;
        Ok(held.filter(|held| held.verified && merged.is_none()))
    }

    /// Gives the kept record its details, and makes the other point to it. What both were is answered, to be kept.
    async fn become_one(
        &mut self,
        id: MergeId,
        (kept, gone): (&Holder, &Holder),
        (from_gone, phones): (&[Field], SignInPhones),
    ) -> Result<Before, Error> {
        let after = merged(&kept.details, &gone.details, from_gone);
        let unit = match kept.unit.is_over(&gone.unit) {
            true => &gone.unit,
            false => &kept.unit,
        };
        self.part_pairs(id, (kept.id, gone.id)).await?;
        let was = (&gone.details, &gone.unit);
        self.index_holder(gone.id, Some(was), None).await?;
        self.replace(kept.id, &after, unit).await?;
        let dropped = match phones {
            SignInPhones::Both => Vec::new(),
            SignInPhones::Kept => self.drop_phones(gone.id).await?,
            SignInPhones::Gone => self.drop_phones(kept.id).await?,
        };
        let own = self.phones_of(kept.id).await?;
        let before = Before {
            details: kept.details.clone(),
            unit: path_text(&kept.unit),
            after,
            after_unit: path_text(unit),
            had_phone: own.iter().any(|(row, _)| *row == kept.id),
            dropped,
        };
        let sql = "update holders set merged_into = $2 where id = $1";
        execute!(self, sqlx::query(sql).bind(gone.id).bind(kept.id))?;
        Ok(before)
    }

    /// Takes the proven phones from a record, and from those that were merged into it: they shall no longer sign in. Answers
    /// their hashes, and of which rows they were.
    async fn drop_phones(&mut self, holder: HolderId) -> Result<Vec<(HolderId, Vec<u8>)>, Error> {
        let found = self.phones_of(holder).await?;
        for (row, _) in &found {
            let sql = "update holders set phone_hash = null where id = $1";
            execute!(self, sqlx::query(sql).bind(row))?;
        }
        Ok(found)
    }
}
