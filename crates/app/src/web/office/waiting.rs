//! What waits at an office: requests with their time limit, records that are likely one person's, cards to be printed. Counts
//! alone, no names.

use super::own_scope;
use crate::App;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::signed_in::SignedInOfficer;
use domain::request;
use domain::role::{IssuePermit, ListVenues, MatchPeople, PrintCards, RegisterHolder, authorize};
use domain::time::Timestamp;
use domain::working_day;

/// A number that leads to what it counts.
pub(super) struct Tile {
    pub(super) href: &'static str,
    pub(super) icon: &'static str,
    pub(super) label: &'static str,
    pub(super) count: i64,
    /// Until when, in words; empty where nothing is due.
    pub(super) note: String,
}

/// The tiles of an office that serves people; none for others.
pub(super) async fn tiles(
    app: &App,
    officer: &SignedInOfficer,
    page: &Page,
) -> Result<Vec<Tile>, Problem> {
    let (actor, now) = (officer.actor(), app.now());
    let Ok(desk) = authorize::<RegisterHolder, _>(&actor, own_scope(app, officer)?) else {
        return Ok(Vec::new());
    };
    let matching = authorize::<MatchPeople, _>(&actor, own_scope(app, officer)?)?;
    let printing = authorize::<PrintCards, _>(&actor, own_scope(app, officer)?)?;
    let mut tx = app.store.read().await?;
    let (requests, oldest) = tx.open_request_count(&desk).await?;
    let matches = tx.likely_match_count(&matching).await?;
    let cards = tx.cards_waiting(&printing, now).await?;
    let venues = authorize::<ListVenues, _>(&actor, own_scope(app, officer)?)?;
    let appeals = tx.open_appeal_count(&venues).await?;
    let permits = match authorize::<IssuePermit, _>(&actor, own_scope(app, officer)?) {
        Ok(issuing) => tx.open_permit_request_count(&issuing).await?,
        Err(_) => 0,
    };
    let tile = |(href, icon, key), count| Tile {
        href,
        icon,
        label: page.text(key),
        count,
        note: String::new(),
    };
    let mut tiles = vec![
        Tile {
            note: oldest.map_or_else(String::new, |asked| due(page, asked, now)),
            ..tile(
                ("/office/requests", "queue", "office.waiting_requests"),
                requests,
            )
        },
        tile(
            (
                "/office/matches?degree=likely",
                "users",
                "office.waiting_matches",
            ),
            matches,
        ),
        tile(
            ("/office/batches", "print", "office.waiting_cards"),
            cards.iter().map(|(_, count)| count).sum(),
        ),
    ];
    // What most days bring none of is shown when there is one.
    let owners = [
        (
            ("/office/venues", "flag", "office.waiting_appeals"),
            appeals,
        ),
        (
            ("/office/permits", "doc", "office.waiting_permits"),
            permits,
        ),
    ];
    let owners = owners.into_iter().filter(|(_, count)| *count > 0);
    tiles.extend(owners.map(|(what, count)| tile(what, count)));
    Ok(tiles)
}

/// Until when the oldest request is to be answered.
fn due(page: &Page, asked: Timestamp, now: Timestamp) -> String {
    let due = request::due(asked, page.zone);
    let last = page.date(page.zone.day(due).plus(-1));
    let key = match working_day::left(now, due, page.zone) {
        Some(_) => "office.waiting_due",
        None => "requests.overdue",
    };
    page.fill(key, [("date", last.as_str())])
}
