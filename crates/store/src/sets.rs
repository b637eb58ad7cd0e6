//! Sets: many rows written, or many keys looked up, by one statement.
//!
//! The one place where the two databases want different texts for speed: PostgreSQL takes a set
//! as one array a column (`unnest`), so that one short statement serves every size; SQLite takes
//! `values`, so that statements are kept for a few sizes and a set is cut, and filled up, to them.
//! Placeholders on SQLite bear no number: sqlx looks numbered ones up by name, one by one.

use crate::{Error, Inner, Tx};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, FromRow, Postgres, Sqlite};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use uuid::Uuid;

/// One column of a set.
pub(crate) enum Column {
    Bool(Vec<bool>),
    Int(Vec<Option<i32>>),
    Long(Vec<Option<i64>>),
    Id(Vec<Option<Uuid>>),
    Word(Vec<Option<&'static str>>),
    Text(Vec<String>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Column {
    /// Numbers.
    pub(crate) fn ints<T: Into<Option<i32>>>(values: impl Iterator<Item = T>) -> Self {
        Self::Int(values.map(Into::into).collect())
    }

    /// Large numbers and times.
    pub(crate) fn longs<T: Into<Option<i64>>>(values: impl Iterator<Item = T>) -> Self {
        Self::Long(values.map(Into::into).collect())
    }

    /// Ids.
    pub(crate) fn ids<T: Into<Option<Uuid>>>(values: impl Iterator<Item = T>) -> Self {
        Self::Id(values.map(Into::into).collect())
    }

    /// Words of a fixed list.
    pub(crate) fn words<T: Into<Option<&'static str>>>(values: impl Iterator<Item = T>) -> Self {
        Self::Word(values.map(Into::into).collect())
    }

    /// Bytes.
    pub(crate) fn bytes<T: Into<Option<Vec<u8>>>>(values: impl Iterator<Item = T>) -> Self {
        Self::Bytes(values.map(Into::into).collect())
    }

    const fn len(&self) -> usize {
        match self {
            Self::Bool(values) => values.len(),
            Self::Int(values) => values.len(),
            Self::Long(values) => values.len(),
            Self::Id(values) => values.len(),
            Self::Word(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    /// The array type on PostgreSQL.
    const fn array(&self) -> &'static str {
        match self {
            Self::Bool(_) => "boolean[]",
            Self::Int(_) => "integer[]",
            Self::Long(_) => "bigint[]",
            Self::Id(_) => "uuid[]",
            Self::Word(_) | Self::Text(_) => "text[]",
            Self::Bytes(_) => "bytea[]",
        }
    }

    fn add_one(&self, row: usize, to: &mut SqliteArguments) -> Result<(), sqlx::Error> {
        let added = match self {
            Self::Bool(values) => to.add(values[row]),
            Self::Int(values) => to.add(values[row]),
            Self::Long(values) => to.add(values[row]),
            Self::Id(values) => to.add(values[row]),
            Self::Word(values) => to.add(values[row]),
            Self::Text(values) => to.add(values[row].as_str()),
            Self::Bytes(values) => to.add(values[row].as_deref()),
        };
        added.map_err(sqlx::Error::Encode)
    }

    fn add_all(&self, to: &mut PgArguments) -> Result<(), sqlx::Error> {
        let added = match self {
            Self::Bool(values) => to.add(values),
            Self::Int(values) => to.add(values),
            Self::Long(values) => to.add(values),
            Self::Id(values) => to.add(values),
            Self::Word(values) => to.add(values),
            Self::Text(values) => to.add(values),
            Self::Bytes(values) => to.add(values),
        };
        added.map_err(sqlx::Error::Encode)
    }
}

impl Tx {
    /// Looks keys up: `head` ends in `(`, `tail` begins with `)`. A key of one column goes into
    /// `id in (`; one of several into `with keys (a, b) as (`, joined first (`cross join`), since
    /// SQLite reads a whole table for a row of values that is `in` a list. A row may come twice.
    pub(crate) async fn look_up<Row>(
        &mut self,
        head: &'static str,
        keys: &[Column],
        tail: &'static str,
    ) -> Result<Vec<Row>, Error>
    where
        Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                let mut all = Vec::new();
                for (start, count, size) in cut(count(keys)) {
                    let sql = values(head, size, keys.len(), tail);
                    let arguments = piece(keys, start, count, size)?;
                    all.extend(
                        sqlx::query_as_with::<Sqlite, Row, _>(sql, arguments)
                            .fetch_all(&mut **tx)
                            .await?,
                    );
                }
                Ok(all)
            }
            Inner::Postgres(_) if count(keys) == 0 => Ok(Vec::new()),
            Inner::Postgres(tx) => {
                let (sql, arguments) = (unnest(head, keys, tail), arrays(keys)?);
                let query = sqlx::query_as_with::<Postgres, Row, _>(sql, arguments);
                Ok(query.fetch_all(&mut **tx).await?)
            }
        }
    }

    /// Writes rows. `tail` says what becomes of a row that is there already; an empty one means
    /// that none is.
    pub(crate) async fn write_set(
        &mut self,
        head: &'static str,
        rows: &[Column],
        tail: &'static str,
    ) -> Result<(), Error> {
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                let pieces = if tail.is_empty() { exact } else { cut };
                for (start, count, size) in pieces(count(rows)) {
                    let sql = values(head, size, rows.len(), tail);
                    let arguments = piece(rows, start, count, size)?;
                    sqlx::query_with::<Sqlite, _>(sql, arguments)
                        .execute(&mut **tx)
                        .await?;
                }
            }
            Inner::Postgres(tx) if count(rows) > 0 => {
                let (sql, arguments) = (unnest(head, rows, tail), arrays(rows)?);
                sqlx::query_with::<Postgres, _>(sql, arguments)
                    .execute(&mut **tx)
                    .await?;
            }
            Inner::Postgres(_) => {}
        }
        Ok(())
    }

    /// Writes those rows that are not there yet and says how many they were. PostgreSQL counts by
    /// `returning`: on Citus the number of rows of an `insert ... select` is wrong.
    pub(crate) async fn write_new(
        &mut self,
        head: &'static str,
        rows: &[Column],
    ) -> Result<usize, Error> {
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                let mut new = 0;
                for (start, count, size) in cut(count(rows)) {
                    let sql = values(head, size, rows.len(), " on conflict do nothing");
                    let arguments = piece(rows, start, count, size)?;
                    let done = sqlx::query_with::<Sqlite, _>(sql, arguments)
                        .execute(&mut **tx)
                        .await?;
                    new += done.rows_affected() as usize;
                }
                Ok(new)
            }
            Inner::Postgres(_) if count(rows) == 0 => Ok(0),
            Inner::Postgres(tx) => {
                let sql = unnest(head, rows, " on conflict do nothing returning 1");
                let query = sqlx::query_with::<Postgres, _>(sql, arrays(rows)?);
                Ok(query.fetch_all(&mut **tx).await?.len())
            }
        }
    }
}

