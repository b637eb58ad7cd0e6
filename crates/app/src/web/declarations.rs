//! Declaring one's health, and that of the family, in three steps or, with a journey, four, which keep every answer in the page
//! itself. What is not sent yet can be kept as a draft.

mod by_another;
pub(super) mod drafts;
pub(super) mod form;
mod list;
mod pages;
mod steps;
mod trip;
mod whose;
pub(super) mod words;

pub use by_another::{ask_another, take_another};
pub(super) use list::LIST_MAX;
pub use list::list;
pub use steps::Step;

use super::family::Care;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use crate::AppState;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::declaration::{Declaration, DeclarationKind};
use domain::holder::HolderDetails;
use domain::ids::HolderId;
use form::{DeclarationForm, Person};
use serde::Deserialize;
use std::time::Duration;
use steps::{Filled, Taken};
use store::Tx;
use store::holders::Holder;
use store::rates::Limit;
use whose::Whose;

/// How many declarations one person may send a day, of the whole family: a driver sends several, nobody hundreds.
const A_DAY: Limit = Limit {
    kind: "declarations",
    most: 100,
    window: Duration::from_secs(86_400),
};

/// Seconds until somebody who has sent that many may try again.
const LATER: u32 = 3600;
/// The most text in a draft, in bytes: several times what the form takes.
const DRAFT_MAX: usize = 16 * 1024;

/// How the first step is opened.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Begin {
    /// The kind to begin with.
    kind: String,
    /// The kind of the draft to go on with.
    draft: String,
}

/// Step 1, with what is known already; nothing is answered for anybody.
pub async fn ask(
    State(app): State<AppState>,
    who: SignedInHolder,
    Query(begin): Query<Begin>,
) -> Result<Response, Problem> {
    first(&app, &who, None, begin).await
}

/// Step 1, with what is known of a member of the family.
pub async fn ask_member(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
    Query(begin): Query<Begin>,
) -> Result<Response, Problem> {
    first(&app, &who, Some(id), begin).await
}

/// Takes a step of one's own declaration.
pub async fn take(
    State(app): State<AppState>,
    who: SignedInHolder,
    step: Step,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    next(&app, &who, None, (step, form)).await
}

/// Takes a step of the declaration of a member, whose details are not overwritten; it is marked as declared by another.
pub async fn take_member(
    State(app): State<AppState>,
    who: SignedInHolder,
    PathId(id): PathId<HolderId>,
    step: Step,
    Form(form): Form<DeclarationForm>,
) -> Result<Response, Problem> {
    next(&app, &who, Some(id), (step, form)).await
}

/// Whoever opens a later step's address begins at the first.
pub async fn begin() -> Response {
    reply::see("/declarations/new")
}

/// Whose it is, and what is known of that person: the reader, or a member whom the reader cares for.
async fn of_whom(
    tx: &mut Tx,
    who: &SignedInHolder,
    member: Option<HolderId>,
) -> Result<(Whose, Holder), Problem> {
    if let Some(id) = member {
        let holder = Care::of(tx, who, id).await?.holder;
        return Ok((Whose::member(&holder), holder));
    }
    let own = who.own(tx).await?;
    let holder = tx.own_details(&own).await?;
    let holder = holder.ok_or_else(|| Problem::sign_in("/declarations/new"))?;
    let known = tx.known_to_office(&own).await?;
    Ok((Whose::own(&holder, known), holder))
}

async fn first(
    app: &AppState,
    who: &SignedInHolder,
    member: Option<HolderId>,
    begin: Begin,
) -> Result<Response, Problem> {
    if app.units().is_empty() {
        return Err(Problem::NotSetUp);
    }
    let mut tx = app.store.read().await?;
    let (whose, holder) = of_whom(&mut tx, who, member).await?;
    let own = who.own(&mut tx).await?;
    let last = match member {
        None => tx.own_last_answers(&own).await?,
        Some(_) => None,
    };
    let kept = tx.own_drafts(&own, member, app.now()).await?;
    drop(tx);
    let page = who.reader.page(app);
    let left = kept.iter().find(|draft| draft.kind.as_str() == begin.draft);
    let (mut form, back) = match left {
        Some(draft) => drafts::left(&draft.typed),
        None => {
            let kind = DeclarationKind::parse(&begin.kind);
            let kind = kind.unwrap_or(DeclarationKind::General).to_string();
            let form = DeclarationForm::of(&holder, last);
            (DeclarationForm { kind, ..form }, None)
        }
    };
    let others = match left {
        Some(_) => Vec::new(),
        None => drafts::lines(&page, &whose.first, &kept),
    };
    let filled = Filled {
        read: whose.person(app, &page, &holder.details, &mut form),
        page,
        whose,
        form,
    };
    let Some(step) = back else {
        return filled.begin(app, others);
    };
    match filled.take(app, step).await? {
        Taken::Show(page) => Ok(page),
        _ => Err(Problem::OutOfOrder),
    }
}

