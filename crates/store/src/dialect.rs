//! Two databases, one SQL text: the macros that run it on both, and every place where they behave
//! differently. Sets, which differ for speed, are `sets.rs`.

use crate::{Error, Inner, Pools, Tx};
use domain::ids::VenueId;
use domain::time::Day;
use sqlx::AssertSqlSafe;

/// Runs the same expression on whichever database the transaction is of. The expression is
/// written once and type-checked twice.
macro_rules! run {
    ($tx:expr, |$conn:ident| $body:expr) => {
        match &mut $tx.inner {
            $crate::Inner::Sqlite(tx) => {
                let $conn = &mut **tx;
                $body.await
            }
            $crate::Inner::Postgres(tx) => {
                let $conn = &mut **tx;
                $body.await
            }
        }
    };
}

/// Runs a statement that answers nothing and says how many rows it touched.
macro_rules! execute {
    ($tx:expr, $query:expr) => {
        match &mut $tx.inner {
            $crate::Inner::Sqlite(tx) => $query
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
            $crate::Inner::Postgres(tx) => $query
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
        }
    };
}
pub(crate) use {execute, run};

/// `($1, $2), ($3, $4)`: placeholders for `rows` rows of `columns` values, from `first` on.
pub(crate) fn rows(first: usize, rows: usize, columns: usize) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}${}", first + row * columns + column);
        }
        text.push(')');
    }
    text
}

/// `$1, $2, $3`: placeholders for a list.
pub(crate) fn list(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    places.join(", ")
}

/// Sizes in which sets are sent, so that a handful of prepared statements serves every batch.
const SIZES: &[usize] = &[256, 64, 16, 4, 1];

/// Cuts a slice into pieces of the standard sizes.
pub(crate) fn pieces<T>(mut items: &[T]) -> Vec<&[T]> {
    let mut pieces = Vec::new();
    for size in SIZES {
        while items.len() >= *size {
            let (piece, rest) = items.split_at(*size);
            pieces.push(piece);
            items = rest;
        }
    }
    pieces
}

impl Tx {
    /// Locks the presences of venues, in venue order, until the transaction ends. SQLite has one
    /// writer and needs no lock; PostgreSQL takes an advisory lock a venue, in one statement.
    pub(crate) async fn lock_venues(&mut self, venues: &[VenueId]) -> Result<(), Error> {
        let Inner::Postgres(tx) = &mut self.inner else {
            return Ok(());
        };
        let venues: Vec<_> = venues.iter().map(|venue| venue.0).collect();
        sqlx::query(
            "select pg_advisory_xact_lock(hashtextextended(v::text, 1)) from unnest($1::uuid[]) as t(v)",
        )
        .bind(venues)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Makes room for a day's scans: PostgreSQL keeps one partition a day.
    pub(crate) async fn open_day(&mut self, day: Day) -> Result<(), Error> {
        let Inner::Postgres(tx) = &mut self.inner else {
            return Ok(());
        };
        // Two servers may open a day at once: one waits for the other.
        sqlx::query("select pg_advisory_xact_lock(7391042)")
            .execute(&mut **tx)
            .await?;
        let sql = format!(
            "create table if not exists {} partition of scans for values from ({}) to ({})",
            partition(day),
            day.0,
            day.0 + 1
        );
        sqlx::query(AssertSqlSafe(sql)).execute(&mut **tx).await?;
        Ok(())
    }

    /// The oldest day of which scans are stored, as far as it is before another.
    pub(crate) async fn oldest_day_before(&mut self, limit: Day) -> Result<Option<Day>, Error> {
        let days: Vec<Option<i32>> = match &mut self.inner {
            Inner::Sqlite(tx) => {
                let sql = "select min(day) from scans";
                sqlx::query_scalar(sql).fetch_all(&mut **tx).await?
            }
            // A partition may be empty, and goes all the same.
            Inner::Postgres(tx) => {
                let sql = "select cast(c.relname as text) from pg_inherits i
                           join pg_class c on c.oid = i.inhrelid
                           where i.inhparent = to_regclass('scans')";
                let names: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut **tx).await?;
                names.iter().map(|name| partition_day(name)).collect()
            }
        };
        let oldest = days.into_iter().flatten().min().map(Day);
        Ok(oldest.filter(|day| *day < limit))
    }

    /// Erases a day's scans, or as many as fit into a short transaction, and says whether all are
    /// gone: PostgreSQL drops the partition, SQLite deletes from a stretch of the tree.
    pub(crate) async fn drop_day(&mut self, day: Day) -> Result<bool, Error> {
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                let sql = "delete from scans where day = $1 and (venue_id, id) in
                           (select venue_id, id from scans where day = $1 limit $2)";
                let done = sqlx::query(sql).bind(day.0).bind(DROP_AT_ONCE);
                Ok(done.execute(&mut **tx).await?.rows_affected() < DROP_AT_ONCE as u64)
            }
            Inner::Postgres(tx) => {
                let sql = format!("drop table if exists {}", partition(day));
                sqlx::query(AssertSqlSafe(sql)).execute(&mut **tx).await?;
                Ok(true)
            }
        }
    }
}

/// How many scans SQLite erases in one transaction: the gate waits no longer than that takes.
const DROP_AT_ONCE: i64 = 5_000;

fn partition(day: Day) -> String {
    if day.0 < 0 {
        format!("scans_before_{}", -day.0)
    } else {
        format!("scans_{}", day.0)
    }
}

fn partition_day(name: &str) -> Option<i32> {
    let number = name.strip_prefix("scans_")?;
    match number.strip_prefix("before_") {
        Some(before) => before.parse::<i32>().ok().map(|day| -day),
        None => number.parse().ok(),
    }
}

impl Pools {
    /// Moves the write-ahead log into the database and empties it, so that erased rows leave the
    /// disk. PostgreSQL does so by itself.
    pub(crate) async fn checkpoint(&self) -> Result<(), Error> {
        if let Self::Sqlite { writer, .. } = self {
            sqlx::query("pragma wal_checkpoint(truncate)")
                .execute(&mut *writer.turn().await?)
                .await?;
        }
        Ok(())
    }

    /// Moves SQLite's log once it is larger than this many bytes, and says whether it was. A
    /// reader's connection moves nearly all of it while the writer goes on; the writer moves the
    /// rest, which is little, so that the log begins anew and stays a file of the same size.
    pub(crate) async fn checkpoint_over(&self, bytes: u64) -> Result<bool, Error> {
        let Self::Sqlite { writer, reader } = self else {
            return Ok(false);
        };
        // Pages in the log, and how many of them were moved; `noop` (SQLite 3.51) moves none.
        type Log = (i32, i32, i32);
        let (_, pages, moved): Log = sqlx::query_as("pragma wal_checkpoint(noop)")
            .fetch_one(reader)
            .await?;
        if pages == moved || pages.unsigned_abs() as u64 * PAGE <= bytes {
            return Ok(false);
        }
        // While it is moved it grows, by less each time.
        for _ in 0..3 {
            let (_, pages, moved): Log = sqlx::query_as("pragma wal_checkpoint(passive)")
                .fetch_one(reader)
                .await?;
            if pages - moved < FEW {
                break;
            }
        }
        sqlx::query("pragma wal_checkpoint(passive)")
            .execute(&mut *writer.turn().await?)
            .await?;
        Ok(true)
    }
}

/// SQLite's page, in bytes: what it makes where nothing else is asked for.
const PAGE: u64 = 4096;
/// So many pages the writer moves in about the time that one commit takes.
const FEW: i32 = 100;
