mod confirmations;
mod permits;
mod phones;
mod repetitions;
mod suspended;

use super::*;
use crate::ids::{CardId, VenueId};
use crate::permit::{Here, Permit, PermitDemand};
use crate::scan::Way;
use crate::time::Zone;
use crate::unit::{UnitCode, UnitPath};
use crate::venue::{OpeningHours, VenueKind};
use uuid::Uuid;

const NOON: i64 = 1_800_000_000; // 2027-01-15 15:00 in Việt Nam

fn t(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOON + seconds)
}

fn a_card(issued: Timestamp, expires: Timestamp) -> Presented {
    Presented::Card {
        id: CardId([1; 10]),
        issued,
        expires,
        phone: None,
    }
}

fn card_scan(seconds: i64, asked: Asked) -> Scan {
    Scan {
        id: ScanId::from_parts(t(seconds), [7; 10]),
        venue: VenueId(Uuid::nil()),
        checkpoint: None,
        device: None,
        presented: a_card(t(-1_000_000), t(1_000_000)),
        asked,
        way: Way::Card,
        companions: 0,
        shown: None,
        confirms: None,
        code: String::new(),
        remarks: crate::scan::Remarks::default(),
    }
}

fn always() -> VenueRules {
    VenueRules {
        hours: OpeningHours::ALWAYS,
        closed: None,
        suspended: None,
        idle: Duration::from_secs(12 * 3600),
        zone: Zone::VIETNAM,
    }
}

/// The facts of a healthy visitor, one at a time made worse by each case.
struct Case {
    /// How many seconds after its time the scan came.
    late: i64,
    venue: VenueRules,
    card: KnownCard,
    holder: Option<HolderFacts>,
    presence: Option<Presence>,
    referred: bool,
    room: Option<i64>,
    permits: Option<(PermitDemand, Vec<Permit>)>,
}

fn healthy() -> Case {
    Case {
        late: 0,
        venue: always(),
        card: KnownCard::Active,
        holder: Some(HolderFacts {
            verified: true,
            declaration: DeclarationState::Clear,
        }),
        presence: None,
        referred: true,
        room: None,
        permits: None,
    }
}

impl Case {
    fn rule(&self, scan: &Scan) -> Ruling {
        let unit = UnitPath(vec![UnitCode::nation()]);
        let here = Here {
            venue: scan.venue,
            kind: VenueKind::Market,
            unit: &unit,
        };
        let permits = self.permits.as_ref().map(|(demand, held)| PermitFacts {
            here,
            demands: std::slice::from_ref(demand),
            held,
        });
        let facts = Facts {
            now: Timestamp::from_millis(scan.id.at().millis() + self.late * 1000),
            venue: &self.venue,
            permits,
            card: self.card,
            holder: self.holder,
            presence: self.presence.as_ref(),
            referred: self.referred,
            room: self.room,
        };
        rule(scan, &facts)
    }

    fn check(&self, scan: &Scan, decision: Decision, direction: Direction, reasons: &[Reason]) {
        let answer = self.rule(scan).answer;
        assert_eq!(
            (answer.decision, answer.direction),
            (decision, direction),
            "{answer:?}"
        );
        assert_eq!(answer.reasons.iter().collect::<Vec<_>>(), reasons);
    }

    fn then(mut self, scan: &Scan) -> Self {
        self.presence = self.rule(scan).presence.or(self.presence);
        self
    }
}

#[test]
fn a_healthy_visitor_walks_in_and_out() {
    let case = healthy();
    case.check(
        &card_scan(0, Asked::Auto),
        Decision::Admit,
        Direction::In,
        &[],
    );
    let case = case.then(&card_scan(0, Asked::Auto));
    case.check(
        &card_scan(61, Asked::Auto),
        Decision::Admit,
        Direction::Out,
        &[],
    );
    let case = case.then(&card_scan(61, Asked::Auto));
    assert_eq!(case.presence.as_ref().and_then(|p| p.since), None);
    case.check(
        &card_scan(130, Asked::Auto),
        Decision::Admit,
        Direction::In,
        &[],
    );
}

#[test]
fn refusals_name_their_reason() {
    let scan = card_scan(0, Asked::In);
    let refused =
        |case: Case, reason| case.check(&scan, Decision::Refuse, Direction::In, &[reason]);
    refused(
        Case {
            card: KnownCard::Revoked,
            ..healthy()
        },
        Reason::Revoked,
    );
    refused(
        Case {
            card: KnownCard::Unknown,
            holder: None,
            ..healthy()
        },
        Reason::UnknownKey,
    );
    refused(
        Case {
            venue: VenueRules {
                closed: Some(t(0)),
                ..always()
            },
            ..healthy()
        },
        Reason::VenueClosed,
    );
    let hours = OpeningHours::parse("05:00-06:00").expect("hours");
    refused(
        Case {
            venue: VenueRules { hours, ..always() },
            ..healthy()
        },
        Reason::VenueClosed,
    );
    let expired = Scan {
        presented: a_card(t(-1_000_000), t(0)),
        ..scan.clone()
    };
    healthy().check(
        &expired,
        Decision::Refuse,
        Direction::In,
        &[Reason::Expired],
    );
    for reason in [Reason::Unreadable, Reason::Forged, Reason::UnknownKey] {
        let nothing = Scan {
            presented: Presented::Nothing(reason),
            ..scan.clone()
        };
        Case {
            holder: None,
            ..healthy()
        }
        .check(&nothing, Decision::Refuse, Direction::In, &[reason]);
    }
}

