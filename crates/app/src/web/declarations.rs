//! Declaring one's health, in three steps that keep every answer in the page itself.

mod by_another;
mod by_guardian;
pub(super) mod form;
mod list;
mod whose;

pub use by_another::{ask_another, declare_another, take_health_another, take_person_another};
pub use by_guardian::{ask_member, declare_member, take_health_member, take_person_member};
pub use list::list;

use super::page::{FieldErrors, Page};
use super::privacy;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use super::units::below;
use crate::AppState;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use domain::declaration::GeneralDeclaration;
use domain::phone::Phone;
use domain::unit::UnitCode;
use form::{DeclarationForm, Person};
use whose::{Helped, Review, Whose};

// Steps that are done have no address (`no_links`): going back is a button, so that answers stay.

/// A value and its words, to choose from.
type Options = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "declarations/person.html")]
struct PersonPage {
    page: Page,
    whose: Whose,
    no_links: Vec<String>,
    errors: FieldErrors,
    form: DeclarationForm,
    phone: String,
    provinces: Options,
    communes: Options,
    genders: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "declarations/health.html")]
struct HealthPage {
    page: Page,
    whose: Whose,
    no_links: Vec<String>,
    errors: FieldErrors,
    form: DeclarationForm,
    declaration_days: String,
}

#[derive(Template)]
#[template(path = "declarations/consent.html")]
struct ConsentPage {
    page: Page,
    whose: Whose,
    no_links: Vec<String>,
    errors: FieldErrors,
    form: DeclarationForm,
    review: Review,
    controller: String,
    hotline: Option<String>,
    declaration_days: String,
    visit_days: String,
    hours: String,
}

/// Step 1, with what is known already; nothing is answered for anybody.
pub async fn ask(State(app): State<AppState>, who: SignedInHolder) -> Result<Response, Problem> {
    if app.units().is_empty() {
        return Err(Problem::NotSetUp);
    }
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let holder = tx.own_details(&own).await?.ok_or(Problem::NotFound)?;
    let last = tx.own_last_answers(&own).await?;
    let form = DeclarationForm::of(&holder, last);
    let whose = Whose::own(holder.details.phone);
    let page = who.reader.page(&app);
    let errors = FieldErrors::default();
    reply::page(&person_page(&app, page, form, whose, errors))
}

/// Takes step 1 and shows step 2.
pub async fn take_person(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    let whose = Whose::own(phone(&app, &who).await?);
    let page = who.reader.page(&app);
    let read = form.person(&app, &page, whose.phone.as_deref());
    person_taken(&app, page, form, whose, read)
}

/// What follows the first step.
fn person_taken(
    app: &AppState,
    page: Page,
    form: DeclarationForm,
    whose: Whose,
    read: Result<Person, FieldErrors>,
) -> Result<Response, Problem> {
    if form.action == "communes" {
        let errors = FieldErrors::default();
        return reply::page(&person_page(app, page, form, whose, errors));
    }
    match read {
        Ok(_) => reply::page(&health_page(app, page, form, whose, FieldErrors::default())),
        Err(errors) => reply::mend(&person_page(app, page, form, whose, errors)),
    }
}

/// Takes step 2 and shows step 3; or goes back to step 1.
pub async fn take_health(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    let whose = Whose::own(phone(&app, &who).await?);
    let page = who.reader.page(&app);
    let read = form.person(&app, &page, whose.phone.as_deref());
    health_taken(&app, page, form, whose, read).await
}

/// What follows the second step.
async fn health_taken(
    app: &AppState,
    page: Page,
    form: DeclarationForm,
    whose: Whose,
    read: Result<Person, FieldErrors>,
) -> Result<Response, Problem> {
    if form.action == "back" {
        let errors = FieldErrors::default();
        return reply::page(&person_page(app, page, form, whose, errors));
    }
    let person = match read {
        Ok(person) => person,
        Err(errors) => return reply::mend(&person_page(app, page, form, whose, errors)),
    };
    match form.answers(&page, &person) {
        Ok(_) => {
            let errors = FieldErrors::default();
            let view = consent_page(app, page, form, (whose, &person), errors);
            reply::page(&view.await?)
        }
        Err(errors) => reply::mend(&health_page(app, page, form, whose, errors)),
    }
}

