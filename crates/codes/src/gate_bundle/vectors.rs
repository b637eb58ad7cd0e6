//! The golden vectors: how `testdata/gate.json` is made, and the odd bundles that it is made of.

use super::*;
use crate::card::vectors::{MONDAY, ROOT_SEED, SEED, STRANGER_SEED, at, issuer};
use crate::status_list::{State, deflate};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

pub(super) const HOUR: i64 = 3600;
pub(super) const NOON: i64 = MONDAY + 12 * HOUR;
const CARDS: u32 = 5000;
const POLICY: &str = r#"{"venue_name":"Chợ Thử","checkpoint_name":"Cổng A"}"#;

/// One bundle, what a gate holds, and what it must make of both.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) bundle: Vec<u8>,
    root: [u8; 32],
    now: i64,
    held: Option<StatusList>,
    pub(super) reason: Option<&'static str>,
}

pub(super) fn times(issued: i64) -> (Timestamp, Timestamp) {
    (at(issued), at(issued + 24 * HOUR))
}

/// The list of an hour: each hour one more card in a hundred is invalid, another asks.
pub(super) fn list(issued: i64, cards: u32) -> StatusList {
    let hours = ((issued - MONDAY) / HOUR) as u32;
    let odd = (0..cards).filter_map(|index| match index.wrapping_mul(2_654_435_761) % 1000 {
        place if place < hours => Some((index, State::Invalid)),
        place if place < 100 + hours && place >= 100 => Some((index, State::Ask)),
        _ => None,
    });
    StatusList::build(times(issued), cards, odd).unwrap()
}

pub(super) fn held() -> StatusList {
    list(NOON - HOUR, CARDS - 10)
}

pub(super) fn change() -> Change {
    let list = list(NOON, CARDS);
    Change::between(held().issued(), &list, &list.changed_since(&held())).unwrap()
}

pub(super) fn key_list() -> Vec<u8> {
    KeyList {
        issued: at(NOON),
        keys: vec![issuer(&SEED).public().clone()],
    }
    .sign(&ROOT_SEED)
}

pub(super) fn bundle() -> GateBundle {
    let mut queue_key = [7; 65];
    queue_key[0] = UNCOMPRESSED;
    let (issued, expires) = times(NOON);
    GateBundle {
        issued,
        expires,
        key_list: key_list(),
        states: States::Whole(list(NOON, CARDS).seal(&issuer(&SEED))),
        queue_key,
        policy: POLICY.to_owned(),
    }
}

fn with(bend: impl FnOnce(&mut GateBundle)) -> Vec<u8> {
    let mut bundle = bundle();
    bend(&mut bundle);
    bundle.seal(&issuer(&SEED))
}

/// A bundle with these two values under 4 and 5, properly signed.
pub(super) fn raw(list: Option<&[u8]>, change: Option<&[u8]>, queue_key: &[u8]) -> Vec<u8> {
    signed(&payload(list, change, queue_key), PURPOSE, &SEED)
}

fn payload(list: Option<&[u8]>, change: Option<&[u8]>, queue_key: &[u8]) -> Vec<u8> {
    let mut out = Writer::default();
    out.map(7).integer(ISSUED).integer(NOON);
    out.integer(EXPIRES).integer(NOON + 24 * HOUR);
    out.integer(KEYS).bytes(&key_list());
    for (label, value) in [(LIST, list), (CHANGE, change)] {
        match value {
            Some(bytes) => out.integer(label).bytes(bytes),
            None => out.integer(label).null(),
        };
    }
    out.integer(QUEUE_KEY).bytes(queue_key);
    out.integer(POLICY_LABEL).text(POLICY);
    out.0
}

const POLICY_LABEL: i64 = super::POLICY;

/// A payload under the known key's id, whoever signs.
fn signed(payload: &[u8], purpose: &[u8], seed: &[u8; 32]) -> Vec<u8> {
    let id = issuer(&SEED).id();
    cose::seal(payload, purpose, Some(id), &SigningKey::from_bytes(seed))
}

/// A bundle whose change holds this stream and this hash.
pub(super) fn changing(cards: u32, digest: &[u8; 32], stream: &[u8]) -> Vec<u8> {
    let mut out = Writer::default();
    out.array(4).integer(NOON - HOUR).integer(cards.into());
    out.bytes(digest).bytes(stream);
    raw(None, Some(&out.0), &bundle().queue_key)
}

