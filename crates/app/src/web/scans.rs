//! A venue's scans: searched, listed page by page, and handed over as a file.
//!
//! Initials are opened for the lines shown and no others; each opening is an audit entry.

mod files;
mod search;

pub use files::export;
pub use search::{Search, local, written_exactly};
use search::{last_minute, written};

use super::devices::clock_off;
use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use super::venues::{self, Head, may};
use crate::AppState;
use crate::app::App;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::aside::Settled;
use domain::audit::Deed;
use domain::ids::{CheckpointId, ScanId, VenueId};
use domain::role::{Authorized, Purpose, ReadVenueBoard, VenueScope};
use domain::scan::{Decision, Direction, Reason, Reasons, Way};
use domain::time::{Day, Timestamp};
use std::collections::HashMap;
use store::Tx;
use store::audit::Subject;
use store::keys::Pseudonym;
use store::scans::{ScanFilter, ScanLine};
use store::visitors::Visitor;

/// Lines on a page.
const PAGE: usize = 50;
/// Counted exactly up to here.
const COUNTED: i64 = 10_000;

type Board = Authorized<ReadVenueBoard, VenueScope>;

/// A page of the list, with the search it answers.
pub struct ListView {
    /// Where the filters are sent.
    pub action: String,
    /// Values of the two time fields.
    pub from: String,
    /// The end of the time.
    pub until: String,
    /// The earliest and the latest minute that can be asked for.
    pub bounds: (String, String),
    /// The chosen direction, way and decision; empty for all.
    pub chosen: [&'static str; 3],
    /// The field and value that narrow it to one person or device.
    pub only: Option<(&'static str, String)>,
    /// Ways to choose from.
    pub ways: Vec<(String, String)>,
    /// Decisions to choose from.
    pub decisions: Vec<(String, String)>,
    /// "343 lượt".
    pub count: String,
    /// What is wrong with the times asked for; empty when nothing is.
    pub wrong: &'static str,
    /// Whether a search is narrower than today.
    pub narrowed: bool,
    /// The lines.
    pub lines: Vec<LineView>,
    /// The page before; empty when this is the newest.
    pub newer: String,
    /// The next page; empty when there is none.
    pub older: String,
    /// The address of the files, without their ending.
    pub files: String,
    /// The same search, as a query.
    pub query: String,
}

impl ListView {
    /// That it is of one person or device alone, in words.
    pub fn narrowed_to(&self, page: &Page) -> &'static str {
        match self.only {
            Some(("about", _)) => page.text("scans.one_person"),
            Some(_) => page.text("scans.one_device"),
            None => "",
        }
    }

    /// Whether a word is the chosen direction (0), way (1) or decision (2).
    pub fn chose(&self, at: usize, word: &str) -> bool {
        self.chosen.get(at).is_some_and(|chosen| *chosen == word)
    }
}

/// One line.
pub struct LineView {
    /// When; with its day when it is not today.
    pub time: String,
    /// `in` or `out`.
    pub direction: &'static str,
    /// `N.V.T, 1987`.
    pub who: String,
    /// People who came along.
    pub companions: i32,
    /// How it was read, in words.
    pub way: &'static str,
    /// `admit`, `refer` or `refuse`.
    pub decision: &'static str,
    /// The decision in words.
    pub said: &'static str,
    /// Why, in words.
    pub reasons: String,
    /// What is odd about it, in words.
    pub signs: Vec<String>,
    /// The gate.
    pub gate: String,
}

/// The page of a list, as it was read.
pub struct Found {
    counted: i64,
    /// The lines of the page, and behind them the scans beside the list.
    lines: Vec<ScanLine>,
    /// How many of them are the page's.
    listed: usize,
    /// Where the page begins; nothing for the newest.
    before: Option<ScanId>,
    /// Whether there are older ones.
    more: bool,
    /// Where the page before ends.
    newer: Option<ScanId>,
    opened: Opened,
}

/// Reads the page of a list and leaves its audit entry, in one transaction. It reads a page and no
/// more, for gates wait while it lasts; what is counted was counted before. `beside` are scans beside the list, whose people
/// are opened, too.
pub async fn read(
    app: &App,
    who: &Board,
    search: &Search,
    filter: &ScanFilter,
    (deed, beside): (Deed, &[ScanId]),
) -> Result<Found, Problem> {
    let before = ScanId::parse(&search.before);
    let mut tx = app.store.read().await?;
    let counted = tx.count_scans(who, filter, COUNTED + 1).await?;
    drop(tx);
    let mut tx = app.store.write().await?;
    let mut lines = tx.scan_lines(who, filter, before, PAGE + 1).await?;
    let more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let listed = lines.len();
    let newer = match before {
        Some(id) => tx.newer_page(who, filter, id, PAGE).await?,
        None => None,
    };
    for id in beside {
        lines.extend(tx.scan_line(who, *id).await?);
    }
    let opened = Opened::of(&mut tx, who, &lines).await?;
    entry(&mut tx, who, deed, &opened.subjects(&lines), app.now()).await?;
    tx.commit().await?;
    Ok(Found {
        counted,
        lines,
        listed,
        before,
        more,
        newer,
        opened,
    })
}

impl Found {
    /// Who a scan of the page, or beside it, was of; empty for one that is neither.
    pub fn who(&self, id: ScanId) -> String {
        let line = self.lines.iter().find(|line| line.id == id);
        line.map_or_else(String::new, |line| self.opened.who(line))
    }

