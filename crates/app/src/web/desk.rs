//! The desk of an office: a person comes, is found or registered, and leaves with a card.
//!
//! Nothing is issued while a record that is likely the same person's has not been settled: used, or said to be somebody
//! else's. Two clerks who serve one person at once make one record and one card; the second is told.

pub(super) mod alike;
mod done;
mod form;
mod serving;

use super::field_errors::FieldErrors;
use super::office::{communes, own_scope};
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use crate::AppState;
use crate::old_units::{self, Today};
use alike::{Alike, usable};
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::card::CardKind;
use domain::declaration::Gender;
use domain::holder::HolderDetails;
use domain::ids::HolderId;
use domain::role::{Authorized, Purpose, RegisterHolder, UnitScope, authorize};
use domain::unit::UnitPath;
pub use done::Done;
use done::Issued;
use form::DeskForm;
use std::collections::BTreeSet;
use std::time::Duration;
use store::audit::Subject;
use store::rates::Limit;
use store::registry::Candidate;

/// How many times a day one officer may be shown records: Huế's offices issued some hundred cards a day each in its
/// first week, with two or three looks for a card. A hard stop against browsing.
pub(super) const LOOKS: Limit = Limit {
    kind: "desk looks",
    most: 3000,
    window: Duration::from_secs(86_400),
};
/// After how many seconds whoever is over the limit may ask again.
const LATER: u32 = 3600;

#[derive(Template)]
#[template(path = "desk/desk.html")]
struct DeskPage {
    page: Page,
    errors: FieldErrors,
    form: DeskForm,
    /// Which paper the fields were read from, in words; empty for typed ones.
    read: &'static str,
    communes: Vec<(String, String)>,
    /// Where the address lies today, in words; empty when that is not known.
    lives: String,
    genders: Vec<(&'static str, &'static str)>,
    kinds: Vec<(&'static str, &'static str)>,
    alike: Vec<Alike>,
    /// What stands over those records while there is none.
    nobody: &'static str,
    /// How many records are likely and not settled.
    unsettled: i64,
    /// Cards given out today by this officer.
    today: i64,
    /// What was just done.
    issued: Option<Issued>,
    /// What went wrong with the whole, in words.
    trouble: String,
}

impl DeskPage {
    /// What is wrong with the name; that it was damaged, where a scanner did that and nobody has typed it yet.
    fn name_error(&self) -> &str {
        let damaged = self.form.read == "damaged" && self.form.name.is_empty();
        match self.errors.of("name") {
            "" if damaged => self.page.text("desk.err_name_damaged"),
            error => error,
        }
    }

    /// Whether a record is the first of those that are not settled: a key settles them one by one.
    fn is_next(&self, one: &Alike) -> bool {
        let next = self.alike.iter().find(|one| one.open());
        next.is_some_and(|next| next.id == one.id)
    }
}

/// The desk, empty.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let desk = Desk::open(&app, &officer)?;
    let issued = desk.done(&officer.reader.page(&app), &done).await?;
    let kind = done.kind().unwrap_or(CardKind::Plastic);
    let form = DeskForm {
        kind: kind.to_string(),
        ..DeskForm::default()
    };
    let page = desk
        .page(form, FieldErrors::default(), String::new())
        .await?;
    reply::page(&DeskPage { issued, ..page })
}

/// Looks for records, settles one, or issues a card: the button says which.
pub async fn act(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Form(mut form): Form<DeskForm>,
) -> Result<Response, Problem> {
    let desk = Desk::open(&app, &officer)?;
    let page = officer.reader.page(&app);
    if let Err(key) = form.fill() {
        let trouble = page.text(key).to_owned();
        let view = desk.page(form, FieldErrors::default(), trouble).await?;
        return reply::mend(&view);
    }
    form.settle();
    form.tidy();
    let Some(done) = form.issues() else {
        form.complete();
        return reply::page(
            &desk
                .page(form, FieldErrors::default(), String::new())
                .await?,
        );
    };
    let said = match form.check(&app, &page) {
        Ok(said) => said,
        Err(errors) => {
            form.asked_name.clone_from(&form.name);
            return reply::mend(&desk.page(form, errors, String::new()).await?);
        }
    };
    match desk.issue(&form, &said).await? {
        Ok(card) => {
            let (id, kind) = (card.id, card.kind);
            Ok(reply::see(&format!("/office/desk?{done}={id}&kind={kind}")))
        }
        Err(key) => {
            let trouble = page.text(key).to_owned();
            reply::mend(&desk.page(form, FieldErrors::default(), trouble).await?)
        }
    }
}

/// One officer's desk.
struct Desk<'a> {
    app: &'a AppState,
    officer: &'a SignedInOfficer,
    scope: UnitScope,
}

impl<'a> Desk<'a> {
    fn open(app: &'a AppState, officer: &'a SignedInOfficer) -> Result<Self, Problem> {
        let scope = own_scope(app, officer)?;
        authorize::<RegisterHolder, _>(&officer.actor(), scope.clone())?;
        Ok(Self {
            app,
            officer,
            scope,
        })
    }

