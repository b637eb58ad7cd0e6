//! Permits that venues' owners ask for, for their workers. Terms, names and numbers are sealed; the office of the venue's
//! commune answers. The owners learn which lines were granted, and of the others nothing.

use crate::audit::actor_text;
use crate::dialect::{execute, run};
use crate::units::{parse_path, path_bounds};
use crate::{Error, Tx, new_id};
use domain::ids::{PermitListId, PermitRequestId, VenueId};
use domain::permit_request::{PermitRefusal, PermitRequestState};
use domain::role::{
    Authorized, HolderScope, IssuePermit, ManageVenue, ReadVenueBoard, UnitScope, UseOwnData,
    VenueScope,
};
use domain::time::Timestamp;
use domain::unit::UnitPath;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use std::collections::BTreeMap;

const ASKED: &str = "permit_requests.sealed";
const GRANTED: &str = "permit_requests.granted";
/// How many answered ones a venue's owners are shown.
const SHOWN: i64 = 20;

/// A worker, as the owners name them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// The number of a card or a paper, or a phone, as typed.
    pub number: String,
    /// The name, as typed; may be empty.
    pub name: String,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedPermits {
    /// The terms, as the fields of the form say them.
    pub terms: BTreeMap<String, String>,
    /// For whom.
    pub workers: Vec<Worker>,
}

/// A request, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermitRequest {
    /// Its id.
    pub id: PermitRequestId,
    /// The venue whose owners ask.
    pub venue: VenueId,
    /// What for.
    pub asked: AskedPermits,
    /// Where it is.
    pub state: PermitRequestState,
    /// Why it was refused.
    pub reason: PermitRefusal,
    /// For each worker whether it was granted, once it was answered.
    pub granted: Vec<bool>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was answered.
    pub answered: Option<Timestamp>,
}

/// A request that waits, without what is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPermitRequest {
    /// Its id.
    pub id: PermitRequestId,
    /// The venue's name.
    pub name: String,
    /// Where the venue is.
    pub unit: UnitPath,
    /// For how many.
    pub workers: i32,
    /// Since when.
    pub created: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: PermitRequestId,
    venue_id: VenueId,
    state: PermitRequestState,
    reason: PermitRefusal,
    sealed: Vec<u8>,
    granted: Option<Vec<u8>>,
    created_at: Timestamp,
    answered_at: Option<Timestamp>,
}

impl Tx {
    /// Asks the office of the venue's commune.
    pub async fn ask_permits(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        asked: &AskedPermits,
        now: Timestamp,
    ) -> Result<PermitRequestId, Error> {
        let id = PermitRequestId(new_id(now));
        let sealed = self.keys.sealer().seal(ASKED, asked);
        execute!(
            self,
            sqlx::query(
                "insert into permit_requests (id, venue_id, state, reason, workers, sealed, created_at)
                 values ($1, $2, 'open', 'none', $3, $4, $5)",
            )
            .bind(id)
            .bind(who.scope().venue)
            .bind(i32::try_from(asked.workers.len()).unwrap_or(i32::MAX))
            .bind(sealed)
            .bind(now)
        )?;
        Ok(id)
    }

    /// How many of a venue's requests nobody has answered.
    pub async fn open_permit_requests_of(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
    ) -> Result<i64, Error> {
        let sql = "select count(*) from permit_requests where venue_id = $1 and state = 'open'";
        let count = run!(self, |conn| {
            sqlx::query_scalar(sql)
                .bind(who.scope().venue)
                .fetch_one(conn)
        })?;
        Ok(count)
    }

