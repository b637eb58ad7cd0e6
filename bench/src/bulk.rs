//! Bulk inserts, the fastest plain way on each database: 500 rows of the log and 500 of who is
//! inside in one transaction, prepared, with the same durability; nothing is read or decided.

use anyhow::Result;
use rusqlite::params;
use sqlx::{Connection, PgConnection};
use std::path::Path;
use std::sync::LazyLock;
use uuid::Uuid;

/// One row of the log.
pub(crate) struct Line {
    pub(crate) day: i32,
    pub(crate) venue: Uuid,
    pub(crate) id: Uuid,
    pub(crate) checkpoint: Uuid,
    pub(crate) device: Uuid,
    pub(crate) holder: Uuid,
    pub(crate) direction: &'static str,
    pub(crate) since: Option<i64>,
    pub(crate) content: [u8; 8],
}

/// How rows are written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// Row by row, prepared.
    Rows,
    /// Many rows a statement, prepared.
    Values,
    /// Arrays.
    Unnest,
}

/// A connection that writes in bulk.
pub(crate) enum Bulk {
    Sqlite(rusqlite::Connection),
    Postgres(PgConnection),
}

const SCANS: &str = "insert into scans (day, venue_id, id, checkpoint_id, device_id, holder, direction, way, assurance, \
     decision, reasons, companions, confirms, policy, content)";
const PRESENCES: &str = "insert into presences (venue_id, holder, day, since, companions, last_id, last_direction, \
     last_decision, last_reasons)";
const MERGE: &str = "on conflict (venue_id, holder) do update set since = excluded.since, companions = excluded.companions, \
     last_id = excluded.last_id, last_direction = excluded.last_direction, last_decision = excluded.last_decision, \
     last_reasons = excluded.last_reasons";
const MANY: usize = 100;

static SCANS_ONE: LazyLock<String> = LazyLock::new(|| scans(1));
static SCANS_MANY: LazyLock<String> = LazyLock::new(|| scans(MANY));
static PRESENCES_ONE: LazyLock<String> = LazyLock::new(|| presences(1));
static PRESENCES_MANY: LazyLock<String> = LazyLock::new(|| presences(MANY));

fn scans(rows: usize) -> String {
    format!("{SCANS} values {} on conflict do nothing", places(rows, 15))
}

fn presences(rows: usize) -> String {
    format!("{PRESENCES} values {} {MERGE}", places(rows, 9))
}

impl Bulk {
    /// Opens a database as the product does: PostgreSQL with its defaults, SQLite with a
    /// write-ahead log that every commit waits for.
    pub(crate) async fn open(url: Option<&str>, file: &Path) -> Result<Self> {
        if let Some(url) = url {
            return Ok(Self::Postgres(PgConnection::connect(url).await?));
        }
        let connection = rusqlite::Connection::open(file)?;
        connection.execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on;
             pragma wal_autocheckpoint = 50000; pragma cache_size = -65536; pragma temp_store = memory;
             pragma foreign_keys = off;",
        )?;
        connection.set_prepared_statement_cache_capacity(16);
        Ok(Self::Sqlite(connection))
    }

    /// The ways to try; the faster one of a round counts.
    pub(crate) const fn ways(&self) -> &'static [Way] {
        match self {
            Self::Sqlite(_) => &[Way::Rows, Way::Values],
            Self::Postgres(_) => &[Way::Unnest],
        }
    }

    /// Writes lines in one transaction.
    pub(crate) async fn insert(&mut self, way: &Way, lines: &[Line]) -> Result<()> {
        match (self, way) {
            (Self::Sqlite(connection), Way::Values) => many(connection, lines),
            (Self::Sqlite(connection), _) => by_row(connection, lines),
            (Self::Postgres(connection), _) => unnest(connection, lines).await,
        }
    }
}

