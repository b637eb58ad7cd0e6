//! Pairs of records that may be one person's: the queue of a unit, one pair, and what was decided.
//!
//! A pair stands in the queue of every unit over one of its records (`match_places`), so that a page of a queue is one stretch of
//! an index however many pairs there are. How pairs are found is `finding.rs`; how two records become one is `merges.rs`.

mod finding;
mod waiting;

pub use finding::Found;
pub(crate) use finding::{FoundPair, units};

use crate::audit::actor_text;
use crate::cards::NewestCard;
use crate::dialect::{execute, run};
use crate::guardians::Guardian;
use crate::holders::{Holder, Row as HolderRow};
use crate::sets::Column;
use crate::{Error, Tx};
use domain::birth::Birth;
use domain::ids::{CardId, HolderId};
use domain::likeness::{Degree, Likeness, Mark};
use domain::matching::{AskReason, MatchState, POSSIBLE, Pair, rank, speaks_by_phone};
use domain::role::{
    Authorized, DecideMatch, HolderScope, MatchPeople, PairScope, UnitScope, UseOwnData,
};
use domain::time::Timestamp;
use domain::unit::{UnitCode, UnitPath};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Where a pair stands in a queue: its rank, and the pair itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchKey {
    /// The strongest first; of decided pairs the newest.
    pub rank: i64,
    /// The pair.
    pub pair: Pair,
}

/// One of two records, opened.
#[derive(Clone, Debug)]
pub struct Record {
    /// The person.
    pub holder: Holder,
    /// Whether the office that asks serves the person: the record is of its unit, or says no more than a unit over it.
    pub here: bool,
    /// The newest card that is not over.
    pub card: Option<NewestCard>,
    /// Whether a proven phone signs in to it.
    pub phone: bool,
    /// Whether an office has looked at a number of it.
    pub office: bool,
    /// Who made its first card, as the audit log writes it.
    pub maker: Option<String>,
    /// Who cares for the person.
    pub guardians: Vec<Guardian>,
}

/// A pair, with both records.
#[derive(Clone, Debug)]
pub struct Match {
    /// Where it stands.
    pub key: MatchKey,
    /// Where it is.
    pub state: MatchState,
    /// For what it waits.
    pub reason: AskReason,
    /// Whether the person asked for it.
    pub claimed: bool,
    /// Whether the person has proved the phones of both by codes.
    pub proven: bool,
    /// Who decided, and when, as the audit log writes it.
    pub decided: Option<(String, Timestamp)>,
    /// How the two compare now.
    pub likeness: Likeness,
    /// The records, in the order of the pair.
    pub records: [Record; 2],
}

type Row = (
    i64,
    HolderId,
    HolderId,
    MatchState,
    AskReason,
    Option<Timestamp>,
    Option<Timestamp>,
    Option<String>,
    Option<Timestamp>,
);

impl Match {
    /// Whether nothing but its phone says whose one of the two is: that phone stays with whatever is decided.
    pub fn speaks_by_phone(&self) -> bool {
        let mut records = self.records.iter();
        records.any(|one| speaks_by_phone(&one.holder.unit, one.phone))
    }

    /// Whether no office may make them one: neither a number nor a code says more than a phone and a name.
    pub fn unproven(&self) -> bool {
        self.speaks_by_phone() && self.likeness.number != Mark::Same && !self.proven
    }
}

