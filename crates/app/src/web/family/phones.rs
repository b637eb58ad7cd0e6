//! A code that comes to a member's own phone and is read out to the guardian: it takes in somebody who has a record and a phone
//! already, or makes a member's record their own.

use super::adding::{added, relations};
use super::{Care, noted};
use crate::AppState;
use crate::otp;
use crate::web::field_errors::FieldErrors;
use crate::web::otp_walk::steps::{carried, carry};
use crate::web::otp_walk::{self, CodeForm, CodePage, Walk, Words};
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInHolder;
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::HolderId;
use domain::member::Relation;
use domain::otp::OtpPurpose;
use domain::phone::Phone;
use domain::role::{Actor, UseOwnData, authorize};
use serde::{Deserialize, Serialize};
use store::members::{Entrusted, Freed};
use store::otps::OtpCheck;
use store::{Constraint, Error, Tx};

const PLACE: &str = "step.family";
const WALK: Walk = Walk {
    purpose: OtpPurpose::Member,
    start: "/family",
    code: "/family/code",
    again: "",
    words: Words {
        back: "btn.cancel",
        note: ("family.phone_note", "info"),
        ..Words::PLAIN
    },
};

#[derive(Template)]
#[template(path = "family/phone.html")]
struct PhonePage {
    page: Page,
    errors: FieldErrors,
    /// Where the form goes.
    here: String,
    title: &'static str,
    lead: String,
    phone: String,
    /// Relations to choose from; empty when a member gets a phone.
    relations: Vec<(String, String)>,
    relation: String,
}

/// What a code is for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum For {
    /// Taking in somebody who has a phone.
    Known(Relation),
    /// Giving a member a phone of their own.
    Own(HolderId),
}

impl For {
    /// A code for the one is none for the other: the message says what reading it out does.
    const fn purpose(self) -> OtpPurpose {
        match self {
            Self::Known(_) => OtpPurpose::Member,
            Self::Own(_) => OtpPurpose::MemberOwn,
        }
    }

    /// The walk to it.
    const fn walk(self) -> Walk {
        Walk {
            purpose: self.purpose(),
            ..WALK
        }
    }
}

/// The phone, as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    phone: String,
    relation: String,
}

/// Asks for the phone of somebody who has one.
pub async fn ask_known(
    State(app): State<AppState>,
    who: SignedInHolder,
) -> Result<Response, Problem> {
    let typed = Typed::default();
    reply::page(&known_page(&app, &who, typed, FieldErrors::default()))
}

/// Sends a code there.
pub async fn send_known(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let mut errors = FieldErrors::default();
    let relation = Relation::parse(&typed.relation);
    if relation.is_none() {
        errors.add("relation", who.reader.locale.text("family.err_relation"));
    }
    if let Some(step) = send(&app, &who, &typed, relation.map(For::Known), &mut errors).await? {
        return Ok(step);
    }
    reply::mend(&known_page(&app, &who, typed, errors))
}

/// Asks for the phone that a member has now.
pub async fn ask_own(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let care = Care::of(&mut tx, &who, id).await?;
    let (typed, mut errors) = (Typed::default(), FieldErrors::default());
    if !tx.may_free(&care.may).await? {
        errors.add("phone", who.reader.locale.text("family.err_office"));
    }
    reply::page(&own_page(&app, &who, &care, typed, errors))
}

/// Sends a code there.
pub async fn send_own(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let care = Care::of(&mut tx, &who, id).await?;
    let free = tx.may_free(&care.may).await?;
    drop(tx);
    let mut errors = FieldErrors::default();
    if !free {
        errors.add("phone", who.reader.locale.text("family.err_office"));
    } else if care.holder.details.phone.is_some() {
        errors.add("phone", who.reader.locale.text("family.err_has_phone"));
    } else if let Some(step) = send(&app, &who, &typed, Some(For::Own(id)), &mut errors).await? {
        return Ok(step);
    }
    reply::mend(&own_page(&app, &who, &care, typed, errors))
}

/// Sends a code to a phone, whoever's it is; the next page, or what is wrong with the form.
async fn send(
    app: &AppState,
    who: &SignedInHolder,
    typed: &Typed,
    what: Option<For>,
    errors: &mut FieldErrors,
) -> Result<Option<Response>, Problem> {
    let reader = &who.reader;
    let phone = otp_walk::phone_of(&typed.phone, reader, errors);
    let (Some(phone), Some(what)) = (phone, what) else {
        return Ok(None);
    };
    let purpose = what.purpose();
    let sent = otp::send(app, reader, &phone, purpose, reader.locale).await;
    if let Err(refused) = otp::again(sent, app.now()) {
        errors.add("phone", refused.words(reader.locale)?);
        return Ok(None);
    }
    let step = carry(app, PLACE, (&phone, reader.into()), (who.holder, what));
    Ok(Some(reply::see(&format!("{}?step={step}", WALK.code))))
}

