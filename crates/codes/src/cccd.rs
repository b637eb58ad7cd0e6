//! The square of a citizen's identity card (CCCD, 2021, and căn cước, 2024): unsigned.
//!
//! The 2024 card adds the family's names and numbers after the seventh part. They are not read.

use crate::legible::{is_address, is_name, unmixed};
use crate::person::{Sex, clean, digits, optional};
use domain::birth::Birth;

/// What the card says; only the number when the text is a bare or damaged one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cccd {
    /// Twelve digits.
    pub number: String,
    /// Whether the number can be true: a known place of birth registration, and the sex and birth
    /// year that the card states.
    pub consistent: bool,
    /// Whether letters were lost on the way, as when a scanner types through an input method: then there is neither a
    /// name nor an address.
    pub damaged: bool,
    /// The older identity number, if the person had one.
    pub old_number: Option<String>,
    /// The full name, composed (NFC).
    pub name: Option<String>,
    /// The birth date.
    pub birth: Option<Birth>,
    /// The sex.
    pub sex: Option<Sex>,
    /// The permanent address.
    pub address: Option<String>,
    /// When the card was issued.
    pub issued: Option<Birth>,
}

/// The 63 codes of provinces in use when the numbers were given.
const PROVINCES: [u8; 63] = [
    1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37,
    38, 40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77,
    79, 80, 82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96,
];

/// Parses `number|old number|name|ddMMyyyy|sex|address|ddMMyyyy`; parts beyond are not read. A scanner that damaged one
/// letter is believed none: the number, the dates and the sex are kept, the name and the address are not.
pub fn parse(text: &str) -> Option<Cccd> {
    let unmixed = unmixed(text);
    let text = unmixed.as_deref().unwrap_or(text);
    let mut parts = text.splitn(8, '|');
    let mut next = || parts.next();
    let (number, old, name) = (next()?, next()?, next()?);
    let (birth, sex, address) = (next()?, next()?, next()?);
    if !digits(number, 12) || !digits(birth, 8) {
        return None;
    }
    let birth = Birth::from_compact(birth);
    // `Nam` comes through every scanner.
    let (sex, legible) = match clean(sex).to_lowercase().as_str() {
        "nam" => (Some(Sex::Male), true),
        "nữ" => (Some(Sex::Female), true),
        sex if sex.starts_with('n') => (Some(Sex::Female), false),
        _ => (None, true),
    };
    let (name, address) = (optional(name), optional(address));
    let whole =
        legible && name.as_deref().is_none_or(is_name) && address.as_deref().is_none_or(is_address);
    Some(Cccd {
        number: number.to_owned(),
        consistent: place_known(number)
            && birth
                .zip(sex)
                .is_some_and(|(birth, sex)| matches(number, birth, sex)),
        damaged: !whole,
        old_number: optional(old),
        name: name.filter(|_| whole),
        birth,
        sex,
        address: address.filter(|_| whole),
        issued: next().and_then(Birth::from_compact),
    })
}

/// The number alone, from a text that begins with twelve digits and is otherwise illegible.
///
/// Digits come through every keyboard layout; names and separators do not. The place of birth
/// registration must be known, so that other long numbers are not taken for one.
pub fn recover(text: &str) -> Option<Cccd> {
    let (number, rest) = text.split_at_checked(12)?;
    let ends = !rest.starts_with(|c: char| c.is_ascii_digit());
    let known = digits(number, 12) && ends && place_known(number);
    known.then(|| Cccd {
        number: number.to_owned(),
        consistent: false,
        damaged: true,
        old_number: None,
        name: None,
        birth: None,
        sex: None,
        address: None,
        issued: None,
    })
}

/// A province of 2021, or a country of birth (101 and above).
fn place_known(number: &str) -> bool {
    let place: u16 = number[..3].parse().unwrap_or(0);
    (101..400).contains(&place) || u8::try_from(place).is_ok_and(|place| PROVINCES.contains(&place))
}

/// Whether the fourth digit tells the century and sex, and the next two the year.
fn matches(number: &str, birth: Birth, sex: Sex) -> bool {
    let century = (birth.year / 100).checked_sub(19);
    let expected = century.map(|century| century * 2 + u16::from(sex == Sex::Female));
    let year = format!("{:02}", birth.year % 100);
    expected == number[3..4].parse().ok() && number[4..6] == year
}

#[cfg(test)]
mod tests;
