//! Passages that do not fit together: somebody read in twice and never out, or read in two places at once.

use super::counts::OUTCOME;
use crate::dialect::run;
use crate::{Error, Tx};
use domain::ids::{CheckpointId, ScanId};
use domain::role::{Authorized, ReadVenueBoard, VenueScope};
use domain::scan::{Direction, Oddity};
use domain::time::Day;
use sqlx::AssertSqlSafe;
use std::time::Duration;

/// The most lines that are looked through for one answer.
const MOST: i64 = 5000;

/// A reading that does not fit to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OddScan {
    /// The reading here, which is also its time.
    pub id: ScanId,
    /// Its gate.
    pub checkpoint: CheckpointId,
    /// What is odd about it.
    pub oddity: Oddity,
    /// The reading that it does not fit to, here or elsewhere.
    pub other: ScanId,
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
                other,
            }
        });
        let stayed = |one: &OddScan| one.id.at().since(one.other.at()) <= idle.as_millis() as i64;
        Ok(odd
            .filter(|one| one.oddity == Oddity::OutTwice || stayed(one))
            .collect())
    }

    /// Readings of a person who was read in another commune at nearly the same time: one of the two may carry a copy.
    async fn elsewhere(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        day: Day,
    ) -> Result<Vec<OddScan>, Error> {
        let rows: Vec<(ScanId, CheckpointId, ScanId)> = run!(self, |conn| {
            sqlx::query_as(
                "select here.id, here.checkpoint_id, there.id
                 from scans here
                 join scans there on there.day = here.day and there.holder = here.holder
                   and there.venue_id <> here.venue_id
                 join venues ours on ours.id = here.venue_id
                 join venues theirs on theirs.id = there.venue_id
                   and theirs.unit_path <> ours.unit_path
                 where here.day = $1 and here.venue_id = $2 and here.holder is not null
                 order by here.id desc limit $3",
            )
            .bind(day)
            .bind(who.scope().venue)
            .bind(MOST)
            .fetch_all(conn)
        })?;
        let odd = rows.into_iter().map(|(id, checkpoint, other)| OddScan {
            id,
            checkpoint,
            oddity: Oddity::Elsewhere,
            other,
        });
        let mut odd: Vec<OddScan> = odd
            .filter(|one| Oddity::at_once(one.id.at(), one.other.at()))
            .collect();
        odd.dedup_by_key(|one| one.id);
        Ok(odd)
    }
}
