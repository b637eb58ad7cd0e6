//! Permits at an office: what was issued in the unit, searched, handed over as a file, and shown to those whom it concerns.
//!
//! `terms.rs` reads the form, `many.rs` looks at whom a list names and issues, `one.rs` shows and ends a permit, `demands.rs`
//! is what venues of the unit ask for, `asking.rs` and `asked.rs` are what owners ask for their workers, `words.rs` says a permit in words, `at_gate.rs` says it to an attendant.

pub mod asked;
pub mod asking;
pub mod at_gate;
pub mod demands;
mod lines;
pub mod many;
pub mod one;
mod terms;
pub mod words;

use super::office::{own_scope, scope_of, unit_name};
use super::page::Page;
use super::path_kind::PathKind;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use super::units::below;
use crate::app::App;
use crate::export::{Cell, Table};
use crate::{AppState, percent};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::{HolderId, PermitId, PermitListId};
use domain::permit::PermitKind;
use domain::role::{Authorized, IssuePermit, Purpose, UnitScope, authorize};
use domain::time::Timestamp;
use serde::Deserialize;
use store::Tx;
use store::audit::Subject;
use store::permits::{PermitFilter, PermitLine, PermitState};

/// Permits on a page.
const PAGE: usize = 50;
/// How many requests of owners are shown.
const ASKED: i64 = 50;
/// The most lines in one file.
const EXPORTED: usize = 20_000;

/// Leave to issue permits in the officer's unit, and to see them.
type Issuer = Authorized<IssuePermit, UnitScope>;

#[derive(Template)]
#[template(path = "permits/list.html")]
struct ListPage {
    page: Page,
    unit_name: String,
    units: Vec<(String, String)>,
    kinds: Vec<(&'static str, &'static str)>,
    filter: Filter,
    said: String,
    /// What owners of venues wait for: an address, a venue, how many workers, since when.
    asked: Vec<(String, String, String, String)>,
    rows: Vec<Row>,
    newer: String,
    older: String,
    /// The query of the files with these permits.
    files: String,
}

struct Row {
    href: String,
    who: String,
    what: String,
    days: String,
    state: &'static str,
    current: bool,
}

/// What the list is to show.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    unit: String,
    kind: String,
    state: String,
    list: String,
    before: Option<PermitId>,
    /// What was just done, and to how many.
    done: String,
    n: u32,
    full: u32,
}

impl Filter {
    fn wanted(&self) -> PermitFilter {
        PermitFilter {
            kind: PermitKind::parse(&self.kind),
            state: match self.state.as_str() {
                "current" => Some(PermitState::Current),
                "over" => Some(PermitState::Over),
                _ => None,
            },
            list: self.list.parse::<PermitListId>().ok(),
        }
    }

    fn query(&self) -> String {
        let parts = [
            ("unit", &self.unit),
            ("kind", &self.kind),
            ("state", &self.state),
            ("list", &self.list),
        ];
        let parts = parts.map(|(name, value)| format!("{name}={}", percent::part(value)));
        parts.join("&")
    }

    /// What was just done, in words.
    fn said(&self, page: &Page) -> String {
        let done = match self.done.as_str() {
            "issued" => page.count("permits.issued_n", i64::from(self.n)),
            "again" => page.text("permits.issued_before").to_owned(),
            "refused" => page.text("permit_requests.refused").to_owned(),
            "ended" => page.count("permits.ended_n", i64::from(self.n)),
            _ => return String::new(),
        };
        match self.full {
            0 => done,
            full => format!("{done} {}", page.count("permits.full_n", i64::from(full))),
        }
    }
}

/// The permits of the unit, the newest first. Showing whose they are leaves its audit entry.
pub async fn list(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let who = issuer_of(&app, &officer, &filter.unit)?;
    let now = app.now();
    let mut tx = app.store.write().await?;
    let place = (filter.before, now);
    let mut found = tx
        .permits(&who, filter.wanted(), place, PAGE as i64 + 1)
        .await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    seen(&mut tx, &who, Deed::Permits, &found, now).await?;
    let asked = tx
        .open_permit_requests(&issuer(&app, &officer)?, ASKED)
        .await?;
    tx.commit().await?;
    let page = officer.reader.page(&app);
    let here = format!("/office/permits?{}", filter.query());
    let older = found.last().filter(|_| more);
    reply::page(&ListPage {
        unit_name: who
            .scope()
            .unit()
            .map_or_else(String::new, |unit| unit_name(&app, unit)),
        units: below(&app, &officer.unit),
        kinds: words::kinds(&page),
        said: filter.said(&page),
        asked: asked
            .into_iter()
            .map(|one| {
                let unit = one.unit.0.last().map(|unit| unit_name(&app, unit));
                let workers = page.count("permit_requests.workers", i64::from(one.workers));
                let venue = format!("{}, {}", one.name, unit.unwrap_or_default());
                let href = format!("/office/permits/requests/{}", one.id);
                (href, venue, workers, page.moment(one.created))
            })
            .collect(),
        rows: found.iter().map(|line| row(&page, line, now)).collect(),
        older: older.map_or_else(String::new, |last| {
            format!("{here}&before={}", last.issued.id)
        }),
        newer: match filter.before {
            Some(_) => here,
            None => String::new(),
        },
        files: filter.query(),
        filter,
        page,
    })
}

