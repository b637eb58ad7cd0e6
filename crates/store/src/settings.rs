//! Settings of units: what a unit has not set, the unit above has.

use crate::dialect::{execute, list, run};
use crate::{Error, Tx};
use domain::declaration::Validity;
use domain::journey::COUNTRIES_DAYS;
use domain::role::{Authorized, ManageUnit, UnitScope};
use domain::unit::{UnitCode, UnitPath};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::time::Duration;

/// What holds in a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitSettings {
    /// How long declarations hold, by kind.
    pub validity: Validity,
    /// For how many days back a declaration of entry asks for the countries passed: 21 or 14.
    pub countries_days: u16,
    /// The phone number printed on posters and cards, as it is written.
    pub hotline: Option<String>,
    /// Who answers for the data, as consent names it.
    pub controller: Option<String>,
}

/// For how many hours a general declaration holds.
pub const DECLARATION_HOURS: &str = "declaration_hours";
/// For how many hours a declaration of travel in the country holds.
pub const TRAVEL_HOURS: &str = "travel_declaration_hours";
/// For how many hours a declaration of entry holds.
pub const ENTRY_HOURS: &str = "entry_declaration_hours";
/// For how many days back the countries passed are asked at entry.
pub const COUNTRIES: &str = "entry_countries_days";
/// The phone number printed on posters and cards.
pub const HOTLINE: &str = "hotline";
/// Who answers for the data.
pub const CONTROLLER: &str = "controller";
/// From which day posters are not used, as `yyyy-MM-dd`. Unlike the others it holds from the earliest day that any unit on
/// the way up has set: `posters.rs`.
pub(crate) const POSTERS_END: &str = "posters_end";
/// Marks the unit that this installation serves; set once, when it is set up.
pub(crate) const SERVES: &str = "serves";
/// Marks a demonstration, on the nation; never taken away.
const DEMONSTRATION: &str = "demonstration";

impl Tx {
    /// The settings that hold in a unit: the nearest unit on the way up that has set one decides.
    pub async fn unit_settings(&mut self, path: &UnitPath) -> Result<UnitSettings, Error> {
        let mut nearest: HashMap<String, (usize, String)> = HashMap::new();
        if !path.0.is_empty() {
            let sql = format!(
                "select unit, name, value from settings where unit in ({})",
                list(1, path.0.len())
            );
            let found: Vec<(String, String, String)> = run!(self, |conn| {
                let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()));
                for code in &path.0 {
                    query = query.bind(code);
                }
                query.fetch_all(conn)
            })?;
            for (unit, name, value) in found {
                let depth = path
                    .0
                    .iter()
                    .position(|code| code.as_str() == unit)
                    .unwrap_or(0);
                let place = nearest
                    .entry(name)
                    .or_insert_with(|| (depth, value.clone()));
                if depth >= place.0 {
                    *place = (depth, value);
                }
            }
        }
        let mut take = |name: &str| nearest.remove(name).map(|(_, value)| value);
        let mut hours = |name: &str, unset: Duration| {
            let hours = take(name).and_then(|hours| hours.parse::<u64>().ok());
            hours.map_or(unset, |hours| Duration::from_secs(hours * 3600))
        };
        let unset = Validity::default();
        let validity = Validity {
            general: hours(DECLARATION_HOURS, unset.general),
            domestic_travel: hours(TRAVEL_HOURS, unset.domestic_travel),
            entry: hours(ENTRY_HOURS, unset.entry),
        };
        let days = take(COUNTRIES).and_then(|days| days.parse().ok());
        Ok(UnitSettings {
            validity,
            countries_days: days.unwrap_or(COUNTRIES_DAYS[0]),
            hotline: take(HOTLINE),
            controller: take(CONTROLLER),
        })
    }

    /// Sets (or, with nothing, clears) one of the settings above, by its name, in a unit.
    pub async fn set_unit_setting(
        &mut self,
        who: &Authorized<ManageUnit, UnitScope>,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), Error> {
        match who.scope().unit() {
            Some(unit) => self.put_setting(unit, name, value).await,
            None => Ok(()),
        }
    }

    /// What a unit itself has set, by name.
    pub async fn own_settings(
        &mut self,
        who: &Authorized<ManageUnit, UnitScope>,
    ) -> Result<HashMap<String, String>, Error> {
        let Some(unit) = who.scope().unit() else {
            return Ok(HashMap::new());
        };
        let found: Vec<(String, String)> = run!(self, |conn| {
            sqlx::query_as("select name, value from settings where unit = $1")
                .bind(unit)
                .fetch_all(conn)
        })?;
        Ok(found.into_iter().collect())
    }

    /// Whether all that is kept here was made up. A backup carries it along.
    pub async fn is_demonstration(&mut self) -> Result<bool, Error> {
        let found: Option<(String,)> = run!(self, |conn| {
            sqlx::query_as("select unit from settings where name = $1 limit 1")
                .bind(DEMONSTRATION)
                .fetch_optional(conn)
        })?;
        Ok(found.is_some())
    }

    /// Says, for good, that all that is kept here is made up.
    pub async fn mark_demonstration(&mut self) -> Result<(), Error> {
        self.put_setting(&UnitCode::nation(), DEMONSTRATION, Some("yes"))
            .await
    }

    pub(crate) async fn put_setting(
        &mut self,
        unit: &UnitCode,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), Error> {
        execute!(
            self,
            sqlx::query("delete from settings where unit = $1 and name = $2")
                .bind(unit)
                .bind(name)
        )?;
        if let Some(value) = value {
            execute!(
                self,
                sqlx::query("insert into settings (unit, name, value) values ($1, $2, $3)")
                    .bind(unit)
                    .bind(name)
                    .bind(value)
            )?;
        }
        Ok(())
    }
}
