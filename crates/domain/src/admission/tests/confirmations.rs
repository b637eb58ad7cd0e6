//! Who was referred, and what confirms it.

use super::*;
use crate::scan::Remarks;

#[test]
fn a_referred_person_is_inside_only_once_confirmed() {
    let missing = HolderFacts {
        verified: true,
        declaration: DeclarationState::Missing,
    };
    let case = Case {
        holder: Some(missing),
        ..healthy()
    };
    let first = card_scan(0, Asked::Auto);
    let case = case.then(&first);
    assert_eq!(case.presence.as_ref().and_then(|p| p.since), None);
    let confirmed = Scan {
        confirms: Some(first.id),
        ..card_scan(5, Asked::In)
    };
    case.check(
        &confirmed,
        Decision::Admit,
        Direction::In,
        &[Reason::DeclarationMissing],
    );
    let case = case.then(&confirmed);
    assert_eq!(case.presence.as_ref().and_then(|p| p.since), Some(t(5)));
}

#[test]
fn only_the_last_referral_is_confirmed_and_once() {
    let missing = || Case {
        holder: Some(HolderFacts {
            verified: true,
            declaration: DeclarationState::Missing,
        }),
        ..healthy()
    };
    let confirming = |seconds, id| Scan {
        confirms: Some(id),
        ..card_scan(seconds, Asked::In)
    };
    let (first, again) = (card_scan(0, Asked::In), card_scan(9, Asked::In));
    let waiting = || missing().then(&first).then(&again);
    let decided = |case: &Case, scan: &Scan| {
        let ruling = case.rule(scan);
        let repeated = ruling.answer.reasons.has(Reason::AlreadyScanned);
        (ruling.answer.decision, repeated, ruling.confirmed)
    };
    // The repetition was what the attendant saw; both stand for the same stop.
    for id in [first.id, again.id] {
        let expected = (Decision::Admit, false, true);
        assert_eq!(decided(&waiting(), &confirming(20, id)), expected);
    }
    let late = confirming(600, first.id);
    assert!(missing().then(&first).rule(&late).confirmed);
    let refer = (Decision::Refer, false, false);
    let case = missing().then(&first);
    assert_eq!(decided(&case, &confirming(601, first.id)), refer);
    // Nobody's, another person's, one to come, one from before the last.
    let unknown = Case {
        referred: false,
        ..waiting()
    };
    let repeated = (Decision::Refer, true, false);
    assert_eq!(decided(&unknown, &confirming(20, first.id)), repeated);
    let ahead = card_scan(30, Asked::In).id;
    assert_eq!(decided(&waiting(), &confirming(20, ahead)), repeated);
    let anew = waiting().then(&card_scan(100, Asked::In));
    assert!(!anew.rule(&confirming(120, first.id)).confirmed);
    assert_eq!(decided(&missing(), &confirming(20, first.id)), refer);
    // Once: the second is the first's repetition, and after going out a scan like any other.
    let inside = waiting().then(&confirming(20, first.id));
    let second = confirming(22, first.id);
    assert_eq!(decided(&inside, &second), (Decision::Admit, true, false));
    let outside = inside.then(&card_scan(40, Asked::Out));
    assert_eq!(decided(&outside, &confirming(50, first.id)), refer);
    // Whoever was let in waits for nothing.
    let admitted = healthy().then(&first);
    let repeated = (Decision::Admit, true, false);
    assert_eq!(decided(&admitted, &confirming(20, first.id)), repeated);
}

#[test]
fn whoever_is_turned_away_is_outside_and_waits_for_nothing() {
    let missing = Case {
        holder: Some(HolderFacts {
            verified: true,
            declaration: DeclarationState::Missing,
        }),
        ..healthy()
    };
    let first = card_scan(0, Asked::In);
    let turned = |seconds, id| Scan {
        confirms: Some(id),
        remarks: Remarks {
            turned_away: true,
            ..Remarks::default()
        },
        ..card_scan(seconds, Asked::In)
    };
    let stopped = missing.then(&first);
    let away = turned(5, first.id);
    let why = [Reason::TurnedAway, Reason::DeclarationMissing];
    stopped.check(&away, Decision::Refuse, Direction::In, &why);
    assert!(stopped.rule(&away).confirmed);
    let outside = stopped.then(&away);
    assert_eq!(outside.presence.as_ref().and_then(|p| p.since), None);
    // Answered: neither answer counts once more.
    let again = outside.rule(&turned(7, first.id));
    assert!(again.answer.reasons.has(Reason::AlreadyScanned) && !again.confirmed);
    let late = Scan {
        confirms: Some(first.id),
        ..card_scan(8, Asked::In)
    };
    let late = outside.rule(&late);
    assert_eq!(late.answer.decision, Decision::Refer);
    assert!(!late.confirmed);
    // What was true all the same stands beside it, and nobody is let in by it.
    let good = healthy().rule(&turned(9, first.id));
    assert_eq!(good.answer.decision, Decision::Refuse);
    assert!(!good.confirmed);
    let leaving = Scan {
        asked: Asked::Out,
        ..turned(9, first.id)
    };
    assert_eq!(healthy().rule(&leaving).answer.decision, Decision::Admit);
}

#[test]
fn at_a_poster_the_own_tap_confirms() {
    let unverified = HolderFacts {
        verified: false,
        declaration: DeclarationState::Missing,
    };
    let case = Case {
        holder: Some(unverified),
        ..healthy()
    };
    let tap = Scan {
        way: Way::Poster,
        ..card_scan(0, Asked::In)
    };
    assert_eq!(case.rule(&tap).answer.decision, Decision::Refer);
    assert_eq!(case.then(&tap).presence.and_then(|p| p.since), Some(t(0)));
}
