//! The attendant's scanner: a page for the camera, and the way in for its scans. The plain form
//! that does the same without a script is `scanner/by_hand.rs`.

pub(super) mod by_hand;

pub use by_hand::{confirm, typed};

use super::api::body;
use super::api::lines::{Line, Unread};
use super::api::scans::{ResultLine, admit, present};
use super::checkpoints::may_at;
use super::field_errors::FieldErrors;
use super::page::Page;
use super::path_id::PathId;
use super::permits::at_gate;
use super::problem::Problem;
use super::reply;
use super::scans::{decision_word, reason_words};
use super::signed_in::SignedInHolder;
use crate::AppState;
use crate::gates::{Gate, gate};
use askama::Template;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use by_hand::Held;
use domain::holder::mask;
use domain::ids::{CardId, CheckpointId, HolderId, ScanId};
use domain::role::{Authorized, HelpPerson, HelpScope, RecordScans, VenueScope, authorize};
use domain::scan::{Decision, Presented, Reason, Way};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use store::Tx;
use store::cards::Validity;
use store::checkpoints::Checkpoint;
use store::scans::ScanLine;
use store::venues::Venue;
use store::visitors::Visitor;

/// The most scans the page sends at once.
const MOST: usize = 100;
/// More letters and digits than this are no number that fingers slipped at: a card's has 20.
const SLIP: usize = 24;

/// Whoever may record at a gate.
pub(super) type Recorder = Authorized<RecordScans, VenueScope>;

/// The scan whose answer is shown without a script.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    scan: String,
    held: String,
    /// Not empty when the number of the paper is known under another name.
    other_name: String,
}

/// What somebody is referred for who has declared nothing that counts.
pub const UNDECLARED: [Reason; 2] = [Reason::DeclarationMissing, Reason::DeclarationExpired];

#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    line: ResultLine,
    initials: Option<String>,
    birth_year: Option<u16>,
    /// When the reading was that this one repeats.
    first_at: Option<String>,
    /// Where the attendant declares for the bearer of a card who has none that counts.
    declare: Option<String>,
}

#[derive(Serialize)]
struct ToldAll {
    results: Vec<Told>,
}

#[derive(Template)]
#[template(path = "scanner/show.html")]
struct ScannerPage {
    page: Page,
    place: String,
    attendant: String,
    id: String,
    scans_url: String,
    typed_url: String,
    answer: Option<AnswerView>,
    /// What was typed, when it is to be mended.
    typed: String,
    errors: FieldErrors,
}

/// What was typed and is not recorded, and the key of what is wrong with it.
struct Wrong<'a> {
    key: &'static str,
    typed: &'a str,
}

struct AnswerView {
    id: String,
    decision: &'static str,
    said: &'static str,
    who: String,
    reasons: String,
    time: String,
    direction: &'static str,
    /// What confirming it needs; empty when there is nothing to confirm.
    held: String,
    /// Whether the attendant may declare for the person: what is missing is a declaration.
    declares: bool,
    /// The person's identity papers, masked, to be compared with what is shown.
    papers: String,
    /// Whether the number of the paper is known under another name.
    other_name: bool,
    /// The permits that are asked for here, in words.
    permits: Vec<String>,
}

/// An open gate where this person may record.
pub(super) async fn open_gate(
    tx: &mut Tx,
    signed_in: &SignedInHolder,
    id: CheckpointId,
) -> Result<(Recorder, Venue, Checkpoint), Problem> {
    let found = may_at::<RecordScans>(tx, signed_in.holder, id).await?;
    if found.2.closed.is_some() {
        return Err(Problem::NotFound);
    }
    Ok(found)
}

/// The scanner.
pub async fn show(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    page(&app, &signed_in, id, shown, None).await
}

