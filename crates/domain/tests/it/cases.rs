//! What is shown and known, case by case.

use super::*;
use domain::ids::CardId;
use domain::phone_key::{PhoneCode, PhoneKeyHash};
use domain::presence::LastScan;
use domain::scan::{Decision, Direction};

/// All cases, in the order of the file.
pub(super) fn all() -> Vec<Case> {
    [
        cards(),
        phones(),
        venues(),
        no_cards(),
        repetitions(),
        turns(),
        confirmations(),
        turned_away(),
        permits(),
    ]
    .concat()
}

fn good(name: &'static str) -> Case {
    Case {
        name,
        presented: card(-1_000_000, 1_000_000),
        asked: Asked::In,
        confirms: None,
        turned_away: false,
        hours: OpeningHours::ALWAYS,
        closed: None,
        suspended: None,
        listed: Listed::Active,
        age: 60,
        presence: None,
        referred: false,
        permit_from: None,
    }
}

fn card(issued: i64, expires: i64) -> Presented {
    Presented::Card {
        id: CardId([1; 10]),
        issued: t(issued),
        expires: t(expires),
        phone: None,
    }
}

/// What a phone showed in the half minute so many steps after noon's.
fn phone(steps: i64, expires: i64) -> Presented {
    Presented::Card {
        id: CardId([1; 10]),
        issued: t(-1_000_000),
        expires: t(expires),
        phone: Some(PhoneCode {
            key: PhoneKeyHash([2; 32]),
            step: (PhoneCode::step_at(t(0)) + steps) as u32,
        }),
    }
}

fn with(name: &'static str, change: impl FnOnce(&mut Case)) -> Case {
    let mut case = good(name);
    change(&mut case);
    case
}

/// A reading so many seconds before noon.
fn before(
    seconds: i64,
    since: Option<i64>,
    (direction, decision): (Direction, Decision),
    reasons: Reasons,
) -> Option<Presence> {
    Some(Presence {
        since: since.map(t),
        companions: 0,
        last: LastScan {
            id: id(-seconds),
            direction,
            decision,
            reasons,
        },
    })
}

fn cards() -> Vec<Case> {
    use Listed::{Ask, Invalid, Unknown};
    vec![
        good("a good card goes in"),
        with("a good card goes out", |case| case.asked = Asked::Out),
        with("auto begins with in", |case| case.asked = Asked::Auto),
        with("a revoked card is refused", |case| case.listed = Invalid),
        with("a revoked card goes out", |case| {
            (case.listed, case.asked) = (Invalid, Asked::Out);
        }),
        with("ask means somebody looks", |case| case.listed = Ask),
        with("beyond the list somebody looks", |case| {
            case.listed = Unknown;
        }),
        with("beyond the list, out", |case| {
            (case.listed, case.asked) = (Unknown, Asked::Out);
        }),
        with("lists of exactly a day still admit", |case| case.age = DAY),
        with("older lists admit nobody alone", |case| case.age = DAY + 1),
        with("older lists, out", |case| {
            (case.age, case.asked) = (DAY + 1, Asked::Out);
        }),
        with("older lists still refuse", |case| {
            (case.age, case.listed) = (3 * DAY, Invalid);
        }),
        with("older lists and ask give both reasons", |case| {
            (case.age, case.listed) = (3 * DAY, Ask);
        }),
        with("expires at this instant", |case| {
            case.presented = card(-1000, 0);
        }),
        with("expires a second later", |case| {
            case.presented = card(-1000, 1);
        }),
        with("expired and revoked", |case| {
            (case.presented, case.listed) = (card(-1000, -1), Invalid);
        }),
        with("expired goes out", |case| {
            (case.presented, case.asked) = (card(-1000, -1), Asked::Out);
        }),
        with("made five minutes ahead", |case| {
            case.presented = card(300, 1_000_000);
        }),
        with("made later than that", |case| {
            case.presented = card(301, 1_000_000);
        }),
    ]
}

