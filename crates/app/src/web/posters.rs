//! Posters: a checkpoint's page for printing, and its bare square.

use super::checkpoints::may_at;
use super::field_errors::FieldErrors;
use super::imports::file_of;
use super::locale::Locale;
use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use super::venues::{self, Head, may};
use crate::AppState;
use crate::photo;
use crate::print::{self, Paper, Poster};
use askama::Template;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use codes::VenueCode;
use codes::draw::{Level, QUIET, Square};
use domain::ids::{CheckpointId, HolderId, VenueId};
use domain::role::ManageVenue;
use serde::Deserialize;
use std::time::Duration;
use store::Tx;
use store::checkpoints::Checkpoint;
use store::posters::{PosterRemoval, PostersEnd};
use store::rates::Limit;
use store::venues::Venue;
use tokio::sync::Semaphore;

/// Pixels of a module in a picture: a square of version 4 is about 1,000 wide.
const PIXELS: u8 = 24;

/// How a poster is wanted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PosterChoice {
    paper: String,
    /// The language of its words; `lang` would be the reader's.
    words: String,
}

#[derive(Template)]
#[template(path = "venues/posters.html")]
struct PostersPage {
    page: Page,
    head: Head,
    trial: bool,
    /// From which day posters are not used here, in words; empty while nobody has said so.
    end: String,
    gates: Vec<GateView>,
}

#[derive(Template)]
#[template(path = "venues/poster_removal.html")]
struct RemovalPage {
    page: Page,
    head: Head,
    /// Where the form goes.
    to: String,
    /// From which day posters are not used here, and who says so, in words.
    end: String,
    /// What the owner said before, in words; empty when nothing.
    removed: String,
    errors: FieldErrors,
}

/// How many photos one venue may bring a day: each costs a second of work.
const PHOTOS: Limit = Limit {
    kind: "poster photos",
    most: 20,
    window: Duration::from_secs(86_400),
};
/// After how many seconds whoever is over the limit may ask again.
const LATER: u32 = 3600;
/// Pictures are made small one at a time: each may take 160 MB while it is read.
static ROOM: Semaphore = Semaphore::const_new(1);

struct GateView {
    name: String,
    code: String,
    href: String,
    version: i32,
    square: String,
}

fn code(gate: &Checkpoint) -> Result<VenueCode, Problem> {
    VenueCode::parse(&gate.code).ok_or_else(|| Problem::Internal("a stored code".to_owned()))
}

fn square(app: &AppState, gate: &Checkpoint) -> Result<Square, Problem> {
    let url = code(gate)?.url(&app.config.base_url());
    Ok(Square::encode(&url, Level::High)?)
}

/// The gates of a venue, to choose what to print.
pub async fn choose(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let page = venues::page(&app, &signed_in, id);
    let end = tx.posters_end(&venue.details.unit).await?;
    if let Some(end) = end.as_ref().filter(|end| over(&app, end)) {
        let removal = tx.poster_removal(&who).await?;
        let errors = FieldErrors::default();
        let page = removal_page(&app, page, &venue, end, removal, errors);
        return reply::page(&page);
    }
    let end = end.map(|end| ending(&app, &page, &end));
    let mut gates = Vec::new();
    for gate in tx.checkpoints(id).await? {
        if gate.closed.is_none() {
            gates.push(GateView {
                code: code(&gate)?.written(),
                square: square(&app, &gate)?.svg(QUIET),
                href: format!("/checkpoints/{}", gate.id),
                version: gate.poster_version,
                name: gate.name,
            });
        }
    }
    let page = PostersPage {
        head: Head::new(&app, page.locale, &venue),
        trial: app.config.public_url.is_none(),
        end: end.unwrap_or_default(),
        page,
        gates,
    };
    reply::page(&page)
}

/// Whether posters are not used any more.
pub(super) fn over(app: &AppState, end: &PostersEnd) -> bool {
    end.day <= app.zone().day(app.now())
}

/// From which day posters are not used, and who says so, in words.
pub(super) fn ending(app: &AppState, page: &Page, end: &PostersEnd) -> String {
    let (date, unit) = (page.date(end.day), app.units().full_name(&end.unit));
    let values = [("date", date.as_str()), ("unit", unit.as_str())];
    page.fill("posters.end", values)
}

fn removal_page(
    app: &AppState,
    page: Page,
    venue: &Venue,
    end: &PostersEnd,
    removal: Option<PosterRemoval>,
    errors: FieldErrors,
) -> RemovalPage {
    let removed = removal.map(|removal| {
        let date = page.date(page.zone.day(removal.at));
        let key = if removal.photo {
            "posters.removed_photo"
        } else {
            "posters.removed"
        };
        page.fill(key, [("date", date.as_str())])
    });
    RemovalPage {
        head: Head::new(app, page.locale, venue),
        to: format!("/venues/{}/posters/removal", venue.id),
        end: ending(app, &page, end),
        removed: removed.unwrap_or_default(),
        errors,
        page,
    }
}

