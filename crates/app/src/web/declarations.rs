//! Declaring one's health, in three steps that keep every answer in the page itself.

mod by_another;
mod form;
mod list;

pub use by_another::{ask_another, declare_another, take_health_another, take_person_another};
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
use domain::unit::{UnitCode, UnitPath};
use form::{DeclarationForm, Person};

// Steps that are done have no address (`no_links`): going back is a button, so that answers stay.

/// Whose declaration it is, and at which addresses its steps are.
#[derive(Clone, Debug)]
struct Whose {
    first: String,
    second: String,
    last: String,
    leave: String,
    /// Key of the first step's title.
    title: &'static str,
    /// Key of the words beside the tick.
    consent: &'static str,
    /// Of whom an attendant writes it down: initials, as at the gate.
    initials: Option<String>,
    /// The person's own number, E.164.
    phone: Option<String>,
}

impl Whose {
    fn own(phone: Option<String>) -> Self {
        Self {
            first: "/declarations/new".to_owned(),
            second: "/declarations/health".to_owned(),
            last: "/declarations".to_owned(),
            leave: "/declarations".to_owned(),
            title: "declarations.person",
            consent: "consent.check",
            initials: None,
            phone,
        }
    }
}

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
    place: String,
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
            let view = consent_page(app, page, form, (whose, &person.unit), errors);
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
    tx.update_holder(&own, &person.details, &person.unit)
        .await?;
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
        let words = match whose.initials {
            None => page.text("declarations.err_consent"),
            Some(_) => page.text("declarations.err_read_out"),
        };
        errors.add("consent", words);
        let view = consent_page(app, page, form, (whose, &person.unit), errors);
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
    (whose, unit): (Whose, &UnitPath),
    errors: FieldErrors,
) -> Result<ConsentPage, Problem> {
    let mut tx = app.store.read().await?;
    let settings = privacy::answerable(app, &mut tx, unit).await?;
    let commune = unit.0.last().map(|code| app.units().full_name(code));
    let controller = settings.controller;
    Ok(ConsentPage {
        whose,
        no_links: Vec::new(),
        place: commune.unwrap_or_default(),
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
