//! Suspensions of venues: what offices reminded of, when they let nobody enter and why, what the owners said to that and what
//! they were answered. Words are sealed: people may stand in them.

use crate::audit::actor_text;
use crate::dialect::{execute, run};
use crate::units::path_bounds;
use crate::{Error, Tx, new_id};
use domain::ids::{OfficerId, SuspensionId, VenueId};
use domain::role::{
    Actor, Authorized, ListVenues, ManageVenue, OverseeVenue, ReadVenueBoard, SuspendVenue,
    UnitScope, VenueScope,
};
use domain::suspension::SuspensionReason;
use domain::time::Timestamp;
use domain::unit::UnitCode;
use sqlx::FromRow;
use std::collections::{HashMap, HashSet};

const WORDS: &str = "venue_suspensions.sealed";
const APPEAL: &str = "venue_suspensions.appeal";
const ANSWER: &str = "venue_suspensions.answer";

/// That an office reminded a venue's owners of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// Of which.
    pub reason: SuspensionReason,
    /// The unit of the office.
    pub unit: UnitCode,
    /// Who did.
    pub by: Option<OfficerId>,
    /// When.
    pub at: Timestamp,
}

/// A time in which an office lets nobody enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// Its id.
    pub id: SuspensionId,
    /// Why.
    pub reason: SuspensionReason,
    /// Why, in the office's words; may be empty.
    pub words: String,
    /// The unit of the office.
    pub unit: UnitCode,
    /// Who suspended it.
    pub by: Option<OfficerId>,
    /// Since when.
    pub since: Timestamp,
    /// What the owners said to it, and when.
    pub appeal: Option<(String, Timestamp)>,
    /// What they were answered, and when.
    pub answer: Option<(String, Timestamp)>,
    /// When it was lifted, if it was.
    pub lifted: Option<Timestamp>,
    /// Who answered, or lifted it.
    pub answered_by: Option<OfficerId>,
}

/// A venue whose owners wait for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAppeal {
    /// The venue.
    pub venue: VenueId,
    /// Its name.
    pub name: String,
    /// Since when they wait.
    pub appealed: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: SuspensionId,
    reason: SuspensionReason,
    sealed: Vec<u8>,
    unit: UnitCode,
    actor: String,
    suspended_at: Timestamp,
    appeal: Option<Vec<u8>>,
    appealed_at: Option<Timestamp>,
    answer: Option<Vec<u8>>,
    answered_at: Option<Timestamp>,
    lifted_at: Option<Timestamp>,
    answered_by: Option<String>,
}

/// The officer that an actor's text names.
fn officer(actor: &str) -> Option<OfficerId> {
    actor.strip_prefix("officer:")?.parse().ok()
}

/// The unit of the office that acts.
fn office(actor: &Actor) -> Result<UnitCode, Error> {
    match actor {
        Actor::Officer { unit, .. } => Ok(unit.clone()),
        _ => Err(Error::Damaged("venue_suspensions.unit")),
    }
}

impl Tx {
    /// Notes that the office reminded a venue's owners.
    pub async fn remind_venue(
        &mut self,
        who: &Authorized<OverseeVenue, VenueScope>,
        reason: SuspensionReason,
        now: Timestamp,
    ) -> Result<(), Error> {
        let unit = office(who.actor())?;
        execute!(
            self,
            sqlx::query(
                "insert into venue_reminders (id, venue_id, reason, unit, actor, reminded_at)
                 values ($1, $2, $3, $4, $5, $6)",
            )
            .bind(new_id(now))
            .bind(who.scope().venue)
            .bind(reason)
            .bind(unit)
            .bind(actor_text(who.actor()))
            .bind(now)
        )?;
        Ok(())
    }

