//! Cards printed in batches: what waits, and the jobs that were made of it.

pub mod changes;
pub mod one;
mod one_card;
mod question;
pub mod reprints;

pub use one_card::hand_one;

use super::field_errors::FieldErrors;
use super::office::{own_scope, unit_name};
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use crate::AppState;
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::card::{CardKind, CardLayout};
use domain::ids::BatchId;
use domain::role::{Authorized, PrintCards, Purpose, UnitScope, authorize};
use serde::Deserialize;
use store::batches::{Batch, MOST};

/// Batches on a page of the list.
const PAGE: usize = 30;

#[derive(Template)]
#[template(path = "batches/list.html")]
struct ListPage {
    page: Page,
    errors: FieldErrors,
    /// What was done just before, in words; empty for nothing.
    done: String,
    /// Whether a batch can be made, or was asked for.
    makes: bool,
    /// What waits: kind and number, in words.
    waiting: Vec<(&'static str, String)>,
    kinds: Vec<(&'static str, &'static str)>,
    layouts: Vec<(&'static str, &'static str)>,
    typed: NewBatch,
    /// What a batch holds at most, in words.
    most: String,
    rows: Vec<Row>,
    newer: String,
    older: String,
}

struct Row {
    href: String,
    name: String,
    layout: &'static str,
    cards: String,
    unit: String,
    made: String,
    reprint: bool,
}

/// What a new batch is to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewBatch {
    kind: String,
    layout: String,
    /// A card to hand over: its code or number.
    card: String,
}

/// From where the list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Place {
    before: Option<BatchId>,
    /// What was done just before.
    done: String,
    /// The card that was handed over.
    card: String,
}

/// Leave to print the cards of the officer's unit.
fn may(
    app: &AppState,
    officer: &SignedInOfficer,
) -> Result<Authorized<PrintCards, UnitScope>, Problem> {
    Ok(authorize(&officer.actor(), own_scope(app, officer)?)?)
}

/// What waits to be printed, and the batches.
pub async fn list(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(place): Query<Place>,
) -> Result<Response, Problem> {
    let (typed, errors) = (NewBatch::default(), FieldErrors::default());
    let mut view = page(&app, &officer, place.before, typed, errors).await?;
    if place.done == "handed" {
        view.done = one_card::whose(&app, &officer, &view.page, &place.card).await?;
    }
    reply::page(&view)
}

/// Makes a batch of what waits.
pub async fn make(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Form(typed): Form<NewBatch>,
) -> Result<Response, Problem> {
    let who = may(&app, &officer)?;
    let words = officer.reader.page(&app);
    let mut errors = FieldErrors::default();
    let kind = CardKind::parse(&typed.kind).filter(|kind| *kind != CardKind::Electronic);
    if kind.is_none() {
        errors.add("kind", words.text("desk.err_kind"));
    }
    let layout = CardLayout::parse(&typed.layout);
    if layout.is_none() {
        errors.add("layout", words.text("batches.err_layout"));
    }
    if let (Some(kind), Some(layout)) = (kind, layout) {
        let mut tx = app.store.write().await?;
        let made = tx.add_batch(&who, kind, layout, app.now()).await?;
        if let Some(batch) = made {
            let (deed, why) = (Deed::Batch.to(batch.id), Purpose::Registration);
            tx.audit(&who, &batch.unit, app.now(), why, deed, &[])
                .await?;
            tx.commit().await?;
            return Ok(reply::see(&format!("/office/batches/{}", batch.id)));
        }
        errors.add("kind", words.text("batches.err_none"));
    }
    reply::mend(&page(&app, &officer, None, typed, errors).await?)
}

async fn page(
    app: &AppState,
    officer: &SignedInOfficer,
    before: Option<BatchId>,
    mut typed: NewBatch,
    errors: FieldErrors,
) -> Result<ListPage, Problem> {
    let who = may(app, officer)?;
    let page = officer.reader.page(app);
    let mut tx = app.store.read().await?;
    let waiting = tx.cards_waiting(&who, app.now()).await?;
    let mut found = tx.batches(&who, before, PAGE as i64 + 1).await?;
    drop(tx);
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let last = found.last().filter(|_| more);
    let kind_name = |kind: CardKind| page.text(&format!("office_cards.kind_{kind}"));
    if let (true, Some((kind, _))) = (typed.kind.is_empty(), waiting.first()) {
        typed.kind = kind.to_string();
        typed.layout = CardLayout::of(*kind).to_string();
    }
    let kinds = [CardKind::Plastic, CardKind::Paper];
    let kinds = kinds.map(|kind| (kind.as_str(), kind_name(kind)));
    let layouts = CardLayout::ALL
        .iter()
        .map(|layout| (layout.as_str(), layout_name(&page, *layout)));
    let asked = ["kind", "layout"].map(|field| !errors.of(field).is_empty());
    Ok(ListPage {
        done: String::new(),
        makes: !waiting.is_empty() || asked.contains(&true),
        waiting: waiting
            .iter()
            .map(|(kind, count)| (kind_name(*kind), page.count("batches.cards", *count)))
            .collect(),
        kinds: kinds.to_vec(),
        layouts: layouts.collect(),
        typed,
        most: page.number(MOST),
        rows: found.iter().map(|one| row(app, &page, one)).collect(),
        newer: match before {
            Some(_) => "/office/batches".to_owned(),
            None => String::new(),
        },
        older: last.map_or_else(String::new, |last| {
            format!("/office/batches?before={}", last.id)
        }),
        errors,
        page,
    })
}

fn row(app: &AppState, page: &Page, batch: &Batch) -> Row {
    let unit = batch.unit.0.last();
    Row {
        href: format!("/office/batches/{}", batch.id),
        name: batch.name(),
        layout: layout_name(page, batch.layout),
        cards: page.number(batch.cards),
        unit: unit.map_or_else(String::new, |unit| unit_name(app, unit)),
        made: page.moment(batch.created),
        reprint: batch.of.is_some(),
    }
}

fn layout_name(page: &Page, layout: CardLayout) -> &'static str {
    page.text(&format!("batches.layout_{layout}"))
}
