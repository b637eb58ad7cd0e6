//! The owner's board: who is inside, entries and exits by hour and by day, gates, and the list.

use super::chart::{self, Bar};
use super::devices::{self, DeviceLine};
use super::page::Page;
use super::path_id::PathId;
use super::posters;
use super::problem::Problem;
use super::reply;
use super::scans::{self, ListView, Search, written_exactly};
use super::signed_in::SignedInHolder;
use super::surges::{self, SurgeView};
use super::venues::{self, Head, may};
use crate::AppState;
use crate::app::App;
use askama::Template;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use domain::aside::taken;
use domain::audit::Deed;
use domain::ids::{ScanId, VenueId};
use domain::role::{Authorized, ManageVenue, ReadVenueBoard, VenueScope};
use domain::time::{DAY_MILLIS, Timestamp, Zone};
use domain::venue::Fullness;
use serde_json::json;
use std::time::Duration;
use store::Tx;
use store::checkpoints::Checkpoint;
use store::presences::Occupancy;
use store::scans::{OddScan, Passages, Referrals};
use store::venues::Venue;

/// How many days the second chart shows.
const DAYS: i32 = 14;
/// An open gate that read nothing for so long is flagged.
const SILENT: Duration = Duration::from_secs(30 * 60);
/// How long odd readings are shown.
const ODD_FOR: Duration = Duration::from_secs(12 * 3600);
/// How many odd readings are shown.
const ODD: usize = 8;
const HOUR: Duration = Duration::from_secs(3600);

type Board = Authorized<ReadVenueBoard, VenueScope>;

#[derive(Template)]
#[template(path = "venues/board.html")]
struct BoardPage {
    page: Page,
    head: Head,
    /// From which day posters are not used here, in words; empty while nobody has said so.
    posters_end: String,
    open: bool,
    now: Timestamp,
    inside: Occupancy,
    today: Passages,
    yesterday: Passages,
    referrals: Referrals,
    gates: Vec<GateLine>,
    /// Devices about which something is wrong, for whoever may put it right.
    devices: Vec<DeviceLine>,
    /// What there is a bound of, in words; empty without one.
    capacity: String,
    fullness: &'static str,
    odd: Vec<OddLine>,
    more_odd: usize,
    hours: String,
    days: String,
    since: String,
    asides: i64,
    surges: Vec<SurgeView>,
    list: ListView,
}

struct GateLine {
    name: String,
    href: String,
    said: String,
    silent: bool,
}

/// A reading that somebody should look at.
struct OddLine {
    time: String,
    /// Who it was, as the list says it.
    who: String,
    /// The list of that person's readings of the day.
    href: String,
    said: String,
    gate: String,
}

/// Windows of time that the board counts, in one statement.
struct Windows {
    hours: Vec<(Timestamp, Timestamp)>,
    days: Vec<(Timestamp, Timestamp)>,
    /// Yesterday up to this time of day.
    yesterday: (Timestamp, Timestamp),
}

impl Windows {
    fn at(app: &App, now: Timestamp) -> Self {
        let (zone, today) = (app.zone(), app.zone().day(now));
        let midnight = zone.start(today);
        let hour = |n: u32| (midnight.plus(HOUR * n), midnight.plus(HOUR * (n + 1)));
        let day = |back: i32| {
            (
                zone.start(today.plus(-back)),
                zone.start(today.plus(1 - back)),
            )
        };
        let oldest = app.retention().oldest_scan_day(now, zone);
        let kept = (today.0 - oldest.0).clamp(0, DAYS - 1);
        Self {
            hours: (0..24).map(hour).collect(),
            days: (0..=kept).rev().map(day).collect(),
            yesterday: (
                zone.start(today.plus(-1)),
                Timestamp::from_millis(now.millis() - DAY_MILLIS),
            ),
        }
    }

    fn all(&self) -> Vec<(Timestamp, Timestamp)> {
        let mut all = self.hours.clone();
        all.extend(&self.days);
        all.push(self.yesterday);
        all
    }
}

