//! The golden vectors: how `testdata/cards.json` is made, and the odd codes that it is made of.

pub(crate) use super::pieces::{Pieces, digits_of};
use super::*;
use crate::keyring::{KeyList, Window};
use serde_json::{Value, json};

pub(crate) const SEED: [u8; 32] = [1; 32];
pub(crate) const STRANGER_SEED: [u8; 32] = [2; 32];
pub(crate) const ROOT_SEED: [u8; 32] = [3; 32];
const DAY: i64 = 86_400;
/// 2026-11-16T00:00:00Z: the key begins to sign.
pub(crate) const MONDAY: i64 = 1_794_787_200;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

pub(crate) fn issuer(seed: &[u8; 32]) -> IssuerKey {
    let window = Window::new(at(MONDAY), at(MONDAY + 7 * DAY), at(MONDAY + 400 * DAY));
    IssuerKey::new(seed, window.unwrap())
}

pub(crate) fn keyring() -> Keyring {
    [issuer(&SEED).public().clone()].into_iter().collect()
}

pub(crate) fn card() -> Card {
    Card {
        id: CardId([0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9]),
        status_index: 123_456,
        issued: at(MONDAY + DAY),
        expires: at(MONDAY + 366 * DAY),
        scope: 0,
    }
}

fn bent(bend: impl FnOnce(&mut Pieces)) -> String {
    // A small status index leaves room for what is added: nothing is refused for its length.
    let mut pieces = Pieces::of(&Card {
        status_index: 5,
        ..card()
    });
    bend(&mut pieces);
    pieces.text()
}

fn with(change: impl FnOnce(&mut Card)) -> String {
    let mut card = card();
    change(&mut card);
    card.sign(&issuer(&SEED))
}

/// Well-formed codes: name, text, and the reason not to verify them.
fn whole() -> Vec<(&'static str, String, Option<&'static str>)> {
    let valid = card().sign(&issuer(&SEED));
    let grouped: Vec<_> = valid
        .as_bytes()
        .chunks(5)
        .map(String::from_utf8_lossy)
        .collect();
    let stolen_id = bent(|pieces| pieces.seed = STRANGER_SEED);
    vec![
        ("valid", valid.clone(), None),
        (
            "valid_grouped_with_line_end",
            format!(" {}\r\n", grouped.join(" - ")),
            None,
        ),
        (
            "valid_longest",
            with(|card| (card.status_index, card.scope) = (u32::MAX, 255)),
            None,
        ),
        ("valid_shortest", with(|card| card.status_index = 0), None),
        (
            "expired",
            with(|card| card.expires = at(MONDAY + 2 * DAY)),
            Some("expired"),
        ),
        (
            "wrong_key",
            card().sign(&issuer(&STRANGER_SEED)),
            Some("unknown_key"),
        ),
        ("forged_under_a_known_key_id", stolen_id, Some("forged")),
        (
            "forged_other_purpose",
            bent(|pieces| pieces.purpose = b"vaora status v1"),
            Some("forged"),
        ),
        (
            "forged_without_purpose",
            bent(|pieces| pieces.purpose = b""),
            Some("forged"),
        ),
        (
            "issued_before_the_key",
            with(|card| card.issued = at(MONDAY - 1)),
            Some("forged"),
        ),
        (
            "issued_after_the_key",
            with(|card| card.issued = at(MONDAY + 7 * DAY)),
            Some("forged"),
        ),
        (
            "outlives_the_key",
            with(|card| card.expires = at(MONDAY + 400 * DAY + 1)),
            Some("forged"),
        ),
    ]
}

/// Codes that a lenient reader might take, and ours must not. All but the first are signed.
fn unreadable() -> Vec<(&'static str, String)> {
    [bad_texts(), bad_envelopes(), bad_payloads()].concat()
}

fn bad_texts() -> Vec<(&'static str, String)> {
    let valid = card().sign(&issuer(&SEED));
    let mut overflown = valid.clone();
    overflown.replace_range(4..21, "99999999999999999");
    vec![
        ("truncated", valid[..200].to_owned()),
        ("truncated_by_a_digit", valid[..valid.len() - 1].to_owned()),
        ("prefix_only", PREFIX.to_owned()),
        ("extended", format!("{valid}00000")),
        ("letter_inside", valid.replacen('0', "O", 1)),
        ("group_beyond_56_bits", overflown),
    ]
}