fn believed() -> Vec<Case> {
    let case = |name, bundle, now, held| Case {
        name,
        bundle,
        root: KeyList::root(&ROOT_SEED),
        now,
        held,
        reason: None,
    };
    let empty = Change::between(at(NOON), &list(NOON, CARDS), &[]).unwrap();
    vec![
        case("first", with(|_| ()), NOON + 60, None),
        case("newer", with(|_| ()), NOON, Some(held())),
        case("same", with(|_| ()), NOON, Some(list(NOON, CARDS))),
        case("as_far_ahead_as_may_be", with(|_| ()), NOON - 300, None),
        case("late", with(|_| ()), NOON + 90 * 24 * HOUR, None),
        case(
            "no_cards_yet",
            with(|b| b.states = States::Whole(list(NOON, 0).seal(&issuer(&SEED)))),
            NOON,
            None,
        ),
        case(
            "change",
            with(|b| b.states = States::Since(change())),
            NOON,
            Some(held()),
        ),
        case(
            "change_of_nothing",
            with(|b| b.states = States::Since(empty)),
            NOON,
            Some(list(NOON, CARDS)),
        ),
    ]
}

fn refused() -> Vec<Case> {
    let whole = with(|_| ());
    let since = with(|b| b.states = States::Since(change()));
    let own = KeyList::root(&ROOT_SEED);
    let case = |name, bundle, now, held, reason| Case {
        name,
        bundle,
        root: own,
        now,
        held,
        reason: Some(reason),
    };
    let other = list(NOON - 2 * HOUR, CARDS - 10);
    let mut list_of_a_stranger = held();
    list_of_a_stranger.set(17, State::Invalid);
    vec![
        case(
            "rolled_back",
            whole.clone(),
            NOON,
            Some(list(NOON + 1, CARDS)),
            "rolled_back",
        ),
        case("too_far_ahead", whole.clone(), NOON - 301, None, "ahead"),
        Case {
            root: KeyList::root(&STRANGER_SEED),
            ..case("wrong_root", whole, NOON, None, "forged")
        },
        case(
            "change_and_nothing_held",
            since.clone(),
            NOON,
            None,
            "mismatch",
        ),
        case(
            "change_of_another_time",
            since.clone(),
            NOON,
            Some(other),
            "mismatch",
        ),
        case(
            "change_of_another_list",
            since,
            NOON,
            Some(list_of_a_stranger),
            "mismatch",
        ),
    ]
}

fn sealed_list(issued: i64) -> Vec<u8> {
    list(issued, CARDS).seal(&issuer(&SEED))
}

/// Bundles that no issuer of this root made: name, bytes, reason.
fn forged() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let flip = |mut bytes: Vec<u8>| {
        *bytes.last_mut().unwrap() ^= 1;
        bytes
    };
    let plain = payload(Some(&sealed_list(NOON)), None, &bundle().queue_key);
    let of_another_root = with(|b| {
        let keys = vec![issuer(&SEED).public().clone()];
        let issued = at(NOON);
        b.key_list = KeyList { issued, keys }.sign(&STRANGER_SEED);
    });
    let forged_list = with(|b| b.states = States::Whole(flip(sealed_list(NOON))));
    let stranger = bundle().seal(&issuer(&STRANGER_SEED));
    let of_another = signed(&plain, PURPOSE, &STRANGER_SEED);
    let for_another = signed(&plain, b"vaora status v1", &SEED);
    let early = with(|b| b.issued = at(MONDAY - 1));
    vec![
        ("stranger", stranger, "unknown_key"),
        ("signed_by_another", of_another, "forged"),
        ("other_purpose", for_another, "forged"),
        ("flipped_bit", flip(with(|_| ())), "forged"),
        ("before_its_key", early, "forged"),
        ("key_list_of_another_root", of_another_root, "forged"),
        ("status_list_forged", forged_list, "forged"),
    ]
}

/// Bundles that a lenient reader might take.
fn unreadable() -> Vec<(&'static str, Vec<u8>)> {
    let (good, queue_key) = (with(|_| ()), bundle().queue_key);
    let list = sealed_list(NOON);
    let plain = payload(Some(&list), None, &queue_key);
    let mut swapped = plain.clone();
    swapped[1..13].rotate_left(6);
    let early = with(|b| b.states = States::Whole(sealed_list(NOON - HOUR)));
    let both = raw(Some(&list), Some(change().bytes()), &queue_key);
    let followed = signed(&[&plain[..], &[0]].concat(), PURPOSE, &SEED);
    let short = raw(Some(&list), None, &queue_key[..64]);
    vec![
        ("status_list_of_another_time", early),
        ("truncated", good[..good.len() - 1].to_vec()),
        ("cut_in_half", good[..good.len() / 2].to_vec()),
        ("empty", vec![]),
        ("trailing_byte", [&good[..], &[0]].concat()),
        ("list_and_change", both),
        ("neither_list_nor_change", raw(None, None, &queue_key)),
        ("unsorted_keys", signed(&swapped, PURPOSE, &SEED)),
        ("payload_trailing_byte", followed),
        ("compressed_point", raw(Some(&list), None, &[2; 65])),
        ("short_point", short),
        ("expires_when_issued", with(|b| b.expires = b.issued)),
    ]
}

