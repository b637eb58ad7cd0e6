//! Permits: what the bearers of cards may do, issued by the offices of their units, and seen where they are demanded.
//!
//! Permits that were issued together are a list; one that was issued alone is a list of one. A list has its id before it
//! is issued, so that a form which is sent twice issues once.

mod demands;
mod finding;
mod read;

pub use demands::{Demand, Demanded};
pub use finding::{PermitFor, Wanted};
pub(crate) use read::shown;
pub use read::{PermitFilter, PermitLine, PermitState, ShownPermit};

use crate::dialect::{execute, run};
use crate::sets::Column;
use crate::units::{parse_path, path_bounds};
use crate::{Error, Tx, audit, new_id};
use domain::ids::{HolderId, PermitId, PermitListId};
use domain::permit::{MOST_HELD, Permit, PermitDays, PermitEnd, PermitKind, PermitPlace};
use domain::role::{Authorized, EndPermit, HolderScope, IssuePermit, UnitScope, UseOwnData};
use domain::time::{Day, Timestamp};
use domain::unit::{UnitCode, UnitPath};
use domain::venue::OpeningHours;
use sqlx::FromRow;

/// A permit as it was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedPermit {
    /// Its id, which is also when it was issued.
    pub id: PermitId,
    /// Whose it is.
    pub holder: HolderId,
    /// What it allows.
    pub permit: Permit,
    /// Where its holder lived then: the offices above it may end it.
    pub unit: UnitPath,
    /// The unit of the office that issued it.
    pub issued_by: UnitCode,
    /// What it was issued together with.
    pub list: PermitListId,
    /// When.
    pub created: Timestamp,
    /// Why it was ended early, if it was.
    pub why: Option<PermitEnd>,
}

/// What became of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issued {
    /// Who has a permit now.
    pub to: Vec<HolderId>,
    /// Who has as many as one may have, and got none.
    pub full: Vec<HolderId>,
}

/// A row of the table, all of it but who ended it.
#[derive(FromRow)]
pub(crate) struct Row {
    id: PermitId,
    holder_id: HolderId,
    kind: PermitKind,
    from_day: Day,
    until_day: Day,
    hours: String,
    days: String,
    place: String,
    unit_path: String,
    issued_by: UnitCode,
    list_id: PermitListId,
    created_at: Timestamp,
    ended_at: Option<Timestamp>,
    end_reason: Option<PermitEnd>,
}

impl Row {
    /// Reads what was written as text.
    pub(crate) fn issued(self) -> Result<IssuedPermit, Error> {
        let permit = Permit {
            kind: self.kind,
            from: self.from_day,
            until: self.until_day,
            hours: OpeningHours::parse(&self.hours).ok_or(Error::Damaged("permits.hours"))?,
            days: PermitDays::parse(&self.days).ok_or(Error::Damaged("permits.days"))?,
            place: PermitPlace::parse(&self.place).ok_or(Error::Damaged("permits.place"))?,
            issued: self.created_at,
            ended: self.ended_at,
        };
        Ok(IssuedPermit {
            id: self.id,
            holder: self.holder_id,
            permit,
            unit: parse_path(&self.unit_path),
            issued_by: self.issued_by,
            list: self.list_id,
            created: self.created_at,
            why: self.end_reason,
        })
    }
}

