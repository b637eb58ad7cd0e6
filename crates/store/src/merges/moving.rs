//! What a merge carries from one record to the other, and an undoing back.

use crate::dialect::{execute, run};
use crate::holders::Holder;
use crate::matches::{FoundPair, units};
use crate::sets::Column;
use crate::{Error, Tx};
use domain::card::{CardKind, CardState, CardStep, StepReason};
use domain::ids::{CardId, HolderId, MergeId};
use domain::likeness::Likeness;
use domain::matching::{MatchState, Moved, Pair, SignInPhones, rank};
use domain::role::Actor;
use domain::time::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// What is carried from one record to the other.
pub(super) struct Carried {
    kind: Moved,
    pub(super) table: &'static str,
    /// The key of a row, and whether it is an id.
    key: (&'static str, bool),
    /// The column that names the person.
    pub(super) owner: &'static str,
}

const fn carried(
    kind: Moved,
    table: &'static str,
    key: (&'static str, bool),
    owner: &'static str,
) -> Carried {
    Carried {
        kind,
        table,
        key,
        owner,
    }
}

/// Everything that is carried. What the kept record has already was settled before: cards, ties of care, open requests.
pub(super) const CARRIED: [Carried; 11] = [
    carried(Moved::Card, "cards", ("id", false), "holder_id"),
    carried(
        Moved::Declaration,
        "declarations",
        ("id", true),
        "holder_id",
    ),
    carried(Moved::Draft, "drafts", ("id", true), "holder_id"),
    carried(Moved::Identity, "identities", ("hash", false), "holder_id"),
    carried(
        Moved::Number,
        "proven_numbers",
        ("hash", false),
        "holder_id",
    ),
    carried(Moved::Permit, "permits", ("id", true), "holder_id"),
    carried(Moved::Request, "requests", ("id", true), "holder_id"),
    carried(Moved::Cared, "members", ("member_id", true), "guardian_id"),
    carried(Moved::Carer, "members", ("guardian_id", true), "member_id"),
    carried(Moved::Venue, "venues", ("id", true), "owner_id"),
    carried(Moved::Record, "holders", ("id", true), "merged_into"),
];

/// The permits of a record, but for those of a list of which the kept record ($2) has one, too: they end with their days.
const PERMITS: &str = "list_id not in (select p.list_id from permits p where p.holder_id = $2)";

/// The drafts of a record, but for those of which the kept record ($2) has its like.
const DRAFTS: &str = "not exists (select 1 from drafts k where k.holder_id = $2 and k.about = drafts.about and k.kind = drafts.kind)";

impl Tx {
    /// Puts a pair into its queues as the request of a person who has proved both, whatever it is found by, and even where it was
    /// kept apart: whether it was.
    pub(super) async fn propose(
        &mut self,
        (one, other): (&Holder, &Holder),
        now: Timestamp,
    ) -> Result<bool, Error> {
        let likeness = Likeness::of(&one.details, &other.details);
        let Some(pair) = Pair::of(one.id, other.id) else {
            return Ok(false);
        };
        let found = FoundPair {
            pair,
            degree: likeness.degree,
            rank: rank(&likeness),
            units: units(&one.unit, &other.unit),
        };
        self.add_matches(&[found], now).await?;
        let apart = self.reopen(pair).await?;
        self.claim(pair, now).await?;
        let sql = "update matches set proven_at = $3 where one = $1 and other = $2";
        execute!(
            self,
            sqlx::query(sql).bind(pair.one).bind(pair.other).bind(now)
        )?;
        Ok(apart)
    }

    /// Takes a record that becomes another's out of the queues. Those it was kept apart from, the other is kept apart from.
    pub(super) async fn part_pairs(
        &mut self,
        id: MergeId,
        (kept, gone): (HolderId, HolderId),
    ) -> Result<(), Error> {
        for (pair, state) in self.matches_with(gone).await? {
            let beside = pair.beside(gone);
            if beside == kept {
                continue;
            }
            if state.waits() {
                self.drop_match(pair).await?;
            }
            let Some(pair) = Pair::of(kept, beside).filter(|_| state == MatchState::Apart) else {
                continue;
            };
            let done = execute!(
                self,
                sqlx::query(
                    "insert into matches (one, other, degree, rank, state, reason, found_at)
                     values ($1, $2, 'none', 0, 'apart', 'none', 0)
                     on conflict (one, other) do update set state = 'apart', reason = 'none'
                     where matches.state in ('open', 'asked')"
                )
                .bind(pair.one)
                .bind(pair.other)
            )?;
            if done > 0 {
                self.place_match(pair, MatchState::Apart, Some(0)).await?;
                let row = beside.0.as_bytes().to_vec();
                self.note_moved(id, Moved::Apart, vec![row], None).await?;
            }
        }
        Ok(())
    }

    /// Puts cards out of use of which both records have one of a kind, in use or waiting to be printed.
    pub(super) async fn still_cards(
        &mut self,
        id: MergeId,
        (kept, gone): (HolderId, HolderId),
        stays: HolderId,
        by: (&Actor, Timestamp),
    ) -> Result<(), Error> {
        let goes = if stays == kept { gone } else { kept };
        let found: Vec<(Vec<u8>, CardState)> = run!(self, |conn| {
            sqlx::query_as(
                "select g.id, g.state from cards g
                 where g.holder_id = $1 and g.state in ('active', 'verified')
                   and exists (select 1 from cards s where s.holder_id = $2 and s.kind = g.kind and s.state = g.state)",
            )
            .bind(goes)
            .bind(stays)
            .fetch_all(conn)
        })?;
        for (card, state) in found {
            let step = match state {
                CardState::Active => CardStep::Suspension,
                _ => CardStep::Replacement,
            };
            let of = CardId::from_slice(&card).ok_or(Error::Damaged("cards.id"))?;
            self.step((of, goes), step, StepReason::Merged, by).await?;
            self.note_moved(id, Moved::Stilled, vec![card], Some(state.as_str()))
                .await?;
        }
        Ok(())
    }

    /// Puts cards to use again that a merge put out of use, where nothing was done to them since and none took their place.
    pub(super) async fn wake_cards(
        &mut self,
        id: MergeId,
        by: (&Actor, Timestamp),
    ) -> Result<(), Error> {
        for (_, card, was) in self.moved(id, Some(Moved::Stilled)).await? {
            let Some(was) = was.as_deref().and_then(CardState::parse) else {
                continue;
            };
            let sql = "select c.kind from cards c
                 where c.id = $1 and c.state in ('suspended', 'replaced', 'revoked')
                   and not exists (select 1 from cards o
                     where o.holder_id = c.holder_id and o.kind = c.kind and o.state = $2)
                   and 'merged' = (select s.reason from card_steps s where s.card_id = c.id order by s.n desc limit 1)";
            let free: Option<(CardKind,)> = run!(self, |conn| {
                sqlx::query_as(sql)
                    .bind(&card)
                    .bind(was)
                    .fetch_optional(conn)
            })?;
            if free.is_none() {
                continue;
            }
            let changed = self.next(crate::cards::CHANGED).await?;
            let sql = "update cards set state = $2, ended_at = null, changed = $3 where id = $1";
            execute!(self, sqlx::query(sql).bind(&card).bind(was).bind(changed))?;
            let step = match was {
                CardState::Active => CardStep::Resumption,
                CardState::Requested => CardStep::Request,
                _ => CardStep::Verification,
            };
            let card = CardId::from_slice(&card).ok_or(Error::Damaged("cards.id"))?;
            self.note(card, step, StepReason::Merged, by).await?;
            if was.given_out() {
                self.next(crate::cards::ENDED).await?;
            }
        }
        Ok(())
    }

    /// Carries what hangs on one record to the other, and writes down what it was.
    pub(super) async fn carry_over(
        &mut self,
        id: MergeId,
        (kept, gone): (HolderId, HolderId),
    ) -> Result<(), Error> {
        for one in &CARRIED {
            let (table, owner, (key, is_id)) = (one.table, one.owner, one.key);
            let but = match one.kind {
                Moved::Permit => PERMITS,
                Moved::Draft => DRAFTS,
                _ => "true",
            };
            let sql = format!(
                "update {table} set {owner} = $2 where {owner} = $1 and {but} returning {key}"
            );
            let query = AssertSqlSafe(sql.as_str());
            let rows = if is_id {
                let found: Vec<(Uuid,)> = run!(self, |conn| {
                    sqlx::query_as(query).bind(gone).bind(kept).fetch_all(conn)
                })?;
                found.iter().map(|(id,)| id.as_bytes().to_vec()).collect()
            } else {
                let found: Vec<(Vec<u8>,)> = run!(self, |conn| {
                    sqlx::query_as(query).bind(gone).bind(kept).fetch_all(conn)
                })?;
                found.into_iter().map(|(key,)| key).collect()
            };
            self.note_moved(id, one.kind, rows, None).await?;
        }
        Ok(())
    }

    /// Carries back what a merge carried, as far as it is still there.
    pub(super) async fn carry_back(
        &mut self,
        id: MergeId,
        (kept, gone): (HolderId, HolderId),
        by: (&Actor, Timestamp),
    ) -> Result<(), Error> {
        for (kind, row, _) in self.moved(id, None).await? {
            if kind == Moved::Card {
                self.make_room((kept, gone), &row, by).await?;
            }
            if let Some(one) = CARRIED.iter().find(|one| one.kind == kind) {
                let (table, owner, (key, is_id)) = (one.table, one.owner, one.key);
                let sql =
                    format!("update {table} set {owner} = $3 where {key} = $1 and {owner} = $2");
                let query = AssertSqlSafe(sql.as_str());
                let done = if is_id {
                    let row = row_id(&row)?;
                    execute!(self, sqlx::query(query).bind(row).bind(kept).bind(gone))?
                } else {
                    execute!(self, sqlx::query(query).bind(&row).bind(kept).bind(gone))?
                };
                // An office took the number from the record since: it is the other's again, unless it is somebody else's.
                if kind == Moved::Number && done == 0 {
                    let sql = "insert into proven_numbers (hash, holder_id) values ($1, $2) on conflict do nothing";
                    execute!(self, sqlx::query(sql).bind(&row).bind(gone))?;
                }
            }
            if kind == Moved::Apart
                && let Some(pair) = Pair::of(kept, HolderId(row_id(&row)?))
            {
                self.drop_match(pair).await?;
            }
        }
        Ok(())
    }

    /// Puts a card out of use that the other record has come to have meanwhile where one of its kind is about to be carried
    /// back in the same state: a person has one in use, and one that waits.
    async fn make_room(
        &mut self,
        (kept, gone): (HolderId, HolderId),
        card: &[u8],
        by: (&Actor, Timestamp),
    ) -> Result<(), Error> {
        let sql = "select g.id from cards g join cards c on c.kind = g.kind and c.state = g.state
                   where c.id = $1 and c.holder_id = $2 and g.holder_id = $3 and g.state in ('active', 'verified')";
        let found: Vec<(Vec<u8>,)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(card)
                .bind(kept)
                .bind(gone)
                .fetch_all(conn)
        })?;
        for (other,) in found {
            let other = CardId::from_slice(&other).ok_or(Error::Damaged("cards.id"))?;
            let (step, why) = (CardStep::Replacement, StepReason::Merged);
            self.step((other, gone), step, why, by).await?;
        }
        Ok(())
    }

