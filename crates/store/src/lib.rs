//! How vaora keeps things: the only crate that knows SQL.
//!
//! A [`Store`] is SQLite in a folder or PostgreSQL at an address; the SQL is one text for both
//! (`README.md` says what is portable). Everything is a method on a [`Tx`], in a file named for
//! its noun, so that all reads and writes of a request are one unit of work. Scans have one way
//! in: [`Admissions`](admissions::Admissions).

mod dialect;
mod error;
mod open;
mod search;
mod sets;
mod writer;

pub mod admissions;
pub mod asides;
pub mod attendants;
pub mod audit;
pub mod backup;
pub mod batches;
pub mod cards;
pub mod checkpoints;
pub mod claims;
pub mod co_owners;
pub mod declarations;
pub mod devices;
pub mod drafts;
pub mod erasure;
pub mod guardians;
pub mod holders;
pub mod identities;
pub mod imports;
pub mod invitations;
pub mod keys;
pub mod locked;
pub mod lookups;
pub mod matches;
pub mod members;
pub mod merges;
pub mod officers;
pub mod offices;
pub mod otps;
pub mod paper;
pub mod permit_requests;
pub mod permits;
pub mod phone_keys;
pub mod planting;
pub mod posters;
pub mod presences;
pub mod rates;
pub mod registry;
pub mod requests;
pub mod scans;
pub mod sealing;
pub mod sessions;
pub mod set_up;
pub mod settings;
pub mod signatures;
pub mod surges;
pub mod suspensions;
pub mod units;
pub mod venues;
pub mod visitors;
pub mod visits;

pub use error::{Constraint, Error};
pub use open::{SCHEMA_VERSION, Settings};

use domain::ids::ScanId;
use domain::time::{Timestamp, Zone};
use keys::Keys;
use sqlx::{PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use writer::{Turn, Writer};

/// A new id for something that comes to be at an instant: a UUIDv7.
pub fn new_id(now: Timestamp) -> Uuid {
    ScanId::from_parts(now, rand::random()).uuid()
}

/// The smallest id of an instant.
pub(crate) fn first_id(at: Timestamp) -> ScanId {
    ScanId::from_parts(at, [0; 10])
}

/// A database and the keys to what is sealed in it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pools: Pools,
    keys: Arc<Keys>,
    claims: Arc<claims::Source>,
    zone: Zone,
    commit_delay: Duration,
}

#[derive(Clone, Debug)]
pub(crate) enum Pools {
    /// SQLite has one writer; readers see the last commit.
    Sqlite {
        writer: Writer,
        reader: SqlitePool,
    },
    Postgres(PgPool),
}

/// One unit of work: all of it is kept on [`Tx::commit`], or nothing.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    keys: Arc<Keys>,
    claims: Arc<claims::Source>,
    zone: Zone,
    commit_delay: Duration,
}

#[derive(Debug)]
pub(crate) enum Inner {
    Sqlite(SqliteTx),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction on SQLite.
#[derive(Debug)]
pub(crate) enum SqliteTx {
    Reading(Transaction<'static, Sqlite>),
    Writing(Turn),
}

impl Deref for SqliteTx {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Reading(tx) => tx,
            Self::Writing(turn) => turn,
        }
    }
}

impl DerefMut for SqliteTx {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Reading(tx) => tx,
            Self::Writing(turn) => turn,
        }
    }
}

impl Store {
    /// Begins a unit of work that only reads.
    pub async fn read(&self) -> Result<Tx, Error> {
        let inner = match &self.pools {
            Pools::Sqlite { reader, .. } => Inner::Sqlite(SqliteTx::Reading(reader.begin().await?)),
            Pools::Postgres(pool) => Inner::Postgres(
                pool.begin_with("begin isolation level repeatable read read only")
                    .await?,
            ),
        };
        Ok(self.tx(inner))
    }

    /// Begins a unit of work that writes.
    pub async fn write(&self) -> Result<Tx, Error> {
        let inner = match &self.pools {
            Pools::Sqlite { writer, .. } => {
                let mut turn = writer.turn().await?;
                turn.begin().await?;
                Inner::Sqlite(SqliteTx::Writing(turn))
            }
            Pools::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        };
        Ok(self.tx(inner))
    }

    fn tx(&self, inner: Inner) -> Tx {
        Tx {
            inner,
            keys: Arc::clone(&self.keys),
            claims: Arc::clone(&self.claims),
            zone: self.zone,
            commit_delay: self.commit_delay,
        }
    }

    /// Takes the claims of new cards from there; without it they come from the register in the key folder.
    pub fn allot_by(&self, from: Arc<dyn claims::Allots>) {
        self.claims.set(from);
    }

    /// The key folder.
    pub fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// The zone in which days begin and end.
    pub const fn zone(&self) -> Zone {
        self.zone
    }

