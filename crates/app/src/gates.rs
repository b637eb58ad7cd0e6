//! Gates: what a device token may record for, remembered for a few seconds.

mod places;
mod rates;

use crate::AppState;
use domain::aside::taken;
use domain::ids::{CheckpointId, DeviceId, VenueId};
use domain::role::{Actor, Authorized, RecordScans, VenueScope, authorize};
use domain::time::Timestamp;
use places::Places;
use quick_cache::sync::Cache;
use rates::Rates;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::mem;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::devices::Enrolment;

/// How long a token is believed without asking the register again; so a revoked device stops
/// within this time on every server, and at once on the one that revoked it.
const BELIEVED: Duration = Duration::from_secs(10);
/// How many tokens are remembered.
const REMEMBERED: usize = 4096;

/// A reader of codes at a venue, and where it may record.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The proof that it may record, and for which venue.
    pub who: Authorized<RecordScans, VenueScope>,
    /// The device, when one reads.
    pub device: Option<DeviceId>,
    /// The checkpoint that is meant when a scan names none.
    pub checkpoint: CheckpointId,
    /// Every open checkpoint of the venue.
    pub checkpoints: Vec<CheckpointId>,
}

impl Gate {
    /// The venue.
    pub const fn venue(&self) -> VenueId {
        self.who.scope().venue
    }

    /// The checkpoint a scan names, if it is one of this gate's; nothing when it is another's.
    pub fn checkpoint(&self, named: Option<&str>) -> Option<CheckpointId> {
        match named {
            None => Some(self.checkpoint),
            Some(text) => text.parse().ok().filter(|id| self.checkpoints.contains(id)),
        }
    }
}

/// Whom a token speaks for.
#[derive(Clone, Debug)]
pub enum Bearer {
    /// A gate that may record.
    Gate(Arc<Gate>),
    /// One that was reported lost: it hands over, and reads and admits nothing.
    Lost(Arc<Gate>),
}

/// What is remembered of a token.
#[derive(Clone, Debug)]
struct Known {
    gate: Arc<Gate>,
    /// When the register was asked.
    asked: Timestamp,
}

/// Tokens and their gates.
#[derive(Debug)]
pub struct Gates {
    tokens: Cache<[u8; 32], Known>,
    /// Grows whenever a token may have changed, so that what was read before is not kept.
    changes: AtomicU64,
    /// When devices were last heard, as far as it is not written down yet.
    heard: Mutex<Heard>,
    places: Mutex<Places>,
    /// When devices were last heard from two places in turn, as far as it is not written down yet.
    two_places: Mutex<Heard>,
    rates: Mutex<Rates>,
}

/// Devices, their venues, and when.
type Heard = HashMap<DeviceId, (VenueId, Timestamp)>;

impl Default for Gates {
    fn default() -> Self {
        Self {
            tokens: Cache::new(REMEMBERED),
            changes: AtomicU64::default(),
            heard: Mutex::default(),
            places: Mutex::default(),
            two_places: Mutex::default(),
            rates: Mutex::default(),
        }
    }
}

impl Gates {
    /// Whom a token speaks for; nobody when it was taken or never given. However many requests bring
    /// a good token at once, the register is asked by one of them, and once.
    pub async fn by_token(
        &self,
        app: &AppState,
        token: &str,
    ) -> Result<Option<Bearer>, store::Error> {
        let (key, now): ([u8; 32], _) = (Sha256::digest(token.as_bytes()).into(), app.now());
        let past =
            |known: &Known| now.since(known.asked).unsigned_abs() >= BELIEVED.as_millis() as u64;
        match self.tokens.get(&key) {
            Some(known) if past(&known) => drop(self.tokens.remove_if(&key, past)),
            Some(known) => return Ok(Some(Bearer::Gate(known.gate))),
            None => {}
        }
        let place = match self.tokens.get_value_or_guard_async(&key).await {
            Ok(known) => return Ok(Some(Bearer::Gate(known.gate))),
            Err(place) => place,
        };
        let changes = self.changes.load(Ordering::Acquire);
        let gate = match read(app, token).await? {
            Some(Bearer::Gate(gate)) => gate,
            other => return Ok(other),
        };
        if let Some(device) = gate.device {
            locked(&self.heard).insert(device, (gate.venue(), now));
        }
        if changes == self.changes.load(Ordering::Acquire) {
            let gate = Arc::clone(&gate);
            // Refused when it was forgotten meanwhile: then the next request asks.
            let _ = place.insert(Known { gate, asked: now });
        }
        Ok(Some(Bearer::Gate(gate)))
    }

