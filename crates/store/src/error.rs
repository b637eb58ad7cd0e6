//! What can go wrong in keeping things. Lookups return `Option`; an error is a failure.

use std::fmt;

/// A failure of the database, the key folder, or a rule that a table enforces.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique rule of a table was broken.
    #[error("conflict on {0}")]
    Conflict(Constraint),
    /// Other writers hold the database; trying again may help.
    #[error("the database is busy")]
    Busy(#[source] sqlx::Error),
    /// The disk, or its quota, is full: nothing was recorded.
    #[error("the disk is full")]
    DiskFull(#[source] sqlx::Error),
    /// The data folder was written by a newer version of vaora.
    #[error("the data was written by a newer version: schema {found}, this program knows {known}")]
    Newer {
        /// The newest migration found.
        found: i64,
        /// The newest migration known.
        known: i64,
    },
    /// Sealed data does not open: the key folder belongs to other data, or bytes were changed.
    #[error("sealed data does not open: wrong key folder, or damaged data")]
    Sealed,
    /// A stored value is not what this program writes.
    #[error("stored value of {0} cannot be read")]
    Damaged(&'static str),
    /// The key folder cannot be read or written.
    #[error("key folder: {0}")]
    Keys(#[source] std::io::Error),
    /// A backup file cannot be written or read.
    #[error("backup: {0}")]
    Backup(String),
    /// The recording of scans has stopped; the program is shutting down.
    #[error("recording has stopped")]
    Stopped,
    /// As many cards were issued as may be: when to come back, in seconds.
    #[error("the limit of new cards is reached: again in {0} s")]
    Limit(u32),
    /// The signer gives no claims.
    #[error("signer: {0}")]
    Signer(String),
    /// Anything else the database says.
    #[error("database")]
    Database(#[source] sqlx::Error),
}

impl Error {
    /// The same failure for another caller who waits for the same work.
    pub(crate) fn alike(&self) -> Self {
        match self {
            Self::DiskFull(_) => Self::DiskFull(sqlx::Error::WorkerCrashed),
            Self::Busy(_) => Self::Busy(sqlx::Error::PoolTimedOut),
            Self::Stopped => Self::Stopped,
            Self::Limit(seconds) => Self::Limit(*seconds),
            Self::Signer(what) => Self::Signer(what.clone()),
            other => Self::Database(sqlx::Error::Protocol(other.to_string())),
        }
    }
}

/// A unique rule, named for what it protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// One holder per proven phone.
    HolderPhone,
    /// One unverified holder per browser.
    HolderBrowser,
    /// One officer per login.
    OfficerLogin,
    /// One checkpoint per code.
    CheckpointCode,
    /// One attendant per venue and phone.
    Attendant,
    /// One co-owner per venue and phone.
    CoOwner,
    /// One holder per identity paper.
    Identity,
    /// One holder per number of a paper that an office has looked at.
    ProvenNumber,
    /// One card of a kind in use, and one that waits to be printed, per holder.
    CardInUse,
    /// A list of permits is issued once.
    PermitList,
    /// One open request of a kind per holder.
    OpenRequest,
    /// One card per place in the status list.
    CardPlace,
    /// Any other.
    Other,
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Constraint names as the databases say them; matched as parts, since SQLite names columns and
/// Citus adds a shard's number.
const CONSTRAINTS: &[(&str, &str, Constraint)] = &[
    (
        "holders.phone_hash",
        "holders_phone_hash",
        Constraint::HolderPhone,
    ),
    (
        "holders.browser_hash",
        "holders_browser_hash",
        Constraint::HolderBrowser,
    ),
    ("officers.login", "officers_login", Constraint::OfficerLogin),
    (
        "checkpoints.code",
        "checkpoints_code",
        Constraint::CheckpointCode,
    ),
    (
        "attendants.venue_id",
        "attendants_pkey",
        Constraint::Attendant,
    ),
    (
        "co_owners.venue_id",
        "co_owners_by_venue",
        Constraint::CoOwner,
    ),
    ("identities.hash", "identities_pkey", Constraint::Identity),
    (
        "proven_numbers.hash",
        "proven_numbers_pkey",
        Constraint::ProvenNumber,
    ),
    ("permits.list_id", "permits_once", Constraint::PermitList),
    (
        "requests.holder_id",
        "requests_at_once",
        Constraint::OpenRequest,
    ),
    (
        "cards.status_index",
        "cards_status_index",
        Constraint::CardPlace,
    ),
    ("cards.holder_id", "cards_in_use", Constraint::CardInUse),
    ("cards.holder_id", "cards_waiting", Constraint::CardInUse),
];

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return match &error {
                sqlx::Error::PoolTimedOut => Self::Busy(error),
                sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => {
                    Self::DiskFull(error)
                }
                _ => Self::Database(error),
            };
        };
        let (code, message) = (
            database.code().unwrap_or_default().into_owned(),
            database.message().to_owned(),
        );
        if database.is_unique_violation() {
            let name = database.constraint().unwrap_or_default().to_owned();
            let found = CONSTRAINTS.iter().find(|(sqlite, postgres, _)| {
                message.contains(sqlite) || name.starts_with(postgres)
            });
            return Self::Conflict(found.map_or(Constraint::Other, |found| found.2));
        }
        match code.as_str() {
            // SQLite: SQLITE_FULL; PostgreSQL: disk_full.
            "13" | "53100" => Self::DiskFull(error),
            // SQLite: BUSY, LOCKED and their extended codes; PostgreSQL: serialization, deadlock,
            // lock not available, too many connections.
            "5" | "6" | "261" | "517" | "40001" | "40P01" | "55P03" | "53300" => Self::Busy(error),
            _ => Self::Database(error),
        }
    }
}
