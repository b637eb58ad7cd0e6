//! Posters that an area gives up: from which day, which venues may have theirs up still, and the photos of walls
//! without them.

use super::field_errors::FieldErrors;
use super::office::{own_scope, scope_of, unit_name};
use super::page::Page;
use super::path_id::PathId;
use super::path_kind::PathKind;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use super::units::below;
use crate::AppState;
use crate::export::{Cell, Table};
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::audit::Deed;
use domain::ids::VenueId;
use domain::role::{Authorized, ListVenues, ManageUnit, Purpose, UnitScope, authorize};
use domain::time::Day;
use serde::Deserialize;
use store::Tx;
use store::posters::{PosterCounts, PostersEnd, VenuePosters};
use store::venues::{Venue, VenueCursor};

const PAGE: usize = 50;
/// The most lines in one file; a larger area is handed over in parts.
const EXPORTED: usize = 100_000;

#[derive(Template)]
#[template(path = "office/posters.html")]
struct PostersPage {
    page: Page,
    unit_name: String,
    units: Vec<(String, String)>,
    filter: Filter,
    /// From which day posters are not used here, in words; nothing where they are.
    end: Option<String>,
    /// What the officer's own unit has set, or was just typed; nothing where the officer may not.
    own: Option<String>,
    errors: FieldErrors,
    saved: bool,
    /// How many venues the list is about, of how many, in words.
    counted: String,
    rows: Vec<Row>,
    newer: String,
    older: String,
    /// The query of the files with these venues.
    files: String,
}

/// Asks whether posters are to be given up, with how many venues that is about.
#[derive(Template)]
#[template(path = "office/posters_end.html")]
struct SurePage {
    page: Page,
    said: String,
    venues: i64,
    day: String,
}

struct Row {
    name: String,
    address: String,
    unit: String,
    /// When somebody last opened a poster's page, and when the owner said that they are down.
    opened: String,
    removed: String,
    /// The address of the photo; empty without one.
    photo: String,
}

/// What the list is to show.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    unit: String,
    /// `down`: the venues that took theirs down; otherwise those that may have them up.
    show: String,
    after: Option<VenueId>,
    saved: String,
}

impl Filter {
    fn up(&self) -> bool {
        self.show != "down"
    }
}

/// The form of the day; empty to take it back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    day: String,
    /// Whether it was said twice.
    sure: String,
}

/// From which day, and which venues.
pub async fn list(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    reply::page(&show(&app, &officer, filter, None).await?)
}

/// Says from which day posters are not used in the officer's unit, or takes that back.
pub async fn save(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let who: Authorized<ManageUnit, UnitScope> =
        authorize(&officer.actor(), own_scope(&app, &officer)?)?;
    let now = app.now();
    let today = app.zone().day(now);
    let day = Day::parse_written(&typed.day);
    let sane = day.is_none_or(|day| today.plus(-365) <= day && day <= today.plus(365));
    if (day.is_none() && !typed.day.trim().is_empty()) || !sane {
        let mut errors = FieldErrors::default();
        errors.add("day", officer.reader.locale.text("office_posters.err_day"));
        let page = show(&app, &officer, Filter::default(), Some((typed.day, errors))).await?;
        return reply::mend(&page);
    }
    let mut tx = app.store.write().await?;
    if let Some(day) = day
        && typed.sure.is_empty()
        && tx.own_posters_end(&who).await? != Some(day)
    {
        let may = authorize::<ListVenues, _>(&officer.actor(), own_scope(&app, &officer)?)?;
        let venues = tx.poster_counts(&may, day).await?.venues;
        tx.rollback().await?;
        return sure(&app, &officer, (day, venues));
    }
    tx.set_posters_end(&who, day).await?;
    let (unit, why) = (&who.scope().path, Purpose::Administration);
    let deed = match day {
        Some(day) => Deed::PostersEnd.to(day),
        None => Deed::PostersEnd.into(),
    };
    tx.audit(&who, unit, now, why, deed, &[]).await?;
    tx.commit().await?;
    Ok(reply::see("/office/posters?saved=1"))
}

