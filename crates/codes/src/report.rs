//! What a square is and what it is worth, in the words that the command line and the API use.

use crate::card::Card;
use crate::keyring::Keyring;
use crate::read::{Code, read};
use crate::{Error, KeyId, VenueCode, phone};
use crate::{bhyt::Bhyt, cccd::Cccd, foreign_venue::ForeignVenue, national::National};
use data_encoding::HEXLOWER;
use domain::time::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The kind of a square.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Our card, whole or damaged.
    Card,
    /// Our card as a phone shows it, whole or damaged.
    Phone,
    /// A venue, ours or of the old national system.
    Venue,
    /// A national personal code of 2021.
    National,
    /// A citizen's identity card.
    Cccd,
    /// A health-insurance card.
    Bhyt,
    /// None of these.
    Unknown,
}

/// Why a square is not verified.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The text is damaged, or of no kind.
    Unreadable,
    /// The card names a key that the keyring does not hold.
    UnknownKey,
    /// The card's signature is not genuine.
    Forged,
    /// The code is a phone's, genuine, and was not being shown at the time asked.
    OldCode,
    /// The card is genuine and no longer valid.
    Expired,
    /// The kind carries no signature: it says who or where, and proves nothing.
    Unsigned,
}

/// The verdict on one text.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Reading {
    /// What it is.
    pub kind: Kind,
    /// Whether a key of the ring vouches for it and it is valid at the time asked.
    pub verified: bool,
    /// Why not; nothing exactly when it is verified.
    pub reason: Option<Reason>,
    /// What it says, believed or not. Times are RFC 3339, dates `yyyy-MM-dd`.
    pub fields: Map<String, Value>,
}

/// Reads a text and judges it by a keyring at a time.
pub fn report(text: &str, keyring: &Keyring, at: Timestamp) -> Reading {
    let unsigned = |kind, fields| Reading::new(kind, Some(Reason::Unsigned), fields);
    match read(text) {
        Code::Card(signed) => {
            let reason = match signed.verify(keyring) {
                Err(error) => Some(error.into()),
                Ok(card) => card.expired(at).then_some(Reason::Expired),
            };
            Reading::new(Kind::Card, reason, card(signed.claim(), signed.key_id()))
        }
        Code::DamagedCard => Reading::new(Kind::Card, Some(Reason::Unreadable), json!({})),
        Code::Phone(signed) => {
            let reason = match signed.verify(keyring) {
                Err(error) => Some(error.into()),
                Ok(_) if !signed.code().live_at(at) => Some(Reason::OldCode),
                Ok(credential) => credential.card.expired(at).then_some(Reason::Expired),
            };
            Reading::new(Kind::Phone, reason, shown(&signed))
        }
        Code::DamagedPhone => Reading::new(Kind::Phone, Some(Reason::Unreadable), json!({})),
        Code::Venue(code) => unsigned(Kind::Venue, venue(code)),
        Code::ForeignVenue(venue) => unsigned(Kind::Venue, foreign_venue(&venue)),
        Code::National(code) => unsigned(Kind::National, national(&code)),
        Code::Cccd(code) => unsigned(Kind::Cccd, cccd(&code)),
        Code::Bhyt(code) => unsigned(Kind::Bhyt, bhyt(&code)),
        Code::Web | Code::Payment | Code::Unknown => {
            Reading::new(Kind::Unknown, Some(Reason::Unreadable), json!({}))
        }
    }
}

impl Reading {
    fn new(kind: Kind, reason: Option<Reason>, fields: Value) -> Self {
        Self {
            kind,
            verified: reason.is_none(),
            reason,
            fields: match fields {
                Value::Object(fields) => fields,
                _ => Map::new(),
            },
        }
    }
}

impl From<Error> for Reason {
    fn from(error: Error) -> Self {
        match error {
            Error::Unreadable => Self::Unreadable,
            Error::UnknownKey => Self::UnknownKey,
            Error::Forged => Self::Forged,
        }
    }
}

fn card(card: &Card, key_id: KeyId) -> Value {
    json!({
        "id": card.id.to_string(),
        "status_index": card.status_index,
        "issued": card.issued.rfc3339(),
        "expires": card.expires.rfc3339(),
        "scope": card.scope,
        "key": key_id.to_string(),
    })
}

fn shown(signed: &phone::Signed) -> Value {
    let mut fields = card(&signed.claim().card, signed.key_id());
    let code = signed.code();
    fields["phone_key"] = HEXLOWER.encode(&code.key.0).into();
    fields["step"] = code.step.into();
    fields
}

fn venue(code: VenueCode) -> Value {
    json!({ "code": code.as_str(), "written": code.written() })
}

fn foreign_venue(venue: &ForeignVenue) -> Value {
    json!({ "system": "tokhaiyte.vn", "group": venue.group })
}

fn national(code: &National) -> Value {
    json!({
        "document": code.document,
        "masked": code.masked,
        "name": code.name,
        "birth": code.birth,
        "on_behalf": code.on_behalf,
        "qid": code.qid,
        "declarant": code.declarant,
        "sex": code.sex,
        "insurance": code.insurance,
        "phone": code.phone,
    })
}

fn cccd(code: &Cccd) -> Value {
    json!({
        "number": code.number,
        "consistent": code.consistent,
        "damaged": code.damaged,
        "old_number": code.old_number,
        "name": code.name,
        "birth": code.birth,
        "sex": code.sex,
        "address": code.address,
        "issued": code.issued,
    })
}

fn bhyt(code: &Bhyt) -> Value {
    json!({
        "number": code.number,
        "social_number": code.social_number,
        "name": code.name,
        "birth": code.birth,
        "sex": code.sex,
        "address": code.address,
        "facility": code.facility,
        "valid_from": code.valid_from,
        "valid_until": code.valid_until,
    })
}

#[cfg(test)]
mod tests;