async fn page(
    app: &AppState,
    signed_in: &SignedInHolder,
    id: CheckpointId,
    shown: Shown,
    wrong: Option<Wrong<'_>>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue, gate) = open_gate(&mut tx, signed_in, id).await?;
    let page = signed_in.reader.page(app);
    let answer = answer(app, &mut tx, &who, &page, shown).await?;
    let status = match wrong {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let mut errors = FieldErrors::default();
    if let Some(wrong) = &wrong {
        errors.add("code", page.text(wrong.key));
    }
    let page = ScannerPage {
        place: format!("{}, {}", venue.details.name, gate.name),
        attendant: signed_in.reader.name.clone(),
        id: id.to_string(),
        scans_url: format!("/checkpoints/{id}/scans"),
        typed_url: format!("/checkpoints/{id}/typed"),
        answer,
        typed: wrong.map_or_else(String::new, |wrong| wrong.typed.to_owned()),
        errors,
        page,
    };
    reply::with(status, &page)
}

/// The answer to a scan of this gate, with what confirming it needs.
async fn answer(
    app: &AppState,
    tx: &mut Tx,
    who: &Recorder,
    page: &Page,
    shown: Shown,
) -> Result<Option<AnswerView>, Problem> {
    let Some(id) = ScanId::parse(&shown.scan) else {
        return Ok(None);
    };
    let Some(line) = tx.scan(who, id).await? else {
        return Ok(None);
    };
    let visitor = tx.scanned_visitors(who, &[id]).await?.remove(&id);
    let permits = tx.scanned_permits(who, &[id]).await?.remove(&id);
    let permits = permits.unwrap_or_default();
    let first = repeated(tx, who, &line).await?;
    let held = Held::of(app, &shown.held, id).filter(|_| line.decision == Decision::Refer);
    let person = held.as_ref().and_then(Held::person);
    let known = person.is_some() || held.as_ref().is_some_and(Held::is_card);
    let undeclared = UNDECLARED
        .into_iter()
        .any(|reason| line.reasons.has(reason));
    Ok(Some(AnswerView {
        papers: match person {
            Some(person) => papers(tx, who, page, person).await?,
            None => String::new(),
        },
        declares: undeclared && known,
        other_name: !shown.other_name.is_empty(),
        permits: permits
            .iter()
            .map(|one| at_gate::said(page.locale, one))
            .collect(),
        id: id.to_string(),
        decision: line.decision.as_str(),
        said: decision_word(page, line.decision, line.direction),
        who: visitor.as_ref().map_or_else(String::new, written),
        reasons: reason_words(page, &line.reasons),
        time: page.clock_seconds(first.unwrap_or(id).at()),
        direction: line.direction.as_str(),
        held: held.map_or_else(String::new, |_| shown.held),
    }))
}

/// The papers of somebody who was referred by one: `CCCD ******004417`.
async fn papers(
    tx: &mut Tx,
    who: &Recorder,
    page: &Page,
    holder: HolderId,
) -> Result<String, Problem> {
    let venue = who.scope().clone();
    let may = authorize::<HelpPerson, _>(who.actor(), HelpScope { venue, holder })?;
    let papers = tx.helped_identities(&may).await?;
    let papers = papers.iter().map(|(kind, number)| {
        let kind = page.text(&format!("identity.{kind}"));
        format!("{kind} {}", mask(number))
    });
    Ok(papers.collect::<Vec<_>>().join(", "))
}

/// The reading that a repetition within the minute repeats.
async fn repeated(tx: &mut Tx, who: &Recorder, line: &ScanLine) -> Result<Option<ScanId>, Problem> {
    let Some(person) = line
        .holder
        .filter(|_| line.reasons.has(Reason::AlreadyScanned))
    else {
        return Ok(None);
    };
    let first = tx.repeated_reading(who, person).await?;
    Ok(first.filter(|first| *first < line.id))
}

fn written(visitor: &Visitor) -> String {
    let year = visitor.birth_year.map(|year| format!(", {year}"));
    format!("{}{}", visitor.initials, year.unwrap_or_default())
}

/// Records what the camera read; the answers name nobody beyond initials and birth year.
pub async fn record(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    // A form of another site cannot send this kind without asking first.
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(Problem::Malformed(
            "the body must be application/json".to_owned(),
        ));
    }
    let text = body::text(&body)?;
    let sent = body::read(&text)?;
    let lines = &sent.lines;
    if lines.len() > MOST {
        return Err(Problem::TooLarge);
    }
    let gate = recorder(&app, &signed_in, id).await?;
    let presented = read(&app, &gate.who, lines, Way::Card).await?;
    if lines.iter().zip(&presented).any(|(line, presented)| {
        let line = line.as_ref().ok();
        line.is_some_and(|line| is_typed(line, Way::Card) && is_slip(&line.code, presented))
    }) {
        return Err(Problem::TypedWrong);
    }
    let cards = cards(lines, &presented, app.now());
    let results = admit(&app, &gate, sent, presented, Way::Card).await?;
    let ids: Vec<ScanId> = results
        .iter()
        .filter_map(|line| ScanId::parse(&line.id))
        .collect();
    let mut tx = app.store.read().await?;
    let visitors = tx.scanned_visitors(&gate.who, &ids).await?;
    let mut told = Vec::with_capacity(results.len());
    for (line, card) in results.into_iter().zip(cards) {
        let lacks = |reason| line.reasons.contains(reason);
        let undeclared = line.decision == Decision::Refer && UNDECLARED.iter().any(lacks);
        let card = card.filter(|_| undeclared);
        let id = ScanId::parse(&line.id);
        let visitor = id.and_then(|id| visitors.get(&id));
        let first = match id.filter(|_| line.reasons.contains(&Reason::AlreadyScanned)) {
            Some(id) => first_of(&mut tx, &gate.who, id).await?,
            None => None,
        };
        told.push(Told {
            initials: visitor.map(|visitor| visitor.initials.clone()),
            birth_year: visitor.and_then(|visitor| visitor.birth_year),
            first_at: first.map(|first| first.at().rfc3339()),
            declare: card.map(|card| {
                let (scan, held) = (&line.id, card.sealed(&app));
                format!(
                    "/checkpoints/{}/declaration?scan={scan}&held={held}",
                    gate.checkpoint
                )
            }),
            line,
        });
    }
    Ok(Json(ToldAll { results: told }).into_response())
}

