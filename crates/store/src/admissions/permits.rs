//! Permits in a batch: what is demanded at its venues, and what the people at those have. Where no unit demands anything,
//! nothing is asked of the database.

use super::Line;
use super::gather::Gathered;
use crate::permits::{IssuedPermit, ShownPermit, shown};
use crate::units::parse_path;
use crate::{Error, Tx};
use domain::ids::{HolderId, ScanId, VenueId};
use domain::permit::{Here, Permit, PermitDemand, PermitFacts};
use domain::time::Zone;
use domain::unit::UnitPath;
use domain::venue::VenueKind;
use std::collections::{HashMap, HashSet};

/// What permits are demanded and held.
#[derive(Default)]
pub(super) struct Permits {
    /// Whether any unit demands any.
    pub(super) demanded: bool,
    demands: Vec<PermitDemand>,
    venues: HashMap<VenueId, (VenueKind, UnitPath)>,
    held: HashMap<HolderId, Vec<Permit>>,
    issued: HashMap<HolderId, Vec<IssuedPermit>>,
}

impl Permits {
    /// Notes a venue of the batch, when anything is demanded anywhere.
    pub(super) fn add_venue(
        &mut self,
        id: VenueId,
        demanded: bool,
        (kind, unit): (VenueKind, &str),
    ) {
        self.demanded |= demanded;
        if demanded {
            self.venues.insert(id, (kind, parse_path(unit)));
        }
    }

    /// What a decision at a venue rests on; nothing where nothing is demanded.
    pub(super) fn facts(
        &self,
        venue: VenueId,
        holder: Option<HolderId>,
    ) -> Option<PermitFacts<'_>> {
        let here = self.here(venue)?;
        let demanded = self.demands.iter().any(|demand| demand.concerns(&here));
        let held = holder.and_then(|holder| self.held.get(&holder));
        demanded.then(|| PermitFacts {
            here,
            demands: &self.demands,
            held: held.map_or(&[], Vec::as_slice),
        })
    }

    /// What whoever stands at the gate is shown of a person who was scanned there.
    fn shown(&self, venue: VenueId, holder: HolderId, at: (ScanId, Zone)) -> Vec<ShownPermit> {
        match (self.here(venue), self.issued.get(&holder)) {
            (Some(here), Some(held)) => shown(&self.demands, here, held, at),
            _ => Vec::new(),
        }
    }

    fn here(&self, venue: VenueId) -> Option<Here<'_>> {
        let (kind, unit) = self.venues.get(&venue)?;
        Some(Here {
            venue,
            kind: *kind,
            unit,
        })
    }
}

impl Gathered {
    /// The permits of the person whom a line identifies, where any is demanded.
    pub(super) fn shown_permits(&self, line: &Line) -> Vec<ShownPermit> {
        let (venue, id) = (line.scan.venue, line.scan.id);
        match (self.holder_of(line), self.venues.get(&venue)) {
            (Some(holder), Some(rules)) => self.permits.shown(venue, holder, (id, rules.zone)),
            _ => Vec::new(),
        }
    }
}

impl Tx {
    /// What is demanded at the venues of a batch, and the permits of the people at those where something is.
    pub(super) async fn gather_permits(
        &mut self,
        lines: &[(usize, Line)],
        facts: &mut Gathered,
    ) -> Result<(), Error> {
        let units = facts.permits.venues.values();
        let units: HashSet<_> = units.flat_map(|(_, unit)| unit.0.iter().cloned()).collect();
        facts.permits.demands = self.demands_of(&units).await?;
        let asked = lines.iter().filter(|(_, line)| {
            let facts = facts.permits.facts(line.scan.venue, None);
            facts.is_some()
        });
        let people: HashSet<HolderId> = asked
            .filter_map(|(_, line)| facts.holder_of(line))
            .collect();
        for (holder, permits) in self.permits_held(&people).await? {
            let rules = permits.iter().map(|one| one.permit.clone()).collect();
            facts.permits.held.insert(holder, rules);
            facts.permits.issued.insert(holder, permits);
        }
        Ok(())
    }
}
