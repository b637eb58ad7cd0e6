//! Backup and restore: every table, of one moment, counted, checked and encrypted.
//!
//! A backup is a logical dump, so what SQLite wrote PostgreSQL reads. It is taken in one read
//! transaction while others write. It holds no key: neither the day keys (a destroyed day stays
//! dark in every backup) nor `sealing.key`, nor `backup.key`, which alone opens it.
//!
//! The file is age encryption around gzip around frames; [`file`] has the frames.

mod catalog;
mod file;
mod restore;

use crate::{Error, Inner, SCHEMA_VERSION, Store, Tx};
use catalog::{Table, cell};
use domain::time::Timestamp;
use file::{Footer, Frame, Header, Kind, Rows};
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;
use std::path::Path;
use tokio::sync::mpsc;

/// How many rows of each table a backup holds.
pub type Counts = BTreeMap<String, u64>;

/// Frames under way between database and file: bounds memory, whatever the size.
const UNDER_WAY: usize = 8;

impl Store {
    /// Writes everything to a new file, while the program goes on, and says how many rows of
    /// each table it holds. A file that exists is left alone.
    pub async fn backup(&self, path: &Path, now: Timestamp) -> Result<Counts, Error> {
        let recipient = file::identity(self.keys().folder())?.to_public();
        let (send, receive) = mpsc::channel(UNDER_WAY);
        let to = path.to_owned();
        let writer = tokio::task::spawn_blocking(move || file::write(&to, &recipient, receive));
        let dumped = self.dump(now, send).await;
        let written = writer.await.map_err(|_| broken("the writer stopped"))?;
        match (dumped, written) {
            // When the file cannot be written, the dump fails for want of a reader.
            (_, Err(error)) | (Err(error), Ok(())) => Err(error),
            (Ok(counts), Ok(())) => Ok(counts),
        }
    }

    async fn dump(&self, now: Timestamp, send: mpsc::Sender<Frame>) -> Result<Counts, Error> {
        let header = Header {
            format: file::FORMAT,
            schema: SCHEMA_VERSION,
            made: now.rfc3339(),
            database: self.database().to_owned(),
            keys: keys_check(self),
        };
        let out = Out { send };
        out.json(Kind::Header, &header).await?;
        let mut tx = self.read().await?;
        let mut counts = Counts::new();
        for table in tx.tables().await? {
            out.json(Kind::Table, &table.names()).await?;
            let count = tx.dump_table(&table, &out).await?;
            counts.insert(table.name, count);
        }
        tx.rollback().await?;
        let footer = Footer {
            counts: counts.clone(),
        };
        out.json(Kind::End, &footer).await?;
        Ok(counts)
    }
}

impl Tx {
    async fn dump_table(&mut self, table: &Table, out: &Out) -> Result<u64, Error> {
        let sql = table.select();
        let mut rows = Rows::default();
        let mut count = 0;
        macro_rules! dump {
            ($conn:expr) => {{
                let mut stream = sqlx::query(AssertSqlSafe(sql.as_str())).fetch($conn);
                while let Some(row) = stream.try_next().await? {
                    for (index, column) in table.columns.iter().enumerate() {
                        rows.cell(&cell!(row, index, column.kind));
                    }
                    rows.end_row();
                    count += 1;
                    if rows.is_full() {
                        out.frame(std::mem::take(&mut rows).frame()).await?;
                    }
                }
            }};
        }
        match &mut self.inner {
            Inner::Sqlite(tx) => dump!(&mut **tx),
            Inner::Postgres(tx) => dump!(&mut **tx),
        }
        if !rows.is_empty() {
            out.frame(rows.frame()).await?;
        }
        Ok(count)
    }
}

struct Out {
    send: mpsc::Sender<Frame>,
}

impl Out {
    async fn json<T: serde::Serialize>(&self, kind: Kind, value: &T) -> Result<(), Error> {
        let bytes = serde_json::to_vec(value).map_err(|error| broken(error.to_string()))?;
        self.frame(Frame { kind, bytes }).await
    }

    async fn frame(&self, frame: Frame) -> Result<(), Error> {
        let sent = self.send.send(frame).await;
        sent.map_err(|_| broken("the file could not be written"))
    }
}

/// Tells whether a key folder is the one that a backup's sealed data opens with, and nothing else.
fn keys_check(store: &Store) -> String {
    let hash = store.keys().sealer().hash("backup", "key folder");
    let digest = Sha256::digest(hash);
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn broken(what: impl Into<String>) -> Error {
    Error::Backup(what.into())
}
