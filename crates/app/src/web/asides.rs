//! Scans set aside: a venue's owner dates, accepts or discards them. `asides/recording.rs` brings what
//! was decided into the log.

mod recording;

pub use recording::record;

use super::asking::{AskingPage, Done};
use super::field_errors::FieldErrors;
use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::scans::{local, written_exactly};
use super::signed_in::SignedInHolder;
use super::venues::{self, Head, may};
use crate::AppState;
use crate::app::App;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::aside::{AsideReason, Misplaced, distance, taken};
use domain::audit::Deed;
use domain::ids::{DeviceId, VenueId};
use domain::role::{Authorized, Purpose, SettleAsides, VenueScope};
use domain::time::Timestamp;
use serde::Deserialize;
use std::collections::HashMap;
use store::Tx;
use store::asides::{AsideGroup, AsideKey};

/// What may have been done before the list is shown.
const DONE: [(&str, &str); 5] = [
    ("some", "asides.dated_some"),
    ("nothing", "asides.nothing"),
    ("dated", "asides.dated"),
    ("accepted", "asides.accepted"),
    ("discarded", "asides.discarded"),
];

/// What a form says: which scans, and when the first of them was read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AsideForm {
    group: String,
    first: String,
}

impl AsideForm {
    fn key(&self) -> Option<AsideKey> {
        let mut parts = self.group.split('.');
        Some(AsideKey {
            device: parts.next()?.parse().ok()?,
            reason: AsideReason::parse(parts.next()?)?,
            seen: Timestamp::from_millis(parts.next()?.parse().ok()?),
        })
    }
}

#[derive(Template)]
#[template(path = "venues/asides.html")]
struct AsidesPage {
    page: Page,
    head: Head,
    lead: String,
    done: &'static str,
    groups: Vec<GroupView>,
    errors: FieldErrors,
}

/// Scans of one device that were set aside for one reason.
struct GroupView {
    /// Names it in forms.
    key: String,
    /// The id of its field.
    field: String,
    device: String,
    why: &'static str,
    count: String,
    received: String,
    claimed: String,
    left: String,
    /// When the first was read, as far as it can be told.
    first: String,
    /// How many can be taken as they are; empty when none can.
    acceptable: String,
}

/// What waits for the owner.
pub async fn list(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    show(&app, &signed_in, id, &done, None).await
}

/// Shows the page; after an error with what was typed, and what is wrong with it.
async fn show(
    app: &AppState,
    signed_in: &SignedInHolder,
    id: VenueId,
    done: &Done,
    wrong: Option<(&AsideForm, &str)>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<SettleAsides>(&mut tx, signed_in.holder, id).await?;
    let taken = taken(app.now(), app.retention(), app.zone());
    let groups = tx.asides(&who, taken).await?;
    let names = tx.device_names(&who).await?.into_iter().collect();
    let page = venues::page(app, signed_in, id);
    let mut errors = FieldErrors::default();
    let mut views: Vec<GroupView> = groups
        .iter()
        .enumerate()
        .map(|(n, group)| view(app, &page, &names, n, group))
        .collect();
    if let Some((form, key)) = wrong {
        errors.add("first", page.text(key));
        if let Some(view) = views.iter_mut().find(|view| view.key == form.group) {
            view.field = "first".to_owned();
            view.first.clone_from(&form.first);
        }
    }
    let status = match errors.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = AsidesPage {
        head: Head::new(app, page.locale, &venue),
        lead: page.count("asides.lead", i64::from(app.retention().aside_days())),
        done: done.said(&page, &DONE),
        groups: views,
        errors,
        page,
    };
    reply::with(status, &page)
}

fn view(
    app: &App,
    page: &Page,
    names: &HashMap<DeviceId, String>,
    n: usize,
    group: &AsideGroup,
) -> GroupView {
    let AsideKey {
        device,
        reason,
        seen,
    } = group.key;
    let now = app.now();
    let gone = app.retention().asides_before(now);
    let left = group.received.since(gone).max(0);
    let span = |(from, until): (Timestamp, Timestamp)| {
        let (from, until) = (page.moment(from), page.moment(until));
        page.fill(
            "asides.span",
            [("from", from.as_str()), ("until", until.as_str())],
        )
    };
    // The reader's clock says when it was, if it is as wrong now as it was then.
    let (oldest, _) = taken(now, app.retention(), app.zone());
    let likely = |first: &Timestamp| distance(group.claimed.0, *first, (oldest, now)).is_ok();
    let first = group.corrected.filter(likely);
    GroupView {
        key: format!("{device}.{reason}.{}", seen.millis()),
        field: format!("first-{n}"),
        device: names.get(&device).cloned().unwrap_or_default(),
        why: match reason {
            AsideReason::Future => page.text("asides.future"),
            AsideReason::TooOld => page.text("asides.too_old"),
            AsideReason::LostDevice => page.text("asides.lost_device"),
        },
        count: page.count("list.count", group.count),
        received: span((group.received, seen)),
        claimed: span(group.claimed),
        left: left_words(page, left),
        first: first.map_or_else(String::new, |at| written_exactly(at, page.zone)),
        acceptable: match (reason, group.timely) {
            (AsideReason::LostDevice, 1..) => page.count("asides.acceptable", group.timely),
            _ => String::new(),
        },
    }
}