/// Records that the posters of a venue are down, with a photo of the wall if there is one.
pub async fn remove(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let end = tx.posters_end(&venue.details.unit).await?;
    let Some(end) = end.filter(|end| over(&app, end)) else {
        return Ok(reply::see(&format!("/venues/{id}/posters")));
    };
    let before = tx.poster_removal(&who).await?;
    drop(tx);
    let brought = match form {
        Ok(form) => file_of(form).await?.1,
        Err(_) => Vec::new(),
    };
    let now = app.now();
    let mut tx = app.store.write().await?;
    let within = tx.within(PHOTOS, &id.to_string(), now).await?;
    tx.commit().await?;
    if !within {
        return Err(Problem::TooMany(LATER));
    }
    let bare = brought.is_empty();
    let photo = match bare {
        true => None,
        false => small(brought).await?,
    };
    if photo.is_none() && !bare {
        let page = venues::page(&app, &signed_in, id);
        let mut errors = FieldErrors::default();
        errors.add("file", page.text("posters.err_photo"));
        return reply::mend(&removal_page(&app, page, &venue, &end, before, errors));
    }
    let mut tx = app.store.write().await?;
    tx.record_poster_removal(&who, photo.as_deref(), now)
        .await?;
    tx.commit().await?;
    Ok(reply::see(&format!("/venues/{id}/posters")))
}

/// A photo made small; nothing when it is none.
async fn small(brought: Vec<u8>) -> Result<Option<Vec<u8>>, Problem> {
    let turn = ROOM.acquire().await;
    let small = tokio::task::spawn_blocking(move || {
        // Held until the picture is read, also when whoever sent it has gone.
        let _turn = turn;
        photo::small(&brought)
    });
    let small = small.await;
    small.map_err(|error| Problem::Internal(error.to_string()))
}

/// The poster as a PDF.
pub async fn poster(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Query(choice): Query<PosterChoice>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (venue, gate) = match gate_of(&app, &mut tx, signed_in.holder, id).await? {
        Ok(found) => found,
        Err(away) => return Ok(away),
    };
    let alone = tx.checkpoints(venue.id).await?;
    let alone = alone.iter().filter(|gate| gate.closed.is_none()).count() == 1;
    let settings = tx.unit_settings(&venue.details.unit).await?;
    let (code, base) = (code(&gate)?, app.config.base_url());
    let site = base
        .split_once("://")
        .map_or(base.as_str(), |(_, site)| site);
    let place = venues::place(&app, &venue.details);
    let bytes = print::poster(&Poster {
        venue: &venue.details.name,
        checkpoint: if alone { "" } else { &gate.name },
        address: &format!("{}, {place}", venue.details.address),
        url: &code.url(&base),
        site,
        typed_code: &code.written(),
        hotline: settings.hotline.as_deref(),
        retention_days: app.retention().scan_days,
        printed_on: &app.zone().day(app.now()).written(),
        version: gate.poster_version.max(1) as u32,
        paper: match choice.paper.as_str() {
            "a3" => Paper::A3,
            "pano" => Paper::Pano,
            _ => Paper::A4,
        },
        language: Locale::parse(&choice.words).unwrap_or_default(),
        trial: app.config.public_url.is_none(),
    })?;
    Ok(file(
        "application/pdf",
        &format!("poster-{code}.pdf"),
        bytes,
    ))
}

/// The bare square as SVG.
pub async fn svg(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, gate) = match gate_of(&app, &mut tx, signed_in.holder, id).await? {
        Ok(found) => found,
        Err(away) => return Ok(away),
    };
    let svg = square(&app, &gate)?.svg(QUIET);
    let name = format!("code-{}.svg", gate.code);
    Ok(file("image/svg+xml", &name, svg.into_bytes()))
}

/// The bare square as PNG.
pub async fn png(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, gate) = match gate_of(&app, &mut tx, signed_in.holder, id).await? {
        Ok(found) => found,
        Err(away) => return Ok(away),
    };
    let png = square(&app, &gate)?.png(PIXELS, QUIET);
    Ok(file("image/png", &format!("code-{}.png", gate.code), png))
}

/// The gate whose poster is wanted, if it is one of the reader's and open. Where posters are not used any more there are none
/// to print: the page that says so.
async fn gate_of(
    app: &AppState,
    tx: &mut Tx,
    reader: HolderId,
    id: CheckpointId,
) -> Result<Result<(Venue, Checkpoint), Response>, Problem> {
    let (_, venue, gate) = may_at::<ManageVenue>(tx, reader, id).await?;
    if gate.closed.is_some() {
        return Err(Problem::NotFound);
    }
    let end = tx.posters_end(&venue.details.unit).await?;
    Ok(match end.filter(|end| over(app, end)) {
        Some(_) => Err(reply::see(&format!("/venues/{}/posters", venue.id))),
        None => Ok((venue, gate)),
    })
}

fn file(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}
