//! Made-up movements: who went where and when, with the rhythm of days and weeks.

use super::people::{People, reserved, seeded_id};
use super::places::Town;
use super::{DAYS, SCANS};
use crate::AppState;
use domain::ids::ScanId;
use domain::scan::{Asked, Presented, Scan, Way};
use domain::time::{Timestamp, Zone};
use domain::venue::VenueKind;
use rand::RngExt;
use rand::rngs::StdRng;
use std::time::Duration;
use store::admissions::Lane;
use store::planting::{PlantedDeclaration, PlantedVenue};

/// How many go out in each hour of the day, of a thousand.
const HOURS: [u32; 24] =
    [1, 1, 1, 2, 8, 38, 85, 110, 82, 66, 60, 58, 50, 44, 52, 60, 72, 78, 62, 40, 20, 7, 2, 1];
/// How lively each day of the week is, Monday first, of ten.
const WEEK: [f64; 7] = [10.0, 9.5, 9.5, 9.7, 10.5, 11.5, 8.5];
/// How many scans are handed in at once.
const BATCH: usize = 4000;

/// What people did.
pub(super) struct Trips {
    pub(super) scans: Vec<Scan>,
    pub(super) declarations: Vec<PlantedDeclaration>,
}

pub(super) fn trips(rng: &mut StdRng, town: &Town, people: &People, now: Timestamp, zone: Zone) -> Trips {
    let mut trips = Trips { scans: Vec::with_capacity(SCANS), declarations: Vec::new() };
    let weights = weights(town);
    let today = zone.day(now);
    for back in (0..DAYS).rev() {
        let day = today.plus(-back);
        // 1970-01-01 was a Thursday.
        let weekday = (day.0 + 3).rem_euclid(7) as usize;
        let outings = (SCANS as f64 / 1.95 / f64::from(DAYS) * WEEK[weekday] / 9.9) as usize;
        let start = zone.start(day);
        for _ in 0..outings {
            let person = rng.random_range(reserved::MOVING..people.holders.len());
            let entered = start.plus(moment(rng));
            visit(rng, &mut trips, pick(rng, town, &weights), people, person, entered, now, zone);
        }
    }
    for person in 0..reserved::MOVING {
        let declared = now.minus(Duration::from_secs(60));
        trips.declarations.push(statement(rng, people, person, declared));
    }
    trips.scans.sort_by_key(|scan| scan.id);
    trips
}

/// Cumulated people a day, so that a busy place is chosen as often as it is busy.
fn weights(town: &Town) -> Vec<i64> {
    let daily = town.venues.iter().map(|venue| i64::from(venue.details.expected_daily));
    daily.scan(0, |sum, n| { *sum += n; Some(*sum) }).collect()
}

fn pick<'a>(rng: &mut StdRng, town: &'a Town, weights: &[i64]) -> &'a PlantedVenue {
    let at = rng.random_range(0..*weights.last().unwrap_or(&1));
    &town.venues[weights.partition_point(|sum| *sum <= at).min(town.venues.len() - 1)]
}

fn moment(rng: &mut StdRng) -> Duration {
    let mut left = rng.random_range(0..HOURS.iter().sum::<u32>());
    let mut hour = 0;
    while left >= HOURS[hour] {
        left -= HOURS[hour];
        hour += 1;
    }
    Duration::from_millis(hour as u64 * 3_600_000 + rng.random_range(0..3_600_000))
}

#[expect(clippy::too_many_arguments, reason = "a visit is all of these")]
fn visit(
    rng: &mut StdRng,
    trips: &mut Trips,
    venue: &PlantedVenue,
    people: &People,
    person: usize,
    entered: Timestamp,
    now: Timestamp,
    zone: Zone,
) {
    if entered > now || !venue.details.hours.contains(zone.minute_of_day(entered)) && rng.random_bool(0.97) {
        return;
    }
    // Most declare at home in the morning; some yesterday, and some never.
    match rng.random_range(0..100) {
        0..92 => {
            let before = Duration::from_secs(rng.random_range(600..3 * 3600));
            trips.declarations.push(statement(rng, people, person, entered.minus(before)));
        }
        92..96 => {
            let before = Duration::from_secs(rng.random_range(25..48) * 3600);
            trips.declarations.push(statement(rng, people, person, entered.minus(before)));
        }
        _ => {}
    }
    let gate = rng.random_range(0..venue.checkpoints.len());
    let way = match rng.random_range(0..100) {
        0..58 => Way::Card,
        58..70 => Way::Device,
        70..95 => Way::Poster,
        _ => Way::Typed,
    };
    trips.scans.push(scan(rng, venue, gate, people, person, entered, Asked::In, way));
    if way != Way::Poster && rng.random_bool(0.07) {
        let mut confirmed = scan(rng, venue, gate, people, person, entered.plus(Duration::from_secs(20)), Asked::In, way);
        confirmed.confirms = trips.scans.last().map(|first| first.id);
        trips.scans.push(confirmed);
    }
    let left = entered.plus(stay(rng, venue.details.kind));
    if left <= now && rng.random_bool(0.93) {
        trips.scans.push(scan(rng, venue, gate, people, person, left, Asked::Out, way));
    }
}

fn stay(rng: &mut StdRng, kind: VenueKind) -> Duration {
    let minutes = match kind {
        VenueKind::School | VenueKind::Office | VenueKind::Factory | VenueKind::Agency => 120..520,
        VenueKind::Hotel | VenueKind::Hospital => 60..600,
        VenueKind::Vehicle | VenueKind::Cafe | VenueKind::Restaurant | VenueKind::Worship => 20..120,
        _ => 4..60,
    };
    Duration::from_secs(rng.random_range(minutes) * 60 + rng.random_range(0..60))
}

fn statement(rng: &mut StdRng, people: &People, person: usize, declared: Timestamp) -> PlantedDeclaration {
    PlantedDeclaration {
        id: seeded_id(rng, declared),
        holder: people.holders[person].id,
        declared,
        valid_until: declared.plus(domain::declaration::DEFAULT_VALIDITY),
        concern: person >= reserved::MOVING && rng.random_bool(0.012),
    }
}

#[expect(clippy::too_many_arguments, reason = "a scan is all of these")]
fn scan(
    rng: &mut StdRng,
    venue: &PlantedVenue,
    gate: usize,
    people: &People,
    person: usize,
    at: Timestamp,
    asked: Asked,
    way: Way,
) -> Scan {
    let card = &people.cards[person];
    let presented = match way {
        Way::Poster => Presented::Holder(card.holder),
        _ => Presented::Card { id: card.id, expires: card.expires },
    };
    let companions = if rng.random_bool(0.08) { rng.random_range(1..4) } else { 0 };
    Scan {
        id: ScanId::from_parts(at, rng.random()),
        venue: venue.id,
        checkpoint: Some(venue.checkpoints[gate].0),
        device: None,
        presented,
        asked,
        way,
        companions,
        confirms: None,
        code: card.id.to_string(),
        skew: None,
    }
}

/// Hands the scans in as they would have come, in order of time.
pub(super) async fn replay(app: &AppState, scans: &[Scan], now: Timestamp) -> anyhow::Result<()> {
    for batch in scans.chunks(BATCH) {
        app.admissions.admit(batch.to_vec(), Lane::Backlog, now).await?;
    }
    Ok(())
}
