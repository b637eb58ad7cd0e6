//! Taking somebody without a phone into the family. Whom a record may be of already is not shown: the office of the commune
//! is asked.

use super::{Care, noted};
use crate::AppState;
use crate::web::corrections::contradictions;
use crate::web::field_errors::FieldErrors;
use crate::web::page::Page;
use crate::web::people::views::genders;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::requests;
use crate::web::signed_in::SignedInHolder;
use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::birth::Birth;
use domain::citizen;
use domain::declaration::Gender;
use domain::holder::{HolderDetails, PersonName, line};
use domain::ids::HolderId;
use domain::member::Relation;
use domain::request::Asked;
use serde::Deserialize;
use std::time::Duration;
use store::members::Added;
use store::rates::Limit;

/// How many people one holder may try to take in within a day: whoever tries tells a record that is there from one that is not.
const PER_PERSON: Limit = Limit {
    kind: "family",
    most: 30,
    window: Duration::from_secs(86_400),
};
/// After how many seconds whoever is over the limit may ask again.
const LATER: u32 = 3600;

#[derive(Template)]
#[template(path = "family/new.html")]
struct NewPage {
    page: Page,
    errors: FieldErrors,
    /// Where the holder lives; empty when nobody knows: then there is no office to ask.
    lives: String,
    genders: Vec<(&'static str, &'static str)>,
    relations: Vec<(String, String)>,
    typed: Typed,
}

/// Somebody for the family, as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    birth: String,
    gender: String,
    relation: String,
    id_number: String,
}

/// Asks who it is.
pub async fn ask(State(app): State<AppState>, who: SignedInHolder) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let lives = requests::lives(&app, &own);
    let errors = FieldErrors::default();
    reply::page(&page_of(&app, &who, lives, Typed::default(), errors))
}

/// Takes the person in, or asks the office.
pub async fn add(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let own = who.own(&mut tx).await?;
    let lives = requests::lives(&app, &own);
    let page = who.reader.page(&app);
    let (details, relation) = match typed.read(&app, &page) {
        Ok(read) => read,
        Err(errors) => return reply::mend(&page_of(&app, &who, lives, typed, errors)),
    };
    let now = app.now();
    let mend = |key: &str, typed: Typed| {
        let mut errors = FieldErrors::default();
        errors.add("name", page.text(key));
        reply::mend(&page_of(&app, &who, lives.clone(), typed, errors))
    };
    if own.scope().unit.commune().is_none() {
        return mend("requests.err_where", typed);
    }
    // Counted whatever becomes of it: each try tells whether there is such a person.
    let within = tx.within(PER_PERSON, &who.holder.to_string(), now).await?;
    tx.commit().await?;
    if !within {
        return Err(Problem::TooMany(LATER));
    }
    let mut tx = app.store.write().await?;
    let own = who.own(&mut tx).await?;
    match tx.add_member(&own, &details, relation, now).await? {
        Added::New(member) => {
            let care = Care::of(&mut tx, &who, member).await?;
            tx.member_card(&care.may, now).await?;
            noted(&mut tx, &care, Deed::MemberAdded, now).await?;
            tx.commit().await?;
            Ok(added(member))
        }
        Added::Known => {
            let asked = Asked::Member { details, relation };
            match requests::ask(&app, tx, &own, &asked).await? {
                Ok(()) => Ok(reply::see("/family?done=asked")),
                Err(key) => mend(key, typed),
            }
        }
        Added::Full => mend("family.err_full", typed),
    }
}

/// The page of somebody who was just taken in.
pub(super) fn added(member: HolderId) -> Response {
    reply::see(&format!("/family/{member}?done=added"))
}

impl Typed {
    /// What is said of the person, checked.
    fn read(&self, app: &AppState, page: &Page) -> Result<(HolderDetails, Relation), FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = PersonName::parse(&self.name).ok();
        if name.is_none() {
            errors.add("name", page.text("desk.err_name"));
        }
        let birth =
            Birth::typed(&self.birth).filter(|birth| birth.plausible(app.now(), app.zone()));
        if birth.is_none() {
            errors.add("birth", page.text("desk.err_birth"));
        }
        let gender = Gender::parse(&self.gender);
        if gender.is_none() {
            errors.add("gender", page.text("desk.err_gender"));
        }
        let relation = Relation::parse(&self.relation);
        if relation.is_none() {
            errors.add("relation", page.text("family.err_relation"));
        }
        let id_number = citizen::id_number(&self.id_number);
        if id_number.is_none() && !line(&self.id_number).is_empty() {
            errors.add("id_number", page.text("desk.err_number"));
        }
        let (Some(name), Some(relation)) = (name, relation) else {
            return Err(errors);
        };
        let details = HolderDetails {
            id_number,
            birth,
            gender,
            ..HolderDetails::named(name, None)
        };
        contradictions(&details, page, &mut errors);
        if errors.is_empty() {
            Ok((details, relation))
        } else {
            Err(errors)
        }
    }
}

/// What a member may be, in words.
pub(super) fn relations(page: &Page) -> Vec<(String, String)> {
    let words = Relation::ALL.iter().map(|one| {
        let key = format!("family.relation_{one}");
        (one.to_string(), page.text(&key).to_owned())
    });
    words.collect()
}

fn page_of(
    app: &AppState,
    who: &SignedInHolder,
    lives: String,
    typed: Typed,
    errors: FieldErrors,
) -> NewPage {
    let page = who.reader.page(app);
    NewPage {
        genders: genders(&page),
        relations: relations(&page),
        lives,
        typed,
        errors,
        page,
    }
}
