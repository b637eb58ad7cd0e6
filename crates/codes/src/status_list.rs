//! The status list: two bits a card, so that a gate without a network knows the lost ones.
//!
//! The list is exact. It never says why a card is invalid, and a card beyond its end is unknown
//! to it, not valid.

use crate::Error;
use crate::cbor::{Reader, Writer};
use crate::cose;
use crate::keyring::{IssuerKey, Keyring};
use domain::time::Timestamp;
use flate2::Compression;
use flate2::read::{ZlibDecoder, ZlibEncoder};
use sha2::{Digest, Sha256};
use std::io::Read;

/// The most cards a list may cover: 134 million, 32 MiB once inflated.
pub const MAX_CARDS: u32 = 1 << 27;

const PURPOSE: &[u8] = b"vaora status v1";
const ISSUED: i64 = 1;
const EXPIRES: i64 = 2;
const CARDS: i64 = 3;
const BITS: i64 = 4;

/// What a list says about one card.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// The card is good.
    Active,
    /// The card is not to be accepted; the list does not say why.
    Invalid,
    /// Ask the server. The fourth, reserved value reads so too.
    Ask,
}

impl State {
    pub(crate) fn of(bits: u8) -> Self {
        match bits {
            0 => Self::Active,
            1 => Self::Invalid,
            _ => Self::Ask,
        }
    }

    pub(crate) const fn bits(self) -> u8 {
        match self {
            Self::Active => 0,
            Self::Invalid => 1,
            Self::Ask => 2,
        }
    }
}

/// The states of all cards of an installation at one time.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    issued: Timestamp,
    expires: Timestamp,
    cards: u32,
    bits: Vec<u8>,
}

impl StatusList {
    /// A list of `cards` cards, all active but those named.
    ///
    /// Nothing when there are more than [`MAX_CARDS`] or a named card is beyond the end. Of a card
    /// named twice the last state counts. Times are whole seconds.
    pub fn build(
        (issued, expires): (Timestamp, Timestamp),
        cards: u32,
        states: impl IntoIterator<Item = (u32, State)>,
    ) -> Option<Self> {
        let mut list = Self {
            issued: whole(issued)?,
            expires: whole(expires)?,
            cards: Some(cards).filter(|&cards| cards <= MAX_CARDS)?,
            bits: vec![0; packed(cards)],
        };
        for (index, state) in states {
            list.set(index, state)?;
        }
        (list.issued < list.expires).then_some(list)
    }

    /// Compresses and signs the list. The key's window must cover both of its times.
    pub fn seal(&self, key: &IssuerKey) -> Vec<u8> {
        sign(&self.payload(), key)
    }

    /// What is signed, compressed: for whoever holds the key elsewhere.
    pub fn payload(&self) -> Vec<u8> {
        let small = deflate(&self.bits);
        let mut payload = Writer::with_capacity(small.len() + 32);
        payload.map(4);
        payload.integer(ISSUED).integer(self.issued.seconds());
        payload.integer(EXPIRES).integer(self.expires.seconds());
        payload.integer(CARDS).integer(self.cards.into());
        payload.integer(BITS).bytes(&small);
        payload.0
    }

    /// Opens a list that a key of the ring signed.
    ///
    /// Nothing is inflated before the signature is checked, and never more than the list says.
    pub fn open(bytes: &[u8], keyring: &Keyring) -> Result<Self, Error> {
        let envelope = cose::open(bytes).ok_or(Error::Unreadable)?;
        let id = envelope.key_id.ok_or(Error::Unreadable)?;
        let (mut list, small) = read_payload(envelope.payload).ok_or(Error::Unreadable)?;
        let message = envelope.message(PURPOSE);
        keyring.check(
            id,
            (list.issued, list.expires),
            &message,
            &envelope.signature,
        )?;
        list.bits = inflate(small, packed(list.cards)).ok_or(Error::Unreadable)?;
        Ok(list)
    }

    /// What the list says of the card with that index; nothing when the list ends before it.
    pub fn state(&self, index: u32) -> Option<State> {
        let byte = self.bits.get(index as usize / 4)?;
        let state = State::of(byte >> (index % 4 * 2) & 3);
        (index < self.cards).then_some(state)
    }

    /// When the list was made.
    pub fn issued(&self) -> Timestamp {
        self.issued
    }

    /// The first instant at which the list is too old to rely on.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// How many cards it covers.
    pub fn cards(&self) -> u32 {
        self.cards
    }