impl Tx {
    /// Pairs of a unit's queue, from after a place on. Whoever shows them leaves the audit entry.
    pub async fn match_queue(
        &mut self,
        who: &Authorized<MatchPeople, UnitScope>,
        (state, degree): (MatchState, Option<Degree>),
        after: Option<MatchKey>,
        (count, now): (i64, Timestamp),
    ) -> Result<Vec<Match>, Error> {
        const SQL: &str =
            "select p.rank, p.one, p.other, m.state, m.reason, m.claimed_at, m.proven_at, m.actor, m.decided_at
             from match_places p join matches m on m.one = p.one and m.other = p.other
             where p.unit = $1 and p.state = $2 and p.rank < $3
               and (p.rank, p.one, p.other) > ($4, $5, $6)
             order by p.rank, p.one, p.other limit $7";
        let (from, to) = match degree {
            Some(Degree::Likely) if state.waits() => (i64::MIN, POSSIBLE),
            Some(_) if state.waits() => (POSSIBLE, i64::MAX),
            _ => (i64::MIN, i64::MAX),
        };
        let nil = HolderId(uuid::Uuid::nil());
        let (rank, one, other) = after.map_or((from, nil, nil), |key| {
            (key.rank, key.pair.one, key.pair.other)
        });
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(SQL)
                .bind(who.scope().unit().map_or("", UnitCode::as_str))
                .bind(state)
                .bind(to)
                .bind(rank)
                .bind(one)
                .bind(other)
                .bind(count)
                .fetch_all(conn)
        })?;
        self.shown(who, rows, now).await
    }

    /// One pair of a unit's queue, decided or not; nothing when neither record is of the unit.
    pub async fn match_of(
        &mut self,
        who: &Authorized<MatchPeople, UnitScope>,
        pair: Pair,
        now: Timestamp,
    ) -> Result<Option<Match>, Error> {
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select p.rank, p.one, p.other, m.state, m.reason, m.claimed_at, m.proven_at, m.actor, m.decided_at
                 from match_places p join matches m on m.one = p.one and m.other = p.other
                 where p.one = $1 and p.other = $2 and p.unit = $3",
            )
            .bind(pair.one)
            .bind(pair.other)
            .bind(who.scope().unit().map_or("", UnitCode::as_str))
            .fetch_all(conn)
        })?;
        Ok(self.shown(who, rows, now).await?.pop())
    }

    /// Opens a pair again that was kept apart. Whether it was.
    pub async fn open_apart(
        &mut self,
        who: &Authorized<DecideMatch, PairScope>,
    ) -> Result<bool, Error> {
        match Pair::of(who.scope().one.holder, who.scope().other.holder) {
            Some(pair) => self.reopen(pair).await,
            None => Ok(false),
        }
    }

    /// Takes a pair that was kept apart to where it waits. Whether it was.
    pub(crate) async fn reopen(&mut self, pair: Pair) -> Result<bool, Error> {
        let done = execute!(
            self,
            sqlx::query(
                "update matches set state = 'open', actor = null, decided_at = null
                 where one = $1 and other = $2 and state = 'apart'"
            )
            .bind(pair.one)
            .bind(pair.other)
        )?;
        if done > 0 {
            self.place_match(pair, MatchState::Open, None).await?;
        }
        Ok(done > 0)
    }

    /// Whose records a pair is, and where they live: the scope in which it is decided. Nothing sealed is opened.
    pub async fn pair_scope(&mut self, pair: Pair) -> Result<Option<PairScope>, Error> {
        let mut scopes = Vec::new();
        for id in [pair.one, pair.other] {
            let found: Option<(HolderId, String)> = run!(self, |conn| {
                sqlx::query_as("select id, unit_path from holders where id = $1")
                    .bind(id)
                    .fetch_optional(conn)
            })?;
            scopes.extend(found.map(crate::holders::scope));
        }
        let mut scopes = scopes.into_iter();
        Ok(scopes
            .next()
            .zip(scopes.next())
            .map(|(one, other)| PairScope { one, other }))
    }

    /// Says that two records are two people's. Whether it was done: nobody has decided before.
    pub async fn keep_apart(
        &mut self,
        who: &Authorized<DecideMatch, PairScope>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let Some(pair) = Pair::of(who.scope().one.holder, who.scope().other.holder) else {
            return Ok(false);
        };
        let by = (actor_text(who.actor()), now);
        self.settle_match(pair, (MatchState::Apart, AskReason::None), by)
            .await
    }

    /// Leaves a pair of the unit until something is answered. Whether it was done: nobody has decided before.
    pub async fn ask_about(
        &mut self,
        who: &Authorized<MatchPeople, UnitScope>,
        pair: Pair,
        reason: AskReason,
        now: Timestamp,
    ) -> Result<bool, Error> {
        if self.match_of(who, pair, now).await?.is_none() {
            return Ok(false);
        }
        let by = (actor_text(who.actor()), now);
        self.settle_match(pair, (MatchState::Asked, reason), by)
            .await
    }

    /// Puts one's own record and that of a card into the queue, when the date of birth is the record's: the
    /// other record then. The page, and what the asker reads of it later, say the same in either case.
    pub async fn claim_match(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        card: CardId,
        birth: Birth,
        now: Timestamp,
    ) -> Result<Option<HolderId>, Error> {
        let own = who.scope().holder;
        let Some(scope) = self.card_scope(card).await? else {
            return Ok(None);
        };
        let (Some(pair), Some(known), Some(mine)) = (
            Pair::of(own, scope.holder),
            self.holder(scope.holder).await?,
            self.holder(own).await?,
        ) else {
            return Ok(None);
        };
        if !known.verified || known.details.birth != Some(birth) {
            return Ok(None);
        }
        let likeness = Likeness::of(&mine.details, &known.details);
        let found = FoundPair {
            pair,
            degree: likeness.degree,
            rank: rank(&likeness),
            units: units(&mine.unit, &known.unit),
        };
        self.add_matches(&[found], now).await?;
        let done = self.claim(pair, now).await?;
        Ok(done.then_some(scope.holder))
    }

    /// Notes that a person asked about a pair that waits. Whether it does.
    pub(crate) async fn claim(&mut self, pair: Pair, now: Timestamp) -> Result<bool, Error> {
        let done = execute!(
            self,
            sqlx::query(
                "update matches set claimed_at = $3
                 where one = $1 and other = $2 and state in ('open', 'asked')"
            )
            .bind(pair.one)
            .bind(pair.other)
            .bind(now)
        )?;
        Ok(done == 1)
    }

    /// Takes a pair from where it waits to where it is then. One of two who decide at once does; the other is told.
    pub(crate) async fn settle_match(
        &mut self,
        pair: Pair,
        (state, reason): (MatchState, AskReason),
        (actor, now): (String, Timestamp),
    ) -> Result<bool, Error> {
        let done = execute!(
            self,
            sqlx::query(
                "update matches set state = $3, reason = $4, actor = $5, decided_at = $6
                 where one = $1 and other = $2 and state in ('open', 'asked')"
            )
            .bind(pair.one)
            .bind(pair.other)
            .bind(state)
            .bind(reason)
            .bind(actor)
            .bind(now)
        )?;
        if done == 0 {
            return Ok(false);
        }
        let rank = (!state.waits()).then_some(-now.millis());
        self.place_match(pair, state, rank).await?;
        Ok(true)
    }

    /// Puts a pair where its state belongs; at its own rank where none is given.
    pub(crate) async fn place_match(
        &mut self,
        pair: Pair,
        state: MatchState,
        rank: Option<i64>,
    ) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query(
                "update match_places set state = $3, rank = coalesce($4,
                   (select m.rank from matches m where m.one = $1 and m.other = $2))
                 where one = $1 and other = $2"
            )
            .bind(pair.one)
            .bind(pair.other)
            .bind(state)
            .bind(rank)
        )?;
        Ok(())
    }

    /// Forgets a pair.
    pub(crate) async fn drop_match(&mut self, pair: Pair) -> Result<u64, Error> {
        let mut rows = 0;
        for sql in [
            "delete from match_places where one = $1 and other = $2",
            "delete from matches where one = $1 and other = $2",
        ] {
            rows += execute!(self, sqlx::query(sql).bind(pair.one).bind(pair.other))?;
        }
        Ok(rows)
    }

    /// Forgets every pair of a record that is erased, and that it was to be compared.
    pub(crate) async fn forget_matches(&mut self, holder: HolderId) -> Result<u64, Error> {
        let mut rows = 0;
        for (pair, _) in self.matches_with(holder).await? {
            rows += self.drop_match(pair).await?;
        }
        rows += execute!(
            self,
            sqlx::query("delete from match_jobs where holder_id = $1").bind(holder)
        )?;
        Ok(rows)
    }

    /// Every pair of a record, and where it is.
    pub(crate) async fn matches_with(
        &mut self,
        holder: HolderId,
    ) -> Result<Vec<(Pair, MatchState)>, Error> {
        let found: Vec<(HolderId, HolderId, MatchState)> = run!(self, |conn| {
            sqlx::query_as(
                "select one, other, state from matches where one = $1
                 union all select one, other, state from matches where other = $1",
            )
            .bind(holder)
            .fetch_all(conn)
        })?;
        let pairs = found.into_iter();
        Ok(pairs
            .map(|(one, other, state)| (Pair { one, other }, state))
            .collect())
    }

    async fn shown(
        &mut self,
        who: &Authorized<MatchPeople, UnitScope>,
        rows: Vec<Row>,
        now: Timestamp,
    ) -> Result<Vec<Match>, Error> {
        let ids: BTreeSet<HolderId> = rows.iter().flat_map(|row| [row.1, row.2]).collect();
        let records = self.records(&ids, &who.scope().path, now).await?;
        let shown = rows.into_iter().filter_map(|row| {
            let (rank, one, other, state, reason, claimed, proven, actor, decided) = row;
            let (first, second) = (records.get(&one)?.clone(), records.get(&other)?.clone());
            Some(Match {
                key: MatchKey {
                    rank,
                    pair: Pair { one, other },
                },
                state,
                reason,
                claimed: claimed.is_some(),
                proven: proven.is_some(),
                decided: actor.zip(decided),
                likeness: Likeness::of(&first.holder.details, &second.holder.details),
                records: [first, second],
            })
        });
        Ok(shown.collect())
    }

    /// Records, opened, as an office of a unit sees them.
    async fn records(
        &mut self,
        ids: &BTreeSet<HolderId>,
        office: &UnitPath,
        now: Timestamp,
    ) -> Result<HashMap<HolderId, Record>, Error> {
        const HEAD: &str =
            "select id, sealed, verified, unit_path, created_at from holders where id in (";
        const PHONES: &str = "select id from holders where phone_hash is not null and id in (";
        const MERGED: &str =
            "select merged_into from holders where phone_hash is not null and merged_into in (";
        const MAKERS: &str = "select c.holder_id, s.actor from cards c join card_steps s on s.card_id = c.id and s.n = 1
             where c.holder_id in (";
        const NUMBERS: &str = "select distinct holder_id from proven_numbers where holder_id in (";
        let keys = [Column::ids(ids.iter().map(|id| id.0))];
        let rows: Vec<HolderRow> = self.look_up(HEAD, &keys, ")").await?;
        let phones: Vec<(HolderId,)> = self.look_up(PHONES, &keys, ")").await?;
        let merged: Vec<(HolderId,)> = self.look_up(MERGED, &keys, ")").await?;
        let phones = phones.into_iter().chain(merged);
        let phones: HashSet<HolderId> = phones.map(|(id,)| id).collect();
        let numbers: Vec<(HolderId,)> = self.look_up(NUMBERS, &keys, ")").await?;
        let numbers: HashSet<HolderId> = numbers.into_iter().map(|(id,)| id).collect();
        let makers: Vec<(HolderId, String)> = self
            .look_up(MAKERS, &keys, ") order by c.status_index desc")
            .await?;
        let mut makers: HashMap<HolderId, String> = makers.into_iter().collect();
        let all: Vec<HolderId> = ids.iter().copied().collect();
        let mut cards = self.newest_cards(&all, now).await?;
        let mut guardians = self.guardians_of(&all).await?;
        let mut records = HashMap::new();
        for row in rows {
            let holder = self.opened(row)?;
            let unit = office.0.last();
            let record = Record {
                here: holder.unit.is_over(office)
                    || unit.is_some_and(|unit| holder.unit.within(unit)),
                guardians: guardians.remove(&holder.id).unwrap_or_default(),
                card: cards.remove(&holder.id).and_then(|(card, _)| card),
                phone: phones.contains(&holder.id),
                office: numbers.contains(&holder.id),
                maker: makers.remove(&holder.id),
                holder,
            };
            records.insert(record.holder.id, record);
        }
        Ok(records)
    }
}
