//! Identifiers: one newtype a noun, so that the compiler tells a venue from a holder.
//!
//! Every id but the card's is a UUID. Scan ids must be version 7: they are the time of the scan.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[cfg_attr(feature = "sql", derive(sqlx::Type), sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

uuid_id! {
    /// A person a card speaks for.
    HolderId,
    /// A place people enter and leave.
    VenueId,
    /// One gate of a venue.
    CheckpointId,
    /// A gate, kiosk or turnstile that sends scans with a token.
    DeviceId,
    /// A person who holds an office: commune, province, national officer, auditor.
    OfficerId,
    /// One statement of a holder about health.
    DeclarationId,
    /// A key that a phone keeps to show codes that change.
    PhoneKeyId,
    /// Cards that were printed as one job.
    BatchId,
    /// What a holder asks an office for.
    RequestId,
    /// A list of people that an office brings in.
    ImportId,
    /// What the bearer of a card may do, for a time.
    PermitId,
    /// Permits that were issued together.
    PermitListId,
    /// A permit that a unit demands.
    PermitDemandId,
    /// One line of the audit log.
    AuditEntryId,
    /// Two records made one.
    MergeId,
    /// Somebody who was invited to own a venue beside its founding owner.
    CoOwnerId,
    /// What a venue's owners ask an office for, for their workers.
    PermitRequestId,
    /// A time in which nobody may enter a venue, by an office's word.
    SuspensionId,
}

/// One reading of a code. A UUIDv7 made by whoever read the square; it is the scan's time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "sql", derive(sqlx::Type), sqlx(transparent))]
#[serde(transparent)]
pub struct ScanId(Uuid);

impl ScanId {
    /// The id, when it is a UUID of version 7 and variant RFC 9562; nothing otherwise.
    pub fn new(id: Uuid) -> Option<Self> {
        (id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122)
            .then_some(Self(id))
    }

    /// Parses the hyphenated text of a UUIDv7.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().and_then(Self::new)
    }

    /// Builds an id from its time and ten random bytes.
    pub fn from_parts(at: Timestamp, random: [u8; 10]) -> Self {
        Self(
            uuid::Builder::from_unix_timestamp_millis(at.millis().max(0) as u64, &random)
                .into_uuid(),
        )
    }

    /// When the code was read, by the reader's clock: the first 48 bits, milliseconds UTC.
    pub fn at(self) -> Timestamp {
        let bytes = self.0.as_bytes();
        let mut millis = [0; 8];
        millis[2..].copy_from_slice(&bytes[..6]);
        Timestamp::from_millis(i64::from_be_bytes(millis))
    }

    /// The same reading at a time so many milliseconds later (earlier when negative): all but the time
    /// stays, so that the same move makes the same id.
    #[must_use]
    pub fn moved(self, by: i64) -> Self {
        let mut random = [0; 10];
        random.copy_from_slice(&self.0.as_bytes()[6..]);
        let at = self.at().millis().saturating_add(by);
        Self::from_parts(Timestamp::from_millis(at), random)
    }

    /// The UUID itself.
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for ScanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A card's id: 80 random bits, written on the card as hexadecimal and in its code as bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CardId(pub [u8; 10]);

impl CardId {
    /// The id in a slice of exactly ten bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Parses twenty hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 10];
        if text.len() != 20 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