async fn next(
    app: &AppState,
    who: &SignedInHolder,
    member: Option<HolderId>,
    (step, mut form): (Step, DeclarationForm),
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (whose, holder) = of_whom(&mut tx, who, member).await?;
    let own = who.own(&mut tx).await?;
    let kept = tx.own_drafts(&own, member, app.now()).await?;
    drop(tx);
    let page = who.reader.page(app);
    let leave = whose.leave.clone();
    if drafts::said_anew(&mut form)
        && let Some(kind) = form.kind()
    {
        let mut tx = app.store.write().await?;
        let own = who.own(&mut tx).await?;
        tx.drop_draft(&own, (member, kind)).await?;
        tx.commit().await?;
    }
    let filled = Filled {
        read: whose.person(app, &page, &holder.details, &mut form),
        page,
        whose,
        form,
    };
    let ready = filled.read.is_ok() || filled.form.action == "draft";
    let way = drafts::in_the_way(&filled.form, step, &kept).filter(|_| ready);
    if let Some(draft) = way {
        let draft = drafts::line(&filled.page, &filled.whose.first, draft);
        return filled.ask_of(step, draft);
    }
    match filled.take(app, step).await? {
        Taken::Show(page) => Ok(page),
        taken => settle(app, who, member, (&leave, taken)).await,
    }
}

/// Does what follows a step that shows no other: a draft is kept or thrown away, or all is sent.
async fn settle(
    app: &AppState,
    who: &SignedInHolder,
    member: Option<HolderId>,
    (leave, taken): (&str, Taken),
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let own = who.own(&mut tx).await?;
    if member.is_none() {
        // What is replaced below is what it is now, and not what an office is just changing.
        tx.hold_own(&own).await?;
    }
    // Who cared when the page was read may care no more, and an office may know the record by now.
    let (whose, known) = of_whom(&mut tx, who, member).await?;
    let done = match taken {
        Taken::Show(page) => return Ok(page),
        Taken::Draft(kind, typed) => {
            let size: usize = typed
                .iter()
                .map(|(name, said)| name.len() + said.len())
                .sum();
            if size > DRAFT_MAX {
                return Err(Problem::TooLarge);
            }
            tx.save_draft(&own, (member, kind), &typed, app.now())
                .await?;
            format!("{leave}?done=draft")
        }
        Taken::Discard(kind) => {
            tx.drop_draft(&own, (member, kind)).await?;
            format!("{leave}?done=discarded")
        }
        Taken::All(all) => {
            let (person, said) = *all;
            keep(
                app,
                &mut tx,
                (who, member),
                (&whose, known),
                (&person, &said),
            )
            .await?;
            tx.drop_draft(&own, (member, said.kind())).await?;
            match member {
                None => "/code?done=declared".to_owned(),
                Some(_) => format!("{leave}?done=declared"),
            }
        }
    };
    tx.commit().await?;
    Ok(reply::see(&done))
}

/// Keeps the declaration, for as long as the person's unit says. So many a day are too many.
async fn keep(
    app: &AppState,
    tx: &mut Tx,
    (who, member): (&SignedInHolder, Option<HolderId>),
    (whose, known): (&Whose, Holder),
    (person, said): (&Person, &Declaration),
) -> Result<(), Problem> {
    let now = app.now();
    if !tx.within(A_DAY, &who.holder.to_string(), now).await? {
        return Err(Problem::TooMany(LATER));
    }
    let settings = tx.unit_settings(&whose.unit(&person.unit)).await?;
    let valid_until = now.plus(settings.validity.of(said.kind()));
    if let Some(id) = member {
        let care = Care::of(tx, who, id).await?;
        tx.declare_for_member(&care.may, said, valid_until, now)
            .await?;
        return Ok(());
    }
    let own = who.own(tx).await?;
    // What an office has looked at is changed at the office; the declaration itself says what is true today.
    if !tx.known_to_office(&own).await? {
        let details = said_anew(known.details, person.details.clone());
        tx.update_holder(&own, &details, &person.unit).await?;
    }
    tx.declare(&own, said, valid_until, now).await?;
    Ok(())
}

/// What is known, with what was said in its place. What the form does not ask for stays, and the day of birth in the year said.
fn said_anew(known: HolderDetails, said: HolderDetails) -> HolderDetails {
    let same_year = known.birth_year() == said.birth_year();
    HolderDetails {
        name: said.name,
        phone: said.phone,
        id_number: said.id_number,
        birth: known.birth.filter(|_| same_year).or(said.birth),
        gender: said.gender,
        ..known
    }
}
