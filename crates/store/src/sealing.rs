//! Sealing: personal data at rest is encrypted, and found by keyed hash.

use crate::Error;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::search_key::SearchKey;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use zeroize::Zeroizing;

const NONCE: usize = 24;

/// The keys derived from the folder's sealing key: one encrypts, one finds exact values, one finds people by
/// their names. They are apart, so that an index of names says nothing about hashes of phones.
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    index: Hmac<Sha256>,
    search: Hmac<Sha256>,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// Derives the keys (HKDF-SHA256, one label each) from 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        let derive = Hkdf::<Sha256>::new(None, secret);
        let key = |label: &[u8]| {
            let mut bytes = Zeroizing::new([0_u8; 32]);
            derive
                .expand(label, bytes.as_mut())
                .expect("32 bytes is a valid length for SHA-256");
            bytes
        };
        let cipher =
            XChaCha20Poly1305::new_from_slice(key(b"vaora seal v1").as_ref()).expect("32-byte key");
        let hmac = |label: &[u8]| {
            <Hmac<Sha256> as KeyInit>::new_from_slice(key(label).as_ref()).expect("any key length")
        };
        Self {
            cipher,
            index: hmac(b"vaora index v1"),
            search: hmac(b"vaora search v1"),
        }
    }

    /// Seals bytes for one place (a table and column); they open nowhere else.
    pub fn seal_bytes(&self, place: &str, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload {
            msg: plain,
            aad: place.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("encrypting in memory does not fail");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Sealer::seal_bytes`] made for the same place.
    pub fn open_bytes(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (nonce, text) = sealed.split_at_checked(NONCE).ok_or(Error::Sealed)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| Error::Sealed)?;
        let payload = Payload {
            msg: text,
            aad: place.as_bytes(),
        };
        self.cipher
            .decrypt(&XNonce::from(nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| Error::Sealed)
    }

    /// Seals a value.
    pub fn seal<T: Serialize>(&self, place: &str, value: &T) -> Vec<u8> {
        let plain = Zeroizing::new(serde_json::to_vec(value).expect("plain data serialises"));
        self.seal_bytes(place, &plain)
    }

    /// Opens a value.
    pub fn open<T: DeserializeOwned>(&self, place: &str, sealed: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(&self.open_bytes(place, sealed)?).map_err(|_| Error::Sealed)
    }

    /// The keyed hash under which a value is found: equal for equal values of a kind, and nothing
    /// to whoever lacks the key.
    pub fn hash(&self, kind: &str, value: &str) -> Vec<u8> {
        let mut mac = self.index.clone();
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        mac.finalize().into_bytes()[..16].to_vec()
    }

    /// The number under which a person is found by a [`SearchKey`]: the first eight bytes of its keyed
    /// hash. Two texts share one in 2^64; whoever searches compares what was found.
    pub fn search(&self, key: &SearchKey) -> i64 {
        let mut mac = self.search.clone();
        mac.update(key.kind.as_str().as_bytes());
        mac.update(&[0]);
        mac.update(key.text.as_bytes());
        let hash = mac.finalize().into_bytes();
        let first: [u8; 8] = std::array::from_fn(|at| hash[at]);
        i64::from_be_bytes(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let sealer = Sealer::new(&[1; 32]);
        let sealed = sealer.seal("holders.sealed", &"Nguyễn Văn Thử");
        assert_eq!(
            sealer
                .open::<String>("holders.sealed", &sealed)
                .expect("opens"),
            "Nguyễn Văn Thử"
        );
        assert!(sealer.open::<String>("attendants.sealed", &sealed).is_err());
        assert!(
            Sealer::new(&[2; 32])
                .open::<String>("holders.sealed", &sealed)
                .is_err()
        );
        for i in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[i] ^= 1;
            assert!(
                sealer.open::<String>("holders.sealed", &broken).is_err(),
                "byte {i}"
            );
        }
        assert!(
            sealer
                .open::<String>("holders.sealed", &sealed[..10])
                .is_err()
        );
    }

    #[test]
    fn hashes_are_keyed_and_of_a_kind() {
        let (a, b) = (Sealer::new(&[1; 32]), Sealer::new(&[2; 32]));
        assert_eq!(a.hash("phone", "x"), a.hash("phone", "x"));
        assert_ne!(a.hash("phone", "x"), b.hash("phone", "x"));
        assert_ne!(a.hash("phone", "x"), a.hash("login", "x"));
        let (number, phone) = (SearchKey::number("x"), SearchKey::phone("x"));
        assert_eq!(a.search(&number), a.search(&SearchKey::number("x")));
        assert_ne!(a.search(&number), b.search(&number));
        assert_ne!(a.search(&number), a.search(&phone));
    }
}
