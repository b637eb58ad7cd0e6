//! One permit: whose it is, what it allows, and its end before its time.

use super::{issuer, seen, words};
use crate::AppState;
use crate::web::office::{own_scope, unit_name};
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use askama::Template;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::PermitId;
use domain::permit::PermitEnd;
use domain::role::{Authorized, EndPermit, Purpose, UnitScope, authorize};
use serde::Deserialize;
use store::audit::Subject;

#[derive(Template)]
#[template(path = "permits/one.html")]
struct OnePage {
    page: Page,
    here: String,
    who: String,
    what: String,
    place: String,
    dates: String,
    unit: String,
    issued_by: String,
    issued_at: String,
    state: &'static str,
    why: String,
    /// The other permits that were issued with it.
    list: String,
    /// Whether it can be ended.
    open: bool,
    reasons: Vec<(&'static str, &'static str)>,
    error: &'static str,
}

/// How a permit is to end.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ending {
    reason: String,
    /// Not empty when all that were issued with it end, too.
    all: String,
}

/// One permit of the unit. Showing whose it is leaves its audit entry.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<PermitId>,
) -> Result<Response, Problem> {
    reply::page(&view(&app, &officer, id, "").await?)
}

async fn view(
    app: &AppState,
    officer: &SignedInOfficer,
    id: PermitId,
    error: &'static str,
) -> Result<OnePage, Problem> {
    let who = issuer(app, officer)?;
    let page = officer.reader.page(app);
    let now = app.now();
    let mut tx = app.store.write().await?;
    let found = tx.permit(&who, id).await?.ok_or(Problem::NotFound)?;
    let place = words::place(app, &mut tx, &page, &found.issued.permit.place).await?;
    let lines = [found];
    seen(&mut tx, &who, Deed::Permits, &lines, now).await?;
    tx.commit().await?;
    let [line] = lines;
    let (issued, permit) = (&line.issued, &line.issued.permit);
    let unit = issued.unit.0.last();
    let reason = |why: PermitEnd| page.text(&format!("permits.end_{why}"));
    Ok(OnePage {
        here: format!("/office/permits/{id}"),
        who: words::who(&line.holder),
        what: words::line(page.locale, permit),
        place,
        dates: words::dates(permit),
        unit: unit.map_or_else(String::new, |unit| unit_name(app, unit)),
        issued_by: unit_name(app, &issued.issued_by),
        issued_at: page.moment(issued.created),
        state: page.text(words::state(permit, now, page.zone)),
        why: issued
            .why
            .map_or_else(String::new, |why| reason(why).to_owned()),
        list: format!("/office/permits?list={}", issued.list),
        open: !permit.over(now, page.zone),
        reasons: PermitEnd::ALL
            .iter()
            .map(|why| (why.as_str(), reason(*why)))
            .collect(),
        error,
        page,
    })
}

/// Ends it, or all that were issued with it, for a reason.
pub async fn end(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<PermitId>,
    Form(ending): Form<Ending>,
) -> Result<Response, Problem> {
    let who: Authorized<EndPermit, UnitScope> =
        authorize(&officer.actor(), own_scope(&app, &officer)?)?;
    let Some(why) = PermitEnd::parse(&ending.reason) else {
        let error = officer.reader.locale.text("permits.err_reason");
        let page = view(&app, &officer, id, error).await?;
        return reply::with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let sees = issuer(&app, &officer)?;
    let now = app.now();
    let mut tx = app.store.write().await?;
    let found = tx.permit(&sees, id).await?.ok_or(Problem::NotFound)?;
    let list = found.issued.list;
    let ended = match ending.all.is_empty() {
        true => tx.end_permit(&who, id, why, now).await?,
        false => tx.end_permit_list(&who, list, why, now).await?,
    };
    if !ended.is_empty() {
        let about: Vec<Subject> = ended.iter().copied().map(Subject::Holder).collect();
        let (unit, deed) = (&who.scope().path, Deed::PermitEnd.to(list));
        let purpose = Purpose::Administration;
        tx.audit(&who, unit, now, purpose, deed, &about).await?;
    }
    tx.commit().await?;
    Ok(reply::see(&format!(
        "/office/permits?list={list}&done=ended&n={}",
        ended.len()
    )))
}
