//! Posters: a checkpoint's page for printing, and its bare square.

use super::checkpoints::may_at;
use super::locale::Locale;
use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use super::venues::{self, Head, may};
use crate::AppState;
use crate::print::{self, Paper, Poster};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use codes::VenueCode;
use codes::draw::{Level, QUIET, Square};
use domain::ids::{CheckpointId, VenueId};
use domain::role::ManageVenue;
use serde::Deserialize;
use store::checkpoints::Checkpoint;

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
    gates: Vec<GateView>,
}

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
    let (_, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let page = venues::page(&app, &signed_in, id);
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
        page,
        gates,
    };
    reply::page(&page)
}

/// The poster as a PDF.
pub async fn poster(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Query(choice): Query<PosterChoice>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = may_at::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    if gate.closed.is_some() {
        return Err(Problem::NotFound);
    }
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
    let (_, _, gate) = may_at::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
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
    let (_, _, gate) = may_at::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let png = square(&app, &gate)?.png(PIXELS, QUIET);
    Ok(file("image/png", &format!("code-{}.png", gate.code), png))
}

fn file(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}
