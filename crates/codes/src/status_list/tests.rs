use super::*;
use crate::card::vectors::{MONDAY, SEED, STRANGER_SEED, at, issuer, keyring};
use proptest::prelude::*;
use std::collections::HashMap;

const DAY: i64 = 86_400;

fn times() -> (Timestamp, Timestamp) {
    (at(MONDAY), at(MONDAY + 3 * DAY))
}

/// A list that says anything, signed by the known key.
fn sealed(cards: u32, bits: &[u8]) -> Vec<u8> {
    let mut payload = Writer::default();
    payload.map(4).integer(ISSUED).integer(MONDAY);
    payload.integer(EXPIRES).integer(MONDAY + DAY);
    payload
        .integer(CARDS)
        .integer(cards.into())
        .integer(BITS)
        .bytes(bits);
    let key = issuer(&SEED);
    cose::seal(&payload.0, PURPOSE, Some(key.id()), key.signing())
}

fn deflated(bits: &[u8]) -> Vec<u8> {
    let mut small = Vec::new();
    ZlibEncoder::new(bits, Compression::best())
        .read_to_end(&mut small)
        .unwrap();
    small
}

fn any_state() -> impl Strategy<Value = State> {
    prop_oneof![Just(State::Active), Just(State::Invalid), Just(State::Ask)]
}

proptest! {
    #[test]
    fn what_was_built_is_what_is_read(
        cards in 1u32..5000,
        states in proptest::collection::vec((any::<u32>(), any_state()), 0..200),
    ) {
        let states: Vec<_> = states.into_iter().map(|(index, state)| (index % cards, state)).collect();
        let list = StatusList::build(times(), cards, states.iter().copied()).unwrap();
        let read = StatusList::open(&list.seal(&issuer(&SEED)), &keyring()).unwrap();
        prop_assert_eq!(&read, &list);
        let last: HashMap<_, _> = states.into_iter().collect();
        for index in 0..cards {
            let expected = last.get(&index).copied().unwrap_or(State::Active);
            prop_assert_eq!(read.state(index), Some(expected));
        }
        prop_assert_eq!(read.state(cards), None);
        prop_assert_eq!(read.state(u32::MAX), None);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(StatusList::open(&bytes, &keyring()).is_err());
    }
}

#[test]
fn a_card_beyond_the_list_is_unknown_even_in_its_last_byte() {
    let list = StatusList::build(times(), 5, []).unwrap();
    assert_eq!(list.state(4), Some(State::Active));
    assert_eq!(list.state(5), None);
    assert!(StatusList::build(times(), 5, [(5, State::Invalid)]).is_none());
    assert!(StatusList::build(times(), MAX_CARDS + 1, []).is_none());
    assert!(StatusList::build((at(MONDAY), at(MONDAY)), 5, []).is_none());
}

#[test]
fn the_reserved_value_asks() {
    let list = StatusList::open(&sealed(4, &deflated(&[0b1110_0100])), &keyring()).unwrap();
    let states: Vec<_> = (0..4).filter_map(|index| list.state(index)).collect();
    assert_eq!(
        states,
        [State::Active, State::Invalid, State::Ask, State::Ask]
    );
}

#[test]
fn strangers_and_flipped_bits_are_refused() {
    let list = StatusList::build(times(), 100, [(7, State::Invalid)]).unwrap();
    let strange = list.seal(&issuer(&STRANGER_SEED));
    assert_eq!(
        StatusList::open(&strange, &keyring()),
        Err(Error::UnknownKey)
    );
    let bytes = list.seal(&issuer(&SEED));
    for place in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[place / 8] ^= 1 << (place % 8);
        assert!(
            StatusList::open(&flipped, &keyring()).is_err(),
            "bit {place}"
        );
    }
    let late = StatusList::build((at(MONDAY + 8 * DAY), at(MONDAY + 9 * DAY)), 9, []).unwrap();
    assert_eq!(
        StatusList::open(&late.seal(&issuer(&SEED)), &keyring()),
        Err(Error::Forged)
    );
}

#[test]
fn a_bomb_is_refused_unexploded() {
    let bomb = deflated(&vec![0; 50_000_000]);
    assert_eq!(
        StatusList::open(&sealed(8, &bomb), &keyring()),
        Err(Error::Unreadable)
    );
    let wide = sealed(MAX_CARDS + 4, &deflated(&vec![0; packed(MAX_CARDS + 4)]));
    assert_eq!(StatusList::open(&wide, &keyring()), Err(Error::Unreadable));
    assert_eq!(inflate(&bomb, 2), None);
}

#[test]
fn a_stream_too_short_damaged_or_followed_is_refused() {
    let good = deflated(&[0, 1]);
    assert!(StatusList::open(&sealed(8, &good), &keyring()).is_ok());
    let followed = [&good[..], &[0]].concat();
    let cut = &good[..good.len() - 1];
    for small in [
        &deflated(&[0]),
        &deflated(&[0, 1, 2]),
        &followed[..],
        cut,
        &[1, 2, 3],
        &[],
    ] {
        assert_eq!(
            StatusList::open(&sealed(8, small), &keyring()),
            Err(Error::Unreadable)
        );
    }
}

/// A national list: one of a hundred in ten million cards invalid, at random, as `docs/design.md` says.
#[test]
fn ten_million_cards_are_136_kilobytes() {
    const CARDS: u32 = 10_000_000;
    // SplitMix64: as even as any, and the same each time.
    let mut seed = 1u64;
    let mut random = || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % u64::from(CARDS)
    };
    let mut chosen = std::collections::HashSet::new();
    while chosen.len() < 100_000 {
        chosen.insert(random() as u32);
    }
    let invalid = chosen.into_iter().map(|index| (index, State::Invalid));
    let list = StatusList::build(times(), CARDS, invalid).unwrap();
    let bytes = list.seal(&issuer(&SEED)).len();
    // As the whole program is built (zlib-rs), or this crate alone (miniz_oxide).
    assert!(matches!((bytes + 500) / 1000, 136 | 155), "{bytes}");
}

#[test]
fn a_list_that_is_changed_is_the_list_that_is_built() {
    let (then, now) = (at(MONDAY), at(MONDAY + 60));
    let until = at(MONDAY + 3600);
    let before = StatusList::build((then, until), 9, [(1, State::Invalid), (4, State::Ask)]);
    let changes = [(1, State::Active), (8, State::Invalid), (10, State::Ask)];
    let after = before.as_ref().unwrap().renewed((now, until), 11, changes);
    let built = [(4, State::Ask), (8, State::Invalid), (10, State::Ask)];
    assert_eq!(after, StatusList::build((now, until), 11, built));
    let after = after.unwrap();
    assert!(after.renewed((now, until), 10, []).is_none(), "no fewer");
    assert!(
        after
            .renewed((now, until), 11, [(11, State::Ask)])
            .is_none()
    );
    // Good cards are asked about, and what is invalid stays so.
    let asking = after.asking((now, until), 9, [0, 8, 9, 700]);
    let built = [(0, State::Ask), (4, State::Ask), (8, State::Invalid)];
    assert_eq!(asking, StatusList::build((now, until), 9, built));
    assert!(after.asking((now, until), 12, []).is_none());
}
