//! A small made-up Huế to test in: one commune, people and a venue.

use crate::support::now;
use domain::birth::Birth;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CheckpointId, HolderId, VenueId};
use domain::phone::Phone;
use domain::role::{Action, Actor, Authorized, HolderScope, UseOwnData, VenueScope, authorize};
use domain::unit::{UnitCode, UnitPath};
use domain::venue::{OpeningHours, VenueKind};
use store::holders::NewHolder;
use store::venues::VenueDetails;
use store::{Tx, new_id};

pub(crate) fn path(codes: &[&str]) -> UnitPath {
    UnitPath(
        codes
            .iter()
            .filter_map(|code| UnitCode::parse(code))
            .collect(),
    )
}

pub(crate) fn details(name: &str) -> VenueDetails {
    VenueDetails {
        name: name.to_owned(),
        kind: VenueKind::Market,
        unit: path(&["VN", "46", "19753"]),
        address: "1 đường Thử".to_owned(),
        expected_daily: 300,
        capacity: None,
        hours: OpeningHours::parse("05:00-18:30").unwrap(),
    }
}

pub(crate) async fn person(tx: &mut Tx, name: &str, phone: &str) -> HolderId {
    let phone = Phone::parse(phone).unwrap();
    let details = HolderDetails {
        name: PersonName::parse(name).unwrap(),
        phone: Some(phone.e164()),
        id_number: None,
        birth: Some(Birth::in_year(1987)),
        old_number: None,
        insurance: None,
        address: None,
        gender: None,
    };
    let new = NewHolder {
        details: &details,
        phone: Some(&phone),
        browser: None,
        verified: true,
        unit: &UnitPath(Vec::new()),
    };
    tx.add_holder(&new, now()).await.unwrap()
}

/// Somebody unproven, known by their browser, who says that a phone is theirs.
pub(crate) async fn stranger(tx: &mut Tx, browser: &str) -> HolderId {
    let details = HolderDetails {
        name: PersonName::parse("Lê Văn Thử").unwrap(),
        phone: Some("+84905000101".to_owned()),
        id_number: None,
        birth: None,
        old_number: None,
        insurance: None,
        address: None,
        gender: None,
    };
    let new = NewHolder {
        details: &details,
        phone: None,
        browser: Some(browser),
        verified: false,
        unit: &UnitPath(Vec::new()),
    };
    tx.add_holder(&new, now()).await.unwrap()
}

pub(crate) fn own(holder: HolderId) -> Authorized<UseOwnData, HolderScope> {
    let scope = HolderScope {
        holder,
        unit: UnitPath(Vec::new()),
    };
    authorize(&Actor::Holder(holder), scope).unwrap()
}

pub(crate) async fn may<A: Action<VenueScope>>(
    tx: &mut Tx,
    holder: HolderId,
    venue: VenueId,
) -> Authorized<A, VenueScope> {
    let scope = tx.venue_scope(venue).await.unwrap().unwrap();
    authorize(&Actor::Holder(holder), scope).unwrap()
}

pub(crate) async fn venue(tx: &mut Tx, owner: HolderId, name: &str) -> VenueId {
    let id = VenueId(new_id(now()));
    let who = own(owner);
    let mut added = Vec::new();
    for _ in 0..2 {
        added.push(tx.add_venue(&who, id, &details(name), now()).await.unwrap());
    }
    assert_eq!(added, [true, false], "sent twice, it is one venue");
    id
}

pub(crate) async fn gate(
    tx: &mut Tx,
    owner: HolderId,
    venue: VenueId,
    name: &str,
    code: &str,
) -> CheckpointId {
    let who = may(tx, owner, venue).await;
    tx.add_checkpoint(&who, name, code, now()).await.unwrap()
}
