//! The form that says what a venue is: filled in, checked, and never emptied by an error.

use crate::app::App;
use crate::web::field_errors::{FieldErrors, bounded};
use crate::web::locale::Locale;
use crate::web::units::below;
use crate::web::venues::kind_word;
use domain::holder::line;
use domain::unit::{UnitCode, UnitPath};
use domain::venue::{Capacity, FullPolicy, OpeningHours, VenueKind};
use serde::{Deserialize, Serialize};
use store::venues::VenueDetails;

/// The longest name of a venue, in characters.
pub const NAME_MAX: usize = 120;
/// The longest address, in characters.
const ADDRESS_MAX: usize = 160;
/// The longest name of a gate, in characters.
pub const GATE_MAX: usize = 40;
/// How many gates a registration may name; more are added afterwards.
const GATES_MAX: usize = 10;
/// More people than any place expects in a day, or holds.
const EXPECTED_MAX: i32 = 1_000_000;

/// What was typed, as it was typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VenueForm {
    /// The id that a registration's venue will have: sent twice, it is one venue.
    pub id: String,
    /// Name.
    pub name: String,
    /// A word of [`VenueKind`].
    pub kind: String,
    /// Code of the province.
    pub province: String,
    /// Code of the commune.
    pub commune: String,
    /// Street and number.
    pub address: String,
    /// People a day.
    pub expected: String,
    /// How many may be inside at once; empty without a bound.
    pub capacity: String,
    /// A word of [`FullPolicy`].
    pub full: String,
    /// `always` or `set`.
    pub hours: String,
    /// Opening time.
    pub opens: String,
    /// Closing time.
    pub closes: String,
    /// Names of gates, one a line.
    pub checkpoints: String,
    /// The button that sent the form: `communes` only fills the list of communes.
    #[serde(skip_serializing)]
    pub action: String,
}

/// What can be chosen in the form.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Kinds of places.
    pub kinds: Vec<(String, String)>,
    /// Provinces.
    pub provinces: Vec<(String, String)>,
    /// Communes of the chosen province.
    pub communes: Vec<(String, String)>,
    /// How opening hours are given.
    pub hours: Vec<(String, String)>,
    /// What happens when so many are inside.
    pub full: Vec<(String, String)>,
}

impl Choices {
    /// What can be chosen, given what was.
    pub fn new(app: &App, locale: Locale, form: &VenueForm) -> Self {
        let kinds = VenueKind::ALL.iter();
        let word = |word: &str, key: &str| (word.to_owned(), locale.text(key).to_owned());
        Self {
            kinds: kinds
                .map(|kind| (kind.to_string(), kind_word(locale, *kind).to_owned()))
                .collect(),
            provinces: below(app, &UnitCode::nation()),
            communes: UnitCode::parse(&form.province)
                .map(|code| below(app, &code))
                .unwrap_or_default(),
            hours: vec![
                word("set", "venues.hours_set"),
                word("always", "venues.hours_always"),
            ],
            full: vec![
                word(FullPolicy::Warn.as_str(), "venues.full_warn"),
                word(FullPolicy::Refuse.as_str(), "venues.full_refuse"),
            ],
        }
    }
}

impl VenueForm {
    /// The form of a venue that exists.
    pub fn of(details: &VenueDetails) -> Self {
        let (opens, closes) = details.hours.ends();
        let codes = &details.unit.0;
        let at = |place: usize| {
            codes
                .get(place)
                .map_or_else(String::new, ToString::to_string)
        };
        Self {
            name: details.name.clone(),
            kind: details.kind.to_string(),
            province: at(1),
            commune: at(codes.len().saturating_sub(1)),
            address: details.address.clone(),
            expected: details.expected_daily.to_string(),
            capacity: details
                .capacity
                .map_or_else(String::new, |capacity| capacity.most.to_string()),
            full: details.full_policy().to_string(),
            hours: if details.hours.always() {
                "always"
            } else {
                "set"
            }
            .to_owned(),
            opens,
            closes,
            ..Self::default()
        }
    }

    /// Whether the form was sent only to see the communes of the chosen province.
    pub fn asks_for_communes(&self) -> bool {
        self.action == "communes"
    }

