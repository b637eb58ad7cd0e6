//! One's own declarations, newest first.

use crate::AppState;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInHolder;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::VenueId;
use std::collections::HashMap;
use store::Tx;
use store::declarations::Declared;

/// The most declarations a list shows: retention ends before a person makes more.
const LIST_MAX: i64 = 100;

/// One declaration in the list.
struct DeclarationLine {
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
}

/// One's own declarations.
pub async fn list(State(app): State<AppState>, who: SignedInHolder) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let declared = tx.own_declarations(&own, LIST_MAX).await?;
    let page = who.reader.page(&app);
    let venues = helpers(&mut tx, &declared).await?;
    let lines = declared.iter().enumerate();
    let lines = lines
        .map(|(at, one)| line(&app, &page, one, (at == 0, &venues)))
        .collect();
    reply::page(&ListPage { page, lines })
}

/// The names of the places where others wrote declarations down.
async fn helpers(tx: &mut Tx, all: &[Declared]) -> Result<HashMap<VenueId, String>, Problem> {
    let mut names = HashMap::new();
    for id in all.iter().filter_map(|one| one.helper) {
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
    (newest, venues): (bool, &HashMap<VenueId, String>),
) -> DeclarationLine {
    let place = one.helper.and_then(|id| venues.get(&id));
    let by = match place {
        Some(place) => page.fill("declarations.by_at", [("place", place.as_str())]),
        None if one.by_another => page.text("declarations.by").to_owned(),
        None => String::new(),
    };
    let statement = one.statement;
    let days = i32::from(app.retention().declaration_days) + 1;
    DeclarationLine {
        declared: page.moment(statement.declared),
        valid_until: page.moment(statement.valid_until),
        erased: page.date(page.zone.day(statement.declared).plus(days)),
        state: page.text(if !newest {
            "declarations.followed"
        } else if app.now() < statement.valid_until {
            "declarations.in_force"
        } else {
            "declarations.ran_out"
        }),
        concern: statement.concern,
        by,
    }
}
