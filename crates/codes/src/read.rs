//! What a square is: the one place that decides, in the order of `docs/codes.md`.

use crate::bhyt::{self, Bhyt};
use crate::card::{self, Signed};
use crate::cccd::{self, Cccd};
use crate::foreign_venue::{self, ForeignVenue};
use crate::national::{self, National};
use crate::phone;
use crate::venue::VenueCode;

/// The longest text that is looked at, in bytes.
pub const MAX_TEXT: usize = 4096;

/// What a text turned out to be. Only our cards can be verified; all else merely identifies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Code {
    /// Our card, well formed; not yet verified.
    Card(Signed),
    /// A text that begins as our card does and is damaged.
    DamagedCard,
    /// Our card as a phone shows it, well formed; not yet verified.
    Phone(phone::Signed),
    /// A text that begins as a phone's code does and is damaged.
    DamagedPhone,
    /// One of our venues, by address or by its seven characters.
    Venue(VenueCode),
    /// A venue of the old national system.
    ForeignVenue(ForeignVenue),
    /// A national personal code of 2021.
    National(National),
    /// A citizen's identity card.
    Cccd(Cccd),
    /// A health-insurance card.
    Bhyt(Bhyt),
    /// The address of a web page; nothing else is known of it.
    Web,
    /// A payment, as banks write it: beginning with `000201`.
    Payment,
    /// Anything else.
    Unknown,
}

/// Decides what a text is. Never fails, whatever it is given.
pub fn read(text: &str) -> Code {
    if text.len() > MAX_TEXT {
        return Code::Unknown;
    }
    let text = text.trim_start_matches('\u{feff}');
    if card::claims(text) {
        return card::decode(text).map_or(Code::DamagedCard, Code::Card);
    }
    if phone::claims(text) {
        return phone::decode(text).map_or(Code::DamagedPhone, Code::Phone);
    }
    let text = tidy(text);
    from_url(&text)
        .or_else(|| bhyt::parse(&text).map(Code::Bhyt))
        .or_else(|| national::parse(&text).map(Code::National))
        .or_else(|| cccd::parse(&text).map(Code::Cccd))
        .or_else(|| VenueCode::parse(&text).map(Code::Venue))
        .or_else(|| cccd::recover(&text).map(Code::Cccd))
        .unwrap_or_else(|| other(&text))
}

/// What people often hold out by mistake.
fn other(text: &str) -> Code {
    let begins = |start: &str| {
        text.get(..start.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(start))
    };
    match begins("www.") || is_url(text) {
        true => Code::Web,
        false if begins("000201") => Code::Payment,
        false => Code::Unknown,
    }
}

/// Whether it begins with a scheme as RFC 3986 has it, and `://`.
fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
    })
}

fn from_url(text: &str) -> Option<Code> {
    let scheme = text.split_once("://")?.0.to_ascii_lowercase();
    matches!(scheme.as_str(), "http" | "https").then(|| {
        VenueCode::from_url(text)
            .map(Code::Venue)
            .or_else(|| foreign_venue::parse(text).map(Code::ForeignVenue))
            .unwrap_or(Code::Web)
    })
}

/// Without the space around it and the line ends that scanners add.
fn tidy(text: &str) -> String {
    text.trim()
        .chars()
        .filter(|c| !matches!(c, '\r' | '\n'))
        .collect()
}

#[cfg(test)]
mod tests;
