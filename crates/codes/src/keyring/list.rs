//! The key list: the public keys an installation believes, signed by its root.

use super::keys::{PublicKey, Window, sound};
use crate::Error;
use crate::cbor::{Reader, Writer};
use crate::cose;
use data_encoding::BASE64URL_NOPAD;
use domain::time::Timestamp;
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

const PURPOSE: &[u8] = b"vaora keys v1";
const FORMAT: &str = "vaora-keys-1";
const ISSUED: i64 = 1;
const KEYS: i64 = 2;
const MAX_KEYS: usize = 4096;
const MAX_BYTES: usize = 512 * 1024;

/// The keys that may sign, and when the list was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyList {
    /// When the list was made, in whole seconds.
    pub issued: Timestamp,
    /// The keys, no two with the same id.
    pub keys: Vec<PublicKey>,
}

/// The file: one line of JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    root: String,
    list: String,
}

impl KeyList {
    /// Signs the list with the root key that grows from a seed.
    pub fn sign(&self, root_seed: &[u8; 32]) -> Vec<u8> {
        let mut payload = Writer::with_capacity(32 + self.keys.len() * 56);
        payload.map(2).integer(ISSUED);
        payload.integer(seconds(self.issued)).integer(KEYS);
        payload.array(self.keys.len());
        for key in &self.keys {
            let window = key.window();
            payload.array(4).bytes(key.bytes());
            for time in [
                window.signs_from(),
                window.signs_until(),
                window.verifies_until(),
            ] {
                payload.integer(seconds(time));
            }
        }
        cose::seal(
            &payload.0,
            PURPOSE,
            None,
            &SigningKey::from_bytes(root_seed),
        )
    }

    /// Opens a list signed by that root key.
    pub fn open(bytes: &[u8], root: &[u8; 32]) -> Result<Self, Error> {
        if bytes.len() > MAX_BYTES {
            return Err(Error::Unreadable);
        }
        let root = sound(root).ok_or(Error::UnknownKey)?;
        let envelope = cose::open(bytes)
            .filter(|envelope| envelope.key_id.is_none())
            .ok_or(Error::Unreadable)?;
        if !cose::genuine(&root, &envelope.message(PURPOSE), &envelope.signature) {
            return Err(Error::Forged);
        }
        read_payload(envelope.payload).ok_or(Error::Unreadable)
    }

    /// The public key of the root that grows from a seed: what verifiers pin.
    pub fn root(root_seed: &[u8; 32]) -> [u8; 32] {
        SigningKey::from_bytes(root_seed).verifying_key().to_bytes()
    }

    /// Signs the list and writes it as a file: one line of JSON that also names the root.
    pub fn to_file_text(&self, root_seed: &[u8; 32]) -> String {
        let [root, list] = [
            BASE64URL_NOPAD.encode(&Self::root(root_seed)),
            BASE64URL_NOPAD.encode(&self.sign(root_seed)),
        ];
        format!("{{\"format\":\"{FORMAT}\",\"root\":\"{root}\",\"list\":\"{list}\"}}\n")
    }

    /// The signed list in the text of a file, as it stands there; nothing is checked.
    pub fn signed_in_file(text: &str) -> Option<Vec<u8>> {
        let file: File = serde_json::from_str(text).ok()?;
        BASE64URL_NOPAD.decode(file.list.as_bytes()).ok()
    }

    /// The root that the text of a file names: 43 characters.
    pub fn root_in_file(text: &str) -> Option<String> {
        let file: File = serde_json::from_str(text).ok()?;
        Self::parse_root(&file.root).map(|_| file.root)
    }

    /// Opens the text of a file, under a pinned root or, without one, under the root it names.
    pub fn from_file_text(text: &str, root: Option<&[u8; 32]>) -> Result<Self, Error> {
        if text.len() > 2 * MAX_BYTES {
            return Err(Error::Unreadable);
        }
        let file: File = serde_json::from_str(text).map_err(|_| Error::Unreadable)?;
        if file.format != FORMAT {
            return Err(Error::Unreadable);
        }
        let named = Self::parse_root(&file.root).ok_or(Error::Unreadable)?;
        let list = BASE64URL_NOPAD
            .decode(file.list.as_bytes())
            .map_err(|_| Error::Unreadable)?;
        match root {
            Some(pinned) if *pinned != named => Err(Error::UnknownKey),
            _ => Self::open(&list, &named),
        }
    }

    /// Parses a root key as people pass it: 43 characters of base64url or 64 hexadecimal digits.
    pub fn parse_root(text: &str) -> Option<[u8; 32]> {
        let text = text.trim().as_bytes();
        let bytes = match text.len() {
            64 => data_encoding::HEXLOWER_PERMISSIVE.decode(text),
            _ => BASE64URL_NOPAD.decode(text),
        };
        bytes.ok()?.try_into().ok()
    }
}

fn read_payload(payload: &[u8]) -> Option<KeyList> {
    let mut reader = Reader(payload);
    reader.map(2)?;
    let issued = time(reader.label(ISSUED)?)?;
    let count = reader.label(KEYS)?.any_array()?;
    let mut keys: Vec<PublicKey> = Vec::new();
    for _ in 0..Some(count).filter(|&count| count <= MAX_KEYS)? {
        let key = read_key(&mut reader)?;
        if keys.iter().any(|other| other.id() == key.id()) {
            return None;
        }
        keys.push(key);
    }
    reader.end()?;
    Some(KeyList { issued, keys })
}

fn read_key(reader: &mut Reader<'_>) -> Option<PublicKey> {
    reader.array(4)?;
    let bytes = reader.fixed()?;
    let window = Window::new(time(reader)?, time(reader)?, time(reader)?)?;
    PublicKey::new(&bytes, window).ok()
}

fn time(reader: &mut Reader<'_>) -> Option<Timestamp> {
    reader
        .u32()
        .map(|seconds| Timestamp::from_seconds(seconds.into()))
}

fn seconds(at: Timestamp) -> i64 {
    at.seconds().clamp(0, u32::MAX.into())
}
