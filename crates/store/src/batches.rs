//! Batches: the cards of a unit that were printed as one job, in order, and what becomes of them together.
//!
//! What a batch is drawn from is read when a part of it is asked for, so a job that broke off goes on where it stopped. A
//! card is in one batch: printing it again makes another card.

mod changes;

pub use changes::AT_ONCE;
use changes::Sweep;

use crate::cards::card;
use crate::dialect::{execute, run};
use crate::holders::Holder;
use crate::sets::Column;
use crate::units::{parse_path, path_bounds, path_text};
use crate::{Error, Tx, audit, new_id};
use domain::audit::Deed;
use domain::card::{Card, CardKind, CardLayout, CardState, CardStep, StepReason};
use domain::ids::{BatchId, CardId, HolderId};
use domain::role::{Actor, Authorized, PrintCards, UnitScope};
use domain::time::Timestamp;
use domain::unit::UnitPath;

/// The most cards that one batch holds: the rest waits for the next.
pub const MOST: i64 = 10_000;

/// Cards that were printed as one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The batch.
    pub id: BatchId,
    /// The unit whose cards they are.
    pub unit: UnitPath,
    /// The year it was made in.
    pub year: i32,
    /// Its number within the unit and year, from 1.
    pub number: i64,
    /// How its cards are laid out.
    pub layout: CardLayout,
    /// How many cards it holds.
    pub cards: i64,
    /// The batch that it replaces cards of.
    pub of: Option<BatchId>,
    /// Why it does.
    pub reason: StepReason,
    /// By whom it was made: `officer:<id>`.
    pub actor: String,
    /// When.
    pub created: Timestamp,
}

impl Batch {
    /// As people call it: `17/2026`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.number, self.year)
    }
}

/// A card of a batch, with whom it speaks for.
#[derive(Clone, Debug)]
pub struct BatchCard {
    /// Its place in the batch, from 1.
    pub place: i64,
    /// The card.
    pub card: Card,
    /// The person.
    pub holder: Holder,
}

type Row = (
    BatchId,
    String,
    i32,
    i64,
    CardLayout,
    i64,
    Option<BatchId>,
    StepReason,
    String,
    Timestamp,
);

fn batch(row: Row) -> Batch {
    let (id, unit, year, number, layout, cards, of, reason, actor, created) = row;
    Batch {
        id,
        unit: parse_path(&unit),
        year,
        number,
        layout,
        cards,
        of,
        reason,
        actor,
        created,
    }
}

