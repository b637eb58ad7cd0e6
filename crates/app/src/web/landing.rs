//! The page a poster leads to: one tap records VÀO or RA. Opening it records nothing.
//!
//! Whoever is not signed in gives name and phone once and becomes an unverified person tied to
//! this browser, never joined to anybody known until a code proves the phone.

use super::field_errors::FieldErrors;
use super::page::Page;
use super::problem::Problem;
use super::scans::reason_words;
use super::signed_in::{self, Reader};
use super::venues::{html, place};
use crate::AppState;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use codes::VenueCode;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{HolderId, ScanId};
use domain::phone::Phone;
use domain::role::Actor;
use domain::scan::{Answer, Asked, Decision, Direction, Presented, Reason, Scan, Way};
use domain::time::Timestamp;
use domain::unit::UnitPath;
use serde::Deserialize;
use std::time::Duration;
use store::admissions::Lane;
use store::checkpoints::Checkpoint;
use store::holders::{Holder, NewHolder};
use store::rates::Limit;
use store::scans::ScanLine;
use store::venues::Venue;
use store::{Constraint, Error, Tx};

const BROWSER: &str = "vaora_browser";
/// How long a browser keeps its unverified person.
const BROWSER_LIFE: Duration = Duration::from_secs(90 * 86_400);
/// A form's id is the time of the tap as long as the page is no older than this.
const FORM_LIFE: Duration = Duration::from_secs(600);
const WINDOW: Duration = Duration::from_secs(600);
/// Taps at one venue: more than any gate sees on foot.
const PER_VENUE: Limit = limit("poster venue", 3000);
/// Taps from one address. Mobile networks put many phones behind one.
const PER_ADDRESS: Limit = limit("poster address", 600);
/// New unverified people from one address.
const NEW_PER_ADDRESS: Limit = limit("poster new", 60);
/// New unverified people at one venue.
const NEW_PER_VENUE: Limit = limit("poster new venue", 600);
const MOST_COMPANIONS: u8 = 20;

const fn limit(kind: &'static str, most: i32) -> Limit {
    Limit {
        kind,
        most,
        window: WINDOW,
    }
}

/// What was tapped.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TapForm {
    id: String,
    direction: String,
    companions: String,
    person: String,
    phone: String,
}

/// The scan whose answer is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    scan: String,
}

#[derive(Template)]
#[template(path = "landing/show.html")]
struct LandingPage {
    page: Page,
    code: String,
    venue: String,
    gate: String,
    place: String,
    /// Why nobody may enter here any more; empty while people may.
    closed: String,
    who: Option<WhoView>,
    id: String,
    fields: TapForm,
    companions: u8,
    erased: String,
    answer: Option<AnswerView>,
    errors: FieldErrors,
}

struct WhoView {
    name: String,
    phone: String,
    verified: bool,
}

struct AnswerView {
    decision: &'static str,
    said: String,
    notes: Vec<String>,
    declare: bool,
}

struct Place {
    code: VenueCode,
    gate: Checkpoint,
    venue: Venue,
}

/// The gate a code names; none when the code is wrong or nobody's.
async fn find(tx: &mut Tx, text: &str) -> Result<Option<Place>, Problem> {
    let Some(code) = VenueCode::parse(text) else {
        return Ok(None);
    };
    let Some(gate) = tx.checkpoint_by_code(code.as_str()).await? else {
        return Ok(None);
    };
    let venue = tx.venue(gate.venue).await?;
    Ok(venue.map(|venue| Place { code, gate, venue }))
}

/// Who holds this browser: a proven person, else the unverified one tied to it.
async fn who(tx: &mut Tx, reader: &Reader, browser: Option<&str>) -> Result<Option<Holder>, Error> {
    match (&reader.actor, browser) {
        (Some(Actor::Holder(id)), _) => tx.holder(*id).await,
        (_, Some(browser)) => tx.holder_by_browser(browser).await,
        _ => Ok(None),
    }
}

/// The page behind a poster's square.
pub async fn show(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
    Path(code): Path<String>,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let Some(found) = find(&mut tx, &code).await? else {
        return ask(&app, &reader, &code);
    };
    let browser = signed_in::cookie(&headers, BROWSER);
    let known = who(&mut tx, &reader, browser.as_deref()).await?;
    let answer = match ScanId::parse(&shown.scan) {
        Some(id) => tx.scan(found.venue.id, id).await?,
        None => None,
    };
    drop(tx);
    let view = View {
        known,
        answer,
        ..View::default()
    };
    let page = page(&app, &reader, &found, view);
    let response = html(StatusCode::OK, &page)?;
    // Tapping twice before the first answer must not make two people of one browser.
    let fresh = browser
        .is_none()
        .then(|| browser_cookie(&app, &signed_in::new_token()));
    Ok((fresh.unwrap_or_default(), response).into_response())
}

fn browser_cookie(app: &AppState, token: &str) -> HeaderMap {
    signed_in::set_cookie(app, BROWSER, token, BROWSER_LIFE.as_secs())
}

