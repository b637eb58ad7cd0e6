//! Visits: the scans of one person, for that person. A visit itself is derived, never stored.

use crate::audit::Subject;
use crate::dialect::run;
use crate::{Error, Tx};
use domain::ids::{CheckpointId, HolderId, ScanId, VenueId};
use domain::role::{Authorized, HolderScope, ShowHistory, UseOwnData};
use domain::scan::{Assurance, Decision, Direction, Outcome, Reasons, Way};
use domain::time::Day;
use domain::venue::VenueKind;
use uuid::Uuid;

/// One scan of one's own.
#[derive(Clone, Debug)]
pub struct OwnScan {
    /// The scan, which is its time.
    pub id: ScanId,
    /// The local day that it is kept under and forgotten with.
    pub day: Day,
    /// The venue.
    pub venue: VenueId,
    /// Its name; empty when it is no longer known.
    pub venue_name: String,
    /// What kind of place it is.
    pub venue_kind: VenueKind,
    /// The gate.
    pub checkpoint: CheckpointId,
    /// The gate's name.
    pub checkpoint_name: String,
    /// Which way.
    pub direction: Direction,
    /// How the code was read.
    pub way: Way,
    /// How much a tracer may rely on it.
    pub assurance: Assurance,
    /// What the checkpoint answered.
    pub decision: Decision,
    /// Why.
    pub reasons: Reasons,
    /// People who came along.
    pub companions: i32,
}

impl OwnScan {
    /// What the scan counts as.
    pub fn outcome(&self) -> Outcome {
        Outcome::of(self.decision, self.way, &self.reasons)
    }
}

type Row = (
    Uuid,
    VenueId,
    Option<String>,
    Option<String>,
    CheckpointId,
    Option<String>,
    Direction,
    Way,
    Assurance,
    Decision,
    String,
    i32,
);

fn scan(day: Day, row: Row) -> Result<OwnScan, Error> {
    let (id, venue, name, kind, checkpoint, gate, direction, way, assurance, decision, why, with) =
        row;
    Ok(OwnScan {
        id: ScanId::new(id).ok_or(Error::Damaged("scans.id"))?,
        day,
        venue,
        venue_name: name.unwrap_or_default(),
        venue_kind: kind
            .and_then(|kind| VenueKind::parse(&kind))
            .unwrap_or(VenueKind::Other),
        checkpoint,
        checkpoint_name: gate.unwrap_or_default(),
        direction,
        way,
        assurance,
        decision,
        reasons: Reasons::from_text(&why),
        companions: with,
    })
}

/// The scans of one day under one pseudonym.
const OF_ONE: &str =
    "select s.id, s.venue_id, v.name, v.kind, s.checkpoint_id, c.name, s.direction,
       s.way, s.assurance, s.decision, s.reasons, s.companions
     from scans s
     left join venues v on v.id = s.venue_id
     left join checkpoints c on c.id = s.checkpoint_id and c.venue_id = s.venue_id
     where s.day = $1 and s.holder = $2
     order by s.id";

impl Tx {
    /// One's own scans of some days, in order of time, with those under records that were merged into one's own. A day whose key was destroyed has none.
    /// The one deliberate search through all venues: each day has an index by person.
    pub async fn own_scans(
        &mut self,
        who: &Authorized<UseOwnData, HolderScope>,
        days: &[Day],
    ) -> Result<Vec<OwnScan>, Error> {
        self.scans_of(who.scope().holder, days).await
    }

    /// The scans of a person who stands at the office and asks, in order of time; and as whom the audit entry of it names
    /// them: by day-pseudonym, so that it dies with the days. Whoever shows them leaves the entry.
    pub async fn shown_scans(
        &mut self,
        who: &Authorized<ShowHistory, HolderScope>,
        days: &[Day],
    ) -> Result<(Vec<OwnScan>, Vec<Subject>), Error> {
        let holder = who.scope().holder;
        let mut subjects = Vec::new();
        let ids = self.all_ids(holder).await?;
        for day in days {
            if let Some(key) = self.keys.existing(*day)? {
                let visitors = ids.iter().map(|id| key.pseudonym(*id));
                subjects.extend(visitors.map(|visitor| Subject::Visitor(*day, visitor)));
            }
        }
        Ok((self.scans_of(holder, days).await?, subjects))
    }

    async fn scans_of(&mut self, holder: HolderId, days: &[Day]) -> Result<Vec<OwnScan>, Error> {
        let mut all = Vec::new();
        let ids = self.all_ids(holder).await?;
        for day in days {
            let Some(key) = self.keys.existing(*day)? else {
                continue;
            };
            for id in &ids {
                let pseudonym = key.pseudonym(*id);
                let found: Vec<Row> = run!(self, |conn| {
                    sqlx::query_as(OF_ONE)
                        .bind(*day)
                        .bind(pseudonym)
                        .fetch_all(conn)
                })?;
                for row in found {
                    all.push(scan(*day, row)?);
                }
            }
        }
        all.sort_by_key(|scan| scan.id);
        Ok(all)
    }
}
