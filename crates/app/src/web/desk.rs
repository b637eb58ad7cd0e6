//! The desk of an office: a person comes, is found or registered, and leaves with a card.
//!
//! Nothing is issued while a record that is likely the same person's has not been settled: used, or said to be somebody
//! else's. Two clerks who serve one person at once make one record and one card; the second is told.

pub(super) mod evidence;
mod form;

use super::field_errors::FieldErrors;
use super::office::own_scope;
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use super::units;
use crate::AppState;
use crate::old_units::{self, Today};
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::card::{Card, CardKind, CardState, CardStep, StepReason};
use domain::declaration::Gender;
use domain::holder::HolderDetails;
use domain::ids::{CardId, HolderId};
use domain::role::{Authorized, Purpose, RegisterHolder, ServeHolder, UnitScope, authorize};
use domain::unit::{UnitCode, UnitPath};
use evidence::Evidence;
use form::{DeskForm, Said};
use serde::Deserialize;
use std::time::Duration;
use store::audit::Subject;
use store::rates::Limit;
use store::registry::Candidate;
use store::{Constraint, Error, Tx};

/// How many times a day one officer may be shown records: Huế's offices issued some hundred cards a day each in its
/// first week, with two or three looks for a card. A hard stop against browsing.
const LOOKS: Limit = Limit {
    kind: "desk looks",
    most: 3000,
    window: Duration::from_secs(86_400),
};
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
    evidence: Vec<Evidence>,
    /// Whether anybody was looked for.
    looked: bool,
    /// How many records are likely and not settled.
    unsettled: i64,
    /// Cards given out today by this officer.
    today: i64,
    /// What was just done.
    issued: Option<Issued>,
    /// What went wrong with the whole, in words.
    trouble: String,
}

