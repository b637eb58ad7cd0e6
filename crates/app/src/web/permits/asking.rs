//! Permits that a venue's owners ask for, for their workers: the form, and what became of what was asked before.

use super::many::{parts, unread};
use super::terms::{Choices, Typed, check};
use super::{lines, words};
use crate::AppState;
use crate::web::asking::Done;
use crate::web::field_errors::FieldErrors;
use crate::web::imports::refused;
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInHolder;
use crate::web::venues::{self, Head, may};
use askama::Template;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::VenueId;
use domain::permit_request::{MOST_OPEN, MOST_WORKERS};
use domain::role::{ManageVenue, Purpose, ReadVenueBoard, UnitScope};
use std::time::Duration;
use store::permit_requests::{AskedPermits, PermitRequest, Worker};
use store::rates::Limit;

/// How often the owners of one venue ask a day: each list is work for an office.
const ASKED: Limit = Limit {
    kind: "permit requests",
    most: 10,
    window: Duration::from_secs(86_400),
};
const LATER: u32 = 3600;

#[derive(Template)]
#[template(path = "venues/permits.html")]
struct RequestsPage {
    page: Page,
    head: Head,
    open: bool,
    done: &'static str,
    requests: Vec<RequestView>,
}

struct RequestView {
    what: String,
    dates: String,
    asked: String,
    state: &'static str,
    reason: &'static str,
    /// Number, name, and what became of it; empty while nobody has answered.
    workers: Vec<(String, String, &'static str)>,
}

#[derive(Template)]
#[template(path = "venues/permits_new.html")]
struct FormPage {
    page: Page,
    head: Head,
    errors: FieldErrors,
    typed: Typed,
    choices: Choices,
    most: String,
}

/// What was asked for, the newest first.
pub async fn list(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<ReadVenueBoard>(&mut tx, signed_in.holder, id).await?;
    let page = venues::page(&app, &signed_in, id);
    let mut requests = Vec::new();
    for one in tx.own_permit_requests(&who).await? {
        requests.push(view(&app, &mut tx, &page, one).await?);
    }
    reply::page(&RequestsPage {
        head: Head::new(&app, page.locale, &venue),
        open: venue.closed.is_none(),
        done: done.said(&page, &[("sent", "permit_requests.sent")]),
        requests,
        page,
    })
}

async fn view(
    app: &AppState,
    tx: &mut store::Tx,
    page: &Page,
    one: PermitRequest,
) -> Result<RequestView, Problem> {
    let typed = Typed::of(one.asked.terms.into_iter().collect());
    // The terms were good on the day they were asked for.
    let permit = check(app, tx, (page, &typed), one.created).await?;
    let answers = one.granted.iter().map(Some).chain(std::iter::repeat(None));
    let workers = one.asked.workers.into_iter().zip(answers);
    let said = |granted: Option<&bool>| match granted {
        None => "",
        Some(true) => page.text("permit_requests.granted"),
        Some(false) => page.text("permit_requests.not_granted"),
    };
    let workers = workers.map(|(one, granted)| (one.number, one.name, said(granted)));
    Ok(RequestView {
        workers: workers.collect(),
        what: permit
            .as_ref()
            .map_or_else(|_| String::new(), |one| words::line(page.locale, one)),
        dates: permit.as_ref().map_or_else(|_| String::new(), words::dates),
        asked: page.moment(one.created),
        state: page.text(&format!("permit_requests.state_{}", one.state)),
        reason: match one.reason {
            domain::permit_request::PermitRefusal::None => "",
            reason => page.text(&format!("permit_requests.why_{reason}")),
        },
    })
}

/// The form, for this venue and a week from today on.
pub async fn form(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
) -> Result<Response, Problem> {
    let mut typed = Typed::empty(app.zone().day(app.now()));
    let mut tx = app.store.read().await?;
    let gates = tx.checkpoints(id).await?;
    if let Some(gate) = gates.into_iter().find(|gate| gate.closed.is_none()) {
        typed.set("place", "venue".to_owned());
        typed.set("venue", gate.code);
    }
    drop(tx);
    reply::page(&filled(&app, &signed_in, id, typed, FieldErrors::default()).await?)
}

async fn filled(
    app: &AppState,
    signed_in: &SignedInHolder,
    id: VenueId,
    typed: Typed,
    errors: FieldErrors,
) -> Result<FormPage, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let page = venues::page(app, signed_in, id);
    let path = who.scope().unit.clone();
    Ok(FormPage {
        head: Head::new(app, page.locale, &venue),
        choices: Choices::of(app, &page, &UnitScope { path }, &typed),
        most: page.number(MOST_WORKERS as i64),
        errors,
        typed,
        page,
    })
}

