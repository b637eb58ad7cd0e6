//! The issuer: signs card codes and publishes the keys that verify them.
//!
//! In the key folder: `root.key` signs the key list and may be kept offline; `issuer/<start>.key`
//! signs cards for one week from that second on, and its signatures are believed as long as the
//! cards it signed may be valid. Weeks are counted from 1970, so servers that share the folder
//! agree on the name without talking.

use codes::{Card, IssuerKey, KeyList, Keyring, StatusList, Window};
use domain::card::CARD_VALIDITY;
use domain::time::Timestamp;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use store::keys::read_or_make;

const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// Signs cards and knows every key of this installation.
#[derive(Debug)]
pub struct Issuer {
    folder: PathBuf,
    root_seed: [u8; 32],
    current: RwLock<Arc<Keys>>,
    /// Earlier weeks' keys, by their start: they draw again the codes of cards they signed.
    earlier: RwLock<HashMap<i64, Arc<Keys>>>,
}

#[derive(Debug)]
struct Keys {
    signing: IssuerKey,
    keyring: Arc<Keyring>,
    list: KeyList,
}

impl Issuer {
    /// Opens the issuer's keys, making those that are missing.
    pub fn open(key_folder: &Path, now: Timestamp) -> io::Result<Self> {
        let folder = key_folder.join("issuer");
        fs::create_dir_all(&folder)?;
        #[cfg(unix)]
        fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        let root_seed = read_or_make::<32>(&key_folder.join("root.key"))?;
        let current = RwLock::new(Arc::new(load(&folder, now)?));
        Ok(Self {
            folder,
            root_seed,
            current,
            earlier: RwLock::default(),
        })
    }

    /// Signs a card's code with the key of its week.
    pub fn sign(&self, card: &Card) -> io::Result<String> {
        Ok(card.sign(&self.at(card.issued)?.signing))
    }

    /// Signs a status list with the key of its week.
    pub fn seal(&self, list: &StatusList) -> io::Result<Vec<u8>> {
        Ok(list.seal(&self.at(list.issued())?.signing))
    }

    /// The keys that verify, as of now.
    pub fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(
            &self
                .current
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .keyring,
        )
    }

    /// The key list as a file: what a third party verifies cards with.
    pub fn key_list(&self, now: Timestamp) -> io::Result<String> {
        Ok(self.at(now)?.list.to_file_text(&self.root_seed))
    }

    /// The key list's root, which verifiers pin.
    pub fn root(&self) -> [u8; 32] {
        KeyList::root(&self.root_seed)
    }

    /// Reads keys that another server may have made since, and the key of this week.
    pub fn refresh(&self, now: Timestamp) -> io::Result<()> {
        let keys = Arc::new(load(&self.folder, now)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// The keys of the week of an instant. A later week than the current one becomes current; an
    /// earlier one signs its own cards and never takes its place.
    fn at(&self, at: Timestamp) -> io::Result<Arc<Keys>> {
        let current = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        if current.signing.window().signs_at(at) {
            return Ok(current);
        }
        let start = week_start(at);
        let earlier = self.earlier.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = earlier.get(&start) {
            return Ok(Arc::clone(keys));
        }
        drop(earlier);
        let keys = Arc::new(load(&self.folder, at)?);
        if at > current.signing.window().signs_from() {
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keys);
        } else {
            self.earlier
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(start, Arc::clone(&keys));
            // The key may have been made just now: those who verify must know it.
            self.refresh(current.signing.window().signs_from())?;
        }
        Ok(keys)
    }
}

/// The first second of the week of an instant.
const fn week_start(at: Timestamp) -> i64 {
    let week = WEEK.as_secs() as i64;
    at.seconds().div_euclid(week) * week
}

fn load(folder: &Path, now: Timestamp) -> io::Result<Keys> {
    let start = week_start(now);
    let signing = IssuerKey::new(
        &read_or_make::<32>(&folder.join(format!("{start}.key")))?,
        window(start)?,
    );
    let mut keys = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let start = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_suffix(".key"));
        if let Some(start) = start.and_then(|start| start.parse().ok()) {
            keys.push(
                IssuerKey::new(&read_or_make::<32>(&path)?, window(start)?)
                    .public()
                    .clone(),
            );
        }
    }
    keys.sort_by_key(|key| key.window().signs_from());
    let list = KeyList {
        issued: Timestamp::from_seconds(start),
        keys,
    };
    let keyring = Arc::new(Keyring::from(&list));
    Ok(Keys {
        signing,
        keyring,
        list,
    })
}

fn window(start: i64) -> io::Result<Window> {
    let from = Timestamp::from_seconds(start);
    let damaged = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "an issuer key's name is no usable time",
        )
    };
    Window::new(from, from.plus(WEEK), from.plus(WEEK).plus(CARD_VALIDITY)).ok_or_else(damaged)
}
