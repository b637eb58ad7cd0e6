//! Cards as the signer's register knows them: which are missing here, and which a retired key ends.

use crate::dialect::{execute, run};
use crate::sets::Column;
use crate::units::parse_path;
use crate::{Error, Tx};
use domain::ids::CardId;
use domain::time::Timestamp;
use domain::unit::UnitPath;
use std::collections::HashSet;

/// The last line of the signer's register that was compared, and how many lines have no card.
const COMPARED: &str = "signatures compared";
/// Which register that line is of.
const REGISTER: &str = "signatures register";
const UNKNOWN: &str = "signatures unknown";

impl Tx {
    /// Those of some cards that are not registered.
    pub async fn cards_missing(&mut self, cards: &[CardId]) -> Result<Vec<CardId>, Error> {
        let keys = [Column::bytes(cards.iter().map(|card| card.0.to_vec()))];
        let head = "select id from cards where id in (";
        let found: Vec<(Vec<u8>,)> = self.look_up(head, &keys, ")").await?;
        let found: HashSet<Vec<u8>> = found.into_iter().map(|(id,)| id).collect();
        let missing = cards
            .iter()
            .filter(|card| !found.contains(card.0.as_slice()));
        Ok(missing.copied().collect())
    }

    /// Which register of the signer was compared, and up to which of its lines; zeros where none was.
    pub async fn signatures_compared(&mut self) -> Result<(i64, i64), Error> {
        Ok((self.counted(REGISTER).await?, self.counted(COMPARED).await?))
    }

    /// Begins to compare a register from its first line on: another one than before, or an older copy of it.
    pub async fn compare_anew(&mut self, register: i64) -> Result<(), Error> {
        let sql = "insert into counters (name, value) values ($1, $2)
                   on conflict (name) do update set value = excluded.value";
        for (name, value) in [(REGISTER, register), (COMPARED, 0)] {
            execute!(self, sqlx::query(sql).bind(name).bind(value))?;
        }
        Ok(())
    }

    /// One place in the status list more than the highest that a card has.
    pub async fn card_places(&mut self) -> Result<u32, Error> {
        let (last,): (Option<i64>,) = run!(self, |conn| {
            sqlx::query_as("select max(status_index) from cards").fetch_one(conn)
        })?;
        let places = u32::try_from(last.map_or(0, |last| last + 1));
        places.map_err(|_| Error::Damaged("cards.status_index"))
    }

    /// How many signatures were found without a card, ever.
    pub async fn unknown_signatures(&mut self) -> Result<i64, Error> {
        self.counted(UNKNOWN).await
    }

    /// Notes that signatures were compared from a line up to another, and how many have no card; not when they were
    /// compared meanwhile.
    pub async fn note_compared(
        &mut self,
        (from, to): (i64, i64),
        unknown: usize,
    ) -> Result<bool, Error> {
        let sql = "insert into counters (name, value) values ($1, 0) on conflict (name) do nothing";
        execute!(self, sqlx::query(sql).bind(COMPARED))?;
        let sql = "update counters set value = $3 where name = $1 and value = $2";
        let done = execute!(self, sqlx::query(sql).bind(COMPARED).bind(from).bind(to))?;
        if done == 1 && unknown > 0 {
            self.count(UNKNOWN, unknown).await?;
        }
        Ok(done == 1)
    }

    /// How many cards on paper and plastic that were issued between two instants and may still be used there are in
    /// each unit.
    pub async fn cards_printed_in(
        &mut self,
        (from, to): (Timestamp, Timestamp),
        now: Timestamp,
    ) -> Result<Vec<(UnitPath, i64)>, Error> {
        let sql = "select h.unit_path, count(*) from cards c join holders h on h.id = c.holder_id
                   where c.issued_at >= $1 and c.issued_at < $2 and c.expires_at > $3
                     and c.kind <> 'electronic' and c.state in ('printed', 'active', 'suspended')
                   group by h.unit_path order by h.unit_path";
        let found: Vec<(String, i64)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(from)
                .bind(to)
                .bind(now)
                .fetch_all(conn)
        })?;
        Ok(found
            .into_iter()
            .map(|(path, count)| (parse_path(&path), count))
            .collect())
    }

    async fn counted(&mut self, name: &str) -> Result<i64, Error> {
        let sql = "select value from counters where name = $1";
        let found: Option<(i64,)> = run!(self, |conn| {
            sqlx::query_as(sql).bind(name).fetch_optional(conn)
        })?;
        Ok(found.map_or(0, |(value,)| value))
    }
}
