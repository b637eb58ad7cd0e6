//! The venues registered in a unit, for the offices above them.

use super::office::{scope_of, unit_name};
use super::page::Page;
use super::path_kind::PathKind;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use super::suspensions::countdown;
use super::units::below;
use crate::export::{Cell, Table};
use crate::{AppState, percent};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::ids::VenueId;
use domain::role::{ListVenues, authorize};
use serde::Deserialize;
use store::venues::{Venue, VenueCursor};

const PAGE: usize = 50;
/// The most lines in one file; a larger area is handed over in parts.
const EXPORTED: usize = 100_000;

#[derive(Template)]
#[template(path = "office/venues.html")]
struct VenuesPage {
    page: Page,
    unit_name: String,
    units: Vec<(String, String)>,
    unit: String,
    search: String,
    rows: Vec<Row>,
    newer: String,
    older: String,
    /// The query of the files with these venues.
    files: String,
    /// Venues whose owners wait for an answer.
    appeals: Vec<AppealView>,
}

/// How many appeals are shown: two days of work.
const APPEALS: i64 = 50;

struct AppealView {
    venue: String,
    href: String,
    /// The office that is asked.
    office: String,
    /// How long there is, and whether that is over.
    left: String,
    late: bool,
}

struct Row {
    name: String,
    kind: &'static str,
    address: String,
    unit: String,
    registered: String,
    href: String,
    /// The key of its state.
    state: &'static str,
}

/// What the list is to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    q: String,
    unit: String,
    after: Option<VenueId>,
}

/// The same venues as a file: Excel, or comma-separated values.
pub async fn export(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(filter): Query<Filter>,
    PathKind(kind): PathKind,
) -> Result<Response, Problem> {
    let scope = scope_of(&app, &officer, &filter.unit)?;
    let who = authorize::<ListVenues, _>(&officer.actor(), scope)?;
    let mut tx = app.store.read().await?;
    let found = tx
        .venues_in(&who, &filter.q, None, EXPORTED as i64 + 1)
        .await?;
    drop(tx);
    if found.len() > EXPORTED {
        return Err(Problem::TooLong);
    }
    let table = table(&app, &officer.reader.page(&app), &found);
    reply::table(table, kind, "venues").await
}

fn table(app: &AppState, page: &Page, venues: &[Venue]) -> Table {
    let columns = [
        "office.venue",
        "office.kind",
        "officers.unit",
        "office.unit_code",
        "office.address",
        "office.expected",
        "office.registered",
        "officers.state",
    ];
    let line = |venue: &Venue| {
        let row = row(app, page, venue);
        let code = venue.details.unit.0.last().map(ToString::to_string);
        vec![
            Cell::Text(row.name),
            Cell::Text(row.kind.to_owned()),
            Cell::Text(row.unit),
            Cell::Text(code.unwrap_or_default()),
            Cell::Text(row.address),
            Cell::Number(venue.details.expected_daily.into()),
            Cell::Time(venue.created),
            Cell::Text(page.text(row.state).to_owned()),
        ]
    };
    Table {
        title: page.text("office.venues_title").to_owned(),
        columns: columns
            .iter()
            .map(|key| page.text(key).to_owned())
            .collect(),
        rows: venues.iter().map(line).collect(),
        zone: app.zone(),
    }
}

/// The list, by unit and name.
pub async fn list(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let scope = scope_of(&app, &officer, &filter.unit)?;
    let who = authorize::<ListVenues, _>(&officer.actor(), scope)?;
    let mut tx = app.store.read().await?;
    let after = match filter.after {
        Some(id) => tx.venue(id).await?.map(|venue| VenueCursor::of(&venue)),
        None => None,
    };
    let mut found = tx
        .venues_in(&who, &filter.q, after.as_ref(), PAGE as i64 + 1)
        .await?;
    let appeals = tx.open_appeals(&who, APPEALS).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let page = officer.reader.page(&app);
    let appeals = appeals.into_iter().map(|one| {
        let (left, late) = countdown(&page, one.appealed, app.now());
        AppealView {
            venue: one.name,
            href: format!("/office/venues/{}", one.venue),
            office: unit_name(&app, &one.unit),
            left,
            late,
        }
    });
    let appeals = appeals.collect();
    let files = format!("unit={}&q={}", filter.unit, percent::part(&filter.q));
    let here = format!("/office/venues?{files}");
    let last = found.last().filter(|_| more);
    let list = VenuesPage {
        unit_name: who
            .scope()
            .unit()
            .map(|unit| unit_name(&app, unit))
            .unwrap_or_default(),
        units: below(&app, &officer.unit),
        rows: found.iter().map(|venue| row(&app, &page, venue)).collect(),
        older: last
            .map(|venue| format!("{here}&after={}", venue.id))
            .unwrap_or_default(),
        newer: if after.is_some() { here } else { String::new() },
        files,
        appeals,
        unit: filter.unit,
        search: filter.q,
        page,
    };
    reply::page(&list)
}

fn row(app: &AppState, page: &Page, venue: &Venue) -> Row {
    let unit = venue.details.unit.0.last();
    Row {
        name: venue.details.name.clone(),
        kind: page.text(&format!("venue_kind.{}", venue.details.kind)),
        address: venue.details.address.clone(),
        unit: unit.map(|unit| unit_name(app, unit)).unwrap_or_default(),
        registered: page.date(page.zone.day(venue.created)),
        href: format!("/office/venues/{}", venue.id),
        state: match (venue.closed, venue.suspended) {
            (Some(_), _) => "office.closed",
            (None, Some(_)) => "suspensions.state",
            (None, None) => "office.open",
        },
    }
}
