use super::*;

fn since(seconds: i64) -> Case {
    Case {
        venue: VenueRules {
            suspended: Some(t(seconds)),
            ..always()
        },
        ..healthy()
    }
}

#[test]
fn a_suspension_counts_from_its_instant_on() {
    let case = since(60);
    let before = case.rule(&card_scan(59, Asked::In)).answer.decision;
    let after = case.rule(&card_scan(60, Asked::In)).answer;
    assert_eq!(before, Decision::Admit);
    assert_eq!(
        (after.decision, after.reasons),
        (Decision::Refuse, Reason::VenueSuspended.into())
    );
}

#[test]
fn whoever_is_inside_a_suspended_venue_leaves_it() {
    let answer = since(-60).rule(&card_scan(0, Asked::Out)).answer;
    assert_eq!(
        (answer.decision, answer.direction),
        (Decision::Admit, Direction::Out)
    );
}
