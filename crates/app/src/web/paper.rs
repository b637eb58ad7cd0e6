//! Paper back-entry: what a gate had to write on paper is typed in afterwards, a row a person. The page's script sends each
//! row as it is finished; without a script the form takes one row at a time. How rows are read and recorded is in
//! `paper/recording.rs`, the sheet to print in `paper/sheet.rs`.

mod recording;
mod sheet;

pub use sheet::sheet;

use super::field_errors::FieldErrors;
use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::scanner::{open_gate, recorder};
use super::signed_in::SignedInHolder;
use crate::AppState;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use domain::ids::{CheckpointId, ScanId};
use domain::paper::{date, minute};
use domain::scan::{Direction, Way};
use domain::time::{Timestamp, Zone};
use recording::{Outcome, Told, Typed, record, said};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::scans::ScanLine;

/// The most rows in one request: four sheets.
const MOST: usize = 100;

/// One row of the form without a script.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PaperForm {
    date: String,
    time: String,
    direction: String,
    person: String,
    name: String,
    companions: String,
    /// Made with the page, so that a form sent twice is recorded once: an id whose time is the place of the row among
    /// those of its minute.
    row: String,
}

/// The row whose outcome is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    scan: String,
}

/// Rows as the page's script sends them.
#[derive(Debug, Deserialize)]
struct Rows {
    rows: Vec<Sent>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    id: String,
    direction: String,
    person: String,
    name: String,
    companions: String,
}

#[derive(Serialize)]
struct ToldAll {
    rows: Vec<Told>,
}

#[derive(Template)]
#[template(path = "paper/rows.html")]
struct PaperPage {
    page: Page,
    id: String,
    place: String,
    lead: String,
    form: PaperForm,
    errors: FieldErrors,
    directions: Vec<(&'static str, &'static str)>,
    /// What became of the row before; empty when there is none.
    done: String,
    /// The first day that can be typed, dd/MM/yyyy.
    oldest: String,
}

/// The page for typing.
pub async fn show(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, _, _) = open_gate(&mut tx, &signed_in, id).await?;
    let line = match ScanId::parse(&shown.scan) {
        Some(scan) => tx.scan(&who, scan).await?,
        None => None,
    };
    drop(tx);
    let line = line.filter(|line| line.way == Way::Paper);
    let form = next_form(&app, line.as_ref());
    let locale = signed_in.reader.locale;
    let done = line.map_or_else(String::new, |line| {
        let page = Page::new(locale, "");
        let (_, said) = said(&page, line.decision, &line.reasons);
        let time = app.zone().written(line.id.at());
        format!("{time}: {said}")
    });
    reply::page(&page(&app, &signed_in, id, (form, done, FieldErrors::default())).await?)
}

/// An empty row of the same day and direction as the one before.
fn next_form(app: &AppState, before: Option<&ScanLine>) -> PaperForm {
    let day = before.map_or_else(|| app.zone().day(app.now()), |line| line.day);
    // Who came and left in one minute is in the order of the rows.
    let place = before.map_or(0, |line| line.id.at().millis() % 1000 + 1);
    PaperForm {
        date: day.written(),
        direction: before
            .map_or(Direction::In, |line| line.direction)
            .to_string(),
        companions: "0".to_owned(),
        row: ScanId::from_parts(Timestamp::from_millis(place), rand::random()).to_string(),
        ..PaperForm::default()
    }
}

async fn page(
    app: &AppState,
    signed_in: &SignedInHolder,
    id: CheckpointId,
    (form, done, errors): (PaperForm, String, FieldErrors),
) -> Result<PaperPage, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = open_gate(&mut tx, signed_in, id).await?;
    let page = signed_in.reader.page(app);
    let oldest = app.retention().oldest_scan_day(app.now(), app.zone());
    Ok(PaperPage {
        lead: page.count("paper.lead", i64::from(app.retention().scan_days)),
        oldest: oldest.written(),
        directions: vec![
            ("in", page.text("direction.in")),
            ("out", page.text("direction.out")),
        ],
        id: id.to_string(),
        place: format!("{}, {}", venue.details.name, gate.name),
        done,
        form,
        errors,
        page,
    })
}

/// Records one row without a script.
pub async fn take(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Form(form): Form<PaperForm>,
) -> Result<Response, Problem> {
    let gate = recorder(&app, &signed_in, id).await?;
    let words = signed_in.reader.page(&app);
    let mut errors = FieldErrors::default();
    let scan = scan_id(&form, app.zone(), |field, key| {
        errors.add(field, words.text(key));
    });
    if let Some(scan) = scan {
        let typed = Typed {
            id: Some(scan),
            direction: &form.direction,
            person: &form.person,
            name: &form.name,
            companions: &form.companions,
        };
        let told = record(&app, &gate, &[typed], &words).await?;
        match told.into_iter().next() {
            Some(told) if told.outcome == Outcome::Mend => errors.add(told.field, told.said),
            _ => return Ok(reply::see(&format!("/checkpoints/{id}/paper?scan={scan}"))),
        }
    }
    reply::mend(&page(&app, &signed_in, id, (form, String::new(), errors)).await?)
}

/// The id of a row: its time as written, and what was drawn when it was begun.
fn scan_id(
    form: &PaperForm,
    zone: Zone,
    mut wrong: impl FnMut(&'static str, &'static str),
) -> Option<ScanId> {
    let (day, minute) = (date(&form.date), minute(&form.time));
    if day.is_none() {
        wrong("date", "paper.err_date");
    }
    if minute.is_none() {
        wrong("time", "paper.err_time");
    }
    let minute = Duration::from_secs(u64::from(minute?) * 60);
    let at = zone.start(day?).plus(minute);
    let begun = ScanId::parse(&form.row).filter(|row| (0..1000).contains(&row.at().millis()));
    let begun =
        begun.unwrap_or_else(|| ScanId::from_parts(Timestamp::from_millis(0), rand::random()));
    Some(begun.moved(at.millis()))
}

/// Records rows as the page sends them; one answer a row, in order.
pub async fn take_rows(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    // A form of another site cannot send this kind without asking first.
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(Problem::Malformed(
            "the body must be application/json".to_owned(),
        ));
    }
    let gate = recorder(&app, &signed_in, id).await?;
    let sent: Rows =
        serde_json::from_str(&body).map_err(|error| Problem::Malformed(error.to_string()))?;
    if sent.rows.len() > MOST {
        return Err(Problem::TooLarge);
    }
    let typed: Vec<Typed<'_>> = sent.rows.iter().map(Sent::typed).collect();
    let rows = record(&app, &gate, &typed, &signed_in.reader.page(&app)).await?;
    Ok(Json(ToldAll { rows }).into_response())
}

impl Sent {
    fn typed(&self) -> Typed<'_> {
        Typed {
            id: ScanId::parse(&self.id),
            direction: &self.direction,
            person: &self.person,
            name: &self.name,
            companions: &self.companions,
        }
    }
}
