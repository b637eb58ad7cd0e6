//! What a phone shows: its code changes twice a minute.

use super::*;
use crate::phone_key::{PhoneCode, PhoneKeyHash};
use crate::scan::Assurance;

/// What a phone shows at an instant.
fn a_phone(seconds: i64) -> Presented {
    Presented::Card {
        id: CardId([1; 10]),
        issued: t(-1_000_000),
        expires: t(1_000_000),
        phone: Some(PhoneCode {
            key: PhoneKeyHash([2; 32]),
            step: u32::try_from(PhoneCode::step_at(t(seconds))).unwrap(),
        }),
    }
}

#[test]
fn a_phones_code_is_good_while_it_is_shown_and_a_step_beside() {
    let read = |shown: i64, asked| Scan {
        presented: a_phone(shown),
        ..card_scan(0, asked)
    };
    for shown in [-30, 0, 30] {
        healthy().check(&read(shown, Asked::In), Decision::Admit, Direction::In, &[]);
    }
    for shown in [-90, -60, 60, 300] {
        healthy().check(
            &read(shown, Asked::Auto),
            Decision::Refuse,
            Direction::In,
            &[Reason::OldCode],
        );
        // A genuine card is never refused on the way out.
        healthy().check(
            &read(shown, Asked::Out),
            Decision::Admit,
            Direction::Out,
            &[],
        );
    }
}

#[test]
fn the_next_code_of_a_phone_is_the_same_person() {
    let read = |seconds: i64| Scan {
        presented: a_phone(seconds),
        ..card_scan(seconds, Asked::Auto)
    };
    let case = healthy().then(&read(0));
    case.check(
        &read(31),
        Decision::Admit,
        Direction::In,
        &[Reason::AlreadyScanned],
    );
    // A picture of the first code does not become a repetition of it.
    let picture = Scan {
        presented: a_phone(-60),
        ..card_scan(40, Asked::Auto)
    };
    case.check(
        &picture,
        Decision::Refuse,
        Direction::In,
        &[Reason::OldCode],
    );
    case.then(&picture)
        .check(&read(45), Decision::Admit, Direction::In, &[]);
}

#[test]
fn only_a_phones_own_code_is_highly_assured() {
    let (live, old, printed) = (a_phone(0), a_phone(-60), a_card(t(-1), t(1)));
    let of =
        |presented: Presented, way, verified| Assurance::of(way, verified, presented.live_at(t(0)));
    for way in [Way::Card, Way::Device] {
        assert_eq!(of(live, way, true), Assurance::High);
        assert_eq!(of(old, way, true), Assurance::Medium);
        assert_eq!(of(printed, way, true), Assurance::Medium);
        assert_eq!(of(live, way, false), Assurance::Low);
    }
    assert_eq!(of(live, Way::Typed, true), Assurance::Medium);
    assert_eq!(of(printed, Way::Poster, true), Assurance::Low);
}

#[test]
fn a_phone_that_was_stopped_is_let_in_after_its_code_has_changed() {
    let missing = || Case {
        holder: Some(HolderFacts {
            verified: true,
            declaration: DeclarationState::Missing,
        }),
        ..healthy()
    };
    let stopped = Scan {
        presented: a_phone(0),
        ..card_scan(0, Asked::In)
    };
    let again = |confirms| Scan {
        presented: a_phone(0),
        confirms,
        ..card_scan(300, Asked::In)
    };
    let case = missing().then(&stopped);
    let reasons = [Reason::DeclarationMissing];
    case.check(
        &again(Some(stopped.id)),
        Decision::Admit,
        Direction::In,
        &reasons,
    );
    let confirmed = case.rule(&again(Some(stopped.id)));
    assert_eq!(confirmed.shown, t(0), "as sure as at first");
    // Nothing confirmed, or a code that was old when it was read: a picture.
    let old = Decision::Refuse;
    for scan in [
        again(None),
        Scan {
            presented: a_phone(-90),
            ..again(Some(stopped.id))
        },
    ] {
        assert_eq!(case.rule(&scan).answer.decision, old);
    }
}

#[test]
fn a_code_is_judged_when_it_was_shown() {
    let read = |seconds, shown: Option<i64>| Scan {
        presented: a_phone(0),
        shown: shown.map(t),
        ..card_scan(seconds, Asked::In)
    };
    let rule = |scan: &Scan| {
        let ruling = healthy().rule(scan);
        let live = scan.presented.live_at(ruling.shown);
        (ruling.answer.decision, live)
    };
    assert_eq!(rule(&read(300, Some(0))), (Decision::Admit, true));
    assert_eq!(rule(&read(300, None)), (Decision::Refuse, false));
    assert_eq!(rule(&read(0, Some(-300))), (Decision::Refuse, false));
}