/// The board of a venue.
pub async fn show(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let now = app.now();
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<ReadVenueBoard>(&mut tx, signed_in.holder, id).await?;
    let page = venues::page(&app, &signed_in, id);
    let windows = Windows::at(&app, now);
    let counted = tx.passages(&who, &windows.all()).await?;
    let (hours, rest) = counted.split_at(windows.hours.len());
    let (days, yesterday) = rest.split_at(windows.days.len());
    let zone = app.zone();
    let filter = search.filter(&app, now);
    let all = tx.checkpoints(id).await?;
    let gates = gates(&app, &mut tx, &who, &page, (&venue, &all)).await?;
    let idle = venue.details.kind.idle();
    let inside = tx.occupancy(&who, idle, now).await?;
    let referrals = tx.referrals(&who, zone.day(now)).await?;
    let mut odd = recent_odd(&mut tx, &who, (zone, now), idle).await?;
    let more_odd = odd.len().saturating_sub(ODD);
    odd.truncate(ODD);
    let devices = faulty(&app, &mut tx, &signed_in, &page, (&venue, &all)).await?;
    let asides = tx.asides_waiting(&who).await?;
    let surges = tx.open_surges(&who).await?;
    let surges = surges::views(&page, &all, &surges);
    let end = tx.posters_end(&venue.details.unit).await?;
    drop(tx);
    let also: Vec<ScanId> = odd.iter().map(|one| one.id).collect();
    let wanted = (Deed::Board, also.as_slice());
    let found = scans::read(&app, &who, &search, &filter, wanted).await?;
    let list = found.list(&app, &who, &page, &filter);
    let odd = odd_lines(&page, &all, &odd, &found);
    let board = BoardPage {
        head: Head::new(&app, page.locale, &venue),
        posters_end: end.map_or_else(String::new, |end| posters::ending(&app, &page, &end)),
        open: venue.rules(zone).open_at(now),
        now,
        inside,
        today: days.last().copied().unwrap_or_default(),
        yesterday: yesterday.first().copied().unwrap_or_default(),
        referrals,
        hours: hour_chart(&page, &venue, hours, zone.minute_of_day(now)),
        days: day_chart(&page, &windows, days),
        since: windows
            .days
            .first()
            .map_or_else(String::new, |(from, _)| zone.day(*from).written()),
        gates,
        devices,
        capacity: venue.details.capacity.map_or_else(String::new, |capacity| {
            page.count("board.capacity", i64::from(capacity.most))
        }),
        fullness: fullness(&venue, inside),
        odd,
        more_odd,
        asides,
        surges,
        list,
        page,
    };
    reply::page(&board)
}

/// The hours the venue is open, and every other hour in which somebody came or went.
fn hour_chart(page: &Page, venue: &Venue, counts: &[Passages], minute: u16) -> String {
    let now = usize::from(minute / 60);
    let opens = |hour: usize| venue.details.hours.contains(hour as u16 * 60);
    let first = (0..24).find(|hour| opens(*hour) || counts[*hour] != Passages::default());
    let last = (0..24).rfind(|hour| counts[*hour] != Passages::default());
    let first = first.unwrap_or(now).min(now);
    let last = last.unwrap_or(now).max(now);
    let bars: Vec<Bar> = (first..=last)
        .map(|hour| bar(format!("{hour:02}"), counts[hour], hour == now))
        .collect();
    chart::bars(page.locale, page.text("board.by_hour"), "chart.hour", &bars)
}

fn day_chart(page: &Page, windows: &Windows, counts: &[Passages]) -> String {
    let today = counts.len().saturating_sub(1);
    let days = windows.days.iter().zip(counts).enumerate();
    let bars: Vec<Bar> = days
        .map(|(at, ((from, _), count))| {
            let date = page.zone.day(*from).date();
            bar(format!("{:02}", date.day()), *count, at == today)
        })
        .collect();
    chart::bars(page.locale, page.text("board.by_day"), "chart.day", &bars)
}

fn bar(label: String, count: Passages, now: bool) -> Bar {
    Bar {
        label,
        entries: count.entries,
        exits: count.exits,
        now,
    }
}

async fn gates(
    app: &App,
    tx: &mut Tx,
    who: &Board,
    page: &Page,
    (venue, gates): (&Venue, &[Checkpoint]),
) -> Result<Vec<GateLine>, Problem> {
    let now = app.now();
    let open = venue.rules(app.zone()).open_at(now);
    let mut lines = Vec::new();
    for gate in gates {
        if gate.closed.is_some() {
            continue;
        }
        let last = tx.last_scan(who, app.zone().day(now), gate.id).await?;
        let age = last.map(|at| now.since(at).max(0));
        let silent = open && age.is_some_and(|age| age > SILENT.as_millis() as i64);
        let key = if silent {
            "board.gate_silent"
        } else {
            "board.gate_last"
        };
        lines.push(GateLine {
            said: age.map_or_else(
                || page.text("board.gate_none").to_owned(),
                |age| page.fill(key, [("ago", page.locale.ago(age).as_str())]),
            ),
            silent,
            href: format!("/checkpoints/{}/scanner", gate.id),
            name: gate.name.clone(),
        });
    }
    Ok(lines)
}

