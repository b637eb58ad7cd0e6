use super::vectors::*;
use super::*;
use crate::draw::{Level, Square};
use crate::report;
use proptest::prelude::*;
use serde_json::{Value, json};

const FILE: &str = include_str!("../../testdata/cards.json");

fn any_card() -> impl Strategy<Value = Card> {
    let week = MONDAY..MONDAY + 7 * 86_400;
    let life = 1..390i64 * 86_400;
    (any::<[u8; 10]>(), any::<u32>(), week, life, any::<u8>()).prop_map(
        |(id, status_index, issued, life, scope)| Card {
            id: CardId(id),
            status_index,
            issued: at(issued),
            expires: at(issued + life),
            scope,
        },
    )
}

proptest! {
    #[test]
    fn what_was_signed_verifies(card in any_card()) {
        let text = card.sign(&issuer(&SEED));
        prop_assert!(text.len() <= MAX_DIGITS);
        prop_assert_eq!(decode(&text).unwrap().verify(&keyring()), Ok(card));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "8261[0-9 -]{0,300}") {
        prop_assert_eq!(decode(&text).and_then(|code| code.verify(&keyring())).is_ok(), false);
    }
}

fn believed(text: &str) -> bool {
    decode(text).is_ok_and(|code| code.verify(&keyring()).is_ok())
}

#[test]
fn every_flipped_bit_of_the_text_is_noticed() {
    let text = card().sign(&issuer(&SEED));
    for place in 0..text.len() {
        for bit in 0..7 {
            let mut flipped = text.clone().into_bytes();
            flipped[place] ^= 1 << bit;
            let flipped = String::from_utf8(flipped).unwrap();
            assert!(!believed(&flipped), "bit {bit} of character {place}");
        }
    }
}

#[test]
fn every_flipped_bit_of_the_bytes_is_noticed() {
    let text = card().sign(&issuer(&SEED));
    let bytes = digits::read(&text.as_bytes()[PREFIX.len()..]).unwrap();
    assert!(believed(&digits_of(&bytes)));
    for place in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[place / 8] ^= 1 << (place % 8);
        assert!(!believed(&digits_of(&flipped)), "bit {place}");
    }
}

#[test]
fn every_other_digit_is_noticed() {
    let text = card().sign(&issuer(&SEED));
    for place in 0..text.len() {
        for digit in '0'..='9' {
            let mut other = text.clone();
            other.replace_range(place..=place, &digit.to_string());
            assert_eq!(believed(&other), other == text, "{digit} at {place}");
        }
    }
}

