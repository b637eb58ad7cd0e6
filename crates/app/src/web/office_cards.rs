//! A card reported lost at the office: found by the card, or by phone and full name, and revoked.

use super::card_files::{self, ToPrint};
use super::field_errors::FieldErrors;
use super::office::own_scope;
use super::page::Page;
use super::people::within_budget;
use super::permits::words;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use crate::AppState;
use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::response::{Redirect, Response};
use codes::Code;
use domain::audit::Deed;
use domain::card::{Card, CardLayout};
use domain::holder::PersonName;
use domain::ids::{CardId, HolderId};
use domain::phone::Phone;
use domain::role::{
    Authorized, IssuePermit, Purpose, ReadHolder, RevokeCard, ServeHolder, UnitScope, authorize,
};
use domain::time::Timestamp;
use serde::Deserialize;
use std::time::Duration;
use store::audit::Subject;
use store::lookups::Found;
use store::rates::Limit;

/// How many people one officer may look up in a day; a hard stop against browsing.
const PER_OFFICER: Limit = Limit {
    kind: "office lookups",
    most: 200,
    window: Duration::from_secs(86_400),
};
/// After how many seconds whoever is over the limit may ask again.
const LATER: u32 = 3600;

#[derive(Template)]
#[template(path = "office/cards.html")]
struct CardsPage {
    page: Page,
    errors: FieldErrors,
    typed: Typed,
    person: Option<Person>,
    /// Something to say above the form.
    said: &'static str,
}

struct Person {
    initials: String,
    birth_year: String,
    phone: String,
    number: String,
    cards: Vec<CardRow>,
    /// The permits from offices of this unit: what each says, whether it holds, and where it is ended.
    permits: Vec<(String, String, &'static str)>,
    /// The form for a new one.
    permit: String,
}

struct CardRow {
    serial: String,
    kind: &'static str,
    state: &'static str,
    issued: String,
    expires: String,
    /// Where to post its revocation; empty when it is no longer in use.
    revocation: String,
}

/// What was typed: a card, or phone and name.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    card: String,
    phone: String,
    name: String,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

enum Wanted {
    Card(CardId),
    Person(Phone, PersonName),
}

/// The form.
pub async fn form(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Problem> {
    authorize::<ReadHolder, _>(&officer.actor(), own_scope(&app, &officer)?)?;
    let page = officer.reader.page(&app);
    let said = match done.as_str() {
        "revoked" => page.text("office_cards.revoked"),
        "already" => page.text("office_cards.already"),
        _ => "",
    };
    let (errors, typed) = (FieldErrors::default(), Typed::default());
    let page = CardsPage {
        page,
        errors,
        typed,
        person: None,
        said,
    };
    reply::page(&page)
}

/// Looks a card's bearer up, within the officer's unit and daily budget.
pub async fn find(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let who = authorize::<ReadHolder, _>(&officer.actor(), own_scope(&app, &officer)?)?;
    let page = officer.reader.page(&app);
    let mut errors = FieldErrors::default();
    let Some(wanted) = wanted(&page, &typed, &mut errors) else {
        let page = CardsPage {
            page,
            errors,
            typed,
            person: None,
            said: "",
        };
        return reply::mend(&page);
    };
    let found = look_up(&app, &officer, &who, &wanted).await?;
    let said = if found.is_none() {
        page.text("office_cards.none")
    } else {
        ""
    };
    let person = match found {
        Some(found) => {
            let permits = permits(&app, &officer, &page, found.holder.id).await?;
            let known = person(&page, &found, app.now());
            Some(Person { permits, ..known })
        }
        None => None,
    };
    reply::page(&CardsPage {
        page,
        errors,
        typed,
        person,
        said,
    })
}

/// Revokes a card for good: the next scan refuses it.
pub async fn revoke(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Path(card): Path<String>,
) -> Result<Redirect, Problem> {
    let card = CardId::parse(&card).ok_or(Problem::NotFound)?;
    let mut tx = app.store.write().await?;
    let scope = tx.card_scope(card).await?.ok_or(Problem::NotFound)?;
    // Whoever may not revoke it may not know that it exists.
    let who = authorize::<RevokeCard, _>(&officer.actor(), scope).map_err(|_| Problem::NotFound)?;
    let done = tx.revoke_card(&who, card, app.now()).await?;
    let subjects = [Subject::Holder(who.scope().holder)];
    tx.audit(
        &who,
        &who.scope().unit,
        app.now(),
        Purpose::CardLost,
        Deed::Revocation,
        &subjects,
    )
    .await?;
    tx.commit().await?;
    let done = if done { "revoked" } else { "already" };
    Ok(Redirect::to(&format!("/office/cards?done={done}")))
}

/// How a card is wanted on paper or plastic; as its kind is where nothing is said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    #[serde(rename = "as")]
    layout: String,
}

/// A card to print, for an officer of its bearer's unit: drawn, noted, and then sent.
pub async fn pdf(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Path(card): Path<String>,
    Query(wanted): Query<Wish>,
) -> Result<Response, Problem> {
    let card = CardId::parse(&card).ok_or(Problem::NotFound)?;
    let mut tx = app.store.write().await?;
    let scope = tx.card_scope(card).await?.ok_or(Problem::NotFound)?;
    let may =
        authorize::<ServeHolder, _>(&officer.actor(), scope).map_err(|_| Problem::NotFound)?;
    // A card says who its bearer is, as the bearer's page does.
    within_budget(&app, &mut tx, &officer).await?;
    let holder = tx.served(&may).await?.ok_or(Problem::NotFound)?;
    let cards = tx.served_cards(&may).await?;
    tx.commit().await?;
    let found = cards
        .into_iter()
        .find(|one| one.id == card && !one.state.over());
    let found = found.ok_or(Problem::NotFound)?;
    let subject = [Subject::Holder(holder.id)];
    let layout = CardLayout::parse(&wanted.layout).unwrap_or_else(|| CardLayout::of(found.kind));
    let one = ToPrint {
        card: found,
        holder,
        batch: String::new(),
    };
    let file = card_files::drawn(&app, officer.reader.locale, vec![one], layout).await?;
    let (unit, why) = (&may.scope().unit, Purpose::Registration);
    let mut tx = app.store.write().await?;
    let deed = Deed::Printing.to(card);
    tx.audit(&may, unit, app.now(), why, deed, &subject).await?;
    tx.commit().await?;
    Ok(file.named("vaora-card"))
}

async fn look_up(
    app: &AppState,
    officer: &SignedInOfficer,
    who: &Authorized<ReadHolder, UnitScope>,
    wanted: &Wanted,
) -> Result<Option<Found>, Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    if !tx
        .within(PER_OFFICER, &officer.officer.to_string(), now)
        .await?
    {
        tx.commit().await?;
        return Err(Problem::TooMany(LATER));
    }
    let purpose = Purpose::CardLost;
    let found = match wanted {
        Wanted::Card(card) => tx.person_by_card(who, *card, purpose, now).await?,
        Wanted::Person(phone, name) => {
            tx.person_by_phone_and_name(who, phone, name, purpose, now)
                .await?
        }
    };
    tx.commit().await?;
    Ok(found)
}

