//! Where one has been, day by day, until each day is forgotten; and who looked at one's data.

pub(super) mod days;

use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use crate::AppState;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
pub(super) use days::{VisitDay, days};
use domain::ids::{HolderId, OfficerId};
use domain::time::Day;
use std::collections::HashMap;
use store::Tx;
use store::audit::AuditLine;

#[derive(Template)]
#[template(path = "visits/list.html")]
struct ListPage {
    page: Page,
    days: Vec<VisitDay>,
}

/// One look at one's data.
struct AccessLine {
    at: String,
    who: String,
    what: &'static str,
    why: &'static str,
}

#[derive(Template)]
#[template(path = "visits/access.html")]
struct AccessPage {
    page: Page,
    lines: Vec<AccessLine>,
}

/// Places visited, the newest day first.
pub async fn list(State(app): State<AppState>, who: SignedInHolder) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let scans = tx.own_scans(&own, &kept_days(&app)).await?;
    let page = who.reader.page(&app);
    let days = days(&page, &scans, app.retention(), app.now());
    reply::page(&ListPage { page, days })
}

/// Who looked at one's data, and what for.
pub async fn access(State(app): State<AppState>, who: SignedInHolder) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let lines = tx.audit_about(&own, &kept_days(&app)).await?;
    let page = who.reader.page(&app);
    let offices = offices(&app, &mut tx, &page, &lines).await?;
    let lines = lines
        .iter()
        .map(|one| line(&page, one, who.holder, &offices));
    let lines = lines.collect();
    reply::page(&AccessPage { page, lines })
}

/// The days whose scans may still be kept, the oldest first.
pub(super) fn kept_days(app: &AppState) -> Vec<Day> {
    let today = app.zone().day(app.now());
    let oldest = app.retention().oldest_scan_day(app.now(), app.zone());
    (oldest.0..=today.0).map(Day).collect()
}

/// The offices of those officers who looked: role and unit, no name.
async fn offices(
    app: &AppState,
    tx: &mut Tx,
    page: &Page,
    lines: &[AuditLine],
) -> Result<HashMap<OfficerId, String>, Problem> {
    let mut offices = HashMap::new();
    for id in lines.iter().filter_map(officer) {
        if !offices.contains_key(&id)
            && let Some((role, unit)) = tx.office_of(id).await?
        {
            let role = page.text(&format!("role.{role}"));
            let unit = unit.0.last().map(|code| app.units().full_name(code));
            // The nation has no name among units.
            let unit = unit.filter(|unit| !unit.is_empty());
            let office = unit.map_or_else(|| role.to_owned(), |unit| format!("{role}, {unit}"));
            offices.insert(id, office);
        }
    }
    Ok(offices)
}

fn officer(one: &AuditLine) -> Option<OfficerId> {
    let id = one.actor.strip_prefix("officer:")?;
    id.parse().ok().map(OfficerId)
}

fn line(
    page: &Page,
    one: &AuditLine,
    own: HolderId,
    offices: &HashMap<OfficerId, String>,
) -> AccessLine {
    let who = match one.actor.split_once(':') {
        Some(("holder", id)) if id == own.to_string() => "access.you",
        Some(("holder", _)) => "access.venue",
        Some(("officer", _)) => "access.officer",
        Some(("device", _)) => "access.device",
        _ => "access.system",
    };
    let office = officer(one).and_then(|id| offices.get(&id).cloned());
    AccessLine {
        at: page.moment(one.at),
        who: office.unwrap_or_else(|| page.text(who).to_owned()),
        what: page.text(&format!("access.{}", one.action)),
        why: page.text(&format!("access.why_{}", one.purpose)),
    }
}