/// How full the venue is: `room`, `near` or `full`.
fn fullness(venue: &Venue, inside: Occupancy) -> &'static str {
    let capacity = venue.details.capacity;
    match capacity.map_or(Fullness::Room, |it| it.fullness(inside.all())) {
        Fullness::Room => "room",
        Fullness::Near => "near",
        Fullness::Full => "full",
    }
}

/// Readings that do not fit together, newest first, of yesterday's evening, too.
async fn recent_odd(
    tx: &mut Tx,
    who: &Board,
    (zone, now): (Zone, Timestamp),
    idle: Duration,
) -> Result<Vec<OddScan>, Problem> {
    let since = now.minus(ODD_FOR);
    let (today, before) = (zone.day(now), zone.day(since));
    let mut odd = tx.odd_scans(who, today, idle).await?;
    if before != today {
        odd.extend(tx.odd_scans(who, before, idle).await?);
    }
    odd.retain(|one| one.id.at() >= since);
    Ok(odd)
}

/// Readings that do not fit together, and who they were. Of one elsewhere a line tells neither where nor when that was.
fn odd_lines(
    page: &Page,
    gates: &[Checkpoint],
    found: &[OddScan],
    read: &scans::Found,
) -> Vec<OddLine> {
    let gate = |id| gates.iter().find(|gate| gate.id == id);
    let line = |one: &OddScan| {
        let gate = gate(one.checkpoint);
        let before = page.clock(one.other.unwrap_or(one.id).at());
        OddLine {
            time: page.clock(one.id.at()),
            who: read.who(one.id),
            href: gate.map_or_else(String::new, |gate| {
                let day = page.zone.start(page.zone.day(one.id.at()));
                let from = written_exactly(day, page.zone);
                format!(
                    "/venues/{}/scans?about={}&from={from}#scans",
                    gate.venue, one.id
                )
            }),
            said: page.fill(
                &format!("oddity.{}", one.oddity),
                [("time", before.as_str())],
            ),
            gate: gate.map_or_else(String::new, |gate| gate.name.clone()),
        }
    };
    found.iter().map(line).collect()
}

/// Devices about which something is wrong, when whoever looks may change them.
async fn faulty(
    app: &App,
    tx: &mut Tx,
    signed_in: &SignedInHolder,
    page: &Page,
    (venue, gates): (&Venue, &[Checkpoint]),
) -> Result<Vec<DeviceLine>, Problem> {
    let Ok((who, _)) = may::<ManageVenue>(tx, signed_in.holder, venue.id).await else {
        return Ok(Vec::new());
    };
    let now = app.now();
    let open = venue.rules(app.zone()).open_at(now);
    let (since, _) = taken(now, app.retention(), app.zone());
    let mut lines = devices::lines(page, gates, tx.devices(&who).await?, (since, now), open);
    lines.retain(|line| line.active && !line.faults.is_empty());
    Ok(lines)
}

/// The figures that change, for `live-counts.js`.
pub async fn counts(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
) -> Result<Response, Problem> {
    let (now, zone) = (app.now(), app.zone());
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<ReadVenueBoard>(&mut tx, signed_in.holder, id).await?;
    let today = zone.day(now);
    let window = (zone.start(today), zone.start(today.plus(1)));
    let passages = tx.passages(&who, &[window]).await?;
    let passages = passages.first().copied().unwrap_or_default();
    let referrals = tx.referrals(&who, today).await?;
    let inside = tx.occupancy(&who, venue.details.kind.idle(), now).await?;
    let body = json!({
        "at": now.millis(),
        "fullness": fullness(&venue, inside),
        "counts": {
            "inside": inside.all(),
            "companions": inside.companions,
            "entries": passages.entries,
            "exits": passages.exits,
            "referred": referrals.referred,
            "confirmed": referrals.confirmed,
            "turned_away": referrals.turned_away,
        },
    });
    Ok(([(CACHE_CONTROL, "no-store")], Json(body)).into_response())
}
