use super::*;
use uuid::Uuid;

fn path(codes: &[&str]) -> UnitPath {
    UnitPath(
        codes
            .iter()
            .filter_map(|code| UnitCode::parse(code))
            .collect(),
    )
}

fn officer(role: OfficerRole, unit: &str) -> Actor {
    Actor::Officer {
        id: OfficerId(Uuid::nil()),
        role,
        unit: UnitCode::parse(unit).expect("a code"),
    }
}

fn holder(n: u128) -> HolderId {
    HolderId(Uuid::from_u128(n))
}

fn venue() -> VenueScope {
    VenueScope {
        venue: VenueId(Uuid::from_u128(100)),
        owner: holder(1),
        co_owners: vec![holder(4)],
        attendants: vec![holder(2)],
        unit: path(&["VN", "46", "19753"]),
    }
}

#[test]
fn officers_reach_their_unit_and_below_and_no_further() {
    let commune = || UnitScope {
        path: path(&["VN", "46", "19753"]),
    };
    let check = |role, unit: &str, expected: bool| {
        let allowed = authorize::<ListVenues, _>(&officer(role, unit), commune()).is_ok();
        assert_eq!(allowed, expected, "{role} of {unit}");
    };
    check(OfficerRole::CommuneOfficer, "19753", true);
    check(OfficerRole::CommuneOfficer, "19774", false);
    check(OfficerRole::ProvinceOfficer, "46", true);
    check(OfficerRole::ProvinceOfficer, "01", false);
    check(OfficerRole::NationalOfficer, "VN", true);
    check(OfficerRole::Inspector, "19753", true);
    check(OfficerRole::HealthOfficer, "19753", false);
    check(OfficerRole::Auditor, "VN", false);
    let up = UnitScope {
        path: path(&["VN", "46"]),
    };
    assert!(
        authorize::<ListVenues, _>(&officer(OfficerRole::CommuneOfficer, "19753"), up).is_err()
    );
}

#[test]
fn people_at_a_gate_are_helped_by_whoever_works_there() {
    let check = |actor: Actor, expected: bool| {
        let scope = HelpScope {
            venue: venue(),
            holder: holder(7),
        };
        assert_eq!(
            authorize::<HelpPerson, _>(&actor, scope).is_ok(),
            expected,
            "{actor:?}"
        );
    };
    check(Actor::Holder(holder(1)), true);
    check(Actor::Holder(holder(2)), true);
    check(Actor::Holder(holder(3)), false);
    check(Actor::Holder(holder(7)), false);
    check(officer(OfficerRole::NationalOfficer, "VN"), false);
    check(Actor::Console, false);
    let device = Actor::Device {
        id: DeviceId(Uuid::nil()),
        venue: VenueId(Uuid::from_u128(100)),
    };
    check(device, false);
}

#[test]
fn only_owners_manage_a_venue() {
    let check = |actor: Actor, manage: bool, record: bool| {
        assert_eq!(
            authorize::<ManageVenue, _>(&actor, venue()).is_ok(),
            manage,
            "{actor:?}"
        );
        assert_eq!(
            authorize::<ReadVenueBoard, _>(&actor, venue()).is_ok(),
            manage,
            "{actor:?}"
        );
        assert_eq!(
            authorize::<RecordScans, _>(&actor, venue()).is_ok(),
            record,
            "{actor:?}"
        );
    };
    let device = |venue| Actor::Device {
        id: DeviceId(Uuid::nil()),
        venue: VenueId(Uuid::from_u128(venue)),
    };
    check(Actor::Holder(holder(1)), true, true);
    check(Actor::Holder(holder(2)), false, true);
    check(Actor::Holder(holder(3)), false, false);
    check(Actor::Holder(holder(4)), true, true);
    check(device(100), false, true);
    check(device(101), false, false);
    check(officer(OfficerRole::NationalOfficer, "VN"), false, false);
    check(Actor::System, false, false);
}

