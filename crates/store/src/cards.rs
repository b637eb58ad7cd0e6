//! Cards: what a holder carries. A card is never erased while it may be valid; it changes state.

mod compared;
mod life;
mod lost;
mod unseen;

pub use life::{NewestCard, StepLine};

use crate::dialect::{execute, run};
use crate::{Error, Tx, holders};
use domain::card::{Card, CardKind, CardState, CardStep, StepReason};
use domain::ids::{CardId, HolderId};
use domain::role::{Authorized, HolderScope, RecordScans, RevokeCard, UseOwnData, VenueScope};
use domain::time::Timestamp;
use std::ops::Range;
use std::sync::Arc;

/// The counters of all that lists must say of cards, new ones counted, and of changes to cards that were given out.
pub(crate) const CHANGED: &str = "cards changed";
pub(crate) const ENDED: &str = "cards ended";

/// Claims older than this many places are registered by now, or never.
const LAST_PLACES: u32 = 5000;

/// When a card is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// From this instant on.
    pub issued: Timestamp,
    /// Until this instant.
    pub expires: Timestamp,
}

pub(crate) type Row = (
    Vec<u8>,
    HolderId,
    i64,
    CardKind,
    CardState,
    Timestamp,
    Timestamp,
);

pub(crate) fn card(row: Row) -> Result<Card, Error> {
    let (id, holder, status_index, kind, state, issued, expires) = row;
    Ok(Card {
        id: CardId::from_slice(&id).ok_or(Error::Damaged("cards.id"))?,
        holder,
        status_index: u32::try_from(status_index)
            .map_err(|_| Error::Damaged("cards.status_index"))?,
        kind,
        state,
        issued,
        expires,
    })
}

impl Tx {
    /// Issues a card to the person who asks for it, in the place of the one of its kind that is in use. Nothing where an
    /// office took a card of theirs out of use and has not given another since: only an office ends that.
    pub async fn issue_own_card(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        kind: CardKind,
        now: Timestamp,
    ) -> Result<Option<Card>, Error> {
        let holder = who.scope().holder;
        self.held(holder).await?;
        self.issue_unseen(holder, kind, (who.actor(), now)).await
    }

