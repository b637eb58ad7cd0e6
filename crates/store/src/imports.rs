//! Lists of people that offices bring in: kept sealed until they are done with, at most a day, and then erased.
//!
//! What a list says is the app's: here it is three sealed pieces. `plan` says how the list is read and what came of it,
//! `file` is the list itself, `rest` are the rows that were not taken.

mod people;

pub use people::{COMPARED, Compared, Known, Registrations};

use crate::dialect::{execute, run};
use crate::units::{parse_path, path_bounds, path_text};
use crate::{Error, Tx, new_id};
use domain::ids::ImportId;
use domain::role::{Authorized, RegisterHolder, UnitScope};
use domain::time::Timestamp;
use domain::unit::UnitPath;
use std::time::Duration;
use zeroize::Zeroizing;

const PLAN: &str = "imports.plan";
const FILE: &str = "imports.file";
const REST: &str = "imports.rest";
/// How long a list may wait to be imported, and the rows that were not may be fetched: a day of work.
pub const STAGED: Duration = Duration::from_secs(86_400);
/// How long the counts and sums of an import are shown: a quarter, in which somebody may count again.
const SHOWN: Duration = Duration::from_secs(90 * 86_400);

/// A list that was brought in.
#[derive(Clone, Debug)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// The unit of the office that brought it.
    pub unit: UnitPath,
    /// Whether its people are registered.
    pub done: bool,
    /// How it is read and what came of it, as the app wrote it.
    pub plan: Zeroizing<Vec<u8>>,
    /// Whether there are rows that were not taken.
    pub has_rest: bool,
    /// When it was brought.
    pub created: Timestamp,
}

type Row = (ImportId, String, bool, Vec<u8>, bool, Timestamp);

impl Tx {
    /// Keeps a list, to be looked at and imported within a day.
    pub async fn begin_import(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        plan: &[u8],
        file: &[u8],
        now: Timestamp,
    ) -> Result<ImportId, Error> {
        let id = ImportId(new_id(now));
        let sealer = self.keys.sealer();
        let (plan, file) = (sealer.seal_bytes(PLAN, plan), sealer.seal_bytes(FILE, file));
        execute!(
            self,
            sqlx::query(
                "insert into imports (id, unit_path, done, plan, file, rest, created_at)
                 values ($1, $2, false, $3, $4, null, $5)",
            )
            .bind(id)
            .bind(path_text(&who.scope().path))
            .bind(&plan)
            .bind(&file)
            .bind(now)
        )?;
        Ok(id)
    }

    /// The lists of a unit and below, the newest first.
    pub async fn imports(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        most: i64,
    ) -> Result<Vec<Import>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, unit_path, done, plan, rest is not null, created_at from imports
                 where unit_path >= $1 and unit_path < $2 order by created_at desc, id desc limit $3",
            )
            .bind(&from)
            .bind(&to)
            .bind(most)
            .fetch_all(conn)
        })?;
        rows.into_iter().map(|row| self.unsealed(row)).collect()
    }

    /// A list of a unit or below.
    pub async fn import(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        id: ImportId,
    ) -> Result<Option<Import>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let row: Option<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, unit_path, done, plan, rest is not null, created_at from imports
                 where id = $1 and unit_path >= $2 and unit_path < $3",
            )
            .bind(id)
            .bind(&from)
            .bind(&to)
            .fetch_optional(conn)
        })?;
        row.map(|row| self.unsealed(row)).transpose()
    }

    /// The list itself; nothing once its people are registered.
    pub async fn import_file(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        id: ImportId,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let sql = "select file from imports where id = $1 and unit_path >= $2 and unit_path < $3";
        self.piece(who, id, (sql, FILE)).await
    }

    /// The rows that were not taken; nothing when there are none, or their time is over.
    pub async fn import_rest(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        id: ImportId,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let sql = "select rest from imports where id = $1 and unit_path >= $2 and unit_path < $3";
        self.piece(who, id, (sql, REST)).await
    }

    /// Changes how a list is read, and the rows that would not be taken. Says whether it is still open.
    pub async fn plan_import(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        id: ImportId,
        plan: &[u8],
        rest: Option<&[u8]>,
    ) -> Result<bool, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let sealer = self.keys.sealer();
        let (plan, rest) = (
            sealer.seal_bytes(PLAN, plan),
            rest.map(|rest| sealer.seal_bytes(REST, rest)),
        );
        let done = execute!(
            self,
            sqlx::query(
                "update imports set plan = $2, rest = $3
                 where id = $1 and done = false and unit_path >= $4 and unit_path < $5",
            )
            .bind(id)
            .bind(&plan)
            .bind(&rest)
            .bind(&from)
            .bind(&to)
        )?;
        Ok(done > 0)
    }

    /// Ends an import: the list goes, what came of it stays. Says whether it was open: of two who send it, one does it.
    pub async fn end_import(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        id: ImportId,
        plan: &[u8],
        rest: Option<&[u8]>,
    ) -> Result<bool, Error> {
        // One import after another: each sees whom the one before has registered.
        self.next("imports").await?;
        if !self.plan_import(who, id, plan, rest).await? {
            return Ok(false);
        }
        let done = execute!(
            self,
            sqlx::query(
                "update imports set done = true, file = null where id = $1 and done = false"
            )
            .bind(id)
        )?;
        Ok(done > 0)
    }

    /// Erases a list that is not to be imported. Says whether there was one.
    pub async fn drop_import(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        id: ImportId,
    ) -> Result<bool, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let gone = execute!(
            self,
            sqlx::query(
                "delete from imports where id = $1 and done = false and unit_path >= $2 and unit_path < $3",
            )
            .bind(id)
            .bind(&from)
            .bind(&to)
        )?;
        Ok(gone > 0)
    }

    /// Erases lists and rows that waited a day, and results that were shown for a quarter.
    pub async fn erase_imports(&mut self, now: Timestamp) -> Result<u64, Error> {
        let (staged, shown) = (now.minus(STAGED), now.minus(SHOWN));
        let open = "delete from imports where done = false and created_at < $1";
        let rest = "update imports set rest = null where rest is not null and created_at < $1";
        let done = "delete from imports where created_at < $1";
        let mut rows = execute!(self, sqlx::query(open).bind(staged))?;
        rows += execute!(self, sqlx::query(rest).bind(staged))?;
        rows += execute!(self, sqlx::query(done).bind(shown))?;
        Ok(rows)
    }

    async fn piece(
        &mut self,
        who: &Authorized<RegisterHolder, UnitScope>,
        id: ImportId,
        (sql, place): (&'static str, &str),
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let row: Option<(Option<Vec<u8>>,)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(id)
                .bind(&from)
                .bind(&to)
                .fetch_optional(conn)
        })?;
        let sealed = row.and_then(|(sealed,)| sealed);
        sealed
            .map(|sealed| self.keys.sealer().open_bytes(place, &sealed))
            .transpose()
    }

    fn unsealed(&self, (id, unit, done, plan, has_rest, created): Row) -> Result<Import, Error> {
        Ok(Import {
            id,
            unit: parse_path(&unit),
            done,
            plan: self.keys.sealer().open_bytes(PLAN, &plan)?,
            has_rest,
            created,
        })
    }
}