    /// The page of the list, in words.
    pub fn list(&self, app: &App, who: &Board, page: &Page, filter: &ScanFilter) -> ListView {
        let zone = app.zone();
        let today = zone.day(app.now());
        let (query, path) = (
            Search::query(filter, zone),
            page.path.split('?').next().unwrap_or_default(),
        );
        let lines = &self.lines[..self.listed];
        let older = lines.last().filter(|_| self.more);
        let from = |id: ScanId| format!("{path}?{query}&before={id}#scans");
        ListView {
            only: search::only(filter),
            action: path.to_owned(),
            from: written(filter.from, zone),
            until: last_minute(filter, zone),
            bounds: search::bounds(app, app.now()),
            chosen: [
                filter.direction.map_or("", Direction::as_str),
                filter.way.map_or("", Way::as_str),
                filter.decision.map_or("", Decision::as_str),
            ],
            ways: words(page, "way", Way::ALL.iter().map(|way| way.as_str())),
            decisions: words(page, "decision", Decision::ALL.iter().map(|d| d.as_str())),
            count: count(page, self.counted),
            wrong: if filter.from < filter.until {
                ""
            } else {
                page.text("scans.err_order")
            },
            narrowed: filter.direction.is_some()
                || filter.way.is_some()
                || filter.decision.is_some()
                || filter.of.is_some()
                || filter.from != zone.start(today),
            lines: lines
                .iter()
                .map(|line| self.opened.view(page, line, today))
                .collect(),
            newer: match (self.before, self.newer) {
                (None, _) => String::new(),
                (Some(_), None) => format!("{path}?{query}#scans"),
                (Some(_), Some(id)) => from(id),
            },
            older: older.map_or_else(String::new, |line| from(line.id)),
            files: format!("/venues/{}/scans", who.scope().venue),
            query,
        }
    }
}

fn count(page: &Page, counted: i64) -> String {
    if counted > COUNTED {
        page.count("list.more_than", COUNTED)
    } else {
        page.count("list.count", counted)
    }
}

/// Words to choose from, each with what it is called.
fn words(
    page: &Page,
    noun: &str,
    all: impl Iterator<Item = &'static str>,
) -> Vec<(String, String)> {
    let named = |word: &str| page.text(&format!("{noun}.{word}")).to_owned();
    all.map(|word| (word.to_owned(), named(word))).collect()
}

/// What stands behind the ids of some lines.
struct Opened {
    visitors: HashMap<(Day, Pseudonym), Visitor>,
    gates: HashMap<CheckpointId, String>,
    /// The referred scans that an attendant answered.
    confirmed: HashMap<ScanId, Decision>,
}

impl Opened {
    async fn of(tx: &mut Tx, who: &Board, lines: &[ScanLine]) -> Result<Self, Problem> {
        let gates = tx.checkpoints(who.scope().venue).await?;
        Ok(Self {
            visitors: tx.visitors(who, lines).await?,
            confirmed: tx.confirmed(who, lines).await?,
            gates: gates.into_iter().map(|gate| (gate.id, gate.name)).collect(),
        })
    }

    /// What became of somebody who was referred: nobody stood at a poster, a paper log says what has been, elsewhere an attendant
    /// may have let the person through, or turned them away.
    fn referral(&self, line: &ScanLine) -> &'static str {
        if line.way == Way::Paper {
            "decision.on_paper"
        } else if line.decision.passes(line.way) {
            "decision.self"
        } else {
            match self.confirmed.get(&line.id) {
                Some(Decision::Refuse) => "decision.turned_away",
                Some(_) => "decision.confirmed_in",
                None => "decision.refer",
            }
        }
    }

