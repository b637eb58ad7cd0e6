//! The steps of a declaration, the same for whoever declares, and what follows each. Every answer stays in the page itself,
//! so all that was said before is checked again at each step.

use super::form::{DeclarationForm, Person};
use super::whose::Whose;
use crate::AppState;
use crate::web::page::{FieldErrors, Page};
use crate::web::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use domain::declaration::{Declaration, DeclarationKind};
use std::convert::Infallible;
use store::drafts::Typed;

/// One step. Which one a request sends, the end of its address says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Who declares.
    Person,
    /// The journey; none in a general declaration.
    Trip,
    /// Health.
    Health,
    /// All of it, and consent.
    Consent,
}

const PERSON: &[&str] = &[
    "kind",
    "name",
    "id_number",
    "birth_year",
    "gender",
    "nation",
    "province",
    "commune",
    "address",
    "email",
];
const TRIP: &[&str] = &[
    "vehicle",
    "flight_code",
    "vehicle_code",
    "seat",
    "start_province",
    "start_gate",
    "start_gate_text",
    "end_province",
    "end_gate",
    "end_gate_text",
    "start_date",
    "passing",
    "border_gate",
    "border_gate_text",
    "country",
    "entry_date",
    "countries",
    "stays",
    "vaccines",
];
const HEALTH: &[&str] = &[
    "symptoms",
    "symptoms_text",
    "met_case",
    "met_traveller",
    "met_symptoms",
    "passed",
    "passed_text",
];

impl Step {
    /// The step that a word names, as drafts keep it.
    pub(super) fn parse(word: &str) -> Self {
        match word {
            "trip" => Self::Trip,
            "health" => Self::Health,
            "consent" => Self::Consent,
            _ => Self::Person,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Trip => "trip",
            Self::Health => "health",
            Self::Consent => "consent",
        }
    }

    /// The step before, in a declaration of that kind.
    pub(super) fn before(self, kind: DeclarationKind) -> Self {
        match self {
            Self::Consent => Self::Health,
            Self::Health if kind != DeclarationKind::General => Self::Trip,
            Self::Health | Self::Trip | Self::Person => Self::Person,
        }
    }

    /// The names of its own fields; those of the others travel hidden.
    pub(super) const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Person => PERSON,
            Self::Trip => TRIP,
            Self::Health => HEALTH,
            Self::Consent => &[],
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Step {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let last = parts.uri.path().rsplit('/').next();
        Ok(match last.unwrap_or_default() {
            "declarations" => Self::Consent,
            word => Self::parse(word),
        })
    }
}

/// Somebody's form as it came, and what its first step says.
pub(super) struct Filled {
    pub(super) page: Page,
    pub(super) whose: Whose,
    pub(super) form: DeclarationForm,
    pub(super) read: Result<Person, FieldErrors>,
}

/// What is to be done after a step.
pub(super) enum Taken {
    /// A page to show.
    Show(Response),
    /// What was typed is to be kept.
    Draft(DeclarationKind, Typed),
    /// What was kept is to be thrown away.
    Discard(DeclarationKind),
    /// All was said and agreed to.
    All(Box<(Person, Declaration)>),
}

impl Filled {
    /// Goes on from a step: to the next one, or to the first at which there is something to mend.
    pub(super) async fn take(mut self, app: &AppState, step: Step) -> Result<Taken, Problem> {
        let none = FieldErrors::default();
        let faults = self.read.as_ref().err().cloned().unwrap_or_default();
        let Some(kind) = self.form.kind() else {
            return self.show(app, Step::Person, faults).await;
        };
        let keeps = self.whose.keeps_drafts();
        match std::mem::take(&mut self.form.action).as_str() {
            "communes" => return self.show(app, Step::Person, none).await,
            "back" => return self.show(app, step.before(kind), none).await,
            "draft" if keeps => return Ok(Taken::Draft(kind, self.draft(step))),
            "discard" if keeps => return Ok(Taken::Discard(kind)),
            _ => {}
        }
        let general = kind == DeclarationKind::General;
        match step {
            _ if !faults.is_empty() => self.show(app, Step::Person, faults).await,
            Step::Person if general => self.show(app, Step::Health, none).await,
            Step::Person => self.show(app, Step::Trip, none).await,
            _ => self.take_trip(app, step).await,
        }
    }

    /// What follows once the first step is right.
    async fn take_trip(self, app: &AppState, step: Step) -> Result<Taken, Problem> {
        let none = FieldErrors::default();
        let journey = match self.form.journey(app, &self.page) {
            Ok(journey) => journey,
            Err(errors) => return self.show(app, Step::Trip, errors).await,
        };
        if step == Step::Trip {
            return self.show(app, Step::Health, none).await;
        }
        let answers = match &self.read {
            Ok(person) => self.form.answers(&self.page, person),
            Err(errors) => Err(errors.clone()),
        };
        let general = match answers {
            Ok(general) => general,
            Err(errors) => return self.show(app, Step::Health, errors).await,
        };
        match self.read {
            Ok(person) if step == Step::Consent && self.form.consent == "yes" => {
                let said = Declaration { general, journey };
                Ok(Taken::All(Box::new((person, said))))
            }
            read => {
                let mut errors = none;
                if step == Step::Consent {
                    let words = match self.whose.helped {
                        false => self.page.text("declarations.err_consent"),
                        true => self.page.text("declarations.err_read_out"),
                    };
                    errors.add("consent", words);
                }
                let again = Self { read, ..self };
                again.show(app, Step::Consent, errors).await
            }
        }
    }

    async fn show(self, app: &AppState, step: Step, errors: FieldErrors) -> Result<Taken, Problem> {
        self.shown(app, step, errors).await.map(Taken::Show)
    }

    /// What a draft keeps: every answer, and the step at which it was left. Consent is given anew.
    fn draft(&self, step: Step) -> Typed {
        let mut typed = self.form.typed();
        typed.remove("consent");
        typed.insert("step".to_owned(), step.as_str().to_owned());
        typed
    }
}
