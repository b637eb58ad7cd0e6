use super::*;
use crate::card::vectors::{MONDAY, ROOT_SEED, SEED, STRANGER_SEED, at, issuer};
use crate::cbor::Writer;
use sha2::Digest;
use std::collections::HashSet;

const DAY: i64 = 86_400;

fn list() -> KeyList {
    KeyList {
        issued: at(MONDAY),
        keys: [SEED, STRANGER_SEED]
            .iter()
            .map(|seed| issuer(seed).public().clone())
            .collect(),
    }
}

#[test]
fn a_list_opens_under_its_root_only() {
    let root = KeyList::root(&ROOT_SEED);
    let bytes = list().sign(&ROOT_SEED);
    assert_eq!(KeyList::open(&bytes, &root), Ok(list()));
    assert_eq!(
        KeyList::open(&bytes, &KeyList::root(&SEED)),
        Err(Error::Forged)
    );
    assert_eq!(KeyList::open(&bytes, &[0; 32]), Err(Error::UnknownKey));
    assert_eq!(Keyring::from(&list()).len(), 2);
    assert_eq!(Keyring::from(&list()).issued(), Some(at(MONDAY)));
}

#[test]
fn every_flipped_bit_of_a_list_is_noticed() {
    let root = KeyList::root(&ROOT_SEED);
    let bytes = list().sign(&ROOT_SEED);
    for place in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[place / 8] ^= 1 << (place % 8);
        assert!(KeyList::open(&flipped, &root).is_err(), "bit {place}");
    }
}

#[test]
fn a_file_names_its_root_and_a_pinned_one_wins() {
    let text = list().to_file_text(&ROOT_SEED);
    assert_eq!(text.lines().count(), 1);
    let root = KeyList::root(&ROOT_SEED);
    assert_eq!(KeyList::from_file_text(&text, None), Ok(list()));
    assert_eq!(KeyList::from_file_text(&text, Some(&root)), Ok(list()));
    let other = KeyList::root(&SEED);
    assert_eq!(
        KeyList::from_file_text(&text, Some(&other)),
        Err(Error::UnknownKey)
    );
    let stranger = list().to_file_text(&STRANGER_SEED);
    assert_eq!(
        Keyring::from_file_text(&stranger, Some(&root)).unwrap_err(),
        Error::UnknownKey
    );
    for wrong in [
        "",
        "{}",
        "[]",
        &text.replace("keys-1", "keys-2"),
        &text.replace("list", "l"),
    ] {
        assert_eq!(KeyList::from_file_text(wrong, None), Err(Error::Unreadable));
    }
}

#[test]
fn a_root_is_parsed_in_both_forms() {
    let root = KeyList::root(&ROOT_SEED);
    let hexadecimal = data_encoding::HEXLOWER.encode(&root);
    let short = data_encoding::BASE64URL_NOPAD.encode(&root);
    assert_eq!(KeyList::parse_root(&hexadecimal), Some(root));
    assert_eq!(KeyList::parse_root(&format!("{short}\n")), Some(root));
    assert_eq!(KeyList::parse_root("abc"), None);
}

#[test]
fn a_list_with_an_id_twice_is_refused() {
    let mut twice = list();
    twice.keys.push(twice.keys[0].clone());
    let bytes = twice.sign(&ROOT_SEED);
    assert_eq!(
        KeyList::open(&bytes, &KeyList::root(&ROOT_SEED)),
        Err(Error::Unreadable)
    );
}

/// Payloads signed by the root that say too much, or of a key that is none.
#[test]
fn a_list_with_other_content_is_refused() {
    let root = KeyList::root(&ROOT_SEED);
    let signing = ed25519_dalek::SigningKey::from_bytes(&ROOT_SEED);
    let open = |key: &[u8; 32], end: i64, tail: &[u8], id| {
        let mut payload = Writer::default();
        payload
            .map(2)
            .integer(1)
            .integer(MONDAY)
            .integer(2)
            .array(1);
        payload.array(4).bytes(key).integer(MONDAY);
        payload.integer(end).integer(MONDAY + 90 * DAY);
        payload.0.extend(tail);
        KeyList::open(
            &cose::seal(&payload.0, b"vaora keys v1", id, &signing),
            &root,
        )
    };
    let key = *issuer(&SEED).public().bytes();
    assert!(open(&key, MONDAY + 7 * DAY, &[], None).is_ok());
    let id = Some(issuer(&SEED).id());
    for refused in [
        open(&key, MONDAY + 7 * DAY, &[0], None),
        open(&key, MONDAY + 8 * DAY, &[], None),
        open(&small_order_points()[4], MONDAY + 7 * DAY, &[], None),
        open(&key, MONDAY + 7 * DAY, &[], id),
    ] {
        assert_eq!(refused, Err(Error::Unreadable));
    }
}

#[test]
fn a_window_is_at_most_seven_days_and_in_order() {
    let window = |from, until, end| Window::new(at(from), at(until), at(end));
    assert!(window(0, 7 * DAY, 7 * DAY).is_some());
    assert!(window(0, 7 * DAY + 1, 8 * DAY).is_none());
    assert!(window(5, 5, 9).is_none());
    assert!(window(0, 9, 8).is_none());
    assert!(window(-1, 9, 10).is_none());
    assert!(window(0, 9, 1 << 32).is_none());
}

#[test]
fn a_key_is_named_by_its_hash() {
    let key = issuer(&SEED);
    let hash = sha2::Sha256::digest(key.public().bytes());
    assert_eq!(key.id().0, hash[..4]);
    assert_eq!(key.id().to_string().len(), 8);
    assert_eq!(key.public().id(), key.id());
}

#[test]
fn a_secret_is_never_shown() {
    let shown = format!("{:?}", issuer(&SEED));
    assert!(
        shown.contains("KeyId") && !shown.contains("1, 1, 1"),
        "{shown}"
    );
}

/// The eight points of small order, in their proper encodings.
fn small_order_points() -> Vec<[u8; 32]> {
    [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ]
    .map(|text| KeyList::parse_root(text).unwrap())
    .to_vec()
}

#[test]
fn keys_of_small_or_mixed_order_are_refused() {
    let window = issuer(&SEED).window();
    let good = issuer(&SEED).public().verifying().to_edwards();
    let mut seen = HashSet::new();
    for bytes in small_order_points() {
        assert_eq!(PublicKey::new(&bytes, window), Err(Error::Unreadable));
        let torsion = VerifyingKey::from_bytes(&bytes).unwrap().to_edwards();
        let mixed = (good + torsion).compress().to_bytes();
        let same = mixed == good.compress().to_bytes();
        assert_eq!(PublicKey::new(&mixed, window).is_ok(), same);
        seen.insert(mixed);
    }
    assert_eq!(seen.len(), 8);
}

/// There are 38 encodings with a coordinate of p or more; none may pass as a key.
#[test]
fn improper_encodings_are_refused() {
    let window = issuer(&SEED).window();
    for low in 0xed..=0xffu8 {
        for high in [0x7f, 0xff] {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, high);
            assert!(PublicKey::new(&bytes, window).is_err(), "{low:x} {high:x}");
        }
    }
}
