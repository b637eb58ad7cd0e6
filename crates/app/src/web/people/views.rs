//! What a person's page says, in words: facts, cards with each of their steps, requests.

use crate::AppState;
use crate::web::page::Page;
use crate::web::problem::Problem;
use domain::birth::Birth;
use domain::card::{Card, CardState, StepReason};
use domain::declaration::Gender;
use domain::holder::{HolderDetails, mask};
use domain::phone::Phone;
use domain::request::{self, Asked, Change, RefusalReason, RequestState};
use domain::time::Timestamp;
use domain::working_day;
use store::Tx;
use store::cards::StepLine;
use store::holders::Holder;
use store::requests::Request;

/// Who the person is, as labels and values.
pub(super) struct Facts {
    pub(super) name: String,
    pub(super) lines: Vec<(&'static str, String)>,
}

/// A card and what was done to it.
pub(super) struct CardView {
    pub(super) serial: String,
    pub(super) kind: &'static str,
    pub(super) state: &'static str,
    pub(super) dates: String,
    pub(super) pdf: String,
    pub(super) steps: Vec<StepView>,
    /// Whether nothing but a merge put it out of use.
    pub(super) stilled: bool,
}

/// One step.
pub(super) struct StepView {
    pub(super) what: &'static str,
    pub(super) why: &'static str,
    pub(super) who: String,
    pub(super) at: String,
}

/// A request and how long it may still wait.
pub(in crate::web) struct RequestView {
    pub(in crate::web) href: String,
    pub(in crate::web) name: String,
    pub(in crate::web) kind: &'static str,
    pub(in crate::web) what: Vec<(&'static str, String, String)>,
    pub(in crate::web) asked: String,
    pub(in crate::web) left: String,
    pub(in crate::web) late: bool,
    /// Whether a page of its own is needed to answer it.
    pub(in crate::web) apart: bool,
    /// Whether papers must have been seen before it is done.
    pub(in crate::web) papers: bool,
    /// What was answered and when, in words; empty while it waits.
    pub(in crate::web) answered: String,
    pub(in crate::web) refusals: Vec<(String, String)>,
}

pub(super) fn unit_name(app: &AppState, page: &Page, one: &Holder) -> String {
    let unit = one.unit.0.last();
    unit.map_or_else(
        || page.text("desk.nowhere").to_owned(),
        |unit| app.units().full_name(unit),
    )
}

pub(in crate::web) fn genders(page: &Page) -> Vec<(&'static str, &'static str)> {
    let words = Gender::ALL.iter().map(|one| {
        let key = format!("desk.gender_{one}");
        (one.as_str(), page.text(&key))
    });
    words.collect()
}

pub(super) fn facts(app: &AppState, page: &Page, known: &Holder) -> Facts {
    let details = &known.details;
    let unknown = || page.text("office_cards.unknown").to_owned();
    let masked = |number: &Option<String>| number.as_deref().map(mask);
    let phone = details.phone.as_deref().and_then(Phone::parse);
    let line = |key: &str, value: Option<String>| (page.text(key), value.unwrap_or_else(unknown));
    let mut lines = vec![
        line("desk.birth", details.birth.map(Birth::written)),
        line("desk.gender", details.gender.map(|one| gender(page, one))),
        line("desk.id_number", masked(&details.id_number)),
        line("desk.phone", phone.map(|phone| phone.masked())),
        line("desk.commune", Some(unit_name(app, page, known))),
        line("desk.address", details.address.clone()),
    ];
    for (key, number) in [
        ("desk.old_number", &details.old_number),
        ("desk.insurance", &details.insurance),
    ] {
        if number.is_some() {
            lines.push(line(key, masked(number)));
        }
    }
    Facts {
        name: details.name.as_str().to_owned(),
        lines,
    }
}

fn gender(page: &Page, one: Gender) -> String {
    page.text(&format!("desk.gender_{one}")).to_owned()
}

pub(super) async fn card(
    app: &AppState,
    tx: &mut Tx,
    page: &Page,
    (card, steps): (&Card, &[StepLine]),
    now: Timestamp,
) -> Result<CardView, Problem> {
    let state = match !card.state.over() && now >= card.expires {
        true => "office_cards.state_expired".to_owned(),
        false => format!("office_cards.state_{}", card.state),
    };
    let (issued, expires) = (page.zone.day(card.issued), page.zone.day(card.expires));
    let (issued, expires) = (page.date(issued), page.date(expires));
    let mut views = Vec::with_capacity(steps.len());
    for one in steps {
        views.push(StepView {
            what: page.text(&format!("people.step_{}", one.step)),
            why: match one.reason {
                StepReason::None => "",
                reason => page.text(&format!("people.reason_{reason}")),
            },
            who: actor(app, tx, page, &one.actor).await?,
            at: page.moment(one.at),
        });
    }
    let printable = !card.state.over() && card.state != CardState::Requested;
    let pdf = format!("/office/cards/{}/card.pdf", card.id);
    Ok(CardView {
        serial: card.id.serial(),
        kind: page.text(&format!("office_cards.kind_{}", card.kind)),
        state: page.text(&state),
        dates: page.fill(
            "office_cards.dates",
            [("issued", issued.as_str()), ("expires", expires.as_str())],
        ),
        pdf: if printable { pdf } else { String::new() },
        stilled: card.state == CardState::Suspended
            && (steps.last()).is_some_and(|last| last.reason == StepReason::Merged),
        steps: views,
    })
}

/// Who took a step: an office by role and unit, never an officer's name.
async fn actor(app: &AppState, tx: &mut Tx, page: &Page, text: &str) -> Result<String, Problem> {
    let key = match text.split_once(':') {
        Some(("holder", _)) => "audit.actor.holder",
        Some(("officer", id)) => {
            let office = match id.parse() {
                Ok(id) => tx.office_of(domain::ids::OfficerId(id)).await?,
                Err(_) => None,
            };
            if let Some((role, unit)) = office {
                let role = page.text(&format!("role.{role}"));
                let unit = unit.0.last().map(|code| app.units().full_name(code));
                let unit = unit.filter(|unit| !unit.is_empty());
                return Ok(unit.map_or_else(|| role.to_owned(), |unit| format!("{role}, {unit}")));
            }
            "audit.actor.officer"
        }
        _ => "audit.actor.system",
    };
    Ok(page.text(key).to_owned())
}

/// A request in words. `known` is who asked, where the page may say it.
pub(in crate::web) fn request(
    app: &AppState,
    page: &Page,
    one: &Request,
    known: Option<&Holder>,
    now: Timestamp,
) -> RequestView {
    let due = request::due(one.created, page.zone);
    let left = working_day::left(now, due, page.zone);
    let last = page.date(page.zone.day(due).plus(-1));
    let left_words = match left {
        None => page.fill("requests.overdue", [("date", last.as_str())]),
        Some(0) => page.text("requests.due_today").to_owned(),
        Some(days) => format!("{} ({last})", page.count("requests.days_left", days)),
    };
    let refusals = RefusalReason::of(one.asked.kind()).iter().map(|reason| {
        let key = format!("requests.why_{reason}");
        (reason.to_string(), page.text(&key).to_owned())
    });
    RequestView {
        href: format!("/office/requests/{}", one.id),
        name: known.map_or_else(String::new, |known| known.details.name.as_str().to_owned()),
        kind: page.text(&format!("requests.kind_{}", one.asked.kind())),
        what: what(app, page, &one.asked, known.map(|known| &known.details)),
        asked: page.moment(one.created),
        left: left_words,
        late: left.is_none(),
        apart: matches!(one.asked, Asked::Member { .. }),
        papers: matches!(&one.asked, Asked::Correction(change) if change.needs_papers()),
        answered: answered(page, one),
        refusals: refusals.collect(),
    }
}

/// What the office answered, and when; empty while nobody has.
fn answered(page: &Page, one: &Request) -> String {
    let time = one.answered.map(|at| page.moment(at)).unwrap_or_default();
    let values = [("time", time.as_str())];
    match one.state {
        RequestState::Open => String::new(),
        RequestState::Done => page.fill("requests.answered_done", values),
        RequestState::Refused => {
            let why = page.text(&format!("requests.why_{}", one.reason));
            let said = page.fill("requests.answered_refused", values);
            format!("{said} {why}.")
        }
    }
}

/// What is asked for: a label, what is known, what is wanted.
pub(in crate::web) fn what(
    app: &AppState,
    page: &Page,
    asked: &Asked,
    known: Option<&HolderDetails>,
) -> Vec<(&'static str, String, String)> {
    match asked {
        Asked::Card { kind, pickup } => {
            let kind = page.text(&format!("office_cards.kind_{kind}")).to_owned();
            let place = pickup.as_ref().map_or_else(
                || page.text("requests.own_commune").to_owned(),
                |code| app.units().full_name(code),
            );
            vec![
                (page.text("desk.kind"), String::new(), kind),
                (page.text("requests.pickup"), String::new(), place),
            ]
        }
        Asked::Correction(change) => changes(page, change, known),
        Asked::Member { details, relation } => {
            let relation = page.text(&format!("family.relation_{relation}"));
            let mut lines = vec![(
                page.text("requests.relation"),
                String::new(),
                relation.to_owned(),
            )];
            let change = Change {
                name: Some(details.name.clone()),
                birth: details.birth,
                gender: details.gender,
                id_number: details.id_number.clone(),
                address: None,
            };
            lines.extend(changes(page, &change, None));
            lines
        }
    }
}

fn changes(
    page: &Page,
    change: &Change,
    known: Option<&HolderDetails>,
) -> Vec<(&'static str, String, String)> {
    let was = |value: Option<String>| value.unwrap_or_default();
    let born = |birth: Option<Birth>| birth.map(Birth::written);
    let sex = |one: Option<Gender>| one.map(|one| gender(page, one));
    let masked = |number: &Option<String>| number.as_deref().map(mask);
    let rows = [
        (
            "desk.name",
            known.map(|known| known.name.as_str().to_owned()),
            change.name.as_ref().map(|name| name.as_str().to_owned()),
        ),
        (
            "desk.birth",
            known.and_then(|known| born(known.birth)),
            born(change.birth),
        ),
        (
            "desk.gender",
            known.and_then(|known| sex(known.gender)),
            sex(change.gender),
        ),
        (
            "desk.id_number",
            known.and_then(|known| masked(&known.id_number)),
            change.id_number.clone(),
        ),
        (
            "desk.address",
            known.and_then(|known| known.address.clone()),
            change.address.clone(),
        ),
    ];
    let wanted = rows.into_iter().filter_map(|(key, before, wanted)| {
        wanted.map(|wanted| (page.text(key), was(before), wanted))
    });
    wanted.collect()
}
