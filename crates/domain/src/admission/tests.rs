mod permits;
mod suspended;
use super::*;
use crate::ids::{CardId, VenueId};
use crate::permit::{Here, Permit, PermitDemand};
use crate::phone_key::{PhoneCode, PhoneKeyHash};
use crate::time::Zone;
use crate::unit::{UnitCode, UnitPath};
use crate::venue::{OpeningHours, VenueKind};
use crate::{presence::LastScan, scan::Way};
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
    use crate::scan::Assurance;
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
fn the_reader_may_run_five_minutes_ahead() {
    let id = |seconds| ScanId::from_parts(t(seconds), [0; 10]);
    assert!(!from_the_future(id(300), t(0)));
    assert!(from_the_future(id(301), t(0)));
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
