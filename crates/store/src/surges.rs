//! Surges: hours in which more people took a poster's code than can have stood before it, and what
//! the venue's owner says of them.

use crate::dialect::{execute, list, rows, run};
use crate::{Error, Tx, first_id};
use domain::ids::{CheckpointId, ScanId, VenueId};
use domain::role::{Authorized, ManageVenue, ReadVenueBoard, VenueScope};
use domain::surge::{CLOSED, SurgeState, ordinary};
use domain::time::{Day, Timestamp};
use domain::venue::OpeningHours;
use sqlx::AssertSqlSafe;
use std::time::Duration;

/// The condition under which a scan `s` counts in tracing contacts: one by poster in a surge that the
/// owner has not confirmed does not. Whoever looks for the people a case met joins it with `and`.
pub const TRACED: &str = "not (s.way = 'poster' and exists (
   select 1 from surges u where u.venue_id = s.venue_id and u.checkpoint_id = s.checkpoint_id
     and u.state <> 'confirmed' and s.id >= u.first_id and s.id < u.end_id))";

const HOUR: Duration = Duration::from_secs(3600);

/// A surge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surge {
    /// The gate whose poster it was.
    pub checkpoint: CheckpointId,
    /// When the hour began.
    pub from: Timestamp,
    /// When it ended.
    pub until: Timestamp,
    /// How many scans.
    pub count: i64,
}

impl Tx {
    /// Looks for surges in the last whole hours, of all venues. It reads a good part of the log: not
    /// in a transaction that gates wait for.
    pub async fn find_surges(
        &mut self,
        hours: u32,
        now: Timestamp,
    ) -> Result<Vec<(VenueId, Surge)>, Error> {
        type Row = (i32, VenueId, CheckpointId, i32, String, i64);
        let end = Timestamp::from_millis(now.millis() - now.millis().rem_euclid(3_600_000));
        let starts: Vec<Timestamp> = (1..=hours).map(|back| end.minus(HOUR * back)).collect();
        let mut days: Vec<Day> = starts.iter().map(|at| self.zone.day(*at)).collect();
        days.dedup();
        if days.is_empty() {
            return Ok(Vec::new());
        }
        // A venue at a time: a stretch of the log, whatever else was scanned in that hour.
        let sql = format!(
            "with windows(n, day, lo, hi) as (values {})
             select w.n, s.venue_id, s.checkpoint_id, v.expected_daily, v.hours, count(*)
             from venues v cross join windows w
             join scans s on s.day = w.day and s.venue_id = v.id and s.id >= w.lo and s.id < w.hi
             where s.way = 'poster' and s.day in ({})
             group by w.n, s.venue_id, s.checkpoint_id, v.expected_daily, v.hours
             having count(*) > {CLOSED}",
            rows(1, starts.len(), 4),
            list(1 + starts.len() * 4, days.len())
        );
        let zone = self.zone;
        let found: Vec<Row> = run!(self, |conn| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()));
            for (n, at) in starts.iter().enumerate() {
                query = query.bind(n as i32).bind(zone.day(*at));
                query = query.bind(first_id(*at)).bind(first_id(at.plus(HOUR)));
            }
            for day in &days {
                query = query.bind(*day);
            }
            query.fetch_all(conn)
        })?;
        let surge = |(n, venue, checkpoint, expected, hours, count): Row| {
            let from = starts[n as usize];
            let hours = OpeningHours::parse(&hours).unwrap_or(OpeningHours::ALWAYS);
            let most = ordinary(
                expected.unsigned_abs(),
                hours,
                zone.minute_of_day(from) / 60,
            );
            let surge = Surge {
                checkpoint,
                from,
                until: from.plus(HOUR),
                count,
            };
            (count > i64::from(most)).then_some((venue, surge))
        };
        Ok(found.into_iter().filter_map(surge).collect())
    }

    /// Notes surges. One that was noted before has its new count, and what the owner said of it stays.
    pub async fn note_surges(&mut self, surges: &[(VenueId, Surge)]) -> Result<(), Error> {
        for (venue, surge) in surges {
            execute!(
                self,
                sqlx::query(
                    "insert into surges (venue_id, checkpoint_id, first_id, end_id, count, state)
                     values ($1, $2, $3, $4, $5, 'open')
                     on conflict (venue_id, checkpoint_id, first_id)
                       do update set count = excluded.count",
                )
                .bind(*venue)
                .bind(surge.checkpoint)
                .bind(first_id(surge.from))
                .bind(first_id(surge.until))
                .bind(surge.count)
            )?;
        }
        Ok(())
    }

    /// The surges of a venue of which its owner has not said whether people were there, newest first.
    pub async fn open_surges(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
    ) -> Result<Vec<Surge>, Error> {
        let rows: Vec<(CheckpointId, ScanId, ScanId, i64)> = run!(self, |conn| {
            sqlx::query_as(
                "select checkpoint_id, first_id, end_id, count from surges
                 where venue_id = $1 and state = 'open' order by first_id desc, checkpoint_id",
            )
            .bind(who.scope().venue)
            .fetch_all(conn)
        })?;
        let surge = |(checkpoint, first, end, count): (CheckpointId, ScanId, ScanId, i64)| Surge {
            checkpoint,
            from: first.at(),
            until: end.at(),
            count,
        };
        Ok(rows.into_iter().map(surge).collect())
    }

    /// Keeps what the owner says of a surge. Says whether it had been open.
    pub async fn decide_surge(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        (checkpoint, from): (CheckpointId, Timestamp),
        state: SurgeState,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let done = execute!(
            self,
            sqlx::query(
                "update surges set state = $4, decided_at = $5
                 where venue_id = $1 and checkpoint_id = $2 and first_id = $3 and state = 'open'",
            )
            .bind(who.scope().venue)
            .bind(checkpoint)
            .bind(first_id(from))
            .bind(state.as_str())
            .bind(now)
        )?;
        Ok(done > 0)
    }

    /// Erases surges of hours that ended before an instant.
    pub async fn erase_surges(&mut self, before: Timestamp) -> Result<u64, Error> {
        let done = execute!(
            self,
            sqlx::query("delete from surges where end_id <= $1").bind(first_id(before))
        )?;
        Ok(done)
    }

    /// How many scans of a venue's day count in tracing, by [`TRACED`].
    #[cfg(feature = "test-support")]
    pub async fn traced(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        day: Day,
    ) -> Result<i64, Error> {
        let sql = format!(
            "select count(*) from scans s where s.day = $1 and s.venue_id = $2 and {TRACED}"
        );
        let (count,): (i64,) = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(day)
                .bind(who.scope().venue)
                .fetch_one(conn)
        })?;
        Ok(count)
    }
}
