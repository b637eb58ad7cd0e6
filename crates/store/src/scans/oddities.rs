//! Passages that do not fit together: somebody read in twice and never out, or read in two places at once.

use super::counts::OUTCOME;
use crate::dialect::run;
use crate::keys::Pseudonym;
use crate::sets::Column;
use crate::{Error, Tx};
use domain::ids::{CheckpointId, ScanId};
use domain::role::{Authorized, ReadVenueBoard, VenueScope};
use domain::scan::{Direction, Oddity};
use domain::time::{Day, Timestamp};
use sqlx::AssertSqlSafe;
use std::collections::HashSet;
use std::time::Duration;

/// The most lines of one answer.
const MOST: i64 = 5000;
/// How many readings, the newest, are looked for in other places.
const LOOKED_AT: i64 = 2000;

/// A reading that does not fit to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OddScan {
    /// The reading here, which is also its time.
    pub id: ScanId,
    /// Its gate.
    pub checkpoint: CheckpointId,
    /// What is odd about it.
    pub oddity: Oddity,
    /// The reading here that it does not fit to; of one elsewhere a venue learns nothing.
    pub other: Option<ScanId>,
}

impl Tx {
    /// A venue's readings of a day that do not fit together, newest first. Nobody is named, and no other venue. `idle` is how long
    /// a visit lasts when nobody is read out: who comes again after it is not odd.
    pub async fn odd_scans(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        day: Day,
        idle: Duration,
    ) -> Result<Vec<OddScan>, Error> {
        let mut odd = self.repeated_passages(who, day, idle).await?;
        odd.extend(self.elsewhere(who, day).await?);
        odd.sort_by_key(|one| std::cmp::Reverse(one.id));
        Ok(odd)
    }

    /// Passages that follow one of the same person in the same direction.
    async fn repeated_passages(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        day: Day,
        idle: Duration,
    ) -> Result<Vec<OddScan>, Error> {
        let sql = format!(
            "select id, checkpoint_id, direction, last from (
               select s.id, s.checkpoint_id, s.direction, lag(s.id) over person as last,
                 lag(s.direction) over person as last_direction
               from scans s where s.day = $1 and s.venue_id = $2 and s.holder is not null
                 and {OUTCOME} = 'passage'
               window person as (partition by s.holder order by s.id)
             ) as passages
             where direction = last_direction order by id desc limit $3"
        );
        let rows: Vec<(ScanId, CheckpointId, Direction, ScanId)> = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(day)
                .bind(who.scope().venue)
                .bind(MOST)
                .fetch_all(conn)
        })?;
        let odd = rows.into_iter().map(|(id, checkpoint, direction, other)| {
            let oddity = match direction {
                Direction::In => Oddity::InTwice,
                Direction::Out => Oddity::OutTwice,
            };
            OddScan {
                id,
                checkpoint,
                oddity,
                other: Some(other),
            }
        });
        let stayed = |one: &OddScan| {
            let before = one.other.unwrap_or(one.id).at();
            one.id.at().since(before) <= idle.as_millis() as i64
        };
        Ok(odd
            .filter(|one| one.oddity == Oddity::OutTwice || stayed(one))
            .collect())
    }

    /// Readings of a person who was read in another commune at nearly the same time: one of the two may carry a copy. Only
    /// people who passed count, here and there, so that a refused reading tells nobody anything.
    async fn elsewhere(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        day: Day,
    ) -> Result<Vec<OddScan>, Error> {
        let sql = format!(
            "select s.id, s.checkpoint_id, s.holder from scans s
             where s.day = $1 and s.venue_id = $2 and s.holder is not null and {OUTCOME} = 'passage'
             order by s.id desc limit $3"
        );
        let here: Vec<(ScanId, CheckpointId, Pseudonym)> = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(day)
                .bind(who.scope().venue)
                .bind(LOOKED_AT)
                .fetch_all(conn)
        })?;
        let apart = Oddity::APART;
        let near = |at: Timestamp| ScanId::from_parts(at, [0; 10]);
        // An id is its time, so the five minutes on either side are a stretch of the index by person.
        let keys = [
            Column::ids(here.iter().map(|(id, ..)| id.uuid())),
            Column::ints(here.iter().map(|_| day.0)),
            Column::ids(here.iter().map(|(.., holder)| holder.0)),
            Column::ids(
                here.iter()
                    .map(|(id, ..)| near(id.at().minus(apart)).uuid()),
            ),
            Column::ids(here.iter().map(|(id, ..)| near(id.at().plus(apart)).uuid())),
            Column::ids(here.iter().map(|_| who.scope().venue.0)),
        ];
        const HEAD: &str = "with keys (a, b, c, d, e, f) as (";
        const TAIL: &str = ") select a from keys where exists (
               select 1 from scans s join venues theirs on theirs.id = s.venue_id
               join venues ours on ours.id = f
               where s.day = b and s.holder = c and s.id > d and s.id < e and s.venue_id <> f
                 and theirs.unit_path <> ours.unit_path
                 and (s.decision = 'admit' or (s.decision = 'refer' and s.way = 'poster')))";
        let found = self.look_up::<(ScanId,)>(HEAD, &keys, TAIL).await?;
        let found: HashSet<ScanId> = found.into_iter().map(|(id,)| id).collect();
        let here = here.into_iter().filter(|(id, ..)| found.contains(id));
        let odd = here.map(|(id, checkpoint, _)| OddScan {
            id,
            checkpoint,
            oddity: Oddity::Elsewhere,
            other: None,
        });
        Ok(odd.collect())
    }
}
