//! The golden vectors: how `testdata/phone.json` is made, and the odd codes that it is made of.

use super::*;
use crate::card::vectors::{MONDAY, ROOT_SEED, SEED, STRANGER_SEED, at, issuer};
use crate::keyring::KeyList;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};

const DAY: i64 = 86_400;
/// When the code of the vectors is shown.
pub(crate) const SHOWN: i64 = MONDAY + 3 * DAY + 17;
/// Its step.
pub(crate) const STEP: u32 = (SHOWN / 30) as u32;

/// A phone whose key grows from one byte.
pub(crate) fn phone(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

pub(crate) fn key(phone: &SigningKey) -> PhoneKey {
    PhoneKey::new(phone.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
}

pub(crate) fn credential() -> Credential {
    Credential {
        card: Card {
            issued: at(MONDAY + DAY),
            expires: at(MONDAY + 31 * DAY),
            ..crate::card::vectors::card()
        },
        key: key(&phone(7)),
    }
}

/// The code of a phone for a step.
pub(crate) fn shown(credential: &[u8], step: u32, phone: &SigningKey) -> String {
    let signature: Signature = phone.sign(&message(credential, step));
    assemble(credential, step, &signature.to_bytes().into())
}

/// A code like that of the vectors, but for its credential.
pub(crate) fn with(change: impl FnOnce(&mut Credential)) -> String {
    let mut credential = credential();
    change(&mut credential);
    shown(&credential.sign(&issuer(&SEED)), STEP, &phone(7))
}

/// The same under a payload that no issuer of ours writes.
fn bent(change: impl FnOnce(&mut Vec<u8>)) -> String {
    // A small status index leaves room for what is added: nothing is refused for its length.
    let mut credential = credential();
    credential.card.status_index = 5;
    let mut payload = credential.payload();
    change(&mut payload);
    let key = issuer(&SEED);
    let sealed = cose::seal(&payload, PURPOSE, Some(key.id()), key.signing());
    shown(&sealed, STEP, &phone(7))
}

pub(crate) fn digits_of(bytes: &[u8]) -> String {
    let mut text = PREFIX.to_owned();
    digits::write(bytes, &mut text);
    text
}

pub(crate) fn bytes_of(text: &str) -> Vec<u8> {
    digits::read(&text.as_bytes()[PREFIX.len()..]).unwrap()
}

/// The same signature with the other of its two values of s: WebCrypto gives either.
fn other_s(text: &str) -> String {
    let mut bytes = bytes_of(text);
    let place = bytes.len() - 64;
    let signature = Signature::from_slice(&bytes[place..]).unwrap();
    let (r, s) = signature.split_scalars();
    let other = Signature::from_scalars(r, -s).unwrap();
    bytes[place..].copy_from_slice(&other.to_bytes());
    digits_of(&bytes)
}

/// Well-formed codes: name, text, and the reason not to verify them.
fn whole() -> Vec<(&'static str, String, Option<&'static str>)> {
    [genuine(), not_the_issuers(), not_the_phones()].concat()
}

fn genuine() -> Vec<(&'static str, String, Option<&'static str>)> {
    let signed = credential().sign(&issuer(&SEED));
    let of = |step| shown(&signed, step, &phone(7));
    let valid = of(STEP);
    vec![
        ("valid", valid.clone(), None),
        ("valid_one_step_before", of(STEP - 1), None),
        ("valid_one_step_after", of(STEP + 1), None),
        ("valid_other_s", other_s(&valid), None),
        (
            "valid_longest",
            with(|it| (it.card.status_index, it.card.scope) = (u32::MAX, 255)),
            None,
        ),
        ("valid_shortest", with(|it| it.card.status_index = 0), None),
        ("two_steps_old", of(STEP - 2), Some("old_code")),
        ("two_steps_ahead", of(STEP + 2), Some("old_code")),
        ("step_of_1970", of(0), Some("old_code")),
        (
            "old_and_expired",
            shown(&expired().sign(&issuer(&SEED)), STEP - 9, &phone(7)),
            Some("old_code"),
        ),
        (
            "expired",
            shown(&expired().sign(&issuer(&SEED)), STEP, &phone(7)),
            Some("expired"),
        ),
    ]
}

fn not_the_issuers() -> Vec<(&'static str, String, Option<&'static str>)> {
    let stranger = credential().sign(&issuer(&STRANGER_SEED));
    let (key, other) = (issuer(&SEED), issuer(&STRANGER_SEED));
    let payload = credential().payload();
    let stolen_id = cose::seal(&payload, PURPOSE, Some(key.id()), other.signing());
    let for_a_card = cose::seal(&payload, b"vaora card v1", Some(key.id()), key.signing());
    vec![
        (
            "credential_of_another_issuer",
            shown(&stranger, STEP, &phone(7)),
            Some("unknown_key"),
        ),
        (
            "forged_under_a_known_key_id",
            shown(&stolen_id, STEP, &phone(7)),
            Some("forged"),
        ),
        (
            "credential_of_another_purpose",
            shown(&for_a_card, STEP, &phone(7)),
            Some("forged"),
        ),
        (
            "issued_before_the_key",
            with(|it| (it.card.issued, it.card.expires) = (at(MONDAY - 1), at(MONDAY + 4 * DAY))),
            Some("forged"),
        ),
    ]
}

fn not_the_phones() -> Vec<(&'static str, String, Option<&'static str>)> {
    let signed = credential().sign(&issuer(&SEED));
    let mut short = STEP_PURPOSE.to_vec();
    short.extend(Sha256::digest(&signed));
    short.extend(STEP.to_be_bytes());
    let short_step: Signature = phone(7).sign(&short);
    let other: Signature = phone(7).sign(&message(&signed, STEP + 1));
    vec![
        (
            "signature_of_another_phone",
            shown(&signed, STEP, &phone(8)),
            Some("forged"),
        ),
        (
            "signature_of_another_step",
            assemble(&signed, STEP, &other.to_bytes().into()),
            Some("forged"),
        ),
        (
            "signature_over_a_short_step",
            assemble(&signed, STEP, &short_step.to_bytes().into()),
            Some("forged"),
        ),
        (
            "signature_of_zeros",
            assemble(&signed, STEP, &[0; 64]),
            Some("forged"),
        ),
    ]
}

fn expired() -> Credential {
    let mut credential = credential();
    credential.card.expires = at(SHOWN);
    credential
}

/// Codes that a lenient reader might take, and ours must not.
fn unreadable() -> Vec<(&'static str, String)> {
    [bad_texts(), bad_credentials()].concat()
}

fn bad_texts() -> Vec<(&'static str, String)> {
    let valid = shown(&credential().sign(&issuer(&SEED)), STEP, &phone(7));
    let bytes = bytes_of(&with(|it| it.card.status_index = 5));
    let bend = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        digits_of(&bytes)
    };
    let card = crate::card::vectors::card().sign(&issuer(&SEED));
    // Where the step stands: behind the array, and the credential with its head.
    let step = bytes.len() - 66 - 5;
    vec![
        ("truncated", valid[..300].to_owned()),
        ("truncated_by_a_digit", valid[..valid.len() - 1].to_owned()),
        ("prefix_only", PREFIX.to_owned()),
        ("extended", format!("{valid}00000")),
        ("letter_inside", valid.replacen('0', "O", 1)),
        ("card_under_this_prefix", format!("{PREFIX}{}", &card[4..])),
        ("trailing_byte", bend(&|bytes| bytes.push(0))),
        ("array_of_four", bend(&|bytes| bytes[0] = 0x84)),
        (
            "long_step",
            bend(&|bytes| {
                bytes.splice(step..=step, [0x1b, 0, 0, 0, 0]);
            }),
        ),
        ("negative_step", bend(&|bytes| bytes[step] |= 0x20)),
        (
            "short_signature",
            bend(&|bytes| {
                let head = bytes.len() - 65;
                bytes[head] = 63;
                bytes.pop();
            }),
        ),
        (
            "credential_with_a_byte_behind",
            bend(&|bytes| {
                bytes[2] += 1;
                bytes.insert(step, 0);
            }),
        ),
    ]
}

fn bad_credentials() -> Vec<(&'static str, String)> {
    vec![
        (
            "point_off_the_curve",
            bent(|payload| {
                let off = (0..=255).find(|x| {
                    payload[29..61].fill(*x);
                    PhoneKey::new(&payload[28..61]).is_none()
                });
                assert!(off < Some(255), "a number of the field, and no point");
            }),
        ),
        (
            "point_beyond_the_field",
            bent(|payload| payload[29..61].fill(0xff)),
        ),
        ("point_of_another_kind", bent(|payload| payload[28] = 4)),
        (
            "key_left_out",
            bent(|payload| {
                payload[0] = 0xa4;
                payload.drain(25..61);
            }),
        ),
        (
            "unknown_key_added",
            bent(|payload| {
                payload[0] = 0xa6;
                payload.extend([0x18, 0x63, 0x00]);
            }),
        ),
        (
            "valid_for_longer_than_30_days",
            with(|it| it.card.expires = at(MONDAY + 31 * DAY + 1)),
        ),
        (
            "expires_when_issued",
            with(|it| it.card.expires = it.card.issued),
        ),
    ]
}

/// All of `testdata/phone.json`.
pub(crate) fn file() -> Value {
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let list = KeyList {
        issued: at(MONDAY),
        keys: vec![issuer(&SEED).public().clone()],
    };
    let case = |name: &str, text: &str, reason: Option<&str>| json!({ "name": name, "text": text, "kind": "phone", "verified": reason.is_none(), "reason": reason });
    let mut cases: Vec<_> = whole()
        .iter()
        .map(|(name, text, reason)| case(name, text, *reason))
        .collect();
    cases.extend(
        unreadable()
            .iter()
            .map(|(name, text)| case(name, text, Some("unreadable"))),
    );
    let signed = credential().sign(&issuer(&SEED));
    let card = credential().card;
    json!({
        "about": "Phone codes and what a verifier must say of them. The seeds are public: for tests only.",
        "at": at(SHOWN).rfc3339(),
        "step": STEP,
        "issuer_seed": hex(&SEED),
        "root_public": hex(&KeyList::root(&ROOT_SEED)),
        "key_list_file": list.to_file_text(&ROOT_SEED),
        "phone_secret": hex(&[7; 32]),
        "phone_public": hex(credential().key.bytes()),
        "credential": data_encoding::BASE64URL_NOPAD.encode(&signed),
        "message": hex(&message(&signed, STEP)),
        "valid_fields": {
            "id": card.id.to_string(),
            "status_index": card.status_index,
            "issued": card.issued.rfc3339(),
            "expires": card.expires.rfc3339(),
            "scope": card.scope,
            "key": issuer(&SEED).id().to_string(),
            "phone_key": hex(&credential().key.hash().0),
            "step": STEP,
        },
        "cases": cases,
    })
}