#[test]
fn a_co_owner_does_all_but_give_the_venue_away() {
    let (founder, beside) = (Actor::Holder(holder(1)), Actor::Holder(holder(4)));
    for actor in [&founder, &beside] {
        assert!(authorize::<ChangeOwners, _>(actor, venue()).is_ok());
        assert!(authorize::<ListOwners, _>(actor, venue()).is_ok());
        assert!(authorize::<SettleAsides, _>(actor, venue()).is_ok());
        assert!(authorize::<ListAttendants, _>(actor, venue()).is_ok());
    }
    assert!(authorize::<GiveVenueAway, _>(&founder, venue()).is_ok());
    assert!(authorize::<GiveVenueAway, _>(&beside, venue()).is_err());
    let attendant = Actor::Holder(holder(2));
    assert!(authorize::<ChangeOwners, _>(&attendant, venue()).is_err());
    assert!(authorize::<ListOwners, _>(&attendant, venue()).is_err());
}

#[test]
fn offices_above_a_venue_suspend_it_and_inspectors_remind() {
    let check = |actor: &Actor, oversees: bool, suspends: bool| {
        let may = (
            authorize::<OverseeVenue, _>(actor, venue()).is_ok(),
            authorize::<SuspendVenue, _>(actor, venue()).is_ok(),
        );
        assert_eq!(may, (oversees, suspends), "{actor:?}");
    };
    check(&officer(OfficerRole::CommuneOfficer, "19753"), true, true);
    check(&officer(OfficerRole::ProvinceOfficer, "46"), true, true);
    check(&officer(OfficerRole::CommuneOfficer, "19774"), false, false);
    check(&officer(OfficerRole::Inspector, "19753"), true, false);
    check(&officer(OfficerRole::HealthOfficer, "46"), false, false);
    check(&officer(OfficerRole::Auditor, "46"), false, false);
    check(&Actor::Holder(holder(1)), false, false);
}

#[test]
fn own_data_is_ones_own() {
    let scope = || HolderScope {
        holder: holder(1),
        unit: path(&["VN", "46", "19753"]),
    };
    assert!(authorize::<UseOwnData, _>(&Actor::Holder(holder(1)), scope()).is_ok());
    assert!(authorize::<UseOwnData, _>(&Actor::Holder(holder(2)), scope()).is_err());
    assert!(
        authorize::<UseOwnData, _>(&officer(OfficerRole::NationalOfficer, "VN"), scope()).is_err()
    );
    assert!(
        authorize::<RevokeCard, _>(&officer(OfficerRole::CommuneOfficer, "19753"), scope()).is_ok()
    );
    assert!(
        authorize::<RevokeCard, _>(&officer(OfficerRole::CommuneOfficer, "19774"), scope())
            .is_err()
    );
    assert!(
        authorize::<RevokeCard, _>(&officer(OfficerRole::Inspector, "19753"), scope()).is_err()
    );
}

#[test]
fn the_audit_log_is_for_auditors_alone() {
    let scope = || UnitScope {
        path: path(&["VN", "46"]),
    };
    for role in OfficerRole::ALL {
        let allowed = authorize::<ReadAudit, _>(&officer(*role, "VN"), scope()).is_ok();
        assert_eq!(allowed, *role == OfficerRole::Auditor, "{role}");
    }
}

#[test]
fn nobody_invites_a_higher_office() {
    assert!(!OfficerRole::CommuneOfficer.invites(OfficerRole::ProvinceOfficer));
    assert!(!OfficerRole::ProvinceOfficer.invites(OfficerRole::NationalOfficer));
    assert!(!OfficerRole::Auditor.invites(OfficerRole::Auditor));
    assert!(OfficerRole::ProvinceOfficer.invites(OfficerRole::Auditor));
    let auditor = |unit: &[&str]| OfficerScope {
        officer: OfficerId(Uuid::from_u128(8)),
        role: OfficerRole::Auditor,
        unit: path(unit),
    };
    let commune = officer(OfficerRole::CommuneOfficer, "19753");
    let own = auditor(&["VN", "46", "19753"]);
    assert!(authorize::<InviteOfficer, _>(&commune, own).is_ok());
    assert!(authorize::<InviteOfficer, _>(&commune, auditor(&["VN", "46"])).is_err());
    assert!(authorize::<InviteOfficer, _>(&Actor::Console, auditor(&["VN"])).is_err());
}

