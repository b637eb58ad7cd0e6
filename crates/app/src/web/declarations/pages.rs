//! What each step of a declaration shows.

use super::drafts::{self, DraftLine};
use super::form::{DeclarationForm, Person};
use super::steps::{Filled, Step};
use super::trip::{self, GateGroup};
use super::whose::{Review, Whose};
use super::words;
use crate::AppState;
use crate::web::page::{FieldErrors, Page};
use crate::web::privacy;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::units::below;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use domain::declaration::DeclarationKind;
use domain::journey::Journey;
use domain::phone::Phone;
use domain::unit::{UnitCode, UnitPath};
use store::drafts::Typed;

// Steps that are done have no address (`no_links`): going back is a button, so that answers stay.

/// A value and its words, to choose from.
type Options = Vec<(String, String)>;
/// The same, of words that the program knows.
type Fixed = Vec<(&'static str, &'static str)>;

/// What every step's page shows.
struct Shown {
    whose: Whose,
    form: DeclarationForm,
    errors: FieldErrors,
    /// The answers of the other steps.
    hidden: Typed,
    no_links: Vec<String>,
    /// The number of this step, and of all.
    now: usize,
    total: usize,
    /// Where, and by which button, this step is asked for anew in another language.
    again: String,
    again_by: &'static str,
}

impl Shown {
    fn of(whose: Whose, form: DeclarationForm, step: Step, errors: FieldErrors) -> Self {
        let kind = form.kind().unwrap_or(DeclarationKind::General);
        let trip = usize::from(kind != DeclarationKind::General);
        let now = match step {
            Step::Person => 1,
            Step::Trip => 2,
            Step::Health => 2 + trip,
            Step::Consent => 3 + trip,
        };
        let mut hidden = form.typed();
        hidden.retain(|name, _| !step.fields().contains(&name.as_str()) && name != "consent");
        Self {
            again: whose.at(step.before(kind)).to_owned(),
            again_by: match step {
                Step::Person => "communes",
                _ => "next",
            },
            whose,
            form,
            errors,
            hidden,
            no_links: Vec::new(),
            now,
            total: 3 + trip,
        }
    }
}

#[derive(Template)]
#[template(path = "declarations/person.html")]
struct PersonPage {
    page: Page,
    shown: Shown,
    drafts: Vec<DraftLine>,
    phone: String,
    kinds: Fixed,
    provinces: Options,
    communes: Options,
    genders: Fixed,
}

/// What becomes of a draft that is in the way.
#[derive(Template)]
#[template(path = "declarations/draft.html")]
struct DraftPage {
    page: Page,
    shown: Shown,
    /// Where the form was sent, and the button that begins anew there.
    at: String,
    anew: &'static str,
    draft: DraftLine,
}

#[derive(Template)]
#[template(path = "declarations/trip.html")]
struct TripPage {
    page: Page,
    shown: Shown,
    entry: bool,
    vehicles: Fixed,
    provinces: Options,
    gates: Vec<GateGroup>,
    countries: String,
}

#[derive(Template)]
#[template(path = "declarations/health.html")]
struct HealthPage {
    page: Page,
    shown: Shown,
    declaration_days: String,
}

#[derive(Template)]
#[template(path = "declarations/consent.html")]
struct ConsentPage {
    page: Page,
    shown: Shown,
    kind: &'static str,
    review: Review,
    /// The questions about the journey, and the answers.
    journey: Vec<(&'static str, String)>,
    controller: String,
    hotline: Option<String>,
    declaration_days: String,
    visit_days: String,
    hours: String,
}

impl Filled {
    /// The first step, as it is shown first, with what was begun before.
    pub(super) fn begin(self, app: &AppState, drafts: Vec<DraftLine>) -> Result<Response, Problem> {
        reply::page(&PersonPage {
            drafts,
            ..self.person_page(app, FieldErrors::default())
        })
    }

    /// Asks what becomes of a draft that is in the way of a step.
    pub(super) fn ask_of(mut self, step: Step, draft: DraftLine) -> Result<Response, Problem> {
        let anew = drafts::anew(&std::mem::take(&mut self.form.action));
        let at = self.whose.at(step).to_owned();
        let again = self.whose.first.clone();
        // Every answer travels on, of whatever step.
        let shown = Shown::of(self.whose, self.form, Step::Consent, FieldErrors::default());
        reply::page(&DraftPage {
            shown: Shown {
                again,
                again_by: "next",
                ..shown
            },
            page: self.page,
            at,
            anew,
            draft,
        })
    }

