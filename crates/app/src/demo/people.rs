//! Made-up people: every family name is real, every given name says that the person is not.

use domain::birth::Birth;
use domain::card::{CARD_VALIDITY, Card, CardKind, CardState};
use domain::declaration::Gender;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CardId, HolderId};
use domain::phone::Phone;
use domain::time::Timestamp;
use domain::unit::{UnitCode, UnitPath};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use std::time::Duration;
use store::planting::PlantedHolder;
use store::units::Units;
use uuid::Uuid;

const FAMILIES: &[&str] = &[
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Tôn Thất",
    "Công Tằng Tôn Nữ",
    "Lý",
    "Đoàn",
    "Trương",
];
const MIDDLES_MALE: &[&str] = &["Văn", "Đức", "Hữu", "Quang", "Công", "Đình"];
const MIDDLES_FEMALE: &[&str] = &["Thị", "Ngọc", "Thị Minh", "Thùy", "Kim", "Diệu"];
const GIVEN: &[&str] = &[
    "Thử",
    "Mẫu",
    "Nháp",
    "Ví Dụ",
    "Giả Định",
    "Minh Họa",
    "Mô Phỏng",
    "Thí Điểm",
];

/// The people of the demonstration; the first ones have accounts or stand ready with a card.
pub(super) struct People {
    pub(super) holders: Vec<PlantedHolder>,
    pub(super) cards: Vec<Card>,
}

/// Who stands for what among the first people.
pub(super) mod reserved {
    /// The holder one can sign in as.
    pub(crate) const HOLDER: usize = 0;
    /// The owner of the venue that is open round the clock.
    pub(crate) const OWNER: usize = 1;
    /// An attendant there.
    pub(crate) const ATTENDANT: usize = 2;
    /// Ten people, outside and freshly declared, whose cards are in `demo.json`.
    pub(crate) const READY: std::ops::Range<usize> = 3..13;
    /// Whose readings do not fit together.
    pub(crate) const ODD: [usize; 3] = [13, 14, 15];
    /// From here on people move about the town.
    pub(crate) const MOVING: usize = 16;
}

pub(super) fn people(rng: &mut StdRng, units: &Units, now: Timestamp, count: usize) -> People {
    let homes = communes(units);
    let mut people = People {
        holders: Vec::with_capacity(count),
        cards: Vec::with_capacity(count),
    };
    for n in 0..count {
        let created = now.minus(Duration::from_secs(rng.random_range(86_400..20 * 86_400)));
        let id = HolderId(store::new_id(created));
        let unit = homes.choose(rng).cloned().unwrap_or(UnitPath(Vec::new()));
        people.holders.push(holder(rng, n, id, unit, created));
        people.cards.push(card(rng, n, id, now));
    }
    people
}

/// The communes of Huế.
pub(super) fn communes(units: &Units) -> Vec<UnitPath> {
    let hue = UnitCode::parse("46").unwrap_or_else(UnitCode::nation);
    units
        .children(&hue)
        .iter()
        .filter_map(|unit| units.path(&unit.code))
        .collect()
}

fn holder(
    rng: &mut StdRng,
    n: usize,
    id: HolderId,
    unit: UnitPath,
    created: Timestamp,
) -> PlantedHolder {
    let female = rng.random_bool(0.5);
    let middles = if female { MIDDLES_FEMALE } else { MIDDLES_MALE };
    let pick =
        |rng: &mut StdRng, from: &[&'static str]| from.choose(rng).copied().unwrap_or_default();
    let name = format!(
        "{} {} {}",
        pick(rng, FAMILIES),
        pick(rng, middles),
        pick(rng, GIVEN)
    );
    let year = rng.random_range(1940..2016);
    // The prefix 050 is given to no operator.
    let phone = Phone::parse(&format!("0500{n:06}"));
    let century = if year < 2000 { 0 } else { 2 } + u32::from(female);
    let number = format!("046{century}{:02}{n:06}", year % 100);
    let details = HolderDetails {
        name: PersonName::parse(&name).unwrap_or_else(|_| unreachable!("the lists hold names")),
        phone: phone.as_ref().map(Phone::e164),
        id_number: Some(number),
        birth: Some(Birth::in_year(year)),
        old_number: None,
        insurance: None,
        address: None,
        gender: Some(if female { Gender::Female } else { Gender::Male }),
    };
    // Some people have never proven a phone: their cards came from the commune office.
    let verified = n < reserved::MOVING || rng.random_bool(0.985);
    PlantedHolder {
        id,
        details,
        phone: phone.filter(|_| verified),
        verified,
        unit,
        created,
    }
}

fn card(rng: &mut StdRng, n: usize, holder: HolderId, now: Timestamp) -> Card {
    let mut id = [0; 10];
    rand::rng().fill_bytes(&mut id);
    let lost = n >= reserved::MOVING && rng.random_bool(0.004);
    let issued = Timestamp::from_seconds(now.seconds());
    Card {
        id: CardId(id),
        holder,
        status_index: n as u32,
        kind: if rng.random_bool(0.6) {
            CardKind::Electronic
        } else {
            CardKind::Paper
        },
        state: if lost {
            CardState::Revoked
        } else {
            CardState::Active
        },
        issued,
        expires: issued.plus(CARD_VALIDITY),
    }
}

/// A seeded id that looks like one made at an instant.
pub(super) fn seeded_id(rng: &mut StdRng, at: Timestamp) -> Uuid {
    domain::ids::ScanId::from_parts(at, rng.random()).uuid()
}
