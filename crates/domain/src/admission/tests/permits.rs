use super::*;
use crate::permit::{PermitDays, PermitKind, PermitPlace};
use crate::time::Day;

/// Everybody needs a market permit since long ago, and this is what the visitor has.
fn demanded(lacking: Lacking, held: Vec<Permit>) -> Case {
    let demand = PermitDemand {
        unit: UnitCode::nation(),
        place: PermitPlace::Any,
        kind: Some(PermitKind::Market),
        from: Day(0),
        lacking,
    };
    Case {
        permits: Some((demand, held)),
        ..healthy()
    }
}

fn market(hours: &str) -> Permit {
    Permit {
        kind: PermitKind::Market,
        from: Day(0),
        until: Day(1_000_000),
        hours: OpeningHours::parse(hours).expect("hours"),
        days: PermitDays::Every,
        place: PermitPlace::Any,
        issued: Timestamp::from_seconds(0),
        ended: None,
    }
}

#[test]
fn a_demanded_permit_refers_or_refuses_who_has_none_and_lets_everybody_out() {
    let (enters, leaves) = (card_scan(0, Asked::In), card_scan(0, Asked::Out));
    let missing = [Reason::PermitMissing];
    let refers = demanded(Lacking::Refer, vec![]);
    refers.check(&enters, Decision::Refer, Direction::In, &missing);
    let refuses = demanded(Lacking::Refuse, vec![]);
    refuses.check(&enters, Decision::Refuse, Direction::In, &missing);
    refuses.check(&leaves, Decision::Admit, Direction::Out, &[]);
    // It is three in the afternoon.
    let covered = demanded(Lacking::Refuse, vec![market("15:00-15:01")]);
    covered.check(&enters, Decision::Admit, Direction::In, &[]);
    let other = demanded(Lacking::Refuse, vec![market("15:01-15:00")]);
    other.check(
        &enters,
        Decision::Refuse,
        Direction::In,
        &[Reason::PermitOtherHour],
    );
}

#[test]
fn a_paper_log_is_not_refused_for_a_permit_and_other_refusals_come_first() {
    let mut paper = card_scan(0, Asked::In);
    paper.way = Way::Paper;
    let missing = [Reason::PermitMissing];
    let case = demanded(Lacking::Refuse, vec![]);
    case.check(&paper, Decision::Refer, Direction::In, &missing);
    let mut suspended = demanded(Lacking::Refer, vec![]);
    suspended.card = KnownCard::Suspended;
    let (scan, why) = (card_scan(0, Asked::In), [Reason::Suspended]);
    suspended.check(&scan, Decision::Refuse, Direction::In, &why);
}
