//! Referrals: which scans stopped a person at a gate, so that an attendant may confirm them.

use super::Line;
use crate::dialect::run;
use crate::keys::Pseudonym;
use crate::{Error, Tx};
use domain::ids::{HolderId, ScanId, VenueId};
use domain::scan::{Answer, Decision, Way};
use std::collections::HashMap;

/// The scans that stopped somebody, and whom: those of the log that a batch names, and its own.
#[derive(Default)]
pub(super) struct Referrals(HashMap<(VenueId, ScanId), Pseudonym>);

impl Tx {
    /// The referrals of the log that a batch confirms. Confirmations are few: each follows
    /// somebody's look at a person.
    pub(super) async fn referred(&mut self, lines: &[(usize, Line)]) -> Result<Referrals, Error> {
        let mut found = Referrals::default();
        for (_, line) in lines {
            let (venue, Some(id)) = (line.scan.venue, line.scan.confirms) else {
                continue;
            };
            let day = self.zone.day(id.at());
            let row: Option<(Pseudonym,)> = run!(self, |conn| {
                sqlx::query_as(
                    "select holder from scans
                     where day = $1 and venue_id = $2 and id = $3 and holder is not null
                       and decision = $4 and way not in ($5, $6)",
                )
                .bind(day)
                .bind(venue)
                .bind(id)
                .bind(Decision::Refer)
                .bind(Way::Poster)
                .bind(Way::Paper)
                .fetch_optional(conn)
            })?;
            found.0.extend(row.map(|(holder,)| ((venue, id), holder)));
        }
        Ok(found)
    }
}

impl Referrals {
    /// Whether the scan that a line names stopped this person, under the pseudonym of its day.
    pub(super) fn stopped(&self, line: &Line, holder: HolderId) -> bool {
        let named = line.scan.confirms.map(|id| (line.scan.venue, id));
        let Some(stopped) = named.and_then(|named| self.0.get(&named)) else {
            return false;
        };
        let before = line.before.as_ref().map(|(_, key)| key);
        [Some(&line.key), before]
            .into_iter()
            .flatten()
            .any(|key| key.pseudonym(holder) == *stopped)
    }

    /// Notes a scan of this batch, for a confirmation that waited in the same queue.
    pub(super) fn note(&mut self, line: &Line, holder: HolderId, answer: &Answer) {
        if answer.decision == Decision::Refer && !answer.decision.passes(line.scan.way) {
            let place = (line.scan.venue, line.scan.id);
            self.0.insert(place, line.key.pseudonym(holder));
        }
    }
}
