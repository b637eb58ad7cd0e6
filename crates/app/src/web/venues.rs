//! Venues: the list of one's own, and the page that changes or closes one.
//!
//! Registering one is `venues/registration.rs`; `venues/form.rs` reads the form both share.

pub mod form;
pub mod registration;

use super::asking::AskingPage;
use super::field_errors::FieldErrors;
use super::page::{Nav, Page};
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use crate::app::App;
use crate::{AppState, web::locale::Locale};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::audit::Deed;
use domain::ids::{HolderId, VenueId};
use domain::role::{
    Action, Actor, Authorized, ManageVenue, Purpose, RecordScans, VenueScope, authorize,
};
use domain::venue::VenueKind;
use form::{Choices, VenueForm};
use store::Tx;
use store::venues::{Venue, VenueDetails};

/// Asks the policy whether a person may act for a venue. Whoever has nothing to do with it does
/// not learn that it exists; its attendants are told that this is not theirs to do.
pub async fn may<A: Action<VenueScope>>(
    tx: &mut Tx,
    holder: HolderId,
    venue: VenueId,
) -> Result<(Authorized<A, VenueScope>, Venue), Problem> {
    let scope = tx.venue_scope(venue).await?.ok_or(Problem::NotFound)?;
    let venue = tx.venue(venue).await?.ok_or(Problem::NotFound)?;
    let actor = Actor::Holder(holder);
    match authorize::<A, _>(&actor, scope.clone()) {
        Ok(who) => Ok((who, venue)),
        Err(_) if authorize::<RecordScans, _>(&actor, scope).is_ok() => Err(Problem::Forbidden),
        Err(_) => Err(Problem::NotFound),
    }
}

/// The frame of a page about one venue: its own ways at the side.
pub fn page(app: &AppState, signed_in: &SignedInHolder, venue: VenueId) -> Page {
    let mut page = signed_in.reader.page(app);
    if let Some(reader) = &mut page.signed_in {
        reader.role_label = page.locale.text("venues.owner").to_owned();
    }
    let at = |rest: &str| format!("/venues/{venue}{rest}");
    page.nav = Nav::default()
        .with(at(""), "nav.board", "chart")
        .with(at("/scans"), "nav.scans", "list")
        .with(at("/checkpoints"), "nav.checkpoints", "door")
        .over(at("/devices"))
        .over(at("/asides"))
        .with(at("/attendants"), "nav.attendants", "users")
        .over(at("/owners"))
        .over(at("/permits"))
        .with(at("/posters"), "nav.poster", "print")
        .with(at("/details"), "nav.details", "settings")
        .with("/venues", "venues.all", "back");
    page
}

/// What the head of a venue's pages says.
#[derive(Clone, Debug)]
pub struct Head {
    /// The venue's address in this site.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Kind, commune and hours, for one line.
    pub facts: Vec<String>,
    /// Whether it closed for good, and when.
    pub closed: Option<String>,
    /// Whether an office lets nobody enter, and since when.
    pub suspended: Option<String>,
}

impl Head {
    /// The head of a venue's pages.
    pub fn new(app: &App, locale: Locale, venue: &Venue) -> Self {
        let details = &venue.details;
        Self {
            href: format!("/venues/{}", venue.id),
            name: details.name.clone(),
            facts: vec![
                kind_word(locale, details.kind).to_owned(),
                place(app, details),
                hours_words(locale, details),
            ],
            closed: venue
                .closed
                .map(|at| locale.fill("venues.closed_since", &[("time", &app.zone().written(at))])),
            suspended: venue
                .suspended
                .filter(|_| venue.closed.is_none())
                .map(|at| {
                    let time = app.zone().written(at);
                    locale.fill("suspensions.since_time", &[("time", &time)])
                }),
        }
    }
}

/// The word for a kind of place.
pub fn kind_word(locale: Locale, kind: VenueKind) -> &'static str {
    locale.text(&format!("venue_kind.{kind}"))
}

/// The commune and what is above it.
pub fn place(app: &App, details: &VenueDetails) -> String {
    details
        .unit
        .0
        .last()
        .map_or_else(String::new, |code| app.units().full_name(code))
}

/// When a venue is open, in words.
pub fn hours_words(locale: Locale, details: &VenueDetails) -> String {
    if details.hours.always() {
        return locale.text("venues.open_always").to_owned();
    }
    let (from, until) = details.hours.ends();
    locale.fill("venues.open", &[("from", &from), ("until", &until)])
}

#[derive(Template)]
#[template(path = "venues/list.html")]
struct ListPage {
    page: Page,
    own: Vec<Line>,
    attended: Vec<Line>,
    /// Venues that the reader is invited to own, and until when.
    invited: Vec<(Head, String)>,
}

struct Line {
    head: Head,
    /// Whether posters are not used any more.
    posters_over: bool,
    /// Id and name of each open gate.
    gates: Vec<(String, String)>,
}