/// Asks for the code.
pub async fn ask_code(
    State(app): State<AppState>,
    who: SignedInHolder,
    Query(typed): Query<CodeForm>,
) -> Result<Response, Problem> {
    match step_of(&app, &who, &typed.step) {
        Some((phone, ..)) => reply::page(&code_page(
            &app,
            &who,
            typed,
            &phone,
            FieldErrors::default(),
        )),
        None => Ok(reply::see(WALK.start)),
    }
}

/// Checks the code, and does what it is for.
pub async fn check_code(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(typed): Form<CodeForm>,
) -> Result<Response, Problem> {
    let (phone, asker, what) = step_of(&app, &who, &typed.step).ok_or(Problem::OutOfOrder)?;
    let said = (typed.otp.as_str(), typed.step.as_str(), asker.as_str());
    let (tx, found) = what.walk().compare(&app, &phone, said).await?;
    let mut errors = FieldErrors::default();
    if found == OtpCheck::Again {
        tx.commit().await?;
        return Ok(reply::see(WALK.start));
    }
    let Some(mut tx) = otp_walk::right((tx, found), &who.reader, &mut errors).await? else {
        return reply::mend(&code_page(&app, &who, typed, &phone, errors));
    };
    let done = match what {
        For::Known(relation) => take_in(&app, &mut tx, &who, &phone, relation).await?,
        For::Own(member) => free(&app, &mut tx, &who, &phone, member).await?,
    };
    match done {
        Ok(next) => {
            tx.commit().await?;
            Ok(next)
        }
        Err(key) => {
            tx.rollback().await?;
            errors.add("otp", who.reader.locale.text(key));
            reply::mend(&code_page(&app, &who, typed, &phone, errors))
        }
    }
}

/// Takes in the holder of a phone that was just proven.
async fn take_in(
    app: &AppState,
    tx: &mut Tx,
    who: &SignedInHolder,
    phone: &Phone,
    relation: Relation,
) -> Result<Result<Response, &'static str>, Problem> {
    let now = app.now();
    let Some(scope) = tx.holder_of_phone(phone).await? else {
        return Ok(Err("family.err_unknown"));
    };
    let member = scope.holder;
    let theirs = authorize::<UseOwnData, _>(&Actor::Holder(member), scope)?;
    let done = tx
        .accept_guardian(&theirs, who.holder, relation, now)
        .await?;
    if done != Entrusted::Done {
        return Ok(Err("family.err_full"));
    }
    let care = Care::of(tx, who, member).await?;
    noted(tx, &care, Deed::MemberAdded, now).await?;
    Ok(Ok(added(member)))
}

/// Makes a member's record their own.
async fn free(
    app: &AppState,
    tx: &mut Tx,
    who: &SignedInHolder,
    phone: &Phone,
    member: HolderId,
) -> Result<Result<Response, &'static str>, Problem> {
    let care = Care::of(tx, who, member).await?;
    noted(tx, &care, Deed::MemberFreed, app.now()).await?;
    match tx.free_member(&care.may, phone).await {
        Ok(Freed::Done) => Ok(Ok(reply::see("/family?done=freed"))),
        Ok(Freed::Office) => Ok(Err("family.err_office")),
        Err(Error::Conflict(Constraint::HolderPhone)) => Ok(Err("family.err_phone_taken")),
        Err(error) => Err(error.into()),
    }
}

/// The phone of a step of this holder's, who had its code sent, and what for, while it lasts.
fn step_of(app: &AppState, who: &SignedInHolder, step: &str) -> Option<(Phone, String, For)> {
    let (phone, asker, (guardian, what)) = carried::<(HolderId, For)>(app, PLACE, step)?;
    (guardian == who.holder).then_some((phone, asker, what))
}

fn known_page(
    app: &AppState,
    who: &SignedInHolder,
    typed: Typed,
    errors: FieldErrors,
) -> PhonePage {
    let page = who.reader.page(app);
    PhonePage {
        here: "/family/known".to_owned(),
        title: page.text("family.known_title"),
        lead: page.text("family.known_lead").to_owned(),
        relations: relations(&page),
        phone: typed.phone,
        relation: typed.relation,
        errors,
        page,
    }
}

fn own_page(
    app: &AppState,
    who: &SignedInHolder,
    care: &Care,
    typed: Typed,
    errors: FieldErrors,
) -> PhonePage {
    let page = who.reader.page(app);
    let name = care.holder.details.name.as_str();
    PhonePage {
        here: format!("/family/{}/phone", care.holder.id),
        title: page.text("family.own_title"),
        lead: page.fill("family.own_lead", [("name", name)]),
        relations: Vec::new(),
        phone: typed.phone,
        relation: String::new(),
        errors,
        page,
    }
}

fn code_page(
    app: &AppState,
    who: &SignedInHolder,
    typed: CodeForm,
    phone: &Phone,
    errors: FieldErrors,
) -> CodePage {
    CodePage {
        step: typed.step,
        ..WALK.page(app, &who.reader, phone, errors)
    }
}
