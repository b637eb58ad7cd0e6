//! One's own declarations, newest first, and what was begun and not sent.

use super::drafts::{self, DraftLine};
use super::whose::Whose;
use super::words;
use crate::AppState;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInHolder;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::ids::VenueId;
use serde::Deserialize;
use std::collections::HashMap;
use store::Tx;
use store::declarations::Declared;

/// The most declarations that are looked at: retention ends before a person makes more.
pub(in crate::web) const LIST_MAX: i64 = 100;

/// One declaration in the list.
struct DeclarationLine {
    kind: &'static str,
    /// From where to where; empty without a journey.
    route: String,
    declared: String,
    valid_until: String,
    erased: String,
    /// In force, run out, or followed by a newer one: in words.
    state: &'static str,
    concern: bool,
    /// Who wrote it down, when it was another: in words.
    by: String,
}

#[derive(Template)]
#[template(path = "declarations/list.html")]
struct ListPage {
    page: Page,
    lines: Vec<DeclarationLine>,
    drafts: Vec<DraftLine>,
    done: &'static str,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// One's own declarations.
pub async fn list(
    State(app): State<AppState>,
    who: SignedInHolder,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let declared = tx.own_declarations(&own, LIST_MAX).await?;
    let journeys = tx.own_journeys(&own, LIST_MAX).await?;
    let drafts = tx.own_drafts(&own, None, app.now()).await?;
    let page = who.reader.page(&app);
    let places = places(&mut tx, &declared).await?;
    let lines = declared.iter().enumerate().map(|(at, one)| {
        let route = journeys.get(&one.id);
        let route = route.map_or_else(String::new, |route| words::route(&app, &page, route));
        let state = state(&app, one, &declared[..at]);
        line(&app, &page, one, (state, route, &places))
    });
    reply::page(&ListPage {
        lines: lines.collect(),
        drafts: drafts::lines(&page, Whose::OWN, &drafts),
        done: match done.as_str() {
            "draft" => page.text("declarations.draft_saved"),
            "discarded" => page.text("declarations.draft_discarded"),
            _ => "",
        },
        page,
    })
}

const IN_FORCE: &str = "declarations.in_force";

/// Whether one is in force, has run out, or is followed by a newer one that holds as long: the key of the words.
fn state(app: &AppState, one: &Declared, newer: &[Declared]) -> &'static str {
    let until = one.statement.valid_until;
    if newer
        .iter()
        .any(|newer| newer.statement.valid_until >= until)
    {
        "declarations.followed"
    } else if app.now() < until {
        IN_FORCE
    } else {
        "declarations.ran_out"
    }
}

/// The names of the places where others wrote declarations down.
async fn places(tx: &mut Tx, all: &[Declared]) -> Result<HashMap<VenueId, String>, Problem> {
    let mut names = HashMap::new();
    for id in all.iter().filter_map(|one| one.at_venue) {
        if !names.contains_key(&id)
            && let Some(venue) = tx.venue(id).await?
        {
            names.insert(id, venue.details.name);
        }
    }
    Ok(names)
}

fn line(
    app: &AppState,
    page: &Page,
    one: &Declared,
    (state, route, places): (&str, String, &HashMap<VenueId, String>),
) -> DeclarationLine {
    let place = one.at_venue.and_then(|id| places.get(&id));
    let by = match place {
        Some(place) => page.fill("declarations.by_at", [("place", place.as_str())]),
        None if one.by_another => page.text("declarations.by").to_owned(),
        None => String::new(),
    };
    let statement = one.statement;
    let days = i32::from(app.retention().declaration_days) + 1;
    DeclarationLine {
        kind: words::kind(page, one.kind),
        route,
        declared: page.moment(statement.declared),
        valid_until: page.moment(statement.valid_until),
        erased: page.date(page.zone.day(statement.declared).plus(days)),
        state: page.text(state),
        concern: statement.concern && state == IN_FORCE,
        by,
    }
}
