//! One batch: its parts as files, what became of its cards, and what can be done with all of them.

use super::{layout_name, may};
use crate::AppState;
use crate::web::card_files::{self, ToPrint};
use crate::web::field_errors::FieldErrors;
use crate::web::office::unit_name;
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::card::{CardState, StepReason};
use domain::ids::{BatchId, CardId};
use domain::role::Purpose;
use domain::time::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::ops::Range;
use store::audit::Subject;
use store::batches::Batch;

/// Cards in one file: what a printer is given at once, and what is drawn within two seconds.
const PART: i64 = 1000;
/// Why cards are printed again.
pub(super) const REASONS: [StepReason; 3] = [
    StepReason::Misprinted,
    StepReason::Damaged,
    StepReason::Details,
];

#[derive(Template)]
#[template(path = "batches/batch.html")]
struct BatchPage {
    page: Page,
    errors: FieldErrors,
    /// Where the batch's own addresses begin.
    here: String,
    name: String,
    layout: &'static str,
    unit: String,
    made: String,
    /// The batch that it replaces cards of, and why: its address and words.
    of: Option<(String, String)>,
    count: String,
    checksum: String,
    states: Vec<(&'static str, String)>,
    parts: Vec<Part>,
    taken: i64,
    /// Whether cards wait to be handed over, and whether any can still be used.
    printed: bool,
    alive: bool,
    typed: Typed,
    reasons: Vec<(&'static str, &'static str)>,
    /// How many printed cards are older than what their bearers use.
    outdated: i64,
    done: String,
}

struct Part {
    n: i64,
    places: String,
    href: String,
    /// When it was taken last; empty while it was not.
    taken: String,
}

/// What the forms of the page send.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub(super) card: String,
    pub(super) all: String,
    pub(super) from: String,
    pub(super) reason: String,
    /// Whether cards in use are printed again, too; empty for no.
    pub(super) in_use: String,
}

/// What was done just before.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// One batch.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<BatchId>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let typed = Typed::default();
    let mut view = page(&app, &officer, id, typed, FieldErrors::default()).await?;
    view.done = match done.done.as_str() {
        "handed" if view.outdated > 0 => view.page.count("batches.handed_but", view.outdated),
        "handed" => view.page.text("batches.handed").to_owned(),
        "reprint" => view.page.text("batches.reprinted").to_owned(),
        "revoked" => view.page.text("batches.revoked").to_owned(),
        _ => String::new(),
    };
    reply::page(&view)
}

/// The page again, with what there is to mend.
pub(super) async fn mend(
    app: &AppState,
    officer: &SignedInOfficer,
    id: BatchId,
    typed: Typed,
    (field, key): (&'static str, &str),
) -> Result<Response, Problem> {
    let mut errors = FieldErrors::default();
    errors.add(field, officer.reader.page(app).text(key));
    reply::mend(&page(app, officer, id, typed, errors).await?)
}

async fn page(
    app: &AppState,
    officer: &SignedInOfficer,
    id: BatchId,
    typed: Typed,
    errors: FieldErrors,
) -> Result<BatchPage, Problem> {
    let who = may(app, officer)?;
    let mut tx = app.store.read().await?;
    let batch = tx.batch(&who, id).await?.ok_or(Problem::NotFound)?;
    let serials = tx.batch_serials(&who, id).await?;
    let taken = tx.parts_taken(&who, &batch).await?;
    let outdated = tx.batch_outdated(&who, &batch).await?;
    let of = match batch.of {
        Some(of) => tx.batch(&who, of).await?,
        None => None,
    };
    drop(tx);
    let page = officer.reader.page(app);
    let parts = parts(&page, &batch, &taken);
    let unit = batch.unit.0.last();
    let of = of.map(|of| {
        let (name, reason) = (of.name(), why(&page, batch.reason));
        let values = [("batch", name.as_str()), ("reason", reason)];
        let words = page.fill("batches.of", values);
        (format!("/office/batches/{}", of.id), words)
    });
    let has = |wanted: &dyn Fn(CardState) -> bool| serials.iter().any(|(_, state)| wanted(*state));
    Ok(BatchPage {
        here: format!("/office/batches/{id}"),
        name: batch.name(),
        layout: layout_name(&page, batch.layout),
        unit: unit.map_or_else(String::new, |unit| unit_name(app, unit)),
        made: page.moment(batch.created),
        of,
        count: page.count("batches.cards", batch.cards),
        checksum: checksum(serials.iter().map(|(card, _)| *card)),
        states: states(&page, &serials),
        taken: sent(&batch, &taken),
        parts,
        printed: has(&|state| state == CardState::Printed),
        alive: has(&|state| !state.over()),
        typed,
        reasons: REASONS.map(|one| (one.as_str(), why(&page, one))).to_vec(),
        outdated,
        done: String::new(),
        errors,
        page,
    })
}

fn why(page: &Page, reason: StepReason) -> &'static str {
    page.text(&format!("batches.reason_{reason}"))
}