/// Takes step 3, checks all of it again, and keeps the declaration.
pub async fn declare(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    let whose = Whose::own(phone(&app, &who).await?);
    let page = who.reader.page(&app);
    let read = form.person(&app, &page, whose.phone.as_deref());
    let (person, answers) = match all_taken(&app, page, form, whose, read).await? {
        Ok(taken) => taken,
        Err(mend) => return Ok(mend),
    };
    let now = app.now();
    let mut tx = app.store.write().await?;
    let own = who.own(&mut tx).await?;
    let settings = tx.unit_settings(&person.unit).await?;
    // What an office has looked at is changed at the office; the declaration itself says what is true today.
    if !tx.known_to_office(&own).await? {
        tx.update_holder(&own, &person.details, &person.unit)
            .await?;
    }
    let valid_until = now.plus(settings.declaration_validity);
    tx.declare(&own, &answers, valid_until, now).await?;
    tx.commit().await?;
    Ok(reply::see("/code?done=declared"))
}

/// All that was said, when nothing is left to mend and it was agreed to; otherwise the page to show.
async fn all_taken(
    app: &AppState,
    page: Page,
    form: DeclarationForm,
    whose: Whose,
    read: Result<Person, FieldErrors>,
) -> Result<Result<(Person, GeneralDeclaration), Response>, Problem> {
    if form.action == "back" {
        let errors = FieldErrors::default();
        return reply::page(&health_page(app, page, form, whose, errors)).map(Err);
    }
    let person = match read {
        Ok(person) => person,
        Err(errors) => {
            return reply::mend(&person_page(app, page, form, whose, errors)).map(Err);
        }
    };
    let answers = match form.answers(&page, &person) {
        Ok(answers) => answers,
        Err(errors) => {
            return reply::mend(&health_page(app, page, form, whose, errors)).map(Err);
        }
    };
    if form.consent != "yes" {
        let mut errors = FieldErrors::default();
        let words = match whose.helped {
            None => page.text("declarations.err_consent"),
            Some(_) => page.text("declarations.err_read_out"),
        };
        errors.add("consent", words);
        let view = consent_page(app, page, form, (whose, &person), errors);
        return reply::mend(&view.await?).map(Err);
    }
    Ok(Ok((person, answers)))
}

/// Whoever opens a later step's address begins at the first.
pub async fn begin() -> Response {
    reply::see("/declarations/new")
}

async fn phone(app: &AppState, who: &SignedInHolder) -> Result<Option<String>, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let holder = tx.own_details(&own).await?;
    let holder = holder.ok_or_else(|| Problem::sign_in("/declarations/new"))?;
    Ok(holder.details.phone)
}

fn person_page(
    app: &AppState,
    page: Page,
    form: DeclarationForm,
    whose: Whose,
    errors: FieldErrors,
) -> PersonPage {
    let phone = whose.phone.as_deref().and_then(Phone::parse);
    PersonPage {
        whose,
        no_links: Vec::new(),
        errors,
        phone: phone.map_or_else(String::new, |phone| phone.written()),
        provinces: below(app, &UnitCode::nation()),
        communes: UnitCode::parse(&form.province).map_or_else(Vec::new, |code| below(app, &code)),
        genders: vec![
            ("male", page.text("declarations.male")),
            ("female", page.text("declarations.female")),
            ("other", page.text("declarations.other")),
        ],
        form,
        page,
    }
}

fn health_page(
    app: &AppState,
    page: Page,
    form: DeclarationForm,
    whose: Whose,
    errors: FieldErrors,
) -> HealthPage {
    HealthPage {
        whose,
        no_links: Vec::new(),
        page,
        errors,
        form,
        declaration_days: app.retention().declaration_days.to_string(),
    }
}

async fn consent_page(
    app: &AppState,
    page: Page,
    form: DeclarationForm,
    (whose, person): (Whose, &Person),
    errors: FieldErrors,
) -> Result<ConsentPage, Problem> {
    let mut tx = app.store.read().await?;
    let settings = privacy::answerable(app, &mut tx, &person.unit).await?;
    let commune = person.unit.0.last();
    let place = commune.map_or_else(String::new, |code| app.units().full_name(code));
    let controller = settings.controller;
    Ok(ConsentPage {
        review: Review::of(&page, &whose, person, &place, &form),
        whose,
        no_links: Vec::new(),
        hotline: settings.hotline,
        controller: controller.unwrap_or_else(|| page.text("declarations.controller").to_owned()),
        declaration_days: app.retention().declaration_days.to_string(),
        visit_days: app.retention().scan_days.to_string(),
        hours: (settings.declaration_validity.as_secs() / 3600).to_string(),
        page,
        errors,
        form,
    })
}
