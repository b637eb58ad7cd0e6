//! Gates: what a device token may record for, remembered for a few seconds.

use crate::AppState;
use domain::ids::{CheckpointId, DeviceId, VenueId};
use domain::role::{Actor, Authorized, RecordScans, VenueScope, authorize};
use domain::time::Timestamp;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// How long a token is believed without asking the register again; so a revoked device stops
/// within this time on every server, and at once on the one that revoked it.
const BELIEVED: Duration = Duration::from_secs(10);
/// How often a device's last sign of life is written down.
const NOTED: Duration = Duration::from_secs(60);
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

/// What is remembered of a token.
#[derive(Clone, Debug)]
struct Known {
    gate: Arc<Gate>,
    /// When the register was asked.
    asked: Timestamp,
    /// When its device was noted as heard.
    noted: Timestamp,
}

/// Tokens and their gates.
#[derive(Debug)]
pub struct Gates(Cache<[u8; 32], Known>);

impl Default for Gates {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl Gates {
    /// The gate a token speaks for; nothing when it was taken or never given.
    pub async fn by_token(
        &self,
        app: &AppState,
        token: &str,
    ) -> Result<Option<Arc<Gate>>, store::Error> {
        let (key, now): ([u8; 32], _) = (Sha256::digest(token.as_bytes()).into(), app.now());
        let within = |since: Timestamp, limit: Duration| {
            now.since(since).unsigned_abs() < limit.as_millis() as u64
        };
        let known = self.0.get(&key);
        if let Some(known) = &known
            && within(known.asked, BELIEVED)
        {
            return Ok(Some(Arc::clone(&known.gate)));
        }
        let Some(gate) = read(app, token).await? else {
            self.0.remove(&key);
            return Ok(None);
        };
        let noted = known
            .map(|known| known.noted)
            .filter(|at| within(*at, NOTED));
        if let (None, Some(device)) = (noted, gate.device) {
            let mut tx = app.store.write().await?;
            tx.device_seen(device, now).await?;
            tx.commit().await?;
        }
        let known = Known {
            gate: Arc::clone(&gate),
            asked: now,
            noted: noted.unwrap_or(now),
        };
        self.0.insert(key, known);
        Ok(Some(gate))
    }

    /// Forgets every token, after one was taken or a checkpoint changed.
    pub fn forget(&self) {
        self.0.clear();
    }
}

async fn read(app: &AppState, token: &str) -> Result<Option<Arc<Gate>>, store::Error> {
    let mut tx = app.store.read().await?;
    let Some(enrolment) = tx.device_by_token(token).await? else {
        return Ok(None);
    };
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
    let gate = gate(who, &mut tx, Some(enrolment.device), enrolment.checkpoint).await?;
    Ok(Some(Arc::new(gate)))
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
