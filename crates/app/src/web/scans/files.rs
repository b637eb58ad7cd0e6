//! A venue's scans as files.

use super::{Opened, Search, entry};
use crate::AppState;
use crate::export::{Cell, Table};
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::path_kind::PathKind;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInHolder;
use crate::web::venues::{self, may};
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::VenueId;
use domain::role::ReadVenueBoard;
use store::scans::ScanLine;

/// The most lines in one file; a longer time is handed over in parts.
const EXPORTED: usize = 100_000;

/// The search as a file: Excel, or comma-separated values.
pub async fn export(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(search): Query<Search>,
    PathKind(kind): PathKind,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, _) = may::<ReadVenueBoard>(&mut tx, signed_in.holder, id).await?;
    let page = venues::page(&app, &signed_in, id);
    let filter = search.filter(&app, app.now());
    let lines = tx.scan_lines(&who, &filter, None, EXPORTED + 1).await?;
    if lines.len() > EXPORTED {
        return Err(Problem::TooLong);
    }
    let opened = Opened::of(&mut tx, &who, &lines).await?;
    drop(tx);
    // A long file would keep the gates waiting: it is read aside, and the entry is on disk before
    // the first byte is sent.
    let mut tx = app.store.write().await?;
    let about = opened.subjects(&lines);
    entry(&mut tx, &who, Deed::Export, &about, app.now()).await?;
    tx.commit().await?;
    let table = table(&page, &opened, &lines);
    let day = app.zone().day(filter.from);
    reply::table(table, kind, &format!("scans-{day}")).await
}

fn table(page: &Page, opened: &Opened, lines: &[ScanLine]) -> Table {
    let columns = [
        "time",
        "direction",
        "initials",
        "born",
        "companions",
        "way",
        "decision",
        "reasons",
        "gate",
    ];
    let row = |line: &ScanLine| {
        let visitor = opened.visitor(line);
        let view = opened.view(page, line, line.day);
        let born = visitor.and_then(|visitor| visitor.birth_year);
        vec![
            Cell::Time(line.id.at()),
            Cell::Text(
                page.text(&format!("direction.{}", line.direction))
                    .to_owned(),
            ),
            visitor.map_or(Cell::Empty, |visitor| Cell::Text(visitor.initials.clone())),
            born.map_or(Cell::Empty, |year| Cell::Number(year.into())),
            Cell::Number(line.companions.into()),
            Cell::Text(view.way.to_owned()),
            Cell::Text(view.said.to_owned()),
            Cell::Text(view.reasons),
            Cell::Text(view.gate),
        ]
    };
    Table {
        title: page.text("nav.scans").to_owned(),
        columns: columns
            .map(|name| page.text(&format!("scans.{name}")).to_owned())
            .to_vec(),
        rows: lines.iter().map(row).collect(),
        zone: page.zone,
    }
}
