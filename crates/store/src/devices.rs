//! Devices: gates and kiosks that send scans with a token, of which only the hash is kept.

use crate::dialect::{execute, run};
use crate::sets::Column;
use crate::{Error, Tx, new_id};
use domain::ids::{CheckpointId, DeviceId, VenueId};
use domain::role::{Authorized, ManageVenue, VenueScope};
use domain::time::Timestamp;

/// A device as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The device.
    pub id: DeviceId,
    /// The gate it stands at.
    pub checkpoint: CheckpointId,
    /// What the owner calls it.
    pub name: String,
    /// Since when.
    pub created: Timestamp,
    /// When it was last heard.
    pub last_seen: Option<Timestamp>,
    /// When its token was taken, if it was.
    pub revoked: Option<Timestamp>,
    /// How far its clock was ahead of the server's when it last said what time it had.
    pub skew_ms: Option<i32>,
    /// How many of the scans that it numbered have not arrived.
    pub missing: u64,
    /// Whether it gave numbers twice: it began anew, or two readers have one token.
    pub renumbered: bool,
    /// When it was reported lost, if it was.
    pub lost: Option<Timestamp>,
    /// When it was last heard from two places in turn.
    pub two_places: Option<Timestamp>,
}

impl Device {
    /// Whether it was reported lost at `since` or later, and what it brings is still set aside.
    pub fn hands_over(&self, since: Timestamp) -> bool {
        let lost = self.lost.filter(|lost| *lost >= since);
        lost.is_some_and(|lost| self.revoked.is_none_or(|revoked| revoked <= lost))
    }
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The device.
    pub device: DeviceId,
    /// Its venue.
    pub venue: VenueId,
    /// The gate it stands at.
    pub checkpoint: CheckpointId,
    /// Whether it was reported lost: it hands over, and reads and admits nothing.
    pub lost: bool,
}

impl Tx {
    /// Enrols a device at a gate of the venue; of the token only a keyed hash is kept. Nothing
    /// when the gate is closed or another venue's.
    pub async fn enrol_device(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        checkpoint: CheckpointId,
        name: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<DeviceId>, Error> {
        let venue = who.scope().venue;
        let gate = self.checkpoint(checkpoint).await?;
        if !gate.is_some_and(|gate| gate.venue == venue && gate.closed.is_none()) {
            return Ok(None);
        }
        let id = DeviceId(new_id(now));
        let hash = self.keys.sealer().hash("device", token);
        execute!(
            self,
            sqlx::query(
                "insert into devices (id, venue_id, checkpoint_id, name, token_hash, created_at,
                   seq_highest, seq_count)
                 values ($1, $2, $3, $4, $5, $6, 0, 0)",
            )
            .bind(id)
            .bind(venue)
            .bind(checkpoint)
            .bind(name)
            .bind(&hash)
            .bind(now)
        )?;
        Ok(Some(id))
    }

    /// The devices of a venue in the order in which they were enrolled, revoked ones too.
    pub async fn devices(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
    ) -> Result<Vec<Device>, Error> {
        type Row = (
            DeviceId,
            CheckpointId,
            String,
            Timestamp,
            Option<Timestamp>,
            Option<Timestamp>,
            Option<i32>,
            i64,
            Option<Timestamp>,
            Option<Timestamp>,
        );
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select id, checkpoint_id, name, created_at, last_seen_at, revoked_at, skew_ms,
                   seq_highest - seq_count, lost_at, two_places_at
                 from devices where venue_id = $1 order by created_at, id",
            )
            .bind(who.scope().venue)
            .fetch_all(conn)
        })?;
        let device = |row: Row| {
            let (id, checkpoint, name, created, last_seen, revoked, skew_ms, ..) = row;
            let (.., missing, lost, two_places) = row;
            Device {
                id,
                checkpoint,
                name,
                created,
                last_seen,
                revoked,
                skew_ms,
                // A device that began to count anew has given some numbers twice.
                missing: u64::try_from(missing).unwrap_or_default(),
                renumbered: missing < 0,
                lost,
                two_places,
            }
        };
        Ok(rows.into_iter().map(device).collect())
    }

    /// Takes a device's token; of a lost one nothing is set aside any more. Says whether it was good for anything.
    pub async fn revoke_device(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        id: DeviceId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let done = execute!(
            self,
            sqlx::query(
                "update devices
                 set revoked_at = case when lost_at >= $3 then lost_at + 1 else $3 end
                 where id = $1 and venue_id = $2 and (revoked_at is null or revoked_at <= lost_at)",
            )
            .bind(id)
            .bind(who.scope().venue)
            .bind(now)
        )?;
        Ok(done > 0)
    }

    /// Takes a device's token and has what it still brings set aside. Says whether the device is the
    /// venue's and was not reported lost before.
    pub async fn report_device_lost(
        &mut self,
        who: &Authorized<ManageVenue, VenueScope>,
        id: DeviceId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let done = execute!(
            self,
            sqlx::query(
                "update devices set lost_at = $3, revoked_at = coalesce(revoked_at, $3)
                 where id = $1 and venue_id = $2 and lost_at is null",
            )
            .bind(id)
            .bind(who.scope().venue)
            .bind(now)
        )?;
        Ok(done > 0)
    }

    /// Whether any device may ask for anything.
    pub async fn any_device(&mut self) -> Result<bool, Error> {
        let found: Option<(i32,)> = run!(self, |conn| {
            sqlx::query_as("select 1 from devices where revoked_at is null limit 1")
                .fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    /// What a token is good for; nothing when it was taken or never given. One whose device was
    /// reported lost at `since` or later is still known, unless it was revoked after that.
    pub async fn device_by_token(
        &mut self,
        token: &str,
        since: Timestamp,
    ) -> Result<Option<Enrolment>, Error> {
        let hash = self.keys.sealer().hash("device", token);
        let row: Option<(DeviceId, VenueId, CheckpointId, Option<Timestamp>)> =
            run!(self, |conn| {
                sqlx::query_as(
                    "select id, venue_id, checkpoint_id, lost_at from devices
                 where token_hash = $1
                   and (revoked_at is null or (lost_at >= revoked_at and lost_at >= $2))",
                )
                .bind(&hash)
                .bind(since)
                .fetch_optional(conn)
            })?;
        Ok(row.map(|(device, venue, checkpoint, lost)| Enrolment {
            device,
            venue,
            checkpoint,
            lost: lost.is_some(),
        }))
    }

    /// Notes when devices of venues were heard, and when from two places in turn.
    pub async fn devices_heard(
        &mut self,
        heard: &[(VenueId, DeviceId, Timestamp)],
        two_places: &[(VenueId, DeviceId, Timestamp)],
    ) -> Result<(), Error> {
        let all = heard.iter().chain(two_places);
        let mut venues: Vec<VenueId> = all.map(|(venue, ..)| *venue).collect();
        venues.sort();
        venues.dedup();
        // Whoever records scans changes the same rows, in another order.
        self.lock_venues(&venues).await?;
        const HEAD: &str = "with heard (device, at) as (";
        let columns = |heard: &[(VenueId, DeviceId, Timestamp)]| {
            [
                Column::ids(heard.iter().map(|(_, device, _)| device.0)),
                Column::longs(heard.iter().map(|(.., at)| at.millis())),
            ]
        };
        const SEEN: &str = ") update devices set last_seen_at = at from heard where id = device";
        const PLACES: &str = ") update devices set two_places_at = at from heard where id = device";
        self.write_set(HEAD, &columns(heard), SEEN).await?;
        self.write_set(HEAD, &columns(two_places), PLACES).await
    }
}
