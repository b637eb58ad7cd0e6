//! Scans as boards read them: listed by time, and counted. Recording them is `admissions.rs`.
//!
//! Every statement names its days and its venue, so that it touches one stretch of each day and
//! nothing else, however long the log grows.

mod confirmed;
mod counts;
mod oddities;

pub use counts::{Passages, Referrals};
pub use oddities::OddScan;

use crate::dialect::{list, run};
use crate::keys::Pseudonym;
use crate::{Error, Tx, first_id};
use domain::aside::Settled;
use domain::ids::{CheckpointId, DeviceId, ScanId, VenueId};
use domain::role::{Authorized, HolderScope, ReadVenueBoard, RecordScans, UseOwnData, VenueScope};
use domain::scan::{Decision, Direction, Reasons, Way};
use domain::time::{Day, Timestamp};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// Which scans are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanFilter {
    /// From this instant on.
    pub from: Timestamp,
    /// Before this instant.
    pub until: Timestamp,
    /// One direction only.
    pub direction: Option<Direction>,
    /// One way of scanning only.
    pub way: Option<Way>,
    /// One decision only.
    pub decision: Option<Decision>,
    /// One person or one device only.
    pub of: Option<ScansOf>,
}

/// Whose scans are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScansOf {
    /// Those of whoever a scan of the venue identified, on its day: no other day's pseudonym is the same.
    Person(ScanId),
    /// Those that a device read.
    Device(DeviceId),
}

impl ScansOf {
    fn uuid(self) -> Uuid {
        match self {
            Self::Person(scan) => scan.uuid(),
            Self::Device(device) => device.0,
        }
    }
}

/// One line of a board's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanLine {
    /// The scan, which is also its time.
    pub id: ScanId,
    /// The venue under whose scope the line was read.
    pub(crate) venue: VenueId,
    /// The day whose key opens the pseudonym.
    pub day: Day,
    /// The gate.
    pub checkpoint: CheckpointId,
    /// Who, to whoever has the day's key.
    pub holder: Option<Pseudonym>,
    /// Which way.
    pub direction: Direction,
    /// How it was read.
    pub way: Way,
    /// What was answered.
    pub decision: Decision,
    /// Why.
    pub reasons: Reasons,
    /// People who came along.
    pub companions: i32,
    /// What the reader told the person by itself.
    pub door: Option<Decision>,
    /// How far the reader's clock was ahead when it sent this, in milliseconds.
    pub skew: Option<i32>,
    /// How the owner settled it, when it had been set aside.
    pub settled: Option<Settled>,
}

type Row = (
    ScanId,
    Day,
    CheckpointId,
    Option<Pseudonym>,
    Direction,
    Way,
    Decision,
    String,
    i32,
    Option<Decision>,
    Option<i32>,
    Option<Settled>,
);

const COLUMNS: &str = "s.id, s.day, s.checkpoint_id, s.holder, s.direction, s.way, s.decision, s.reasons, s.companions,
   s.door, s.skew, s.settled";

fn line(venue: VenueId, row: Row) -> ScanLine {
    let (id, day, checkpoint, holder, direction, way, decision, reasons, companions, ..) = row;
    let (.., door, skew, settled) = row;
    ScanLine {
        id,
        venue,
        day,
        checkpoint,
        holder,
        direction,
        way,
        decision,
        reasons: Reasons::from_text(&reasons),
        companions,
        door,
        skew,
        settled,
    }
}

impl Tx {
    /// When a gate last read anything on a day.
    pub async fn last_scan(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        day: Day,
        checkpoint: CheckpointId,
    ) -> Result<Option<Timestamp>, Error> {
        let found: Option<(ScanId,)> = run!(self, |conn| {
            sqlx::query_as(
                "select id from scans where day = $1 and venue_id = $2 and checkpoint_id = $3
                 order by id desc limit 1",
            )
            .bind(day)
            .bind(who.scope().venue)
            .bind(checkpoint)
            .fetch_optional(conn)
        })?;
        Ok(found.map(|(id,)| id.at()))
    }

    /// A page of a venue's scans, newest first, from before a scan on. Who they are is told by
    /// [`Tx::visitors`], which leaves an audit entry.
    pub async fn scan_lines(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        filter: &ScanFilter,
        before: Option<ScanId>,
        count: usize,
    ) -> Result<Vec<ScanLine>, Error> {
        let until = before
            .unwrap_or_else(|| first_id(filter.until))
            .min(first_id(filter.until));
        let oldest = self.zone.day(filter.from);
        let mut day = self.zone.day(until.at());
        let mut lines = Vec::new();
        while day >= oldest && lines.len() < count {
            let rest = (count - lines.len()) as i64;
            lines.extend(self.day_lines(who, filter, (day, until), rest).await?);
            day = day.plus(-1);
        }
        Ok(lines)
    }