fn sure(
    app: &AppState,
    officer: &SignedInOfficer,
    (day, venues): (Day, i64),
) -> Result<Response, Problem> {
    let page = officer.reader.page(app);
    let unit = unit_name(app, &officer.unit);
    let written = day.written();
    let values = [("date", written.as_str()), ("unit", unit.as_str())];
    reply::page(&SurePage {
        said: page.fill("office_posters.sure_lead", values),
        venues,
        day: written,
        page,
    })
}

/// The photo of a wall without its poster.
pub async fn photo(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<VenueId>,
) -> Result<Response, Problem> {
    let (mut tx, venue) = seen(&app, &officer, id).await?;
    let scope = own_scope(&app, &officer)?;
    let who: Authorized<ListVenues, UnitScope> = authorize(&officer.actor(), scope)?;
    let photo = tx.poster_photo(&who, id).await?.ok_or(Problem::NotFound)?;
    let (unit, why) = (&venue.details.unit, Purpose::Administration);
    tx.audit(&who, unit, app.now(), why, Deed::PosterPhoto.to(id), &[])
        .await?;
    tx.commit().await?;
    Ok(([(CONTENT_TYPE, "image/jpeg")], photo).into_response())
}

/// Erases a photo that shows what it should not.
pub async fn erase_photo(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<VenueId>,
) -> Result<Response, Problem> {
    let (mut tx, venue) = seen(&app, &officer, id).await?;
    let scope = own_scope(&app, &officer)?;
    let who: Authorized<ManageUnit, UnitScope> = authorize(&officer.actor(), scope)?;
    if tx.erase_poster_photo(&who, id).await? {
        let (unit, why) = (&venue.details.unit, Purpose::Administration);
        let deed = Deed::PosterPhotoErasure.to(id);
        tx.audit(&who, unit, app.now(), why, deed, &[]).await?;
    }
    tx.commit().await?;
    Ok(reply::see("/office/posters?show=down"))
}

/// A venue of the officer's unit.
async fn seen(
    app: &AppState,
    officer: &SignedInOfficer,
    id: VenueId,
) -> Result<(Tx, Venue), Problem> {
    authorize::<ListVenues, _>(&officer.actor(), own_scope(app, officer)?)?;
    let mut tx = app.store.write().await?;
    let venue = tx.venue(id).await?.ok_or(Problem::NotFound)?;
    if !venue.details.unit.within(&officer.unit) {
        return Err(Problem::NotFound);
    }
    Ok((tx, venue))
}

/// The same venues as a file: Excel, or comma-separated values.
pub async fn export(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(filter): Query<Filter>,
    PathKind(kind): PathKind,
) -> Result<Response, Problem> {
    let scope = scope_of(&app, &officer, &filter.unit)?;
    let who: Authorized<ListVenues, UnitScope> = authorize(&officer.actor(), scope)?;
    let mut tx = app.store.read().await?;
    let Some(end) = tx.posters_end(&who.scope().path).await? else {
        return Err(Problem::NotFound);
    };
    let most = EXPORTED as i64 + 1;
    let found = tx
        .venues_with_posters(&who, end.day, filter.up(), None, most)
        .await?;
    drop(tx);
    if found.len() > EXPORTED {
        return Err(Problem::TooLong);
    }
    let page = officer.reader.page(&app);
    let columns = ["venue", "address", "unit", "opened", "removed"];
    let columns = columns.map(|name| page.text(&format!("office_posters.col_{name}")).to_owned());
    let line = |one: &VenuePosters| {
        let row = row(&app, &page, one);
        [row.name, row.address, row.unit, row.opened, row.removed]
            .map(Cell::Text)
            .to_vec()
    };
    let table = Table {
        title: page.text("office_posters.title").to_owned(),
        columns: columns.to_vec(),
        rows: found.iter().map(line).collect(),
        zone: app.zone(),
    };
    reply::table(table, kind, "posters").await
}

