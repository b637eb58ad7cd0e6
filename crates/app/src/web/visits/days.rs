//! One's own scans as visits: paired venue by venue, shown day by day.

use crate::web::page::Page;
use domain::ids::VenueId;
use domain::retention::Retention;
use domain::scan::{Assurance, Decision, Outcome, Way};
use domain::time::{Day, Timestamp};
use domain::visit::{End, Passage, pair};
use std::collections::BTreeMap;
use store::visits::OwnScan;

/// One day in the list.
pub(in crate::web) struct VisitDay {
    /// `thứ Bảy, 21/11/2026`.
    pub(in crate::web) day: String,
    /// The day on which all of this is erased.
    pub(in crate::web) erased: String,
    /// Visits and refusals, the newest first.
    pub(in crate::web) visits: Vec<VisitLine>,
}

/// One stay, or one time somebody was not let in.
pub(in crate::web) struct VisitLine {
    /// The venue's name.
    pub(in crate::web) place: String,
    /// The gate's name.
    pub(in crate::web) gate: String,
    /// `07:42 – 09:10`, or what is known of it.
    pub(in crate::web) time: String,
    /// What the gate answered, when the person did not go through.
    pub(in crate::web) refused: &'static str,
    /// How the code was read.
    pub(in crate::web) way: &'static str,
    /// How much a tracer may rely on it.
    pub(in crate::web) assurance: &'static str,
    at: Timestamp,
    day: Day,
}

/// The days with something to show, the newest first.
pub(in crate::web) fn days(
    page: &Page,
    scans: &[OwnScan],
    retention: Retention,
    now: Timestamp,
) -> Vec<VisitDay> {
    let mut lines: Vec<VisitLine> = stays(page, scans, now);
    lines.extend(
        scans
            .iter()
            .filter(|scan| scan.outcome() == Outcome::Stop)
            .map(|scan| refusal(page, scan)),
    );
    lines.sort_by_key(|line| std::cmp::Reverse((line.day, line.at)));
    let mut days: Vec<(Day, VisitDay)> = Vec::new();
    for line in lines {
        match days.last_mut() {
            Some((day, known)) if *day == line.day => known.visits.push(line),
            _ => {
                let day = VisitDay {
                    day: page.long_day(line.day),
                    erased: page.date(retention.scans_erased(line.day)),
                    visits: Vec::new(),
                };
                days.push((line.day, day));
                if let Some((_, day)) = days.last_mut() {
                    day.visits.push(line);
                }
            }
        }
    }
    days.into_iter().map(|(_, day)| day).collect()
}

fn stays(page: &Page, scans: &[OwnScan], now: Timestamp) -> Vec<VisitLine> {
    let mut venues: BTreeMap<VenueId, Vec<&OwnScan>> = BTreeMap::new();
    let passed = |scan: &&OwnScan| scan.outcome() == Outcome::Passage;
    for scan in scans.iter().filter(passed) {
        venues.entry(scan.venue).or_default().push(scan);
    }
    let mut lines = Vec::new();
    for scans in venues.values() {
        let passage = |scan: &&OwnScan| Passage {
            at: scan.id.at(),
            direction: scan.direction,
            way: scan.way,
        };
        let passages: Vec<Passage> = scans.iter().map(passage).collect();
        let idle = scans.last().map(|scan| scan.venue_kind.idle());
        for visit in pair(&passages, idle.unwrap_or_default(), now) {
            let scan = scans.iter().find(|scan| scan.id.at() == visit.entered);
            if let Some(scan) = scan {
                let mut line = line(page, scan);
                line.time = span(page, visit.entered, visit.end);
                lines.push(line);
            }
        }
    }
    lines
}

fn refusal(page: &Page, scan: &OwnScan) -> VisitLine {
    let mut line = line(page, scan);
    line.time = page.clock(scan.id.at());
    line.refused = page.text(match scan.decision {
        Decision::Refuse => "visits.refused",
        _ => "visits.referred",
    });
    line
}

fn line(page: &Page, scan: &OwnScan) -> VisitLine {
    VisitLine {
        place: match scan.venue_name.as_str() {
            "" => page.text("visits.unknown_place").to_owned(),
            name => name.to_owned(),
        },
        gate: scan.checkpoint_name.clone(),
        time: String::new(),
        refused: "",
        way: page.text(match scan.way {
            Way::Poster => "way.poster",
            Way::Card => "way.card",
            Way::Device => "way.device",
            Way::Typed => "way.typed",
            Way::Paper => "way.paper",
        }),
        assurance: page.text(match scan.assurance {
            Assurance::Low => "assurance.low",
            Assurance::Medium => "assurance.medium",
            Assurance::High => "assurance.high",
        }),
        at: scan.id.at(),
        day: scan.day,
    }
}

fn span(page: &Page, entered: Timestamp, end: End) -> String {
    let from = page.clock(entered);
    let until = |at: Timestamp| {
        if page.zone.day(at) == page.zone.day(entered) {
            page.clock(at)
        } else {
            page.moment(at)
        }
    };
    match end {
        End::Scanned(at) => format!("{from} – {}", until(at)),
        End::Open => page.fill("visits.open", [("time", from.as_str())]),
        End::Idle(_) => page.fill("visits.idle", [("time", from.as_str())]),
        End::EntryUnknown(at) => page.fill("visits.entry_unknown", [("time", until(at).as_str())]),
    }
}