    pub(super) async fn note_moved(
        &mut self,
        id: MergeId,
        kind: Moved,
        rows: Vec<Vec<u8>>,
        was: Option<&'static str>,
    ) -> Result<(), Error> {
        let count = rows.len();
        let columns = [
            Column::ids(vec![id.0; count].into_iter()),
            Column::words(vec![kind.as_str(); count].into_iter()),
            Column::bytes(rows.into_iter()),
            Column::words(vec![was; count].into_iter()),
        ];
        let head = "insert into merge_rows (merge_id, kind, row_id, was) ";
        self.write_new(head, &columns).await?;
        Ok(())
    }

    pub(super) async fn moved(
        &mut self,
        id: MergeId,
        kind: Option<Moved>,
    ) -> Result<Vec<(Moved, Vec<u8>, Option<String>)>, Error> {
        let found: Vec<(Moved, Vec<u8>, Option<String>)> = run!(self, |conn| {
            sqlx::query_as(
                "select kind, row_id, was from merge_rows where merge_id = $1 order by kind, row_id",
            )
            .bind(id)
            .fetch_all(conn)
        })?;
        let wanted = |row: &(Moved, _, _)| kind.is_none_or(|kind| kind == row.0);
        Ok(found.into_iter().filter(wanted).collect())
    }