struct Issued {
    said: &'static str,
    serial: String,
    /// Where to print it, or the cards that wait with it; and what that way is called.
    next: (String, &'static str),
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    issued: String,
    saved: String,
}

/// The desk, empty.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let desk = Desk::open(&app, &officer)?;
    let words = officer.reader.page(&app);
    let issued = CardId::parse(&done.issued).map(|card| Issued {
        said: words.text("desk.issued"),
        serial: card.serial(),
        next: (
            format!("/office/cards/{card}/card.pdf"),
            words.text("desk.print"),
        ),
    });
    let saved = CardId::parse(&done.saved).map(|card| Issued {
        said: words.text("desk.saved"),
        serial: card.serial(),
        next: ("/office/batches".to_owned(), words.text("desk.batches")),
    });
    let form = desk.empty();
    let page = desk
        .page(form, FieldErrors::default(), String::new())
        .await?;
    reply::page(&DeskPage {
        issued: issued.or(saved),
        ..page
    })
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
    let Some(done) = form.issues() else {
        return reply::page(
            &desk
                .page(form, FieldErrors::default(), String::new())
                .await?,
        );
    };
    let said = match form.check(&app, &page) {
        Ok(said) => said,
        Err(errors) => return reply::mend(&desk.page(form, errors, String::new()).await?),
    };
    match desk.issue(&form, &said).await? {
        Ok(card) => Ok(reply::see(&format!("/office/desk?{done}={}", card.id))),
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

    /// The communes whose people this desk serves: its own, or those of its province.
    fn communes(&self) -> Vec<(String, String)> {
        let units = self.app.units();
        match self.scope.path.commune() {
            Some(commune) => vec![(commune.to_string(), units.full_name(commune))],
            None => units::below(self.app, &self.officer.unit),
        }
    }

    /// The commune that was chosen, if it is one of this desk's.
    fn commune(&self, form: &DeskForm) -> Option<UnitPath> {
        let path = UnitCode::parse(&form.commune).and_then(|code| self.app.units().path(&code))?;
        let here = path.within(&self.officer.unit) && path.commune().is_some();
        here.then_some(path)
    }

    fn empty(&self) -> DeskForm {
        DeskForm {
            kind: CardKind::Plastic.to_string(),
            ..DeskForm::default()
        }
    }

    /// The page, with the records that may be of whoever the form is about. Looking at them leaves its audit entry.
    async fn page(
        &self,
        mut form: DeskForm,
        errors: FieldErrors,
        trouble: String,
    ) -> Result<DeskPage, Problem> {
        let page = self.officer.reader.page(self.app);
        let communes = self.communes();
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
        form.seen = found
            .iter()
            .filter(|one| form.chosen() == Some(one.holder.id))
            .filter_map(|one| one.card.filter(|card| card.state == CardState::Active))
            .map(|card| card.id.to_string())
            .collect();
        let evidence: Vec<Evidence> = match &said {
            Some(said) => found
                .iter()
                .map(|one| Evidence::of(self.app, &page, &form, said, one))
                .collect(),
            None => Vec::new(),
        };
        Ok(DeskPage {
            unsettled: evidence.iter().filter(|one| one.open()).count() as i64,
            looked: said.is_some(),
            read: read_from(&page, &form.read),
            genders: genders(&page),
            kinds: kinds(&page),
            lives: lives.map_or_else(String::new, |lives| self.lives(&page, &lives)),
            page,
            errors,
            form,
            communes,
            evidence,
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
        let found = tx.candidates(&who, said, now).await?;
        let today = tx.handed_over_by(&who, midnight).await?;
        if !found.is_empty() {
            if !tx
                .within(LOOKS, &self.officer.officer.to_string(), now)
                .await?
            {
                tx.commit().await?;
                return Err(Problem::TooMany(LATER));
            }
            let seen = found.iter().map(|one| Subject::Holder(one.holder.id));
            let seen: Vec<Subject> = seen.collect();
            let (unit, why) = (&self.scope.path, Purpose::Registration);
            tx.audit(&who, unit, now, why, Deed::Alike, &seen).await?;
        }
        tx.commit().await?;
        Ok((found, today))
    }

    /// Registers or finds the person and issues the card, all at once; or the key of what stands against it.
    async fn issue(
        &self,
        form: &DeskForm,
        said: &Said,
    ) -> Result<Result<Card, &'static str>, Problem> {
        let Some(commune) = self.commune(form) else {
            return Ok(Err("desk.err_commune"));
        };
        let now = self.app.now();
        let mut tx = self.app.store.write().await?;
        let who = self.may(commune)?;
        let found = tx.candidates(&who, &said.details, now).await?;
        let unsettled = found.iter().any(|one| {
            one.likeness.degree == domain::likeness::Degree::Likely
                && form.chosen() != Some(one.holder.id)
                && !form.is_other(one.holder.id)
        });
        if unsettled {
            return Ok(Err("desk.unsettled"));
        }
        let holder = match form.chosen() {
            Some(holder) => match self.take(&mut tx, &who, holder, said).await? {
                Ok(holder) => holder,
                Err(key) => return Ok(Err(key)),
            },
            None => match tx.register_holder(&who, &said.details, now).await {
                Ok(holder) => holder,
                Err(Error::Conflict(Constraint::ProvenNumber)) => return Ok(Err("desk.taken")),
                Err(error) => return Err(error.into()),
            },
        };
        let card = match self.give(&mut tx, holder, form, said.kind).await? {
            Ok(card) => card,
            Err(key) => return Ok(Err(key)),
        };
        tx.commit().await?;
        Ok(Ok(card))
    }

    /// Takes a record that was chosen for this person's: what was said now stands, and what was not said stays.
    async fn take(
        &self,
        tx: &mut Tx,
        who: &Authorized<RegisterHolder, UnitScope>,
        holder: HolderId,
        said: &Said,
    ) -> Result<Result<HolderId, &'static str>, Problem> {
        let actor = self.officer.actor();
        let scope = tx.holder_scope(holder).await?.ok_or(Problem::NotFound)?;
        if authorize::<ServeHolder, _>(&actor, scope).is_err() {
            let said = &said.details;
            let numbers = [&said.id_number, &said.old_number, &said.insurance];
            let mut taken = false;
            for number in numbers.into_iter().flatten() {
                match tx.take_in(who, holder, number).await {
                    Ok(done) => taken |= done,
                    Err(Error::Conflict(Constraint::ProvenNumber)) => return Ok(Err("desk.taken")),
                    Err(error) => return Err(error.into()),
                }
                if taken {
                    break;
                }
            }
            if !taken {
                return Ok(Err("desk.elsewhere"));
            }
        }
        let scope = tx.holder_scope(holder).await?.ok_or(Problem::NotFound)?;
        let may = authorize::<ServeHolder, _>(&actor, scope)?;
        let known = tx.served(&may).await?.ok_or(Problem::NotFound)?.details;
        let said = said.details.clone();
        let details = HolderDetails {
            name: said.name,
            phone: said.phone.or(known.phone),
            old_number: said
                .old_number
                .or_else(|| other(&known.id_number, &said.id_number))
                .or(known.old_number),
            id_number: said.id_number.or(known.id_number),
            insurance: said.insurance.or(known.insurance),
            birth: said.birth.or(known.birth),
            gender: said.gender.or(known.gender),
            address: said.address.or(known.address),
        };
        match tx.update_served(&may, &details, &who.scope().path).await {
            Ok(()) => Ok(Ok(holder)),
            Err(Error::Conflict(Constraint::ProvenNumber)) => Ok(Err("desk.taken")),
            Err(error) => Err(error.into()),
        }
    }

    /// Issues the card in place of the one that the clerk saw.
    async fn give(
        &self,
        tx: &mut Tx,
        holder: HolderId,
        form: &DeskForm,
        kind: CardKind,
    ) -> Result<Result<Card, &'static str>, Problem> {
        let now = self.app.now();
        let scope = tx.holder_scope(holder).await?.ok_or(Problem::NotFound)?;
        let may = authorize::<ServeHolder, _>(&self.officer.actor(), scope)?;
        let cards = tx.served_cards(&may).await?;
        let in_use = cards
            .iter()
            .find(|card| card.kind == kind && card.state == CardState::Active);
        let newest = cards
            .iter()
            .find(|card| card.state == CardState::Active && now < card.expires);
        // What the clerk saw was the newest card in use, of whatever kind.
        if newest.is_some_and(|card| card.id.to_string() != form.seen) {
            return Ok(Err("desk.just_issued"));
        }
        let instead = in_use.map(|card| card.id);
        let now_in_use = form.issues() == Some("issued");
        let waits = |card: &&Card| card.kind == kind && card.state == CardState::Verified;
        if let Some(waiting) = cards.iter().find(waits) {
            if !now_in_use {
                return Ok(Err("desk.waiting"));
            }
            // It would be printed for nothing, and take the place of this one.
            let (step, why) = (CardStep::Replacement, StepReason::None);
            tx.change_card(&may, waiting.id, step, why, now).await?;
        }
        let issued = tx.issue_card(&may, (kind, now_in_use), instead, now);
        let card = match issued.await {
            Ok(card) => card,
            Err(Error::Conflict(Constraint::CardInUse)) => return Ok(Err("desk.just_issued")),
            Err(error) => return Err(error.into()),
        };
        let unit = &may.scope().unit;
        let (deed, subject) = (Deed::Issue.to(card.id), [Subject::Holder(holder)]);
        tx.audit(&may, unit, now, Purpose::Registration, deed, &subject)
            .await?;
        Ok(Ok(card))
    }
}

/// An old number that a new one takes the place of.
fn other(known: &Option<String>, said: &Option<String>) -> Option<String> {
    known.clone().filter(|_| said.is_some() && known != said)
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