/// What declaring for the bearer needs, of each line that a card was read in.
fn cards(
    lines: &[Result<Line<'_>, Unread>],
    presented: &[Presented],
    now: Timestamp,
) -> Vec<Option<Held>> {
    let held = |(line, presented): (&Result<Line<'_>, Unread>, &Presented)| {
        let line = line.as_ref().ok()?;
        let (way, number) = match is_typed(line, Way::Card) {
            true => (Way::Typed, CardId::parse_serial(&line.code).is_some()),
            false => (Way::Card, false),
        };
        let card = matches!(presented, Presented::Card { .. }) && !number;
        let scan = ScanId::parse(&line.id).filter(|_| card)?;
        let companions = line.companions.unwrap_or(0);
        let held = Held::card(scan, now, (&line.code, way, companions));
        held.stands(now).then_some(held)
    };
    lines.iter().zip(presented).map(held).collect()
}

async fn first_of(tx: &mut Tx, who: &Recorder, id: ScanId) -> Result<Option<ScanId>, Problem> {
    match tx.scan(who, id).await? {
        Some(line) => repeated(tx, who, &line).await,
        None => Ok(None),
    }
}

/// Reads codes, and numbers of cards that were typed because a square cannot be scanned. What a
/// camera reads is never taken for a number: anybody can draw a square of one.
pub async fn read(
    app: &AppState,
    who: &Recorder,
    lines: &[Result<Line<'_>, Unread>],
    way: Way,
) -> Result<Vec<Presented>, Problem> {
    let mut presented = present(app, lines).await?;
    let number = |line: &Result<Line<'_>, Unread>, presented: &Presented| {
        let line = line.as_ref().ok()?;
        let typed = is_typed(line, way);
        let read = !matches!(presented, Presented::Nothing(_));
        (typed && !read).then(|| CardId::parse_serial(&line.code))?
    };
    let numbers: Vec<(usize, CardId)> = lines
        .iter()
        .zip(&presented)
        .enumerate()
        .filter_map(|(at, (line, presented))| Some((at, number(line, presented)?)))
        .collect();
    if numbers.is_empty() {
        return Ok(presented);
    }
    let mut tx = app.store.read().await?;
    for (at, id) in numbers {
        presented[at] = match tx.typed_card(who, id).await? {
            Some(Validity { issued, expires }) => Presented::Card {
                id,
                issued,
                expires,
                phone: None,
            },
            None => Presented::Nothing(Reason::Unreadable),
        };
    }
    Ok(presented)
}

fn is_typed(line: &Line<'_>, way: Way) -> bool {
    line.way.as_deref().unwrap_or(way.as_str()) == Way::Typed.as_str()
}

/// Whether something typed is a slip of the fingers: neither a card's number nor any code, and too
/// short for one that a scanner typed. Nobody showed it, so it is mended and not recorded.
fn is_slip(code: &str, presented: &Presented) -> bool {
    let signs = code.chars().filter(|sign| sign.is_alphanumeric()).count();
    matches!(presented, Presented::Nothing(Reason::Unreadable)) && signs <= SLIP
}

/// The gate of somebody who may record there.
pub(super) async fn recorder(
    app: &AppState,
    signed_in: &SignedInHolder,
    id: CheckpointId,
) -> Result<Gate, Problem> {
    let mut tx = app.store.read().await?;
    let (who, _, _) = open_gate(&mut tx, signed_in, id).await?;
    Ok(gate(who, &mut tx, None, id).await?)
}
