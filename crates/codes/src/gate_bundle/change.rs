//! What changed between two lists: the cards whose state is another, and a hash of the outcome.

use crate::cbor::{Reader, Writer};
use crate::status_list::{MAX_CARDS, State, StatusList, deflate};
use domain::time::Timestamp;
use flate2::read::ZlibDecoder;
use std::io::Read;

/// The most cards a change may name; beyond them the whole list is not much larger.
pub const MAX_CHANGED: usize = 1 << 20;

/// The longest that a card and its state can be: a number below 2^29, seven bits a byte.
const LONGEST: usize = 5;

/// A change that is well formed.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    from: Timestamp,
    cards: u32,
    digest: [u8; 32],
    changed: Vec<(u32, State)>,
    bytes: Vec<u8>,
}

impl Change {
    /// From the list of an instant to a list: the new state of each card named, in ascending order,
    /// each named once. Cards that were added and are active need not be named.
    ///
    /// Nothing when there are more than [`MAX_CHANGED`], out of order, or beyond the list's end.
    pub fn between(from: Timestamp, list: &StatusList, changed: &[u32]) -> Option<Self> {
        if changed.len() > MAX_CHANGED || !changed.is_sorted_by(|one, next| one < next) {
            return None;
        }
        let changed: Option<Vec<(u32, State)>> = changed
            .iter()
            .map(|&index| Some((index, list.state(index)?)))
            .collect();
        let changed = changed?;
        let digest = list.digest();
        let mut out = Writer::default();
        out.array(4)
            .integer(from.seconds())
            .integer(list.cards().into());
        out.bytes(&digest).bytes(&deflate(&write_pairs(&changed)));
        Some(Self {
            from: Timestamp::from_seconds(from.seconds()),
            cards: list.cards(),
            digest,
            changed,
            bytes: out.0,
        })
    }

    /// When the list was made that it changes.
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// How many cards it names.
    pub fn changed(&self) -> usize {
        self.changed.len()
    }

    /// The list afterwards; nothing when it is not that list which is held.
    pub(super) fn apply(
        &self,
        held: &StatusList,
        times: (Timestamp, Timestamp),
    ) -> Option<StatusList> {
        if held.issued() != self.from || held.cards() > self.cards {
            return None;
        }
        let mut list = held.grown(times, self.cards);
        for &(index, state) in &self.changed {
            list.set(index, state)?;
        }
        (list.digest() == self.digest).then_some(list)
    }

    /// How many bytes it takes in a bundle.
    pub const fn size(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        reader.array(4)?;
        let from = Timestamp::from_seconds(reader.u32()?.into());
        let cards = reader.u32().filter(|&cards| cards <= MAX_CARDS)?;
        let digest = reader.fixed()?;
        let changed = read_pairs(&inflate(reader.bytes()?)?, cards)?;
        reader.end()?;
        Some(Self {
            from,
            cards,
            digest,
            changed,
            bytes: bytes.to_vec(),
        })
    }
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change")
            .field("from", &self.from)
            .field("cards", &self.cards)
            .field("changed", &self.changed.len())
            .finish_non_exhaustive()
    }
}

fn write_pairs(changed: &[(u32, State)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(changed.len() * 2);
    let mut before = 0;
    for &(index, state) in changed {
        let mut value = (index - before) << 2 | u32::from(state.bits());
        before = index;
        while value >= 0x80 {
            out.push(value as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    }
    out
}

/// Nothing when a number is not in its shortest form, a card is beyond the end or named twice, a
/// state is the reserved one, or there are too many.
fn read_pairs(mut bytes: &[u8], cards: u32) -> Option<Vec<(u32, State)>> {
    let mut changed: Vec<(u32, State)> = Vec::new();
    while !bytes.is_empty() {
        let value = number(&mut bytes)?;
        let (gap, bits) = (value >> 2, (value & 3) as u8);
        let index = match changed.last() {
            Some((before, _)) => before.checked_add(gap).filter(|_| gap > 0)?,
            None => gap,
        };
        if index >= cards || bits > 2 || changed.len() == MAX_CHANGED {
            return None;
        }
        changed.push((index, State::of(bits)));
    }
    Some(changed)
}

/// A number below 2^29, seven bits a byte, the lowest first; all bytes but the last have the top bit.
fn number(bytes: &mut &[u8]) -> Option<u32> {
    let length = bytes.iter().position(|byte| byte & 0x80 == 0)? + 1;
    let (taken, rest) = bytes.split_at(length);
    *bytes = rest;
    if length > LONGEST || length > 1 && taken[length - 1] == 0 {
        return None;
    }
    let value = taken
        .iter()
        .rev()
        .fold(0u64, |sum, &byte| sum << 7 | u64::from(byte & 0x7f));
    u32::try_from(value).ok().filter(|&value| value < 1 << 29)
}

/// Nothing when the stream is damaged, followed by others, or longer than the longest change.
fn inflate(small: &[u8]) -> Option<Vec<u8>> {
    let most = MAX_CHANGED * LONGEST;
    let mut pairs = Vec::new();
    let mut decoder = ZlibDecoder::new(small).take(most as u64 + 1);
    decoder.read_to_end(&mut pairs).ok()?;
    let whole = decoder.get_ref().total_in() == small.len() as u64;
    (pairs.len() <= most && whole).then_some(pairs)
}