#[test]
fn officers_are_changed_from_above_and_never_by_themselves() {
    let manager = |role, unit| Actor::Officer {
        id: OfficerId(Uuid::from_u128(7)),
        role,
        unit: UnitCode::parse(unit).expect("a code"),
    };
    let check = |actor: &Actor, id: u128, role, unit: &[&str], expected: bool| {
        let scope = OfficerScope {
            officer: OfficerId(Uuid::from_u128(id)),
            role,
            unit: path(unit),
        };
        let allowed = authorize::<ChangeOfficer, _>(actor, scope).is_ok();
        assert_eq!(allowed, expected, "{actor:?} changes {role} of {unit:?}");
    };
    use OfficerRole::{Auditor, CommuneOfficer, Inspector, NationalOfficer, ProvinceOfficer};
    let commune = manager(CommuneOfficer, "19753");
    check(&commune, 8, Inspector, &["VN", "46", "19753"], true);
    check(&commune, 8, CommuneOfficer, &["VN", "46", "19753"], true);
    check(&commune, 7, CommuneOfficer, &["VN", "46", "19753"], false);
    check(&commune, 8, Auditor, &["VN", "46", "19753"], false);
    check(&commune, 8, Auditor, &["VN", "46"], false);
    check(&commune, 8, ProvinceOfficer, &["VN", "46", "19753"], false);
    check(&commune, 8, CommuneOfficer, &["VN", "46", "19774"], false);
    check(&commune, 8, CommuneOfficer, &["VN", "46"], false);
    let province = manager(ProvinceOfficer, "46");
    check(&province, 8, CommuneOfficer, &["VN", "46", "19753"], true);
    check(&province, 8, NationalOfficer, &["VN", "46"], false);
    check(&province, 8, CommuneOfficer, &["VN", "01", "00004"], false);
    check(&manager(Auditor, "VN"), 8, Inspector, &["VN", "46"], false);
    check(&Actor::Console, 8, NationalOfficer, &["VN"], true);
    check(&Actor::System, 8, Inspector, &["VN", "46"], false);
    assert!(!NationalOfficer.fits(&path(&["VN", "46"])) && NationalOfficer.fits(&path(&["VN"])));
}

#[test]
fn a_password_is_changed_by_its_officer_alone() {
    let scope = |id: u128| OfficerScope {
        officer: OfficerId(Uuid::from_u128(id)),
        role: OfficerRole::CommuneOfficer,
        unit: path(&["VN", "46", "19753"]),
    };
    let check = |actor: Actor, id, expected: bool| {
        let allowed = authorize::<ChangeOwnPassword, _>(&actor, scope(id)).is_ok();
        assert_eq!(allowed, expected, "{actor:?}");
    };
    check(officer(OfficerRole::CommuneOfficer, "19753"), 0, true);
    check(officer(OfficerRole::CommuneOfficer, "19753"), 1, false);
    check(officer(OfficerRole::NationalOfficer, "VN"), 1, false);
    check(Actor::Console, 1, false);
    check(Actor::Holder(holder(1)), 1, false);
}

#[test]
fn a_poster_is_everybodys_and_for_oneself() {
    let poster = |n| PosterScope {
        venue: venue().venue,
        holder: holder(n),
    };
    assert!(authorize::<RecordScans, _>(&Actor::Holder(holder(7)), poster(7)).is_ok());
    assert!(authorize::<RecordScans, _>(&Actor::Holder(holder(7)), poster(8)).is_err());
    let device = Actor::Device {
        id: DeviceId(Uuid::nil()),
        venue: venue().venue,
    };
    assert!(authorize::<RecordScans, _>(&device, poster(7)).is_err());
}

#[test]
fn permits_are_issued_and_ended_by_those_who_administer_the_unit() {
    let check = |actor: Actor, expected: bool| {
        let unit = || UnitScope {
            path: path(&["VN", "46", "19753"]),
        };
        let issues = authorize::<IssuePermit, _>(&actor, unit()).is_ok();
        let ends = authorize::<EndPermit, _>(&actor, unit()).is_ok();
        assert_eq!((issues, ends), (expected, expected), "{actor:?}");
    };
    check(officer(OfficerRole::CommuneOfficer, "19753"), true);
    check(officer(OfficerRole::ProvinceOfficer, "46"), true);
    check(officer(OfficerRole::NationalOfficer, "VN"), true);
    check(officer(OfficerRole::CommuneOfficer, "19774"), false);
    check(officer(OfficerRole::ProvinceOfficer, "01"), false);
    check(officer(OfficerRole::Inspector, "19753"), false);
    check(officer(OfficerRole::HealthOfficer, "19753"), false);
    check(officer(OfficerRole::Auditor, "VN"), false);
    check(Actor::Holder(holder(1)), false);
    check(Actor::Console, false);
}
