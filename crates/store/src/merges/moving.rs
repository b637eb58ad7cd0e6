//! What a merge carries from one record to the other, and an undoing back.

use crate::dialect::{execute, run};
use crate::holders::Holder;
use crate::keys::Pseudonym;
use crate::matches::{FoundPair, units};
use crate::sets::Column;
use crate::{Error, Tx};
use domain::card::{CardKind, CardState, CardStep, StepReason};
use domain::ids::{CardId, HolderId, MergeId, ScanId, VenueId};
use domain::likeness::Likeness;
use domain::matching::{MatchState, Moved, Pair, SignInPhones, rank};
use domain::role::Actor;
use domain::time::{Day, Timestamp};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// What is carried: its kind, the table, the key of a row, the column that names the person, and whether the key is an id.
const CARRIED: [(Moved, &str, &str, &str, bool); 11] = [
    (Moved::Card, "cards", "id", "holder_id", false),
    (Moved::Declaration, "declarations", "id", "holder_id", true),
    (Moved::Draft, "drafts", "id", "holder_id", true),
    (Moved::Identity, "identities", "hash", "holder_id", false),
    (Moved::Number, "proven_numbers", "hash", "holder_id", false),
    (Moved::Permit, "permits", "id", "holder_id", true),
    (Moved::Request, "requests", "id", "holder_id", true),
    (Moved::Cared, "members", "member_id", "guardian_id", true),
    (Moved::Carer, "members", "guardian_id", "member_id", true),
    (Moved::Venue, "venues", "id", "owner_id", true),
    (Moved::Record, "holders", "id", "merged_into", true),
];

/// What stays where it is, because the kept record ($2) has its like: the draft of a kind, the permit of one list, the open request of a kind, the
/// care of one person; and nobody cares for themselves.
const fn once(kind: Moved) -> &'static str {
    match kind {
        Moved::Draft => {
            "and not exists (select 1 from drafts k where k.holder_id = $2 and k.about = drafts.about and k.kind = drafts.kind)"
        }
        Moved::Permit => {
            "and list_id not in (select p.list_id from permits p where p.holder_id = $2)"
        }
        Moved::Request => {
            "and (state <> 'open' or kind = 'member' or kind not in
               (select r.kind from requests r where r.holder_id = $2 and r.state = 'open'))"
        }
        Moved::Cared => {
            "and member_id <> $2 and member_id not in (select m.member_id from members m where m.guardian_id = $2)"
        }
        Moved::Carer => {
            "and guardian_id <> $2 and guardian_id not in (select m.guardian_id from members m where m.member_id = $2)"
        }
        _ => "",
    }
}

impl Tx {
    /// Puts a pair into its queues as a person's request, whatever it is found by.
    pub(super) async fn propose(
        &mut self,
        (one, other): (&Holder, &Holder),
        now: Timestamp,
    ) -> Result<(), Error> {
        let likeness = Likeness::of(&one.details, &other.details);
        let Some(pair) = Pair::of(one.id, other.id) else {
            return Ok(());
        };
        let found = FoundPair {
            pair,
            degree: likeness.degree,
            rank: rank(&likeness),
            units: units(&one.unit, &other.unit),
        };
        self.add_matches(&[found], now).await?;
        self.claim(pair, now).await?;
        Ok(())
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
                 where c.id = $1 and c.state in ('suspended', 'replaced')
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
        for (kind, table, key, owner, is_id) in CARRIED {
            let once = once(kind);
            let sql = format!("select {key} from {table} where {owner} = $1 {once}");
            let rows = self.keys_to_carry(&sql, is_id, gone, (!once.is_empty()).then_some(kept));
            let rows = rows.await?;
            let sql = format!("update {table} set {owner} = $2 where {owner} = $1 {once}");
            execute!(
                self,
                sqlx::query(AssertSqlSafe(sql.as_str()))
                    .bind(gone)
                    .bind(kept)
            )?;
            self.note_moved(id, kind, rows, None).await?;
        }
        Ok(())
    }

