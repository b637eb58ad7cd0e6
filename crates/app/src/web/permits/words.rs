//! A permit in words, for its holder, for offices and for gates: `Giấy đi chợ: ngày chẵn, 06:00-11:00`.

use crate::app::App;
use crate::web::locale::Locale;
use crate::web::office::unit_name;
use crate::web::page::Page;
use crate::web::problem::Problem;
use domain::permit::{Permit, PermitDays, PermitGap, PermitKind, PermitPlace};
use domain::role::{Authorized, HolderScope, UseOwnData};
use domain::time::{Timestamp, Zone};
use store::Tx;
use store::holders::Holder;

/// The days of the week as they are said, Monday first.
const WEEK: [&str; 7] = [
    "date.monday",
    "date.tuesday",
    "date.wednesday",
    "date.thursday",
    "date.friday",
    "date.saturday",
    "date.sunday",
];

/// A permit as its holder reads it.
pub struct OwnPermit {
    /// What for, on which days, in which hours.
    pub what: String,
    /// Where.
    pub place: String,
    /// `01/09/2026 - 30/09/2026`.
    pub dates: String,
    /// Who issued it.
    pub issued_by: String,
    /// The venue whose owners asked for it; empty when none did.
    pub asked_by: String,
    /// Whether it holds, in words.
    pub state: &'static str,
    /// Why it was ended early, in words; empty when it was not.
    pub why: String,
}

/// One's own permits, the newest first.
pub async fn own(
    app: &App,
    tx: &mut Tx,
    page: &Page,
    who: &Authorized<UseOwnData, HolderScope>,
    now: Timestamp,
) -> Result<Vec<OwnPermit>, Problem> {
    let mut all = Vec::new();
    let mut venues = tx.own_permit_venues(who).await?;
    for one in tx.own_permits(who).await? {
        all.push(OwnPermit {
            what: line(page.locale, &one.permit),
            place: place(app, tx, page, &one.permit.place).await?,
            dates: dates(&one.permit),
            issued_by: unit_name(app, &one.issued_by),
            asked_by: venues.remove(&one.list).unwrap_or_default(),
            state: page.text(state(&one.permit, now, page.zone)),
            why: one.why.map_or_else(String::new, |why| {
                page.text(&format!("permits.end_{why}")).to_owned()
            }),
        });
    }
    Ok(all)
}

/// `Giấy đi chợ: ngày chẵn, 06:00-11:00`.
pub fn line(locale: Locale, permit: &Permit) -> String {
    let kind = locale.text(kind_key(permit.kind));
    let hours = match permit.hours.always() {
        true => locale.text("permits.all_day").to_owned(),
        false => permit.hours.to_string(),
    };
    format!("{kind}: {}, {hours}", days(locale, permit.days))
}

/// Whether it covers where and when it is shown, or what is missing.
pub fn verdict(locale: Locale, gap: Option<PermitGap>) -> &'static str {
    locale.text(match gap {
        None => "permits.holds_now",
        Some(PermitGap::NotValid) => "permits.not_begun",
        Some(PermitGap::Place) => "permits.not_here",
        Some(PermitGap::Day) => "permits.not_today",
        Some(PermitGap::Hour) => "permits.not_at_this_hour",
    })
}

/// The key of a kind's name.
fn kind_key(kind: PermitKind) -> &'static str {
    match kind {
        PermitKind::Duty => "permits.kind_duty",
        PermitKind::Goods => "permits.kind_goods",
        PermitKind::Market => "permits.kind_market",
        PermitKind::Delivery => "permits.kind_delivery",
        PermitKind::Medical => "permits.kind_medical",
        PermitKind::Shift => "permits.kind_shift",
    }
}

/// The kinds to choose from.
pub fn kinds(page: &Page) -> Vec<(&'static str, &'static str)> {
    let all = PermitKind::ALL.iter();
    all.map(|kind| (kind.as_str(), page.text(kind_key(*kind))))
        .collect()
}

fn days(locale: Locale, days: PermitDays) -> String {
    match days {
        PermitDays::Every => locale.text("permits.days_every").to_owned(),
        PermitDays::Even => locale.text("permits.days_even").to_owned(),
        PermitDays::Odd => locale.text("permits.days_odd").to_owned(),
        PermitDays::Week(week) => {
            let names = week.iter().filter_map(|day| WEEK.get(usize::from(day) - 1));
            let names: Vec<&str> = names.map(|key| locale.text(key)).collect();
            names.join(", ")
        }
    }
}

/// The days of the week to choose from: `d1` to `d7`, and their names.
pub fn week(page: &Page) -> Vec<(&'static str, &'static str)> {
    let names = ["d1", "d2", "d3", "d4", "d5", "d6", "d7"];
    let names = names.into_iter().zip(WEEK);
    names.map(|(name, key)| (name, page.text(key))).collect()
}

/// `01/09/2026 - 30/09/2026`.
pub fn dates(permit: &Permit) -> String {
    format!("{} - {}", permit.from.written(), permit.until.written())
}

/// The key of whether it holds.
pub fn state(permit: &Permit, now: Timestamp, zone: Zone) -> &'static str {
    if permit.ended.is_some_and(|ended| ended <= now) {
        "permits.state_ended"
    } else if permit.over(now, zone) {
        "permits.state_over"
    } else if !permit.begun(now, zone) {
        "permits.state_later"
    } else {
        "permits.state_current"
    }
}

/// Where it holds, in words.
pub async fn place(
    app: &App,
    tx: &mut Tx,
    page: &Page,
    place: &PermitPlace,
) -> Result<String, Problem> {
    Ok(match place {
        PermitPlace::Any => page.text("permits.place_any").to_owned(),
        PermitPlace::Unit(unit) => unit_name(app, unit),
        PermitPlace::Kind(kind) => page.text(&format!("venue_kind.{kind}")).to_owned(),
        PermitPlace::Venue(id) => tx.venue(*id).await?.map_or_else(
            || page.text("permits.place_gone").to_owned(),
            |venue| venue.details.name,
        ),
    })
}

/// Whom a clerk is about to give a permit: the full name and the year of birth, as in the search.
pub fn named(holder: &Holder) -> String {
    let year = holder.details.birth_year();
    let year = year.map(|year| format!(", {year}")).unwrap_or_default();
    format!("{}{year}", holder.details.name.as_str())
}

/// `N.V.T, 1987`: as much of a person as a list needs.
pub fn who(holder: &Holder) -> String {
    let year = holder.details.birth_year();
    let year = year.map(|year| format!(", {year}")).unwrap_or_default();
    format!("{}{year}", holder.details.name.initials())
}
