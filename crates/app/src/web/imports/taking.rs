//! Registers the people of a list: all who are new in one transaction, or nobody.
//!
//! What takes long (reading, comparing, sealing, hashing) is done before the transaction, which only looks whether the
//! register finds anybody more by then, and writes.

use super::Office;
use super::judging::judge;
use super::plan::{Done, Plan};
use crate::AppState;
use crate::web::office::commune;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use axum::extract::{Form, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::card::CardKind;
use domain::holder::HolderDetails;
use domain::ids::ImportId;
use domain::import::canonical;
use domain::role::Purpose;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::time::Instant;
use store::audit::Subject;
use store::{Constraint, Error};

/// How often it is tried when somebody registers one of the people at the same time.
const TRIES: usize = 3;

/// What goes along with the import.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// Which cards to make; none for an empty text.
    cards: String,
    /// The mark of the reading that was looked at.
    mark: String,
}

/// Registers everybody who is new. Sent twice, it is done once.
pub async fn take(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<ImportId>,
    Form(wish): Form<Wish>,
) -> Result<Response, Problem> {
    let office = Office::open(&app, &officer)?;
    let here = format!("/office/imports/{id}");
    let cards = match wish.cards.as_str() {
        "" => None,
        kind => {
            let kind = CardKind::parse(kind).filter(|kind| *kind != CardKind::Electronic);
            Some(kind.ok_or_else(|| Problem::Malformed("no such card to print".to_owned()))?)
        }
    };
    for _ in 0..TRIES {
        let (import, plan) = office.find(id).await?;
        if import.done {
            return Ok(reply::see(&here));
        }
        let Some(counts) = plan.counts else {
            return Ok(reply::see(&(here + "?show=columns")));
        };
        if wish.mark != plan.mark() {
            // Somebody has read it otherwise since: what is imported is what was looked at.
            let rest = office.rest(id).await?;
            let trouble = officer.reader.page(&app).text("imports.changed");
            return reply::mend(&office.preview(&import, &plan, counts, (&rest, trouble)));
        }
        if attempt(&office, id, plan, cards).await? {
            return Ok(reply::see(&here));
        }
    }
    Err(Problem::Busy)
}

/// Does it, unless the register has changed in between.
async fn attempt(
    office: &Office<'_>,
    id: ImportId,
    plan: Plan,
    cards: Option<CardKind>,
) -> Result<bool, Problem> {
    let (app, own) = (office.app, office.own()?);
    let commune = commune(office.app, office.officer, &plan.commune).ok_or(Problem::Conflict)?;
    let who = office.may(commune)?;
    let file = app.store.read().await?.import_file(&own, id).await?;
    // Another has just ended it: the next look says so.
    let Some(file) = file else { return Ok(false) };
    let judged = judge(app, &who, &plan, file.to_vec()).await?;
    let judged = judged.map_err(|_| Problem::Conflict)?;
    let now = app.now();
    let (store, by) = (app.store.clone(), who.clone());
    let (judged, ready, sha256) = tokio::task::spawn_blocking(move || {
        let new = judged.fresh();
        let ready = store.make_ready(&by, &new, now);
        let sha256 = sum(&new);
        (judged, ready, sha256)
    })
    .await
    .map_err(|error| Problem::Internal(error.to_string()))?;
    let done = Done {
        counts: judged.counts,
        sha256,
        by: office.officer.reader.name.clone(),
        at: now,
        cards,
    };
    let done = plan.ended(done);
    let rest = (!judged.rest.rows.is_empty()).then(|| judged.rest.bytes());
    let mut tx = app.store.write().await?;
    let begun = Instant::now();
    let open = tx
        .end_import(&own, id, &done.bytes(), rest.as_deref())
        .await?;
    if !open || !tx.still_so(&who, &judged.compared).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    match tx.register_people(&who, &ready, cards, now).await {
        Ok(()) => {}
        Err(Error::Conflict(Constraint::ProvenNumber)) => {
            tx.rollback().await?;
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    }
    let subjects: Vec<Subject> = ready.ids().iter().copied().map(Subject::Holder).collect();
    let (unit, deed) = (&who.scope().path, Deed::Import.to(id));
    tx.audit(&who, unit, now, Purpose::Registration, deed, &subjects)
        .await?;
    tx.commit().await?;
    let (people, millis) = (subjects.len(), begun.elapsed().as_millis() as u64);
    tracing::info!(
        people,
        millis,
        "a list was imported; so long nothing else was recorded"
    );
    Ok(true)
}

/// SHA-256 of the canonical lines of people, in hexadecimal.
fn sum(people: &[&HolderDetails]) -> String {
    let mut digest = Sha256::new();
    for person in people {
        digest.update(canonical(person));
    }
    data_encoding::HEXLOWER.encode(&digest.finalize())
}