    /// A step, with what there is to mend.
    pub(super) async fn shown(
        self,
        app: &AppState,
        step: Step,
        errors: FieldErrors,
    ) -> Result<Response, Problem> {
        let status = match errors.is_empty() {
            true => StatusCode::OK,
            false => StatusCode::UNPROCESSABLE_ENTITY,
        };
        match (step, self.read) {
            (Step::Consent, Ok(person)) => {
                let journey = self.form.journey(app, &self.page).ok().flatten();
                let shown = Shown::of(self.whose, self.form, step, errors);
                let view = consent_page(app, self.page, shown, (&person, journey));
                reply::with(status, &view.await?)
            }
            (Step::Trip, read) => {
                let unit = read.map_or_else(|_| UnitPath(Vec::new()), |person| person.unit);
                let shown = Shown::of(self.whose, self.form, step, errors);
                reply::with(status, &trip_page(app, self.page, shown, &unit).await?)
            }
            (Step::Health, _) => {
                let days = app.retention().declaration_days;
                reply::with(
                    status,
                    &HealthPage {
                        page: self.page,
                        shown: Shown::of(self.whose, self.form, step, errors),
                        declaration_days: days.to_string(),
                    },
                )
            }
            (_, read) => {
                let again = Self { read, ..self };
                reply::with(status, &again.person_page(app, errors))
            }
        }
    }

    fn person_page(self, app: &AppState, errors: FieldErrors) -> PersonPage {
        let (page, mut form) = (self.page, self.form);
        let phone = self.whose.phone.as_deref().and_then(Phone::parse);
        // One kind is always chosen; what it asks for is not.
        if let Some(kind) = form.kind() {
            kind.as_str().clone_into(&mut form.kind);
        }
        let province = UnitCode::parse(&form.province);
        PersonPage {
            drafts: Vec::new(),
            phone: phone.map_or_else(String::new, |phone| phone.written()),
            kinds: words::kinds(&page),
            provinces: below(app, &UnitCode::nation()),
            communes: province.map_or_else(Vec::new, |code| below(app, &code)),
            genders: vec![
                ("male", page.text("declarations.male")),
                ("female", page.text("declarations.female")),
                ("other", page.text("declarations.other")),
            ],
            shown: Shown::of(self.whose, form, Step::Person, errors),
            page,
        }
    }
}

async fn trip_page(
    app: &AppState,
    page: Page,
    shown: Shown,
    unit: &UnitPath,
) -> Result<TripPage, Problem> {
    let settings = app.store.read().await?.unit_settings(unit).await?;
    let kind = shown.form.kind().unwrap_or(DeclarationKind::General);
    let days = settings.countries_days.to_string();
    Ok(TripPage {
        entry: kind == DeclarationKind::Entry,
        vehicles: trip::vehicles(&page),
        provinces: below(app, &UnitCode::nation()),
        gates: trip::gates(app, &page, kind),
        countries: page.fill("journey.countries_days", [("days", days.as_str())]),
        shown,
        page,
    })
}

async fn consent_page(
    app: &AppState,
    page: Page,
    shown: Shown,
    (person, journey): (&Person, Option<Journey>),
) -> Result<ConsentPage, Problem> {
    let mut tx = app.store.read().await?;
    let counts = shown.whose.unit(&person.unit);
    let settings = privacy::answerable(app, &mut tx, &counts).await?;
    let commune = person.unit.0.last();
    let place = commune.map_or_else(String::new, |code| app.units().full_name(code));
    let kind = shown.form.kind().unwrap_or(DeclarationKind::General);
    let controller = settings.controller;
    let journey = journey.map(|journey| words::answers(app, &page, &journey));
    Ok(ConsentPage {
        kind: words::kind(&page, kind),
        review: Review::of(&page, &shown.whose, person, &place, &shown.form),
        journey: journey.unwrap_or_default(),
        hotline: settings.hotline,
        controller: controller.unwrap_or_else(|| page.text("declarations.controller").to_owned()),
        declaration_days: app.retention().declaration_days.to_string(),
        visit_days: app.retention().scan_days.to_string(),
        hours: (settings.validity.of(kind).as_secs() / 3600).to_string(),
        shown,
        page,
    })
}
