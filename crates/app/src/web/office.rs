//! The office's first page: what waits to be done, and how many venues its unit has, unit by unit below it. Counts, no names.

mod waiting;

use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use super::units::below;
use crate::App;
use crate::AppState;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::holder::PersonName;
use domain::role::{Authorized, ListOfficers, ListVenues, OfficerRole, UnitScope, authorize};
use domain::unit::{UnitCode, UnitPath};
use std::collections::HashMap;
use std::time::Duration;
use store::officers::{Officer, OfficerKey};
use waiting::Tile;

/// How many officers are looked at for one who could help.
const COLLEAGUES: i64 = 200;
const WEEK: Duration = Duration::from_secs(7 * 86_400);

#[derive(Template)]
#[template(path = "office/overview.html")]
struct OverviewPage {
    page: Page,
    unit: String,
    tiles: Vec<Tile>,
    counts: Option<Counts>,
    /// Whether nobody else could help this officer back in.
    alone: bool,
}

struct Counts {
    venues: i64,
    fresh: i64,
    below: Vec<Below>,
}

struct Below {
    name: String,
    href: String,
    venues: i64,
    fresh: i64,
}

/// What is registered in the officer's unit.
pub async fn overview(
    State(app): State<AppState>,
    officer: SignedInOfficer,
) -> Result<Response, Problem> {
    if officer.role == OfficerRole::Auditor {
        return Err(Problem::Forbidden);
    }
    let scope = own_scope(&app, &officer)?;
    // A health officer has no venues to see.
    let counts = match authorize::<ListVenues, _>(&officer.actor(), scope) {
        Ok(who) => Some(counts(&app, &who).await?),
        Err(_) => None,
    };
    let alone = is_alone(&app, &officer).await?;
    let page = officer.reader.page(&app);
    let tiles = waiting::tiles(&app, &officer, &page).await?;
    let unit = unit_name(&app, &officer.unit);
    reply::page(&OverviewPage {
        page,
        unit,
        tiles,
        counts,
        alone,
    })
}

/// Whether the officer is the only one who runs the unit that this installation serves.
async fn is_alone(app: &App, officer: &SignedInOfficer) -> Result<bool, Problem> {
    let Ok(who) = authorize::<ListOfficers, _>(&officer.actor(), own_scope(app, officer)?) else {
        return Ok(false);
    };
    let mut tx = app.store.read().await?;
    if tx.served_unit().await?.as_ref() != Some(&officer.unit) {
        return Ok(false);
    }
    // Those of the unit itself come first.
    let found = tx
        .officers_in(&who, "", &OfficerKey::default(), COLLEAGUES)
        .await?;
    let able = |one: &Officer| one.enrolled && !one.suspended && one.role.administers();
    let mut beside = found
        .iter()
        .filter(|one| one.unit.0.last() == Some(&officer.unit));
    Ok(!beside.any(|one| able(one) && one.id != officer.officer))
}

async fn counts(app: &App, who: &Authorized<ListVenues, UnitScope>) -> Result<Counts, Problem> {
    let since = app.now().minus(WEEK);
    let all = app.store.read().await?.venue_counts(who, since).await?;
    let depth = who.scope().path.0.len();
    let mut sums: HashMap<&UnitCode, (i64, i64)> = HashMap::new();
    for count in &all {
        if let Some(child) = count.unit.0.get(depth) {
            let sum = sums.entry(child).or_default();
            *sum = (sum.0 + count.open, sum.1 + count.fresh);
        }
    }
    let units = app.units();
    let children = who
        .scope()
        .unit()
        .map_or(&[][..], |unit| units.children(unit));
    let below = children.iter().map(|unit| {
        let (venues, fresh) = sums.get(&unit.code).copied().unwrap_or_default();
        let href = format!("/office/venues?unit={}", unit.code);
        Below {
            name: unit.name.clone(),
            href,
            venues,
            fresh,
        }
    });
    Ok(Counts {
        venues: all.iter().map(|count| count.open).sum(),
        fresh: all.iter().map(|count| count.fresh).sum(),
        below: below.collect(),
    })
}

/// The unit an officer's office is held for, as a scope.
pub(super) fn own_scope(app: &App, officer: &SignedInOfficer) -> Result<UnitScope, Problem> {
    let path = app.units().path(&officer.unit).ok_or(Problem::Forbidden)?;
    Ok(UnitScope { path })
}

/// A unit at or below the officer's own, by code; the own one for an empty text. Nothing is said
/// of units elsewhere.
pub(super) fn scope_of(
    app: &App,
    officer: &SignedInOfficer,
    code: &str,
) -> Result<UnitScope, Problem> {
    if code.is_empty() {
        return own_scope(app, officer);
    }
    let path = UnitCode::parse(code).and_then(|code| app.units().path(&code));
    let path = path
        .filter(|path| path.within(&officer.unit))
        .ok_or(Problem::NotFound)?;
    Ok(UnitScope { path })
}

/// The communes whose people an office may register, as choices of a form: its own, or those below its unit.
pub(super) fn communes(app: &App, officer: &SignedInOfficer) -> Vec<(String, String)> {
    let units = app.units();
    match units
        .path(&officer.unit)
        .as_ref()
        .and_then(UnitPath::commune)
    {
        Some(own) => vec![(own.to_string(), units.full_name(own))],
        None => below(app, &officer.unit),
    }
}

/// The commune with a code, if it is one of those.
pub(super) fn commune(app: &App, officer: &SignedInOfficer, code: &str) -> Option<UnitPath> {
    let path = UnitCode::parse(code).and_then(|code| app.units().path(&code))?;
    let here = path.within(&officer.unit) && path.commune().is_some();
    here.then_some(path)
}

/// The name of a unit, with those above it; the nation's own.
pub(super) fn unit_name(app: &App, code: &UnitCode) -> String {
    let units = app.units();
    match units.full_name(code) {
        name if name.is_empty() => units
            .unit(code)
            .map_or_else(|| code.to_string(), |unit| unit.name.clone()),
        name => name,
    }
}

/// The key of what is wrong with an officer's name, if anything is.
pub(super) fn name_fault(name: &str) -> Option<&'static str> {
    PersonName::parse(name)
        .is_err()
        .then_some("officers.name_wrong")
}

/// The key of what is wrong with a login, if anything is.
pub(super) fn login_fault(login: &str) -> Option<&'static str> {
    let login = login.trim();
    let good = (3..=40).contains(&login.len())
        && login
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    (!good).then_some("officers.login_wrong")
}