fn by_row(connection: &mut rusqlite::Connection, lines: &[Line]) -> Result<()> {
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    {
        let mut scans = tx.prepare_cached(&SCANS_ONE)?;
        let mut presences = tx.prepare_cached(&PRESENCES_ONE)?;
        for line in lines {
            let none = Option::<i64>::None;
            scans.execute(params![
                line.day,
                line.venue.as_bytes(),
                line.id.as_bytes(),
                line.checkpoint.as_bytes(),
                line.device.as_bytes(),
                line.holder.as_bytes(),
                line.direction,
                "device",
                "high",
                "admit",
                "",
                0,
                none,
                1,
                line.content
            ])?;
            presences.execute(params![
                line.venue.as_bytes(),
                line.holder.as_bytes(),
                line.day,
                line.since,
                0,
                line.id.as_bytes(),
                line.direction,
                "admit",
                ""
            ])?;
        }
    }
    tx.commit()?;
    Ok(())
}

fn many(connection: &mut rusqlite::Connection, lines: &[Line]) -> Result<()> {
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for piece in lines.chunks_exact(MANY) {
        let mut scans = tx.prepare_cached(&SCANS_MANY)?;
        let mut place = 0;
        let mut next = || {
            place += 1;
            place
        };
        for line in piece {
            scans.raw_bind_parameter(next(), line.day)?;
            for id in [
                line.venue,
                line.id,
                line.checkpoint,
                line.device,
                line.holder,
            ] {
                scans.raw_bind_parameter(next(), id.as_bytes())?;
            }
            for text in [line.direction, "device", "high", "admit", ""] {
                scans.raw_bind_parameter(next(), text)?;
            }
            for number in [Some(0), None, Some(1)] {
                scans.raw_bind_parameter(next(), number)?;
            }
            scans.raw_bind_parameter(next(), line.content)?;
        }
        scans.raw_execute()?;
        let mut presences = tx.prepare_cached(&PRESENCES_MANY)?;
        let mut place = 0;
        let mut next = || {
            place += 1;
            place
        };
        for line in piece {
            presences.raw_bind_parameter(next(), line.venue.as_bytes())?;
            presences.raw_bind_parameter(next(), line.holder.as_bytes())?;
            presences.raw_bind_parameter(next(), line.day)?;
            presences.raw_bind_parameter(next(), line.since)?;
            presences.raw_bind_parameter(next(), 0)?;
            presences.raw_bind_parameter(next(), line.id.as_bytes())?;
            for text in [line.direction, "admit", ""] {
                presences.raw_bind_parameter(next(), text)?;
            }
        }
        presences.raw_execute()?;
    }
    tx.commit()?;
    Ok(())
}

fn places(rows: usize, columns: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row; rows].join(", ")
}

async fn unnest(connection: &mut PgConnection, lines: &[Line]) -> Result<()> {
    fn all<T>(lines: &[Line], field: impl Fn(&Line) -> T) -> Vec<T> {
        lines.iter().map(field).collect()
    }
    let mut tx = connection.begin().await?;
    let sql = format!(
        "{SCANS} select d, v, i, c, e, h, r, 'device', 'high', 'admit', '', 0, null, 1, t
         from unnest($1::integer[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::bytea[])
           as u(d, v, i, c, e, h, r, t) on conflict do nothing"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(all(lines, |line| line.day))
        .bind(all(lines, |line| line.venue))
        .bind(all(lines, |line| line.id))
        .bind(all(lines, |line| line.checkpoint))
        .bind(all(lines, |line| line.device))
        .bind(all(lines, |line| line.holder))
        .bind(all(lines, |line| line.direction))
        .bind(all(lines, |line| line.content.to_vec()))
        .execute(&mut *tx)
        .await?;
    let sql = format!(
        "{PRESENCES} select v, h, d, s, 0, i, r, 'admit', ''
         from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::uuid[], $6::text[]) as u(v, h, d, s, i, r)
         {MERGE}"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(all(lines, |line| line.venue))
        .bind(all(lines, |line| line.holder))
        .bind(all(lines, |line| line.day))
        .bind(all(lines, |line| line.since))
        .bind(all(lines, |line| line.id))
        .bind(all(lines, |line| line.direction))
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}
