//! Scans set aside: what devices have read and the log may not take as it is, sealed until the
//! venue's owner settles it. The row stays, empty, until it would have been erased anyway, so that a
//! device that sends the scan again brings it back to nobody.

mod recording;

pub use recording::Aside;

use crate::dialect::{execute, run};
use crate::sets::Column;
use crate::{Error, Tx};
use domain::aside::{AsideReason, MOST, MOST_CODE, MOST_KEPT, Misplaced, Settled, distance};
use domain::ids::{DeviceId, ScanId, VenueId};
use domain::role::{Action, Actor, Authorized, RecordScans, SettleAsides, VenueScope};
use domain::scan::{Asked, Decision, Scan, Way};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use uuid::Uuid;

/// Where the lines are sealed for.
const PLACE: &str = "asides.sealed";
/// Those of a group that wait for the owner: venue, device, reason, and the last that was seen.
const WAITING: &str = "venue_id = $1 and device_id = $2 and reason = $3 and received_at <= $4
   and sealed is not null and moved is null";

/// What a line says besides its id, sealed.
#[derive(Debug, Serialize, Deserialize)]
struct Sealed {
    code: String,
    asked: Asked,
    way: Way,
    companions: u8,
    confirms: Option<ScanId>,
    door: Option<Decision>,
    #[serde(default)]
    turned_away: bool,
}

/// Scans of one device that were set aside for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsideGroup {
    /// Which they are; `seen` is when the last of them came.
    pub key: AsideKey,
    /// How many.
    pub count: i64,
    /// When the first of them came.
    pub received: Timestamp,
    /// The earliest and the latest time that they claim.
    pub claimed: (Timestamp, Timestamp),
    /// When the first was read, if the reader's clock was as wrong then as when it sent them; nothing
    /// when it did not say what time it had.
    pub corrected: Option<Timestamp>,
    /// How many of them claim times that the log takes.
    pub timely: i64,
}

/// Where a scan was when it arrived to be set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// Nowhere: it is set aside now.
    New,
    /// Set aside before.
    Aside,
    /// In the log, where it stays.
    Log,
}

/// Names scans of one device that were set aside for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsideKey {
    /// The device.
    pub device: DeviceId,
    /// Why.
    pub reason: AsideReason,
    /// Those that came until then; what comes while the owner thinks is another question.
    pub seen: Timestamp,
}

