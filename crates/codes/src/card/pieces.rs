//! A card's envelope in pieces, which a test may bend before they are signed and joined.

use super::vectors::{SEED, issuer};
use super::*;
use ed25519_dalek::{Signer, SigningKey};

/// Everything that stands in an envelope, and what is signed with it.
pub(crate) struct Pieces {
    pub(crate) head: Vec<u8>,
    pub(crate) protected: Vec<u8>,
    pub(crate) unprotected: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    pub(crate) tail: Vec<u8>,
    pub(crate) purpose: &'static [u8],
    pub(crate) seed: [u8; 32],
}

impl Pieces {
    pub(crate) fn of(card: &Card) -> Self {
        let mut protected = vec![0xa2, 0x01, 0x27, 0x04, 0x44];
        protected.extend(issuer(&SEED).id().0);
        Self {
            head: vec![0xd2, 0x84],
            protected,
            unprotected: vec![0xa0],
            payload: card.payload(),
            tail: vec![],
            purpose: PURPOSE,
            seed: SEED,
        }
    }

    pub(crate) fn message(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.array(4).text("Signature1").bytes(&self.protected);
        out.bytes(self.purpose).bytes(&self.payload);
        out.0
    }

    pub(crate) fn text(&self) -> String {
        let signature = SigningKey::from_bytes(&self.seed).sign(&self.message());
        self.text_with(&signature.to_bytes())
    }

    pub(crate) fn text_with(&self, signature: &[u8]) -> String {
        let mut out = Writer(self.head.clone());
        out.bytes(&self.protected);
        out.0.extend(&self.unprotected);
        out.bytes(&self.payload).bytes(signature);
        out.0.extend(&self.tail);
        digits_of(&out.0)
    }
}

pub(crate) fn digits_of(bytes: &[u8]) -> String {
    let mut text = PREFIX.to_owned();
    digits::write(bytes, &mut text);
    text
}