/// The venues one owns, and those one scans for.
pub async fn list(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
) -> Result<Response, Problem> {
    let page = signed_in.reader.page(&app);
    let mut tx = app.store.read().await?;
    let who = signed_in.own(&mut tx).await?;
    let (mine, theirs) = (tx.own_venues(&who).await?, tx.attended_venues(&who).await?);
    let invited = tx.owner_invitations(&who, app.now()).await?;
    let invited = invited.iter().map(|(venue, until)| {
        let until = page.moment(*until);
        let until = page.fill("owners.invitation_until", [("time", until.as_str())]);
        (Head::new(&app, page.locale, venue), until)
    });
    let invited = invited.collect();
    let own = lines(&app, &mut tx, page.locale, mine).await?;
    let attended = lines(&app, &mut tx, page.locale, theirs).await?;
    reply::page(&ListPage {
        page,
        own,
        attended,
        invited,
    })
}

async fn lines(
    app: &AppState,
    tx: &mut Tx,
    locale: Locale,
    venues: Vec<Venue>,
) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::new();
    for venue in venues {
        let gates = tx.checkpoints(venue.id).await?;
        let gates = gates.into_iter().filter(|gate| gate.closed.is_none());
        let end = tx.posters_end(&venue.details.unit).await?;
        lines.push(Line {
            posters_over: end.is_some_and(|end| super::posters::over(app, &end)),
            head: Head::new(app, locale, &venue),
            gates: gates.map(|gate| (gate.id.to_string(), gate.name)).collect(),
        });
    }
    Ok(lines)
}

#[derive(Template)]
#[template(path = "venues/edit.html")]
struct EditPage {
    page: Page,
    head: Head,
    fields: VenueForm,
    choices: Choices,
    errors: FieldErrors,
}

/// The form with what is said of a venue.
pub async fn edit(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let form = VenueForm::of(&venue.details);
    let page = page(&app, &signed_in, id);
    show_edit(
        &app,
        page,
        &venue,
        form,
        FieldErrors::default(),
        StatusCode::OK,
    )
}

fn show_edit(
    app: &AppState,
    page: Page,
    venue: &Venue,
    fields: VenueForm,
    errors: FieldErrors,
    status: StatusCode,
) -> Result<Response, Problem> {
    let choices = Choices::new(app, page.locale, &fields);
    let head = Head::new(app, page.locale, venue);
    reply::with(
        status,
        &EditPage {
            page,
            head,
            fields,
            choices,
            errors,
        },
    )
}

/// Changes what is said of a venue.
pub async fn update(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(form): Form<VenueForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let page = page(&app, &signed_in, id);
    if form.asks_for_communes() {
        let errors = FieldErrors::default();
        return show_edit(&app, page, &venue, form, errors, StatusCode::OK);
    }
    match form.details(&app, page.locale) {
        Ok(details) => {
            if details != venue.details {
                if !tx.update_venue(&who, &details).await? {
                    let mut errors = FieldErrors::default();
                    errors.add("commune", page.text("suspensions.err_moved"));
                    let status = StatusCode::UNPROCESSABLE_ENTITY;
                    return show_edit(&app, page, &venue, form, errors, status);
                }
                note(&app, &mut tx, &who, Deed::VenueDetails).await?;
                tx.commit().await?;
            }
            Ok(Redirect::to(&format!("/venues/{id}")).into_response())
        }
        Err(errors) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show_edit(&app, page, &venue, form, errors, status)
        }
    }
}

/// Notes what an owner did to a venue.
async fn note(
    app: &AppState,
    tx: &mut Tx,
    who: &Authorized<ManageVenue, VenueScope>,
    deed: Deed,
) -> Result<(), Problem> {
    let (scope, now) = (who.scope(), app.now());
    let deed = deed.to(scope.venue);
    tx.audit(who, &scope.unit, now, Purpose::VenueBoard, deed, &[])
        .await?;
    Ok(())
}

/// Asks whether to close a venue for good.
pub async fn closing(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    if venue.closed.is_some() {
        return Ok(Redirect::to(&format!("/venues/{id}")).into_response());
    }
    let page = page(&app, &signed_in, id);
    reply::page(&AskingPage {
        head: Head::new(&app, page.locale, &venue),
        question: page.text("venues.close_question").to_owned(),
        consequence: page.text("venues.close_hint"),
        action: format!("/venues/{id}/closing"),
        field: ("", String::new()),
        verb: page.text("btn.close_venue"),
        back: format!("/venues/{id}"),
        page,
    })
}

/// Closes a venue for good; whoever is inside may still leave.
pub async fn close(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, _) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    if tx.close_venue(&who, app.now()).await? {
        note(&app, &mut tx, &who, Deed::VenueClosing).await?;
        tx.commit().await?;
    }
    Ok(Redirect::to(&format!("/venues/{id}")).into_response())
}
