//! The venues registered in a unit, for the offices above them.

use super::office::{below, scope_of, unit_name};
use super::page::Page;
use super::problem::Problem;
use super::signed_in::SignedInOfficer;
use crate::AppState;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use domain::ids::VenueId;
use domain::role::{ListVenues, authorize};
use serde::Deserialize;
use store::venues::{Venue, VenueCursor};

const PAGE: usize = 50;

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
}

struct Row {
    name: String,
    address: String,
    unit: String,
    registered: String,
    closed: bool,
}

/// What the list is to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    q: String,
    unit: String,
    after: Option<VenueId>,
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
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let page = officer.reader.page(&app);
    let here = format!(
        "/office/venues?unit={}&q={}",
        filter.unit,
        encoded(&filter.q)
    );
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
        unit: filter.unit,
        search: filter.q,
        page,
    };
    Ok(Html(list.render()?).into_response())
}

fn row(app: &AppState, page: &Page, venue: &Venue) -> Row {
    let unit = venue.details.unit.0.last();
    Row {
        name: venue.details.name.clone(),
        address: venue.details.address.clone(),
        unit: unit.map(|unit| unit_name(app, unit)).unwrap_or_default(),
        registered: page.date(page.zone.day(venue.created)),
        closed: venue.closed.is_some(),
    }
}

/// A search text as part of an address.
fn encoded(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => (byte as char).to_string(),
        other => format!("%{other:02X}"),
    });
    escaped.collect()
}