#[test]
fn every_cut_is_unreadable() {
    let text = card().sign(&issuer(&SEED));
    for length in 0..text.len() {
        assert_eq!(decode(&text[..length]), Err(Error::Unreadable), "{length}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// The table of sizes in `docs/codes.md`, section 2.3, whatever else a card says.
    #[test]
    fn codes_are_as_long_as_the_spec_says(any in any_card(), place in any::<u32>()) {
        // Status indexes from and until, the least scope, bytes, digits.
        let rows = [
            (0, 24, 0, 114, 281),
            (24, 256, 0, 115, 284),
            (256, 65_536, 0, 116, 286),
            (65_536, 1 << 32, 0, 118, 291),
            (65_536, 1 << 32, 24, 119, 293),
        ];
        for (from, until, scope, bytes, length) in rows {
            let wide = if scope == 0 { any.scope % 24 } else { any.scope.max(scope) };
            let status_index = u32::try_from(from + u64::from(place) % (until - from)).unwrap();
            let text = Card { status_index, scope: wide, ..any }.sign(&issuer(&SEED));
            prop_assert_eq!(text.len(), length);
            prop_assert_eq!(digits::read(&text.as_bytes()[PREFIX.len()..]).unwrap().len(), bytes);
            prop_assert_eq!(Square::encode(&text, Level::Medium).unwrap().version(), 7);
            prop_assert_eq!(Square::encode(&text, Level::Quartile).unwrap().version(), 9);
        }
    }
}

#[test]
fn times_are_whole_seconds_within_range() {
    let odd = Card {
        issued: Timestamp::from_millis(MONDAY * 1000 + 999),
        ..card()
    };
    let read = decode(&odd.sign(&issuer(&SEED))).unwrap();
    assert_eq!(read.claim().issued, at(MONDAY));
}

#[test]
fn a_card_expires_at_its_instant() {
    let card = card();
    assert!(!card.expired(Timestamp::from_millis(card.expires.millis() - 1)));
    assert!(card.expired(card.expires));
}

/// Another CBOR reader sees a CWT in a `COSE_Sign1`: the spec's table is what is written.
#[test]
fn another_reader_sees_the_same() {
    let text = card().sign(&issuer(&SEED));
    let bytes = digits::read(&text.as_bytes()[PREFIX.len()..]).unwrap();
    let mut cose = minicbor::Decoder::new(&bytes);
    assert_eq!(cose.tag().unwrap().as_u64(), 18);
    assert_eq!(cose.array().unwrap(), Some(4));
    let mut header = minicbor::Decoder::new(cose.bytes().unwrap());
    assert_eq!(header.map().unwrap(), Some(2));
    assert_eq!((header.u8().unwrap(), header.i8().unwrap()), (1, -8));
    assert_eq!(header.u8().unwrap(), 4);
    assert_eq!(header.bytes().unwrap(), issuer(&SEED).id().0);
    assert_eq!(cose.map().unwrap(), Some(0));
    let mut claims = minicbor::Decoder::new(cose.bytes().unwrap());
    assert_eq!(claims.map().unwrap(), Some(4));
    let times = (card().expires.seconds(), card().issued.seconds());
    assert_eq!((claims.u8().unwrap(), claims.i64().unwrap()), (4, times.0));
    assert_eq!((claims.u8().unwrap(), claims.i64().unwrap()), (6, times.1));
    assert_eq!(
        (claims.u8().unwrap(), claims.bytes().unwrap()),
        (7, &card().id.0[..])
    );
    assert_eq!(claims.i64().unwrap(), -65_537);
    assert_eq!(claims.array().unwrap(), Some(2));
    assert_eq!((claims.u32().unwrap(), claims.u8().unwrap()), (123_456, 0));
    assert_eq!(cose.bytes().unwrap().len(), 64);
}

/// The holder of a key can make a signature whose R is the identity; strict rules refuse it.
#[test]
fn a_signature_with_the_identity_is_refused() {
    use sha2::{Digest, Sha512};
    let signing = ed25519_dalek::SigningKey::from_bytes(&SEED);
    let pieces = Pieces::of(&card());
    let mut identity = [0; 32];
    identity[0] = 1;
    let hash = Sha512::new()
        .chain_update(identity)
        .chain_update(signing.verifying_key().as_bytes())
        .chain_update(pieces.message())
        .finalize();
    let secret = signing.to_scalar();
    let one = secret * secret.invert();
    let mut challenge = one - one;
    for place in (0..512).rev() {
        challenge += challenge;
        if hash[place / 8] >> (place % 8) & 1 == 1 {
            challenge += one;
        }
    }
    let signature = [identity, (challenge * secret).to_bytes()].concat();
    let code = decode(&pieces.text_with(&signature)).unwrap();
    assert_eq!(code.verify(&keyring()), Err(Error::Forged));
    assert_eq!(verify_batch(&[code], &keyring()), [Err(Error::Forged)]);
}

#[test]
fn a_batch_answers_as_one_by_one() {
    let mut codes: Vec<_> = (0..300)
        .map(|status_index| Card {
            status_index,
            ..card()
        })
        .map(|card| decode(&card.sign(&issuer(&SEED))).unwrap())
        .collect();
    let single =
        |codes: &[Signed]| -> Vec<_> { codes.iter().map(|code| code.verify(&keyring())).collect() };
    assert_eq!(verify_batch(&codes, &keyring()), single(&codes));
    codes[5].signature[40] ^= 1;
    codes[130].card.scope = 9;
    codes[131].message[60] ^= 1;
    codes[140] = decode(&card().sign(&issuer(&STRANGER_SEED))).unwrap();
    let early = Card {
        issued: at(MONDAY - 1),
        ..card()
    };
    codes[150] = decode(&early.sign(&issuer(&SEED))).unwrap();
    codes[299].signature[63] = 0xff;
    let answers = verify_batch(&codes, &keyring());
    assert_eq!(answers, single(&codes));
    assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 5);
    assert_eq!(answers[140], Err(Error::UnknownKey));
    assert_eq!(verify_batch(&[], &keyring()), []);
}

#[test]
fn the_golden_vectors_hold() {
    let file: Value = serde_json::from_str(FILE).unwrap();
    let at = Timestamp::parse_rfc3339(file["at"].as_str().unwrap()).unwrap();
    let list = file["key_list_file"].as_str().unwrap();
    let root = crate::KeyList::parse_root(file["root_public"].as_str().unwrap());
    let keyring = Keyring::from_file_text(list, root.as_ref()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 30);
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
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/cards.json");
    let text = serde_json::to_string_pretty(&file()).unwrap();
    std::fs::write(path, text + "\n").unwrap();
}