fn phones() -> Vec<Case> {
    let shown = |name, steps| with(name, |case| case.presented = phone(steps, 1000));
    vec![
        shown("a phone shows its code just now", 0),
        shown("a code of the half minute before", -1),
        shown("a code of the half minute after", 1),
        shown("a picture of a code is refused", -2),
        shown("a code of a clock that is ahead is refused", 2),
        with("an old code goes out", |case| {
            (case.presented, case.asked) = (phone(-100, 1000), Asked::Out);
        }),
        with("an old code whose credential has ended", |case| {
            case.presented = phone(-2, 0);
        }),
        with("an old code of a revoked card", |case| {
            (case.presented, case.listed) = (phone(-2, 1000), Listed::Invalid);
        }),
    ]
}

fn venues() -> Vec<Case> {
    vec![
        with("the venue has closed for good", |case| {
            case.closed = Some(t(0));
        }),
        with("the venue closes in a second", |case| {
            case.closed = Some(t(1));
        }),
        with("the venue is closed at this hour", |case| {
            case.hours = OpeningHours::parse("05:00-15:00").expect("hours");
        }),
        with("the venue opens at this minute", |case| {
            case.hours = OpeningHours::parse("15:00-02:00").expect("hours");
        }),
        with("an office suspended the venue", |case| {
            case.suspended = Some(t(0));
        }),
        with("an office suspends the venue a second later", |case| {
            case.suspended = Some(t(1));
        }),
        with("suspended, and closed at this hour", |case| {
            (case.suspended, case.closed) = (Some(t(-9)), Some(t(-9)));
        }),
        with("suspended, out", |case| {
            (case.suspended, case.asked) = (Some(t(-9)), Asked::Out);
        }),
        with("closed, out", |case| {
            (case.closed, case.asked) = (Some(t(-9)), Asked::Out);
        }),
    ]
}

fn no_cards() -> Vec<Case> {
    let nothing = |name, reason, asked, age| {
        with(name, |case| {
            (case.presented, case.asked, case.age) = (Presented::Nothing(reason), asked, age);
        })
    };
    use Reason::{ForeignCode, Forged, UnknownKey, Unreadable};
    vec![
        nothing("unreadable", Unreadable, Asked::In, 60),
        nothing("unreadable, auto", Unreadable, Asked::Auto, 3 * DAY),
        nothing("another kind of code", ForeignCode, Asked::Out, 60),
        nothing("forged", Forged, Asked::In, 3 * DAY),
        nothing("an unknown key", UnknownKey, Asked::In, DAY),
        nothing(
            "an unknown key and older lists",
            UnknownKey,
            Asked::Auto,
            DAY + 1,
        ),
        nothing(
            "an unknown key and older lists, out",
            UnknownKey,
            Asked::Out,
            DAY + 1,
        ),
    ]
}

/// A card that was read here before.
fn seen(name: &'static str, asked: Asked, presence: Option<Presence>) -> Case {
    with(name, |case| (case.asked, case.presence) = (asked, presence))
}

fn doubt() -> Reasons {
    Reason::UnknownOffline.into()
}

fn repetitions() -> Vec<Case> {
    use Decision::Admit;
    use Direction::{In, Out};
    vec![
        seen(
            "again within the minute",
            Asked::In,
            before(59, Some(-59), (In, Admit), Reasons::NONE),
        ),
        seen(
            "again after a minute",
            Asked::In,
            before(60, Some(-60), (In, Admit), Reasons::NONE),
        ),
        seen(
            "auto within the minute is the same way",
            Asked::Auto,
            before(59, Some(-59), (In, Admit), Reasons::NONE),
        ),
        seen(
            "auto after a minute is the other way",
            Asked::Auto,
            before(60, Some(-60), (In, Admit), Reasons::NONE),
        ),
        seen(
            "auto after an exit is in",
            Asked::Auto,
            before(90, None, (Out, Admit), Reasons::NONE),
        ),
        seen(
            "auto after idling is in",
            Asked::Auto,
            before(43_300, Some(-43_201), (In, Admit), Reasons::NONE),
        ),
        seen(
            "auto before idling is out",
            Asked::Auto,
            before(43_300, Some(-43_200), (In, Admit), Reasons::NONE),
        ),
    ]
}