    /// Notes from where a device's token was heard.
    pub fn hear(&self, gate: &Gate, from: Option<IpAddr>, now: Timestamp) {
        let (Some(device), Some(from)) = (gate.device, from) else {
            return;
        };
        if locked(&self.places).hear(device, from, now) {
            locked(&self.two_places).insert(device, (gate.venue(), now));
        }
    }

    /// Writes down which devices were heard, and which from two places: one transaction for all, aside
    /// from their requests.
    pub async fn note_heard(&self, app: &AppState) -> Result<(), store::Error> {
        let taken = |notes: &Mutex<Heard>| mem::take(&mut *locked(notes));
        let (heard, two_places) = (taken(&self.heard), taken(&self.two_places));
        if heard.is_empty() && two_places.is_empty() {
            return Ok(());
        }
        let written = write(app, &heard, &two_places).await;
        if written.is_err() {
            // The next time, unless the device was heard since.
            for (notes, kept) in [(&self.heard, heard), (&self.two_places, two_places)] {
                let mut notes = locked(notes);
                for (device, note) in kept {
                    notes.entry(device).or_insert(note);
                }
            }
        }
        written
    }

    /// Counts scans that a device sends, or says in how many seconds it may send so many.
    pub fn spend(&self, gate: &Gate, scans: usize, now: Timestamp) -> Result<(), u32> {
        let Some(device) = gate.device else {
            return Ok(());
        };
        locked(&self.rates).spend(device, scans, now)
    }

    /// Forgets every token, after one was taken or a checkpoint changed.
    pub fn forget(&self) {
        self.changes.fetch_add(1, Ordering::Release);
        self.tokens.clear();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn write(app: &AppState, heard: &Heard, two_places: &Heard) -> Result<(), store::Error> {
    let rows = |notes: &Heard| -> Vec<_> {
        let notes = notes.iter();
        notes
            .map(|(device, (venue, at))| (*venue, *device, *at))
            .collect()
    };
    let mut tx = app.store.write().await?;
    tx.devices_heard(&rows(heard), &rows(two_places)).await?;
    tx.commit().await
}

async fn read(app: &AppState, token: &str) -> Result<Option<Bearer>, store::Error> {
    let mut tx = app.store.read().await?;
    let (since, _) = taken(app.now(), app.retention(), app.zone());
    let Some(enrolment) = tx.device_by_token(token, since).await? else {
        return Ok(None);
    };
    let gate = of(&mut tx, enrolment).await?.map(Arc::new);
    Ok(gate.map(|gate| match enrolment.lost {
        true => Bearer::Lost(gate),
        false => Bearer::Gate(gate),
    }))
}

async fn of(tx: &mut store::Tx, enrolment: Enrolment) -> Result<Option<Gate>, store::Error> {
    let Some(scope) = tx.venue_scope(enrolment.venue).await? else {
        return Ok(None);
    };
    let actor = Actor::Device {
        id: enrolment.device,
        venue: enrolment.venue,
    };
    let Ok(who) = authorize::<RecordScans, VenueScope>(&actor, scope) else {
        return Ok(None);
    };
    let gate = gate(who, tx, Some(enrolment.device), enrolment.checkpoint).await?;
    Ok(Some(gate))
}

/// The gate of somebody who may record scans at a venue.
pub async fn gate(
    who: Authorized<RecordScans, VenueScope>,
    tx: &mut store::Tx,
    device: Option<DeviceId>,
    checkpoint: CheckpointId,
) -> Result<Gate, store::Error> {
    let venue = who.scope().venue;
    let open = tx
        .checkpoints(venue)
        .await?
        .into_iter()
        .filter(|one| one.closed.is_none());
    Ok(Gate {
        who,
        device,
        checkpoint,
        checkpoints: open.map(|one| one.id).collect(),
    })
}
