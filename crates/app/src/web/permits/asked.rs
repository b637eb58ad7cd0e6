//! Permits that owners of venues of the unit ask for, as its office sees and answers them.

use super::many::{LATER, may_look};
use super::terms::{Typed, check};
use super::{Issuer, issuer, lines, words};
use crate::AppState;
use crate::web::field_errors::FieldErrors;
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use domain::audit::Deed;
use domain::ids::{HolderId, PermitListId, PermitRequestId};
use domain::permit::Permit;
use domain::permit_request::PermitRefusal;
use domain::role::Purpose;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use store::Tx;
use store::audit::Subject;
use store::permit_requests::{PermitRequest, Worker};
use store::permits::{PermitFor, Wanted};

#[derive(Template)]
#[template(path = "permits/asked.html")]
struct AskedPage {
    page: Page,
    errors: FieldErrors,
    here: String,
    venue: String,
    asked: String,
    what: String,
    dates: String,
    place: String,
    /// Whether the terms can still be granted.
    good: bool,
    lines: Vec<LineView>,
    reasons: Vec<(&'static str, &'static str)>,
}

struct LineView {
    field: String,
    /// The person who is shown, sealed: what a tick stands for.
    shown: String,
    ticked: bool,
    number: String,
    name: String,
    /// Whom it names, by initials and year of birth; empty for nobody.
    who: String,
    why: &'static str,
}

/// Whom a line named when the list was shown. It goes to the page and back, so that a tick stands for that person, and not for
/// whomever the line may name by then.
#[derive(Serialize, Deserialize)]
struct Shown {
    request: PermitRequestId,
    line: usize,
    holder: HolderId,
}

const SHOWN: &str = "form.worker";

impl Shown {
    fn sealed(&self, app: &AppState) -> String {
        BASE64URL_NOPAD.encode(&app.store.keys().sealer().seal(SHOWN, self))
    }

    /// Whom a tick at a line stands for.
    fn of(
        app: &AppState,
        text: &str,
        (request, line): (PermitRequestId, usize),
    ) -> Option<HolderId> {
        let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let shown: Self = app.store.keys().sealer().open(SHOWN, &sealed).ok()?;
        (shown.request == request && shown.line == line).then_some(shown.holder)
    }
}

fn field(line: usize) -> String {
    format!("w{line}")
}

/// What was sent.
type Fields = HashMap<String, String>;

/// Whom a worker's number names, or the key of why it names nobody.
type Named = Result<(HolderId, String), &'static str>;

/// One request, with whom its lines name.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<PermitRequestId>,
) -> Result<Response, Problem> {
    reply::page(&view(&app, &officer, id, FieldErrors::default(), None).await?)
}

async fn view(
    app: &AppState,
    officer: &SignedInOfficer,
    id: PermitRequestId,
    errors: FieldErrors,
    ticks: Option<&Fields>,
) -> Result<AskedPage, Problem> {
    let (who, now) = (issuer(app, officer)?, app.now());
    let page = officer.reader.page(app);
    let mut tx = app.store.write().await?;
    let request = tx
        .permit_request(&who, id)
        .await?
        .ok_or(Problem::NotFound)?;
    let lines = request.asked.workers.len();
    if !may_look(&mut tx, officer, lines, now).await? {
        tx.commit().await?;
        return Err(Problem::TooMany(LATER));
    }
    let venue = tx.venue(request.venue).await?.ok_or(Problem::NotFound)?;
    let permit = terms(app, &mut tx, (&page, &request), now).await?;
    // Terms whose time has passed are still shown.
    let shown = match &permit {
        Some(permit) => Some(permit.clone()),
        None => terms(app, &mut tx, (&page, &request), request.created).await?,
    };
    let named = named(&mut tx, &who, &request.asked.workers).await?;
    let seen = named.iter().flatten().map(|one| Subject::Holder(one.0));
    let seen: Vec<Subject> = seen.collect();
    let (unit, deed) = (&who.scope().path, Deed::PermitList.to(id));
    tx.audit(&who, unit, now, Purpose::Administration, deed, &seen)
        .await?;
    let place = match &shown {
        Some(permit) => words::place(app, &mut tx, &page, &permit.place).await?,
        None => String::new(),
    };
    tx.commit().await?;
    Ok(AskedPage {
        here: format!("/office/permits/requests/{id}"),
        venue: venue.details.name,
        asked: page.moment(request.created),
        what: shown
            .as_ref()
            .map_or_else(String::new, |one| words::line(page.locale, one)),
        dates: shown.as_ref().map_or_else(String::new, words::dates),
        place,
        good: permit.is_some(),
        lines: lines_of(app, &page, (id, ticks), request.asked.workers, named),
        reasons: reasons(&page),
        errors,
        page,
    })
}

