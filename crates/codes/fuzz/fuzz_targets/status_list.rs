//! Any payload, in a status list that is properly signed.
#![no_main]

use codes::{IssuerKey, Keyring, StatusList, Window};
use domain::time::Timestamp;
use ed25519_dalek::{Signer, SigningKey};
use libfuzzer_sys::fuzz_target;

const SEED: [u8; 32] = [7; 32];

fuzz_target!(|data: &[u8]| {
    let at = Timestamp::from_seconds;
    let window = Window::new(at(0), at(604_800), at(4_000_000_000)).expect("in order");
    let key = IssuerKey::new(&SEED, window);
    let keyring: Keyring = [key.public().clone()].into_iter().collect();
    let _ = StatusList::open(data, &keyring);
    if let Ok(list) = StatusList::open(&sealed(data, &key), &keyring) {
        assert_eq!(list.state(list.cards()), None);
        let _ = list.state(list.cards().saturating_sub(1));
    }
});

/// The envelope of `docs/codes.md`, written here by hand around the payload.
fn sealed(payload: &[u8], key: &IssuerKey) -> Vec<u8> {
    let protected = [&[0xa2, 0x01, 0x27, 0x04, 0x44][..], &key.id().0].concat();
    let body = [&head(protected.len())[..], &protected].concat();
    let purpose = b"vaora status v1";
    let payload = [&head(payload.len())[..], payload].concat();
    let message = [
        b"\x84\x6aSignature1",
        &body[..],
        &head(purpose.len()),
        purpose,
        &payload,
    ]
    .concat();
    let signature = SigningKey::from_bytes(&SEED).sign(&message).to_bytes();
    [&[0xd2, 0x84][..], &body, &[0xa0], &payload, &[0x58, 0x40], &signature].concat()
}

/// The head of a byte string, in its shortest form.
fn head(length: usize) -> Vec<u8> {
    let bytes = (length as u32).to_be_bytes();
    match length {
        0..=23 => vec![0x40 | length as u8],
        24..=0xff => vec![0x58, bytes[3]],
        0x100..=0xffff => vec![0x59, bytes[2], bytes[3]],
        _ => [&[0x5a][..], &bytes].concat(),
    }
}
