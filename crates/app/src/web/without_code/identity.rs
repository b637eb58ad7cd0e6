//! An identity paper instead of a code: the square of a citizen's card, of a health-insurance card, or the national personal
//! code of 2021. It identifies and proves nothing: whoever shows it is referred, and the attendant looks at paper and face.
//! Neither the square's text nor a picture is kept. Who it is then: `identity/bearer.rs`.

mod bearer;

use super::{Place, companions, directions, unless_said};
use crate::AppState;
use crate::web::declarations::form::OLDEST_YEAR;
use crate::web::field_errors::FieldErrors;
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::scanner::by_hand::{Brought, Passing, by_hand};
use crate::web::scanner::{open_gate, recorder};
use crate::web::signed_in::SignedInHolder;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use bearer::bearer;
use codes::Code;
use codes::person::Sex;
use domain::citizen;
use domain::declaration::Gender;
use domain::holder::PersonName;
use domain::identity::IdentityKind;
use domain::ids::CheckpointId;
use domain::scan::Asked;
use serde::Deserialize;

/// What a paper says, and how its bearer goes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IdentityForm {
    code: String,
    name: String,
    direction: String,
    companions: String,
}

#[derive(Template)]
#[template(path = "without_code/identity.html")]
struct IdentityPage {
    page: Page,
    place: Place,
    errors: FieldErrors,
    form: IdentityForm,
    /// Whether the paper did not say the name.
    asks_name: bool,
    directions: Vec<(&'static str, &'static str)>,
}

/// Whom a paper says its bearer is.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    kind: IdentityKind,
    number: String,
    name: Option<PersonName>,
    birth_year: Option<u16>,
    gender: Option<Gender>,
    /// The citizen number, or what else the register keeps as one.
    id_number: Option<String>,
}

/// Asks for the paper.
pub async fn ask_identity(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = open_gate(&mut tx, &signed_in, id).await?;
    let (form, errors) = (IdentityForm::default(), FieldErrors::default());
    let place = Place::new(&venue, &gate);
    reply::page(&page(&app, &signed_in, place, (form, false), errors))
}

/// Reads the paper, and has the gate decide about its bearer.
pub async fn take_identity(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Form(mut form): Form<IdentityForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = open_gate(&mut tx, &signed_in, id).await?;
    drop(tx);
    let locale = signed_in.reader.locale;
    let mut errors = FieldErrors::default();
    let companions = companions(&form.companions);
    if companions.is_none() {
        errors.add("companions", locale.text("landing.err_companions"));
    }
    let year = app.zone().day(app.now()).date().year();
    let mut asks_name = false;
    let read = read(&form.code, u16::try_from(year).unwrap_or(u16::MAX));
    let named = read.map(|identity| {
        let typed = PersonName::parse(&form.name).ok();
        asks_name = identity.name.is_none();
        let name = identity.name.clone().or(typed);
        if name.is_none() {
            errors.add("name", locale.text("without_code.say_name"));
            // Of what was read no more goes back to the page than is needed to go on.
            if identity.kind == IdentityKind::Cccd {
                form.code.clone_from(&identity.number);
            }
        }
        Some((identity, name?))
    });
    let named = named.unwrap_or_else(|key| {
        errors.add("code", locale.text(key));
        if key == "without_code.contradiction" {
            form.code.clear();
        }
        None
    });
    if let (Some((identity, name)), Some(companions), true) = (named, companions, errors.is_empty())
    {
        let gate = recorder(&app, &signed_in, id).await?;
        let bearer = bearer(&app, &signed_in, (&gate.who, id), &identity, &name).await?;
        let asked = Asked::parse(&form.direction).unwrap_or(Asked::Auto);
        let passing = Passing {
            companions,
            other_name: bearer.other_name,
            ..Passing::now(&app, asked)
        };
        return by_hand(&app, &gate, Brought::Person(bearer.holder), passing).await;
    }
    let place = Place::new(&venue, &gate);
    reply::mend(&page(&app, &signed_in, place, (form, asks_name), errors))
}

