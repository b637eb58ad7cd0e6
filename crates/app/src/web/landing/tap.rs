//! Recording a tap: who it is, within which limits, once.

use super::{Own, Place, TapForm, View, ask, browser_cookie, ended, find, page, who};
use crate::AppState;
use crate::web::api::lines::MOST_COMPANIONS;
use crate::web::field_errors::FieldErrors;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::{self, BROWSER_COOKIE, Reader};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use codes::VenueCode;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{HolderId, ScanId};
use domain::phone::Phone;
use domain::role::{Actor, PosterScope, RecordScans, authorize};
use domain::scan::{Answer, Asked, Direction, Presented, Reason, Scan, Way};
use domain::time::Timestamp;
use domain::unit::UnitPath;
use std::time::Duration;
use store::admissions::Lane;
use store::holders::NewHolder;
use store::rates::Limit;
use store::{Constraint, Error};

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
const fn limit(kind: &'static str, most: i32) -> Limit {
    Limit {
        kind,
        most,
        window: WINDOW,
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
    if let Some(end) = ended::ended(&app, &mut tx, &found).await? {
        drop(tx);
        return ended::page(&app, &reader, &found, (&end, true)).await;
    }
    let browser = signed_in::cookie(&headers, BROWSER_COOKIE);
    let known = who(&mut tx, &reader, browser.as_deref()).await?;
    drop(tx);
    let mut errors = FieldErrors::default();
    let passing = passing(&reader, &found, &form, &mut errors);
    let person = known
        .is_none()
        .then(|| newcomer(&reader, &form, &mut errors));
    let (Some((direction, companions)), true) = (passing, errors.is_empty()) else {
        let view = View {
            known: known.map(|(_, holder)| holder),
            form,
            errors,
            ..View::default()
        };
        let page = page(&app, &reader, &found, view);
        return reply::mend(&page);
    };
    let browser = browser.unwrap_or_else(signed_in::new_token);
    let newcomer = person.flatten();
    let cookie = newcomer.is_some().then(|| browser_cookie(&app, &browser));
    let holder = match (known, newcomer) {
        (Some((own, holder)), _) => {
            within(&app, &reader, &found, Some(&own)).await?;
            holder.id
        }
        (None, Some(details)) => {
            within(&app, &reader, &found, None).await?;
            add(&app, &reader, &found, &details, &browser).await?
        }
        (None, None) => return Err(Problem::OutOfOrder),
    };
    let tap = (tapped(&form.id, app.now()), direction, companions);
    let (id, answer) = admit(&app, &found, holder, tap).await?;
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
        return Err(Problem::NotRecorded);
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
    Some(HolderDetails::named(name.ok()?, Some(&phone?)))
}

/// Which way, and how many come along, or what is wrong with that.
fn passing(
    reader: &Reader,
    found: &Place,
    form: &TapForm,
    errors: &mut FieldErrors,
) -> Option<(Direction, u8)> {
    let direction = Direction::parse(&form.direction);
    let entering_closed = direction == Some(Direction::In) && found.gate.closed.is_some();
    if direction.is_none() {
        errors.add("direction", reader.locale.text("landing.err_direction"));
    } else if entering_closed {
        errors.add("direction", reader.locale.text("landing.err_closed"));
    }
    let companions = companions(&form.companions);
    if companions.is_none() {
        errors.add("companions", reader.locale.text("landing.err_companions"));
    }
    direction.zip(companions)
}

/// How many come along: none when nothing is said.
fn companions(typed: &str) -> Option<u8> {
    match typed.trim() {
        "" => Some(0),
        typed => typed.parse().ok().filter(|n| *n <= MOST_COMPANIONS),
    }
}

/// Counts a tap against the limits of its venue and address, and notes that who is known here
/// was there on this day.
async fn within(
    app: &AppState,
    reader: &Reader,
    found: &Place,
    known: Option<&Own>,
) -> Result<(), Problem> {
    let (now, venue) = (app.now(), found.venue.id.to_string());
    let mut tx = app.store.write().await?;
    let good = tx.within(PER_ADDRESS, &reader.address, now).await?
        && tx.within(PER_VENUE, &venue, now).await?;
    if let (true, Some(own)) = (good, known) {
        tx.tapped(own, now).await?;
    }
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
            let found = tx.holder_of_browser(browser).await?;
            found.map(|scope| scope.holder).ok_or(Problem::Conflict)
        }
        Err(error) => Err(error.into()),
    }
}

/// Admits the tap. The id of a page that was tapped before with other content is not used again.
async fn admit(
    app: &AppState,
    found: &Place,
    holder: HolderId,
    (id, direction, companions): (Option<ScanId>, Direction, u8),
) -> Result<(ScanId, Answer), Problem> {
    let now = app.now();
    let mut scan = Scan {
        id: id.unwrap_or_else(|| new_scan_id(now)),
        venue: found.venue.id,
        checkpoint: Some(found.gate.id),
        device: None,
        presented: Presented::Holder(holder),
        asked: match direction {
            Direction::In => Asked::In,
            Direction::Out => Asked::Out,
        },
        way: Way::Poster,
        companions,
        shown: None,
        confirms: None,
        code: format!("{} {holder}", found.code),
        remarks: domain::scan::Remarks::default(),
    };
    let poster = PosterScope {
        venue: scan.venue,
        holder,
    };
    let who = authorize::<RecordScans, _>(&Actor::Holder(holder), poster)?;
    let nothing = || Problem::Internal("a scan without an answer".to_owned());
    for _ in 0..2 {
        let answers = app
            .admissions
            .admit(&who, vec![scan.clone()], Lane::Live, now)
            .await?;
        let answer = answers.into_iter().next().ok_or_else(nothing)?;
        if !answer.reasons.has(Reason::IdReused) {
            return Ok((scan.id, answer));
        }
        scan.id = new_scan_id(now);
    }
    Err(Problem::NotRecorded)
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
    for (name, value) in signed_in::set_cookie(&app, BROWSER_COOKIE, "", 0) {
        if let Some(name) = name {
            headers.append(name, value);
        }
    }
    Ok((headers, Redirect::to(&format!("/v/{code}"))).into_response())
}
