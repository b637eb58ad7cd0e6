//! The name of somebody whose phone is proven, and who is new.

use super::Place;
use super::code::At;
use super::steps::Step;
use crate::AppState;
use crate::web::field_errors::FieldErrors;
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::scanner::by_hand::{Brought, Passing, by_hand};
use crate::web::scanner::{open_gate, recorder};
use crate::web::sign_in::name_words;
use crate::web::signed_in::SignedInHolder;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CheckpointId, HolderId};
use domain::unit::UnitPath;
use serde::Deserialize;
use store::holders::NewHolder;
use store::{Constraint, Error};

/// The name, as the person says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NameForm {
    step: String,
    name: String,
}

#[derive(Template)]
#[template(path = "without_code/name.html")]
struct NamePage {
    page: Page,
    place: Place,
    errors: FieldErrors,
    step: String,
    phone: String,
    typed: String,
}

/// Asks for the name.
pub async fn ask_name(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Query(at): Query<At>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = open_gate(&mut tx, &signed_in, id).await?;
    let step = Step::of(&app, &signed_in, id, &at.step).filter(|step| step.scan().is_some());
    let Some(step) = step else {
        return Ok(reply::see(&format!("/checkpoints/{id}/without-code")));
    };
    let (form, place) = (NameForm::default(), Place::new(&venue, &gate));
    reply::page(&page(
        &app,
        &signed_in,
        place,
        (&step, form),
        FieldErrors::default(),
    ))
}

/// Makes a holder of the proven phone, and lets the person through.
pub async fn take_name(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Form(form): Form<NameForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = open_gate(&mut tx, &signed_in, id).await?;
    drop(tx);
    let step = Step::of(&app, &signed_in, id, &form.step).ok_or(Problem::OutOfOrder)?;
    let scan = step.scan().ok_or(Problem::OutOfOrder)?;
    let name = match PersonName::parse(&form.name) {
        Ok(name) => name,
        Err(error) => {
            let mut errors = FieldErrors::default();
            errors.add("name", name_words(&signed_in.reader, error));
            let place = Place::new(&venue, &gate);
            return reply::mend(&page(&app, &signed_in, place, (&step, form), errors));
        }
    };
    let holder = new_holder(&app, &step, name).await?;
    let gate = recorder(&app, &signed_in, id).await?;
    let (asked, companions) = step.way();
    let passing = Passing {
        scan,
        companions,
        ..Passing::now(&app, asked)
    };
    by_hand(&app, &gate, Brought::Person(holder), passing).await
}

/// A proven holder of that phone; the one there is by now, after a second click.
async fn new_holder(app: &AppState, step: &Step, name: PersonName) -> Result<HolderId, Problem> {
    let details = HolderDetails::named(name, Some(&step.phone));
    let mut tx = app.store.write().await?;
    let served = tx.served_unit().await?;
    let unit = served.and_then(|code| app.units().path(&code));
    let new = NewHolder {
        details: &details,
        phone: Some(&step.phone),
        browser: None,
        verified: true,
        unit: &unit.unwrap_or(UnitPath(Vec::new())),
    };
    match tx.add_holder(&new, app.now()).await {
        Ok(holder) => {
            tx.commit().await?;
            Ok(holder)
        }
        Err(Error::Conflict(Constraint::HolderPhone)) => {
            tx.rollback().await?;
            let mut tx = app.store.read().await?;
            let found = tx.holder_of_phone(&step.phone).await?;
            found.map(|scope| scope.holder).ok_or(Problem::Conflict)
        }
        Err(error) => Err(error.into()),
    }
}

fn page(
    app: &AppState,
    signed_in: &SignedInHolder,
    place: Place,
    (step, form): (&Step, NameForm),
    errors: FieldErrors,
) -> NamePage {
    NamePage {
        page: signed_in.reader.page(app),
        place,
        errors,
        step: step.sealed(app),
        phone: step.phone.written(),
        typed: form.name,
    }
}