/// Changes that a lenient reader might take; the pairs of each, and the reason.
fn changes() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let digest = list(NOON, CARDS).digest();
    let of = |pairs: &[u8]| changing(CARDS, &digest, &deflate(pairs));
    let pairs = deflate(&[4 << 2 | 1]);
    vec![
        ("change_with_another_hash", of(&[4 << 2 | 1]), "mismatch"),
        (
            "change_to_fewer_cards",
            changing(9, &digest, &pairs),
            "mismatch",
        ),
        ("change_long_number", of(&[0x91, 0x00]), "unreadable"),
        ("change_cut_number", of(&[0x91]), "unreadable"),
        (
            "change_number_too_large",
            of(&[0xff, 0xff, 0xff, 0xff, 0x7f]),
            "unreadable",
        ),
        ("change_card_twice", of(&[4 << 2 | 1, 2]), "unreadable"),
        ("change_reserved_state", of(&[4 << 2 | 3]), "unreadable"),
        (
            "change_beyond_the_end",
            changing(4, &digest, &pairs),
            "unreadable",
        ),
        (
            "change_stream_followed",
            changing(CARDS, &digest, &[&pairs[..], &[0]].concat()),
            "unreadable",
        ),
        (
            "change_stream_cut",
            changing(CARDS, &digest, &pairs[..pairs.len() - 1]),
            "unreadable",
        ),
    ]
}

/// All cases.
pub(super) fn cases() -> Vec<Case> {
    let root = KeyList::root(&ROOT_SEED);
    let plain = |held: Option<StatusList>| {
        move |(name, bundle, reason)| Case {
            name,
            bundle,
            root,
            now: NOON + 60,
            held: held.clone(),
            reason: Some(reason),
        }
    };
    let mut all = believed();
    all.extend(refused());
    all.extend(forged().into_iter().map(plain(None)));
    let unreadable = unreadable().into_iter();
    let unreadable = unreadable.map(|(name, bundle)| (name, bundle, "unreadable"));
    all.extend(unreadable.map(plain(None)));
    all.extend(changes().into_iter().map(plain(Some(held()))));
    all
}

/// Every state of a list that is not active, and those around its end.
fn states(list: &StatusList) -> Vec<(u32, Option<u8>)> {
    let end = [
        list.cards().saturating_sub(1),
        list.cards(),
        list.cards() + 9,
    ];
    let odd = (0..list.cards()).filter(|&index| list.state(index) != Some(State::Active));
    odd.take(40)
        .chain(end)
        .map(|index| (index, list.state(index).map(State::bits)))
        .collect()
}

fn after(case: &Case) -> Option<Value> {
    let (bundle, keyring) = GateBundle::open(&case.bundle, &case.root).ok()?;
    let list = bundle
        .receive(&keyring, case.held.as_ref(), at(case.now))
        .ok()?;
    Some(json!({
        "issued": list.issued().seconds(),
        "expires": list.expires().seconds(),
        "cards": list.cards(),
        "bits_sha256": HEXLOWER.encode(&list.digest()),
        "states": states(&list),
        "queue_key": BASE64URL_NOPAD.encode(&bundle.queue_key),
        "policy": bundle.policy,
    }))
}

/// All of `testdata/gate.json`.
pub(super) fn file() -> Value {
    let held = |list: &StatusList| {
        json!({
            "issued": list.issued().seconds(),
            "expires": list.expires().seconds(),
            "cards": list.cards(),
            "bits": BASE64URL_NOPAD.encode(list.packed()),
        })
    };
    let case = |case: &Case| {
        json!({
            "name": case.name,
            "bundle": BASE64URL_NOPAD.encode(&case.bundle),
            "root": BASE64URL_NOPAD.encode(&case.root),
            "now": case.now,
            "held": case.held.as_ref().map(held),
            "reason": case.reason,
            "after": after(case),
        })
    };
    json!({
        "about": "Gate bundles and what a gate must make of them. Times in seconds; bits and bundles in \
                  base64url; a state of null is of a card beyond the list.",
        "cases": cases().iter().map(case).collect::<Vec<_>>(),
    })
}