fn count(columns: &[Column]) -> usize {
    columns.first().map_or(0, Column::len)
}

/// The largest number of rows a statement takes on SQLite.
const MOST: usize = 256;

/// Cuts a set: start, rows, and the size of the statement, which is a power of two. The last
/// piece is filled up by repeating its last row when that takes less than a third more.
fn cut(rows: usize) -> Vec<(usize, usize, usize)> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < rows {
        let left = rows - start;
        let above = left.next_power_of_two().min(MOST);
        let size = if left >= above || left * 4 >= above * 3 {
            above
        } else {
            above / 2
        };
        pieces.push((start, left.min(size), size));
        start += size;
    }
    pieces
}

/// Cuts a set into pieces that need no filling.
fn exact(rows: usize) -> Vec<(usize, usize, usize)> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < rows {
        let left = rows - start;
        let size = if left >= MOST {
            MOST
        } else {
            1 << left.ilog2()
        };
        pieces.push((start, size, size));
        start += size;
    }
    pieces
}

fn piece(
    columns: &[Column],
    start: usize,
    count: usize,
    size: usize,
) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(size * columns.len(), 0);
    for row in 0..size {
        for column in columns {
            column.add_one(start + row.min(count - 1), &mut arguments)?;
        }
    }
    Ok(arguments)
}

fn arrays(columns: &[Column]) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for column in columns {
        column.add_all(&mut arguments)?;
    }
    Ok(arguments)
}

/// Statements made once and kept: a few heads, nine sizes each.
fn kept(
    head: &'static str,
    size: usize,
    tail: &'static str,
    make: impl FnOnce() -> String,
) -> &'static str {
    type Key = (&'static str, usize, &'static str);
    static MADE: LazyLock<Mutex<HashMap<Key, &'static str>>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry((head, size, tail))
        .or_insert_with(|| Box::leak(make().into_boxed_str()))
}

fn values(head: &'static str, size: usize, columns: usize, tail: &'static str) -> &'static str {
    kept(head, size, tail, || {
        let row = format!("({})", vec!["?"; columns].join(", "));
        // Its pages need no second copy to undo half a statement: a statement that fails ends
        // its transaction.
        let head = head.replacen("insert into", "insert or fail into", 1);
        format!("{head}values {}{tail}", vec![row; size].join(", "))
    })
}

fn unnest(head: &'static str, columns: &[Column], tail: &'static str) -> &'static str {
    kept(head, 0, tail, || {
        let arrays: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(n, column)| format!("${}::{}", n + 1, column.array()))
            .collect();
        format!("{head}select * from unnest({}){tail}", arrays.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_exactly_one_piece() {
        for rows in 0..2000 {
            for pieces in [cut(rows), exact(rows)] {
                let mut next = 0;
                for (start, count, size) in pieces {
                    assert_eq!(start, next);
                    assert!(count >= 1 && count <= size && size <= MOST && size.is_power_of_two());
                    next += count;
                }
                assert_eq!(next, rows);
            }
        }
        assert_eq!(cut(100), [(0, 100, 128)]);
        assert_eq!(cut(90), [(0, 64, 64), (64, 26, 32)]);
    }
}