/// The lines; all are ticked at first, and afterwards those that still name whom they were ticked for.
fn lines_of(
    app: &AppState,
    page: &Page,
    (request, ticks): (PermitRequestId, Option<&Fields>),
    workers: Vec<Worker>,
    named: Vec<Named>,
) -> Vec<LineView> {
    let line = |(line, (worker, named)): (usize, (Worker, Named))| {
        let (who, why) = match &named {
            Ok((_, who)) => (who.clone(), ""),
            Err(key) => (String::new(), page.text(key)),
        };
        let holder = named.ok().map(|(holder, _)| holder);
        let ticked = |ticks: &Fields| {
            let tick = ticks.get(&field(line));
            tick.and_then(|text| Shown::of(app, text, (request, line))) == holder
        };
        let shown = holder.map(|holder| Shown {
            request,
            line,
            holder,
        });
        LineView {
            field: field(line),
            shown: shown.map_or_else(String::new, |one| one.sealed(app)),
            ticked: ticks.is_none_or(ticked),
            number: worker.number,
            name: worker.name,
            who,
            why,
        }
    };
    workers
        .into_iter()
        .zip(named)
        .enumerate()
        .map(line)
        .collect()
}

/// Why a request may be refused.
fn reasons(page: &Page) -> Vec<(&'static str, &'static str)> {
    let all = PermitRefusal::ALL.iter().copied();
    let all = all.filter(|one| *one != PermitRefusal::None);
    all.map(|one| {
        (
            one.as_str(),
            page.text(&format!("permit_requests.why_{one}")),
        )
    })
    .collect()
}

/// What is asked for, as far as it can be granted at an instant.
async fn terms(
    app: &AppState,
    tx: &mut Tx,
    (page, request): (&Page, &PermitRequest),
    at: Timestamp,
) -> Result<Option<Permit>, Problem> {
    let typed = request.asked.terms.clone().into_iter().collect();
    Ok(check(app, tx, (page, &Typed::of(typed)), at).await?.ok())
}

/// Whom the workers' numbers name, among the people of the unit. Somebody is named once.
async fn named(tx: &mut Tx, who: &Issuer, workers: &[Worker]) -> Result<Vec<Named>, Problem> {
    let read: Vec<Option<PermitFor>> = workers
        .iter()
        .map(|worker| lines::read(&worker.number))
        .collect();
    let wanted: Vec<PermitFor> = read.iter().flatten().cloned().collect();
    let mut found = tx.people_for_permits(who, &wanted).await?.into_iter();
    let mut seen = HashSet::new();
    let one = |read: Option<PermitFor>| match read.and_then(|_| found.next()) {
        None => Err("permits.line_unread"),
        Some(Wanted::Nobody) => Err("permits.line_nobody"),
        Some(Wanted::Several) => Err("permits.line_several"),
        Some(Wanted::One(holder)) if seen.insert(holder.id) => Ok((holder.id, words::who(&holder))),
        Some(Wanted::One(_)) => Err("permits.count_twice"),
    };
    Ok(read.into_iter().map(one).collect())
}