/// What a text says of its bearer, or the key of what is wrong with it.
fn read(text: &str, this_year: u16) -> Result<Identity, &'static str> {
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '.' | '-'))
        .collect();
    let bare = plain.len() == 12 && plain.bytes().all(|byte| byte.is_ascii_digit());
    let identity = match codes::read(if bare { &plain } else { text }) {
        // A damaged text says whether it is consistent when it has a date of birth.
        Code::Cccd(cccd) if !cccd.consistent && (!cccd.damaged || cccd.birth.is_some()) => {
            return Err("without_code.contradiction");
        }
        Code::Cccd(cccd) => Identity {
            kind: IdentityKind::Cccd,
            name: cccd.name.and_then(|name| PersonName::parse(&name).ok()),
            birth_year: citizen::birth_year(&cccd.number),
            gender: citizen_gender(&cccd.number),
            id_number: Some(cccd.number.clone()),
            number: cccd.number,
        },
        Code::Bhyt(bhyt) => Identity {
            kind: IdentityKind::Bhyt,
            number: bhyt.social_number,
            name: bhyt.name.and_then(|name| PersonName::parse(&name).ok()),
            birth_year: bhyt.birth.map(|birth| birth.year),
            gender: bhyt.sex.map(gender),
            id_number: None,
        },
        Code::National(code) => Identity {
            kind: IdentityKind::National,
            number: code.qid,
            name: PersonName::parse(&code.name).ok(),
            birth_year: code.birth.map(|birth| birth.year),
            gender: code.sex.map(gender),
            id_number: citizen::id_number(&code.document).filter(|_| !code.masked),
        },
        Code::Card(_) | Code::DamagedCard | Code::Phone(_) | Code::DamagedPhone => {
            return Err("without_code.is_card");
        }
        Code::Venue(_) | Code::ForeignVenue(_) | Code::Web | Code::Payment | Code::Unknown => {
            return Err("without_code.no_paper");
        }
    };
    match contradicts(&identity, this_year) {
        true => Err("without_code.contradiction"),
        false => Ok(identity),
    }
}

/// Whether the digits of a citizen number say another year or sex than the fields beside it, or a year in which nobody alive was
/// born.
fn contradicts(identity: &Identity, this_year: u16) -> bool {
    let number = identity.id_number.as_deref().unwrap_or_default();
    let (year, sex) = (citizen::birth_year(number), citizen_gender(number));
    let differ = |one: Option<u16>, other: Option<u16>| one.zip(other).is_some_and(|(a, b)| a != b);
    differ(year, identity.birth_year)
        || sex.zip(identity.gender).is_some_and(|(a, b)| a != b)
        || year
            .or(identity.birth_year)
            .is_some_and(|year| !(OLDEST_YEAR..=this_year).contains(&year))
}

/// The sex that a citizen number states: its fourth digit is even for men.
fn citizen_gender(number: &str) -> Option<Gender> {
    citizen::birth_year(number)?;
    match (number.as_bytes().get(3)? - b'0') % 2 {
        0 => Some(Gender::Male),
        _ => Some(Gender::Female),
    }
}

const fn gender(sex: Sex) -> Gender {
    match sex {
        Sex::Male => Gender::Male,
        Sex::Female => Gender::Female,
    }
}

fn page(
    app: &AppState,
    signed_in: &SignedInHolder,
    place: Place,
    (mut form, asks_name): (IdentityForm, bool),
    errors: FieldErrors,
) -> IdentityPage {
    let page = signed_in.reader.page(app);
    unless_said(&mut form.direction, &mut form.companions);
    IdentityPage {
        directions: directions(&page),
        page,
        place,
        errors,
        form,
        asks_name,
    }
}

#[cfg(test)]
mod tests;
