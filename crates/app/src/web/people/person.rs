//! The page of one person: what they ask for, who they are, their cards and each step of these.

use super::guardians::GuardianLine;
use super::views::{self, CardView, Facts, RequestView};
use super::{serving, within_budget};
use crate::AppState;
use crate::web::corrections::Correction;
use crate::web::field_errors::FieldErrors;
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::card::{Card, CardState, CardStep, StepReason};
use domain::ids::{CardId, HolderId};
use domain::request::RequestState;
use domain::role::Purpose;
use serde::Deserialize;
use store::audit::Subject;

/// A value and its words.
type Choice = (String, String);

#[derive(Template)]
#[template(path = "people/person.html")]
pub(super) struct PersonPage {
    pub(super) page: Page,
    pub(super) errors: FieldErrors,
    pub(super) here: String,
    pub(super) facts: Facts,
    requests: Vec<RequestView>,
    guardians: Vec<GuardianLine>,
    pub(super) cards: Vec<CardView>,
    /// Cards of which something can still become.
    open_cards: Vec<Choice>,
    steps: Vec<Choice>,
    reasons: Vec<Reasons>,
    pub(super) typed: Typed,
    pub(super) correction: Correction,
    genders: Vec<(&'static str, &'static str)>,
    pub(super) done: String,
    /// Where to print the card that was just made; empty for none.
    print: String,
}

/// The reasons for one step.
struct Reasons {
    step: Choice,
    reasons: Vec<Choice>,
}

impl PersonPage {
    /// Whether somebody cares for the person with whom neither the person nor an office has agreed.
    fn lone(&self) -> bool {
        self.guardians.iter().any(|one| one.alone)
    }
}

/// A step that is wanted, as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub(super) card: String,
    pub(super) step: String,
    pub(super) reason: String,
    /// Whether a step that nothing takes back was said twice.
    pub(super) sure: String,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
    card: String,
}

/// The steps that an office takes from this page, in the order of how often.
pub(super) const STEPS: [CardStep; 5] = [
    CardStep::HandOver,
    CardStep::Suspension,
    CardStep::Resumption,
    CardStep::Replacement,
    CardStep::Revocation,
];

/// Opens a person of the office's unit.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(holder): PathId<HolderId>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let mut view = of(&app, &officer, holder).await?;
    let key = match done.done.as_str() {
        "corrected" => "people.done_corrected",
        "guardians" => "people.done_guardians",
        step if CardStep::parse(step).is_some_and(|step| STEPS.contains(&step)) => {
            "people.done_step"
        }
        _ => "",
    };
    if !key.is_empty() {
        view.done = view.page.text(key).to_owned();
    }
    if let Some(card) = CardId::parse(&done.card) {
        view.print = format!("/office/cards/{card}/card.pdf");
    }
    reply::page(&view)
}

/// The page. Opening it leaves an audit entry.
pub(super) async fn of(
    app: &AppState,
    officer: &SignedInOfficer,
    holder: HolderId,
) -> Result<PersonPage, Problem> {
    let now = app.now();
    let page = officer.reader.page(app);
    let mut tx = app.store.write().await?;
    let who = serving(&mut tx, officer, holder).await?;
    within_budget(app, &mut tx, officer).await?;
    let known = tx.served(&who).await?.ok_or(Problem::NotFound)?;
    let cards = tx.served_cards(&who).await?;
    let mut views = Vec::with_capacity(cards.len());
    for card in &cards {
        let steps = tx.card_steps(&who, card.id).await?;
        views.push(views::card(app, &mut tx, &page, (card, &steps), now).await?);
    }
    let requests = tx.served_requests(&who).await?;
    let guardians = tx.served_guardians(&who).await?;
    let seen = guardians.iter().map(|one| one.holder);
    let seen = seen.chain([who.scope().holder]).map(Subject::Holder);
    let (unit, seen) = (&who.scope().unit, seen.collect::<Vec<_>>());
    tx.audit(&who, unit, now, Purpose::Support, Deed::Person, &seen)
        .await?;
    tx.commit().await?;
    let open = requests
        .iter()
        .filter(|one| one.state == RequestState::Open);
    let requests = open.map(|one| views::request(app, &page, one, Some(&known), now));
    let requests = requests.collect();
    let open_cards = views
        .iter()
        .zip(&cards)
        .filter(|(_, card)| !card.state.over());
    let open_cards = open_cards.map(|(view, card)| {
        let words = format!("{} {} ({})", view.kind, view.serial, view.state);
        (card.id.to_string(), words)
    });
    let steps = steps(&page, &cards, &views);
    Ok(PersonPage {
        errors: FieldErrors::default(),
        here: format!("/office/people/{holder}"),
        facts: views::facts(app, &page, &known),
        requests,
        guardians: (guardians.iter())
            .map(|one| GuardianLine::of(&page, one))
            .collect(),
        open_cards: open_cards.collect(),
        reasons: reasons(&page, &steps),
        steps,
        cards: views,
        typed: Typed::default(),
        correction: Correction::default(),
        genders: views::genders(&page),
        done: String::new(),
        print: String::new(),
        page,
    })
}

/// The steps that belong to one of these cards. One that a merge put out of use may be put out of use by the office, too.
fn steps(page: &Page, cards: &[Card], views: &[CardView]) -> Vec<Choice> {
    let stilled = views.iter().any(|card| card.stilled);
    let states = cards.iter().map(|card| card.state);
    let states = states.chain(stilled.then_some(CardState::Active));
    let possible = STEPS
        .into_iter()
        .filter(|step| states.clone().any(|state| state.after(*step).is_some()));
    let words = possible.map(|step| {
        let key = format!("people.do_{step}");
        (step.to_string(), page.text(&key).to_owned())
    });
    words.collect()
}

/// The reasons that an office gives, under the step to which they belong.
fn reasons(page: &Page, steps: &[Choice]) -> Vec<Reasons> {
    let of = |step: &Choice| {
        let said = CardStep::parse(&step.0).map_or(&[][..], StepReason::of);
        let words = said.iter().map(|one| {
            let key = format!("people.reason_{one}");
            (one.to_string(), page.text(&key).to_owned())
        });
        Reasons {
            step: step.clone(),
            reasons: words.collect(),
        }
    };
    let all = steps.iter().map(of);
    all.filter(|one| !one.reasons.is_empty()).collect()
}
