//! Made-up places: what stands in a town, and how many people each kind draws.

use super::people::{People, communes, reserved, seeded_id};
use codes::VenueCode;
use domain::ids::{CheckpointId, HolderId, VenueId};
use domain::time::Timestamp;
use domain::venue::{OpeningHours, VenueKind};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::collections::HashSet;
use std::time::Duration;
use store::planting::PlantedVenue;
use store::units::Units;
use store::venues::VenueDetails;

/// The town's venues; the first is a market that is open round the clock.
pub(super) struct Town {
    pub(super) venues: Vec<PlantedVenue>,
}

/// What a kind of place is like: name, how many in a hundred, people a day, hours, gates.
type Sort = (
    VenueKind,
    &'static str,
    u32,
    std::ops::Range<i32>,
    &'static str,
    usize,
);

const SORTS: &[Sort] = &[
    (VenueKind::Market, "Chợ", 5, 150..900, "05:00-18:30", 3),
    (VenueKind::MarketStall, "Quầy", 16, 10..60, "05:00-18:00", 1),
    (
        VenueKind::Supermarket,
        "Siêu thị",
        3,
        150..500,
        "08:00-22:00",
        2,
    ),
    (VenueKind::Shop, "Cửa hàng", 18, 10..80, "07:00-21:00", 1),
    (
        VenueKind::Restaurant,
        "Quán ăn",
        11,
        20..120,
        "06:00-22:00",
        1,
    ),
    (VenueKind::Cafe, "Cà phê", 11, 20..120, "06:00-23:00", 1),
    (
        VenueKind::Pharmacy,
        "Nhà thuốc",
        6,
        20..80,
        "07:00-21:30",
        1,
    ),
    (
        VenueKind::Hospital,
        "Trạm y tế",
        3,
        40..200,
        "00:00-00:00",
        2,
    ),
    (VenueKind::School, "Trường", 6, 100..400, "06:30-17:30", 2),
    (VenueKind::Office, "Văn phòng", 6, 20..100, "07:00-18:00", 1),
    (VenueKind::Factory, "Xưởng", 3, 60..300, "00:00-00:00", 2),
    (VenueKind::Agency, "Trụ sở", 4, 30..120, "07:00-17:30", 1),
    (VenueKind::Vehicle, "Xe khách", 3, 20..60, "04:00-22:00", 1),
    (VenueKind::Hotel, "Nhà nghỉ", 3, 10..60, "00:00-00:00", 1),
    (VenueKind::Worship, "Chùa", 2, 20..100, "05:00-20:00", 1),
];

pub(super) fn town(
    rng: &mut StdRng,
    units: &Units,
    people: &People,
    now: Timestamp,
    count: usize,
) -> Town {
    let communes = communes(units);
    let created = now.minus(Duration::from_secs(18 * 86_400));
    let mut codes = HashSet::new();
    let mut venues = Vec::with_capacity(count);
    for n in 0..count {
        let (kind, word, _, daily, hours, gates) = sort(rng, n);
        let hours = if n == 0 {
            OpeningHours::ALWAYS
        } else {
            OpeningHours::parse(hours).unwrap_or(OpeningHours::ALWAYS)
        };
        let details = VenueDetails {
            name: if n == 0 {
                "Chợ Bến Thử".to_owned()
            } else {
                format!("{word} Thử {n}")
            },
            kind: *kind,
            unit: communes
                .choose(rng)
                .cloned()
                .unwrap_or(domain::unit::UnitPath(Vec::new())),
            address: format!("{} đường Thử Nghiệm", rng.random_range(1..300)),
            expected_daily: rng.random_range(daily.clone()),
            capacity: None,
            hours,
        };
        let checkpoints = (1..=*gates)
            .map(|gate| {
                (
                    // One after the other, so that lists show them in order.
                    CheckpointId(seeded_id(
                        rng,
                        created.plus(Duration::from_millis(gate as u64)),
                    )),
                    format!("Cổng {gate}"),
                    code(rng, &mut codes),
                )
            })
            .collect();
        venues.push(PlantedVenue {
            id: VenueId(seeded_id(rng, created)),
            owner: owner(rng, people, n),
            details,
            created,
            checkpoints,
        });
    }
    Town { venues }
}

/// The first market belongs to the account one can try; the others to people of the town.
fn owner(rng: &mut StdRng, people: &People, n: usize) -> HolderId {
    let person = if n == 0 {
        reserved::OWNER
    } else {
        rng.random_range(reserved::MOVING..people.holders.len())
    };
    people.holders[person].id
}

fn sort(rng: &mut StdRng, n: usize) -> &'static Sort {
    if n == 0 {
        return &SORTS[0];
    }
    let mut left = rng.random_range(0..SORTS.iter().map(|sort| sort.2).sum::<u32>());
    SORTS
        .iter()
        .find(|sort| {
            let here = left < sort.2;
            left = left.saturating_sub(sort.2);
            here
        })
        .unwrap_or(&SORTS[0])
}

fn code(rng: &mut StdRng, used: &mut HashSet<String>) -> String {
    loop {
        let code = VenueCode::from_random(rng.random()).as_str().to_owned();
        if used.insert(code.clone()) {
            return code;
        }
    }
}
