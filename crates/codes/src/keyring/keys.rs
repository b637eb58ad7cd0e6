//! One key: its id, when it may sign, and how long its signatures are believed.

use crate::Error;
use domain::time::Timestamp;
use ed25519_dalek::{SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;
use std::time::Duration;

/// The longest a key may be in signing use: seven days.
pub const MAX_SIGNING: Duration = Duration::from_secs(7 * 24 * 3600);

/// A key's short name: the first four bytes of the SHA-256 of its 32 public bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    fn of(key: &VerifyingKey) -> Self {
        let hash = Sha256::digest(key.as_bytes());
        Self([hash[0], hash[1], hash[2], hash[3]])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// When a key may sign, and until when a thing it signed may be valid. Whole seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    signs_from: Timestamp,
    signs_until: Timestamp,
    verifies_until: Timestamp,
}

impl Window {
    /// A window of at most [`MAX_SIGNING`]; nothing when its times are out of order or range.
    pub fn new(
        signs_from: Timestamp,
        signs_until: Timestamp,
        verifies_until: Timestamp,
    ) -> Option<Self> {
        let [from, until, end] = [signs_from, signs_until, verifies_until].map(Timestamp::seconds);
        let whole = from >= 0 && end <= i64::from(u32::MAX);
        let ordered = from < until && until <= end;
        let short = until - from <= MAX_SIGNING.as_secs() as i64;
        (whole && ordered && short).then(|| Self {
            signs_from: Timestamp::from_seconds(from),
            signs_until: Timestamp::from_seconds(until),
            verifies_until: Timestamp::from_seconds(end),
        })
    }

    /// The first instant at which the key may sign.
    pub fn signs_from(&self) -> Timestamp {
        self.signs_from
    }

    /// The first instant at which it may no longer sign.
    pub fn signs_until(&self) -> Timestamp {
        self.signs_until
    }

    /// The latest expiry a thing it signed may have.
    pub fn verifies_until(&self) -> Timestamp {
        self.verifies_until
    }

    /// Whether the key may sign at an instant.
    pub fn signs_at(&self, at: Timestamp) -> bool {
        self.signs_from <= at && at < self.signs_until
    }

    /// Whether the key may have signed something issued then and valid until then.
    pub fn covers(&self, issued: Timestamp, expires: Timestamp) -> bool {
        self.signs_at(issued) && expires <= self.verifies_until
    }
}

/// A key that signs cards and status lists. Its secret is wiped when it is dropped.
pub struct IssuerKey {
    signing: SigningKey,
    public: PublicKey,
}

impl IssuerKey {
    /// The key that grows from a secret seed of 32 random bytes.
    pub fn new(seed: &[u8; 32], window: Window) -> Self {
        let signing = SigningKey::from_bytes(seed);
        let verifying = signing.verifying_key();
        Self {
            public: PublicKey {
                id: KeyId::of(&verifying),
                verifying,
                window,
            },
            signing,
        }
    }

    /// Its short name.
    pub fn id(&self) -> KeyId {
        self.public.id
    }

    /// When it may sign.
    pub fn window(&self) -> Window {
        self.public.window
    }

    /// The half that verifiers know.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(crate) fn signing(&self) -> &SigningKey {
        &self.signing
    }
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerKey")
            .field("id", &self.public.id)
            .field("window", &self.public.window)
            .finish_non_exhaustive()
    }
}

/// The public half of an issuer key, checked when it was built.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicKey {
    id: KeyId,
    verifying: VerifyingKey,
    window: Window,
}

impl PublicKey {
    /// A key from its 32 bytes.
    ///
    /// Refused as [`Error::Unreadable`]: bytes that are no point, and any point outside the group of
    /// prime order, whose signatures verifiers disagree about.
    pub fn new(bytes: &[u8; 32], window: Window) -> Result<Self, Error> {
        let verifying = sound(bytes).ok_or(Error::Unreadable)?;
        Ok(Self {
            id: KeyId::of(&verifying),
            verifying,
            window,
        })
    }

    /// Its short name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Its 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        self.verifying.as_bytes()
    }

    /// When it may sign, and until when it is believed.
    pub fn window(&self) -> Window {
        self.window
    }

    pub(crate) fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }
}

/// A point of the group of prime order, other than the identity.
///
/// None of the 38 improper encodings of a point gives one, so the encoding is the one proper one.
pub(super) fn sound(bytes: &[u8; 32]) -> Option<VerifyingKey> {
    let key = VerifyingKey::from_bytes(bytes).ok()?;
    (!key.is_weak() && key.to_edwards().is_torsion_free()).then_some(key)
}