    /// What a venue's owners asked for, the newest first.
    pub async fn own_permit_requests(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
    ) -> Result<Vec<PermitRequest>, Error> {
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, venue_id, state, reason, sealed, granted, created_at, answered_at
                 from permit_requests where venue_id = $1 order by created_at desc, id desc limit $2",
            )
            .bind(who.scope().venue)
            .bind(SHOWN)
            .fetch_all(conn)
        })?;
        rows.into_iter()
            .map(|row| self.permit_request_of(row))
            .collect()
    }

    /// What owners of venues of a unit wait for, the longest waiting first. Nothing sealed is opened.
    pub async fn open_permit_requests(
        &mut self,
        who: &Authorized<IssuePermit, UnitScope>,
        most: i64,
    ) -> Result<Vec<OpenPermitRequest>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let rows: Vec<(PermitRequestId, String, String, i32, Timestamp)> = run!(self, |conn| {
            sqlx::query_as(
                "select r.id, v.name, v.unit_path, r.workers, r.created_at
                 from permit_requests r join venues v on v.id = r.venue_id
                 where r.state = 'open' and v.unit_path >= $1 and v.unit_path < $2
                 order by r.created_at, r.id limit $3",
            )
            .bind(&from)
            .bind(&to)
            .bind(most)
            .fetch_all(conn)
        })?;
        let open = |(id, name, unit, workers, created): (_, _, String, _, _)| OpenPermitRequest {
            id,
            name,
            unit: parse_path(&unit),
            workers,
            created,
        };
        Ok(rows.into_iter().map(open).collect())
    }

    /// How many there are of [`Tx::open_permit_requests`].
    pub async fn open_permit_request_count(
        &mut self,
        who: &Authorized<IssuePermit, UnitScope>,
    ) -> Result<i64, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        Ok(run!(self, |conn| {
            sqlx::query_scalar(
                "select count(*) from permit_requests r join venues v on v.id = r.venue_id
                 where r.state = 'open' and v.unit_path >= $1 and v.unit_path < $2",
            )
            .bind(&from)
            .bind(&to)
            .fetch_one(conn)
        })?)
    }

    /// An open request of a venue of the unit.
    pub async fn permit_request(
        &mut self,
        who: &Authorized<IssuePermit, UnitScope>,
        id: PermitRequestId,
    ) -> Result<Option<PermitRequest>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let row: Option<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select r.id, r.venue_id, r.state, r.reason, r.sealed, r.granted, r.created_at, r.answered_at
                 from permit_requests r join venues v on v.id = r.venue_id
                 where r.id = $1 and r.state = 'open' and v.unit_path >= $2 and v.unit_path < $3",
            )
            .bind(id)
            .bind(&from)
            .bind(&to)
            .fetch_optional(conn)
        })?;
        row.map(|row| self.permit_request_of(row)).transpose()
    }

    /// Answers an open request: which workers were granted, by which list of permits; none, with a reason, when it is refused.
    /// Says whether it was open.
    pub async fn answer_permit_request(
        &mut self,
        who: &Authorized<IssuePermit, UnitScope>,
        id: PermitRequestId,
        (granted, list): (&[bool], Option<PermitListId>),
        reason: PermitRefusal,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let state = match list {
            Some(_) => PermitRequestState::Done,
            None => PermitRequestState::Refused,
        };
        let sealed = self.keys.sealer().seal(GRANTED, &granted);
        let done = execute!(
            self,
            sqlx::query(
                "update permit_requests
                 set state = $4, reason = $5, granted = $6, list_id = $7, answered_at = $8, answered_by = $9
                 where id = $1 and state = 'open'
                   and venue_id in (select id from venues where unit_path >= $2 and unit_path < $3)",
            )
            .bind(id)
            .bind(&from)
            .bind(&to)
            .bind(state)
            .bind(reason)
            .bind(sealed)
            .bind(list)
            .bind(now)
            .bind(actor_text(who.actor()))
        )?;
        Ok(done > 0)
    }

    /// The names of the venues whose owners asked for one's own permits, by the list each came of.
    pub async fn own_permit_venues(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<BTreeMap<PermitListId, String>, Error> {
        let rows: Vec<(PermitListId, String)> = run!(self, |conn| {
            sqlx::query_as(
                "select r.list_id, v.name from permits p join permit_requests r on r.list_id = p.list_id
                 join venues v on v.id = r.venue_id where p.holder_id = $1",
            )
            .bind(who.scope().holder)
            .fetch_all(conn)
        })?;
        Ok(rows.into_iter().collect())
    }

    fn permit_request_of(&self, row: Row) -> Result<PermitRequest, Error> {
        let sealer = self.keys.sealer();
        let granted = row.granted.map(|sealed| sealer.open(GRANTED, &sealed));
        Ok(PermitRequest {
            id: row.id,
            venue: row.venue_id,
            asked: sealer.open(ASKED, &row.sealed)?,
            state: row.state,
            reason: row.reason,
            granted: granted.transpose()?.unwrap_or_default(),
            created: row.created_at,
            answered: row.answered_at,
        })
    }

    /// Erases requests that were answered before an instant, and those made before it that nobody answered.
    pub(crate) async fn erase_permit_requests(&mut self, before: Timestamp) -> Result<u64, Error> {
        let sql = "delete from permit_requests where coalesce(answered_at, created_at) < $1";
        Ok(execute!(self, sqlx::query(sql).bind(before))?)
    }
}
