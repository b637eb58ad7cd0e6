//! What is searched for in a venue's scans, as an address says it.

use crate::app::App;
use domain::ids::ScanId;
use domain::scan::{Decision, Direction, Way};
use domain::time::{Day, Timestamp, Zone};
use serde::Deserialize;
use std::time::Duration;
use store::scans::{ScanFilter, ScansOf};

/// What is searched for, as in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    /// `2026-11-21T17:00`, local.
    pub(super) from: String,
    /// The same; the minute itself is included.
    pub(super) until: String,
    pub(super) direction: String,
    pub(super) way: String,
    pub(super) decision: String,
    /// A scan, for those of the same person on its day.
    pub(super) about: String,
    /// A device, for those that it read.
    pub(super) device: String,
    /// The scan the page before ended with.
    pub(super) before: String,
}

impl Search {
    /// The filter; what cannot be read is as if it had not been given. Never wider than retention.
    pub fn filter(&self, app: &App, now: Timestamp) -> ScanFilter {
        let zone = app.zone();
        let today = zone.day(now);
        let minute = Duration::from_secs(60);
        let (oldest, end) = (
            zone.start(app.retention().oldest_scan_day(now, zone)),
            zone.start(today.plus(1)),
        );
        let from = local(&self.from, zone).unwrap_or_else(|| zone.start(today));
        let until = local(&self.until, zone).map_or(end, |at| at.plus(minute));
        ScanFilter {
            from: from.max(oldest),
            until: until.min(end),
            direction: Direction::parse(&self.direction),
            way: Way::parse(&self.way),
            decision: Decision::parse(&self.decision),
            of: match ScanId::parse(&self.about) {
                Some(scan) => Some(ScansOf::Person(scan)),
                None => self.device.parse().ok().map(ScansOf::Device),
            },
        }
    }

    /// The same search as the query of an address, without the page.
    pub(super) fn query(filter: &ScanFilter, zone: Zone) -> String {
        let mut parts = vec![
            format!("from={}", written(filter.from, zone)),
            format!("until={}", last_minute(filter, zone)),
        ];
        let words = [
            ("direction", filter.direction.map(Direction::as_str)),
            ("way", filter.way.map(Way::as_str)),
            ("decision", filter.decision.map(Decision::as_str)),
        ];
        for (name, word) in words {
            parts.extend(word.map(|word| format!("{name}={word}")));
        }
        parts.extend(only(filter).map(|(name, value)| format!("{name}={value}")));
        parts.join("&")
    }
}

/// Whose scans are asked for, as a field of the address.
pub(super) fn only(filter: &ScanFilter) -> Option<(&'static str, String)> {
    Some(match filter.of? {
        ScansOf::Person(scan) => ("about", scan.to_string()),
        ScansOf::Device(device) => ("device", device.to_string()),
    })
}

/// Parses the value of a `datetime-local` field, with its seconds where it has any.
pub fn local(text: &str, zone: Zone) -> Option<Timestamp> {
    let (date, time) = text.trim().split_once('T')?;
    let (hours, rest) = time.split_once(':')?;
    let (hours, minutes): (u64, u64) = (hours.parse().ok()?, rest.get(..2)?.parse().ok()?);
    let seconds = rest.get(3..5).and_then(|seconds| seconds.parse().ok());
    let seconds: u64 = seconds.unwrap_or_default();
    let within = hours < 24 && minutes < 60 && seconds < 60;
    let day = Day::parse(date).filter(|_| within)?;
    let seconds = hours * 3600 + minutes * 60 + seconds;
    Some(zone.start(day).plus(Duration::from_secs(seconds)))
}

/// The value of a `datetime-local` field, to the second.
pub fn written_exactly(at: Timestamp, zone: Zone) -> String {
    zone.civil(at).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

pub(super) fn written(at: Timestamp, zone: Zone) -> String {
    zone.civil(at).strftime("%Y-%m-%dT%H:%M").to_string()
}

pub(super) fn last_minute(filter: &ScanFilter, zone: Zone) -> String {
    written(filter.until.minus(Duration::from_secs(60)), zone)
}

/// The earliest and the latest minute that can be asked for.
pub(super) fn bounds(app: &App, now: Timestamp) -> (String, String) {
    let zone = app.zone();
    let oldest = app.retention().oldest_scan_day(now, zone);
    let end = zone.start(zone.day(now).plus(1));
    let last = end.minus(Duration::from_secs(60));
    (written(zone.start(oldest), zone), written(last, zone))
}
