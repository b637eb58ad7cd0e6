use super::*;
use crate::aside::Settled;
use crate::ids::DeviceId;
use crate::scan::Remarks;

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

/// Whether a scan of half a minute before the order, which comes so many seconds after its time, still lets in.
fn lets_in(late: i64, scan: impl FnOnce(&mut Scan)) -> bool {
    let case = Case { late, ..since(30) };
    let mut read = card_scan(0, Asked::In);
    scan(&mut read);
    let answer = case.rule(&read).answer;
    match answer.decision {
        Decision::Admit => true,
        _ => {
            assert_eq!(answer.reasons, Reason::VenueSuspended.into());
            false
        }
    }
}

fn by_device(scan: &mut Scan, remarks: Remarks) {
    scan.device = Some(DeviceId(Uuid::nil()));
    scan.way = Way::Device;
    scan.remarks = remarks;
}

#[test]
fn a_scan_that_is_answered_while_somebody_waits_is_not_made_earlier() {
    let nothing = Remarks::default();
    assert!(lets_in(29, |scan| by_device(scan, nothing)));
    assert!(!lets_in(90, |scan| by_device(scan, nothing)));
    assert!(
        !lets_in(90, |_| ()) && !lets_in(3600, |_| ()),
        "a page asks at once"
    );
    assert!(!lets_in(90, |scan| scan.way = Way::Poster));
    // A clock that is ten minutes behind, and says so.
    let behind = Remarks {
        skew: Some(-600_000),
        ..nothing
    };
    assert!(!lets_in(600, |scan| by_device(scan, behind)));
}

#[test]
fn whoever_entered_before_the_order_stays_admitted_however_late_the_line_comes() {
    let nothing = Remarks::default();
    let door = Remarks {
        door: Some(Decision::Admit),
        ..nothing
    };
    let kept = Remarks {
        skew: Some(0),
        ..nothing
    };
    let settled = Remarks {
        settled: Some(Settled::Dated),
        ..nothing
    };
    for late in [31, 90, 3600] {
        for remarks in [door, kept, settled] {
            assert!(
                lets_in(late, |scan| by_device(scan, remarks)),
                "{late} {remarks:?}"
            );
        }
    }
    assert!(
        lets_in(3600, |scan| by_device(scan, nothing)),
        "it must have waited"
    );
}

#[test]
fn what_comes_a_day_after_the_order_is_not_believed_to_have_been_read_before_it() {
    let door = Remarks {
        door: Some(Decision::Admit),
        ..Remarks::default()
    };
    let kept = Remarks {
        skew: Some(0),
        ..Remarks::default()
    };
    let settled = Remarks {
        settled: Some(Settled::Accepted),
        ..Remarks::default()
    };
    let last = 30 + BELIEVED.as_secs() as i64;
    for remarks in [door, kept, settled, Remarks::default()] {
        assert!(lets_in(last, |scan| by_device(scan, remarks)));
        assert!(!lets_in(last + 1, |scan| by_device(scan, remarks)));
    }
    let case = Case {
        late: last + 1,
        ..since(30)
    };
    let row = Scan {
        way: Way::Paper,
        ..card_scan(0, Asked::In)
    };
    let answer = case.rule(&row).answer;
    assert_eq!(
        answer.decision,
        Decision::Refer,
        "who stands on paper was inside"
    );
}

#[test]
fn a_page_is_not_believed_that_a_door_let_somebody_in() {
    let door = Remarks {
        door: Some(Decision::Admit),
        skew: Some(0),
        ..Remarks::default()
    };
    assert!(!lets_in(90, |scan| scan.remarks = door));
}

#[test]
fn a_row_of_a_paper_log_counts_at_its_time() {
    let case = Case {
        late: 3600,
        ..since(30)
    };
    let paper = |seconds| Scan {
        way: Way::Paper,
        ..card_scan(seconds, Asked::In)
    };
    assert_eq!(case.rule(&paper(29)).answer.decision, Decision::Admit);
    assert_eq!(case.rule(&paper(30)).answer.decision, Decision::Refer);
}
