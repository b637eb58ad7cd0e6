//! The issuer: the keys that sign, in the folder of the signer, and the list of them that verifies.
//!
//! In the key folder: `root.key` signs the key list. `issuer/<start>.key` signs cards for one week
//! from that second on, and its signatures are believed as long as the cards it signed may be
//! valid. `issuer/list.json` is the list as it was last signed. Weeks are counted from 1970, so
//! servers that share the folder agree on the name without talking.
//!
//! Verifiers pin the root, so there is never a second one: it is made only where nothing was ever
//! issued. Where the root was taken away (`vaora keys root-out`), the list that was signed serves as long as
//! it names the key of the week, and no new key is made: `vaora keys rotate` makes those of the coming weeks.

mod keeping;

use crate::signer::Published;
use codes::{Card, IssuerKey, KeyList, Keyring, Window};
use domain::card::CARD_VALIDITY;
use domain::time::Timestamp;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use store::keys::{read_or_make, write_secret};

const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// The list as it was last signed, in the folder of the issuer's keys.
const LIST: &str = "list.json";

/// The root key is gone, and the list that it signed does not name the key of this week.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is missing: put it back from a copy", .0.display())]
pub struct RootMissing(pub PathBuf);

/// Signs cards and knows every key of this installation.
#[derive(Debug)]
pub struct Issuer {
    folder: Folder,
    current: RwLock<Arc<Keys>>,
    /// Earlier weeks' keys, by their start: they draw again the codes of cards they signed.
    earlier: RwLock<HashMap<i64, Arc<IssuerKey>>>,
}

#[derive(Debug)]
struct Keys {
    signing: Arc<IssuerKey>,
    keyring: Arc<Keyring>,
    /// The signed list as a file.
    list: String,
    /// When these were read.
    made: Timestamp,
    /// The first instant for which there is no signing key.
    until: Timestamp,
    /// Whether there is a root.
    rooted: bool,
    /// How the folder looked.
    looks: Looks,
}

/// What the folder holds, by names and times of writing: another look means other keys.
type Looks = Vec<(String, Option<SystemTime>)>;

/// How long a list is published that no key came to.
const LIST_LIFE: Duration = Duration::from_secs(3600);

impl Issuer {
    /// Opens the issuer's keys, making those that are missing; never a second root.
    pub fn open(key_folder: &Path, now: Timestamp) -> io::Result<Self> {
        let folder = Folder::of(key_folder);
        crate::folder::make(&folder.keys).map_err(io::Error::other)?;
        let current = RwLock::new(Arc::new(folder.load(now)?));
        Ok(Self {
            folder,
            current,
            earlier: RwLock::default(),
        })
    }

    /// Signs a card's code with the key of its week.
    pub fn sign(&self, card: &Card) -> io::Result<String> {
        Ok(card.sign(&*self.key_at(card.issued)?))
    }

    /// The public key of the root, as people pass it: 43 characters. What verifiers pin.
    pub fn root(&self) -> Option<String> {
        KeyList::root_in_file(&self.current().list)
    }

    /// The keys that verify, as of now.
    pub fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.current().keyring)
    }

    /// The key list as a file: what a third party verifies cards with. It is signed anew with every
    /// [`refresh`](Self::refresh), and says when that was.
    pub fn key_list(&self, now: Timestamp) -> io::Result<String> {
        self.key_at(now)?;
        Ok(self.current().list.clone())
    }

    /// The keys as they are published.
    pub fn published(&self) -> Published {
        let current = self.current();
        Published {
            list: current.list.clone(),
            keyring: Arc::clone(&current.keyring),
            until: current.until,
            rooted: current.rooted,
        }
    }

    /// A number that is another when other keys are published.
    pub fn mark(&self) -> u64 {
        let current = self.current();
        let ids = current.keyring.keys().map(|key| key.id().0);
        // Names of four bytes each, in whatever order.
        ids.fold(current.until.millis() as u64, |mark, id| {
            let id = u64::from(u32::from_be_bytes(id)) + 1;
            mark.wrapping_add(id.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        })
    }

    /// Reads the keys again when the folder looks different, or the list is an hour old.
    pub fn look(&self, now: Timestamp) -> io::Result<()> {
        let current = self.current();
        let age = now.since(current.made);
        let old = age < 0 || age >= LIST_LIFE.as_millis() as i64;
        match old
            || self.folder.looks()? != current.looks
            || !current.signing.window().signs_at(now)
        {
            true => self.refresh(now),
            false => Ok(()),
        }
    }

    /// Reads keys that another server may have made since, and the key of this week.
    pub fn refresh(&self, now: Timestamp) -> io::Result<()> {
        let keys = Arc::new(self.folder.load(now)?);
        // A key may have been retired, and another made for its week.
        let mut earlier = self.earlier.write().unwrap_or_else(PoisonError::into_inner);
        earlier.retain(|_, key| keys.keyring.key(key.id()).is_some());
        drop(earlier);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn current(&self) -> Arc<Keys> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key of the week of an instant. A later week than the current one becomes current; an
    /// earlier one signs its own cards and never takes its place.
    pub(crate) fn key_at(&self, at: Timestamp) -> io::Result<Arc<IssuerKey>> {
        let current = self.current();
        let window = current.signing.window();
        if window.signs_at(at) {
            return Ok(Arc::clone(&current.signing));
        }
        if at > window.signs_from() {
            self.refresh(at)?;
            return Ok(Arc::clone(&self.current().signing));
        }
        let start = week_start(at);
        let earlier = self.earlier.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = earlier.get(&start) {
            return Ok(Arc::clone(key));
        }
        drop(earlier);
        let key = Arc::new(self.folder.signing(start)?);
        self.earlier
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(start, Arc::clone(&key));
        // The key may have been made just now: those who verify must know it.
        self.refresh(current.made)?;
        Ok(key)
    }
}

/// Where the keys lie.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    keys: PathBuf,
}