#[test]
fn a_foreign_code_is_unreadable_first() {
    let scan = card_scan(0, Asked::In);
    let foreign = Scan {
        presented: Presented::Nothing(Reason::ForeignCode),
        ..scan
    };
    let said = [Reason::Unreadable, Reason::ForeignCode];
    Case {
        holder: None,
        ..healthy()
    }
    .check(&foreign, Decision::Refuse, Direction::In, &said);
}

#[test]
fn doubts_are_referred_together() {
    let with = |verified, declaration| Case {
        holder: Some(HolderFacts {
            verified,
            declaration,
        }),
        ..healthy()
    };
    let scan = card_scan(0, Asked::Auto);
    let refer =
        |case: Case, reasons: &[Reason]| case.check(&scan, Decision::Refer, Direction::In, reasons);
    refer(
        with(true, DeclarationState::Missing),
        &[Reason::DeclarationMissing],
    );
    refer(
        with(true, DeclarationState::Expired),
        &[Reason::DeclarationExpired],
    );
    refer(
        with(true, DeclarationState::Concern),
        &[Reason::DeclarationConcern],
    );
    refer(
        with(false, DeclarationState::Clear),
        &[Reason::UnverifiedIdentity],
    );
    refer(
        with(false, DeclarationState::Missing),
        &[Reason::DeclarationMissing, Reason::UnverifiedIdentity],
    );
}

#[test]
fn a_genuine_card_is_never_refused_on_leaving() {
    let scan = Scan {
        presented: a_card(t(-1_000_000), t(-10)),
        ..card_scan(0, Asked::Out)
    };
    let case = Case {
        card: KnownCard::Revoked,
        venue: VenueRules {
            closed: Some(t(-5)),
            ..always()
        },
        holder: Some(HolderFacts {
            verified: false,
            declaration: DeclarationState::Concern,
        }),
        ..healthy()
    };
    case.check(&scan, Decision::Admit, Direction::Out, &[]);
}

#[test]
fn a_card_is_not_valid_before_it_was_made() {
    let made = |seconds, asked| Scan {
        presented: a_card(t(seconds), t(1_000_000)),
        ..card_scan(0, asked)
    };
    let case = healthy();
    // Two clocks agree no better than that.
    case.check(&made(300, Asked::In), Decision::Admit, Direction::In, &[]);
    let reason = [Reason::NotYetValid];
    let late = made(301, Asked::In);
    case.check(&late, Decision::Refuse, Direction::In, &reason);
    let leaving = made(301, Asked::Out);
    case.check(&leaving, Decision::Admit, Direction::Out, &[]);
}

#[test]
fn nobody_is_turned_away_by_what_a_paper_log_says() {
    let row = Scan {
        way: Way::Paper,
        ..card_scan(0, Asked::In)
    };
    let closed = VenueRules {
        closed: Some(t(-60)),
        ..always()
    };
    let doubtful = [
        (
            Case {
                card: KnownCard::Revoked,
                ..healthy()
            },
            Reason::Revoked,
        ),
        (
            Case {
                venue: closed,
                ..healthy()
            },
            Reason::VenueClosed,
        ),
        (
            Case {
                room: Some(0),
                ..healthy()
            },
            Reason::VenueFull,
        ),
    ];
    for (case, reason) in doubtful {
        assert_eq!(
            case.rule(&card_scan(0, Asked::In)).answer.decision,
            Decision::Refuse
        );
        case.check(&row, Decision::Refer, Direction::In, &[reason]);
        assert_eq!(
            case.then(&row).presence.and_then(|p| p.since),
            Some(t(0)),
            "{reason}"
        );
    }
    let made_later = Scan {
        presented: a_card(t(86_400), t(1_000_000)),
        ..row.clone()
    };
    healthy().check(
        &made_later,
        Decision::Refer,
        Direction::In,
        &[Reason::NotYetValid],
    );
    healthy().check(&row, Decision::Admit, Direction::In, &[]);
}

#[test]
fn the_reader_may_run_five_minutes_ahead() {
    let id = |seconds| ScanId::from_parts(t(seconds), [0; 10]);
    assert!(!from_the_future(id(300), t(0)));
    assert!(from_the_future(id(301), t(0)));
}

#[test]
fn a_full_venue_lets_nobody_in_and_everybody_out() {
    use Decision::{Admit, Refuse};
    let with = |room, companions| {
        let case = Case {
            room: Some(room),
            ..healthy()
        };
        let scan = Scan {
            companions,
            ..card_scan(0, Asked::In)
        };
        (case, scan)
    };
    for (room, companions, admitted) in [
        (1, 0, true),
        (0, 0, false),
        (-3, 0, false),
        (2, 1, true),
        (1, 1, false),
    ] {
        let (case, scan) = with(room, companions);
        let (decision, reasons): (_, &[Reason]) = match admitted {
            true => (Admit, &[]),
            false => (Refuse, &[Reason::VenueFull]),
        };
        case.check(&scan, decision, Direction::In, reasons);
    }
    let (case, _) = with(0, 0);
    case.check(&card_scan(0, Asked::Out), Admit, Direction::Out, &[]);
    // Whoever is inside takes no more room by being read again.
    let inside = Case {
        room: Some(0),
        ..healthy().then(&card_scan(-600, Asked::In))
    };
    inside.check(&card_scan(0, Asked::In), Admit, Direction::In, &[]);
    // Somebody left meanwhile: the refusal of a moment ago does not stand.
    let refused = Case {
        room: Some(0),
        ..healthy()
    }
    .then(&card_scan(-20, Asked::In));
    Case {
        room: Some(1),
        ..refused
    }
    .check(&card_scan(0, Asked::In), Admit, Direction::In, &[]);
}
