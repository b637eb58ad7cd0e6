//! Reading permits: a unit's, a person's, and those of people who were just scanned where one is demanded.

use super::{IssuedPermit, Row};
use crate::dialect::run;
use crate::holders::{self, Holder};
use crate::sets::Column;
use crate::units::{parse_path, path_bounds};
use crate::{Error, Tx};
use domain::ids::{HolderId, PermitId, PermitListId, ScanId};
use domain::permit::{Here, PermitDemand, PermitFacts, PermitGap, PermitKind};
use domain::role::{Authorized, IssuePermit, RecordScans, UnitScope, VenueScope};
use domain::time::Timestamp;
use domain::venue::VenueKind;
use std::collections::{HashMap, HashSet};

/// Whether a permit still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitState {
    /// Its last day has not passed, and it was not ended.
    Current,
    /// It is over.
    Over,
}

impl PermitState {
    const fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Over => "over",
        }
    }
}

/// Which permits of a unit are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct PermitFilter {
    /// Of one kind.
    pub kind: Option<PermitKind>,
    /// Those that hold, or those that are over.
    pub state: Option<PermitState>,
    /// Of one list.
    pub list: Option<PermitListId>,
}

/// A permit with whose it is.
#[derive(Clone, Debug)]
pub struct PermitLine {
    /// The permit.
    pub issued: IssuedPermit,
    /// The person.
    pub holder: Holder,
}

/// A permit of somebody who was just scanned, and whether it covers the time and place.
#[derive(Clone, Debug)]
pub struct ShownPermit {
    /// The permit.
    pub issued: IssuedPermit,
    /// What it does not cover; nothing when it covers the scan.
    pub gap: Option<PermitGap>,
}

