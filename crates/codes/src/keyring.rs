//! Who may sign: issuer keys, the keys a verifier knows, and the signed list that brings them.
//!
//! An issuer key signs for at most seven days; what it signed is believed until its last card
//! expires. A root key, which verifiers pin, signs the list of public keys.

mod keys;
mod list;

pub use keys::{IssuerKey, KeyId, MAX_SIGNING, PublicKey, Window};
pub use list::KeyList;

use crate::Error;
use crate::cose;
use domain::time::Timestamp;
use ed25519_dalek::VerifyingKey;
use std::collections::HashMap;

/// The public keys a verifier believes, by id. Share one in an `Arc`.
#[derive(Clone, Default, Debug)]
pub struct Keyring {
    keys: HashMap<KeyId, PublicKey>,
    issued: Option<Timestamp>,
}

impl Keyring {
    /// A keyring from the text of a key list file, as `vaora keys list` writes it.
    ///
    /// With a root key the list must be signed by it. Without one the root that the file itself
    /// names is accepted: good for looking at a file one already trusts, and for nothing else.
    pub fn from_file_text(text: &str, root: Option<&[u8; 32]>) -> Result<Self, Error> {
        KeyList::from_file_text(text, root).map(|list| Self::from(&list))
    }

    /// The key with an id.
    pub fn key(&self, id: KeyId) -> Option<&PublicKey> {
        self.keys.get(&id)
    }

    /// All keys, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.values()
    }

    /// When the list behind the keyring was issued, if it came from a list.
    pub fn issued(&self) -> Option<Timestamp> {
        self.issued
    }

    /// How many keys it holds.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether it holds no key, and so believes nothing.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key that may have signed something issued and valid at these times.
    pub(crate) fn entitled(
        &self,
        id: KeyId,
        issued: Timestamp,
        expires: Timestamp,
    ) -> Result<&VerifyingKey, Error> {
        let key = self.keys.get(&id).ok_or(Error::UnknownKey)?;
        match key.window().covers(issued, expires) {
            true => Ok(key.verifying()),
            false => Err(Error::Forged),
        }
    }

    /// Checks a signature by the key with that id.
    pub(crate) fn check(
        &self,
        id: KeyId,
        (issued, expires): (Timestamp, Timestamp),
        message: &[u8],
        signature: &[u8; 64],
    ) -> Result<(), Error> {
        let key = self.entitled(id, issued, expires)?;
        match cose::genuine(key, message, signature) {
            true => Ok(()),
            false => Err(Error::Forged),
        }
    }
}

impl FromIterator<PublicKey> for Keyring {
    /// Later keys replace earlier ones of the same id.
    fn from_iter<I: IntoIterator<Item = PublicKey>>(keys: I) -> Self {
        Self {
            keys: keys.into_iter().map(|key| (key.id(), key)).collect(),
            issued: None,
        }
    }
}

impl From<&KeyList> for Keyring {
    fn from(list: &KeyList) -> Self {
        Self {
            issued: Some(list.issued),
            ..list.keys.iter().cloned().collect()
        }
    }
}

#[cfg(test)]
mod tests;
