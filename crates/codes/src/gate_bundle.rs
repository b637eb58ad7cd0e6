//! The gate bundle: all that a gate needs to decide without a network, in one signed message.
//!
//! It brings the key list, which the gate checks against the root it has pinned before it believes
//! anything else; the state of every card, whole or as a change of what the gate holds; the key that
//! lines waiting to be sent are sealed for; and the rules of its place, which are the application's.

mod change;

pub use change::{Change, MAX_CHANGED};

use crate::cbor::{Reader, Writer};
use crate::keyring::{IssuerKey, Keyring};
use crate::{Error, KeyList, StatusList, cose};
use domain::time::Timestamp;
use std::time::Duration;

/// How far a bundle's time may lie ahead of the gate's.
pub const AHEAD: Duration = Duration::from_secs(300);

const PURPOSE: &[u8] = b"vaora gate v1";
const ISSUED: i64 = 1;
const EXPIRES: i64 = 2;
const KEYS: i64 = 3;
const LIST: i64 = 4;
const CHANGE: i64 = 5;
const QUEUE_KEY: i64 = 6;
const POLICY: i64 = 7;
/// What an uncompressed point begins with.
const UNCOMPRESSED: u8 = 4;

/// What a bundle says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GateBundle {
    /// When the states of the cards were looked up, in whole seconds.
    pub issued: Timestamp,
    /// The first instant at which they are too old to rely on.
    pub expires: Timestamp,
    /// The key list, signed by the root.
    pub key_list: Vec<u8>,
    /// The states of the cards.
    pub states: States,
    /// The point of P-256 that lines are sealed for, uncompressed.
    pub queue_key: [u8; 65],
    /// The rules of the gate's place: JSON.
    pub policy: String,
}

/// The states of the cards, as a bundle brings them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum States {
    /// All of them: a status list of the bundle's times, signed.
    Whole(Vec<u8>),
    /// What changed since the list that the gate holds.
    Since(Change),
}

/// Why a gate keeps what it holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not what an issuer made.
    #[error(transparent)]
    Unbelieved(#[from] Error),
    /// It is older than what the gate holds.
    #[error("the bundle is older than the one before: ask again")]
    RolledBack,
    /// It was made later than now.
    #[error("the bundle was made in the future: set the clock, and ask again")]
    Ahead,
    /// Its change is not of the list that the gate holds.
    #[error("the change is of another list: ask for the whole")]
    Mismatch,
}

impl GateBundle {
    /// Signs the bundle. The key's window must cover both of its times.
    pub fn seal(&self, key: &IssuerKey) -> Vec<u8> {
        sign(&self.payload(), key)
    }

    /// What is signed: for whoever holds the key elsewhere.
    pub fn payload(&self) -> Vec<u8> {
        let mut payload = Writer::with_capacity(self.key_list.len() + self.states.size() + 1024);
        payload.map(7);
        payload.integer(ISSUED).integer(self.issued.seconds());
        payload.integer(EXPIRES).integer(self.expires.seconds());
        payload.integer(KEYS).bytes(&self.key_list);
        match &self.states {
            States::Whole(list) => payload.integer(LIST).bytes(list).integer(CHANGE).null(),
            States::Since(change) => payload
                .integer(LIST)
                .null()
                .integer(CHANGE)
                .bytes(change.bytes()),
        };
        payload.integer(QUEUE_KEY).bytes(&self.queue_key);
        payload.integer(POLICY).text(&self.policy);
        payload.0
    }

    /// Opens a bundle whose key list that root signed and whose key that list names.
    ///
    /// The list that it brings is not looked at: [`receive`](Self::receive) does that.
    pub fn open(bytes: &[u8], root: &[u8; 32]) -> Result<(Self, Keyring), Error> {
        let envelope = cose::open(bytes).ok_or(Error::Unreadable)?;
        let id = envelope.key_id.ok_or(Error::Unreadable)?;
        let bundle = read_payload(envelope.payload).ok_or(Error::Unreadable)?;
        let keyring = Keyring::from(&KeyList::open(&bundle.key_list, root)?);
        keyring.check(
            id,
            (bundle.issued, bundle.expires),
            &envelope.message(PURPOSE),
            &envelope.signature,
        )?;
        Ok((bundle, keyring))
    }

    /// The states of the cards as a gate holds them afterwards, which held those or none before.
    pub fn receive(
        &self,
        keyring: &Keyring,
        held: Option<&StatusList>,
        now: Timestamp,
    ) -> Result<StatusList, Refusal> {
        if held.is_some_and(|held| self.issued < held.issued()) {
            return Err(Refusal::RolledBack);
        }
        if self.issued > now.plus(AHEAD) {
            return Err(Refusal::Ahead);
        }
        match &self.states {
            States::Since(change) => held
                .and_then(|held| change.apply(held, (self.issued, self.expires)))
                .ok_or(Refusal::Mismatch),
            States::Whole(sealed) => {
                let list = StatusList::open(sealed, keyring)?;
                match (list.issued(), list.expires()) == (self.issued, self.expires) {
                    true => Ok(list),
                    false => Err(Error::Unreadable.into()),
                }
            }
        }
    }
}

impl States {
    fn size(&self) -> usize {
        match self {
            Self::Whole(list) => list.len(),
            Self::Since(change) => change.bytes().len(),
        }
    }
}

/// Signs a payload that is a bundle's. [`payload_times`] says whether it is one.
pub fn sign(payload: &[u8], key: &IssuerKey) -> Vec<u8> {
    cose::seal(payload, PURPOSE, Some(key.id()), key.signing())
}

/// The times that a bundle's payload names; nothing when it is no bundle's.
pub fn payload_times(payload: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let bundle = read_payload(payload)?;
    Some((bundle.issued, bundle.expires))
}

fn read_payload(payload: &[u8]) -> Option<GateBundle> {
    let mut reader = Reader(payload);
    reader.map(7)?;
    let issued = Timestamp::from_seconds(reader.label(ISSUED)?.u32()?.into());
    let expires = Timestamp::from_seconds(reader.label(EXPIRES)?.u32()?.into());
    let key_list = reader.label(KEYS)?.bytes()?.to_vec();
    let list = reader.label(LIST)?.bytes_or_null()?;
    let change = reader.label(CHANGE)?.bytes_or_null()?;
    let states = match (list, change) {
        (Some(list), None) => States::Whole(list.to_vec()),
        (None, Some(change)) => States::Since(Change::read(change)?),
        _ => return None,
    };
    let queue_key: [u8; 65] = reader.label(QUEUE_KEY)?.fixed()?;
    let policy = reader.label(POLICY)?.text()?.to_owned();
    reader.end()?;
    (issued < expires && queue_key[0] == UNCOMPRESSED).then_some(GateBundle {
        issued,
        expires,
        key_list,
        states,
        queue_key,
        policy,
    })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
