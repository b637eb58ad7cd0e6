//! Visitors: the initials and birth year behind day-pseudonyms, as far as a gate may show them.

use crate::dialect::{list, pieces, run};
use crate::keys::Pseudonym;
use crate::{Error, Tx};
use domain::holder::HolderDetails;
use domain::ids::{HolderId, ScanId};
use domain::role::{Action, Authorized, ReadVenueBoard, RecordScans, VenueScope};
use domain::time::Day;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

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
    /// The people behind pseudonyms, as far as their days' keys exist. A board leaves an audit
    /// entry that lists them; a scan is its own entry.
    pub async fn visitors<A: SeesVisitors>(
        &mut self,
        _who: &Authorized<A, VenueScope>,
        pseudonyms: &[(Day, Pseudonym)],
    ) -> Result<HashMap<(Day, Pseudonym), Visitor>, Error> {
        let mut holders: HashMap<(Day, Pseudonym), HolderId> = HashMap::new();
        for (day, pseudonym) in pseudonyms {
            if let Some(key) = self.keys.existing(*day)? {
                holders.insert((*day, *pseudonym), key.holder(*pseudonym));
            }
        }
        let mut ids: Vec<HolderId> = holders.values().copied().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut people: HashMap<HolderId, Visitor> = HashMap::new();
        for piece in pieces(&ids) {
            let sql = format!(
                "select id, sealed from holders where id in ({})",
                list(1, piece.len())
            );
            let found: Vec<(HolderId, Vec<u8>)> = run!(self, |conn| {
                let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()));
                for id in piece {
                    query = query.bind(*id);
                }
                query.fetch_all(conn)
            })?;
            for (id, sealed) in found {
                let details: HolderDetails =
                    self.keys.sealer().open(crate::holders::PLACE, &sealed)?;
                people.insert(
                    id,
                    Visitor {
                        initials: details.name.initials(),
                        birth_year: details.birth_year,
                    },
                );
            }
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
        let mut found = Vec::new();
        for id in scans {
            if let Some(line) = self.scan(who.scope().venue, *id).await?
                && let Some(holder) = line.holder
            {
                found.push((*id, (line.day, holder)));
            }
        }
        let keys: Vec<_> = found.iter().map(|(_, key)| *key).collect();
        let visitors = self.visitors(who, &keys).await?;
        let seen = |(id, key)| visitors.get(&key).cloned().map(|visitor| (id, visitor));
        Ok(found.into_iter().filter_map(seen).collect())
    }
}