    /// The SHA-256 of the packed bits: two lists that say the same of as many cards have the same.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.bits).into()
    }

    /// The cards whose state is another than in an earlier list, in order; those added since were
    /// active before.
    pub fn changed_since(&self, earlier: &Self) -> Vec<u32> {
        let before = earlier.bits.iter().copied().chain(std::iter::repeat(0));
        let bytes = self.bits.iter().zip(before).enumerate();
        let other = bytes.filter(|(_, (now, before))| **now != *before);
        other
            .flat_map(|(place, (now, before))| {
                let differs = move |card: &u32| (now ^ before) >> (card * 2) & 3 != 0;
                (0..4)
                    .filter(differs)
                    .map(move |card| place as u32 * 4 + card)
            })
            .collect()
    }

    /// The packed bits, two a card.
    pub fn packed(&self) -> &[u8] {
        &self.bits
    }

    /// A list of bits that were kept; nothing when they are not those of so many cards.
    pub fn from_packed(
        (issued, expires): (Timestamp, Timestamp),
        cards: u32,
        bits: Vec<u8>,
    ) -> Option<Self> {
        let fits = cards <= MAX_CARDS && bits.len() == packed(cards);
        let (issued, expires) = (whole(issued)?, whole(expires)?);
        (fits && issued < expires).then_some(Self {
            issued,
            expires,
            cards,
            bits,
        })
    }

    /// The list of another time after changes: as many cards or more, those added active unless named.
    ///
    /// Nothing when it would have fewer cards or more than [`MAX_CARDS`], or a named card is beyond the end.
    pub fn renewed(
        &self,
        (issued, expires): (Timestamp, Timestamp),
        cards: u32,
        states: impl IntoIterator<Item = (u32, State)>,
    ) -> Option<Self> {
        let times = (whole(issued)?, whole(expires)?);
        let fits = (self.cards..=MAX_CARDS).contains(&cards) && times.0 < times.1;
        let mut list = fits.then(|| self.grown(times, cards))?;
        for (index, state) in states {
            list.set(index, state)?;
        }
        Some(list)
    }

    /// The list of the first cards at another time, in which *ask* stands also at good cards that are named; those beyond
    /// its end are passed over. Nothing when it would have more cards.
    pub fn asking(
        &self,
        (issued, expires): (Timestamp, Timestamp),
        cards: u32,
        asks: impl IntoIterator<Item = u32>,
    ) -> Option<Self> {
        let bits = self.bits.get(..packed(cards))?.to_vec();
        let mut list = Self::from_packed((issued, expires), cards, bits)?;
        let within = if cards.is_multiple_of(4) {
            0xff
        } else {
            (1 << (cards % 4 * 2)) - 1
        };
        if let Some(last) = list.bits.last_mut() {
            *last &= within;
        }
        for index in asks {
            if list.state(index) == Some(State::Active) {
                list.set(index, State::Ask)?;
            }
        }
        (cards <= self.cards).then_some(list)
    }

    /// The list of another time: as many cards or more, those added active.
    pub(crate) fn grown(&self, (issued, expires): (Timestamp, Timestamp), cards: u32) -> Self {
        let mut bits = self.bits.clone();
        bits.resize(packed(cards), 0);
        Self {
            issued,
            expires,
            cards,
            bits,
        }
    }

    pub(crate) fn set(&mut self, index: u32, state: State) -> Option<()> {
        let byte = Some(index)
            .filter(|&index| index < self.cards)
            .and_then(|index| self.bits.get_mut(index as usize / 4))?;
        let shift = index % 4 * 2;
        *byte = *byte & !(3 << shift) | state.bits() << shift;
        Some(())
    }
}

impl std::fmt::Debug for StatusList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StatusList")
            .field("issued", &self.issued)
            .field("expires", &self.expires)
            .field("cards", &self.cards)
            .finish_non_exhaustive()
    }
}

/// Signs a payload that is a list's; nothing is inflated. [`payload_times`] says whether it is one.
pub fn sign(payload: &[u8], key: &IssuerKey) -> Vec<u8> {
    cose::seal(payload, PURPOSE, Some(key.id()), key.signing())
}

/// The times that a list's payload names; nothing when it is no list's.
pub fn payload_times(payload: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (list, _) = read_payload(payload)?;
    Some((list.issued, list.expires))
}

fn read_payload(payload: &[u8]) -> Option<(StatusList, &[u8])> {
    let mut reader = Reader(payload);
    reader.map(4)?;
    let issued = Timestamp::from_seconds(reader.label(ISSUED)?.u32()?.into());
    let expires = Timestamp::from_seconds(reader.label(EXPIRES)?.u32()?.into());
    let cards = reader.label(CARDS)?.u32()?;
    let small = reader.label(BITS)?.bytes()?;
    reader.end()?;
    let list = StatusList {
        issued,
        expires,
        cards,
        bits: Vec::new(),
    };
    (issued < expires && cards <= MAX_CARDS).then_some((list, small))
}

/// The bytes compressed with zlib.
pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut small = Vec::new();
    ZlibEncoder::new(bytes, Compression::best())
        .read_to_end(&mut small)
        .expect("a slice does not fail to read");
    small
}

/// Exactly so many bytes; nothing when the stream holds fewer, more, or is followed by others.
fn inflate(small: &[u8], expected: usize) -> Option<Vec<u8>> {
    let mut bits = vec![0; expected];
    let mut decoder = ZlibDecoder::new(small);
    decoder.read_exact(&mut bits).ok()?;
    let ended = decoder.read(&mut [0]).ok()? == 0;
    (ended && decoder.total_in() == small.len() as u64).then_some(bits)
}

fn packed(cards: u32) -> usize {
    cards.div_ceil(4) as usize
}

fn whole(at: Timestamp) -> Option<Timestamp> {
    let seconds = u32::try_from(at.seconds()).ok()?;
    Some(Timestamp::from_seconds(seconds.into()))
}

#[cfg(test)]
mod tests;
