//! A venue: a place people enter and leave, and its checkpoints.

use crate::time::{Timestamp, Zone};
use std::fmt;
use std::time::Duration;

text_enum! {
    /// What kind of place a venue is. Vehicles and market stalls are venues too: in 2021 every
    /// bus and every stall had a code of its own.
    VenueKind {
        /// State agency, public office.
        Agency = "agency",
        /// Hospital, health station, clinic.
        Hospital = "hospital",
        /// Pharmacy.
        Pharmacy = "pharmacy",
        /// School, kindergarten, university.
        School = "school",
        /// Company, workshop, factory.
        Factory = "factory",
        /// Office of a firm.
        Office = "office",
        /// Market as a whole.
        Market = "market",
        /// One stall of a market.
        MarketStall = "market_stall",
        /// Supermarket, shopping centre.
        Supermarket = "supermarket",
        /// Shop.
        Shop = "shop",
        /// Restaurant, eatery.
        Restaurant = "restaurant",
        /// Café.
        Cafe = "cafe",
        /// Hotel, guest house.
        Hotel = "hotel",
        /// Bus station, railway station, port, airport.
        Station = "station",
        /// Bus, coach, taxi, train, boat.
        Vehicle = "vehicle",
        /// Pagoda, church, place of worship.
        Worship = "worship",
        /// Gym, stadium, pool.
        Sport = "sport",
        /// Cinema, karaoke, other entertainment.
        Entertainment = "entertainment",
        /// Wedding, funeral, meeting, fair.
        Event = "event",
        /// Road checkpoint of an epidemic.
        RoadCheckpoint = "road_checkpoint",
        /// Block of flats, village gate.
        Residence = "residence",
        /// Anything else.
        Other = "other",
    }
}

impl VenueKind {
    /// How long an open visit lasts when nobody reads the person out. At most a day, so that
    /// whoever stays past midnight is found by looking back one day.
    pub const fn idle(self) -> Duration {
        let hours = match self {
            Self::Vehicle | Self::RoadCheckpoint => 4,
            Self::MarketStall | Self::Shop | Self::Pharmacy | Self::Restaurant | Self::Cafe => 6,
            Self::Market
            | Self::Supermarket
            | Self::Station
            | Self::Worship
            | Self::Sport
            | Self::Entertainment => 8,
            Self::Agency
            | Self::School
            | Self::Office
            | Self::Event
            | Self::Other
            | Self::Factory => 12,
            Self::Hospital | Self::Hotel | Self::Residence => 24,
        };
        Duration::from_secs(hours * 3600)
    }
}

/// When a venue is open, each day alike: from one minute of the day to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpeningHours {
    from: u16,
    until: u16,
}

impl OpeningHours {
    /// Open round the clock.
    pub const ALWAYS: Self = Self { from: 0, until: 0 };

    /// Open between two minutes of the day (0 to 1439); past midnight when the second is earlier,
    /// round the clock when they are equal.
    pub fn new(from: u16, until: u16) -> Option<Self> {
        (from < 1440 && until < 1440).then_some(Self { from, until })
    }

    /// Parses `05:00-18:30`.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once(['-', '–'])?;
        Self::new(minute(from.trim())?, minute(until.trim())?)
    }

    /// Whether the venue never closes.
    pub const fn always(self) -> bool {
        self.from == self.until
    }

    /// Opening and closing time as `HH:mm`.
    pub fn ends(self) -> (String, String) {
        let clock = |m: u16| format!("{:02}:{:02}", m / 60, m % 60);
        (clock(self.from), clock(self.until))
    }

    /// Whether a minute of the day lies in the part after midnight of hours that began the day before.
    pub const fn after_midnight(self, minute: u16) -> bool {
        self.until < self.from && minute < self.until
    }

    /// Whether a minute of the day lies within.
    pub const fn contains(self, minute: u16) -> bool {
        if self.from < self.until {
            self.from <= minute && minute < self.until
        } else {
            self.always() || minute >= self.from || minute < self.until
        }
    }
}

impl fmt::Display for OpeningHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, until) = self.ends();
        write!(f, "{from}-{until}")
    }
}