fn row(page: &Page, line: &PermitLine, now: Timestamp) -> Row {
    let permit = &line.issued.permit;
    Row {
        href: format!("/office/permits/{}", line.issued.id),
        who: words::who(&line.holder),
        what: words::line(page.locale, permit),
        days: words::dates(permit),
        state: page.text(words::state(permit, now, page.zone)),
        current: !permit.over(now, page.zone),
    }
}

/// The same permits as a file: Excel, or comma-separated values.
pub async fn export(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(filter): Query<Filter>,
    PathKind(kind): PathKind,
) -> Result<Response, Problem> {
    let who = issuer_of(&app, &officer, &filter.unit)?;
    let now = app.now();
    // A long file would keep the gates waiting: it is read aside, and the entry is on disk before the first byte is sent.
    let mut tx = app.store.read().await?;
    let all = EXPORTED as i64 + 1;
    let found = tx.permits(&who, filter.wanted(), (None, now), all).await?;
    drop(tx);
    if found.len() > EXPORTED {
        return Err(Problem::TooLong);
    }
    let mut tx = app.store.write().await?;
    seen(&mut tx, &who, Deed::PermitExport, &found, now).await?;
    tx.commit().await?;
    let table = table(&app, &officer.reader.page(&app), &found, now);
    reply::table(table, kind, "permits").await
}

fn table(app: &App, page: &Page, found: &[PermitLine], now: Timestamp) -> Table {
    let columns = [
        "permits.initials",
        "permits.birth_year",
        "officers.unit",
        "permits.what",
        "permits.valid",
        "permits.issued_by",
        "permits.issued_at",
        "permits.state",
    ];
    let line = |line: &PermitLine| {
        let row = row(page, line, now);
        let year = line.holder.details.birth_year();
        let unit = line.issued.unit.0.last();
        vec![
            Cell::Text(line.holder.details.name.initials()),
            year.map_or(Cell::Empty, |year| Cell::Number(year.into())),
            Cell::Text(unit.map_or_else(String::new, |unit| unit_name(app, unit))),
            Cell::Text(row.what),
            Cell::Text(row.days),
            Cell::Text(unit_name(app, &line.issued.issued_by)),
            Cell::Time(line.issued.created),
            Cell::Text(row.state.to_owned()),
        ]
    };
    Table {
        title: page.text("permits.title").to_owned(),
        columns: columns.map(|key| page.text(key).to_owned()).to_vec(),
        rows: found.iter().map(line).collect(),
        zone: page.zone,
    }
}

/// Leave to issue permits in the officer's own unit.
fn issuer(app: &App, officer: &SignedInOfficer) -> Result<Issuer, Problem> {
    Ok(authorize(&officer.actor(), own_scope(app, officer)?)?)
}

fn issuer_of(app: &App, officer: &SignedInOfficer, unit: &str) -> Result<Issuer, Problem> {
    Ok(authorize(&officer.actor(), scope_of(app, officer, unit)?)?)
}

/// Leaves the audit entry of permits that were shown.
async fn seen(
    tx: &mut Tx,
    who: &Issuer,
    deed: Deed,
    found: &[PermitLine],
    now: Timestamp,
) -> Result<(), Problem> {
    let mut people: Vec<HolderId> = found.iter().map(|line| line.holder.id).collect();
    people.sort_unstable();
    people.dedup();
    if people.is_empty() {
        return Ok(());
    }
    let people: Vec<Subject> = people.into_iter().map(Subject::Holder).collect();
    let why = Purpose::Administration;
    tx.audit(who, &who.scope().path, now, why, deed, &people)
        .await?;
    Ok(())
}
