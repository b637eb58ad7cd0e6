//! Made-up movements: who went where and when, with the rhythm of days and weeks.

mod odd;

use super::DAYS;
use super::answers::answers;
use super::people::{People, reserved, seeded_id};
use super::places::Town;
use crate::AppState;
use anyhow::{Context as _, anyhow};
use domain::ids::{ScanId, VenueId};
use domain::role::{Actor, RecordScans, authorize};
use domain::scan::{Asked, Presented, Scan, Way};
use domain::time::{Timestamp, Zone};
use domain::venue::VenueKind;
use futures_util::future::try_join_all;
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::HashMap;
use std::time::Duration;
use store::admissions::Lane;
use store::planting::{PlantedDeclaration, PlantedVenue};

/// How many go out in each hour of the day, of a thousand.
const HOURS: [u32; 24] = [
    1, 1, 1, 2, 8, 38, 85, 110, 82, 66, 60, 58, 50, 44, 52, 60, 72, 78, 62, 40, 20, 7, 2, 1,
];
/// How lively each day of the week is, Monday first, of ten.
const WEEK: [f64; 7] = [10.0, 9.5, 9.5, 9.7, 10.5, 11.5, 8.5];
/// How many scans a visit has: in, mostly out, and now and then a confirmation.
const SCANS_A_VISIT: f64 = 1.97;
/// How often a day's outing is begun again, when the place was closed or the hour had not come.
const TRIES: usize = 8;
/// How many scans are handed in at once.
const BATCH: usize = 4000;

/// What people did.
pub(super) struct Trips {
    pub(super) scans: Vec<Scan>,
    pub(super) declarations: Vec<PlantedDeclaration>,
}

pub(super) fn trips(
    rng: &mut StdRng,
    town: &Town,
    people: &People,
    now: Timestamp,
    zone: Zone,
    scans: usize,
) -> Trips {
    let trips = Trips {
        scans: Vec::with_capacity(scans),
        declarations: Vec::new(),
    };
    let mut walk = Walk {
        rng,
        town,
        people,
        now,
        zone,
        weights: weights(town),
        trips,
    };
    let today = zone.day(now);
    for back in (0..DAYS).rev() {
        let day = today.plus(-back);
        // 1970-01-01 was a Thursday.
        let weekday = (day.0 + 3).rem_euclid(7) as usize;
        let outings = scans as f64 / SCANS_A_VISIT / f64::from(DAYS) * WEEK[weekday] / 9.9;
        for _ in 0..outings as usize {
            let person = walk
                .rng
                .random_range(reserved::MOVING..people.holders.len());
            walk.outing(person, zone.start(day));
        }
        // Whoever signs in as the holder is to find visits.
        let before = walk.trips.scans.len();
        for _ in 0..TRIES {
            if walk.trips.scans.len() == before {
                walk.outing(reserved::HOLDER, zone.start(day));
            }
        }
    }
    for person in 0..reserved::MOVING {
        walk.declare(person, now.minus(Duration::from_secs(60)));
    }
    walk.oddities();
    walk.trips.scans.sort_by_key(|scan| scan.id);
    walk.trips
}

/// Cumulated people a day, so that a busy place is chosen as often as it is busy.
fn weights(town: &Town) -> Vec<i64> {
    let daily = town
        .venues
        .iter()
        .map(|venue| i64::from(venue.details.expected_daily));
    let cumulated = daily.scan(0, |sum, n| {
        *sum += n;
        Some(*sum)
    });
    cumulated.collect()
}

/// A walk through the town, day after day.
struct Walk<'a> {
    rng: &'a mut StdRng,
    town: &'a Town,
    people: &'a People,
    now: Timestamp,
    zone: Zone,
    weights: Vec<i64>,
    trips: Trips,
}

/// One person at one gate.
struct Passing<'a> {
    venue: &'a PlantedVenue,
    gate: usize,
    person: usize,
    way: Way,
}

impl<'a> Walk<'a> {
    /// Somebody goes somewhere on a day, unless that time has not come yet.
    fn outing(&mut self, person: usize, start: Timestamp) {
        let venue = self.venue();
        let entered = start.plus(self.moment());
        let open = venue
            .details
            .hours
            .contains(self.zone.minute_of_day(entered));
        if entered > self.now || (!open && self.rng.random_bool(0.97)) {
            return;
        }
        self.prepare(person, entered);
        let gate = self.rng.random_range(0..venue.checkpoints.len());
        let way = self.way();
        let passing = Passing {
            venue,
            gate,
            person,
            way,
        };
        self.visit(&passing, entered);
    }

    /// Most declare at home in the morning; some did yesterday, and some never.
    fn prepare(&mut self, person: usize, entered: Timestamp) {
        let before = match self.rng.random_range(0..100) {
            0..92 => self.rng.random_range(600..3 * 3600),
            92..96 => self.rng.random_range(25..48) * 3600,
            _ => return,
        };
        self.declare(person, entered.minus(Duration::from_secs(before)));
    }

