//! The card code: what a holder's square says, signed by an issuer key.
//!
//! It names a card, never a person. A code proves that an issuer made the card; whether the card
//! is still good is for the clock ([`Card::expired`]) and the status list to say.

use crate::Error;
use crate::cbor::{Reader, Writer};
use crate::cose;
use crate::digits;
use crate::keyring::{IssuerKey, KeyId, Keyring};
use domain::ids::CardId;
use domain::time::Timestamp;

mod batch;

pub use batch::verify_batch;

/// What every card code of this version begins with: V, A, O on a telephone, and the version.
pub const PREFIX: &str = "8261";
/// The most digits a card code can have; they fill a QR code of version 7, level M.
pub const MAX_DIGITS: usize = 293;

const PURPOSE: &[u8] = b"vaora card v1";
const EXPIRES: i64 = 4;
const ISSUED: i64 = 6;
const CARD_ID: i64 = 7;
const VAORA: i64 = -65_537;

/// What a card code says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Card {
    /// The card's random id.
    pub id: CardId,
    /// The card's place in the status list.
    pub status_index: u32,
    /// When the code was made. Codes carry whole seconds from 1970 to 2106.
    pub issued: Timestamp,
    /// The first instant at which it is no longer valid; later than `issued`.
    pub expires: Timestamp,
    /// What the card is for: 0 identifies its holder; the issuer gives other numbers a meaning.
    pub scope: u8,
}

/// A card code that is well formed, and not yet believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
    card: Card,
    key_id: KeyId,
    message: Vec<u8>,
    signature: [u8; 64],
}

/// Whether a text claims to be a card code: its first four digits are the prefix.
pub fn claims(text: &str) -> bool {
    digits::claim(PREFIX, text)
}

/// Takes a code apart without believing it.
///
/// Spaces, dashes, tabs and line ends anywhere are passed over, as scanners and people add them.
pub fn decode(text: &str) -> Result<Signed, Error> {
    parse(text).ok_or(Error::Unreadable)
}

impl Card {
    /// The digits of the card's square.
    ///
    /// Times are rounded down to seconds. Only a card issued inside the key's window is believed.
    pub fn sign(&self, key: &IssuerKey) -> String {
        let sealed = cose::seal(&self.payload(), PURPOSE, Some(key.id()), key.signing());
        let mut text = String::with_capacity(MAX_DIGITS);
        text.push_str(PREFIX);
        digits::write(&sealed, &mut text);
        text
    }

    /// Whether the card is no longer valid at an instant.
    pub fn expired(&self, at: Timestamp) -> bool {
        at >= self.expires
    }

    fn payload(&self) -> Vec<u8> {
        let seconds = |at: Timestamp| at.seconds().clamp(0, u32::MAX.into());
        let mut out = Writer::with_capacity(48);
        out.map(4);
        out.integer(EXPIRES).integer(seconds(self.expires));
        out.integer(ISSUED).integer(seconds(self.issued));
        out.integer(CARD_ID).bytes(&self.id.0);
        out.integer(VAORA).array(2);
        out.integer(self.status_index.into());
        out.integer(self.scope.into());
        out.0
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let mut reader = Reader(payload);
        reader.map(4)?;
        let expires = reader.label(EXPIRES)?.u32()?;
        let issued = reader.label(ISSUED)?.u32()?;
        let id = CardId(reader.label(CARD_ID)?.fixed()?);
        reader.label(VAORA)?.array(2)?;
        let status_index = reader.u32()?;
        let scope = u8::try_from(reader.u32()?).ok()?;
        reader.end()?;
        (issued < expires).then_some(Self {
            id,
            status_index,
            issued: Timestamp::from_seconds(issued.into()),
            expires: Timestamp::from_seconds(expires.into()),
            scope,
        })
    }
}

impl Signed {
    /// The card, when a key of the ring signed it while it was allowed to.
    ///
    /// [`Error::UnknownKey`] when no key has the named id; [`Error::Forged`] when the signature is
    /// not that key's, when the card was issued outside the key's signing window, or when it would
    /// outlive the key.
    pub fn verify(&self, keyring: &Keyring) -> Result<Card, Error> {
        let times = (self.card.issued, self.card.expires);
        keyring.check(self.key_id, times, &self.message, &self.signature)?;
        Ok(self.card)
    }

    /// What the code claims; nobody has vouched for it yet.
    pub fn claim(&self) -> &Card {
        &self.card
    }

    /// The id of the key that is said to have signed it.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }
}

fn parse(text: &str) -> Option<Signed> {
    let bytes = digits::open::<MAX_DIGITS>(PREFIX, text)?;
    let envelope = cose::open(&bytes)?;
    Some(Signed {
        card: Card::read(envelope.payload)?,
        key_id: envelope.key_id?,
        message: envelope.message(PURPOSE),
        signature: envelope.signature,
    })
}

#[cfg(test)]
mod pieces;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod vectors;
