//! The page a poster leads to: one tap records VÀO or RA. Opening it records nothing.
//!
//! Whoever is not signed in gives name and phone once and becomes an unverified person tied to
//! this browser, never joined to anybody known until a code proves the phone.

mod ended;
mod tap;

pub use tap::{other_person, record};

use super::field_errors::FieldErrors;
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::scans::reason_words;
use super::signed_in::{self, BROWSER_COOKIE, Reader};
use super::venues::place;
use crate::AppState;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use codes::VenueCode;
use domain::ids::ScanId;
use domain::phone::Phone;
use domain::role::{Actor, Authorized, HolderScope, UseOwnData, authorize};
use domain::scan::{Decision, Direction, Reason};
use serde::Deserialize;
use std::time::Duration;
use store::Tx;
use store::checkpoints::Checkpoint;
use store::holders::Holder;
use store::scans::ScanLine;
use store::venues::Venue;

/// How long a browser keeps its unverified person.
const BROWSER_LIFE: Duration = Duration::from_secs(90 * 86_400);

type Own = Authorized<UseOwnData, HolderScope>;

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
    companions: String,
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
    verify: bool,
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
async fn who(
    tx: &mut Tx,
    reader: &Reader,
    browser: Option<&str>,
) -> Result<Option<(Own, Holder)>, Problem> {
    let scope = match (&reader.actor, browser) {
        (Some(Actor::Holder(id)), _) => tx.holder_scope(*id).await?,
        (_, Some(browser)) => tx.holder_of_browser(browser).await?,
        _ => None,
    };
    let Some(scope) = scope else {
        return Ok(None);
    };
    let own: Own = authorize(&Actor::Holder(scope.holder), scope)?;
    let holder = tx.own_details(&own).await?;
    Ok(holder.map(|holder| (own, holder)))
}

/// The page behind a poster's square.
pub async fn show(
    State(app): State<AppState>,
    reader: Reader,
    method: Method,
    headers: HeaderMap,
    Path(code): Path<String>,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let Some(found) = find(&mut tx, &code).await? else {
        return ask(&app, &reader, &code);
    };
    if let Some(end) = ended::ended(&app, &mut tx, &found).await? {
        drop(tx);
        let read = method == Method::GET && !headers.contains_key("sec-purpose");
        return ended::page(&app, &reader, &found, (&end, read)).await;
    }
    let browser = signed_in::cookie(&headers, BROWSER_COOKIE);
    let known = who(&mut tx, &reader, browser.as_deref()).await?;
    let answer = match (&known, ScanId::parse(&shown.scan)) {
        (Some((own, _)), Some(id)) => tx.own_scan(own, found.venue.id, id).await?,
        _ => None,
    };
    drop(tx);
    let view = View {
        known: known.map(|(_, holder)| holder),
        answer,
        ..View::default()
    };
    let page = page(&app, &reader, &found, view);
    let response = reply::page(&page)?;
    // Tapping twice before the first answer must not make two people of one browser.
    let fresh = browser
        .is_none()
        .then(|| browser_cookie(&app, &signed_in::new_token()));
    Ok((fresh.unwrap_or_default(), response).into_response())
}

fn browser_cookie(app: &AppState, token: &str) -> HeaderMap {
    signed_in::set_cookie(app, BROWSER_COOKIE, token, BROWSER_LIFE.as_secs())
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
        _ if found.venue.suspended.is_some() => page.text("landing.venue_suspended"),
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
        companions: match view.form.companions.as_str() {
            "" => "0".to_owned(),
            typed => typed.to_owned(),
        },
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
    if line.decision == Decision::Refer {
        notes.push(page.text("land.show").to_owned());
    }
    if line.companions > 0 {
        notes.push(page.count("landing.with", line.companions));
    }
    if has(Reason::AlreadyScanned) {
        notes.push(page.text("landing.no_more").to_owned());
    }
    AnswerView {
        decision: line.decision.as_str(),
        said,
        notes,
        declare: has(Reason::DeclarationMissing) || has(Reason::DeclarationExpired),
        verify: has(Reason::UnverifiedIdentity),
    }
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
    reply::mend(&page)
}
