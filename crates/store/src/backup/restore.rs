//! Restoring: into an empty database only, all of it or nothing.

use super::catalog::{Cell, Column, Names, Stored, Table};
use super::file::{self, Footer, Frame, Header, Kind, Rows};
use super::{Counts, UNDER_WAY, broken, keys_check};
use crate::dialect::{pieces, rows, run};
use crate::{Error, Inner, SCHEMA_VERSION, Store, Tx};
use domain::time::Day;
use serde::de::DeserializeOwned;
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;
use std::path::Path;
use tokio::sync::mpsc;
use uuid::Uuid;

impl Store {
    /// Fills an empty database from a file and says how many rows of each table it now holds.
    /// Nothing is kept unless every count and the checksum hold.
    pub async fn restore(&self, path: &Path) -> Result<Counts, Error> {
        let identity = file::identity(self.keys().folder())?;
        let mut tx = self.write().await?;
        tx.is_empty().await?;
        let (send, receive) = mpsc::channel(UNDER_WAY);
        let from = path.to_owned();
        let reader = tokio::task::spawn_blocking(move || file::read(&from, &identity, &send));
        let filled = tx.fill(receive, &keys_check(self)).await;
        // A damaged file explains whatever came of it.
        reader.await.map_err(|_| broken("the reader stopped"))??;
        let counts = filled?;
        tx.commit().await?;
        self.checkpoint().await?;
        Ok(counts)
    }
}

impl Tx {
    async fn is_empty(&mut self) -> Result<(), Error> {
        for table in self.tables().await? {
            let sql = format!("select 1 from {} limit 1", table.name);
            if self.any(&sql).await? {
                return Err(broken(format!(
                    "the database is not empty ({} has rows); restore into a new data folder or \
                     an empty database",
                    table.name
                )));
            }
        }
        Ok(())
    }

    async fn any(&mut self, sql: &str) -> Result<bool, Error> {
        let found: Option<i32> = run!(self, |conn| {
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    async fn fill(
        &mut self,
        mut frames: mpsc::Receiver<Frame>,
        keys: &str,
    ) -> Result<Counts, Error> {
        let tables = self.tables().await?;
        let mut counts = Counts::new();
        let mut table: Option<Table> = None;
        let mut days = BTreeSet::new();
        let mut promised = None;
        let mut begun = false;
        while let Some(frame) = frames.recv().await {
            match (frame.kind, &table) {
                (Kind::Header, None) => {
                    check_header(&json(&frame)?, keys)?;
                    begun = true;
                }
                (Kind::Table, _) if begun => {
                    let names: Names = json(&frame)?;
                    counts.insert(names.table.clone(), 0);
                    table = Some(matching(&tables, &names)?);
                }
                (Kind::Rows, Some(table)) => {
                    let found = Rows::read(&frame.bytes, table.columns.len())?;
                    self.open_days(table, &found, &mut days).await?;
                    for piece in pieces(&found) {
                        self.insert(table, piece).await?;
                    }
                    *counts.entry(table.name.clone()).or_default() += found.len() as u64;
                }
                (Kind::End, _) => promised = Some(json::<Footer>(&frame)?.counts),
                _ => return Err(broken("the frames are out of order")),
            }
        }
        match promised {
            Some(promised) if promised == counts => Ok(counts),
            _ => Err(broken(
                "the counts of rows do not hold; nothing was restored",
            )),
        }
    }

    /// Makes room for the days of scans.
    async fn open_days(
        &mut self,
        table: &Table,
        found: &[Vec<Cell>],
        days: &mut BTreeSet<i64>,
    ) -> Result<(), Error> {
        let column = table.columns.iter().position(|column| column.name == "day");
        let Some(column) = column.filter(|_| table.name == "scans") else {
            return Ok(());
        };
        for row in found {
            if let Cell::Integer(day) = row[column]
                && days.insert(day)
            {
                self.open_day(Day(day as i32)).await?;
            }
        }
        Ok(())
    }

    async fn insert(&mut self, table: &Table, found: &[Vec<Cell>]) -> Result<(), Error> {
        let sql = format!(
            "insert into {} ({}) values {}",
            table.name,
            table.names().columns.join(", "),
            rows(1, found.len(), table.columns.len())
        );
        macro_rules! insert {
            ($conn:expr) => {{
                let mut query = sqlx::query(AssertSqlSafe(sql));
                for row in found {
                    for (column, cell) in table.columns.iter().zip(row) {
                        query = match (column.kind, cell) {
                            (Stored::Text, Cell::Text(value)) => query.bind(value),
                            (Stored::Text, Cell::Null) => query.bind(None::<String>),
                            (Stored::Bytes, Cell::Bytes(value)) => query.bind(value),
                            (Stored::Bytes, Cell::Null) => query.bind(None::<Vec<u8>>),
                            (Stored::Uuid, Cell::Bytes(value)) => {
                                query.bind(Uuid::from_slice(value).map_err(|_| misfit(column))?)
                            }
                            (Stored::Uuid, Cell::Null) => query.bind(None::<Uuid>),
                            (Stored::Small, Cell::Integer(value)) => {
                                query.bind(i32::try_from(*value).map_err(|_| misfit(column))?)
                            }
                            (Stored::Small, Cell::Null) => query.bind(None::<i32>),
                            (Stored::Big, Cell::Integer(value)) => query.bind(*value),
                            (Stored::Big, Cell::Null) => query.bind(None::<i64>),
                            (Stored::Bool, Cell::Integer(value)) => query.bind(*value != 0),
                            (Stored::Bool, Cell::Null) => query.bind(None::<bool>),
                            _ => return Err(misfit(column)),
                        };
                    }
                }
                query.execute($conn).await?;
            }};
        }
        match &mut self.inner {
            Inner::Sqlite(tx) => insert!(&mut **tx),
            Inner::Postgres(tx) => insert!(&mut **tx),
        }
        Ok(())
    }
}

fn misfit(column: &Column) -> Error {
    broken(format!("a value does not fit the column {}", column.name))
}

fn json<T: DeserializeOwned>(frame: &Frame) -> Result<T, Error> {
    serde_json::from_slice(&frame.bytes).map_err(|error| broken(error.to_string()))
}

fn check_header(header: &Header, keys: &str) -> Result<(), Error> {
    if header.format != file::FORMAT {
        return Err(broken("the backup is of another format; use a newer vaora"));
    }
    if header.schema > SCHEMA_VERSION {
        return Err(Error::Newer {
            found: header.schema,
            known: SCHEMA_VERSION,
        });
    }
    if header.keys != keys {
        return Err(broken(
            "names and numbers in this backup open with another sealing.key; put that key folder \
             in place first",
        ));
    }
    Ok(())
}

/// The table to fill, with the backup's columns in the backup's order.
fn matching(tables: &[Table], names: &Names) -> Result<Table, Error> {
    let unknown = || broken(format!("{} is not what this program keeps", names.table));
    let table = tables.iter().find(|table| table.name == names.table);
    let table = table.ok_or_else(unknown)?;
    let find = |name: &String| table.columns.iter().find(|column| column.name == *name);
    let columns: Option<Vec<_>> = names
        .columns
        .iter()
        .map(|name| find(name).cloned())
        .collect();
    Ok(Table {
        name: table.name.clone(),
        columns: columns.ok_or_else(unknown)?,
    })
}
