//! Permits that owners of venues of the unit ask for, as its office sees and answers them.

use super::many::{LATER, LISTS};
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
use domain::audit::Deed;
use domain::ids::{HolderId, PermitListId, PermitRequestId};
use domain::permit::Permit;
use domain::permit_request::PermitRefusal;
use domain::role::Purpose;
use domain::time::Timestamp;
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
    number: String,
    name: String,
    /// Whom it names, by initials and year of birth; empty for nobody.
    who: String,
    why: &'static str,
}

/// Whom a worker's number names, or the key of why it names nobody.
type Named = Result<(HolderId, String), &'static str>;

/// One request, with whom its lines name.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<PermitRequestId>,
) -> Result<Response, Problem> {
    reply::page(&view(&app, &officer, id, FieldErrors::default()).await?)
}

async fn view(
    app: &AppState,
    officer: &SignedInOfficer,
    id: PermitRequestId,
    errors: FieldErrors,
) -> Result<AskedPage, Problem> {
    let (who, now) = (issuer(app, officer)?, app.now());
    let page = officer.reader.page(app);
    let mut tx = app.store.write().await?;
    let request = tx
        .permit_request(&who, id)
        .await?
        .ok_or(Problem::NotFound)?;
    if !tx.within(LISTS, &officer.officer.to_string(), now).await? {
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
        lines: lines_of(&page, request.asked.workers, named),
        reasons: reasons(&page),
        errors,
        page,
    })
}

fn lines_of(page: &Page, workers: Vec<Worker>, named: Vec<Named>) -> Vec<LineView> {
    let line = |(at, (worker, named)): (usize, (Worker, Named))| LineView {
        field: format!("w{at}"),
        number: worker.number,
        name: worker.name,
        why: named.as_ref().map_or_else(|key| page.text(key), |_| ""),
        who: named.map_or_else(|_| String::new(), |(_, who)| who),
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
    Form(fields): Form<HashMap<String, String>>,
) -> Result<Response, Problem> {
    let who = issuer(&app, &officer)?;
    let page = officer.reader.page(&app);
    let mut tx = app.store.write().await?;
    let request = tx
        .permit_request(&who, id)
        .await?
        .ok_or(Problem::NotFound)?;
    let done = match fields.get("answer").map(String::as_str) {
        Some("grant") => grant(&app, &page, &mut tx, (&who, &request), &fields).await?,
        _ => refuse(&app, &mut tx, (&who, &request), &fields).await?,
    };
    match done {
        Ok(there) => {
            tx.commit().await?;
            Ok(reply::see(&there))
        }
        Err(wrong) => mend(&app, &officer, tx, id, wrong).await,
    }
}

/// Where an answer leads, or what is wrong with it: a field, and the key of what is said.
type Answered = Result<String, (&'static str, &'static str)>;

async fn refuse(
    app: &AppState,
    tx: &mut Tx,
    (who, request): (&Issuer, &PermitRequest),
    fields: &HashMap<String, String>,
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

async fn grant(
    app: &AppState,
    page: &Page,
    tx: &mut Tx,
    (who, request): (&Issuer, &PermitRequest),
    fields: &HashMap<String, String>,
) -> Result<Answered, Problem> {
    let now = app.now();
    let Some(permit) = terms(app, tx, (page, request), now).await? else {
        return Ok(Err(("grant", "permit_requests.err_over")));
    };
    let named = named(tx, who, &request.asked.workers).await?;
    let ticked = |at: usize| fields.contains_key(&format!("w{at}"));
    let chosen = named.iter().enumerate().filter(|(at, _)| ticked(*at));
    let chosen = chosen.filter_map(|(_, one)| one.as_ref().ok());
    let people: Vec<HolderId> = chosen.map(|one| one.0).collect();
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

/// The request again, with what is wrong.
async fn mend(
    app: &AppState,
    officer: &SignedInOfficer,
    tx: Tx,
    id: PermitRequestId,
    (field, key): (&'static str, &str),
) -> Result<Response, Problem> {
    tx.rollback().await?;
    let mut errors = FieldErrors::default();
    errors.add(field, officer.reader.locale.text(key));
    reply::mend(&view(app, officer, id, errors).await?)
}
