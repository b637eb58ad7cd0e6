//! Every answer of the offline rule stands in `testdata/offline.json`, which `gate/rule.js` reads too.

mod cases;

use domain::admission::offline::{Facts, Listed, rule};
use domain::ids::{ScanId, VenueId};
use domain::presence::Presence;
use domain::scan::{Asked, Presented, Reason, Reasons, Remarks, Scan, Way};
use domain::time::{Timestamp, Zone};
use domain::venue::{OpeningHours, VenueRules};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const FILE: &str = include_str!("../../testdata/offline.json");
const NOON: i64 = 1_800_000_000; // 2027-01-15 15:00 in Việt Nam
const DAY: u64 = 86_400;

fn t(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOON + seconds)
}

fn id(seconds: i64) -> ScanId {
    ScanId::from_parts(t(seconds), [7; 10])
}

/// One case: what is shown at noon, and what is known.
#[derive(Clone)]
struct Case {
    name: &'static str,
    presented: Presented,
    asked: Asked,
    confirms: Option<ScanId>,
    turned_away: bool,
    hours: OpeningHours,
    closed: Option<Timestamp>,
    suspended: Option<Timestamp>,
    listed: Listed,
    age: u64,
    presence: Option<Presence>,
    referred: bool,
    permit_from: Option<Timestamp>,
}

fn scan(case: &Case) -> Scan {
    Scan {
        id: id(0),
        venue: VenueId(Uuid::nil()),
        checkpoint: None,
        device: None,
        presented: case.presented,
        asked: case.asked,
        way: Way::Device,
        companions: 0,
        shown: None,
        confirms: case.confirms,
        code: String::new(),
        remarks: Remarks {
            turned_away: case.turned_away,
            ..Remarks::default()
        },
    }
}

fn told(case: &Case) -> Value {
    let venue = VenueRules {
        hours: case.hours,
        closed: case.closed,
        suspended: case.suspended,
        idle: Duration::from_secs(12 * 3600),
        zone: Zone::VIETNAM,
    };
    let scan = scan(case);
    let facts = Facts {
        venue: &venue,
        listed: case.listed,
        age: Duration::from_secs(case.age),
        presence: case.presence.as_ref(),
        referred: case.referred,
        permit_from: case.permit_from,
    };
    let ruling = rule(&scan, &facts);
    let (card, reason) = match case.presented {
        Presented::Card {
            issued,
            expires,
            phone,
            ..
        } => (
            json!({
                "issued": issued.millis(), "expires": expires.millis(),
                "step": phone.map(|code| code.step),
            }),
            Value::Null,
        ),
        Presented::Nothing(reason) => (Value::Null, json!(reason)),
        Presented::Holder(_) => unreachable!("nobody is known without a card"),
    };
    let (from, until) = case.hours.ends();
    json!({
        "name": case.name,
        "scan": shown(case, (card, reason)),
        "facts": {
            "venue": {
                "opens": if case.hours.always() { Value::Null } else { json!([from, until]) },
                "closed": case.closed.map(Timestamp::millis),
                "suspended": case.suspended.map(Timestamp::millis), "idle_s": venue.idle.as_secs(),
                "zone_minutes": venue.zone.minutes_east(),
                "permit_from": case.permit_from.map(Timestamp::millis),
            },
            "listed": word(case.listed),
            "age": case.age * 1000,
            "presence": stands(case.presence.as_ref()),
            "referred": case.referred,
        },
        "answer": {
            "decision": ruling.answer.decision, "direction": ruling.answer.direction,
            "reasons": slugs(&ruling.answer.reasons),
        },
        "presence": stands(ruling.presence.as_ref()),
    })
}

/// A scan as it was shown; what says nothing is left out.
fn shown(case: &Case, (card, reason): (Value, Value)) -> Value {
    let mut scan = json!({
        "id": id(0).to_string(), "card": card, "reason": reason, "asked": case.asked,
        "confirms": case.confirms.map(|id| id.to_string()),
    });
    if case.turned_away {
        scan["turned_away"] = json!(true);
    }
    scan
}

const fn word(listed: Listed) -> &'static str {
    match listed {
        Listed::Active => "active",
        Listed::Invalid => "invalid",
        Listed::Ask => "ask",
        Listed::Unknown => "unknown",
    }
}

fn stands(presence: Option<&Presence>) -> Value {
    presence.map_or(Value::Null, |presence| {
        let last = &presence.last;
        json!({
            "since": presence.since.map(Timestamp::millis),
            "last": {
                "id": last.id.to_string(), "direction": last.direction, "decision": last.decision,
                "reasons": slugs(&last.reasons),
            },
        })
    })
}

fn slugs(reasons: &Reasons) -> Vec<&'static str> {
    reasons.iter().map(Reason::as_str).collect()
}

fn file() -> Value {
    let cases = cases::all();
    json!({
        "about": "What a gate without a network answers. Times are milliseconds; a presence of null leaves it as it was.",
        "cases": cases.iter().map(told).collect::<Vec<_>>(),
    })
}

#[test]
fn the_answers_are_those_of_the_file() {
    let (kept, now) = (serde_json::from_str::<Value>(FILE).unwrap(), file());
    for (kept, now) in kept["cases"]
        .as_array()
        .unwrap()
        .iter()
        .zip(now["cases"].as_array().unwrap())
    {
        assert_eq!(kept, now);
    }
    assert_eq!(kept, now);
}

/// `cargo test -p domain --test it -- --ignored write_the_offline_answers`, after a change of the rule.
#[test]
#[ignore = "writes testdata"]
fn write_the_offline_answers() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/offline.json");
    let text = serde_json::to_string_pretty(&file()).unwrap();
    std::fs::write(path, text + "\n").unwrap();
}

#[test]
fn ignorance_never_admits() {
    let answers = file();
    for case in answers["cases"].as_array().unwrap() {
        let (facts, answer) = (&case["facts"], &case["answer"]);
        let demands = facts["venue"]["permit_from"].as_i64();
        let permit = demands.is_some_and(|from| from <= NOON * 1000);
        let unsure =
            permit || facts["listed"] != "active" || facts["age"].as_u64().unwrap() > DAY * 1000;
        let confirms = !case["scan"]["confirms"].is_null();
        let again = !facts["presence"].is_null();
        if unsure && !confirms && !again && answer["direction"] == "in" {
            assert_ne!(answer["decision"], "admit", "{}", case["name"]);
        }
    }
}