    /// `sqlite` or `postgres`.
    pub const fn database(&self) -> &'static str {
        match self.pools {
            Pools::Sqlite { .. } => "sqlite",
            Pools::Postgres(_) => "postgres",
        }
    }

    /// The same store with a pause in each commit, as a slower disk would make it.
    #[cfg(feature = "test-support")]
    #[must_use]
    pub fn with_commit_delay(mut self, delay: Duration) -> Self {
        self.commit_delay = delay;
        self
    }

    /// Notes a migration that this program does not know, as a newer one would.
    #[cfg(feature = "test-support")]
    pub async fn pretend_newer(&self) -> Result<(), Error> {
        let mut tx = self.write().await?;
        let sql = "insert into _sqlx_migrations
                   (version, description, success, checksum, execution_time)
                   values (9999, 'later', true, $1, 0)";
        dialect::execute!(tx, sqlx::query(sql).bind(vec![0_u8]))?;
        tx.commit().await
    }

    /// What readers said of themselves beside each scan: the door's decision, and the clock's error.
    #[cfg(feature = "test-support")]
    pub async fn remarks_kept(&self) -> Result<Vec<(Option<String>, Option<i32>)>, Error> {
        let mut tx = self.read().await?;
        Ok(dialect::run!(tx, |conn| {
            sqlx::query_as("select door, skew from scans").fetch_all(conn)
        })?)
    }

    /// Erases a person within a transaction, as the day's erasure would.
    #[cfg(feature = "test-support")]
    pub async fn forget_holder(tx: &mut Tx, holder: domain::ids::HolderId) -> Result<(), Error> {
        let sql = "delete from holders where id = $1";
        dialect::execute!(tx, sqlx::query(sql).bind(holder))?;
        Ok(())
    }

    /// Lets SQLite's file grow to so many pages and no further, as a full disk would.
    #[cfg(feature = "test-support")]
    pub async fn allow_pages(&self, pages: u32) -> Result<(), Error> {
        if let Pools::Sqlite { writer, .. } = &self.pools {
            let sql = format!("pragma max_page_count = {pages}");
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .execute(&mut *writer.turn().await?)
                .await?;
        }
        Ok(())
    }

    /// Holds up SQLite's disk until the guard is dropped: what is committed meanwhile is not there.
    #[cfg(feature = "test-support")]
    pub async fn hold_the_disk(&self) -> Option<impl Drop + use<>> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => Some(writer.disk().hold().await),
            Pools::Postgres(_) => None,
        }
    }

    /// Lets SQLite's disk lose what is flushed next.
    #[cfg(feature = "test-support")]
    pub fn lose_a_flush(&self) {
        if let Pools::Sqlite { writer, .. } = &self.pools {
            writer.disk().fail_once();
        }
    }

    /// Moves the write-ahead log into the database and empties it.
    pub async fn checkpoint(&self) -> Result<(), Error> {
        self.pools.checkpoint().await
    }

    /// Moves the write-ahead log once it is larger than this many bytes, without making anyone
    /// wait for long. Says whether it was.
    pub async fn checkpoint_over(&self, bytes: u64) -> Result<bool, Error> {
        self.pools.checkpoint_over(bytes).await
    }

    /// Puts on disk what was committed by [`Tx::commit_unflushed`].
    pub(crate) async fn flush(&self) -> Result<(), Error> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => writer.flush().await,
            Pools::Postgres(_) => Ok(()),
        }
    }

    /// Waits until the disk loses a commit: nothing is kept any more, and the program should end and
    /// be started again.
    pub async fn lost(&self) {
        match &self.pools {
            Pools::Sqlite { writer, .. } => writer.lost().await,
            Pools::Postgres(_) => std::future::pending().await,
        }
    }

    /// Whether the disk has lost a commit.
    pub fn has_lost(&self) -> bool {
        match &self.pools {
            Pools::Sqlite { writer, .. } => writer.has_lost(),
            Pools::Postgres(_) => false,
        }
    }

    /// Closes every connection; what was committed stays.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Keeps all of it. When this returns, it is on disk.
    pub async fn commit(self) -> Result<(), Error> {
        let writer = match &self.inner {
            Inner::Sqlite(SqliteTx::Writing(turn)) => Some(turn.writer()),
            _ => None,
        };
        self.commit_unflushed().await?;
        match writer {
            Some(writer) => writer.flush().await,
            None => Ok(()),
        }
    }

    /// Keeps all of it; on SQLite it is on disk once [`Store::flush`] has returned. The next
    /// transaction may begin meanwhile. Nothing of it may be acknowledged before.
    pub(crate) async fn commit_unflushed(self) -> Result<(), Error> {
        if !self.commit_delay.is_zero() {
            // Before, not after: a slow disk keeps what the transaction holds.
            tokio::time::sleep(self.commit_delay).await;
        }
        match self.inner {
            Inner::Sqlite(SqliteTx::Reading(tx)) => tx.commit().await?,
            Inner::Sqlite(SqliteTx::Writing(turn)) => turn.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Drops all of it.
    pub async fn rollback(self) -> Result<(), Error> {
        match self.inner {
            Inner::Sqlite(SqliteTx::Reading(tx)) => tx.rollback().await?,
            Inner::Sqlite(SqliteTx::Writing(turn)) => turn.rollback().await,
            Inner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    /// The keys that open what is sealed.
    pub const fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// The zone in which days begin and end.
    pub const fn zone(&self) -> Zone {
        self.zone
    }
}
