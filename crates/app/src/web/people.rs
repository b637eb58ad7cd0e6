//! People of an office's unit: found by number, phone, card or name, and opened one by one.
//!
//! A list shows masks; only a page of one person says where they live. Each search and each page opened is an entry in the
//! audit log, and counts towards what one officer may look at in a day.

pub(super) mod changes;
mod guardians;
mod person;
pub(super) mod views;

pub use changes::{correct, history, step};
pub use guardians::settle;
pub use person::show;

use super::field_errors::FieldErrors;
use super::office::own_scope;
use super::office_cards::card_id;
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use crate::AppState;
use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::HolderId;
use domain::phone::Phone;
use domain::role::{
    Authorized, HolderScope, Purpose, ReadHolder, RegisterHolder, ServeHolder, authorize,
};
use serde::Deserialize;
use std::time::Duration;
use store::Tx;
use store::audit::Subject;
use store::holders::Holder;
use store::rates::Limit;
use store::registry;

/// How many searches, and pages of people, one officer may open in a day: a hard stop against browsing.
const LOOKS: Limit = Limit {
    kind: "office people",
    most: 1500,
    window: Duration::from_secs(86_400),
};
/// After how many seconds whoever is over the limit may ask again.
const LATER: u32 = 3600;

#[derive(Template)]
#[template(path = "people/search.html")]
struct SearchPage {
    page: Page,
    errors: FieldErrors,
    text: String,
    found: Option<Vec<Line>>,
    more: bool,
    /// How many requests wait.
    waiting: i64,
}

/// One person in a list, masked.
struct Line {
    href: String,
    name: String,
    birth_year: String,
    number: String,
    phone: String,
    unit: String,
}

/// What is searched by.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    text: String,
}

/// The search, empty.
pub async fn form(
    State(app): State<AppState>,
    officer: SignedInOfficer,
) -> Result<Response, Problem> {
    let view = empty(&app, &officer, String::new()).await?;
    reply::page(&view)
}

/// Searches by number, phone, card, or name with or without a year of birth.
pub async fn search(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Form(Wanted { text }): Form<Wanted>,
) -> Result<Response, Problem> {
    let mut view = empty(&app, &officer, text).await?;
    let card = card_id(&view.text);
    let query = registry::Query::parse(&view.text);
    let scope = own_scope(&app, &officer)?;
    // A name alone is looked up in one commune.
    let bare = card.is_none() && matches!(query, Some(registry::Query::Name(_, None)));
    if bare && scope.path.commune().is_none() {
        let words = view.page.text("people.err_year");
        view.errors.add("text", words);
        return reply::mend(&view);
    }
    if card.is_none() && query.is_none() {
        let words = view.page.text("people.err_text");
        view.errors.add("text", words);
        return reply::mend(&view);
    }
    let now = app.now();
    let mut tx = app.store.write().await?;
    within_budget(&app, &mut tx, &officer).await?;
    let found = if let Some(card) = card {
        let who = authorize::<ReadHolder, _>(&officer.actor(), scope)?;
        let found = tx.person_by_card(&who, card, Purpose::Support, now).await?;
        found.into_iter().map(|found| found.holder).collect()
    } else if let Some(query) = query {
        let who = authorize::<RegisterHolder, _>(&officer.actor(), scope)?;
        let found = tx.search_people(&who, &query).await?;
        let seen = found.people.iter().map(|one| Subject::Holder(one.id));
        let seen: Vec<Subject> = seen.collect();
        let (unit, why) = (&who.scope().path, Purpose::Support);
        tx.audit(&who, unit, now, why, Deed::Search, &seen).await?;
        view.more = found.more;
        found.people
    } else {
        Vec::new()
    };
    tx.commit().await?;
    let lines = found.iter().map(|one| line(&app, &view.page, one));
    view.found = Some(lines.collect());
    reply::page(&view)
}

async fn empty(
    app: &AppState,
    officer: &SignedInOfficer,
    text: String,
) -> Result<SearchPage, Problem> {
    let scope = own_scope(app, officer)?;
    let who = authorize::<RegisterHolder, _>(&officer.actor(), scope)?;
    let (waiting, _) = app.store.read().await?.open_request_count(&who).await?;
    Ok(SearchPage {
        page: officer.reader.page(app),
        errors: FieldErrors::default(),
        text,
        found: None,
        more: false,
        waiting,
    })
}

fn line(app: &AppState, page: &Page, one: &Holder) -> Line {
    let unknown = || page.text("office_cards.unknown").to_owned();
    let details = &one.details;
    let phone = details.phone.as_deref().and_then(Phone::parse);
    let year = details.birth_year().map(|year| year.to_string());
    Line {
        href: format!("/office/people/{}", one.id),
        name: details.name.as_str().to_owned(),
        birth_year: year.unwrap_or_else(unknown),
        number: details.masked_number().unwrap_or_else(unknown),
        phone: phone.map_or_else(unknown, |phone| phone.masked()),
        unit: views::unit_name(app, page, one),
    }
}

/// Counts one more look; too many a day are refused.
pub(super) async fn within_budget(
    app: &AppState,
    tx: &mut Tx,
    officer: &SignedInOfficer,
) -> Result<(), Problem> {
    let key = officer.officer.to_string();
    match tx.within(LOOKS, &key, app.now()).await? {
        true => Ok(()),
        false => Err(Problem::TooMany(LATER)),
    }
}

/// The right to serve a person of the officer's unit; of others nothing is said, not even that they are there.
pub(super) async fn serving(
    tx: &mut Tx,
    officer: &SignedInOfficer,
    holder: HolderId,
) -> Result<Authorized<ServeHolder, HolderScope>, Problem> {
    let scope = tx.holder_scope(holder).await?.ok_or(Problem::NotFound)?;
    authorize(&officer.actor(), scope).map_err(|_| Problem::NotFound)
}