#[derive(Default)]
struct View {
    known: Option<Holder>,
    answer: Option<ScanLine>,
    form: TapForm,
    errors: FieldErrors,
}

fn page(app: &AppState, reader: &Reader, found: &Place, view: View) -> LandingPage {
    let page = reader.page(app);
    let now = app.now();
    let closed = match (found.venue.closed, found.gate.closed) {
        (Some(_), _) => page.text("landing.venue_closed"),
        (None, Some(_)) => page.text("landing.gate_closed"),
        (None, None) => "",
    };
    let erased = app.retention().scans_erased(app.zone().day(now));
    LandingPage {
        code: found.code.to_string(),
        venue: found.venue.details.name.clone(),
        gate: found.gate.name.clone(),
        place: place(app, &found.venue.details),
        closed: closed.to_owned(),
        who: view.known.map(|holder| who_view(&holder)),
        id: store::new_id(now).to_string(),
        companions: view
            .form
            .companions
            .parse()
            .unwrap_or(0)
            .min(MOST_COMPANIONS),
        fields: view.form,
        erased: page.fill("landing.erased", [("date", erased.written().as_str())]),
        answer: view.answer.map(|line| answer_view(&page, &line)),
        errors: view.errors,
        page,
    }
}

fn who_view(holder: &Holder) -> WhoView {
    let phone = holder.details.phone.as_deref().and_then(Phone::parse);
    WhoView {
        name: holder.details.name.as_str().to_owned(),
        phone: phone.map_or_else(String::new, |phone| phone.masked()),
        verified: holder.verified,
    }
}

fn answer_view(page: &Page, line: &ScanLine) -> AnswerView {
    let time = page.clock(line.id.at());
    let passed = line.decision.passes(line.way);
    let key = match (passed, line.direction) {
        (true, Direction::In) => "land.done_in",
        (true, Direction::Out) => "land.done_out",
        (false, Direction::In) => "gate.not_in",
        (false, Direction::Out) => "gate.not_out",
    };
    let said = if passed {
        page.fill(key, [("time", time.as_str())])
    } else {
        page.text(key).to_owned()
    };
    let has = |reason| line.reasons.has(reason);
    let mut notes = Vec::new();
    if !line.reasons.is_empty() {
        notes.push(format!("{}.", reason_words(page, &line.reasons)));
    }
    if line.companions > 0 {
        notes.push(page.count("landing.with", line.companions));
    }
    if has(Reason::AlreadyScanned) {
        notes.push(page.text("landing.no_more").to_owned());
    }
    AnswerView {
        decision: if passed {
            Decision::Admit
        } else {
            line.decision
        }
        .as_str(),
        said,
        notes,
        declare: has(Reason::DeclarationMissing) || has(Reason::DeclarationExpired),
    }
}