    /// The keys of the rows of a record, as bytes.
    async fn keys_to_carry(
        &mut self,
        sql: &str,
        is_id: bool,
        gone: HolderId,
        kept: Option<HolderId>,
    ) -> Result<Vec<Vec<u8>>, Error> {
        if is_id {
            let found: Vec<(Uuid,)> = run!(self, |conn| {
                let query = sqlx::query_as(AssertSqlSafe(sql)).bind(gone);
                match kept {
                    Some(kept) => query.bind(kept).fetch_all(conn),
                    None => query.fetch_all(conn),
                }
            })?;
            return Ok(found.iter().map(|(id,)| id.as_bytes().to_vec()).collect());
        }
        let found: Vec<(Vec<u8>,)> = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql))
                .bind(gone)
                .fetch_all(conn)
        })?;
        Ok(found.into_iter().map(|(key,)| key).collect())
    }

    /// Carries back what a merge carried, as far as it is still there.
    pub(super) async fn carry_back(
        &mut self,
        id: MergeId,
        (kept, gone): (HolderId, HolderId),
    ) -> Result<(), Error> {
        for (kind, row, _) in self.moved(id, None).await? {
            let carried = CARRIED.iter().find(|carried| carried.0 == kind);
            if let Some((_, table, key, owner, is_id)) = carried {
                let sql =
                    format!("update {table} set {owner} = $3 where {key} = $1 and {owner} = $2");
                let query = AssertSqlSafe(sql.as_str());
                let done = if *is_id {
                    let row =
                        Uuid::from_slice(&row).map_err(|_| Error::Damaged("merge_rows.row_id"))?;
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
            if kind == Moved::Apart {
                let beside = Uuid::from_slice(&row).map(HolderId);
                let beside = beside.map_err(|_| Error::Damaged("merge_rows.row_id"))?;
                if let Some(pair) = Pair::of(kept, beside) {
                    self.drop_match(pair).await?;
                }
            }
        }
        Ok(())
    }

    async fn note_moved(
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

    async fn moved(
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

    /// Carries who is inside: where somebody is under one record's pseudonym of today or yesterday, they are under the other's.
    /// `last` is given to carry back only what that record's own scan says. Where both are known, the later scan counts.
    pub(super) async fn carry_presences(
        &mut self,
        (from, to): (HolderId, HolderId),
        last: Option<HolderId>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let today = self.zone.day(now);
        for day in [today.plus(-1), today] {
            let Some(key) = self.keys.existing(day)? else {
                continue;
            };
            let (old, new) = (key.pseudonym(from), key.pseudonym(to));
            let of = key.pseudonym(last.unwrap_or(from));
            let venues: Vec<(VenueId,)> = run!(self, |conn| {
                // In order of id, so that both databases take the index by person and not the whole day.
                sqlx::query_as(
                    "select venue_id from scans where day = $1 and holder = $2 order by id",
                )
                .bind(day)
                .bind(of)
                .fetch_all(conn)
            })?;
            let mut venues: Vec<VenueId> = venues.into_iter().map(|(venue,)| venue).collect();
            venues.sort();
            venues.dedup();
            self.lock_venues(&venues).await?;
            for venue in venues {
                let says = last.map(|_| of);
                self.carry_presence((day, venue), (old, new), says).await?;
            }
        }
        Ok(())
    }

    async fn carry_presence(
        &mut self,
        (day, venue): (Day, VenueId),
        (old, new): (Pseudonym, Pseudonym),
        says: Option<Pseudonym>,
    ) -> Result<(), Error> {
        const LAST: &str = "select last_id from presences where venue_id = $1 and holder = $2";
        const SAYS: &str = "select holder from scans where day = $1 and venue_id = $2 and id = $3";
        const DROP: &str = "delete from presences where venue_id = $1 and holder = $2";
        const CARRY: &str = "update presences set holder = $3 where venue_id = $1 and holder = $2";
        let mut last = Vec::new();
        for holder in [old, new] {
            let found: Option<(Uuid,)> = run!(self, |conn| {
                sqlx::query_as(LAST)
                    .bind(venue)
                    .bind(holder)
                    .fetch_optional(conn)
            })?;
            last.push(found.map(|(id,)| id));
        }
        let (Some(here), there) = (last[0], last[1]) else {
            return Ok(());
        };
        if let Some(says) = says {
            let by: Option<(Option<Pseudonym>,)> = run!(self, |conn| {
                sqlx::query_as(SAYS)
                    .bind(day)
                    .bind(venue)
                    .bind(here)
                    .fetch_optional(conn)
            })?;
            if by != Some((Some(says),)) {
                return Ok(());
            }
        }
        if there.is_some_and(|there| ScanId::new(there) > ScanId::new(here)) {
            execute!(self, sqlx::query(DROP).bind(venue).bind(old))?;
            return Ok(());
        }
        execute!(self, sqlx::query(DROP).bind(venue).bind(new))?;
        execute!(self, sqlx::query(CARRY).bind(venue).bind(old).bind(new))?;
        Ok(())
    }
}
