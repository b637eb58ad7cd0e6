//! How many came and went, and how many were referred.

use crate::dialect::{list, rows, run};
use crate::{Error, Tx, first_id};
use domain::role::{Authorized, ReadVenueBoard, VenueScope};
use domain::scan::Direction;
#[cfg(feature = "test-support")]
use domain::scan::{Decision, Outcome, Reasons, Way};
use domain::time::{Day, Timestamp};
use sqlx::AssertSqlSafe;

/// Entries and exits that counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passages {
    /// How often somebody entered.
    pub entries: i64,
    /// How often somebody left.
    pub exits: i64,
}

/// How many were referred, and what an attendant then answered them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Referrals {
    /// Referred at a gate.
    pub referred: i64,
    /// Let through by an attendant.
    pub confirmed: i64,
    /// Turned away by an attendant.
    pub turned_away: i64,
}

/// Whether with the scan `s` an attendant turned a referred person away.
pub(super) const TURNED_AWAY: &str =
    "(s.confirms is not null and s.decision = 'refuse' and s.reasons like '%turned_away%')";

/// `domain::scan::Outcome::of`, said once more in SQL over a scan `s`.
pub(super) const OUTCOME: &str = "case when s.reasons like '%already_scanned%' then 'repetition'
      when s.decision = 'admit' or (s.decision = 'refer' and s.way in ('poster', 'paper')) then 'passage'
      else 'stop' end";

impl Tx {
    /// Entries and exits in windows of time, each within one local day, in one statement.
    pub async fn passages(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        windows: &[(Timestamp, Timestamp)],
    ) -> Result<Vec<Passages>, Error> {
        let mut found = vec![Passages::default(); windows.len()];
        if windows.is_empty() {
            return Ok(found);
        }
        let mut days: Vec<Day> = windows
            .iter()
            .map(|(from, _)| self.zone.day(*from))
            .collect();
        days.sort_unstable();
        days.dedup();
        let sql = format!(
            "with windows(n, day, lo, hi) as (values {})
             select w.n, s.direction, count(*)
             from windows w join scans s on s.day = w.day and s.id >= w.lo and s.id < w.hi
             where s.venue_id = $1 and s.day in ({}) and {OUTCOME} = 'passage'
             group by w.n, s.direction",
            rows(2, windows.len(), 4),
            list(2 + windows.len() * 4, days.len())
        );
        let zone = self.zone;
        let counted: Vec<(i32, Direction, i64)> = run!(self, |conn| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str())).bind(who.scope().venue);
            for (n, (from, until)) in windows.iter().enumerate() {
                query = query
                    .bind(n as i32)
                    .bind(zone.day(*from))
                    .bind(first_id(*from))
                    .bind(first_id(*until));
            }
            for day in &days {
                query = query.bind(*day);
            }
            query.fetch_all(conn)
        })?;
        for (n, direction, count) in counted {
            if let Some(passages) = found.get_mut(n as usize) {
                match direction {
                    Direction::In => passages.entries = count,
                    Direction::Out => passages.exits = count,
                }
            }
        }
        Ok(found)
    }

    /// How many were referred on a day, and what an attendant answered them.
    pub async fn referrals(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
        day: Day,
    ) -> Result<Referrals, Error> {
        let sql = format!(
            "select count(case when s.decision = 'refer' and {OUTCOME} = 'stop' then 1 end),
                    count(case when s.confirms is not null and s.decision = 'admit' then 1 end),
                    count(case when {TURNED_AWAY} then 1 end)
             from scans s where s.day = $1 and s.venue_id = $2"
        );
        let (referred, confirmed, turned_away): (i64, i64, i64) = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(day)
                .bind(who.scope().venue)
                .fetch_one(conn)
        })?;
        Ok(Referrals {
            referred,
            confirmed,
            turned_away,
        })
    }

    /// What the SQL says that a scan counts as.
    #[cfg(feature = "test-support")]
    pub async fn outcome(
        &mut self,
        decision: Decision,
        way: Way,
        reasons: &Reasons,
    ) -> Result<Option<Outcome>, Error> {
        let sql = format!(
            "select {OUTCOME} from (select cast($1 as text) as decision, cast($2 as text) as way,
               cast($3 as text) as reasons) s"
        );
        let word: String = run!(self, |conn| {
            sqlx::query_scalar(AssertSqlSafe(sql.as_str()))
                .bind(decision.as_str())
                .bind(way.as_str())
                .bind(reasons.to_text())
                .fetch_one(conn)
        })?;
        Ok(Outcome::parse(&word))
    }
}