/// Records one tap.
pub async fn record(
    State(app): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
    Path(code): Path<String>,
    Form(form): Form<TapForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let Some(found) = find(&mut tx, &code).await? else {
        return ask(&app, &reader, &code);
    };
    let browser = signed_in::cookie(&headers, BROWSER);
    let known = who(&mut tx, &reader, browser.as_deref()).await?;
    drop(tx);
    let mut errors = FieldErrors::default();
    let direction = Direction::parse(&form.direction);
    let entering_closed = direction == Some(Direction::In) && found.gate.closed.is_some();
    if direction.is_none() || entering_closed {
        errors.add("direction", reader.locale.text("landing.err_direction"));
    }
    let person = known
        .is_none()
        .then(|| newcomer(&reader, &form, &mut errors));
    let (Some(direction), true) = (direction, errors.is_empty()) else {
        let view = View {
            known,
            form,
            errors,
            ..View::default()
        };
        let page = page(&app, &reader, &found, view);
        return html(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let browser = browser.unwrap_or_else(signed_in::new_token);
    let newcomer = person.flatten();
    let cookie = newcomer.is_some().then(|| browser_cookie(&app, &browser));
    let holder = match (known, newcomer) {
        (Some(holder), _) => within(&app, &reader, &found).await.map(|()| holder.id)?,
        (None, Some(details)) => {
            within(&app, &reader, &found).await?;
            add(&app, &reader, &found, &details, &browser).await?
        }
        (None, None) => return Err(Problem::OutOfOrder),
    };
    let (id, answer) = admit(&app, &found, holder, &form, direction).await?;
    let written = |reason| !answer.reasons.has(reason);
    if ![
        Reason::Future,
        Reason::TooOld,
        Reason::WrongCheckpoint,
        Reason::IdReused,
        Reason::Malformed,
    ]
    .into_iter()
    .all(written)
    {
        return Err(Problem::Conflict);
    }
    let to = Redirect::to(&format!("/v/{}?scan={id}", found.code));
    Ok((cookie.unwrap_or_default(), to).into_response())
}

/// Name and phone of somebody new to this browser, or what is wrong with them.
fn newcomer(reader: &Reader, form: &TapForm, errors: &mut FieldErrors) -> Option<HolderDetails> {
    let (name, phone) = (PersonName::parse(&form.person), Phone::parse(&form.phone));
    if name.is_err() {
        errors.add("person", reader.locale.text("landing.err_person"));
    }
    if phone.is_none() {
        errors.add("phone", reader.locale.text("err.phone"));
    }
    Some(HolderDetails {
        name: name.ok()?,
        phone: Some(phone?.e164()),
        id_number: None,
        birth_year: None,
        gender: None,
    })
}

/// Counts a tap against the limits of its venue and address.
async fn within(app: &AppState, reader: &Reader, found: &Place) -> Result<(), Problem> {
    let (now, venue) = (app.now(), found.venue.id.to_string());
    let mut tx = app.store.write().await?;
    let good = tx.within(PER_ADDRESS, &reader.address, now).await?
        && tx.within(PER_VENUE, &venue, now).await?;
    tx.commit().await?;
    if good { Ok(()) } else { Err(too_many()) }
}

fn too_many() -> Problem {
    Problem::TooMany(WINDOW.as_secs() as u32)
}

/// Adds an unverified person for this browser, within the limits.
async fn add(
    app: &AppState,
    reader: &Reader,
    found: &Place,
    details: &HolderDetails,
    browser: &str,
) -> Result<HolderId, Problem> {
    let (now, venue) = (app.now(), found.venue.id.to_string());
    let mut tx = app.store.write().await?;
    let good = tx.within(NEW_PER_ADDRESS, &reader.address, now).await?
        && tx.within(NEW_PER_VENUE, &venue, now).await?;
    if !good {
        tx.commit().await?;
        return Err(too_many());
    }
    let new = NewHolder {
        details,
        phone: None,
        browser: Some(browser),
        verified: false,
        unit: &UnitPath(Vec::new()),
    };
    match tx.add_holder(&new, now).await {
        Ok(id) => {
            tx.commit().await?;
            Ok(id)
        }
        // The same browser, a tap earlier.
        Err(Error::Conflict(Constraint::HolderBrowser)) => {
            drop(tx);
            let mut tx = app.store.read().await?;
            let holder = tx.holder_by_browser(browser).await?;
            holder.map(|holder| holder.id).ok_or(Problem::Conflict)
        }
        Err(error) => Err(error.into()),
    }
}

/// Admits the tap. The id of a page that was tapped before with other content is not used again.
async fn admit(
    app: &AppState,
    found: &Place,
    holder: HolderId,
    form: &TapForm,
    direction: Direction,
) -> Result<(ScanId, Answer), Problem> {
    let now = app.now();
    let companions = form.companions.trim().parse().unwrap_or(0);
    let mut scan = Scan {
        id: tapped(&form.id, now).unwrap_or_else(|| new_scan_id(now)),
        venue: found.venue.id,
        checkpoint: Some(found.gate.id),
        device: None,
        presented: Presented::Holder(holder),
        asked: match direction {
            Direction::In => Asked::In,
            Direction::Out => Asked::Out,
        },
        way: Way::Poster,
        companions: std::cmp::min(companions, MOST_COMPANIONS),
        confirms: None,
        code: format!("{} {holder}", found.code),
        skew: None,
    };
    let nothing = || Problem::Internal("a scan without an answer".to_owned());
    for _ in 0..2 {
        let answers = app
            .admissions
            .admit(vec![scan.clone()], Lane::Live, now)
            .await?;
        let answer = answers.into_iter().next().ok_or_else(nothing)?;
        if !answer.reasons.has(Reason::IdReused) {
            return Ok((scan.id, answer));
        }
        scan.id = new_scan_id(now);
    }
    Err(Problem::Conflict)
}

/// The id the page was made with, while it is young enough to be the time of the tap.
fn tapped(text: &str, now: Timestamp) -> Option<ScanId> {
    let id = ScanId::parse(text)?;
    let age = now.since(id.at());
    (0..FORM_LIFE.as_millis() as i64)
        .contains(&age)
        .then_some(id)
}

fn new_scan_id(now: Timestamp) -> ScanId {
    ScanId::from_parts(now, rand::random())
}

/// Lets somebody else use this browser.
pub async fn other_person(
    State(app): State<AppState>,
    reader: Reader,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let code = VenueCode::parse(&code).ok_or(Problem::NotFound)?;
    let mut headers = match reader.actor {
        Some(Actor::Holder(_)) => signed_in::end(&app, &reader).await?,
        _ => HeaderMap::new(),
    };
    for (name, value) in signed_in::set_cookie(&app, BROWSER, "", 0) {
        if let Some(name) = name {
            headers.append(name, value);
        }
    }
    Ok((headers, Redirect::to(&format!("/v/{code}"))).into_response())
}

#[derive(Template)]
#[template(path = "landing/code.html")]
struct CodePage {
    page: Page,
    typed: String,
    errors: FieldErrors,
}

/// A wrong code: says so, and lets it be mended.
fn ask(app: &AppState, reader: &Reader, typed: &str) -> Result<Response, Problem> {
    let mut errors = FieldErrors::default();
    errors.add("code", reader.locale.text("landing.err_code"));
    let page = CodePage {
        page: reader.page(app),
        typed: typed.chars().take(20).collect(),
        errors,
    };
    html(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
