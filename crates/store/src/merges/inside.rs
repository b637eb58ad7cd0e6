//! Who is inside stays inside when two records become one, and when they become two again.

use crate::dialect::{execute, run};
use crate::keys::Pseudonym;
use crate::{Error, Tx};
use domain::ids::{HolderId, ScanId, VenueId};
use domain::time::{Day, Timestamp};
use uuid::Uuid;

impl Tx {
    /// Carries who is inside: where somebody is under one record's pseudonym of today or yesterday, they are under the other's.
    /// `last` is given to carry back only what that record's own scan says. Where both are known, the later scan counts.
    pub(super) async fn carry_presences(
        &mut self,
        (from, to): (HolderId, HolderId),
        last: Option<HolderId>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let today = self.zone.day(now);
        for day in [today.plus(-1), today] {
            let Some(key) = self.keys.existing(day)? else {
                continue;
            };
            let (old, new) = (key.pseudonym(from), key.pseudonym(to));
            let of = key.pseudonym(last.unwrap_or(from));
            let venues: Vec<(VenueId,)> = run!(self, |conn| {
                // In order of id, so that both databases take the index by person and not the whole day.
                sqlx::query_as(
                    "select venue_id from scans where day = $1 and holder = $2 order by id",
                )
                .bind(day)
                .bind(of)
                .fetch_all(conn)
            })?;
            let mut venues: Vec<VenueId> = venues.into_iter().map(|(venue,)| venue).collect();
            venues.sort();
            venues.dedup();
            self.lock_venues(&venues).await?;
            for venue in venues {
                let says = last.map(|_| of);
                self.carry_presence((day, venue), (old, new), says).await?;
            }
        }
        Ok(())
    }

    async fn carry_presence(
        &mut self,
        (day, venue): (Day, VenueId),
        (old, new): (Pseudonym, Pseudonym),
        says: Option<Pseudonym>,
    ) -> Result<(), Error> {
        const LAST: &str = "select last_id from presences where venue_id = $1 and holder = $2";
        const SAYS: &str = "select holder from scans where day = $1 and venue_id = $2 and id = $3";
        const DROP: &str = "delete from presences where venue_id = $1 and holder = $2";
        const CARRY: &str = "update presences set holder = $3 where venue_id = $1 and holder = $2";
        let mut last = Vec::new();
        for holder in [old, new] {
            let found: Option<(Uuid,)> = run!(self, |conn| {
                sqlx::query_as(LAST)
                    .bind(venue)
                    .bind(holder)
                    .fetch_optional(conn)
            })?;
            last.push(found.map(|(id,)| id));
        }
        let (Some(here), there) = (last[0], last[1]) else {
            return Ok(());
        };
        if let Some(says) = says {
            let by: Option<(Option<Pseudonym>,)> = run!(self, |conn| {
                sqlx::query_as(SAYS)
                    .bind(day)
                    .bind(venue)
                    .bind(here)
                    .fetch_optional(conn)
            })?;
            if by != Some((Some(says),)) {
                return Ok(());
            }
        }
        if there.is_some_and(|there| ScanId::new(there) > ScanId::new(here)) {
            execute!(self, sqlx::query(DROP).bind(venue).bind(old))?;
            return Ok(());
        }
        execute!(self, sqlx::query(DROP).bind(venue).bind(new))?;
        execute!(self, sqlx::query(CARRY).bind(venue).bind(old).bind(new))?;
        Ok(())
    }
}
