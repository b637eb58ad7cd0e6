use super::vectors::*;
use super::*;
use crate::card::vectors::{MONDAY, ROOT_SEED, SEED, at, issuer};
use crate::status_list::{State, deflate};
use data_encoding::BASE64URL_NOPAD;
use proptest::prelude::*;
use serde_json::Value;

const FILE: &str = include_str!("../../testdata/gate.json");

fn root() -> [u8; 32] {
    KeyList::root(&ROOT_SEED)
}

fn any_states(cards: u32) -> impl Strategy<Value = Vec<(u32, State)>> {
    let state = prop_oneof![Just(State::Active), Just(State::Invalid), Just(State::Ask)];
    proptest::collection::vec((0..cards, state), 0..300)
}

proptest! {
    #[test]
    fn a_change_gives_the_list_that_it_leads_to(
        before in any_states(3000),
        after in any_states(3100),
        more in 0u32..100,
    ) {
        let held = StatusList::build(times(NOON - HOUR), 3000, before).unwrap();
        let cards = 3000 + more;
        let after = after.into_iter().filter(|(index, _)| *index < cards);
        let list = StatusList::build(times(NOON), cards, after).unwrap();
        let other = |index: &u32| {
            list.state(*index) != Some(held.state(*index).unwrap_or(State::Active))
        };
        let others: Vec<u32> = (0..cards).filter(other).collect();
        prop_assert_eq!(list.changed_since(&held), others);
        let change = Change::between(held.issued(), &list, &list.changed_since(&held)).unwrap();
        let sealed = GateBundle { states: States::Since(change), ..bundle() }.seal(&issuer(&SEED));
        let (read, keyring) = GateBundle::open(&sealed, &root()).unwrap();
        prop_assert_eq!(read.receive(&keyring, Some(&held), at(NOON)), Ok(list));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(GateBundle::open(&bytes, &root()).is_err());
        let _ = Change::read(&bytes);
        let _ = GateBundle::open(&changing(300, &[0; 32], &deflate(&bytes)), &root());
    }
}

#[test]
fn what_was_sealed_is_what_is_read() {
    let (read, keyring) = GateBundle::open(&bundle().seal(&issuer(&SEED)), &root()).unwrap();
    assert_eq!(read, bundle());
    assert!(keyring.key(issuer(&SEED).id()).is_some() && keyring.len() == 1);
}

#[test]
fn a_change_must_be_in_order_and_within_the_list() {
    let list = list(NOON, 50);
    for wrong in [&[3, 2][..], &[2, 2], &[50]] {
        assert_eq!(Change::between(at(MONDAY), &list, wrong), None);
    }
    assert_eq!(
        Change::between(at(MONDAY), &list, &[2, 49])
            .unwrap()
            .changed(),
        2
    );
}

#[test]
fn a_change_that_is_a_bomb_is_refused() {
    let bomb = deflate(&vec![1; 60_000_000]);
    let sealed = changing(5000, &[0; 32], &bomb);
    let refused = GateBundle::open(&sealed, &root()).map(|_| ());
    assert_eq!(refused, Err(Error::Unreadable));
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let small = GateBundle {
        states: States::Whole(list(NOON, 40).seal(&issuer(&SEED))),
        ..bundle()
    };
    let sealed = small.seal(&issuer(&SEED));
    for place in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[place / 8] ^= 1 << (place % 8);
        assert!(GateBundle::open(&flipped, &root()).is_err(), "bit {place}");
    }
}

fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Unbelieved(Error::Unreadable) => "unreadable",
        Refusal::Unbelieved(Error::UnknownKey) => "unknown_key",
        Refusal::Unbelieved(Error::Forged) => "forged",
        Refusal::RolledBack => "rolled_back",
        Refusal::Ahead => "ahead",
        Refusal::Mismatch => "mismatch",
    }
}

#[test]
fn the_golden_vectors_hold() {
    let file: Value = serde_json::from_str(FILE).unwrap();
    let bytes = |value: &Value| BASE64URL_NOPAD.decode(value.as_str().unwrap().as_bytes());
    for case in file["cases"].as_array().unwrap() {
        let root: [u8; 32] = bytes(&case["root"]).unwrap().try_into().unwrap();
        let held = (!case["held"].is_null()).then(|| {
            let number = |name: &str| case["held"][name].as_i64().unwrap();
            let times = (at(number("issued")), at(number("expires")));
            let bits = bytes(&case["held"]["bits"]).unwrap();
            let cards = number("cards") as u32;
            StatusList::from_packed(times, cards, bits).unwrap()
        });
        let now = at(case["now"].as_i64().unwrap());
        let received = GateBundle::open(&bytes(&case["bundle"]).unwrap(), &root)
            .map_err(Refusal::from)
            .and_then(|(bundle, ring)| bundle.receive(&ring, held.as_ref(), now));
        let said = received.as_ref().map_err(|refusal| reason(*refusal)).err();
        assert_eq!(said, case["reason"].as_str(), "{}", case["name"]);
        if let Ok(list) = received {
            let digest = data_encoding::HEXLOWER.encode(&list.digest());
            assert_eq!(case["after"]["bits_sha256"], digest, "{}", case["name"]);
            for pair in case["after"]["states"].as_array().unwrap() {
                let state = list.state(pair[0].as_u64().unwrap() as u32);
                assert_eq!(state.map(|state| state.bits().into()), pair[1].as_u64());
            }
        }
    }
}

/// Two builds of zlib compress alike but not the same, so the bundles themselves are not compared.
#[test]
fn the_golden_vectors_are_those_of_this_code() {
    let bare = |mut file: Value| {
        for case in file["cases"].as_array_mut().unwrap() {
            case["bundle"] = Value::Null;
        }
        file
    };
    let made = file();
    assert!(made["cases"].as_array().unwrap().len() >= 40);
    assert_eq!(bare(serde_json::from_str(FILE).unwrap()), bare(made));
}

/// `cargo test -p codes write_the_golden_vectors -- --ignored`, after a change of the format.
#[test]
#[ignore = "writes testdata"]
fn write_the_golden_vectors() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/gate.json");
    let text = serde_json::to_string_pretty(&file()).unwrap();
    std::fs::write(path, text + "\n").unwrap();
}