impl Folder {
    /// That of a key folder.
    pub fn of(keys: &Path) -> Self {
        Self {
            root: keys.join("root.key"),
            keys: keys.join("issuer"),
        }
    }

    /// The keys as of now, and the list of them: signed now, or as it was signed while there was a
    /// root.
    fn load(&self, now: Timestamp) -> io::Result<Keys> {
        let Some(root) = self.root()? else {
            return self.without_root(now);
        };
        let signing = Arc::new(self.signing(week_start(now))?);
        let (list, text) = self.sign_list(&root, now)?;
        self.keys(signing, (list, text), now, true)
    }

    /// Signs the list of all keys there are, and keeps it.
    pub(crate) fn sign_list(
        &self,
        root: &[u8; 32],
        now: Timestamp,
    ) -> io::Result<(KeyList, String)> {
        let mut keys = Vec::new();
        for start in self.starts()? {
            keys.push(self.key(start)?.public().clone());
        }
        let list = KeyList {
            issued: Timestamp::from_seconds(now.seconds()),
            keys,
        };
        let text = list.to_file_text(root);
        self.keep(&text)?;
        Ok((list, text))
    }

    fn keys(
        &self,
        signing: Arc<IssuerKey>,
        (list, text): (KeyList, String),
        now: Timestamp,
        rooted: bool,
    ) -> io::Result<Keys> {
        let mut until = signing.window().signs_until();
        while list
            .keys
            .iter()
            .any(|key| key.window().signs_from() == until)
        {
            until = until.plus(WEEK);
        }
        Ok(Keys {
            signing,
            keyring: Arc::new(Keyring::from(&list)),
            list: text,
            made: now,
            until,
            rooted,
            looks: self.looks()?,
        })
    }

    fn looks(&self) -> io::Result<Looks> {
        let mut found = vec![("root".to_owned(), written(&self.root))];
        for entry in fs::read_dir(&self.keys)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".key") {
                found.push((name, written(&entry.path())));
            }
        }
        found.sort();
        Ok(found)
    }

    fn without_root(&self, now: Timestamp) -> io::Result<Keys> {
        let signed = fs::read_to_string(self.keys.join(LIST)).ok();
        let list = signed.and_then(|text| Some((KeyList::from_file_text(&text, None).ok()?, text)));
        let (list, text) = list.ok_or_else(|| self.missing())?;
        let signing = Arc::new(self.signing(week_start(now))?);
        if !list.keys.contains(signing.public()) {
            return Err(self.missing());
        }
        self.keys(signing, (list, text), now, false)
    }

    /// The root's seed, made where nothing was ever issued; none where it was taken away.
    pub fn root(&self) -> io::Result<Option<[u8; 32]>> {
        let issued =
            || Ok::<_, io::Error>(!self.starts()?.is_empty() || self.keys.join(LIST).try_exists()?);
        if !self.root.try_exists()? && issued()? {
            return Ok(None);
        }
        read_or_make(&self.root).map(Some)
    }

    /// The key that signs in the week that starts then; made only where a root can vouch for it.
    fn signing(&self, start: i64) -> io::Result<IssuerKey> {
        if !self.path(start).try_exists()? && self.root()?.is_none() {
            return Err(self.missing());
        }
        self.key(start)
    }

    fn key(&self, start: i64) -> io::Result<IssuerKey> {
        let seed = read_or_make::<32>(&self.path(start))?;
        Ok(IssuerKey::new(&seed, window(start)?))
    }

    /// The weeks that have a key, in order.
    fn starts(&self) -> io::Result<Vec<i64>> {
        let mut starts = Vec::new();
        for entry in fs::read_dir(&self.keys)? {
            let name = entry?.file_name();
            let start = name.to_str().and_then(|name| name.strip_suffix(".key"));
            starts.extend(start.and_then(|start| start.parse::<i64>().ok()));
        }
        starts.sort_unstable();
        Ok(starts)
    }

    /// Keeps the list as it was signed; it appears whole or not at all.
    fn keep(&self, list: &str) -> io::Result<()> {
        let aside = self
            .keys
            .join(format!("{:016x}.new", rand::random::<u64>()));
        write_secret(&aside, list.as_bytes())?;
        fs::rename(&aside, self.keys.join(LIST))
    }

    fn path(&self, start: i64) -> PathBuf {
        self.keys.join(format!("{start}.key"))
    }

    fn missing(&self) -> io::Error {
        io::Error::new(io::ErrorKind::NotFound, RootMissing(self.root.clone()))
    }
}

fn written(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|file| file.modified()).ok()
}

/// The first second of the week of an instant.
pub(crate) const fn week_start(at: Timestamp) -> i64 {
    let week = WEEK.as_secs() as i64;
    at.seconds().div_euclid(week) * week
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

#[cfg(test)]
#[path = "issuer_tests.rs"]
mod tests;
