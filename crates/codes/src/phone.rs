//! The phone code: a card's code that changes every half minute, signed by the phone that shows it.
//!
//! A credential, signed by an issuer key, ties a key of the phone to a card. The code is the credential, the step of the
//! moment, and the phone's signature over both. A picture of it is of no use a minute later; whether it still was one when
//! it was read is for [`PhoneCode::live_at`] to say, and whether the card is still good for the status list.

use crate::Error;
use crate::card::Card;
use crate::cbor::{Reader, Writer};
use crate::cose;
use crate::digits;
use crate::keyring::{IssuerKey, KeyId, Keyring};
use domain::ids::CardId;
use domain::phone_key::{CREDENTIAL_VALIDITY, PhoneCode, PhoneKeyHash};
use domain::time::Timestamp;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

/// What every phone code of this version begins with: V, A, O on a telephone, and a version that cards have not.
pub const PREFIX: &str = "8262";
/// The most digits a phone code can have; a QR code of version 10, level L, holds them.
pub const MAX_DIGITS: usize = 561;

const PURPOSE: &[u8] = b"vaora phone v1";
const STEP_PURPOSE: &[u8] = b"vaora phone step v1";
const EXPIRES: i64 = 4;
const ISSUED: i64 = 6;
const CARD_ID: i64 = 7;
const KEY: i64 = 8;
const VAORA: i64 = -65_537;

/// The public half of a phone's key: a point of P-256, written in 33 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PhoneKey([u8; 33]);

/// What the issuer signs: that a phone may speak for a card for some days.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Credential {
    /// The card, with the credential's own times instead of the card's.
    pub card: Card,
    /// The phone's key.
    pub key: PhoneKey,
}

/// A phone code that is well formed, and not yet believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
    credential: Credential,
    bytes: Vec<u8>,
    key_id: KeyId,
    message: Vec<u8>,
    signature: [u8; 64],
    step: u32,
    shown: [u8; 64],
}

/// Whether a text claims to be a phone code: its first four digits are the prefix.
pub fn claims(text: &str) -> bool {
    digits::claim(PREFIX, text)
}

/// Takes a code apart without believing it.
pub fn decode(text: &str) -> Result<Signed, Error> {
    parse(text).ok_or(Error::Unreadable)
}

/// What a phone signs for one step.
pub fn message(credential: &[u8], step: u32) -> Vec<u8> {
    let mut out = STEP_PURPOSE.to_vec();
    out.extend(Sha256::digest(credential));
    out.extend(u64::from(step).to_be_bytes());
    out
}

/// The digits of the square that a phone shows.
pub fn assemble(credential: &[u8], step: u32, signature: &[u8; 64]) -> String {
    let mut out = Writer::with_capacity(credential.len() + 80);
    out.array(3).bytes(credential);
    out.integer(step.into()).bytes(signature);
    let mut text = String::with_capacity(MAX_DIGITS);
    text.push_str(PREFIX);
    digits::write(&out.0, &mut text);
    text
}

impl PhoneKey {
    /// A point in the form of 33 bytes or, as browsers give it, of 65; nothing when it is none of the curve.
    pub fn new(point: &[u8]) -> Option<Self> {
        if !matches!(point.len(), 33 | 65) {
            return None;
        }
        let key = VerifyingKey::from_sec1_bytes(point).ok()?;
        key.to_sec1_point(true).as_bytes().try_into().ok().map(Self)
    }

    /// The point in 33 bytes.
    pub fn bytes(&self) -> &[u8; 33] {
        &self.0
    }

    /// What a register keeps of it.
    pub fn hash(&self) -> PhoneKeyHash {
        PhoneKeyHash(Sha256::digest(self.0).into())
    }

    fn made(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let key = VerifyingKey::from_sec1_bytes(&self.0);
        let signature = Signature::from_slice(signature);
        matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
    }
}