impl Tx {
    /// Issues one permit to each of some people of the unit, all of them at once; who lives elsewhere is passed over, and who
    /// has [`MOST_HELD`] already. Fails with `Conflict(PermitList)` when the list was issued before.
    pub async fn issue_permits(
        &mut self,
        who: &Authorized<IssuePermit, UnitScope>,
        list: PermitListId,
        people: &[HolderId],
        permit: &Permit,
        now: Timestamp,
    ) -> Result<Issued, Error> {
        let mut issued = Issued::default();
        let mut units = Vec::new();
        for (holder, unit, held) in self.may_be_issued(who, people, now).await? {
            if held < MOST_HELD as i64 {
                issued.to.push(holder);
                units.push(unit);
            } else {
                issued.full.push(holder);
            }
        }
        let by = who.scope().unit().map(UnitCode::to_string);
        let (by, actor) = (by.unwrap_or_default(), audit::actor_text(who.actor()));
        let n = issued.to.len();
        let texts = |text: String| Column::Text(vec![text; n]);
        let rows = [
            Column::ids((0..n).map(|_| new_id(now))),
            Column::ids(issued.to.iter().map(|holder| holder.0)),
            Column::words((0..n).map(|_| permit.kind.as_str())),
            Column::ints((0..n).map(|_| permit.from.0)),
            Column::ints((0..n).map(|_| permit.until.0)),
            texts(permit.hours.to_string()),
            texts(permit.days.to_string()),
            texts(permit.place.to_string()),
            Column::Text(units),
            texts(by),
            texts(actor),
            Column::ids((0..n).map(|_| list.0)),
            Column::longs((0..n).map(|_| now.millis())),
        ];
        let head = "insert into permits (id, holder_id, kind, from_day, until_day, hours, days, place, unit_path,
             issued_by, issuer, list_id, created_at) ";
        self.write_set(head, &rows, "").await?;
        Ok(issued)
    }

    /// Those of some people who live in the unit: each once, with where, and how many permits they have that are not over.
    async fn may_be_issued(
        &mut self,
        who: &Authorized<IssuePermit, UnitScope>,
        people: &[HolderId],
        now: Timestamp,
    ) -> Result<Vec<(HolderId, String, i64)>, Error> {
        const HEAD: &str = "with keys (a, b, c, d) as (";
        const TAIL: &str = ") select h.id, h.unit_path, (select count(*) from permits p
               where p.holder_id = h.id and p.ended_at is null and p.until_day >= d)
             from keys cross join holders h where h.id = a and h.unit_path >= b and h.unit_path < c";
        let mut people: Vec<HolderId> = people.to_vec();
        people.sort_unstable();
        people.dedup();
        let (from, to) = path_bounds(&who.scope().path);
        let keys = [
            Column::ids(people.iter().map(|one| one.0)),
            Column::Text(vec![from; people.len()]),
            Column::Text(vec![to; people.len()]),
            Column::ints(people.iter().map(|_| self.zone.day(now).0)),
        ];
        let mut found: Vec<(HolderId, String, i64)> = self.look_up(HEAD, &keys, TAIL).await?;
        // A set that is filled up brings its last row again.
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Ends a permit of the unit early; whose it was, or nothing when there is none, or it had ended.
    pub async fn end_permit(
        &mut self,
        who: &Authorized<EndPermit, UnitScope>,
        id: PermitId,
        why: PermitEnd,
        now: Timestamp,
    ) -> Result<Vec<HolderId>, Error> {
        let sql = "update permits set ended_at = $4, ended_by = $5, end_reason = $6
             where id = $1 and ended_at is null and unit_path >= $2 and unit_path < $3 returning holder_id";
        self.end(
            sql,
            id.0,
            (&who.scope().path, &audit::actor_text(who.actor())),
            (why, now),
        )
        .await
    }

    /// Ends all permits of a list that are the unit's, and were not ended before: whose they were.
    pub async fn end_permit_list(
        &mut self,
        who: &Authorized<EndPermit, UnitScope>,
        list: PermitListId,
        why: PermitEnd,
        now: Timestamp,
    ) -> Result<Vec<HolderId>, Error> {
        let sql = "update permits set ended_at = $4, ended_by = $5, end_reason = $6
             where list_id = $1 and ended_at is null and unit_path >= $2 and unit_path < $3 returning holder_id";
        self.end(
            sql,
            list.0,
            (&who.scope().path, &audit::actor_text(who.actor())),
            (why, now),
        )
        .await
    }

    async fn end(
        &mut self,
        sql: &'static str,
        what: uuid::Uuid,
        (unit, actor): (&UnitPath, &str),
        (why, now): (PermitEnd, Timestamp),
    ) -> Result<Vec<HolderId>, Error> {
        let (from, to) = path_bounds(unit);
        let found: Vec<(HolderId,)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(what)
                .bind(from)
                .bind(to)
                .bind(now)
                .bind(actor)
                .bind(why)
                .fetch_all(conn)
        })?;
        Ok(found.into_iter().map(|(holder,)| holder).collect())
    }

    /// One's own permits, the newest first.
    pub async fn own_permits(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
    ) -> Result<Vec<IssuedPermit>, Error> {
        self.permits_of(who.scope().holder).await
    }

    /// Erases permits whose last day is before a day, or that were ended before an instant.
    pub(crate) async fn erase_permits(
        &mut self,
        last: Day,
        ended: Timestamp,
    ) -> Result<u64, Error> {
        let sql = "delete from permits where until_day < $1 or ended_at < $2";
        Ok(execute!(self, sqlx::query(sql).bind(last).bind(ended))?)
    }
}