    fn visit(&mut self, passing: &Passing<'_>, entered: Timestamp) {
        let first = self.scan(passing, entered, Asked::In);
        let id = first.id;
        self.trips.scans.push(first);
        if passing.way != Way::Poster && self.rng.random_bool(0.07) {
            let again = entered.plus(Duration::from_secs(20));
            let confirmed = Scan {
                confirms: Some(id),
                ..self.scan(passing, again, Asked::In)
            };
            self.trips.scans.push(confirmed);
        }
        let left = entered.plus(self.stay(passing.venue.details.kind));
        if left <= self.now && self.rng.random_bool(0.93) {
            let out = self.scan(passing, left, Asked::Out);
            self.trips.scans.push(out);
        }
    }

    fn venue(&mut self) -> &'a PlantedVenue {
        let at = self.rng.random_range(0..*self.weights.last().unwrap_or(&1));
        let place = self.weights.partition_point(|sum| *sum <= at);
        &self.town.venues[place.min(self.town.venues.len() - 1)]
    }

    fn moment(&mut self) -> Duration {
        let mut left = self.rng.random_range(0..HOURS.iter().sum::<u32>());
        let mut hour = 0;
        while left >= HOURS[hour] {
            left -= HOURS[hour];
            hour += 1;
        }
        Duration::from_millis(hour as u64 * 3_600_000 + self.rng.random_range(0..3_600_000))
    }

    fn way(&mut self) -> Way {
        match self.rng.random_range(0..100) {
            0..58 => Way::Card,
            58..70 => Way::Device,
            70..95 => Way::Poster,
            _ => Way::Typed,
        }
    }

    fn stay(&mut self, kind: VenueKind) -> Duration {
        let minutes = match kind {
            VenueKind::School | VenueKind::Office | VenueKind::Factory | VenueKind::Agency => {
                120..520
            }
            VenueKind::Hotel | VenueKind::Hospital => 60..600,
            VenueKind::Vehicle | VenueKind::Cafe | VenueKind::Restaurant | VenueKind::Worship => {
                20..120
            }
            _ => 4..60,
        };
        Duration::from_secs(self.rng.random_range(minutes) * 60 + self.rng.random_range(0..60))
    }

    fn declare(&mut self, person: usize, declared: Timestamp) {
        let holder = &self.people.holders[person];
        let concern = person >= reserved::MOVING && self.rng.random_bool(0.012);
        self.trips.declarations.push(PlantedDeclaration {
            id: seeded_id(self.rng, declared),
            holder: holder.id,
            declared,
            valid_until: declared.plus(domain::declaration::DEFAULT_VALIDITY),
            answers: answers(self.rng, person, holder, concern).into(),
            unit: holder.unit.clone(),
        });
    }

    fn scan(&mut self, passing: &Passing<'_>, at: Timestamp, asked: Asked) -> Scan {
        let card = &self.people.cards[passing.person];
        let presented = match passing.way {
            Way::Poster => Presented::Holder(card.holder),
            _ => Presented::Card {
                id: card.id,
                // The town is made today, and its people have moved for weeks.
                issued: card.issued.min(at),
                expires: card.expires,
                phone: None,
            },
        };
        let companions = if self.rng.random_bool(0.08) {
            self.rng.random_range(1..4)
        } else {
            0
        };
        Scan {
            id: ScanId::from_parts(at, self.rng.random()),
            venue: passing.venue.id,
            checkpoint: Some(passing.venue.checkpoints[passing.gate].0),
            device: None,
            presented,
            asked,
            way: passing.way,
            companions,
            shown: None,
            confirms: None,
            code: card.id.to_string(),
            remarks: domain::scan::Remarks::default(),
        }
    }
}

/// Hands the scans in as they would have come: in order of time, each venue's by its owner.
pub(super) async fn replay(
    app: &AppState,
    town: &Town,
    scans: &[Scan],
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut owners = HashMap::with_capacity(town.venues.len());
    let mut tx = app.store.read().await?;
    for venue in &town.venues {
        let scope = tx.venue_scope(venue.id).await?;
        let scope = scope.context("a venue of the town")?;
        let who = authorize::<RecordScans, _>(&Actor::Holder(venue.owner), scope);
        let who = who.map_err(|_| anyhow!("an owner may record"))?;
        owners.insert(venue.id, who);
    }
    drop(tx);
    for batch in scans.chunks(BATCH) {
        let mut venues: HashMap<VenueId, Vec<Scan>> = HashMap::new();
        for scan in batch {
            venues.entry(scan.venue).or_default().push(scan.clone());
        }
        let admitted = venues.into_iter().map(|(venue, scans)| {
            let who = &owners[&venue];
            app.admissions.admit(who, scans, Lane::Backlog, now)
        });
        try_join_all(admitted).await?;
    }
    Ok(())
}
