//! Visitors: the initials and birth year behind day-pseudonyms, as far as a gate may show them.

use crate::keys::Pseudonym;
use crate::scans::ScanLine;
use crate::sets::Column;
use crate::{Error, Tx};
use domain::holder::HolderDetails;
use domain::ids::{HolderId, ScanId};
use domain::role::{Action, Authorized, ReadVenueBoard, RecordScans, VenueScope};
use domain::time::Day;
use std::collections::{HashMap, HashSet};

/// What a gate and a board show of a person, and never more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// `N.V.T`.
    pub initials: String,
    /// Year of birth, when known.
    pub birth_year: Option<u16>,
}

/// An act in whose course a gate or a board may show visitors.
pub trait SeesVisitors: Action<VenueScope> {}
impl SeesVisitors for ReadVenueBoard {}
impl SeesVisitors for RecordScans {}

impl Tx {
    /// The people behind scans of the venue, as far as their days' keys exist; lines read in
    /// another venue's scope say nothing. A board leaves an audit entry that lists them; a scan is
    /// its own entry.
    pub async fn visitors<A: SeesVisitors>(
        &mut self,
        who: &Authorized<A, VenueScope>,
        lines: &[ScanLine],
    ) -> Result<HashMap<(Day, Pseudonym), Visitor>, Error> {
        let here = lines.iter().filter(|line| line.venue == who.scope().venue);
        let mut holders: HashMap<(Day, Pseudonym), HolderId> = HashMap::new();
        for (day, pseudonym) in here.filter_map(|line| Some((line.day, line.holder?))) {
            if let Some(key) = self.keys.existing(day)? {
                holders.insert((day, pseudonym), key.holder(pseudonym));
            }
        }
        let ids: HashSet<HolderId> = holders.values().copied().collect();
        let keys = [Column::ids(ids.iter().map(|id| id.0))];
        const HEAD: &str = "select id, sealed from holders where id in (";
        let mut people: HashMap<HolderId, Visitor> = HashMap::new();
        for (id, sealed) in self
            .look_up::<(HolderId, Vec<u8>)>(HEAD, &keys, ")")
            .await?
        {
            let details: HolderDetails = self.keys.sealer().open(crate::holders::PLACE, &sealed)?;
            let visitor = Visitor {
                initials: details.name.initials(),
                birth_year: details.birth_year(),
            };
            people.insert(id, visitor);
        }
        let seen = |(key, id)| people.get(&id).cloned().map(|visitor| (key, visitor));
        Ok(holders.into_iter().filter_map(seen).collect())
    }

    /// The people whom scans of this venue identified, by scan.
    pub async fn scanned_visitors(
        &mut self,
        who: &Authorized<RecordScans, VenueScope>,
        scans: &[ScanId],
    ) -> Result<HashMap<ScanId, Visitor>, Error> {
        let mut lines = Vec::new();
        for id in scans {
            lines.extend(self.scan(who, *id).await?);
        }
        let visitors = self.visitors(who, &lines).await?;
        let seen = |line: ScanLine| {
            let visitor = visitors.get(&(line.day, line.holder?))?;
            Some((line.id, visitor.clone()))
        };
        Ok(lines.into_iter().filter_map(seen).collect())
    }
}