impl Tx {
    /// The permits of people of a unit and below, the newest first, from before a permit on. Whoever shows them leaves the
    /// audit entry.
    pub async fn permits(
        &mut self,
        who: &Authorized<IssuePermit, UnitScope>,
        filter: PermitFilter,
        (before, now): (Option<PermitId>, Timestamp),
        count: i64,
    ) -> Result<Vec<PermitLine>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let before = before.unwrap_or(PermitId(uuid::Uuid::max()));
        let today = self.zone.day(now);
        let sql = "select id, holder_id, kind, from_day, until_day, hours, days, place, unit_path, issued_by, list_id,
               created_at, ended_at, end_reason from permits
             where unit_path >= $1 and unit_path < $2 and id < $3 and ($4 = '' or kind = $4)
               and ($5 = '' or ($5 = 'current') = (ended_at is null and until_day >= $6))
               and ($7 is null or list_id = $7)
             order by id desc limit $8";
        let rows: Vec<Row> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(from)
                .bind(to)
                .bind(before)
                .bind(filter.kind.map_or("", PermitKind::as_str))
                .bind(filter.state.map_or("", PermitState::word))
                .bind(today)
                .bind(filter.list)
                .bind(count)
                .fetch_all(conn)
        })?;
        self.with_people(rows).await
    }

    /// One permit of the unit or below.
    pub async fn permit(
        &mut self,
        who: &Authorized<IssuePermit, UnitScope>,
        id: PermitId,
    ) -> Result<Option<PermitLine>, Error> {
        let (from, to) = path_bounds(&who.scope().path);
        let sql = "select id, holder_id, kind, from_day, until_day, hours, days, place, unit_path, issued_by, list_id,
               created_at, ended_at, end_reason from permits where id = $1 and unit_path >= $2 and unit_path < $3";
        let row: Option<Row> = run!(self, |conn| {
            sqlx::query_as(sql)
                .bind(id)
                .bind(from)
                .bind(to)
                .fetch_optional(conn)
        })?;
        Ok(self.with_people(row.into_iter().collect()).await?.pop())
    }

    /// The permits that one person has from offices of the unit and below, the newest first.
    pub async fn permits_of_person(
        &mut self,
        who: &Authorized<IssuePermit, UnitScope>,
        holder: HolderId,
    ) -> Result<Vec<IssuedPermit>, Error> {
        let mut all = self.permits_of(holder).await?;
        let unit = who.scope().unit();
        all.retain(|one| unit.is_some_and(|unit| one.unit.within(unit)));
        Ok(all)
    }

    pub(crate) async fn permits_of(
        &mut self,
        holder: HolderId,
    ) -> Result<Vec<IssuedPermit>, Error> {
        let people = [holder].into_iter().collect();
        let mut held = self.permits_held(&people).await?;
        let mut all = held.remove(&holder).unwrap_or_default();
        all.sort_unstable_by_key(|one| std::cmp::Reverse(one.id));
        Ok(all)
    }

    /// All permits of some people.
    pub(crate) async fn permits_held(
        &mut self,
        people: &HashSet<HolderId>,
    ) -> Result<HashMap<HolderId, Vec<IssuedPermit>>, Error> {
        const HEAD: &str = "select id, holder_id, kind, from_day, until_day, hours, days, place, unit_path, issued_by,
             list_id, created_at, ended_at, end_reason from permits where holder_id in (";
        let keys = [Column::ids(people.iter().map(|one| one.0))];
        let mut held: HashMap<HolderId, Vec<IssuedPermit>> = HashMap::new();
        for row in self.look_up::<Row>(HEAD, &keys, ")").await? {
            let one = row.issued()?;
            let of = held.entry(one.holder).or_default();
            if of.iter().all(|other| other.id != one.id) {
                of.push(one);
            }
        }
        Ok(held)
    }

    /// The permits of the people whom scans of this venue identified, by scan: only of kinds that are demanded there, and
    /// none where nothing is. Like [`Tx::scanned_visitors`], the scan is its own entry.
    pub async fn scanned_permits(
        &mut self,
        who: &Authorized<RecordScans, VenueScope>,
        scans: &[ScanId],
    ) -> Result<HashMap<ScanId, Vec<ShownPermit>>, Error> {
        let demands = self.demands_over(&who.scope().unit).await?;
        if demands.is_empty() {
            return Ok(HashMap::new());
        }
        let venue = who.scope().venue;
        let kind: Option<(VenueKind, String)> = run!(self, |conn| {
            sqlx::query_as("select kind, unit_path from venues where id = $1")
                .bind(venue)
                .fetch_optional(conn)
        })?;
        let Some((kind, unit)) = kind else {
            return Ok(HashMap::new());
        };
        let unit = parse_path(&unit);
        let here = Here {
            venue,
            kind,
            unit: &unit,
        };
        let mut people = HashMap::new();
        for id in scans {
            let Some(line) = self.scan(who, *id).await? else {
                continue;
            };
            if let (Some(pseudonym), Some(key)) = (line.holder, self.keys.existing(line.day)?) {
                people.insert(*id, key.holder(pseudonym));
            }
        }
        let held = self
            .permits_held(&people.values().copied().collect())
            .await?;
        let zone = self.zone;
        let shown = people.into_iter().map(|(scan, holder)| {
            let of = held.get(&holder).map_or(&[][..], Vec::as_slice);
            (scan, shown(&demands, here, of, (scan, zone)))
        });
        Ok(shown.filter(|(_, permits)| !permits.is_empty()).collect())
    }

    async fn with_people(&mut self, rows: Vec<Row>) -> Result<Vec<PermitLine>, Error> {
        const HEAD: &str =
            "select id, sealed, verified, unit_path, created_at from holders where id in (";
        let people: HashSet<HolderId> = rows.iter().map(|row| row.holder_id).collect();
        let keys = [Column::ids(people.iter().map(|one| one.0))];
        let mut opened = HashMap::new();
        for row in self.look_up::<holders::Row>(HEAD, &keys, ")").await? {
            opened.insert(row.0, self.opened(row)?);
        }
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(holder) = opened.get(&row.holder_id).cloned() {
                let issued = row.issued()?;
                lines.push(PermitLine { issued, holder });
            }
        }
        Ok(lines)
    }
}

/// Those permits that were asked for at the instant of a scan, what covers it first.
pub(crate) fn shown(
    demands: &[PermitDemand],
    here: Here<'_>,
    held: &[IssuedPermit],
    (scan, zone): (ScanId, domain::time::Zone),
) -> Vec<ShownPermit> {
    let at = scan.at();
    let facts = PermitFacts {
        here,
        demands,
        held: &[],
    };
    let asked = |one: &&IssuedPermit| facts.asks_for(one.permit.kind, at, zone);
    let mut shown: Vec<ShownPermit> = held
        .iter()
        .filter(asked)
        .filter(|one| !one.permit.over(at, zone))
        .map(|one| ShownPermit {
            gap: one.permit.covers(at, &here, zone).err(),
            issued: one.clone(),
        })
        .collect();
    // What covers comes first, then what lacks least.
    shown.sort_by_key(|one| std::cmp::Reverse((one.gap.is_none(), one.gap)));
    shown
}
