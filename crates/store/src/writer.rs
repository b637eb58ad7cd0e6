//! SQLite's one writing connection, taken in turns, and what puts a commit on disk. "Log" here is
//! SQLite's write-ahead log.
//!
//! SQLite commits into the system's memory (`synchronous=normal`): other connections see it, a
//! kill of the program leaves it, a power cut may take it. It is on disk once the write-ahead log
//! was flushed after it, which [`Writer::flush`] does. So a transaction can begin while the one
//! before is on its way to disk, and one flush serves whatever was committed until then. Whoever
//! acknowledges flushes first: [`Tx::commit`](crate::Tx::commit) does.

use crate::Error;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use std::fs::File;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, Notify, OwnedMutexGuard};

/// How long to wait for a turn.
const PATIENCE: Duration = Duration::from_secs(30);

/// The writing connection. Cheap to clone; it stays open, so that the log stays the same file.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    seat: Arc<Mutex<Seat>>,
    log: Arc<Log>,
}

/// What a turn gives.
#[derive(Debug)]
struct Seat {
    /// None once the store is closed.
    connection: Option<SqliteConnection>,
    /// Whether a transaction was begun and neither kept nor dropped.
    in_transaction: bool,
}

impl Writer {
    /// Connects, so that the database and its log are there.
    pub(crate) async fn connect(options: &SqliteConnectOptions) -> Result<Self, Error> {
        let mut connection = options.connect().await?;
        // The log is made by the first look at the database.
        connection
            .execute("select count(*) from sqlite_master")
            .await?;
        let mut path = options.get_filename().as_os_str().to_owned();
        path.push("-wal");
        let log = Log {
            file: File::open(path).map_err(sqlx::Error::Io)?,
            #[cfg(feature = "test-support")]
            disk: Disk::default(),
            failed: AtomicBool::new(false),
            lost: Notify::new(),
        };
        let seat = Seat {
            connection: Some(connection),
            in_transaction: false,
        };
        Ok(Self {
            seat: Arc::new(Mutex::new(seat)),
            log: Arc::new(log),
        })
    }

    /// Takes a turn. Turns are given in the order in which they were asked for.
    pub(crate) async fn turn(&self) -> Result<Turn, Error> {
        let seat = tokio::time::timeout(PATIENCE, Arc::clone(&self.seat).lock_owned()).await;
        let mut turn = Turn {
            seat: seat.map_err(|_| Error::Busy(sqlx::Error::PoolTimedOut))?,
            writer: self.clone(),
        };
        if turn.seat.connection.is_none() || self.has_lost() {
            return Err(Error::Stopped);
        }
        turn.drop_what_was_begun().await;
        Ok(turn)
    }

    /// Puts on disk what was committed before.
    pub(crate) async fn flush(&self) -> Result<(), Error> {
        let log = Arc::clone(&self.log);
        tokio::task::spawn_blocking(move || log.flush())
            .await
            .map_err(|_| Error::Stopped)?
    }

    /// Whether a flush failed.
    pub(crate) fn has_lost(&self) -> bool {
        self.log.failed.load(Ordering::Acquire)
    }

    /// Waits until a flush fails.
    pub(crate) async fn lost(&self) {
        let told = self.log.lost.notified();
        if !self.has_lost() {
            told.await;
        }
    }

    /// Closes the connection; later turns are refused.
    pub(crate) async fn close(&self) {
        let mut seat = self.seat.lock().await;
        if let Some(connection) = seat.connection.take() {
            // What was committed is in the log; there is nobody to tell.
            let _ = connection.close().await;
        }
    }

    /// The file of the log, for tests to hold up or to fail.
    #[cfg(feature = "test-support")]
    pub(crate) fn disk(&self) -> &Disk {
        &self.log.disk
    }
}

/// SQLite's write-ahead log as a file.
#[derive(Debug)]
struct Log {
    file: File,
    #[cfg(feature = "test-support")]
    disk: Disk,
    /// Whether a flush failed. The system forgets what it could not write, so a later flush that
    /// succeeds says nothing about it: only a new start tells what is there.
    failed: AtomicBool,
    /// Told when it does.
    lost: Notify,
}

impl Log {
    fn flush(&self) -> Result<(), Error> {
        if self.failed.load(Ordering::Acquire) {
            return Err(Error::Stopped);
        }
        self.sync().map_err(|error| {
            self.failed.store(true, Ordering::Release);
            tracing::error!(%error, "the write-ahead log cannot be put on disk; nothing is kept any more");
            self.lost.notify_waiters();
            sqlx::Error::Io(error).into()
        })
    }

    fn sync(&self) -> std::io::Result<()> {
        #[cfg(feature = "test-support")]
        self.disk.sync()?;
        self.file.sync_data()
    }
}

/// A disk that can be held up and can fail.
#[cfg(feature = "test-support")]
#[derive(Debug, Default)]
pub(crate) struct Disk {
    turn: Arc<Mutex<()>>,
    fails: AtomicBool,
}

#[cfg(feature = "test-support")]
impl Disk {
    /// Holds up every flush until the guard is dropped.
    pub(crate) async fn hold(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.turn).lock_owned().await
    }

    /// Fails the next flush, and only that.
    pub(crate) fn fail_once(&self) {
        self.fails.store(true, Ordering::Release);
    }

    fn sync(&self) -> std::io::Result<()> {
        drop(self.turn.blocking_lock());
        if self.fails.swap(false, Ordering::AcqRel) {
            return Err(std::io::Error::other("planted"));
        }
        Ok(())
    }
}

/// A turn with the writing connection.
#[derive(Debug)]
pub(crate) struct Turn {
    seat: OwnedMutexGuard<Seat>,
    writer: Writer,
}

impl Turn {
    /// Begins a transaction that writes.
    pub(crate) async fn begin(&mut self) -> Result<(), Error> {
        self.seat.in_transaction = true;
        sqlx::query("begin immediate").execute(&mut **self).await?;
        Ok(())
    }

    /// Commits; [`Writer::flush`] puts it on disk.
    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        sqlx::query("commit").execute(&mut *self).await?;
        self.seat.in_transaction = false;
        Ok(())
    }

    /// Whose turn it is.
    pub(crate) fn writer(&self) -> Writer {
        self.writer.clone()
    }

    /// Drops what was written.
    pub(crate) async fn rollback(mut self) {
        self.drop_what_was_begun().await;
    }

    async fn drop_what_was_begun(&mut self) {
        if self.seat.in_transaction {
            // When the disk is full, SQLite has done so by itself and says that nothing is open.
            let _ = sqlx::query("rollback").execute(&mut **self).await;
            self.seat.in_transaction = false;
        }
    }
}

impl Drop for Turn {
    /// A transaction that was neither kept nor dropped goes with the next turn; so one is taken.
    fn drop(&mut self) {
        if self.seat.in_transaction
            && let Ok(runtime) = Handle::try_current()
        {
            let writer = self.writer.clone();
            runtime.spawn(async move {
                let _ = writer.turn().await;
            });
        }
    }
}

impl Deref for Turn {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        self.seat.connection.as_ref().expect(OPEN)
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.seat.connection.as_mut().expect(OPEN)
    }
}

const OPEN: &str = "a turn is given with an open connection";