impl Tx {
    /// Sets scans of a device aside, and says of each where it was already. Nothing is set
    /// aside, and nothing said, when the device would have more than it may. `skew` is how far the
    /// reader's clock was ahead when it sent them, in milliseconds.
    pub async fn set_aside(
        &mut self,
        who: &Authorized<RecordScans, VenueScope>,
        scans: &[(AsideReason, Scan)],
        skew: Option<i64>,
        now: Timestamp,
    ) -> Result<Option<Vec<Arrived>>, Error> {
        let (Actor::Device { id: device, .. }, venue) = (who.actor(), who.scope().venue) else {
            return Ok(None);
        };
        self.lock_venues(&[venue]).await?;
        let mut seen = self.arrived(venue, scans).await?;
        // One that comes twice in a batch is set aside once.
        let known: Vec<Arrived> = scans
            .iter()
            .map(|(_, scan)| match seen.entry(scan.id.uuid()) {
                Entry::Occupied(before) => *before.get(),
                Entry::Vacant(none) => {
                    none.insert(Arrived::Aside);
                    Arrived::New
                }
            })
            .collect();
        let new = scans.iter().zip(&known);
        let new = new.filter(|(_, known)| **known == Arrived::New);
        let new: Vec<&(AsideReason, Scan)> = new.map(|(scan, _)| scan).collect();
        if !new.is_empty() && !self.room_for(*device, new.len() as i64).await? {
            return Ok(None);
        }
        let rows = self.aside_rows((venue, *device), &new, skew, now);
        self.write_new(
            "insert into asides (venue_id, id, checkpoint_id, device_id, reason, received_at,
               claimed_at, skew, sealed) ",
            &rows,
        )
        .await?;
        // They have arrived, whatever becomes of them.
        self.note_said(new.iter().map(|(_, scan)| scan)).await?;
        Ok(Some(known))
    }

    /// Those of a device's scans that were set aside before, or are in the log.
    async fn arrived(
        &mut self,
        venue: VenueId,
        scans: &[(AsideReason, Scan)],
    ) -> Result<HashMap<Uuid, Arrived>, Error> {
        const HEAD: &str = "with keys (a, b, c) as (";
        const TAIL: &str =
            ") select id, 'aside' from keys cross join asides where venue_id = b and id = c
             union all
             select id, 'log' from keys cross join scans where day = a and venue_id = b and id = c";
        let zone = self.zone;
        let keys = [
            Column::ints(scans.iter().map(|(_, scan)| zone.day(scan.id.at()).0)),
            Column::ids(scans.iter().map(|_| venue.0)),
            Column::ids(scans.iter().map(|(_, scan)| scan.id.uuid())),
        ];
        let found = self.look_up::<(Uuid, String)>(HEAD, &keys, TAIL).await?;
        let mut arrived = HashMap::with_capacity(found.len());
        for (id, table) in found {
            // What the owner accepted left its id aside, too.
            if table == "log" {
                arrived.insert(id, Arrived::Log);
            } else {
                arrived.entry(id).or_insert(Arrived::Aside);
            }
        }
        Ok(arrived)
    }

    /// Whether so many more of a device's scans may wait, and leave their ids when they are settled.
    async fn room_for(&mut self, device: DeviceId, more: i64) -> Result<bool, Error> {
        let (waiting, kept): (i64, i64) = run!(self, |conn| {
            sqlx::query_as(
                "select (select count(*) from asides where device_id = $1 and sealed is not null),
                   (select count(*) from asides where device_id = $1)",
            )
            .bind(device)
            .fetch_one(conn)
        })?;
        Ok(waiting + more <= MOST as i64 && kept + more <= MOST_KEPT as i64)
    }

    fn aside_rows(
        &self,
        (venue, device): (VenueId, DeviceId),
        new: &[&(AsideReason, Scan)],
        skew: Option<i64>,
        now: Timestamp,
    ) -> [Column; 9] {
        let scans = || new.iter().map(|(_, scan)| scan);
        [
            Column::ids(scans().map(|_| venue.0)),
            Column::ids(scans().map(|scan| scan.id.uuid())),
            Column::ids(scans().map(|scan| scan.checkpoint.map(|id| id.0))),
            Column::ids(scans().map(|_| device.0)),
            Column::words(new.iter().map(|(reason, _)| reason.as_str())),
            Column::longs(scans().map(|_| now.millis())),
            Column::longs(scans().map(|scan| scan.id.at().millis())),
            Column::longs(scans().map(|_| skew)),
            Column::bytes(scans().map(|scan| self.keys.sealer().seal(PLACE, &sealed(scan)))),
        ]
    }

    /// How many scans wait at a venue until its owner settles them.
    pub async fn asides_waiting<A: Action<VenueScope>>(
        &mut self,
        who: &Authorized<A, VenueScope>,
    ) -> Result<i64, Error> {
        let (count,): (i64,) = run!(self, |conn| {
            sqlx::query_as(
                "select count(*) from asides
                 where venue_id = $1 and sealed is not null and moved is null",
            )
            .bind(who.scope().venue)
            .fetch_one(conn)
        })?;
        Ok(count)
    }

    /// What waits at a venue, by device and reason, the earliest first. `taken` are the earliest and
    /// the latest time that the log takes.
    pub async fn asides(
        &mut self,
        who: &Authorized<SettleAsides, VenueScope>,
        taken: (Timestamp, Timestamp),
    ) -> Result<Vec<AsideGroup>, Error> {
        type Row = (
            DeviceId,
            AsideReason,
            i64,
            Timestamp,
            Timestamp,
            Timestamp,
            Timestamp,
            Option<Timestamp>,
            i64,
        );
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(
                "select device_id, reason, count(*), min(received_at), max(received_at),
                   min(claimed_at), max(claimed_at),
                   case when count(skew) = count(*) then min(claimed_at - skew) end,
                   count(case when claimed_at >= $2 and claimed_at <= $3 then 1 end)
                 from asides where venue_id = $1 and sealed is not null and moved is null
                 group by device_id, reason order by min(received_at), device_id, reason",
            )
            .bind(who.scope().venue)
            .bind(taken.0)
            .bind(taken.1)
            .fetch_all(conn)
        })?;
        let group =
            |(device, reason, count, received, seen, first, last, corrected, timely): Row| {
                AsideGroup {
                    key: AsideKey {
                        device,
                        reason,
                        seen,
                    },
                    count,
                    received,
                    claimed: (first, last),
                    corrected,
                    timely,
                }
            };
        Ok(rows.into_iter().map(group).collect())
    }

    /// The names of a venue's devices, revoked ones too.
    pub async fn device_names(
        &mut self,
        who: &Authorized<SettleAsides, VenueScope>,
    ) -> Result<Vec<(DeviceId, String)>, Error> {
        let names = run!(self, |conn| {
            sqlx::query_as("select id, name from devices where venue_id = $1")
                .bind(who.scope().venue)
                .fetch_all(conn)
        })?;
        Ok(names)
    }

    /// Has scans recorded as if the first of them had been read at `first`. Says how many: those that
    /// would then lie in the future stay, so that one time that is far off holds up no other. They go into the log afterwards, by [`Tx::asides_to_record`].
    pub async fn date_asides(
        &mut self,
        who: &Authorized<SettleAsides, VenueScope>,
        key: AsideKey,
        first: Timestamp,
        taken: (Timestamp, Timestamp),
    ) -> Result<Result<u64, Misplaced>, Error> {
        self.lock_venues(&[who.scope().venue]).await?;
        let sql = format!("select min(claimed_at) from asides where {WAITING}");
        let (from,): (Option<Timestamp>,) = run!(self, |conn| {
            sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(who.scope().venue)
                .bind(key.device)
                .bind(key.reason.as_str())
                .bind(key.seen)
                .fetch_one(conn)
        })?;
        let Some(from) = from else {
            return Ok(Ok(0));
        };
        match distance(from, first, taken) {
            Ok(by) => {
                let until = Timestamp::from_millis(taken.1.millis().saturating_sub(by));
                let settled = (by, Settled::Dated);
                self.settle(who, key, settled, (from, until)).await.map(Ok)
            }
            Err(misplaced) => Ok(Err(misplaced)),
        }
    }

    /// Has those scans recorded as they are whose times the log takes. Says how many.
    pub async fn accept_asides(
        &mut self,
        who: &Authorized<SettleAsides, VenueScope>,
        key: AsideKey,
        taken: (Timestamp, Timestamp),
    ) -> Result<u64, Error> {
        self.settle(who, key, (0, Settled::Accepted), taken).await
    }

    async fn settle(
        &mut self,
        who: &Authorized<SettleAsides, VenueScope>,
        key: AsideKey,
        (by, settled): (i64, Settled),
        (from, until): (Timestamp, Timestamp),
    ) -> Result<u64, Error> {
        // What is in the log meanwhile does not wait any more.
        self.lock_venues(&[who.scope().venue]).await?;
        let sql = format!(
            "update asides set moved = $5, settled = $6
             where {WAITING} and claimed_at >= $7 and claimed_at <= $8"
        );
        let done = execute!(
            self,
            sqlx::query(AssertSqlSafe(sql.as_str()))
                .bind(who.scope().venue)
                .bind(key.device)
                .bind(key.reason.as_str())
                .bind(key.seen)
                .bind(by)
                .bind(settled.as_str())
                .bind(from)
                .bind(until)
        )?;
        Ok(done)
    }

    /// Discards scans. Says how many.
    pub async fn discard_asides(
        &mut self,
        who: &Authorized<SettleAsides, VenueScope>,
        key: AsideKey,
    ) -> Result<u64, Error> {
        let sql = format!("update asides set sealed = null where {WAITING}");
        let done = execute!(
            self,
            sqlx::query(AssertSqlSafe(sql.as_str()))
                .bind(who.scope().venue)
                .bind(key.device)
                .bind(key.reason.as_str())
                .bind(key.seen)
        )?;
        Ok(done)
    }
}

fn sealed(scan: &Scan) -> Sealed {
    let end = scan.code.floor_char_boundary(MOST_CODE);
    Sealed {
        code: scan.code[..end].to_owned(),
        asked: scan.asked,
        way: scan.way,
        companions: scan.companions,
        confirms: scan.confirms,
        door: scan.remarks.door,
        turned_away: scan.remarks.turned_away,
    }
}