    fn may(&self, path: UnitPath) -> Result<Authorized<RegisterHolder, UnitScope>, Problem> {
        Ok(authorize(&self.officer.actor(), UnitScope { path })?)
    }

    /// The page, with the records that may be of whoever the form is about. Looking at them leaves its audit entry.
    async fn page(
        &self,
        mut form: DeskForm,
        errors: FieldErrors,
        trouble: String,
    ) -> Result<DeskPage, Problem> {
        let page = self.officer.reader.page(self.app);
        let communes = communes(self.app, self.officer);
        if let [only] = communes.as_slice() {
            form.commune.clone_from(&only.0);
        }
        let lives = old_units::today(&form.address);
        if form.commune.is_empty()
            && let Some(Today::In(code)) = &lives
        {
            let here = communes
                .iter()
                .find(|(commune, _)| commune == code.as_str());
            form.commune = here.map_or_else(String::new, |(commune, _)| commune.clone());
        }
        let said = form.so_far();
        let (found, today) = self.look(said.as_ref()).await?;
        // What was settled about somebody who is not looked at any more was settled about another person.
        form.keep_settled(|id| found.iter().any(|one| one.holder.id == id));
        form.seen = found
            .iter()
            .filter(|one| form.chosen() == Some(one.holder.id))
            .filter(|one| said.as_ref().is_some_and(|said| usable(said, one)))
            .filter_map(|one| one.in_use)
            .map(|card| card.to_string())
            .collect();
        let alike: Vec<Alike> = match &said {
            Some(said) => found
                .iter()
                .map(|one| Alike::of(self.app, &page, &form, said, one))
                .collect(),
            None => Vec::new(),
        };
        Ok(DeskPage {
            unsettled: alike.iter().filter(|one| one.open()).count() as i64,
            nobody: page.text(match &said {
                Some(_) => "desk.none",
                None if form.is_blank() => "desk.nothing_yet",
                None => "desk.too_little",
            }),
            read: read_from(&page, &form.read),
            genders: genders(&page),
            kinds: kinds(&page),
            lives: lives.map_or_else(String::new, |lives| self.lives(&page, &lives)),
            page,
            errors,
            form,
            communes,
            alike,
            today,
            issued: None,
            trouble,
        })
    }

    /// Where an address lies today, in words.
    fn lives(&self, page: &Page, lives: &Today) -> String {
        let names = lives
            .all()
            .iter()
            .map(|code| self.app.units().full_name(code));
        let names = names.collect::<Vec<_>>().join("; ");
        let key = match lives {
            Today::In(_) => "desk.lives",
            Today::Either(_) => "desk.lives_either",
        };
        page.fill(key, [("unit", names.as_str())])
    }

    async fn look(&self, said: Option<&HolderDetails>) -> Result<(Vec<Candidate>, i64), Problem> {
        let now = self.app.now();
        let who = self.may(self.scope.path.clone())?;
        let midnight = self.app.zone().start(self.app.zone().day(now));
        let Some(said) = said else {
            let mut tx = self.app.store.read().await?;
            return Ok((Vec::new(), tx.handed_over_by(&who, midnight).await?));
        };
        let mut tx = self.app.store.write().await?;
        // Whoever finds nobody has looked as well: numbers must not be guessed for nothing.
        if !tx
            .within(LOOKS, &self.officer.officer.to_string(), now)
            .await?
        {
            tx.commit().await?;
            return Err(Problem::TooMany(LATER));
        }
        let found = tx.candidates(&who, said, now).await?;
        let today = tx.handed_over_by(&who, midnight).await?;
        if !found.is_empty() {
            let guardians = found.iter().flat_map(|one| &one.guardians);
            let guardians = guardians.map(|one| one.holder);
            let seen = found.iter().map(|one| one.holder.id).chain(guardians);
            let seen: BTreeSet<HolderId> = seen.collect();
            let seen: Vec<Subject> = seen.into_iter().map(Subject::Holder).collect();
            let (unit, why) = (&self.scope.path, Purpose::Registration);
            tx.audit(&who, unit, now, why, Deed::Alike, &seen).await?;
        }
        tx.commit().await?;
        Ok((found, today))
    }
}

fn genders(page: &Page) -> Vec<(&'static str, &'static str)> {
    let words = Gender::ALL.iter().map(|one| {
        let key = format!("desk.gender_{one}");
        (one.as_str(), page.text(&key))
    });
    words.collect()
}

fn kinds(page: &Page) -> Vec<(&'static str, &'static str)> {
    let words = [CardKind::Plastic, CardKind::Paper].map(|one| {
        let key = format!("office_cards.kind_{one}");
        (one.as_str(), page.text(&key))
    });
    words.to_vec()
}

/// Which paper the fields were read from, in words.
fn read_from(page: &Page, read: &str) -> &'static str {
    match read {
        "cccd" => page.text("desk.read_cccd"),
        "damaged" => page.text("desk.read_damaged"),
        "bhyt" => page.text("desk.read_bhyt"),
        "national" => page.text("desk.read_national"),
        _ => "",
    }
}