/// Grants permits to those who are ticked, or refuses it with a reason.
pub async fn answer(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<PermitRequestId>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let who = issuer(&app, &officer)?;
    let page = officer.reader.page(&app);
    let mut tx = app.store.write().await?;
    let request = tx
        .permit_request(&who, id)
        .await?
        .ok_or(Problem::NotFound)?;
    let grants = fields.get("answer").is_some_and(|answer| answer == "grant");
    let done = match grants {
        true => grant(&app, &page, &mut tx, (&who, &request), &fields).await?,
        false => refuse(&app, &mut tx, (&who, &request), &fields).await?,
    };
    match done {
        Ok(there) => {
            tx.commit().await?;
            Ok(reply::see(&there))
        }
        Err((field, key)) => {
            tx.rollback().await?;
            let mut errors = FieldErrors::default();
            errors.add(field, page.text(key));
            // Who refuses sends no ticks.
            let ticks = Some(&fields).filter(|_| grants);
            reply::mend(&view(&app, &officer, id, errors, ticks).await?)
        }
    }
}

/// Where an answer leads, or what is wrong with it: a field, and the key of what is said.
type Answered = Result<String, (&'static str, &'static str)>;

async fn refuse(
    app: &AppState,
    tx: &mut Tx,
    (who, request): (&Issuer, &PermitRequest),
    fields: &Fields,
) -> Result<Answered, Problem> {
    let reason = fields
        .get("reason")
        .and_then(|text| PermitRefusal::parse(text));
    let Some(reason) = reason.filter(|one| *one != PermitRefusal::None) else {
        return Ok(Err(("reason", "requests.err_reason")));
    };
    let now = app.now();
    let none = vec![false; request.asked.workers.len()];
    tx.answer_permit_request(who, request.id, (&none, None), reason, now)
        .await?;
    let (unit, deed) = (&who.scope().path, Deed::PermitsRefused.to(request.id));
    tx.audit(who, unit, now, Purpose::Administration, deed, &[])
        .await?;
    Ok(Ok("/office/permits?done=refused".to_owned()))
}

/// The people who are ticked; nothing when a line names somebody else by now than who was shown there.
fn chosen(
    app: &AppState,
    request: PermitRequestId,
    named: &[Named],
    fields: &Fields,
) -> Option<Vec<HolderId>> {
    let ticked = named
        .iter()
        .enumerate()
        .filter_map(|(line, one)| Some((line, one, fields.get(&field(line))?)));
    ticked
        .map(|(line, one, text)| {
            let shown = Shown::of(app, text, (request, line));
            let now = one.as_ref().ok().map(|(holder, _)| *holder);
            shown.filter(|_| shown == now)
        })
        .collect()
}

async fn grant(
    app: &AppState,
    page: &Page,
    tx: &mut Tx,
    (who, request): (&Issuer, &PermitRequest),
    fields: &Fields,
) -> Result<Answered, Problem> {
    let now = app.now();
    let Some(permit) = terms(app, tx, (page, request), now).await? else {
        return Ok(Err(("grant", "permit_requests.err_over")));
    };
    let named = named(tx, who, &request.asked.workers).await?;
    let Some(people) = chosen(app, request.id, &named, fields) else {
        return Ok(Err(("grant", "permit_requests.err_changed")));
    };
    if people.is_empty() {
        return Ok(Err(("grant", "permit_requests.err_none")));
    }
    let list = PermitListId(store::new_id(now));
    let issued = tx.issue_permits(who, list, &people, &permit, now).await?;
    let has = |one: &Named| matches!(one, Ok((holder, _)) if issued.to.contains(holder));
    let granted: Vec<bool> = named.iter().map(has).collect();
    let answered = (granted.as_slice(), Some(list));
    let none = PermitRefusal::None;
    // Somebody else answered meanwhile: nothing of this one is kept.
    if !tx
        .answer_permit_request(who, request.id, answered, none, now)
        .await?
    {
        return Err(Problem::NotFound);
    }
    let about: Vec<Subject> = issued.to.iter().copied().map(Subject::Holder).collect();
    let (unit, deed) = (&who.scope().path, Deed::PermitIssue.to(list));
    tx.audit(who, unit, now, Purpose::Administration, deed, &about)
        .await?;
    let (n, full) = (issued.to.len(), issued.full.len());
    Ok(Ok(format!(
        "/office/permits?list={list}&done=issued&n={n}&full={full}"
    )))
}