    /// Of what a venue's owners were reminded, the newest first.
    pub async fn venue_reminders(
        &mut self,
        who: &Authorized<OverseeVenue, VenueScope>,
    ) -> Result<Vec<Reminder>, Error> {
        type Row = (SuspensionReason, UnitCode, String, Timestamp);
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select reason, unit, actor, reminded_at from venue_reminders
                 where venue_id = $1 order by reminded_at desc, id desc",
            )
            .bind(who.scope().venue)
            .fetch_all(conn)
        })?;
        let reminder = |(reason, unit, actor, at): Row| Reminder {
            reason,
            unit,
            by: officer(&actor),
            at,
        };
        Ok(rows.into_iter().map(reminder).collect())
    }

    /// Lets nobody enter a venue from now on. Says whether it was done: it is suspended once at a time, and never when closed
    /// for good.
    pub async fn suspend_venue(
        &mut self,
        who: &Authorized<SuspendVenue, VenueScope>,
        (reason, words): (SuspensionReason, &str),
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (venue, unit) = (who.scope().venue, office(who.actor())?);
        let done = execute!(
            self,
            sqlx::query(
                "update venues set suspended_at = $2
                 where id = $1 and suspended_at is null and closed_at is null",
            )
            .bind(venue)
            .bind(now)
        )?;
        if done == 0 {
            return Ok(false);
        }
        let sealed = self.keys.sealer().seal(WORDS, &words);
        execute!(
            self,
            sqlx::query(
                "insert into venue_suspensions (id, venue_id, reason, sealed, unit, actor, suspended_at)
                 values ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(SuspensionId(new_id(now)))
            .bind(venue)
            .bind(reason)
            .bind(sealed)
            .bind(unit)
            .bind(actor_text(who.actor()))
            .bind(now)
        )?;
        Ok(true)
    }

    /// Whether the officer's office answers for a suspension: it made it, or stands above the one that did.
    async fn answers_for(
        &mut self,
        who: &Authorized<SuspendVenue, VenueScope>,
        id: SuspensionId,
    ) -> Result<bool, Error> {
        let sql = "select unit from venue_suspensions where id = $1 and venue_id = $2";
        let by: Option<(String,)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(id)
                .bind(who.scope().venue)
                .fetch_optional(conn)
        })?;
        let own = office(who.actor())?.to_string();
        let path: Vec<String> = who.scope().unit.0.iter().map(ToString::to_string).collect();
        let depth = |code: &String| path.iter().position(|one| one == code);
        let by = by.and_then(|(by,)| depth(&by));
        Ok(depth(&own).zip(by).is_some_and(|(own, by)| own <= by))
    }

    /// Lifts a suspension of this office or of one below it: people may enter at once. An appeal that waits is answered by
    /// it. Says whether it was in force.
    pub async fn lift_suspension(
        &mut self,
        who: &Authorized<SuspendVenue, VenueScope>,
        id: SuspensionId,
        words: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        if !self.answers_for(who, id).await? {
            return Ok(false);
        }
        let sealed = self.keys.sealer().seal(ANSWER, &words);
        let done = execute!(
            self,
            sqlx::query(
                "update venue_suspensions set lifted_at = $3, answered_by = $4,
                   answer = case when answered_at is null then $5 else answer end,
                   answered_at = coalesce(answered_at, $3)
                 where id = $1 and venue_id = $2 and lifted_at is null",
            )
            .bind(id)
            .bind(who.scope().venue)
            .bind(now)
            .bind(actor_text(who.actor()))
            .bind(sealed)
        )?;
        if done > 0 {
            let sql = "update venues set suspended_at = null where id = $1";
            execute!(self, sqlx::query(sql).bind(who.scope().venue))?;
        }
        Ok(done > 0)
    }

    /// Keeps a venue suspended, in answer to its owners' appeal. Says whether one waited.
    pub async fn keep_suspension(
        &mut self,
        who: &Authorized<SuspendVenue, VenueScope>,
        id: SuspensionId,
        words: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        if !self.answers_for(who, id).await? {
            return Ok(false);
        }
        let sealed = self.keys.sealer().seal(ANSWER, &words);
        let done = execute!(
            self,
            sqlx::query(
                "update venue_suspensions set answer = $3, answered_at = $4, answered_by = $5
                 where id = $1 and venue_id = $2 and lifted_at is null
                   and appealed_at is not null and answered_at is null",
            )
            .bind(id)
            .bind(who.scope().venue)
            .bind(sealed)
            .bind(now)
            .bind(actor_text(who.actor()))
        )?;
        Ok(done > 0)
    }

    /// Asks the office to lift the suspension that is in force. Says whether that was done: once for each.
    pub async fn appeal_suspension(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        words: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let sealed = self.keys.sealer().seal(APPEAL, &words);
        let done = execute!(
            self,
            sqlx::query(
                "update venue_suspensions set appeal = $2, appealed_at = $3
                 where venue_id = $1 and lifted_at is null and appealed_at is null",
            )
            .bind(who.scope().venue)
            .bind(sealed)
            .bind(now)
        )?;
        Ok(done > 0)
    }

    /// A venue's suspensions, the newest first, for its owners.
    pub async fn own_suspensions(
        &mut self,
        who: &Authorized<ReadVenueBoard, VenueScope>,
    ) -> Result<Vec<Suspension>, Error> {
        self.suspensions_of(who.scope().venue).await
    }

    /// A venue's suspensions, the newest first, for the offices over it.
    pub async fn suspensions(
        &mut self,
        who: &Authorized<OverseeVenue, VenueScope>,
    ) -> Result<Vec<Suspension>, Error> {
        self.suspensions_of(who.scope().venue).await
    }

    /// The names of those of some officers whose units are at, below or above the venue's.
    pub async fn officers_of_venue(
        &mut self,
        who: &Authorized<OverseeVenue, VenueScope>,
        ids: &HashSet<OfficerId>,
    ) -> Result<HashMap<OfficerId, String>, Error> {
        let found = self.officers_over(&who.scope().unit, ids).await?;
        let named = found.into_iter().map(|(id, one)| (id, one.name));
        Ok(named.collect())
    }

    /// The venues of a unit whose owners wait for an answer, the longest waiting first.
    pub async fn open_appeals(
        &mut self,
        who: &Authorized<ListVenues, UnitScope>,
        most: i64,
    ) -> Result<Vec<OpenAppeal>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let rows: Vec<(VenueId, String, Timestamp)> = run!(self, |conn| {
            sqlx::query_as(
                "select v.id, v.name, s.appealed_at from venue_suspensions s join venues v on v.id = s.venue_id
                 where s.appealed_at is not null and s.answered_at is null
                   and v.unit_path >= $1 and v.unit_path < $2
                 order by s.appealed_at, s.id limit $3",
            )
            .bind(&from)
            .bind(&to)
            .bind(most)
            .fetch_all(conn)
        })?;
        let open = |(venue, name, appealed)| OpenAppeal {
            venue,
            name,
            appealed,
        };
        Ok(rows.into_iter().map(open).collect())
    }

    async fn suspensions_of(&mut self, venue: VenueId) -> Result<Vec<Suspension>, Error> {
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, reason, sealed, unit, actor, suspended_at, appeal, appealed_at, answer, answered_at,
                   lifted_at, answered_by
                 from venue_suspensions where venue_id = $1 order by suspended_at desc, id desc",
            )
            .bind(venue)
            .fetch_all(conn)
        })?;
        rows.into_iter().map(|row| self.suspension(row)).collect()
    }

    fn suspension(&self, row: Row) -> Result<Suspension, Error> {
        let sealer = self.keys.sealer();
        let said = |place, sealed: Option<Vec<u8>>, at: Option<Timestamp>| match (sealed, at) {
            (Some(sealed), Some(at)) => sealer
                .open(place, &sealed)
                .map(|words: String| Some((words, at))),
            _ => Ok(None),
        };
        Ok(Suspension {
            id: row.id,
            reason: row.reason,
            words: sealer.open(WORDS, &row.sealed)?,
            unit: row.unit,
            by: officer(&row.actor),
            since: row.suspended_at,
            appeal: said(APPEAL, row.appeal, row.appealed_at)?,
            answer: said(ANSWER, row.answer, row.answered_at)?,
            lifted: row.lifted_at,
            answered_by: row.answered_by.as_deref().and_then(officer),
        })
    }

    /// Erases reminders of before an instant, and suspensions that were lifted, or whose venue closed, before it.
    pub(crate) async fn erase_suspensions(&mut self, before: Timestamp) -> Result<u64, Error> {
        let mut rows = 0;
        for sql in [
            "delete from venue_reminders where reminded_at < $1",
            "delete from venue_suspensions where lifted_at < $1
               or venue_id in (select id from venues where closed_at < $1)",
        ] {
            rows += execute!(self, sqlx::query(sql).bind(before))?;
        }
        Ok(rows)
    }
}
