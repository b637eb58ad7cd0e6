//! Opening a store: connections, durability, migrations.

use crate::claims::Source;
use crate::dialect::run;
use crate::holders::PLACE;
use crate::keys::Keys;
use crate::officers::TOTP_PLACE;
use crate::writer::Writer;
use crate::{Error, Pools, Store};
use domain::time::Zone;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// The newest migration this program knows.
pub const SCHEMA_VERSION: i64 = 1;

/// The write-ahead log may grow to this many pages before SQLite itself moves it into the
/// database; the checkpoint job does so earlier, between bursts. Random keys dirty a page a row,
/// so checkpointing at the default 1,000 pages halves the rate.
const WAL_PAGES: &str = "50000";

/// Where a store is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite://PATH` or `postgres://...`.
    pub database: String,
    /// The key folder.
    pub keys: PathBuf,
    /// The zone in which days begin and end.
    pub zone: Zone,
}

impl Settings {
    /// The SQLite file as it is opened; nothing on PostgreSQL.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let url = Some(&self.database).filter(|url| url.starts_with("sqlite:"))?;
        let options = SqliteConnectOptions::from_str(url).ok()?;
        Some(options.get_filename().to_owned())
    }
}

impl Store {
    /// Opens a store, creating database and keys where there are none, and migrates it.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        let keys = Arc::new(Keys::open(&settings.keys)?);
        let pools = if settings.database.starts_with("sqlite:") {
            open_sqlite(&settings.database).await?
        } else {
            open_postgres(&settings.database).await?
        };
        pools.migrate().await?;
        let store = Self {
            pools,
            claims: Arc::new(Source::new(keys.folder())),
            keys,
            zone: settings.zone,
            commit_delay: Duration::ZERO,
        };
        store.check_keys().await?;
        Ok(store)
    }

    /// Looks whether a store could be opened, and makes none. What is not there yet is no fault.
    pub async fn look(settings: &Settings) -> Result<(), Error> {
        let pools = match settings.sqlite_file() {
            Some(file) if file.metadata().is_ok_and(|file| file.len() > 0) => {
                open_sqlite(&settings.database).await?
            }
            Some(_) => return Ok(()),
            None => {
                // A pool would wait for a server that is not there.
                let options = PgConnectOptions::from_str(&settings.database)?;
                options.connect().await?.close().await?;
                open_postgres(&settings.database).await?
            }
        };
        let Some(found) = pools.version().await? else {
            return Ok(());
        };
        if found > SCHEMA_VERSION {
            let known = SCHEMA_VERSION;
            return Err(Error::Newer { found, known });
        }
        if !settings.keys.join("sealing.key").exists() {
            return Err(Error::Sealed);
        }
        let store = Self {
            pools,
            keys: Arc::new(Keys::open(&settings.keys)?),
            claims: Arc::new(Source::new(&settings.keys)),
            zone: settings.zone,
            commit_delay: Duration::ZERO,
        };
        let looked = store.check_keys().await;
        store.close().await;
        looked
    }

    /// That the keys open what is sealed here: whoever goes on with others would write what nobody
    /// can read together with the rest.
    async fn check_keys(&self) -> Result<(), Error> {
        let mut tx = self.read().await?;
        let totp: Option<(Vec<u8>,)> = run!(tx, |conn| {
            sqlx::query_as("select totp from officers where totp is not null limit 1")
                .fetch_optional(conn)
        })?;
        let person: Option<(Vec<u8>,)> = run!(tx, |conn| {
            sqlx::query_as("select sealed from holders limit 1").fetch_optional(conn)
        })?;
        for (place, found) in [(TOTP_PLACE, totp), (PLACE, person)] {
            if let Some((sealed,)) = found {
                tx.keys.sealer().open_bytes(place, &sealed)?;
            }
        }
        tx.rollback().await
    }
}

async fn open_sqlite(url: &str) -> Result<Pools, Error> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // `writer.rs` flushes the log before anything is acknowledged.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(10))
        .foreign_keys(false)
        .pragma("secure_delete", "on")
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "memory")
        .statement_cache_capacity(200);
    // A connection is a thread: asking whether it is still there, and stopping at every fiftieth
    // row, are trips for nothing.
    let options = options.row_buffer_size(1024);
    let writer = Writer::connect(&options).await?;
    let reader = SqlitePoolOptions::new()
        .max_connections(4)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(10))
        .connect_lazy_with(
            options
                .pragma("cache_size", "-8192")
                .pragma("query_only", "on"),
        );
    Ok(Pools::Sqlite { writer, reader })
}

async fn open_postgres(url: &str) -> Result<Pools, Error> {
    let options = PgConnectOptions::from_str(url)?.statement_cache_capacity(200);
    let pool = PgPoolOptions::new()
        .max_connections(12)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await?;
    Ok(Pools::Postgres(pool))
}

impl Pools {
    /// The newest migration found; nothing in a database that has no tables yet.
    async fn version(&self) -> Result<Option<i64>, Error> {
        const SQL: &str = "select max(version) from _sqlx_migrations";
        let found = match self {
            Self::Sqlite { reader, .. } => sqlx::query_scalar(SQL).fetch_one(reader).await,
            Self::Postgres(pool) => sqlx::query_scalar(SQL).fetch_one(pool).await,
        };
        match found {
            Err(sqlx::Error::Database(none)) if none.message().contains("_sqlx_migrations") => {
                Ok(None)
            }
            found => Ok(found?),
        }
    }

    async fn migrate(&self) -> Result<(), Error> {
        let migrator = match self {
            Self::Sqlite { .. } => &SQLITE_MIGRATIONS,
            Self::Postgres(_) => &POSTGRES_MIGRATIONS,
        };
        let done = match self {
            Self::Sqlite { writer, .. } => migrator.run(&mut *writer.turn().await?).await,
            Self::Postgres(pool) => migrator.run(pool).await,
        };
        done.map_err(|error| match error {
            sqlx::migrate::MigrateError::VersionMissing(found) if found > SCHEMA_VERSION => {
                Error::Newer {
                    found,
                    known: SCHEMA_VERSION,
                }
            }
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            other => Error::Database(sqlx::Error::Migrate(Box::new(other))),
        })
    }
}