fn turns() -> Vec<Case> {
    use Decision::{Admit, Refer, Refuse};
    use Direction::In;
    let ask = |mut case: Case| {
        case.listed = Listed::Ask;
        case
    };
    vec![
        seen(
            "the other way at once mends it",
            Asked::Out,
            before(5, Some(-5), (In, Admit), Reasons::NONE),
        ),
        seen(
            "a reading later than this one",
            Asked::Out,
            before(-5, Some(5), (In, Admit), Reasons::NONE),
        ),
        ask(seen(
            "a referral again",
            Asked::In,
            before(5, None, (In, Refer), doubt()),
        )),
        seen(
            "referred, and lists came that admit",
            Asked::In,
            before(5, None, (In, Refer), doubt()),
        ),
        with("admitted, and lists came that refuse", |case| {
            case.presence = before(5, Some(-5), (In, Admit), Reasons::NONE);
            case.listed = Listed::Invalid;
        }),
        seen(
            "refused, and lists came that admit",
            Asked::In,
            before(5, None, (In, Refuse), Reason::Revoked.into()),
        ),
    ]
}

fn confirmations() -> Vec<Case> {
    use Decision::{Admit, Refer};
    use Direction::In;
    let confirming = |name, named: i64, presence, referred| {
        with(name, |case| {
            (case.presence, case.referred) = (presence, referred);
            (case.listed, case.confirms) = (Listed::Ask, Some(id(-named)));
        })
    };
    vec![
        confirming(
            "a referral confirmed",
            5,
            before(5, None, (In, Refer), doubt()),
            true,
        ),
        confirming(
            "a referral that was none",
            5,
            before(5, None, (In, Refer), doubt()),
            false,
        ),
        confirming(
            "a referral too long ago",
            601,
            before(601, None, (In, Refer), doubt()),
            true,
        ),
        confirming(
            "what was admitted needs no confirmation",
            5,
            before(5, Some(-5), (In, Admit), Reasons::NONE),
            true,
        ),
        confirming(
            "a referral from before the last",
            9,
            before(5, None, (In, Refer), doubt()),
            true,
        ),
    ]
}

fn turned_away() -> Vec<Case> {
    use Decision::{Admit, Refer};
    use Direction::In;
    let away = |name, presence, change: fn(&mut Case)| {
        with(name, |case| {
            (case.presence, case.referred) = (presence, true);
            (case.confirms, case.turned_away) = (Some(id(-5)), true);
            change(case);
        })
    };
    vec![
        away(
            "a referral turned away",
            before(5, None, (In, Refer), doubt()),
            |case| case.listed = Listed::Ask,
        ),
        away(
            "turned away by an attendant although the card is good",
            before(5, Some(-5), (In, Admit), Reasons::NONE),
            |_| (),
        ),
        away("turned away and revoked meanwhile", None, |case| {
            case.listed = Listed::Invalid;
        }),
        away("turned away with an unknown key", None, |case| {
            case.presented = Presented::Nothing(Reason::UnknownKey);
            case.age = DAY + 1;
        }),
    ]
}

fn permits() -> Vec<Case> {
    use Decision::Refer;
    use Direction::In;
    let from = |seconds| Some(t(seconds));
    let asked = |name, seconds| with(name, |case| case.permit_from = from(seconds));
    vec![
        asked("a permit is needed", -1),
        asked("a permit is needed from this instant on", 0),
        asked("a permit is needed later", 1),
        with("a permit is needed, and the way is out", |case| {
            case.permit_from = from(-1);
            case.asked = Asked::Out;
        }),
        with("a permit is needed, and the card is not good", |case| {
            case.permit_from = from(-1);
            case.listed = Listed::Invalid;
        }),
        with("a permit is needed, and the attendant has looked", |case| {
            case.permit_from = from(-1);
            case.presence = before(5, None, (In, Refer), Reason::PermitUnknown.into());
            case.confirms = Some(id(-5));
            case.referred = true;
        }),
    ]
}