/// Parses `HH:mm`; `24:00` is midnight.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once([':', 'h'])?;
    let hours: u16 = hours.parse().ok()?;
    let minutes: u16 = if minutes.is_empty() {
        0
    } else {
        minutes.parse().ok()?
    };
    (hours <= 24 && minutes < 60 && hours * 60 + minutes <= 1440)
        .then_some((hours * 60 + minutes) % 1440)
}

text_enum! {
    /// What happens when as many people are inside as may be.
    FullPolicy {
        /// The owner sees it; gates go on.
        Warn = "warn",
        /// Gates refuse whoever wants to enter, until somebody has left.
        Refuse = "refuse",
    }
}

/// How many people may be inside at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capacity {
    /// People, companions too; at least one.
    pub most: i32,
    /// What happens when so many are inside.
    pub policy: FullPolicy,
}

/// How full a venue is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fullness {
    /// There is room.
    Room,
    /// Nine tenths are taken: the owner is warned.
    Near,
    /// As many are inside as may be, or more.
    Full,
}

impl Capacity {
    /// How full it is with so many inside.
    pub fn fullness(self, inside: i64) -> Fullness {
        let most = i64::from(self.most);
        if inside >= most {
            Fullness::Full
        } else if inside * 10 >= most * 9 {
            Fullness::Near
        } else {
            Fullness::Room
        }
    }
}

/// What admission needs to know of a venue.
#[derive(Clone, Copy, Debug)]
pub struct VenueRules {
    /// Opening hours.
    pub hours: OpeningHours,
    /// When the venue closed for good, if it did.
    pub closed: Option<Timestamp>,
    /// Since when an office lets nobody enter, if it does.
    pub suspended: Option<Timestamp>,
    /// How long an open visit lasts when nobody is read out.
    pub idle: Duration,
    /// The zone of its hours.
    pub zone: Zone,
}

impl VenueRules {
    /// Whether an office let nobody enter at that time.
    pub fn suspended_at(&self, at: Timestamp) -> bool {
        self.suspended.is_some_and(|since| at >= since)
    }

    /// Whether people may enter at that time, by its hours and its owner.
    pub fn open_at(&self, at: Timestamp) -> bool {
        self.closed.is_none_or(|closed| at < closed)
            && self.hours.contains(self.zone.minute_of_day(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_contain_their_minutes() {
        let check = |text: &str, minute: &str, open: bool| {
            let hours = OpeningHours::parse(text).expect("valid hours");
            assert_eq!(
                hours.contains(super::minute(minute).expect("valid minute")),
                open,
                "{text} {minute}"
            );
        };
        check("05:00-18:30", "05:00", true);
        check("05:00-18:30", "18:29", true);
        check("05:00-18:30", "18:30", false);
        check("05:00-18:30", "04:59", false);
        check("18:00-02:00", "23:59", true);
        check("18:00-02:00", "01:59", true);
        check("18:00-02:00", "02:00", false);
        check("00:00-24:00", "12:00", true);
        check("00:00-00:00", "00:00", true);
    }

    #[test]
    fn nine_tenths_are_nearly_full() {
        let venue = |most| Capacity {
            most,
            policy: FullPolicy::Warn,
        };
        let level = |most, inside| venue(most).fullness(inside);
        assert_eq!(
            (level(50, 44), level(50, 45)),
            (Fullness::Room, Fullness::Near)
        );
        assert_eq!(
            (level(50, 49), level(50, 50)),
            (Fullness::Near, Fullness::Full)
        );
        assert_eq!((level(1, 0), level(1, 1)), (Fullness::Room, Fullness::Full));
        assert_eq!(level(50, 51), Fullness::Full);
    }

    #[test]
    fn nonsense_hours_are_refused() {
        for text in [
            "",
            "5",
            "05:00",
            "25:00-26:00",
            "05:60-06:00",
            "05:00-",
            "-1:00-02:00",
            "24:30-05:00",
        ] {
            assert_eq!(OpeningHours::parse(text), None, "{text}");
        }
    }
}