    async fn day_lines(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        filter: &ScanFilter,
        (day, until): (Day, ScanId),
        count: i64,
    ) -> Result<Vec<ScanLine>, Error> {
        let sql = format!(
            "select {COLUMNS} from scans s
             where s.day = $1 and s.venue_id = $2 and s.id >= $3 and s.id < $4{}
             order by s.id desc limit $5",
            conditions(filter, ("p.day = $1 and p.venue_id = $2", 6))
        );
        let found: Vec<Row> = run!(self, |conn| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(day)
                .bind(who.scope().venue)
                .bind(first_id(filter.from))
                .bind(until)
                .bind(count);
            if let Some(of) = filter.of {
                query = query.bind(of.uuid());
            }
            query.fetch_all(conn)
        })?;
        let venue = who.scope().venue;
        Ok(found.into_iter().map(|row| line(venue, row)).collect())
    }

    /// Where the page before the one that ends before `id` ends: the scan that `count` others lie
    /// between and it, of those a filter finds. Nothing when there are not so many: that page is the newest.
    pub async fn newer_page(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        filter: &ScanFilter,
        id: ScanId,
        count: usize,
    ) -> Result<Option<ScanId>, Error> {
        let from = id.max(first_id(filter.from));
        let newest = self.zone.day(filter.until);
        let sql = format!(
            "select s.id from scans s
             where s.day = $1 and s.venue_id = $2 and s.id >= $3 and s.id < $4{}
             order by s.id limit $5",
            conditions(filter, ("p.day = $1 and p.venue_id = $2", 6))
        );
        let mut rest = count + 1;
        let mut day = self.zone.day(from.at());
        while day <= newest {
            let found: Vec<(ScanId,)> = run!(self, |conn| {
                let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()))
                    .bind(day)
                    .bind(who.scope().venue)
                    .bind(from)
                    .bind(first_id(filter.until))
                    .bind(rest as i64);
                if let Some(of) = filter.of {
                    query = query.bind(of.uuid());
                }
                query.fetch_all(conn)
            })?;
            rest -= found.len();
            if let (0, Some((id,))) = (rest, found.last()) {
                return Ok(Some(*id));
            }
            day = day.plus(1);
        }
        Ok(None)
    }

    /// How many scans a filter finds, counted no further than `most`.
    pub async fn count_scans(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        filter: &ScanFilter,
        most: i64,
    ) -> Result<i64, Error> {
        let (first, last) = (self.zone.day(filter.from), self.zone.day(filter.until));
        let days: Vec<Day> = (first.0..=last.0).map(Day).collect();
        if days.is_empty() {
            return Ok(0);
        }
        let listed = list(5, days.len());
        let same = format!("p.day in ({listed}) and p.venue_id = $1");
        let sql = format!(
            "select count(*) from (
               select 1 from scans s
               where s.day in ({listed}) and s.venue_id = $1 and s.id >= $2 and s.id < $3{}
               limit $4) as found",
            conditions(filter, (&same, 5 + days.len()))
        );
        let (count,): (i64,) = run!(self, |conn| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(who.scope().venue)
                .bind(first_id(filter.from))
                .bind(first_id(filter.until))
                .bind(most);
            for day in &days {
                query = query.bind(*day);
            }
            if let Some(of) = filter.of {
                query = query.bind(of.uuid());
            }
            query.fetch_one(conn)
        })?;
        Ok(count)
    }

    /// What was recorded for a scan of the venue, for its attendants to see the answer again.
    pub async fn scan(
        &mut self,
        who: &Authorized<RecordScans, VenueScope>,
        id: ScanId,
    ) -> Result<Option<ScanLine>, Error> {
        self.recorded(who.scope().venue, id).await
    }

    /// One line of a board's list.
    pub async fn scan_line(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        id: ScanId,
    ) -> Result<Option<ScanLine>, Error> {
        self.recorded(who.scope().venue, id).await
    }

    /// What was recorded for one's own scan at a venue, while its day can be told to be one's own.
    pub async fn own_scan(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        venue: VenueId,
        id: ScanId,
    ) -> Result<Option<ScanLine>, Error> {
        let line = self.recorded(venue, id).await?;
        let Some(key) = self.keys.existing(self.zone.day(id.at()))? else {
            return Ok(None);
        };
        let ids = self.all_ids(who.scope().holder).await?;
        let own = |holder| ids.iter().any(|id| key.pseudonym(*id) == holder);
        Ok(line.filter(|line| line.holder.is_some_and(own)))
    }

    async fn recorded(&mut self, venue: VenueId, id: ScanId) -> Result<Option<ScanLine>, Error> {
        let sql = format!(
            "select {COLUMNS} from scans s where s.day = $1 and s.venue_id = $2 and s.id = $3"
        );
        let day = self.zone.day(id.at());
        let found: Option<Row> = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(day)
                .bind(venue)
                .bind(id)
                .fetch_optional(conn)
        })?;
        Ok(found.map(|row| line(venue, row)))
    }
}

/// The filter's words; they are our own enums, never what somebody typed. Whose scans they are is bound as parameter `n`;
/// `place` says of a scan `p` that it is of the same days and venue.
fn conditions(filter: &ScanFilter, (place, n): (&str, usize)) -> String {
    let mut sql = String::new();
    let mut add = |column: &str, word: Option<&'static str>| {
        if let Some(word) = word {
            sql.push_str(&format!(" and s.{column} = '{word}'"));
        }
    };
    add("direction", filter.direction.map(Direction::as_str));
    add("way", filter.way.map(Way::as_str));
    add("decision", filter.decision.map(Decision::as_str));
    match filter.of {
        Some(ScansOf::Person(_)) => sql.push_str(&format!(
            " and s.holder = (select p.holder from scans p where {place} and p.id = ${n})"
        )),
        Some(ScansOf::Device(_)) => sql.push_str(&format!(" and s.device_id = ${n}")),
        None => {}
    }
    sql
}
