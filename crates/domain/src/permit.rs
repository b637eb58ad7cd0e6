//! Permits: what a card's bearer may do under strict measures, when and where.
//!
//! Việt Nam in 2021 asked for a paper on the road and a slip at the market: who may be out, for what, on
//! which days (even or odd ones, so that half of a commune shops at a time) and in which hours. Here a card is that paper: its
//! code stays as it is, and the register knows the permits. What a venue demands of people is a [`PermitDemand`].
//!
//! Everything is read in the installation's zone. A shift that goes over midnight belongs to the day on which it began.

use crate::scan::Reason;
use crate::time::{Day, Timestamp, Zone};
use crate::unit::{UnitCode, UnitPath};
use crate::venue::{OpeningHours, VenueKind};
use std::fmt;

mod days;

pub use days::{PermitDays, WeekDays};

use crate::ids::VenueId;

text_enum! {
    /// What a permit is for.
    PermitKind {
        /// Official duty (công vụ).
        Duty = "duty",
        /// Transport of goods (vận chuyển hàng hoá).
        Goods = "goods",
        /// Shopping at the market (đi chợ).
        Market = "market",
        /// Delivery (giao hàng).
        Delivery = "delivery",
        /// Seeing a doctor, a hospital (khám chữa bệnh).
        Medical = "medical",
        /// Going to work in shifts (đi làm theo ca).
        Shift = "shift",
    }
}

text_enum! {
    /// Why a permit was ended early.
    PermitEnd {
        /// Issued to somebody else by mistake, or with wrong terms.
        Mistake = "mistake",
        /// It is no longer needed.
        NotNeeded = "not_needed",
        /// The measures have changed.
        Measures = "measures",
        /// It was used for something else.
        Misuse = "misuse",
    }
}

text_enum! {
    /// What becomes of whoever comes without the permit that is demanded.
    Lacking {
        /// Somebody looks.
        Refer = "refer",
        /// They are not let in.
        Refuse = "refuse",
    }
}

/// The most permits that a person may have that are not over: a choice of ours, so that a gate reads few.
pub const MOST_HELD: usize = 10;
/// For how many days at most a permit is issued: a quarter, by a choice of ours. Whoever needs one for longer is looked at again.
pub const LONGEST_DAYS: i32 = 92;
/// The most demands that a unit may make: a choice of ours, so that each entry is compared with few.
pub const MOST_DEMANDS: usize = 30;

/// Where a permit holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PermitPlace {
    /// Anywhere.
    Any,
    /// In a unit and all below it.
    Unit(UnitCode),
    /// At venues of one kind.
    Kind(VenueKind),
    /// At one venue.
    Venue(VenueId),
}

impl PermitPlace {
    /// Parses what [`Display`](fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None => (text == "any").then_some(Self::Any),
            Some(("unit", code)) => UnitCode::parse(code).map(Self::Unit),
            Some(("kind", word)) => VenueKind::parse(word).map(Self::Kind),
            Some(("venue", id)) => id.parse().ok().map(Self::Venue),
            Some(_) => None,
        }
    }

    fn holds(&self, here: &Here<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Unit(unit) => here.unit.within(unit),
            Self::Kind(kind) => *kind == here.kind,
            Self::Venue(venue) => *venue == here.venue,
        }
    }
}

impl fmt::Display for PermitPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Unit(unit) => write!(f, "unit:{unit}"),
            Self::Kind(kind) => write!(f, "kind:{kind}"),
            Self::Venue(venue) => write!(f, "venue:{venue}"),
        }
    }
}

/// The venue at which a permit is shown.
#[derive(Clone, Copy, Debug)]
pub struct Here<'a> {
    /// The venue.
    pub venue: VenueId,
    /// What kind of place it is.
    pub kind: VenueKind,
    /// Where it lies.
    pub unit: &'a UnitPath,
}

/// Why a permit does not cover a time and place; of several permits the one that is nearest counts, which is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PermitGap {
    /// It was not issued yet, has not begun, is over, or was ended early.
    NotValid,
    /// It is for other places.
    Place,
    /// It is for other days.
    Day,
    /// It is for other hours.
    Hour,
}

impl PermitGap {
    /// What a gate says of it.
    pub const fn reason(self) -> Reason {
        match self {
            Self::NotValid => Reason::PermitNotValid,
            Self::Place => Reason::PermitElsewhere,
            Self::Day => Reason::PermitOtherDay,
            Self::Hour => Reason::PermitOtherHour,
        }
    }
}

