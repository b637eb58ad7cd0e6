//! A venue's suspension as its owners see it: what, why, by which office, since when, what to do; and their one appeal.

use super::field_errors::FieldErrors;
use super::office::unit_name;
use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use super::venues::{self, Head, may};
use crate::AppState;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::{OfficerId, VenueId};
use domain::role::{ManageVenue, Purpose, ReadVenueBoard};
use domain::suspension::{self, MOST_WORDS};
use domain::time::Timestamp;
use domain::working_day;
use serde::Deserialize;
use std::collections::HashMap;
use store::suspensions::Suspension;

/// A suspension, in words.
pub(super) struct SuspensionView {
    pub(super) reason: &'static str,
    pub(super) words: String,
    pub(super) office: String,
    /// Who suspended it, where that is shown.
    pub(super) by: String,
    pub(super) since: String,
    pub(super) appeal: String,
    pub(super) appealed: String,
    /// How long the office may still take to answer; empty when nothing waits.
    pub(super) left: String,
    pub(super) late: bool,
    pub(super) answer: String,
    pub(super) answered: String,
    pub(super) answered_by: String,
    pub(super) lifted: String,
}

impl SuspensionView {
    /// The words of a suspension; officers' names are shown to offices alone.
    pub(super) fn new(
        app: &AppState,
        page: &Page,
        one: Suspension,
        names: &HashMap<OfficerId, String>,
    ) -> Self {
        let name = |id: Option<OfficerId>| id.and_then(|id| names.get(&id)).cloned();
        let moment = |at: Option<Timestamp>| at.map_or_else(String::new, |at| page.moment(at));
        let waits = one.appeal.as_ref().filter(|_| one.answer.is_none());
        let waits = waits.map(|(_, at)| countdown(page, *at, app.now()));
        let (left, late) = waits.unwrap_or_default();
        Self {
            reason: page.text(&format!("suspensions.reason_{}", one.reason)),
            words: one.words,
            office: unit_name(app, &one.unit),
            by: name(one.by).unwrap_or_default(),
            since: page.moment(one.since),
            appealed: moment(one.appeal.as_ref().map(|(_, at)| *at)),
            appeal: one.appeal.map(|(words, _)| words).unwrap_or_default(),
            left,
            late,
            answered: moment(one.answer.as_ref().map(|(_, at)| *at)),
            answer: one.answer.map(|(words, _)| words).unwrap_or_default(),
            answered_by: name(one.answered_by).unwrap_or_default(),
            lifted: moment(one.lifted),
        }
    }
}

/// How many working days are left to answer an appeal, in words; whether none is.
pub(super) fn countdown(page: &Page, appealed: Timestamp, now: Timestamp) -> (String, bool) {
    let due = suspension::due(appealed, page.zone);
    let last = page.date(page.zone.day(due).plus(-1));
    match working_day::left(now, due, page.zone) {
        None => (
            page.fill("requests.overdue", [("date", last.as_str())]),
            true,
        ),
        Some(0) => (page.text("requests.due_today").to_owned(), false),
        Some(days) => {
            let days = page.count("requests.days_left", days);
            (format!("{days} ({last})"), false)
        }
    }
}

#[derive(Template)]
#[template(path = "venues/suspension.html")]
struct SuspensionPage {
    page: Page,
    head: Head,
    /// The orders that are in force, the newest first.
    now: Vec<SuspensionView>,
    before: Vec<SuspensionView>,
    hotline: Option<String>,
    /// Whether the owners may still appeal.
    may_appeal: bool,
    /// What was typed and is in no field, since nothing may be sent any more.
    unsent: String,
    fields: AppealForm,
    errors: FieldErrors,
}

/// What the owners say to a suspension.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AppealForm {
    words: String,
}

/// What is in force, and what was before.
pub async fn show(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
) -> Result<Response, Problem> {
    let nothing = (AppealForm::default(), FieldErrors::default());
    reply::page(&view(&app, &signed_in, id, nothing).await?)
}

async fn view(
    app: &AppState,
    signed_in: &SignedInHolder,
    id: VenueId,
    (fields, errors): (AppealForm, FieldErrors),
) -> Result<SuspensionPage, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<ReadVenueBoard>(&mut tx, signed_in.holder, id).await?;
    let all = tx.own_suspensions(&who).await?;
    let settings = tx.unit_settings(&venue.details.unit).await?;
    drop(tx);
    let page = venues::page(app, signed_in, id);
    let unasked = |one: &Suspension| one.lifted.is_none() && one.appeal.is_none();
    let may_appeal = venue.closed.is_none() && all.iter().any(unasked);
    let (now, before): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.lifted.is_none());
    let words = |one| SuspensionView::new(app, &page, one, &HashMap::new());
    let unsent = if may_appeal { "" } else { &fields.words };
    Ok(SuspensionPage {
        unsent: unsent.to_owned(),
        head: Head::new(app, page.locale, &venue),
        now: now.into_iter().map(words).collect(),
        before: before.into_iter().map(words).collect(),
        hotline: settings.hotline,
        may_appeal,
        fields,
        errors,
        page,
    })
}

/// Sends the appeal to each office whose order is in force and was not appealed against.
pub async fn appeal(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(form): Form<AppealForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let said = signed_in.reader.locale;
    let words = suspension::words(&form.words).filter(|words| !words.is_empty());
    let wrong = match words {
        None => {
            let most = said.number(MOST_WORDS as i64);
            said.fill("suspensions.err_words", &[("n", &most)])
        }
        // A venue that is closed for good waits for nobody's answer.
        _ if venue.closed.is_some() || venue.suspended.is_none() => {
            said.text("suspensions.err_open").to_owned()
        }
        Some(words) => {
            let now = app.now();
            if tx.appeal_suspension(&who, &words, now).await? {
                let (unit, deed) = (&who.scope().unit, Deed::VenueAppeal.to(id));
                tx.audit(&who, unit, now, Purpose::VenueBoard, deed, &[])
                    .await?;
                tx.commit().await?;
                return Ok(reply::see(&format!("/venues/{id}/suspension")));
            }
            said.text("suspensions.err_appealed").to_owned()
        }
    };
    tx.rollback().await?;
    let mut errors = FieldErrors::default();
    errors.add("words", wrong);
    reply::mend(&view(&app, &signed_in, id, (form, errors)).await?)
}