    fn visitor(&self, line: &ScanLine) -> Option<&Visitor> {
        self.visitors.get(&(line.day, line.holder?))
    }

    /// `N.V.T, 1987`.
    fn who(&self, line: &ScanLine) -> String {
        let Some(visitor) = self.visitor(line) else {
            return "–".to_owned();
        };
        let year = visitor.birth_year.map(|year| format!(", {year}"));
        format!("{}{}", visitor.initials, year.unwrap_or_default())
    }

    fn view(&self, page: &Page, line: &ScanLine, today: Day) -> LineView {
        let at = line.id.at();
        let time = page.clock_seconds(at);
        LineView {
            time: if line.day == today {
                time
            } else {
                format!("{time}, {}", line.day.written())
            },
            direction: line.direction.as_str(),
            who: self.who(line),
            companions: line.companions,
            way: page.text(&format!("way.{}", line.way)),
            decision: line.decision.as_str(),
            said: if line.decision == Decision::Refer {
                page.text(self.referral(line))
            } else {
                decision_word(page, line.decision, line.direction)
            },
            reasons: reason_words(page, &line.reasons),
            signs: signs(page, line),
            gate: self
                .gates
                .get(&line.checkpoint)
                .cloned()
                .unwrap_or_default(),
        }
    }

    fn subjects(&self, lines: &[ScanLine]) -> Vec<Subject> {
        let opened = lines.iter().filter(|line| self.visitor(line).is_some());
        let mut seen: Vec<(Day, Pseudonym)> = opened
            .filter_map(|line| Some((line.day, line.holder?)))
            .collect();
        seen.sort_unstable();
        seen.dedup();
        seen.into_iter()
            .map(|(day, pseudonym)| Subject::Visitor(day, pseudonym))
            .collect()
    }
}

/// What is odd about a line: the door said otherwise, the reader's clock was wrong, or the owner
/// settled it.
fn signs(page: &Page, line: &ScanLine) -> Vec<String> {
    let door = line.door.filter(|door| *door != line.decision);
    let door = door.map(|door| {
        let said = decision_word(page, door, line.direction);
        page.fill("scans.door", [("said", said)])
    });
    let settled = line.settled.map(|settled| match settled {
        Settled::Dated => page.text("scans.dated").to_owned(),
        Settled::Accepted => page.text("scans.accepted").to_owned(),
    });
    let clock = line.skew.and_then(|skew| clock_off(page, skew));
    [door, clock, settled].into_iter().flatten().collect()
}

/// A decision in words, for the way the person went.
pub fn decision_word(page: &Page, decision: Decision, direction: Direction) -> &'static str {
    match (decision, direction) {
        (Decision::Admit, Direction::Out) => page.text("decision.admit_out"),
        _ => page.text(&format!("decision.{decision}")),
    }
}

/// Reasons in words, joined. Whoever is told that a code is foreign need not hold it closer, and what it is says more than that.
pub fn reason_words(page: &Page, reasons: &Reasons) -> String {
    let foreign = reasons.has(Reason::ForeignCode);
    let exact = reasons.has(Reason::WebLink) || reasons.has(Reason::PaymentCode);
    let told = reasons.iter().filter(|reason| match reason {
        Reason::Unreadable => !foreign,
        Reason::ForeignCode => !exact,
        _ => true,
    });
    let words = told.map(|reason| {
        page.text(&format!("reasons.{reason}"))
            .trim_end_matches('.')
    });
    words.collect::<Vec<_>>().join("; ")
}

/// Leaves the audit entry of lines whose initials were opened.
async fn entry(
    tx: &mut Tx,
    who: &Board,
    deed: Deed,
    about: &[Subject],
    now: Timestamp,
) -> Result<(), Problem> {
    if about.is_empty() {
        return Ok(());
    }
    let unit = &who.scope().unit;
    let detail = deed.to(who.scope().venue);
    tx.audit(who, unit, now, Purpose::VenueBoard, detail, about)
        .await?;
    Ok(())
}

#[derive(Template)]
#[template(path = "venues/scans.html")]
struct ScansPage {
    page: Page,
    head: Head,
    list: ListView,
}

/// The list on a page of its own.
pub async fn show(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<ReadVenueBoard>(&mut tx, signed_in.holder, id).await?;
    let page = venues::page(&app, &signed_in, id);
    let filter = search.filter(&app, app.now());
    drop(tx);
    let found = read(&app, &who, &search, &filter, (Deed::Scans, &[])).await?;
    let list = found.list(&app, &who, &page, &filter);
    let head = Head::new(&app, page.locale, &venue);
    reply::page(&ScansPage { page, head, list })
}