/// What its bearer may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// What for.
    pub kind: PermitKind,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
    /// The hours of each of its days; past midnight they belong to the day before.
    pub hours: OpeningHours,
    /// Which days.
    pub days: PermitDays,
    /// Where.
    pub place: PermitPlace,
    /// When it was issued: it covers nothing that was before.
    pub issued: Timestamp,
    /// When it was ended early, if it was.
    pub ended: Option<Timestamp>,
}

impl Permit {
    /// Whether it covers an instant at a venue, or what is missing.
    ///
    /// # Errors
    ///
    /// The first thing that stands against it, in the order of [`PermitGap`].
    pub fn covers(&self, at: Timestamp, here: &Here<'_>, zone: Zone) -> Result<(), PermitGap> {
        let day = self.day_of(at, zone);
        let valid = self.from <= day && day <= self.until && self.issued <= at;
        if !valid || self.ended.is_some_and(|ended| ended <= at) {
            return Err(PermitGap::NotValid);
        }
        if !self.place.holds(here) {
            return Err(PermitGap::Place);
        }
        if !self.days.has(day) {
            return Err(PermitGap::Day);
        }
        if !self.hours.contains(zone.minute_of_day(at)) {
            return Err(PermitGap::Hour);
        }
        Ok(())
    }

    /// Whether it is over: past its last day and the night after it, or ended early.
    pub fn over(&self, now: Timestamp, zone: Zone) -> bool {
        self.ended.is_some_and(|ended| ended <= now) || self.day_of(now, zone) > self.until
    }

    /// Whether its first day has begun.
    pub fn begun(&self, now: Timestamp, zone: Zone) -> bool {
        self.from <= self.day_of(now, zone)
    }

    /// The day that an instant counts to: after midnight, while hours of the day before last, that day.
    fn day_of(&self, at: Timestamp, zone: Zone) -> Day {
        let day = zone.day(at);
        if self.hours.after_midnight(zone.minute_of_day(at)) {
            day.plus(-1)
        } else {
            day
        }
    }
}

/// A permit that is needed to enter the venues of a unit, those of one kind in it, or one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermitDemand {
    /// The unit: it and all below.
    pub unit: UnitCode,
    /// Which of its venues.
    pub place: PermitPlace,
    /// Which permit; none for any.
    pub kind: Option<PermitKind>,
    /// From the beginning of which day.
    pub from: Day,
    /// What becomes of whoever has none.
    pub lacking: Lacking,
}

impl PermitDemand {
    /// Whether it is made of whoever enters there, now or from some day on.
    pub fn concerns(&self, here: &Here<'_>) -> bool {
        here.unit.within(&self.unit) && self.place.holds(here)
    }

    /// Whether a kind of permit is what is asked for.
    pub fn takes(&self, kind: PermitKind) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind)
    }
}

/// What is demanded at a venue and what a person has.
#[derive(Clone, Copy, Debug)]
pub struct PermitFacts<'a> {
    /// The venue.
    pub here: Here<'a>,
    /// What is demanded, there or elsewhere.
    pub demands: &'a [PermitDemand],
    /// What the person has, over or not.
    pub held: &'a [Permit],
}

impl PermitFacts<'_> {
    /// The demands that are not met at an instant: what becomes of the person, and why. Every demand of every unit above a
    /// venue counts.
    pub fn unmet(&self, at: Timestamp, zone: Zone) -> Vec<(Lacking, Reason)> {
        self.made(zone.day(at))
            .filter_map(|demand| Some((demand.lacking, self.gap(demand, at, zone)?)))
            .collect()
    }

    /// Whether a kind of permit is asked for at an instant.
    pub fn asks_for(&self, kind: PermitKind, at: Timestamp, zone: Zone) -> bool {
        self.made(zone.day(at)).any(|demand| demand.takes(kind))
    }

    fn made(&self, today: Day) -> impl Iterator<Item = &PermitDemand> {
        let here = &self.here;
        let demands = self.demands.iter();
        demands.filter(move |demand| demand.from <= today && demand.concerns(here))
    }

    /// Why a demand is not met; nothing when it is.
    fn gap(&self, demand: &PermitDemand, at: Timestamp, zone: Zone) -> Option<Reason> {
        let mut nearest = None;
        for permit in self.held.iter().filter(|one| demand.takes(one.kind)) {
            match permit.covers(at, &self.here, zone) {
                Ok(()) => return None,
                Err(gap) => nearest = nearest.max(Some(gap)),
            }
        }
        Some(nearest.map_or(Reason::PermitMissing, PermitGap::reason))
    }
}

#[cfg(test)]
mod tests;