    /// Whether an office withholds cards from the person who asks.
    pub async fn own_cards_withheld(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<bool, Error> {
        self.withheld(who.scope().holder).await
    }

    /// One's own cards, the newest first.
    pub async fn own_cards(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<Vec<Card>, Error> {
        self.cards_of(who.scope().holder).await
    }

    /// A person's cards, the newest first.
    pub(crate) async fn cards_of(&mut self, holder: HolderId) -> Result<Vec<Card>, Error> {
        let found: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, holder_id, status_index, kind, state, issued_at, expires_at
                 from cards where holder_id = $1 order by issued_at desc, status_index desc",
            )
            .bind(holder)
            .fetch_all(conn)
        })?;
        found.into_iter().map(card).collect()
    }

    /// Whose card it is and where that person lives: the scope in which it may be reported lost.
    /// Nothing sealed is opened.
    pub async fn card_scope(&mut self, id: CardId) -> Result<Option<HolderScope>, Error> {
        let found: Option<(HolderId, String)> = run!(self, |conn| {
            sqlx::query_as(
                "select h.id, h.unit_path from cards c join holders h on h.id = c.holder_id
                 where c.id = $1",
            )
            .bind(id.0.as_slice())
            .fetch_optional(conn)
        })?;
        Ok(found.map(holders::scope))
    }

    /// What changes with every card that is issued or ends: a list made at the same version says
    /// the same. Cheap, so that it can be asked before each use of a list.
    pub async fn cards_version(&mut self) -> Result<(i64, i64), Error> {
        let found: Vec<(String, i64)> = run!(self, |conn| {
            sqlx::query_as("select name, value from counters where name in ($1, $2)")
                .bind(CHANGED)
                .bind(ENDED)
                .fetch_all(conn)
        })?;
        let of = |wanted| {
            let mut found = found.iter().filter(|(name, _)| name == wanted);
            found.next().map_or(0, |(_, value)| *value)
        };
        Ok((of(CHANGED), of(ENDED)))
    }

    /// When the card with a typed number is valid, if there is one. A number names a card as its
    /// code does, so whoever may record scans may ask, while their venue is open.
    pub async fn typed_card(
        &mut self,
        who: &Authorized<RecordScans, VenueScope>,
        id: CardId,
    ) -> Result<Option<Validity>, Error> {
        let found: Option<(Timestamp, Timestamp)> = run!(self, |conn| {
            sqlx::query_as(
                "select c.issued_at, c.expires_at from cards c, venues v
                 where c.id = $1 and v.id = $2 and v.closed_at is null",
            )
            .bind(id.0.as_slice())
            .bind(who.scope().venue)
            .fetch_optional(conn)
        })?;
        Ok(found.map(|(issued, expires)| Validity { issued, expires }))
    }

    /// Revokes a card for good; whether it was not over before: in use, suspended, or on its way to its bearer.
    pub async fn revoke_card(
        &mut self,
        who: &Authorized<RevokeCard, HolderScope>,
        id: CardId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (card, by) = ((id, who.scope().holder), (who.actor(), now));
        let done = self
            .step(card, CardStep::Revocation, StepReason::Lost, by)
            .await?;
        Ok(done.is_some())
    }

    /// How many places the status list has, up to the highest that a card has, and the places in the status list of those that are no
    /// longer good though their time has not passed.
    pub async fn card_states(
        &mut self,
        now: Timestamp,
    ) -> Result<(u32, Vec<(u32, CardState)>), Error> {
        let count = self.card_places().await?;
        let ended: Vec<(i64, CardState)> = run!(self, |conn| {
            sqlx::query_as(
                "select status_index, state from cards
                 where state <> 'active' and expires_at > $1 order by status_index",
            )
            .bind(now)
            .fetch_all(conn)
        })?;
        let damaged = |_| Error::Damaged("cards.status_index");
        let ended = ended
            .into_iter()
            .map(|(index, state)| Ok((u32::try_from(index).map_err(damaged)?, state)));
        Ok((count, ended.collect::<Result<_, Error>>()?))
    }

    /// The places and states of cards that are new or changed since a version, and how many places there are now.
    pub async fn cards_changed_since(
        &mut self,
        version: i64,
    ) -> Result<(u32, Vec<(u32, CardState)>), Error> {
        let places = self.card_places().await?;
        let sql = "select status_index, state from cards where changed > $1";
        let found: Vec<(i64, CardState)> = run!(self, |conn| {
            sqlx::query_as(sql).bind(version).fetch_all(conn)
        })?;
        let index =
            |index: i64| u32::try_from(index).map_err(|_| Error::Damaged("cards.status_index"));
        let changed = found
            .into_iter()
            .map(|(place, state)| Ok((index(place)?, state)));
        Ok((places, changed.collect::<Result<_, Error>>()?))
    }

    /// Which of the last places below an end no card has yet: one that is being registered may get it.
    pub async fn free_places(&mut self, end: u32) -> Result<Vec<u32>, Error> {
        let first = end.saturating_sub(LAST_PLACES);
        let sql = "select status_index from cards where status_index >= $1 and status_index < $2";
        let found: Vec<(i64,)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(i64::from(first))
                .bind(i64::from(end))
                .fetch_all(conn)
        })?;
        let taken: std::collections::HashSet<i64> = found.into_iter().map(|row| row.0).collect();
        Ok((first..end)
            .filter(|place| !taken.contains(&i64::from(*place)))
            .collect())
    }

    /// The places below the last ones that no card has: of cards that were allotted and never registered, of which
    /// somebody may hold a code all the same. In order.
    pub async fn lost_places(&mut self, end: u32) -> Result<Vec<Range<u32>>, Error> {
        let end = end.saturating_sub(LAST_PLACES);
        let sql = "select before + 1, place from (
                     select status_index as place,
                       lag(status_index, 1, cast(-1 as bigint)) over (order by status_index) as before
                     from cards where status_index < $1) as places
                   where place - before > 1";
        let found: Vec<(i64, i64)> = run!(self, |conn| {
            sqlx::query_as(sql).bind(i64::from(end)).fetch_all(conn)
        })?;
        let index =
            |index: i64| u32::try_from(index).map_err(|_| Error::Damaged("cards.status_index"));
        let ranges = found.into_iter();
        ranges
            .map(|(from, to)| Ok(index(from)?..index(to)?))
            .collect()
    }

    /// The places in the status list of good cards of which the server knows more than that: their
    /// holder is not proven, has declared nothing that holds now, or declared a concern.
    pub async fn cards_to_ask(&mut self, now: Timestamp) -> Result<Vec<u32>, Error> {
        let found: Vec<(i64,)> = run!(self, |conn| {
            sqlx::query_as(
                "select c.status_index from cards c join holders h on h.id = c.holder_id
                 where c.state = 'active' and c.expires_at > $1 and not (h.verified and exists (
                   select 1 from declarations d
                   where d.holder_id = c.holder_id and d.declared_at <= $1 and d.valid_until > $1)
                   and not (select n.concern from declarations n
                     where n.holder_id = c.holder_id and n.declared_at <= $1
                     order by n.declared_at desc, n.concern desc limit 1))",
            )
            .bind(now)
            .fetch_all(conn)
        })?;
        let damaged = |_| Error::Damaged("cards.status_index");
        let indexes = found
            .into_iter()
            .map(|(index,)| u32::try_from(index).map_err(damaged));
        indexes.collect()
    }

    /// Counts one more.
    pub(crate) async fn next(&mut self, counter: &str) -> Result<i64, Error> {
        self.count(counter, 1).await
    }

    /// Counts so many more, and says how many that makes.
    pub(crate) async fn count(&mut self, counter: &str, more: usize) -> Result<i64, Error> {
        let (value,): (i64,) = run!(self, |conn| {
            sqlx::query_as(
                "insert into counters (name, value) values ($1, $2)
                 on conflict (name) do update set value = counters.value + excluded.value
                 returning value",
            )
            .bind(counter)
            .bind(more as i64)
            .fetch_one(conn)
        })?;
        Ok(value)
    }

    pub(crate) async fn add_card(
        &mut self,
        holder: HolderId,
        kind: CardKind,
        state: CardState,
        now: Timestamp,
    ) -> Result<Card, Error> {
        let source = Arc::clone(&self.claims);
        let claims = source.take(1, now).await?.pop();
        let claims = claims.ok_or(Error::Damaged("claims"))?;
        let changed = self.next(CHANGED).await?;
        let card = Card {
            id: claims.id,
            holder,
            status_index: claims.status_index,
            kind,
            state,
            issued: claims.issued,
            expires: claims.expires,
        };
        execute!(
            self,
            sqlx::query(
                "insert into cards (id, holder_id, status_index, kind, state, issued_at, expires_at, changed)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(card.id.0.as_slice())
            .bind(holder)
            .bind(i64::from(card.status_index))
            .bind(kind)
            .bind(card.state)
            .bind(card.issued)
            .bind(card.expires)
            .bind(changed)
        )?;
        Ok(card)
    }
}
