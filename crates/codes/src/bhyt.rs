//! The square of a health-insurance card (BHYT): it identifies, unsigned.

use crate::person::{Sex, clean, digits, optional};
use data_encoding::HEXLOWER_PERMISSIVE;
use domain::birth::Birth;

/// What the card says. Its management code, parent and check string are not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bhyt {
    /// The card's number: fifteen characters, or ten digits on newer cards.
    pub number: String,
    /// The social-insurance number: the last ten digits of either.
    pub social_number: String,
    /// The full name, composed (NFC).
    pub name: Option<String>,
    /// The birth date, or only the year.
    pub birth: Option<Birth>,
    /// The sex.
    pub sex: Option<Sex>,
    /// The address.
    pub address: Option<String>,
    /// The code of the clinic where the person is registered, such as `46 - 001`.
    pub facility: Option<String>,
    /// The first day of cover.
    pub valid_from: Option<Birth>,
    /// The last day of cover, when there is one.
    pub valid_until: Option<Birth>,
}

/// Parses a text of at least fourteen bars that ends with `$`.
pub fn parse(text: &str) -> Option<Bhyt> {
    let body = text.strip_suffix('$')?;
    if body.matches('|').count() < 14 {
        return None;
    }
    let mut parts = body.split('|');
    let mut next = || parts.next();
    let (number, name, birth) = (next()?, next()?, next()?);
    let (sex, address, facility) = (next()?, next()?, next()?);
    let social_number = social(number)?;
    Some(Bhyt {
        number: number.to_owned(),
        social_number: social_number.to_owned(),
        name: hexadecimal(name),
        birth: Birth::from_slashed(birth),
        sex: match sex {
            "1" => Some(Sex::Male),
            "2" => Some(Sex::Female),
            _ => None,
        },
        address: hexadecimal(address),
        facility: optional(facility),
        valid_from: next().and_then(Birth::from_slashed),
        valid_until: next().and_then(Birth::from_slashed),
    })
}

/// The last ten digits of a number of either form: two letters and thirteen digits, or ten digits.
fn social(number: &str) -> Option<&str> {
    let (head, social) = number.split_at_checked(number.len().checked_sub(10)?)?;
    let long = head.len() == 5
        && head[..]
            .bytes()
            .take(2)
            .all(|byte| byte.is_ascii_uppercase())
        && head.bytes().skip(2).all(|byte| byte.is_ascii_digit());
    (digits(social, 10) && (head.is_empty() || long)).then_some(social)
}

/// A field of hexadecimal UTF-8; nothing when it is empty, a dash, or damaged.
fn hexadecimal(field: &str) -> Option<String> {
    let bytes = HEXLOWER_PERMISSIVE.decode(field.as_bytes()).ok()?;
    let text = clean(std::str::from_utf8(&bytes).ok()?);
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
