//! Declaring one's health, in three steps that keep every answer in the page itself.

mod form;

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
use domain::phone::Phone;
use domain::unit::{UnitCode, UnitPath};
use form::DeclarationForm;
use store::declarations::Declared;

/// The most declarations a list shows: retention ends before a person makes more.
const LIST_MAX: i64 = 100;

// Steps that are done have no address (`no_links`): going back is a button, so that answers stay.

/// A value and its words, to choose from.
type Options = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "declarations/person.html")]
struct PersonPage {
    page: Page,
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
    no_links: Vec<String>,
    errors: FieldErrors,
    form: DeclarationForm,
    declaration_days: String,
}

#[derive(Template)]
#[template(path = "declarations/consent.html")]
struct ConsentPage {
    page: Page,
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

/// One declaration in the list.
struct DeclarationLine {
    declared: String,
    valid_until: String,
    erased: String,
    /// In force, run out, or followed by a newer one: in words.
    state: &'static str,
    concern: bool,
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
    let lines = declared.iter().enumerate();
    let lines = lines
        .map(|(at, one)| line(&app, &page, one, at == 0))
        .collect();
    reply::page(&ListPage { page, lines })
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
    let phone = holder.details.phone;
    reply::page(&person_page(
        &app,
        &who,
        form,
        phone,
        FieldErrors::default(),
    ))
}

/// Takes step 1 and shows step 2.
pub async fn take_person(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    let phone = phone(&app, &who).await?;
    if form.action == "communes" {
        let page = person_page(&app, &who, form, phone, FieldErrors::default());
        return reply::page(&page);
    }
    let page = who.reader.page(&app);
    match form.person(&app, &page, phone.as_deref()) {
        Ok(_) => reply::page(&health_page(&app, page, form, FieldErrors::default())),
        Err(errors) => reply::mend(&person_page(&app, &who, form, phone, errors)),
    }
}

/// Takes step 2 and shows step 3; or goes back to step 1.
pub async fn take_health(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    let phone = phone(&app, &who).await?;
    if form.action == "back" {
        let page = person_page(&app, &who, form, phone, FieldErrors::default());
        return reply::page(&page);
    }
    let page = who.reader.page(&app);
    let person = match form.person(&app, &page, phone.as_deref()) {
        Ok(person) => person,
        Err(errors) => return reply::mend(&person_page(&app, &who, form, phone, errors)),
    };
    match form.answers(&page, &person) {
        Ok(_) => {
            let view = consent_page(&app, page, form, &person.unit, FieldErrors::default());
            reply::page(&view.await?)
        }
        Err(errors) => reply::mend(&health_page(&app, page, form, errors)),
    }
}

/// Takes step 3, checks all of it again, and keeps the declaration.
pub async fn declare(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    let phone = phone(&app, &who).await?;
    let page = who.reader.page(&app);
    if form.action == "back" {
        return reply::page(&health_page(&app, page, form, FieldErrors::default()));
    }
    let person = match form.person(&app, &page, phone.as_deref()) {
        Ok(person) => person,
        Err(errors) => return reply::mend(&person_page(&app, &who, form, phone, errors)),
    };
    let answers = match form.answers(&page, &person) {
        Ok(answers) => answers,
        Err(errors) => return reply::mend(&health_page(&app, page, form, errors)),
    };
    if form.consent != "yes" {
        let mut errors = FieldErrors::default();
        errors.add("consent", page.text("declarations.err_consent"));
        let view = consent_page(&app, page, form, &person.unit, errors);
        return reply::mend(&view.await?);
    }
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

fn line(app: &AppState, page: &Page, one: &Declared, newest: bool) -> DeclarationLine {
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
    }
}

fn person_page(
    app: &AppState,
    who: &SignedInHolder,
    form: DeclarationForm,
    phone: Option<String>,
    errors: FieldErrors,
) -> PersonPage {
    let page = who.reader.page(app);
    let phone = phone.and_then(|phone| Phone::parse(&phone));
    PersonPage {
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
    errors: FieldErrors,
) -> HealthPage {
    HealthPage {
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
    unit: &UnitPath,
    errors: FieldErrors,
) -> Result<ConsentPage, Problem> {
    let mut tx = app.store.read().await?;
    let settings = privacy::answerable(app, &mut tx, unit).await?;
    let commune = unit.0.last().map(|code| app.units().full_name(code));
    let controller = settings.controller;
    Ok(ConsentPage {
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
