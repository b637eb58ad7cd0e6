//! The terms of a permit as a form says them, and what is wrong with them.

use super::words;
use crate::app::App;
use crate::web::field_errors::FieldErrors;
use crate::web::office::unit_name;
use crate::web::page::Page;
use crate::web::problem::Problem;
use codes::VenueCode;
use domain::ids::VenueId;
use domain::permit::{LONGEST_DAYS, Permit, PermitDays, PermitKind, PermitPlace, WeekDays};
use domain::role::UnitScope;
use domain::time::{Day, Timestamp};
use domain::unit::UnitCode;
use domain::venue::{OpeningHours, VenueKind};
use std::collections::HashMap;
use store::Tx;

/// The fields of the terms, in order.
const FIELDS: [&str; 7] = ["kind", "from", "until", "hours", "days", "place", "venue"];

/// What a form says, field by field.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed(HashMap<String, String>);

impl Typed {
    /// What was sent.
    pub(super) fn of(fields: HashMap<String, String>) -> Self {
        Self(fields)
    }

    /// A form that is not filled in yet: a week from today on, anywhere, at all hours. What it is for is not chosen.
    pub(super) fn empty(today: Day) -> Self {
        let fields = [
            ("from", today.written()),
            ("until", today.plus(6).written()),
            ("days", "every".to_owned()),
            ("place", "any".to_owned()),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        Self(fields.into_iter().collect())
    }

    /// What a field says; empty when it says nothing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    /// Writes a field.
    pub(super) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    /// The terms, to be sent along on a further page.
    pub(super) fn hidden(&self) -> Vec<(String, String)> {
        let week = (1..=7).map(|day| format!("d{day}"));
        let names = FIELDS.iter().map(|name| (*name).to_owned()).chain(week);
        names
            .map(|name| (name.clone(), self.get(&name).to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    fn week(&self) -> Option<PermitDays> {
        let ticked = (1..=7u8).filter(|day| !self.get(&format!("d{day}")).is_empty());
        WeekDays::new(ticked).map(PermitDays::Week)
    }
}

/// Whether a day of the week is ticked, for the form.
pub(super) struct WeekDay {
    /// The field's name.
    pub(super) name: &'static str,
    /// The day's.
    pub(super) label: &'static str,
    /// Whether it is ticked.
    pub(super) ticked: bool,
}

/// What the form offers.
pub(super) struct Choices {
    /// What a permit may be for.
    pub(super) kinds: Vec<(&'static str, &'static str)>,
    /// On which days it may hold.
    pub(super) days: Vec<(&'static str, &'static str)>,
    /// The days of the week.
    pub(super) week: Vec<WeekDay>,
    /// Where it may hold.
    pub(super) places: Vec<(String, String)>,
}

impl Choices {
    /// The choices of an office.
    pub(super) fn of(app: &App, page: &Page, scope: &UnitScope, typed: &Typed) -> Self {
        let mut places = vec![("any".to_owned(), page.text("permits.place_any").to_owned())];
        let units = scope.path.0.iter().rev();
        for unit in units.filter(|unit| **unit != UnitCode::nation()) {
            let place = PermitPlace::Unit(unit.clone()).to_string();
            places.push((place, unit_name(app, unit)));
        }
        places.push((
            "venue".to_owned(),
            page.text("permits.place_venue").to_owned(),
        ));
        for kind in VenueKind::ALL {
            let name = page.text(&format!("venue_kind.{kind}")).to_owned();
            places.push((PermitPlace::Kind(*kind).to_string(), name));
        }
        let days = ["every", "even", "odd", "week"];
        let week = words::week(page).into_iter().map(|(name, label)| WeekDay {
            name,
            label,
            ticked: !typed.get(name).is_empty(),
        });
        Self {
            kinds: words::kinds(page),
            days: days
                .map(|one| (one, page.text(&format!("permits.days_{one}"))))
                .to_vec(),
            week: week.collect(),
            places,
        }
    }
}

/// Reads the terms, or says what is wrong with them.
pub(super) async fn check(
    app: &App,
    tx: &mut Tx,
    (page, typed): (&Page, &Typed),
    now: Timestamp,
) -> Result<Result<Permit, FieldErrors>, Problem> {
    let today = page.zone.day(now);
    let mut errors = FieldErrors::default();
    // Words that name a number name this one.
    let mut wrong = |field, key: &str| errors.add(field, page.count(key, LONGEST_DAYS));
    let kind = PermitKind::parse(typed.get("kind"));
    if kind.is_none() {
        wrong("kind", "permits.err_kind");
    }
    let from = day(typed.get("from")).filter(|from| *from <= today.plus(LONGEST_DAYS));
    if from.is_none() {
        wrong("from", "permits.err_from");
    }
    let until = day(typed.get("until")).filter(|until| {
        let from = from.unwrap_or(today);
        *until >= today && *until >= from && *until < from.plus(LONGEST_DAYS)
    });
    if until.is_none() {
        wrong("until", "permits.err_until");
    }
    let hours = match typed.get("hours") {
        "" => Some(OpeningHours::ALWAYS),
        text => OpeningHours::parse(text),
    };
    if hours.is_none() {
        wrong("hours", "permits.err_hours");
    }
    // Whoever ticks days of the week means them, though the choice above still says every day; with even or odd days they
    // contradict each other.
    let days = match (typed.get("days"), typed.week()) {
        ("week", week) => week,
        ("every", Some(week)) => Some(week),
        (text, None) => PermitDays::parse(text),
        (_, Some(_)) => None,
    };
    if days.is_none() {
        wrong("days", "permits.err_days");
    }
    let place = match typed.get("place") {
        "venue" => venue(tx, typed.get("venue")).await?.map(PermitPlace::Venue),
        text => known(app, tx, PermitPlace::parse(text)).await?,
    };
    match (&place, typed.get("place")) {
        (None, "venue") => wrong("venue", no_venue(typed.get("venue"))),
        (None, _) => wrong("place", "permits.err_place"),
        _ => {}
    }
    let terms = (kind, from, until, hours, days, place);
    let (Some(kind), Some(from), Some(until), Some(hours), Some(days), Some(place)) = terms else {
        return Ok(Err(errors));
    };
    Ok(Ok(Permit {
        kind,
        from,
        until,
        hours,
        days,
        place,
        issued: now,
        ended: None,
    }))
}

/// A place, where it is one that there is.
async fn known(
    app: &App,
    tx: &mut Tx,
    place: Option<PermitPlace>,
) -> Result<Option<PermitPlace>, Problem> {
    Ok(match place {
        Some(PermitPlace::Unit(unit)) if app.units().path(&unit).is_none() => None,
        Some(PermitPlace::Venue(id)) if tx.venue(id).await?.is_none() => None,
        place => place,
    })
}

/// A day as people write it, or as a browser's own field sends it.
pub(super) fn day(text: &str) -> Option<Day> {
    Day::parse_written(text).or_else(|| Day::parse(text.trim()))
}

/// The key of what is wrong with a code of which no venue is found.
pub(super) fn no_venue(code: &str) -> &'static str {
    match code.trim() {
        "" => "permits.err_no_code",
        _ => "permits.err_venue",
    }
}

/// The venue at whose gate a code stands.
pub(super) async fn venue(tx: &mut Tx, code: &str) -> Result<Option<VenueId>, Problem> {
    let code = code.rsplit('/').next().unwrap_or_default();
    let Some(code) = VenueCode::parse(code) else {
        return Ok(None);
    };
    let found = tx.checkpoint_by_code(code.as_str()).await?;
    Ok(found.map(|gate| gate.venue))
}
