//! Checkpoints: the gates of a venue, each with a code of its own.

use crate::dialect::{execute, run};
use crate::{Error, Tx, new_id};
use domain::ids::{CheckpointId, VenueId};
use domain::role::{Authorized, ManageVenue, VenueScope};
use domain::time::{Day, Timestamp};
use sqlx::AssertSqlSafe;

/// A gate as stored. What it says is public: it stands on the poster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The checkpoint.
    pub id: CheckpointId,
    /// Its venue.
    pub venue: VenueId,
    /// Its name: "Cổng chính".
    pub name: String,
    /// The seven characters of its poster.
    pub code: String,
    /// Which version of the poster is the current one, from 1.
    pub poster_version: i32,
    /// The last day on which the page of its poster was opened after posters had ended.
    pub opened_on: Option<Day>,
    /// Since when.
    pub created: Timestamp,
    /// When it was closed, if it was.
    pub closed: Option<Timestamp>,
}

type Row = (
    CheckpointId,
    VenueId,
    String,
    String,
    i32,
    Option<Day>,
    Timestamp,
    Option<Timestamp>,
);

const COLUMNS: &str = "id, venue_id, name, code, poster_version, opened_on, created_at, closed_at";

fn checkpoint(
    (id, venue, name, code, poster_version, opened_on, created, closed): Row,
) -> Checkpoint {
    Checkpoint {
        id,
        venue,
        name,
        code,
        poster_version,
        opened_on,
        created,
        closed,
    }
}

impl Tx {
    /// Adds a gate. Fails with `Conflict(CheckpointCode)` when another gate has the code.
    pub async fn add_checkpoint(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        name: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<CheckpointId, Error> {
        let id = CheckpointId(new_id(now));
        execute!(
            self,
            sqlx::query(
                "insert into checkpoints (id, venue_id, name, code, poster_version, created_at)
                 values ($1, $2, $3, $4, 1, $5)",
            )
            .bind(id)
            .bind(who.scope().venue)
            .bind(name)
            .bind(code)
            .bind(now)
        )?;
        Ok(id)
    }

    /// A gate by id.
    pub async fn checkpoint(&mut self, id: CheckpointId) -> Result<Option<Checkpoint>, Error> {
        let sql = format!("select {COLUMNS} from checkpoints where id = $1");
        let row: Option<Row> = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(id)
                .fetch_optional(conn)
        })?;
        Ok(row.map(checkpoint))
    }

    /// The gate with a code.
    pub async fn checkpoint_by_code(&mut self, code: &str) -> Result<Option<Checkpoint>, Error> {
        let sql = format!("select {COLUMNS} from checkpoints where code = $1");
        let row: Option<Row> = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(code)
                .fetch_optional(conn)
        })?;
        Ok(row.map(checkpoint))
    }

    /// The gates of a venue in the order in which they were added, closed ones too.
    pub async fn checkpoints(&mut self, venue: VenueId) -> Result<Vec<Checkpoint>, Error> {
        let sql = format!(
            "select {COLUMNS} from checkpoints where venue_id = $1 order by created_at, id"
        );
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(venue)
                .fetch_all(conn)
        })?;
        Ok(rows.into_iter().map(checkpoint).collect())
    }

    /// Gives a gate another name; its poster is a new version. Says whether it was the venue's.
    pub async fn rename_checkpoint(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        id: CheckpointId,
        name: &str,
    ) -> Result<bool, Error> {
        let done = execute!(
            self,
            sqlx::query(
                "update checkpoints set name = $3, poster_version = poster_version + 1
                 where id = $1 and venue_id = $2 and closed_at is null and name <> $3",
            )
            .bind(id)
            .bind(who.scope().venue)
            .bind(name)
        )?;
        Ok(done > 0)
    }

    /// Closes a gate and takes its devices' tokens. Says whether it was an open one of the venue.
    pub async fn close_checkpoint(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        id: CheckpointId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let venue = who.scope().venue;
        let done = execute!(
            self,
            sqlx::query(
                "update checkpoints set closed_at = $3
                 where id = $1 and venue_id = $2 and closed_at is null",
            )
            .bind(id)
            .bind(venue)
            .bind(now)
        )?;
        execute!(
            self,
            sqlx::query(
                "update devices set revoked_at = $3
                 where checkpoint_id = $1 and venue_id = $2 and revoked_at is null",
            )
            .bind(id)
            .bind(venue)
            .bind(now)
        )?;
        Ok(done > 0)
    }
}