/// Asks the office. Whom the list names is not looked up: that is the office's to see.
pub async fn ask(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    sent: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let now = app.now();
    let room = room(&app, &signed_in, id).await?;
    let page = venues::page(&app, &signed_in, id);
    let Ok(sent) = sent else {
        let typed = Typed::empty(page.zone.day(now));
        return reply::mend(&filled(&app, &signed_in, id, typed, unread(&page)).await?);
    };
    let (fields, file) = parts(sent, room).await?;
    let typed = Typed::of(fields);
    let workers = match room {
        true => workers(&page, typed.get("lines").to_owned(), file).await,
        false => Err(page.text("permit_requests.err_open").to_owned()),
    };
    let mut tx = app.store.write().await?;
    let (who, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let checked = check(&app, &mut tx, (&page, &typed), now).await?;
    let mut errors = checked.err().unwrap_or_default();
    let workers = workers.unwrap_or_else(|wrong| {
        errors.add("lines", wrong);
        Vec::new()
    });
    if venue.closed.is_some() || tx.open_permit_requests_of(&who).await? >= MOST_OPEN {
        errors.add("lines", page.text("permit_requests.err_open"));
    }
    if !errors.is_empty() {
        tx.rollback().await?;
        return reply::mend(&filled(&app, &signed_in, id, typed, errors).await?);
    }
    if !tx.within(ASKED, &id.to_string(), now).await? {
        tx.commit().await?;
        return Err(Problem::TooMany(LATER));
    }
    let asked = AskedPermits {
        terms: typed.hidden().into_iter().collect(),
        workers,
    };
    tx.ask_permits(&who, &asked, now).await?;
    let (unit, deed) = (&who.scope().unit, Deed::PermitsAsked.to(id));
    tx.audit(&who, unit, now, Purpose::VenueBoard, deed, &[])
        .await?;
    tx.commit().await?;
    Ok(reply::see(&format!("/venues/{id}/permits?done=sent")))
}

/// Whether there is room for one more request: asked before anything that was sent is read.
async fn room(app: &AppState, signed_in: &SignedInHolder, id: VenueId) -> Result<bool, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    if venue.closed.is_some() || tx.open_permit_requests_of(&who).await? >= MOST_OPEN {
        return Ok(false);
    }
    match tx.spent(ASKED, &id.to_string(), app.now()).await? {
        true => Err(Problem::TooMany(LATER)),
        false => Ok(true),
    }
}

/// The workers that a text and a file name, or what is wrong with them, in words.
async fn workers(page: &Page, text: String, file: Vec<u8>) -> Result<Vec<Worker>, String> {
    // A reader that breaks over a file says that the file is broken.
    let read = tokio::task::spawn_blocking(move || lines::workers(&text, &file)).await;
    let read = read.unwrap_or(Err(crate::import::Refusal::Damaged));
    let all = read.map_err(|refusal| refused(page, refusal))?;
    let wrong = |key, n: usize| Err(page.fill(key, [("n", page.number(n).as_str())]));
    if all.is_empty() {
        return Err(page.text("permits.err_nobody").to_owned());
    }
    if all.len() > MOST_WORKERS {
        return wrong("permit_requests.err_most", MOST_WORKERS);
    }
    match all
        .iter()
        .position(|one| lines::read(&one.number).is_none())
    {
        Some(at) => wrong("permit_requests.err_line", at + 1),
        None => Ok(all),
    }
}
