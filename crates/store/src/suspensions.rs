//! Suspensions of venues: what offices reminded of, when they let nobody enter and why, what the owners said to that and what
//! they were answered. Words are sealed: people may stand in them.

use crate::audit::actor_text;
use crate::dialect::{execute, run};
use crate::units::{parse_path, path_bounds};
use crate::{Error, Tx, new_id};
use domain::ids::{OfficerId, SuspensionId, VenueId};
use domain::role::{
    Actor, Authorized, ListVenues, ManageVenue, OverseeVenue, ReadVenueBoard, SuspendVenue,
    UnitScope, VenueScope,
};
use domain::suspension::{self, SuspensionReason, Verdict};
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

/// What came of an order to let nobody enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It is in force.
    Done,
    /// The same office gave one before, at that instant, and it is in force.
    Before(Timestamp),
    /// The venue is closed for good.
    Closed,
    /// The venue has moved out of the office's unit meanwhile.
    Moved,
}

/// A venue whose owners wait for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAppeal {
    /// The venue.
    pub venue: VenueId,
    /// Its name.
    pub name: String,
    /// The unit of the office that suspended it.
    pub unit: UnitCode,
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

    /// Lets nobody enter a venue from now on, by order of one office. Several offices may have one in force, each one at most: it is
    /// open when none is.
    pub async fn suspend_venue(
        &mut self,
        who: &Authorized<SuspendVenue, VenueScope>,
        (reason, words): (SuspensionReason, &str),
        now: Timestamp,
    ) -> Result<Ordered, Error> {
        let (venue, unit) = (who.scope().venue, office(who.actor())?);
        self.lock_venues(&[venue]).await?;
        let before: Option<(Timestamp,)> = run!(self, |conn| {
            sqlx::query_as(
                "select suspended_at from venue_suspensions
                 where venue_id = $1 and unit = $2 and lifted_at is null",
            )
            .bind(venue)
            .bind(&unit)
            .fetch_optional(conn)
        })?;
        if let Some((since,)) = before {
            return Ok(Ordered::Before(since));
        }
        let open = "select unit_path from venues where id = $1 and closed_at is null";
        let open: Option<(String,)> = run!(self, |conn| {
            sqlx::query_as(open).bind(venue).fetch_optional(conn)
        })?;
        match open {
            None => return Ok(Ordered::Closed),
            // Nobody there could lift it.
            Some((path,)) if !parse_path(&path).within(&unit) => return Ok(Ordered::Moved),
            Some(_) => {}
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
        self.count_orders(venue).await?;
        Ok(Ordered::Done)
    }

    /// Brings a venue's row to what is in force: since the earliest order that is.
    async fn count_orders(&mut self, venue: VenueId) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query(
                "update venues set suspended_at = (
                   select min(suspended_at) from venue_suspensions where venue_id = $1 and lifted_at is null)
                 where id = $1",
            )
            .bind(venue)
        )?;
        Ok(())
    }

    /// Whether the officer's office answers for an order.
    async fn answers_for(
        &mut self,
        who: &Authorized<SuspendVenue, VenueScope>,
        id: SuspensionId,
    ) -> Result<bool, Error> {
        let sql = "select unit from venue_suspensions where id = $1 and venue_id = $2";
        let by: Option<(UnitCode,)> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(id)
                .bind(who.scope().venue)
                .fetch_optional(conn)
        })?;
        let own = office(who.actor())?;
        Ok(by.is_some_and(|(by,)| suspension::answers(&own, &by, &who.scope().unit)))
    }

    /// Lifts an order of this office or of one below it, which answers an appeal that waits; or keeps it, in answer to one. Says
    /// whether there was something to say that to. Orders of other offices stay.
    pub async fn answer_suspension(
        &mut self,
        who: &Authorized<SuspendVenue, VenueScope>,
        id: SuspensionId,
        (verdict, words): (Verdict, &str),
        now: Timestamp,
    ) -> Result<bool, Error> {
        let venue = who.scope().venue;
        self.lock_venues(&[venue]).await?;
        if !self.answers_for(who, id).await? {
            return Ok(false);
        }
        // What they were answered before stays, above what is said now.
        let before = self.answered(id).await?;
        let words = match before.filter(|_| verdict == Verdict::Lift) {
            Some(before) => format!("{before}\n{words}").trim().to_owned(),
            None => words.to_owned(),
        };
        let sql = match verdict {
            Verdict::Lift => {
                "update venue_suspensions set lifted_at = $3, answered_by = $4, answer = $5,
                   answered_at = coalesce(answered_at, $3)
                 where id = $1 and venue_id = $2 and lifted_at is null"
            }
            Verdict::Keep => {
                "update venue_suspensions set answered_at = $3, answered_by = $4, answer = $5
                 where id = $1 and venue_id = $2 and lifted_at is null
                   and appealed_at is not null and answered_at is null"
            }
        };
        let done = execute!(
            self,
            sqlx::query(sql)
                .bind(id)
                .bind(venue)
                .bind(now)
                .bind(actor_text(who.actor()))
                .bind(self.keys.sealer().seal(ANSWER, &words))
        )?;
        self.count_orders(venue).await?;
        Ok(done > 0)
    }

    /// What the owners were answered, if they were.
    async fn answered(&mut self, id: SuspensionId) -> Result<Option<String>, Error> {
        let sql = "select answer from venue_suspensions where id = $1 and answered_at is not null";
        let kept: Option<(Option<Vec<u8>>,)> = run!(self, |conn| {
            sqlx::query_as(sql).bind(id).fetch_optional(conn)
        })?;
        let sealed = kept.and_then(|(sealed,)| sealed);
        let open = |sealed: Vec<u8>| self.keys.sealer().open(ANSWER, &sealed);
        sealed.map(open).transpose()
    }

    /// Asks the offices to lift what is in force and was not appealed against. Says whether there was such an order: once for each.
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

    /// The open venues of a unit whose owners wait for an answer, the longest waiting first; once for each order.
    pub async fn open_appeals(
        &mut self,
        who: &Authorized<ListVenues, UnitScope>,
        most: i64,
    ) -> Result<Vec<OpenAppeal>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let rows: Vec<(VenueId, String, UnitCode, Timestamp)> = run!(self, |conn| {
            sqlx::query_as(
                "select v.id, v.name, s.unit, s.appealed_at from venue_suspensions s join venues v on v.id = s.venue_id
                 where s.appealed_at is not null and s.answered_at is null and v.closed_at is null
                   and v.unit_path >= $1 and v.unit_path < $2
                 order by s.appealed_at, s.id limit $3",
            )
            .bind(&from)
            .bind(&to)
            .bind(most)
            .fetch_all(conn)
        })?;
        let open = |(venue, name, unit, appealed)| OpenAppeal {
            venue,
            name,
            unit,
            appealed,
        };
        Ok(rows.into_iter().map(open).collect())
    }

    /// How many there are of [`Tx::open_appeals`].
    pub async fn open_appeal_count(
        &mut self,
        who: &Authorized<ListVenues, UnitScope>,
    ) -> Result<i64, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        Ok(run!(self, |conn| {
            sqlx::query_scalar(
                "select count(*) from venue_suspensions s join venues v on v.id = s.venue_id
                 where s.appealed_at is not null and s.answered_at is null and v.closed_at is null
                   and v.unit_path >= $1 and v.unit_path < $2",
            )
            .bind(&from)
            .bind(&to)
            .fetch_one(conn)
        })?)
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
