//! Erasure: what is past its time goes, the day's key first.
//!
//! Destroying a key is the forgetting; rows die afterwards, in short transactions, so that the
//! gate never waits for them. A clock that jumped cannot erase alone: [`Store::may_erase`].

use crate::dialect::{execute, run};
use crate::{Error, Store, Tx};
use domain::retention::{ClockFacts, Retention};
use domain::time::{Day, Timestamp};
use std::time::Duration;

/// How long used-up codes, limits and invitations are kept after their end.
const SPENT: Duration = Duration::from_secs(86_400);
/// The day of the last erasure.
const LAST: &str = "erasure_day";
/// For how many hours the clock has not been believed.
const HELD: &str = "erasure_held_hours";

/// What an erasure did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// The days whose keys were destroyed.
    pub keys: Vec<Day>,
    /// The days whose scans were erased.
    pub days: Vec<Day>,
    /// Rows of everything else that went.
    pub rows: u64,
}

impl Store {
    /// Whether the clock may erase now. A clock that is not believed is asked again each hour;
    /// `hour_passed` says that one has, by a clock that cannot jump.
    pub async fn may_erase(&self, now: Timestamp, hour_passed: bool) -> Result<bool, Error> {
        let today = self.zone().day(now);
        let mut tx = self.write().await?;
        let held = tx.counter(HELD).await?.unwrap_or(0) + i64::from(hour_passed);
        let facts = ClockFacts {
            today,
            last: tx.last_erasure().await?,
            device_agrees: tx.device_scanned_since(today.plus(-1)).await?,
            held_hours: held,
        };
        let believed = facts.believed();
        if believed {
            tx.set_counter(LAST, i64::from(today.0)).await?;
        }
        tx.set_counter(HELD, if believed { 0 } else { held })
            .await?;
        tx.commit().await?;
        Ok(believed)
    }

    /// Erases everything that is past its retention, then empties the write-ahead log, so that
    /// it leaves the disk. Doing it twice changes nothing.
    pub async fn erase(&self, retention: Retention, now: Timestamp) -> Result<Erased, Error> {
        let oldest = retention.oldest_scan_day(now, self.zone());
        let mut erased = Erased {
            keys: self.keys().destroy_before(oldest)?,
            ..Erased::default()
        };
        while let Some(day) = self.erase_scans_before(oldest).await? {
            if erased.days.last() != Some(&day) {
                erased.days.push(day);
            }
            // Whoever waits at the gate goes first.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut tx = self.write().await?;
        erased.rows += tx.erase_visits_before(oldest, self.zone().day(now)).await?;
        let declared = retention.declarations_before(now, self.zone());
        erased.rows += tx.erase_declarations(declared).await?;
        erased.rows += tx.erase_drafts(Retention::drafts_before(now)).await?;
        erased.rows += tx.forget_declaration_venues(oldest).await?;
        erased.rows += tx.erase_strangers(oldest).await?;
        erased.rows += tx.erase_phone_keys(self.zone().start(oldest)).await?;
        let waiting = retention.asides_before(now);
        let settled = waiting.min(self.zone().start(oldest));
        erased.rows += tx.erase_asides(waiting, settled).await?;
        erased.rows += tx.erase_batches(Retention::batches_before(now)).await?;
        erased.rows += (tx.erase_poster_photos(Retention::poster_photos_before(now))).await?;
        erased.rows += tx.erase_merges(Retention::merges_before(now)).await?;
        erased.rows += tx.erase_requests(Retention::requests_before(now)).await?;
        erased.rows += tx
            .erase_suspensions(Retention::suspensions_before(now))
            .await?;
        let asked = Retention::permit_requests_before(now);
        erased.rows += tx.erase_permit_requests(asked).await?;
        erased.rows += tx.erase_owner_invitations(now).await?;
        erased.rows += tx.erase_surges(self.zone().start(oldest)).await?;
        // A permit's last night ends on the day after its last.
        let nights = (oldest.plus(-1), self.zone().start(oldest));
        erased.rows += tx.erase_permits(nights.0, nights.1).await?;
        erased.rows += tx.erase_imports(now).await?;
        erased.rows += tx.erase_spent(now).await?;
        tx.commit().await?;
        if erased.rows > 0 || !erased.days.is_empty() {
            self.checkpoint().await?;
        }
        Ok(erased)
    }

    /// Erases scans of the oldest day before a limit, as many as fit into one transaction.
    async fn erase_scans_before(&self, limit: Day) -> Result<Option<Day>, Error> {
        let mut tx = self.write().await?;
        let Some(day) = tx.oldest_day_before(limit).await? else {
            tx.rollback().await?;
            return Ok(None);
        };
        tx.drop_day(day).await?;
        tx.commit().await?;
        Ok(Some(day))
    }
}

impl Tx {
    /// Presences of days before yesterday, under which nobody is looked up any more; and the
    /// subjects of audit entries that are named by a day which is gone.
    async fn erase_visits_before(&mut self, oldest: Day, today: Day) -> Result<u64, Error> {
        let presences = execute!(
            self,
            sqlx::query("delete from presences where day < $1").bind(today.plus(-1))
        )?;
        let subjects = execute!(
            self,
            sqlx::query("delete from audit_subjects where day < $1").bind(oldest)
        )?;
        Ok(presences + subjects)
    }