/// How many cards are in each state of their lives.
fn states(page: &Page, serials: &[(CardId, CardState)]) -> Vec<(&'static str, String)> {
    let all = CardState::ALL.iter().filter_map(|state| {
        let count = serials.iter().filter(|(_, of)| of == state).count() as i64;
        let words = page.text(&format!("office_cards.state_{state}"));
        (count > 0).then(|| (words, page.number(count)))
    });
    all.collect()
}

/// SHA-256 over the serials in order, each as twenty capital digits and a line's end.
fn checksum(cards: impl Iterator<Item = CardId>) -> String {
    let mut hash = Sha256::new();
    for card in cards {
        hash.update(card.to_string().to_uppercase());
        hash.update("\n");
    }
    let bytes = hash.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The places of a part, from 1.
const fn places(part: i64) -> Range<i64> {
    (part - 1) * PART + 1..part * PART + 1
}

/// How many files a batch is.
pub(super) const fn files(batch: &Batch) -> i64 {
    (batch.cards + PART - 1) / PART
}

/// How many of them were sent.
pub(super) fn sent(batch: &Batch, taken: &[(i64, Timestamp)]) -> i64 {
    let sent = |n: &i64| taken.iter().any(|(part, _)| part == n);
    (1..=files(batch)).filter(sent).count() as i64
}

fn parts(page: &Page, batch: &Batch, taken: &[(i64, Timestamp)]) -> Vec<Part> {
    let part = |n: i64| {
        let places = places(n);
        let (first, last) = (places.start, (places.end - 1).min(batch.cards));
        let (first, last) = (page.number(first), page.number(last));
        let at = taken.iter().rev().find(|(part, _)| *part == n);
        Part {
            n,
            places: page.fill(
                "batches.places",
                [("first", first.as_str()), ("last", last.as_str())],
            ),
            href: format!("/office/batches/{}/{n}.pdf", batch.id),
            taken: at.map_or_else(String::new, |(_, at)| page.moment(*at)),
        }
    };
    (1..=files(batch)).map(part).collect()
}

/// A part of a batch as a file, drawn as it is asked for: whatever broke off can be asked for again. It is noted as sent
/// once it is drawn, and only then it is sent.
pub async fn part(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Path((id, part)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let who = may(&app, &officer)?;
    let id: BatchId = id.parse().map_err(|_| Problem::NotFound)?;
    let part: Option<i64> = part.strip_suffix(".pdf").and_then(|part| part.parse().ok());
    let part = part
        .filter(|part| (1..=1_000_000).contains(part))
        .ok_or(Problem::NotFound)?;
    let mut tx = app.store.read().await?;
    let batch = tx.batch(&who, id).await?.ok_or(Problem::NotFound)?;
    let cards = tx.batch_part(&who, id, places(part)).await?;
    drop(tx);
    if cards.is_empty() {
        return Err(Problem::NotFound);
    }
    let subjects = cards.iter().map(|one| Subject::Holder(one.holder.id));
    let subjects: Vec<Subject> = subjects.collect();
    let cards = cards.into_iter().map(|one| ToPrint {
        card: one.card,
        holder: one.holder,
        batch: format!("{} · {}", batch.name(), one.place),
    });
    let (locale, cards) = (officer.reader.locale, cards.collect());
    let file = card_files::drawn(&app, locale, cards, batch.layout).await?;
    let deed = Deed::BatchPart.to(format!("{id} {part}"));
    let (unit, why) = (&batch.unit, Purpose::Registration);
    let mut tx = app.store.write().await?;
    tx.audit(&who, unit, app.now(), why, deed, &subjects)
        .await?;
    tx.commit().await?;
    let name = format!("the-{}-{}-{part}", batch.year, batch.number);
    Ok(file.named(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_of_the_serials_a_line_each() {
        let cards = [CardId([0xab; 10]), CardId([1; 10])];
        let text = "ABABABABABABABABABAB\n01010101010101010101\n";
        let wanted = Sha256::digest(text);
        let wanted: String = wanted.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(checksum(cards.into_iter()), wanted);
        assert_ne!(
            checksum(cards.into_iter().rev()),
            wanted,
            "the order counts"
        );
    }
}
