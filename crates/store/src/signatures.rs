//! The signer's own register: what it allotted and what it signed, in a small SQLite database of its
//! own beside the issuing keys, which no web process needs to open.
//!
//! A place in the status list is noted durably before it is told to anybody, and is never given
//! twice, whatever ends the program. Those who ask at the same moment share one commit. Several
//! programs on one machine may open the same register.

mod looking;
mod writing;

pub use looking::{Identity, Known, SignedLine};

use crate::Error;
use crate::claims::Allots;
use domain::card::Claims;
use domain::ids::CardId;
use domain::time::Timestamp;
use futures_util::future::BoxFuture;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{OnceCell, oneshot};

/// The name of the file, in the folder `issuer` of the keys.
pub const FILE: &str = "register.sqlite";

const TABLES: [&str; 5] = [
    "create table if not exists claims (
       status_index integer primary key, id blob not null unique,
       issued_at integer not null, expires_at integer not null) strict",
    "create table if not exists signatures (
       n integer primary key autoincrement, card_id blob not null, key blob not null,
       signed_at integer not null, unique (card_id, key)) strict",
    "create table if not exists phones (
       n integer primary key autoincrement, card_id blob not null, phone blob not null,
       signed_at integer not null) strict",
    "create table if not exists seals (
       day integer not null, kind text not null, count integer not null, primary key (day, kind)) strict",
    "create table if not exists places (
       name text not null primary key, value integer not null) strict",
];

/// The name of the register's own number among the counters: drawn when the file is made.
const NUMBER: &str = "register";

/// How many new cards a day may have, and the first place in the list that may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// New cards in a day (UTC), at most.
    pub per_day: u32,
    /// No place below this one is given.
    pub first: u32,
}

impl Bounds {
    /// None.
    pub const NONE: Self = Self {
        per_day: u32::MAX,
        first: 0,
    };
}

/// What is to be noted at once, durably, before it is answered.
#[derive(Debug)]
enum Entry {
    Allotment(u32),
    Signatures(Vec<(CardId, [u8; 4])>),
    Phone(CardId, [u8; 32]),
}

/// What somebody who waits is told: claims, or that it is noted.
type Told = Result<Vec<Claims>, Error>;

#[derive(Debug)]
struct Waiting {
    entry: Entry,
    now: Timestamp,
    reply: oneshot::Sender<Told>,
}

/// The register. Cheap to clone; the file is made when it is first needed.
#[derive(Clone, Debug)]
pub struct Register(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: PathBuf,
    bounds: Bounds,
    pool: OnceCell<SqlitePool>,
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

impl Register {
    /// The register in a key folder, without bounds.
    pub fn new(keys: &Path) -> Self {
        Self::bounded(keys, Bounds::NONE)
    }

    /// The register in a key folder, with bounds on what it allots.
    pub fn bounded(keys: &Path, bounds: Bounds) -> Self {
        Self::at(keys.join("issuer").join(FILE), bounds)
    }

    /// The register in a file.
    pub fn at(file: PathBuf, bounds: Bounds) -> Self {
        Self(Arc::new(Inner {
            file,
            bounds,
            pool: OnceCell::new(),
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }))
    }

    /// Where it is.
    pub fn file(&self) -> &Path {
        &self.0.file
    }

    /// Ends all connections; what is in the log is moved into the file.
    pub async fn close(&self) {
        if let Some(pool) = self.0.pool.get() {
            pool.close().await;
        }
    }

    async fn pool(&self) -> Result<&SqlitePool, Error> {
        self.0.pool.get_or_try_init(|| open(&self.0.file)).await
    }
}

impl Allots for Register {
    fn allot(&self, count: u32, now: Timestamp) -> BoxFuture<'_, Told> {
        Box::pin(self.noted(Entry::Allotment(count), now))
    }
}

async fn open(file: &Path) -> Result<SqlitePool, Error> {
    let made = || -> std::io::Result<()> {
        if let Some(folder) = file.parent().filter(|folder| !folder.exists()) {
            std::fs::create_dir_all(folder)?;
            #[cfg(unix)]
            std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        }
        match crate::keys::write_secret(file, b"") {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    };
    made().map_err(Error::Keys)?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10));
    let pool = SqlitePoolOptions::new()
        .max_connections(3)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await?;
    let mut tx = pool.begin_with("begin immediate").await?;
    for table in TABLES {
        sqlx::query(table).execute(&mut *tx).await?;
    }
    // Half of what the column holds, so that no sign is lost on the way.
    let sql =
        "insert into places (name, value) values ($1, abs(random() / 2)) on conflict do nothing";
    sqlx::query(sql).bind(NUMBER).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(pool)
}
