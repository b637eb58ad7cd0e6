//! The envelope of everything we sign: `COSE_Sign1` (RFC 9052) with Ed25519, written in one way.
//!
//! Protected header: `alg` -8 (`EdDSA`) and, except under the root key, a 4-byte `kid`. The unprotected
//! header is empty. What the signature is for (a card, a key list, a status list) is signed with
//! it as external data, so that no text of one kind passes as another.

use crate::cbor::{Reader, Writer};
use crate::keyring::KeyId;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};

const COSE_SIGN1: u64 = 18;
const ALG: i64 = 1;
const EDDSA: i64 = -8;
const KID: i64 = 4;
/// The one point of small order in the group our keys generate: the identity, as a signature's R.
const IDENTITY: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};

/// The parts of a well-formed envelope, not yet believed.
pub(crate) struct Envelope<'a> {
    pub(crate) key_id: Option<KeyId>,
    pub(crate) payload: &'a [u8],
    protected: &'a [u8],
    pub(crate) signature: [u8; 64],
}

/// Signs a payload for one purpose.
pub(crate) fn seal(
    payload: &[u8],
    purpose: &[u8],
    key_id: Option<KeyId>,
    key: &SigningKey,
) -> Vec<u8> {
    let protected = protected(key_id);
    let signature = key.sign(&message(purpose, &protected, payload));
    let mut out = Writer::with_capacity(payload.len() + 100);
    out.tag(COSE_SIGN1).array(4).bytes(&protected).map(0);
    out.bytes(payload).bytes(&signature.to_bytes());
    out.0
}

/// Takes an envelope apart; nothing when a single byte is not as it must be.
pub(crate) fn open(bytes: &[u8]) -> Option<Envelope<'_>> {
    let mut reader = Reader(bytes);
    reader.tag(COSE_SIGN1)?;
    reader.array(4)?;
    let protected = reader.bytes()?;
    reader.map(0)?;
    let payload = reader.bytes()?;
    let signature = reader.fixed()?;
    reader.end()?;
    Some(Envelope {
        key_id: read_protected(protected)?,
        payload,
        protected,
        signature,
    })
}

impl Envelope<'_> {
    /// What the signature covers: the `Sig_structure` of RFC 9052 §4.4.
    pub(crate) fn message(&self, purpose: &[u8]) -> Vec<u8> {
        message(purpose, self.protected, self.payload)
    }
}

/// Whether a key made a signature, by the strict rules of Ed25519.
///
/// Keys here are free of torsion (see [`crate::PublicKey::new`]), so the R that a verifier
/// computes lies in the group of prime order, where only the identity has small order. Refusing
/// that one encoding gives the answers of `verify_strict` without decompressing R.
pub(crate) fn genuine(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    plausible(signature)
        && key
            .verify(message, &Signature::from_bytes(signature))
            .is_ok()
}

/// Whether a signature's R is not the point of small order.
pub(crate) fn plausible(signature: &[u8; 64]) -> bool {
    signature[..32] != IDENTITY
}

fn message(purpose: &[u8], protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = Writer::with_capacity(payload.len() + 64);
    out.array(4).text("Signature1").bytes(protected);
    out.bytes(purpose).bytes(payload);
    out.0
}

fn protected(key_id: Option<KeyId>) -> Vec<u8> {
    let mut out = Writer::default();
    out.map(1 + usize::from(key_id.is_some()));
    out.integer(ALG).integer(EDDSA);
    if let Some(id) = key_id {
        out.integer(KID).bytes(&id.0);
    }
    out.0
}

fn read_protected(bytes: &[u8]) -> Option<Option<KeyId>> {
    let mut reader = Reader(bytes);
    let named = Reader(bytes).map(1).is_none();
    reader.map(1 + u64::from(named))?;
    reader.label(ALG)?.label(EDDSA)?;
    let id = match named {
        true => Some(KeyId(reader.label(KID)?.fixed()?)),
        false => None,
    };
    reader.end()?;
    Some(id)
}