impl Tx {
    /// How many cards wait to be printed in a unit, by kind.
    pub async fn cards_waiting(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        now: Timestamp,
    ) -> Result<Vec<(CardKind, i64)>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let sql = "select c.kind, count(*) from cards c join holders h on h.id = c.holder_id
                   where c.state = 'verified' and c.expires_at > $3 and h.unit_path >= $1 and h.unit_path < $2
                   group by c.kind order by c.kind";
        Ok(run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(from)
                .bind(to)
                .bind(now)
                .fetch_all(conn)
        })?)
    }

    /// Makes a batch of the cards of a kind that wait in a unit, commune by commune and the oldest first, at most [`MOST`];
    /// nothing when none waits. From now on they are printed, and not yet handed over. Fails with `Conflict` when somebody
    /// else has just taken one of them.
    pub async fn add_batch(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        kind: CardKind,
        layout: CardLayout,
        now: Timestamp,
    ) -> Result<Option<Batch>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let sql = "select c.id from cards c join holders h on h.id = c.holder_id
                   where c.state = 'verified' and c.kind = $3 and c.expires_at > $4
                     and h.unit_path >= $1 and h.unit_path < $2
                   order by h.unit_path, c.status_index limit $5";
        let waiting: Vec<(Vec<u8>,)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(from)
                .bind(to)
                .bind(kind)
                .bind(now)
                .bind(MOST)
                .fetch_all(conn)
        })?;
        if waiting.is_empty() {
            return Ok(None);
        }
        let new = self
            .new_batch(who, layout, (None, StepReason::None), now)
            .await?;
        let cards = waiting.into_iter().map(|(card,)| card).collect();
        let new = self.put_into(new, cards).await?;
        let all = (new.id, 1..new.cards + 1);
        let by = (who.actor(), now);
        let sweep = Sweep::of_people(all, CardStep::Printing, StepReason::None, by);
        self.sweep(who.scope(), sweep).await?;
        Ok(Some(new))
    }

    /// The batches of a unit and below, the newest first.
    pub async fn batches(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        before: Option<BatchId>,
        count: i64,
    ) -> Result<Vec<Batch>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let before = before.unwrap_or(BatchId(uuid::Uuid::max()));
        let found: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, unit_path, year, number, layout, cards, of_batch, reason, actor, created_at from batches
                 where unit_path >= $1 and unit_path < $2 and id < $3 order by id desc limit $4",
            )
            .bind(from)
            .bind(to)
            .bind(before)
            .bind(count)
            .fetch_all(conn)
        })?;
        Ok(found.into_iter().map(batch).collect())
    }

    /// One batch of a unit or below.
    pub async fn batch(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        id: BatchId,
    ) -> Result<Option<Batch>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let found: Option<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, unit_path, year, number, layout, cards, of_batch, reason, actor, created_at from batches
                 where id = $1 and unit_path >= $2 and unit_path < $3",
            )
            .bind(id)
            .bind(from)
            .bind(to)
            .fetch_optional(conn)
        })?;
        Ok(found.map(batch))
    }

    /// The last batch of the unit, of its own, that replaces cards of another for a reason.
    async fn last_reprint(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        of: BatchId,
        reason: StepReason,
    ) -> Result<Option<Batch>, Error> {
        let found: Option<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, unit_path, year, number, layout, cards, of_batch, reason, actor, created_at from batches
                 where of_batch = $1 and reason = $2 and unit_path = $3 order by id desc limit 1",
            )
            .bind(of)
            .bind(reason)
            .bind(path_text(&who.scope().path))
            .fetch_optional(conn)
        })?;
        Ok(found.map(batch))
    }

    /// The ids of a batch's cards, in order, with where each is in its life.
    pub async fn batch_serials(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        id: BatchId,
    ) -> Result<Vec<(CardId, CardState)>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let found: Vec<(Vec<u8>, CardState)> = run!(self, |conn| {
            sqlx::query_as(
                "select c.id, c.state from batches o join batch_cards b on b.batch_id = o.id
                 join cards c on c.id = b.card_id
                 where o.id = $1 and o.unit_path >= $2 and o.unit_path < $3 order by b.place",
            )
            .bind(id)
            .bind(from)
            .bind(to)
            .fetch_all(conn)
        })?;
        let all = found
            .into_iter()
            .map(|(card, state)| Ok((card_id(&card)?, state)));
        all.collect()
    }

    /// The cards of a stretch of a batch that are not over, with the people of the unit whom they speak for. Whoever shows
    /// them leaves the audit entry.
    pub async fn batch_part(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        id: BatchId,
        places: std::ops::Range<i64>,
    ) -> Result<Vec<BatchCard>, Error> {
        type Found = (
            i64,
            Vec<u8>,
            i64,
            CardKind,
            CardState,
            Timestamp,
            Timestamp,
            HolderId,
            Vec<u8>,
            bool,
            String,
            Timestamp,
        );
        let (from, to) = path_bounds(&who.scope().path);
        let sql = "select cast(b.place as bigint), c.id, c.status_index, c.kind, c.state, c.issued_at, c.expires_at,
                     h.id, h.sealed, h.verified, h.unit_path, h.created_at
                   from batch_cards b join cards c on c.id = b.card_id join holders h on h.id = c.holder_id
                   where b.batch_id = $1 and b.place >= $2 and b.place < $3 and c.state not in ('revoked', 'replaced')
                     and h.unit_path >= $4 and h.unit_path < $5
                   order by b.place";
        let found: Vec<Found> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(id)
                .bind(places.start)
                .bind(places.end)
                .bind(from)
                .bind(to)
                .fetch_all(conn)
        })?;
        let one = |row: Found| {
            let (place, id, index, kind, state, issued, expires, holder, sealed, known, unit, at) =
                row;
            Ok(BatchCard {
                place,
                card: card((id, holder, index, kind, state, issued, expires))?,
                holder: self.opened((holder, sealed, known, unit, at))?,
            })
        };
        found.into_iter().map(one).collect()
    }

    /// Which parts of a batch were taken as files, and when: the audit log says it.
    pub async fn parts_taken(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        batch: &Batch,
    ) -> Result<Vec<(i64, Timestamp)>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let start = Deed::BatchPart.to(format!("{} ", batch.id));
        let start = start.as_str();
        // Ids of one millisecond are in no order: from the first that its millisecond has.
        let mut first = batch.id.0.into_bytes();
        first[6..].fill(0);
        let found: Vec<(domain::ids::AuditEntryId, String)> = run!(self, |conn| {
            sqlx::query_as(
                "select id, detail from audit_entries
                 where unit_path = $1 and id >= $2 and detail like $3 and unit_path >= $4 and unit_path < $5 order by id",
            )
            .bind(path_text(&batch.unit))
            .bind(uuid::Uuid::from_bytes(first))
            .bind(format!("{start}%"))
            .bind(from)
            .bind(to)
            .fetch_all(conn)
        })?;
        let part = |(id, detail): (domain::ids::AuditEntryId, String)| {
            let part = detail.strip_prefix(start)?.parse().ok()?;
            Some((part, audit::id_time(id.0)))
        };
        Ok(found.into_iter().filter_map(part).collect())
    }

    /// Batches made before an instant: by then no card of theirs is valid.
    pub(crate) async fn erase_batches(&mut self, before: Timestamp) -> Result<u64, Error> {
        let sql = "delete from batch_cards where batch_id in (select id from batches where created_at < $1)";
        let cards = execute!(self, sqlx::query(sql).bind(before))?;
        let sql = "delete from batches where created_at < $1";
        Ok(cards + execute!(self, sqlx::query(sql).bind(before))?)
    }

    /// A batch of the unit of the proof, empty still, with its number.
    async fn new_batch(
        &mut self,
        who: &Authorized<PrintCards, UnitScope>,
        layout: CardLayout,
        (of, reason): (Option<BatchId>, StepReason),
        now: Timestamp,
    ) -> Result<Batch, Error> {
        let unit = who.scope().path.clone();
        let year = i32::from(self.zone.day(now).date().year());
        let path = path_text(&unit);
        let new = Batch {
            id: BatchId(new_id(now)),
            number: self.next(&format!("batches {path} {year}")).await?,
            unit,
            year,
            layout,
            cards: 0,
            of,
            reason,
            actor: audit::actor_text(who.actor()),
            created: now,
        };
        execute!(
            self,
            sqlx::query(
                "insert into batches (id, unit_path, year, number, layout, cards, of_batch, reason, actor, created_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(new.id)
            .bind(path)
            .bind(new.year)
            .bind(new.number)
            .bind(new.layout)
            .bind(new.cards)
            .bind(new.of)
            .bind(new.reason)
            .bind(&new.actor)
            .bind(new.created)
        )?;
        Ok(new)
    }

    /// Appends cards to a batch.
    async fn put_into(&mut self, batch: Batch, cards: Vec<Vec<u8>>) -> Result<Batch, Error> {
        let total = batch.cards + cards.len() as i64;
        let rows = [
            Column::ids(cards.iter().map(|_| batch.id.0)),
            Column::ints((batch.cards + 1..=total).map(|place| place as i32)),
            Column::bytes(cards.into_iter()),
        ];
        let head = "insert into batch_cards (batch_id, place, card_id) ";
        self.write_set(head, &rows, "").await?;
        execute!(
            self,
            sqlx::query("update batches set cards = $2 where id = $1")
                .bind(batch.id)
                .bind(total)
        )?;
        Ok(Batch {
            cards: total,
            ..batch
        })
    }
}

fn card_id(bytes: &[u8]) -> Result<CardId, Error> {
    CardId::from_slice(bytes).ok_or(Error::Damaged("cards.id"))
}

/// Who takes a step, and when.
type By<'a> = (&'a Actor, Timestamp);
