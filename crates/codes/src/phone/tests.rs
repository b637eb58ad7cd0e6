use super::vectors::*;
use super::*;
use crate::card::vectors::{SEED, at, issuer, keyring};
use crate::draw::{Level, Square};
use crate::report;
use proptest::prelude::*;
use serde_json::{Value, json};

const FILE: &str = include_str!("../../testdata/phone.json");

fn valid() -> String {
    shown(&credential().sign(&issuer(&SEED)), STEP, &phone(7))
}

fn believed(text: &str) -> bool {
    report(text, &keyring(), at(SHOWN)).verified
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "8262[0-9 -]{0,580}") {
        prop_assert!(!believed(&text));
        prop_assert_eq!(decode(&text).and_then(|code| code.verify(&keyring())).is_ok(), false);
    }

    #[test]
    fn no_bytes_in_place_of_a_credential_make_the_reader_panic(
        credential in proptest::collection::vec(any::<u8>(), 0..156),
        step: u32,
    ) {
        prop_assert!(!believed(&shown(&credential, step, &phone(7))));
    }

    #[test]
    fn no_changed_byte_is_believed(place in 0..228_usize, change in 1..=255_u8) {
        let mut bytes = bytes_of(&valid());
        bytes[place] ^= change;
        prop_assert!(!believed(&digits_of(&bytes)), "byte {}", place);
    }
}

#[test]
fn what_was_signed_and_shown_verifies() {
    let code = decode(&valid()).unwrap();
    assert_eq!(code.verify(&keyring()), Ok(credential()));
    assert_eq!(code.code().key, key(&phone(7)).hash());
    assert_eq!(code.credential(), credential().sign(&issuer(&SEED)));
    assert!(believed(&valid()));
}

#[test]
fn every_flipped_bit_of_the_bytes_is_noticed() {
    let bytes = bytes_of(&valid());
    assert_eq!(bytes.len(), 228);
    for place in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[place / 8] ^= 1 << (place % 8);
        assert!(!believed(&digits_of(&flipped)), "bit {place}");
    }
}

#[test]
fn every_cut_is_unreadable() {
    let text = valid();
    for length in 0..text.len() {
        assert_eq!(decode(&text[..length]), Err(Error::Unreadable), "{length}");
    }
}

/// The table of sizes in `docs/codes.md`, section 2.6.
#[test]
fn codes_are_as_long_as_the_spec_says() {
    let rows = [
        (0, 0, 224, 548, 9),
        (24, 0, 225, 551, 9),
        (256, 0, 226, 553, 10),
        (65_536, 0, 228, 558, 10),
        (u32::MAX, 255, 229, 561, 10),
    ];
    for (status_index, scope, bytes, length, version) in rows {
        let text = with(|it| (it.card.status_index, it.card.scope) = (status_index, scope));
        assert_eq!((bytes_of(&text).len(), text.len()), (bytes, length));
        assert_eq!(
            Square::encode(&text, Level::Low).unwrap().version(),
            version
        );
    }
}

#[test]
fn a_key_is_one_point_of_the_curve() {
    let point = phone(7).verifying_key().to_sec1_point(false);
    let short = phone(7).verifying_key().to_sec1_point(true);
    assert_eq!(
        PhoneKey::new(point.as_bytes()),
        PhoneKey::new(short.as_bytes())
    );
    let mut off = point.as_bytes().to_vec();
    off[64] ^= 1;
    for wrong in [
        &[][..],
        &[0],
        &[0; 33],
        &[0; 65],
        &[2; 34],
        &off,
        &point.as_bytes()[..64],
    ] {
        assert_eq!(PhoneKey::new(wrong), None);
    }
}

#[test]
fn the_golden_vectors_hold() {
    let file: Value = serde_json::from_str(FILE).unwrap();
    let at = Timestamp::parse_rfc3339(file["at"].as_str().unwrap()).unwrap();
    let list = file["key_list_file"].as_str().unwrap();
    let root = crate::KeyList::parse_root(file["root_public"].as_str().unwrap());
    let keyring = Keyring::from_file_text(list, root.as_ref()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 35);
    for case in cases {
        let reading = serde_json::to_value(report(case["text"].as_str().unwrap(), &keyring, at));
        let reading = reading.unwrap();
        for field in ["kind", "verified", "reason"] {
            assert_eq!(reading[field], case[field], "{field} of {}", case["name"]);
        }
        if case["name"] == json!("valid") {
            assert_eq!(reading["fields"], file["valid_fields"]);
        }
    }
}

#[test]
fn the_golden_vectors_are_those_of_this_code() {
    assert_eq!(serde_json::from_str::<Value>(FILE).unwrap(), file());
}

/// `cargo test -p codes write_the_golden_vectors -- --ignored`, after a change of the format.
#[test]
#[ignore = "writes testdata"]
fn write_the_golden_vectors() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/phone.json");
    let text = serde_json::to_string_pretty(&file()).unwrap();
    std::fs::write(path, text + "\n").unwrap();
}