    /// People who never proved who they are, once no scan that is kept can be theirs: the day of
    /// their last tap is gone. What was declared for them or begun, and the numbers of their papers, go along.
    async fn erase_strangers(&mut self, oldest: Day) -> Result<u64, Error> {
        let mut rows = 0;
        for sql in [
            "delete from identities where holder_id in (
               select id from holders where verified = false and tapped_on < $1
               and id not in (select holder_id from cards))",
            "delete from declarations where holder_id in (
               select id from holders where verified = false and tapped_on < $1
               and id not in (select holder_id from cards))",
            "delete from drafts where holder_id in (
               select id from holders where verified = false and tapped_on < $1
               and id not in (select holder_id from cards))",
            "delete from holders where verified = false and tapped_on < $1
             and id not in (select holder_id from cards)",
        ] {
            rows += execute!(self, sqlx::query(sql).bind(oldest))?;
        }
        Ok(rows)
    }

    /// Sessions, codes, limits and invitations that are over.
    async fn erase_spent(&mut self, now: Timestamp) -> Result<u64, Error> {
        let before = now.minus(SPENT);
        self.erase_rates(before).await?;
        let mut rows = self.erase_sessions(now).await?;
        rows += self.erase_otps(before).await?;
        rows += self.erase_invitations(before).await?;
        Ok(rows)
    }

    async fn last_erasure(&mut self) -> Result<Option<Day>, Error> {
        if let Some(day) = self.counter(LAST).await? {
            return Ok(Some(Day(day as i32)));
        }
        let newest: Option<i32> = run!(self, |conn| {
            sqlx::query_scalar("select max(day) from scans").fetch_one(conn)
        })?;
        Ok(newest.map(Day))
    }

    async fn device_scanned_since(&mut self, day: Day) -> Result<bool, Error> {
        let found: Option<i32> = run!(self, |conn| {
            sqlx::query_scalar("select day from scans where day >= $1 and way = 'device' limit 1")
                .bind(day)
                .fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    async fn counter(&mut self, name: &str) -> Result<Option<i64>, Error> {
        let value = run!(self, |conn| {
            sqlx::query_scalar("select value from counters where name = $1")
                .bind(name)
                .fetch_optional(conn)
        })?;
        Ok(value)
    }

    async fn set_counter(&mut self, name: &str, value: i64) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query(
                "insert into counters (name, value) values ($1, $2)
                 on conflict (name) do update set value = excluded.value",
            )
            .bind(name)
            .bind(value)
        )?;
        Ok(())
    }
}