fn bad_envelopes() -> Vec<(&'static str, String)> {
    vec![
        ("trailing_byte", bent(|pieces| pieces.tail.push(0))),
        ("untagged", bent(|pieces| pieces.head = vec![0x84])),
        (
            "indefinite_array",
            bent(|pieces| {
                pieces.head = vec![0xd2, 0x9f];
                pieces.tail.push(0xff);
            }),
        ),
        (
            "long_tag",
            bent(|pieces| pieces.head = vec![0xd8, 0x12, 0x84]),
        ),
        (
            "unprotected_header",
            bent(|pieces| pieces.unprotected = vec![0xa1, 0x04, 0x40]),
        ),
        ("other_algorithm", bent(|pieces| pieces.protected[2] = 0x26)),
        (
            "no_key_id",
            bent(|pieces| pieces.protected = vec![0xa1, 0x01, 0x27]),
        ),
        (
            "header_trailing_byte",
            bent(|pieces| pieces.protected.push(0)),
        ),
        (
            "header_duplicate_label",
            bent(|pieces| pieces.protected[3] = 0x01),
        ),
    ]
}

fn bad_payloads() -> Vec<(&'static str, String)> {
    vec![
        (
            "count_of_keys_lies",
            bent(|pieces| pieces.payload[0] = 0xa5),
        ),
        (
            "long_integer",
            bent(|pieces| {
                // The status index 5 as two bytes instead of one.
                let place = pieces.payload.len() - 2;
                pieces.payload.insert(place, 0x18);
            }),
        ),
        (
            "indefinite_map",
            bent(|pieces| {
                pieces.payload[0] = 0xbf;
                pieces.payload.push(0xff);
            }),
        ),
        (
            "duplicate_key",
            bent(|pieces| {
                // `exp` twice, where `iat` belongs.
                pieces.payload[7] = 0x04;
            }),
        ),
        (
            "unsorted_keys",
            bent(|pieces| pieces.payload[1..13].rotate_left(6)),
        ),
        (
            "unknown_key_added",
            bent(|pieces| {
                pieces.payload[0] = 0xa5;
                pieces.payload.extend([0x18, 0x63, 0x00]);
            }),
        ),
        (
            "missing_key",
            bent(|pieces| {
                pieces.payload[0] = 0xa3;
                pieces.payload.drain(7..13);
            }),
        ),
        (
            "payload_trailing_byte",
            bent(|pieces| pieces.payload.push(0)),
        ),
        (
            "scope_beyond_255",
            bent(|pieces| {
                pieces.payload.pop();
                pieces.payload.extend([0x19, 0x01, 0x00]);
            }),
        ),
        (
            "expires_when_issued",
            with(|card| card.expires = card.issued),
        ),
    ]
}

/// All of `testdata/cards.json`.
pub(crate) fn file() -> Value {
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let list = KeyList {
        issued: at(MONDAY),
        keys: vec![issuer(&SEED).public().clone()],
    };
    let case = |name: &str, text: &str, reason: Option<&str>| json!({ "name": name, "text": text, "kind": "card", "verified": reason.is_none(), "reason": reason });
    let mut cases: Vec<_> = whole()
        .iter()
        .map(|(name, text, reason)| case(name, text, *reason))
        .collect();
    cases.extend(
        unreadable()
            .iter()
            .map(|(name, text)| case(name, text, Some("unreadable"))),
    );
    json!({
        "about": "Card codes and what a verifier must say of them. The seeds are public: for tests only.",
        "at": at(MONDAY + 10 * DAY).rfc3339(),
        "issuer_seed": hex(&SEED),
        "issuer_public": hex(issuer(&SEED).public().bytes()),
        "key_id": issuer(&SEED).id().to_string(),
        "root_public": hex(&KeyList::root(&ROOT_SEED)),
        "key_list_file": list.to_file_text(&ROOT_SEED),
        "valid_fields": {
            "id": card().id.to_string(),
            "status_index": card().status_index,
            "issued": card().issued.rfc3339(),
            "expires": card().expires.rfc3339(),
            "scope": card().scope,
            "key": issuer(&SEED).id().to_string(),
        },
        "cases": cases,
    })
}
