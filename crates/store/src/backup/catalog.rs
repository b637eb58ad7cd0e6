//! The tables as the database itself lists them, so that none can be forgotten.

use crate::{Error, Inner, Tx};
use serde::{Deserialize, Serialize};

/// A table of the schema.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

/// A column, as the database stores it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Stored,
}

/// How a database stores a value. SQLite knows only `Text`, `Bytes` and `Big`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    Text,
    Bytes,
    Uuid,
    Small,
    Big,
    Bool,
}

/// A table's names, as a backup carries them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Names {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
}

/// A value on its way from one database to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Bytes(Vec<u8>),
    Text(String),
}

/// Reads one column of a row of either database.
macro_rules! cell {
    ($row:expr, $index:expr, $kind:expr) => {{
        use crate::backup::catalog::{Cell, Stored};
        use sqlx::Row as _;
        let cell = match $kind {
            Stored::Text => $row.try_get::<Option<String>, _>($index)?.map(Cell::Text),
            Stored::Bytes => $row.try_get::<Option<Vec<u8>>, _>($index)?.map(Cell::Bytes),
            Stored::Uuid => $row
                .try_get::<Option<uuid::Uuid>, _>($index)?
                .map(|id| Cell::Bytes(id.as_bytes().to_vec())),
            Stored::Small => $row
                .try_get::<Option<i32>, _>($index)?
                .map(|value| Cell::Integer(value.into())),
            Stored::Big => $row.try_get::<Option<i64>, _>($index)?.map(Cell::Integer),
            Stored::Bool => $row
                .try_get::<Option<bool>, _>($index)?
                .map(|value| Cell::Integer(value.into())),
        };
        cell.unwrap_or(Cell::Null)
    }};
}
pub(super) use cell;

impl Table {
    pub(super) fn names(&self) -> Names {
        let columns = self.columns.iter().map(|column| column.name.clone());
        Names {
            table: self.name.clone(),
            columns: columns.collect(),
        }
    }

    pub(super) fn select(&self) -> String {
        format!(
            "select {} from {}",
            self.names().columns.join(", "),
            self.name
        )
    }
}

const SQLITE: &str = "select m.name, c.name, lower(c.type)
    from sqlite_master m join pragma_table_info(m.name) c
    where m.type = 'table' and m.name not like 'sqlite!_%' escape '!'
    and m.name <> '_sqlx_migrations' order by m.name, c.cid";

// A partition is part of its table.
const POSTGRES: &str = "select cast(c.relname as text), cast(a.attname as text),
    cast(format_type(a.atttypid, null) as text)
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = current_schema() and c.relkind in ('r', 'p') and not c.relispartition
    and a.attnum > 0 and not a.attisdropped and c.relname <> '_sqlx_migrations'
    order by 1, a.attnum";

impl Tx {
    /// Every table but the list of migrations.
    pub(super) async fn tables(&mut self) -> Result<Vec<Table>, Error> {
        let rows: Vec<(String, String, String)> = match &mut self.inner {
            Inner::Sqlite(tx) => sqlx::query_as(SQLITE).fetch_all(&mut **tx).await?,
            Inner::Postgres(tx) => sqlx::query_as(POSTGRES).fetch_all(&mut **tx).await?,
        };
        let mut tables: Vec<Table> = Vec::new();
        for (table, name, kind) in rows {
            let kind = match kind.as_str() {
                "text" => Stored::Text,
                "blob" | "bytea" => Stored::Bytes,
                "uuid" => Stored::Uuid,
                "integer" if self.is_sqlite() => Stored::Big,
                "integer" => Stored::Small,
                "bigint" => Stored::Big,
                "boolean" => Stored::Bool,
                _ => return Err(super::broken(format!("{table}.{name} is of type {kind}"))),
            };
            let column = Column { name, kind };
            match tables.last_mut().filter(|last| last.name == table) {
                Some(last) => last.columns.push(column),
                None => tables.push(Table {
                    name: table,
                    columns: vec![column],
                }),
            }
        }
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(tables)
    }

    const fn is_sqlite(&self) -> bool {
        matches!(self.inner, Inner::Sqlite(_))
    }
}