    /// Whoever is signed in by a phone that still counts stays so.
    pub(super) async fn carry_sessions(
        &mut self,
        (kept, gone): (HolderId, HolderId),
        phones: SignInPhones,
        now: Timestamp,
    ) -> Result<(), Error> {
        match phones {
            SignInPhones::Both => {}
            SignInPhones::Kept => self.end_sessions_of(gone, now).await?,
            SignInPhones::Gone => self.end_sessions_of(kept, now).await?,
        }
        let sql = "update sessions set holder_id = $2 where holder_id = $1";
        execute!(self, sqlx::query(sql).bind(gone).bind(kept))?;
        Ok(())
    }

    /// Ends every session of a record, and the keys of its phones.
    pub(super) async fn end_sessions_of(
        &mut self,
        holder: HolderId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let tokens: Vec<(Vec<u8>,)> = run!(self, |conn| {
            sqlx::query_as("select token_hash from sessions where holder_id = $1")
                .bind(holder)
                .fetch_all(conn)
        })?;
        for (token,) in tokens {
            self.end_phone_keys_of(&token, now).await?;
        }
        let sql = "delete from sessions where holder_id = $1";
        execute!(self, sqlx::query(sql).bind(holder))?;
        Ok(())
    }
}

pub(super) fn row_id(row: &[u8]) -> Result<Uuid, Error> {
    Uuid::from_slice(row).map_err(|_| Error::Damaged("merge_rows.row_id"))
}

#[cfg(test)]
mod tests;
