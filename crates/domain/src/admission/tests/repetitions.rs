//! Scans of one person one after another: repeated, corrected, late, or after too long a stay.

use super::*;
use crate::presence::LastScan;

#[test]
fn the_same_person_within_a_minute_gets_the_same_answer() {
    let case = healthy().then(&card_scan(0, Asked::Auto));
    for asked in [Asked::Auto, Asked::In] {
        case.check(
            &card_scan(59, asked),
            Decision::Admit,
            Direction::In,
            &[Reason::AlreadyScanned],
        );
    }
    let again = healthy()
        .then(&card_scan(0, Asked::Auto))
        .then(&card_scan(59, Asked::Auto));
    again.check(
        &card_scan(60, Asked::Auto),
        Decision::Admit,
        Direction::Out,
        &[],
    );
}

#[test]
fn an_explicit_opposite_direction_is_a_correction() {
    let case = healthy().then(&card_scan(0, Asked::Auto));
    case.check(
        &card_scan(10, Asked::Out),
        Decision::Admit,
        Direction::Out,
        &[],
    );
    let case = case.then(&card_scan(10, Asked::Out));
    assert_eq!(case.presence.as_ref().and_then(|p| p.since), None);
    case.check(
        &card_scan(20, Asked::Auto),
        Decision::Admit,
        Direction::Out,
        &[Reason::AlreadyScanned],
    );
}

#[test]
fn what_changed_within_the_minute_is_not_missed() {
    let case = healthy().then(&card_scan(0, Asked::Auto));
    let revoked = Case {
        card: KnownCard::Revoked,
        ..case
    };
    revoked.check(
        &card_scan(10, Asked::Auto),
        Decision::Refuse,
        Direction::In,
        &[Reason::Revoked],
    );

    let missing = HolderFacts {
        verified: true,
        declaration: DeclarationState::Missing,
    };
    let referred = Case {
        holder: Some(missing),
        ..healthy()
    }
    .then(&card_scan(0, Asked::Auto));
    referred.check(
        &card_scan(5, Asked::Auto),
        Decision::Refer,
        Direction::In,
        &[Reason::DeclarationMissing, Reason::AlreadyScanned],
    );
    let declared = Case {
        holder: healthy().holder,
        ..referred
    };
    declared.check(
        &card_scan(10, Asked::Auto),
        Decision::Admit,
        Direction::In,
        &[],
    );
}

#[test]
fn whoever_stays_too_long_enters_anew() {
    let case = healthy().then(&card_scan(0, Asked::Auto));
    case.check(
        &card_scan(12 * 3600, Asked::Auto),
        Decision::Admit,
        Direction::Out,
        &[],
    );
    case.check(
        &card_scan(12 * 3600 + 1, Asked::Auto),
        Decision::Admit,
        Direction::In,
        &[],
    );
}

#[test]
fn a_late_scan_does_not_move_anyone() {
    let case = healthy().then(&card_scan(1000, Asked::In));
    let late = card_scan(500, Asked::Out);
    assert_eq!(case.rule(&late).answer.decision, Decision::Admit);
    assert_eq!(case.rule(&late).presence, None);
}

#[test]
fn a_presence_remembers_companions() {
    let with = |n, seconds| Scan {
        companions: n,
        ..card_scan(seconds, Asked::In)
    };
    let case = healthy().then(&with(3, 0));
    assert_eq!(case.presence.as_ref().map(|p| p.companions), Some(3));
    let case = case.then(&with(0, 10));
    assert_eq!(
        case.presence.as_ref().map(|p| p.companions),
        Some(3),
        "a repeat changes nothing"
    );
    let LastScan { direction, .. } = case.presence.expect("present").last;
    assert_eq!(direction, Direction::In);
}

#[test]
fn whoever_declared_meanwhile_is_asked_about_what_is_left() {
    use Reason::{AlreadyScanned, DeclarationMissing, UnverifiedIdentity};
    let stranger = |declaration| Case {
        holder: Some(HolderFacts {
            verified: false,
            declaration,
        }),
        ..healthy()
    };
    let first = stranger(DeclarationState::Missing);
    let reasons = [DeclarationMissing, UnverifiedIdentity];
    first.check(
        &card_scan(0, Asked::In),
        Decision::Refer,
        Direction::In,
        &reasons,
    );
    let after = Case {
        presence: first.then(&card_scan(0, Asked::In)).presence,
        ..stranger(DeclarationState::Clear)
    };
    let reasons = [UnverifiedIdentity, AlreadyScanned];
    after.check(
        &card_scan(11, Asked::In),
        Decision::Refer,
        Direction::In,
        &reasons,
    );
}