/// How long something is kept still, in words, to the nearest hour or day. `left` is in milliseconds.
fn left_words(page: &Page, left: i64) -> String {
    let hours = (left + 1_800_000) / 3_600_000;
    match hours {
        ..48 => page.count("asides.hours", hours.max(1)),
        _ => page.count("asides.days", (hours + 12) / 24),
    }
}

fn to_list(venue: VenueId, done: &str) -> Response {
    Redirect::to(&format!("/venues/{venue}/asides{done}")).into_response()
}

/// Ends what the owner decided: an entry in the audit log with how many, and the way back. Where nothing waited any more
/// nothing was done, and that is said.
async fn decided(
    app: &AppState,
    mut tx: Tx,
    who: &Authorized<SettleAsides, VenueScope>,
    deed: Deed,
    count: u64,
) -> Result<Response, Problem> {
    let VenueScope { venue, unit, .. } = who.scope();
    let done = match deed {
        _ if count == 0 => "?done=nothing",
        Deed::AsidesDated => "?done=dated",
        Deed::AsidesAccepted => "?done=accepted",
        _ => "?done=discarded",
    };
    if count > 0 {
        let detail = deed.to(format!("{venue} {count}"));
        tx.audit(who, unit, app.now(), Purpose::VenueBoard, detail, &[])
            .await?;
    }
    tx.commit().await?;
    if deed != Deed::AsidesDiscarded {
        record(app).await?;
    }
    Ok(to_list(*venue, done))
}

/// Gives scans their time: all of them move by one distance, and those that would lie in the future stay.
pub async fn date(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(form): Form<AsideForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, _) = may::<SettleAsides>(&mut tx, signed_in.holder, id).await?;
    let Some(key) = form.key() else {
        return Ok(to_list(id, ""));
    };
    let Some(first) = local(&form.first, app.zone()) else {
        drop(tx);
        let wrong = Some((&form, "asides.err_first"));
        return show(&app, &signed_in, id, &Done::default(), wrong).await;
    };
    let (oldest, _) = taken(app.now(), app.retention(), app.zone());
    match tx
        .date_asides(&who, key, first, (oldest, app.now()))
        .await?
    {
        Ok(count) => {
            let left = tx.asides(&who, (oldest, app.now())).await?;
            let of = |group: &AsideGroup| (group.key.device, group.key.reason);
            let mut left = left.iter().filter(|group| group.received <= key.seen);
            let some = left.any(|group| of(group) == (key.device, key.reason));
            let answer = decided(&app, tx, &who, Deed::AsidesDated, count).await?;
            Ok(match some && count > 0 {
                true => to_list(id, "?done=some"),
                false => answer,
            })
        }
        Err(misplaced) => {
            drop(tx);
            let key = match misplaced {
                Misplaced::Future => "asides.err_future",
                Misplaced::TooOld => "asides.err_too_old",
            };
            show(&app, &signed_in, id, &Done::default(), Some((&form, key))).await
        }
    }
}

/// Takes scans as they are, as far as the log takes their times.
pub async fn accept(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(form): Form<AsideForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, _) = may::<SettleAsides>(&mut tx, signed_in.holder, id).await?;
    // Other scans have no time that could be taken.
    let lost = |key: &AsideKey| key.reason == AsideReason::LostDevice;
    let Some(key) = form.key().filter(lost) else {
        return Ok(to_list(id, ""));
    };
    let taken = taken(app.now(), app.retention(), app.zone());
    let count = tx.accept_asides(&who, key, taken).await?;
    decided(&app, tx, &who, Deed::AsidesAccepted, count).await
}

/// Asks whether to discard scans. About those that do not wait the list says more.
pub async fn discarding(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(asked): Query<AsideForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<SettleAsides>(&mut tx, signed_in.holder, id).await?;
    let names = tx.device_names(&who).await?;
    let key = asked.key();
    let name = key.and_then(|key| names.into_iter().find(|(device, _)| *device == key.device));
    let Some((_, name)) = name else {
        return Ok(to_list(id, ""));
    };
    let page = venues::page(&app, &signed_in, id);
    reply::page(&AskingPage {
        head: Head::new(&app, page.locale, &venue),
        question: page.fill("asides.discard_question", [("name", name.as_str())]),
        consequence: page.text("asides.discard_hint"),
        action: format!("/venues/{id}/asides/discarding"),
        field: ("group", asked.group),
        verb: page.text("asides.discard"),
        back: format!("/venues/{id}/asides"),
        page,
    })
}

/// Discards scans.
pub async fn discard(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(form): Form<AsideForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, _) = may::<SettleAsides>(&mut tx, signed_in.holder, id).await?;
    let Some(key) = form.key() else {
        return Ok(to_list(id, ""));
    };
    let count = tx.discard_asides(&who, key).await?;
    decided(&app, tx, &who, Deed::AsidesDiscarded, count).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::locale::Locale;

    #[test]
    fn what_is_left_is_said_to_the_nearest() {
        let page = Page::new(Locale::Vi, "/");
        for (minutes, words) in [
            (7 * 24 * 60, "7 ngày"),
            ((6 * 24 + 23) * 60, "7 ngày"),
            ((6 * 24 + 11) * 60, "6 ngày"),
            (48 * 60 - 31, "47 giờ"),
            (48 * 60 - 30, "2 ngày"),
            (90, "2 giờ"),
            (10, "1 giờ"),
        ] {
            assert_eq!(left_words(&page, minutes * 60_000), words, "{minutes}");
        }
    }
}
