//! A journey, as the declarations of travel in the country ("di chuyển nội địa") and of entry ("nhập cảnh") ask for it.
//!
//! The fields of the first are those of tokhaiyte.vn on 02/03/2022; those of the second follow decree 89/2018/NĐ-CP and what
//! was asked in 2020 and 2021.

use crate::holder::line;
use crate::time::Day;
use serde::{Deserialize, Serialize};

/// How far from today a day of travel or entry may lie, before and after: as long as any declaration can hold, for an earlier
/// journey says nothing any more, and a later one is declared anew.
pub const NEAR_DAYS: i32 = 7;
/// How long before the entry somebody may have set out: by ship, a month.
pub const LONGEST_WAY_DAYS: i32 = 30;
/// For how many days back the countries passed are asked: 21, or 14 where a unit has set that.
pub const COUNTRIES_DAYS: [u16; 2] = [21, 14];

text_enum! {
    /// How somebody travels.
    Vehicle {
        /// Máy bay.
        Airplane = "airplane",
        /// Tàu hỏa.
        Train = "train",
        /// Xe khách.
        Coach = "coach",
        /// Đường thủy.
        Waterway = "waterway",
        /// Phương tiện cá nhân.
        Personal = "personal",
    }
}

/// One end of a journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Code of the province.
    pub province: String,
    /// The airport, station, port or place, by name.
    pub gate: String,
}

/// A journey within the country.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Travel {
    /// By what.
    pub vehicle: Vehicle,
    /// Flight code, plate, or the number of train, coach or ship.
    pub number: String,
    /// Seat; optional.
    pub seat: Option<String>,
    /// Where it begins.
    pub from: Stop,
    /// Where it ends.
    pub to: Stop,
    /// The day of departure.
    pub departs: Day,
    /// Places passed on the way; optional.
    pub passing: Option<String>,
}

/// An entry into the country.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The border gate, by name.
    pub gate: String,
    /// Flight code, plate or number of the vehicle.
    pub number: String,
    /// Seat; optional.
    pub seat: Option<String>,
    /// The country of departure.
    pub country: String,
    /// The day of departure.
    pub departs: Day,
    /// The day of entry.
    pub enters: Day,
    /// Countries passed in the days before; nothing when there was none.
    pub countries: Option<String>,
    /// Where the person is quarantined or stays.
    pub stays: String,
    /// Vaccines and biologicals used; optional.
    pub vaccines: Option<String>,
}

/// What a declaration that is about a journey adds to the general part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Journey {
    /// Within the country.
    Travel(Travel),
    /// Into the country.
    Entry(Entry),
}

/// Whether a day of travel or entry is near enough to declare.
pub const fn near(day: Day, today: Day) -> bool {
    let apart = day.0 - today.0;
    -NEAR_DAYS <= apart && apart <= NEAR_DAYS
}

/// Whether somebody who set out on one day can enter on the other.
pub const fn in_order(departs: Day, enters: Day) -> bool {
    let on_the_way = enters.0 - departs.0;
    0 <= on_the_way && on_the_way <= LONGEST_WAY_DAYS
}

/// A flight code, as `VN1545`: two letters or digits of the airline, at most four digits, a letter perhaps. Spaces and hyphens do not count.
pub fn flight_code(text: &str) -> Option<String> {
    let code = bare(text)?;
    let (airline, number) = code.split_at_checked(2)?;
    let digits = number.strip_suffix(|c: char| c.is_ascii_uppercase());
    let digits = digits.unwrap_or(number);
    let fits = airline.bytes().any(|c| c.is_ascii_uppercase())
        && (1..=4).contains(&digits.len())
        && digits.bytes().all(|c| c.is_ascii_digit());
    (fits && code.is_ascii()).then_some(code)
}

/// A plate: 4 to 12 letters and digits, a digit at least; kept as it is written. Lenient, because plates of the army, of
/// diplomats and of neighbouring countries each have a form of their own.
pub fn plate(text: &str) -> Option<String> {
    let code = bare(text)?;
    let fits = (4..=12).contains(&code.chars().count()) && code.chars().any(|c| c.is_ascii_digit());
    fits.then(|| line(text).to_uppercase())
}

/// Letters and digits alone, in capitals; nothing when there is anything else but spaces, hyphens and dots.
fn bare(text: &str) -> Option<String> {
    let text = line(text).to_uppercase();
    let code: String = text.replace([' ', '-', '.', '–'], "");
    code.chars().all(char::is_alphanumeric).then_some(code)
}

#[cfg(test)]
mod tests;