fn wanted(page: &Page, typed: &Typed, errors: &mut FieldErrors) -> Option<Wanted> {
    if !typed.card.trim().is_empty() {
        let card = card_id(&typed.card);
        if card.is_none() {
            errors.add("card", page.text("office_cards.card_wrong"));
        }
        return card.map(Wanted::Card);
    }
    let (phone, name) = (
        Phone::parse(&typed.phone),
        PersonName::parse(&typed.name).ok(),
    );
    if typed.phone.trim().is_empty() && typed.name.trim().is_empty() {
        errors.add("card", page.text("office_cards.nothing"));
    } else if phone.is_none() {
        errors.add("phone", page.text("err.phone"));
    } else if name.is_none() {
        errors.add("name", page.text("office_cards.name_missing"));
    }
    Some(Wanted::Person(phone?, name?))
}

/// The card a text names: its serial, or its whole code as scanned.
pub(super) fn card_id(text: &str) -> Option<CardId> {
    CardId::parse_serial(text).or_else(|| match codes::read(text) {
        Code::Card(signed) => Some(signed.claim().id),
        _ => None,
    })
}

fn person(page: &Page, found: &Found, now: Timestamp) -> Person {
    let details = &found.holder.details;
    let unknown = || page.text("office_cards.unknown").to_owned();
    let phone = details.phone.as_deref().and_then(Phone::parse);
    Person {
        initials: details.name.initials(),
        birth_year: details
            .birth_year()
            .map_or_else(unknown, |year| year.to_string()),
        phone: phone.map_or_else(unknown, |phone| phone.masked()),
        number: details.masked_number().unwrap_or_else(unknown),
        cards: found
            .cards
            .iter()
            .map(|card| row(page, card, now))
            .collect(),
        permits: Vec::new(),
        permit: found
            .cards
            .iter()
            .find(|card| !card.state.over())
            .map_or_else(String::new, |card| {
                format!("/office/permits/new?card={}", card.id.serial())
            }),
    }
}

/// The permits of somebody who was just looked up, and whose entry in the log that look left.
async fn permits(
    app: &AppState,
    officer: &SignedInOfficer,
    page: &Page,
    holder: HolderId,
) -> Result<Vec<(String, String, &'static str)>, Problem> {
    let who: Authorized<IssuePermit, UnitScope> =
        authorize(&officer.actor(), own_scope(app, officer)?)?;
    let mut tx = app.store.read().await?;
    let all = tx.permits_of_person(&who, holder).await?;
    let said = all.iter().map(|one| {
        (
            format!("/office/permits/{}", one.id),
            words::line(page.locale, &one.permit),
            page.text(words::state(&one.permit, app.now(), page.zone)),
        )
    });
    Ok(said.collect())
}

fn row(page: &Page, card: &Card, now: Timestamp) -> CardRow {
    let expired = !card.state.over() && now >= card.expires;
    let state = if expired {
        "office_cards.state_expired".to_owned()
    } else {
        format!("office_cards.state_{}", card.state)
    };
    let in_use = !card.state.over();
    let revocation = format!("/office/cards/{}/revocation", card.id);
    CardRow {
        serial: card.id.serial(),
        kind: page.text(&format!("office_cards.kind_{}", card.kind)),
        state: page.text(&state),
        issued: page.date(page.zone.day(card.issued)),
        expires: page.date(page.zone.day(card.expires)),
        revocation: if in_use { revocation } else { String::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::card_id;

    #[test]
    fn a_card_is_named_by_its_serial_and_not_by_a_poster() {
        let id = card_id("00112233445566778899");
        assert!(id.is_some());
        assert_eq!(card_id(" 0011-2233 4455 6677 8899\n"), id);
        assert_eq!(card_id("https://quet.example/v/K7M24QX"), None);
    }
}
