//! The venue code: seven characters that a poster shows, a camera opens and a hand can type.
//!
//! The alphabet has 31 characters, none of which is taken for another (no 0, 1, I, L, O). The
//! seventh is a check character: as 31 is prime, it betrays every wrong character and every two
//! characters that changed places.

use std::fmt;
use std::str::FromStr;

/// The characters of a code, in the order of their values.
pub const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// How many codes there are: 887,503,681.
pub const COUNT: u32 = 31u32.pow(6);

const LENGTH: usize = 7;

/// The public name of one checkpoint of a venue: six characters and a check character.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VenueCode([u8; LENGTH]);

impl VenueCode {
    /// The code with a number below [`COUNT`].
    pub fn from_number(number: u32) -> Option<Self> {
        let mut rest = (number < COUNT).then_some(number)?;
        let mut code = [0; LENGTH];
        for place in (0..LENGTH - 1).rev() {
            code[place] = (rest % 31) as u8;
            rest /= 31;
        }
        code[LENGTH - 1] = ((31 - sum(&code) % 31) % 31) as u8;
        Some(Self(code.map(|value| ALPHABET[usize::from(value)])))
    }

    /// A code from 32 random bits. Codes are public; random ones merely tell nothing.
    pub fn from_random(random: u32) -> Self {
        let number = (u64::from(random) * u64::from(COUNT)) >> 32;
        Self::from_number(number as u32).expect("the product is below the count")
    }

    /// Parses a code as people write it: in either case, with spaces or dashes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut values = [0; LENGTH];
        let mut count = 0;
        for byte in text.bytes().filter(|byte| !matches!(byte, b' ' | b'-')) {
            *values.get_mut(count)? = value(byte)?;
            count += 1;
        }
        let whole = count == LENGTH && sum(&values).is_multiple_of(31);
        whole.then(|| Self(values.map(|value| ALPHABET[usize::from(value)])))
    }

    /// Recognises `http(s)://HOST/v/XXXXXXX`, whatever the host, the case and the query.
    pub fn from_url(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let known = ["http", "https"]
            .iter()
            .any(|name| scheme.eq_ignore_ascii_case(name));
        let (host, path) = rest.split_once('/')?;
        let path = path.split(['?', '#']).next()?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let (folder, code) = path.split_once('/')?;
        let ours = known && !host.is_empty() && folder.eq_ignore_ascii_case("v");
        Self::parse(code).filter(|_| ours && code.len() == LENGTH)
    }

    /// The code without a gap: `K7M24QX`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }

    /// The code as a poster shows it: `K7M 24QX`.
    pub fn written(&self) -> String {
        let (first, second) = self.as_str().split_at(3);
        format!("{first} {second}")
    }

    /// The address a poster's square holds, below a base such as `https://example.vn`.
    pub fn url(&self, base: &str) -> String {
        format!("{}/v/{self}", base.trim_end_matches('/'))
    }

    /// The number from which [`VenueCode::from_number`] makes the code.
    pub fn number(&self) -> u32 {
        self.0[..LENGTH - 1]
            .iter()
            .filter_map(|&byte| value(byte))
            .fold(0, |number, value| number * 31 + u32::from(value))
    }
}

impl fmt::Display for VenueCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for VenueCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VenueCode({self})")
    }
}

impl FromStr for VenueCode {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or(crate::Error::Unreadable)
    }
}

/// The sum that is a multiple of 31 in a whole code: values times the weights 7, 6, .. 1.
fn sum(values: &[u8; LENGTH]) -> u32 {
    let weights = (1..=LENGTH as u32).rev();
    weights
        .zip(values)
        .map(|(weight, &value)| weight * u32::from(value))
        .sum()
}

fn value(byte: u8) -> Option<u8> {
    let upper = byte.to_ascii_uppercase();
    let place = ALPHABET.iter().position(|&symbol| symbol == upper)?;
    Some(place as u8)
}

#[cfg(test)]
mod tests;
