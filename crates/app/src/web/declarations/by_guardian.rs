//! A holder declares for a member of the family who has no phone: the same three steps. What is known of the member is not
//! overwritten; the declaration is marked as declared by another.

use super::form::{DeclarationForm, Person};
use super::{Whose, all_taken, health_taken, person_page, person_taken};
use crate::AppState;
use crate::web::family::Care;
use crate::web::page::{FieldErrors, Page};
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInHolder;
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use domain::ids::HolderId;

fn whose(member: HolderId, phone: Option<String>) -> Whose {
    let leave = format!("/family/{member}");
    let first = format!("{leave}/declaration");
    Whose {
        second: format!("{first}/health"),
        last: format!("{first}/consent"),
        first,
        leave,
        title: "declarations.person_member",
        consent: "consent.member",
        helped: None,
        phone,
    }
}

fn read(
    app: &AppState,
    page: &Page,
    care: &Care,
    form: &DeclarationForm,
) -> (Whose, Result<Person, FieldErrors>) {
    let phone = care.holder.details.phone.clone();
    let person = form.person(app, page, phone.as_deref());
    (whose(care.holder.id, phone), person)
}

/// Step 1, with what is known of the member.
pub async fn ask_member(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
) -> Result<Response, Problem> {
    if app.units().is_empty() {
        return Err(Problem::NotSetUp);
    }
    let mut tx = app.store.read().await?;
    let care = Care::of(&mut tx, &who, id).await?;
    let form = DeclarationForm::of(&care.holder, None);
    let whose = whose(id, care.holder.details.phone);
    let page = who.reader.page(&app);
    reply::page(&person_page(
        &app,
        page,
        form,
        whose,
        FieldErrors::default(),
    ))
}

/// Takes step 1 and shows step 2.
pub async fn take_person_member(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let care = Care::of(&mut tx, &who, id).await?;
    let page = who.reader.page(&app);
    let (whose, read) = read(&app, &page, &care, &form);
    person_taken(&app, page, form, whose, read)
}

/// Takes step 2 and shows step 3; or goes back to step 1.
pub async fn take_health_member(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let care = Care::of(&mut tx, &who, id).await?;
    drop(tx);
    let page = who.reader.page(&app);
    let (whose, read) = read(&app, &page, &care, &form);
    health_taken(&app, page, form, whose, read).await
}

/// Takes step 3, checks all of it again, and keeps the declaration.
pub async fn declare_member(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let care = Care::of(&mut tx, &who, id).await?;
    drop(tx);
    let page = who.reader.page(&app);
    let (whose, read) = read(&app, &page, &care, &form);
    let (person, answers) = match all_taken(&app, page, form, whose, read).await? {
        Ok(taken) => taken,
        Err(mend) => return Ok(mend),
    };
    let now = app.now();
    let mut tx = app.store.write().await?;
    let care = Care::of(&mut tx, &who, id).await?;
    let settings = tx.unit_settings(&person.unit).await?;
    let valid_until = now.plus(settings.declaration_validity);
    tx.declare_for_member(&care.may, &answers, valid_until, now)
        .await?;
    tx.commit().await?;
    Ok(reply::see(&format!("/family/{id}?done=declared")))
}
