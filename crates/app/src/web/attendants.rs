//! Attendants: who may scan for a venue, by phone.

use super::asking::{AskingPage, Done};
use super::field_errors::FieldErrors;
use super::listed::{ListedForm, looked, masked};
use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use super::venues::{self, Head, may};
use crate::AppState;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::HEXLOWER_PERMISSIVE;
use domain::audit::Deed;
use domain::ids::VenueId;
use domain::role::{ListAttendants, ManageVenue};
use serde::Deserialize;
use store::attendants::Attendant;
use store::{Constraint, Error};

/// The longest list.
const MOST: i64 = 200;

/// The line a button stands for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AttendantChoice {
    attendant: String,
}

#[derive(Template)]
#[template(path = "venues/attendants.html")]
struct AttendantsPage {
    page: Page,
    head: Head,
    open: bool,
    lines: Vec<Line>,
    done: &'static str,
    fields: ListedForm,
    errors: FieldErrors,
}

struct Line {
    key: String,
    name: String,
    phone: String,
    proven: bool,
}

fn line(attendant: Attendant) -> Line {
    Line {
        key: HEXLOWER_PERMISSIVE.encode(&attendant.key),
        name: attendant.name,
        phone: masked(&attendant.phone),
        proven: attendant.holder.is_some(),
    }
}

/// The list.
pub async fn list(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let nothing = (ListedForm::default(), FieldErrors::default());
    show(&app, &signed_in, id, nothing, done).await
}

async fn show(
    app: &AppState,
    signed_in: &SignedInHolder,
    id: VenueId,
    (fields, errors): (ListedForm, FieldErrors),
    done: Done,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, venue) = may::<ListAttendants>(&mut tx, signed_in.holder, id).await?;
    let found = tx.attendants(&who).await?;
    let seen = found.iter().filter_map(|attendant| attendant.holder);
    looked(&mut tx, &who, (Deed::Attendants, app.now()), seen).await?;
    tx.commit().await?;
    let page = venues::page(app, signed_in, id);
    let view = AttendantsPage {
        head: Head::new(app, page.locale, &venue),
        open: venue.closed.is_none(),
        done: done.said(&page, &[("removed", "attendants.removed")]),
        lines: found.into_iter().map(line).collect(),
        fields,
        errors,
        page,
    };
    reply::form(&view.errors, &view)
}

/// Puts a person on the list.
pub async fn add(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(form): Form<ListedForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, _) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let locale = signed_in.reader.locale;
    let mut errors = FieldErrors::default();
    let read = form.read(locale, &mut errors);
    if tx.count_attendants(&who).await? >= MOST {
        let most = MOST.to_string();
        errors.add(
            "person",
            locale.fill("attendants.err_many", &[("n", &most)]),
        );
    }
    if let (Some((name, phone)), true) = (read, errors.is_empty()) {
        match tx
            .add_attendant(&who, name.as_str(), &phone, app.now())
            .await
        {
            Ok(()) => {
                tx.commit().await?;
                return Ok(to_list(id));
            }
            Err(Error::Conflict(Constraint::Attendant)) => {
                errors.add("phone", locale.text("attendants.err_twice"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    tx.rollback().await?;
    show(&app, &signed_in, id, (form, errors), Done::default()).await
}

fn to_list(id: VenueId) -> Response {
    Redirect::to(&format!("/venues/{id}/attendants")).into_response()
}

/// Asks whether to take a person off the list, who was named there. Who is not on it needs no question.
pub async fn removing(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(choice): Query<AttendantChoice>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, venue) = may::<ListAttendants>(&mut tx, signed_in.holder, id).await?;
    let found = tx.attendants(&who).await?;
    let lines = found.into_iter().map(|one| (one.holder, line(one)));
    let Some((holder, line)) = lines
        .into_iter()
        .find(|(_, line)| line.key == choice.attendant)
    else {
        return Ok(to_list(id));
    };
    looked(&mut tx, &who, (Deed::Attendants, app.now()), holder).await?;
    tx.commit().await?;
    let page = venues::page(&app, &signed_in, id);
    reply::page(&AskingPage {
        head: Head::new(&app, page.locale, &venue),
        question: page.fill("attendants.remove_question", [("name", line.name.as_str())]),
        consequence: page.text("attendants.remove_hint"),
        action: format!("/venues/{id}/attendants/removal"),
        field: ("attendant", line.key),
        verb: page.text("attendants.remove"),
        back: format!("/venues/{id}/attendants"),
        page,
    })
}

/// Takes a person off the list; scanning ends at once.
pub async fn remove(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(choice): Form<AttendantChoice>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, _) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let key = HEXLOWER_PERMISSIVE.decode(choice.attendant.as_bytes());
    let key = key.map_err(|_| Problem::NotFound)?;
    if !tx.remove_attendant(&who, &key).await? {
        return Err(Problem::NotFound);
    }
    tx.commit().await?;
    let list = format!("/venues/{id}/attendants?done=removed");
    Ok(Redirect::to(&list).into_response())
}