    /// What the form says of the venue, or everything that is wrong with it.
    pub fn details(&self, app: &App, locale: Locale) -> Result<VenueDetails, FieldErrors> {
        let mut errors = FieldErrors::default();
        // Of these words those of the address name a number.
        let mut wrong = |field: &'static str, key: &str| {
            errors.add(field, locale.count(key, ADDRESS_MAX as i64));
        };
        let name = bounded(&self.name, NAME_MAX);
        if name.is_none() {
            wrong("name", "venues.err_name");
        }
        let kind = VenueKind::parse(&self.kind);
        if kind.is_none() {
            wrong("kind", "venues.err_kind");
        }
        let unit = self.unit(app);
        if UnitCode::parse(&self.province).is_none() {
            wrong("province", "venues.err_province");
        } else if unit.is_none() {
            wrong("commune", "venues.err_commune");
        }
        let address = bounded(&self.address, ADDRESS_MAX);
        if address.is_none() {
            wrong("address", "venues.err_address");
        }
        let expected_daily = count(&self.expected);
        if expected_daily.is_none() {
            wrong("expected", "venues.err_expected");
        }
        let capacity = self.capacity();
        if capacity.is_none() {
            wrong("capacity", "venues.err_capacity");
        }
        let hours = self.opening_hours();
        if hours.is_none() && self.hours == "set" {
            wrong("opens", "venues.err_times");
        } else if hours.is_none() {
            wrong("hours", "venues.err_hours");
        }
        match (name, kind, unit, address, expected_daily, capacity, hours) {
            (
                Some(name),
                Some(kind),
                Some(unit),
                Some(address),
                Some(expected_daily),
                Some(capacity),
                Some(hours),
            ) => Ok(VenueDetails {
                name,
                kind,
                unit,
                address,
                expected_daily,
                capacity,
                hours,
            }),
            _ => Err(errors),
        }
    }

    /// The policy that is chosen, or that goes without saying.
    pub fn full_chosen(&self) -> &str {
        if self.full.is_empty() {
            FullPolicy::Warn.as_str()
        } else {
            &self.full
        }
    }

    /// How many may be inside, if there is a bound; nothing when it is no number that can be one.
    fn capacity(&self) -> Option<Option<Capacity>> {
        if self.capacity.trim().is_empty() {
            return Some(None);
        }
        let most = count(&self.capacity)?;
        let policy = FullPolicy::parse(&self.full).unwrap_or(FullPolicy::Warn);
        Some(Some(Capacity { most, policy }))
    }

    /// The names of the gates, or what is wrong with them.
    pub fn gates(&self, locale: Locale) -> Result<Vec<String>, String> {
        let names = self.checkpoints.lines().map(line);
        let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        if names.is_empty() {
            return Ok(vec![locale.text("checkpoints.main").to_owned()]);
        }
        if names.len() > GATES_MAX {
            return Err(locale.fill("checkpoints.err_many", &[("n", &GATES_MAX.to_string())]));
        }
        if names.iter().any(|name| name.chars().count() > GATE_MAX) {
            return Err(locale.fill("checkpoints.err_long", &[("n", &GATE_MAX.to_string())]));
        }
        if once.len() < names.len() {
            return Err(locale.text("checkpoints.err_twice").to_owned());
        }
        Ok(names)
    }

    fn unit(&self, app: &App) -> Option<UnitPath> {
        let (province, commune) = (
            UnitCode::parse(&self.province)?,
            UnitCode::parse(&self.commune)?,
        );
        let path = app.units().path(&commune)?;
        (path.within(&province) && commune != province).then_some(path)
    }

    fn opening_hours(&self) -> Option<OpeningHours> {
        match self.hours.as_str() {
            "always" => Some(OpeningHours::ALWAYS),
            "set" => OpeningHours::parse(&format!("{}-{}", self.opens.trim(), self.closes.trim()))
                .filter(|hours| !hours.always()),
            _ => None,
        }
    }
}

/// A number of people, with or without separators.
fn count(text: &str) -> Option<i32> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, '.' | ',' | ' ' | '\u{a0}'))
        .collect();
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let count = plain.then(|| digits.parse::<i32>().ok())??;
    (1..=EXPECTED_MAX).contains(&count).then_some(count)
}
