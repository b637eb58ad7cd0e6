//! Where one has been, day by day, until each day is forgotten; and who looked at one's data.

mod days;

use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use crate::AppState;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use days::VisitDay;
use domain::ids::HolderId;
use domain::time::Day;
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
    who: &'static str,
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
    let days = days::days(&page, &scans, app.retention(), app.now());
    reply::page(&ListPage { page, days })
}

/// Who looked at one's data, and what for.
pub async fn access(State(app): State<AppState>, who: SignedInHolder) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let lines = tx.audit_about(&own, &kept_days(&app)).await?;
    let page = who.reader.page(&app);
    let lines = lines.iter().map(|one| line(&page, one, who.holder));
    let lines = lines.collect();
    reply::page(&AccessPage { page, lines })
}

/// The days whose scans may still be kept, the oldest first.
fn kept_days(app: &AppState) -> Vec<Day> {
    let today = app.zone().day(app.now());
    let oldest = app.retention().oldest_scan_day(app.now(), app.zone());
    (oldest.0..=today.0).map(Day).collect()
}

fn line(page: &Page, one: &AuditLine, own: HolderId) -> AccessLine {
    let who = match one.actor.split_once(':') {
        Some(("holder", id)) if id == own.to_string() => "access.you",
        Some(("holder", _)) => "access.venue",
        Some(("officer", _)) => "access.officer",
        Some(("device", _)) => "access.device",
        _ => "access.system",
    };
    AccessLine {
        at: page.moment(one.at),
        who: page.text(who),
        what: page.text(&format!("access.{}", one.action)),
        why: page.text(&format!("access.why_{}", one.purpose)),
    }
}