impl Credential {
    /// The signed credential. Times are rounded down to seconds; it may be valid for 30 days at most.
    pub fn sign(&self, key: &IssuerKey) -> Vec<u8> {
        cose::seal(&self.payload(), PURPOSE, Some(key.id()), key.signing())
    }

    fn payload(&self) -> Vec<u8> {
        let seconds = |at: Timestamp| at.seconds().clamp(0, u32::MAX.into());
        let card = &self.card;
        let mut out = Writer::with_capacity(80);
        out.map(5);
        out.integer(EXPIRES).integer(seconds(card.expires));
        out.integer(ISSUED).integer(seconds(card.issued));
        out.integer(CARD_ID).bytes(&card.id.0);
        out.integer(KEY).bytes(&self.key.0);
        out.integer(VAORA).array(2);
        out.integer(card.status_index.into());
        out.integer(card.scope.into());
        out.0
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let mut reader = Reader(payload);
        reader.map(5)?;
        let expires = Timestamp::from_seconds(reader.label(EXPIRES)?.u32()?.into());
        let issued = Timestamp::from_seconds(reader.label(ISSUED)?.u32()?.into());
        let id = CardId(reader.label(CARD_ID)?.fixed()?);
        let point: [u8; 33] = reader.label(KEY)?.fixed()?;
        reader.label(VAORA)?.array(2)?;
        let status_index = reader.u32()?;
        let scope = u8::try_from(reader.u32()?).ok()?;
        reader.end()?;
        if issued >= expires || expires > issued.plus(CREDENTIAL_VALIDITY) {
            return None;
        }
        let card = Card {
            id,
            status_index,
            issued,
            expires,
            scope,
        };
        PhoneKey::new(&point).map(|key| Self { card, key })
    }
}

impl Signed {
    /// The credential, when a key of the ring signed it and its phone signed the code.
    ///
    /// Errors are those of a card; a signature that is not the phone's is [`Error::Forged`].
    pub fn verify(&self, keyring: &Keyring) -> Result<Credential, Error> {
        self.verify_credential(keyring)?;
        self.verify_shown()?;
        Ok(self.credential)
    }

    /// The first half of [`verify`](Self::verify): the issuer's signature, which is the same for a phone's every code.
    pub fn verify_credential(&self, keyring: &Keyring) -> Result<Credential, Error> {
        let times = (self.credential.card.issued, self.credential.card.expires);
        keyring.check(self.key_id, times, &self.message, &self.signature)?;
        Ok(self.credential)
    }

    /// The second half: the phone's signature over this step.
    pub fn verify_shown(&self) -> Result<(), Error> {
        let message = message(&self.bytes, self.step);
        match self.credential.key.made(&message, &self.shown) {
            true => Ok(()),
            false => Err(Error::Forged),
        }
    }

    /// What the credential claims; nobody has vouched for it yet.
    pub fn claim(&self) -> &Credential {
        &self.credential
    }

    /// The credential as it was signed.
    pub fn credential(&self) -> &[u8] {
        &self.bytes
    }

    /// The id of the issuer key that is said to have signed the credential.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Which phone is said to have shown it, and when.
    pub fn code(&self) -> PhoneCode {
        PhoneCode {
            key: self.credential.key.hash(),
            step: self.step,
        }
    }
}

fn parse(text: &str) -> Option<Signed> {
    let bytes = digits::open::<MAX_DIGITS>(PREFIX, text)?;
    let mut reader = Reader(&bytes);
    reader.array(3)?;
    let credential = reader.bytes()?;
    let step = reader.u32()?;
    let shown = reader.fixed()?;
    reader.end()?;
    let envelope = cose::open(credential)?;
    Some(Signed {
        credential: Credential::read(envelope.payload)?,
        key_id: envelope.key_id?,
        message: envelope.message(PURPOSE),
        signature: envelope.signature,
        bytes: credential.to_vec(),
        step,
        shown,
    })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod vectors;