async fn show(
    app: &AppState,
    officer: &SignedInOfficer,
    filter: Filter,
    typed: Option<(String, FieldErrors)>,
) -> Result<PostersPage, Problem> {
    let scope = scope_of(app, officer, &filter.unit)?;
    let who: Authorized<ListVenues, UnitScope> = authorize(&officer.actor(), scope)?;
    let manager =
        authorize::<ManageUnit, UnitScope>(&officer.actor(), own_scope(app, officer)?).ok();
    let mut tx = app.store.read().await?;
    let end = tx.posters_end(&who.scope().path).await?;
    let page = officer.reader.page(app);
    let (typed, errors) = typed.unzip();
    let own = match (&manager, typed) {
        (Some(_), Some(typed)) => Some(typed),
        (Some(manager), None) => {
            let day = tx.own_posters_end(manager).await?;
            Some(day.map_or_else(String::new, Day::written))
        }
        (None, _) => None,
    };
    let (mut found, mut counts, mut paged) = (Vec::new(), PosterCounts::default(), false);
    if let Some(end) = &end {
        let after = match filter.after {
            Some(id) => tx.venue(id).await?.map(|venue| VenueCursor::of(&venue)),
            None => None,
        };
        paged = after.is_some();
        let most = PAGE as i64 + 1;
        found = tx
            .venues_with_posters(&who, end.day, filter.up(), after.as_ref(), most)
            .await?;
        counts = tx.poster_counts(&who, end.day).await?;
    }
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let files = format!("unit={}&show={}", filter.unit, filter.show);
    let here = format!("/office/posters?{files}");
    let last = found.last().filter(|_| more);
    Ok(PostersPage {
        unit_name: officer_unit(app, &who),
        units: below(app, &officer.unit),
        end: end.as_ref().map(|end| said(app, &page, end)),
        own,
        errors: errors.unwrap_or_default(),
        saved: !filter.saved.is_empty(),
        counted: counted(&page, &filter, counts),
        rows: found.iter().map(|one| row(app, &page, one)).collect(),
        older: last.map_or_else(String::new, |one| format!("{here}&after={}", one.venue)),
        newer: if paged { here } else { String::new() },
        files,
        filter,
        page,
    })
}

/// How many venues the list is about, of how many.
fn counted(page: &Page, filter: &Filter, counts: PosterCounts) -> String {
    let listed = match filter.up() {
        true => counts.up,
        false => counts.venues - counts.up,
    };
    let (listed, venues) = (page.number(listed), page.number(counts.venues));
    let values = [("listed", listed.as_str()), ("n", venues.as_str())];
    page.fill("office_posters.counted", values)
}

fn officer_unit(app: &AppState, who: &Authorized<ListVenues, UnitScope>) -> String {
    let unit = who.scope().unit();
    unit.map_or_else(String::new, |unit| unit_name(app, unit))
}

/// From which day posters are not used, and who said so.
fn said(app: &AppState, page: &Page, end: &PostersEnd) -> String {
    let (date, unit) = (page.date(end.day), unit_name(app, &end.unit));
    let values = [("date", date.as_str()), ("unit", unit.as_str())];
    page.fill("office_posters.end", values)
}

fn row(app: &AppState, page: &Page, one: &VenuePosters) -> Row {
    let date = |day: Option<Day>| day.map_or_else(String::new, |day| page.date(day));
    let unit = one.unit.0.last();
    let removal = one.removal.as_ref();
    Row {
        name: one.name.clone(),
        address: one.address.clone(),
        unit: unit.map_or_else(String::new, |unit| unit_name(app, unit)),
        opened: date(one.opened_on),
        removed: date(removal.map(|removal| page.zone.day(removal.at))),
        photo: removal
            .filter(|removal| removal.photo)
            .map_or_else(String::new, |_| {
                format!("/office/posters/{}/photo", one.venue)
            }),
    }
}
