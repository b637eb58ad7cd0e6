//! The issuer: signs card codes and publishes the keys that verify them.
//!
//! In the key folder: `root.key` signs the key list. `issuer/<start>.key` signs cards for one week
//! from that second on, and its signatures are believed as long as the cards it signed may be
//! valid. `issuer/list.json` is the list as it was last signed. Weeks are counted from 1970, so
//! servers that share the folder agree on the name without talking.
//!
//! Verifiers pin the root, so there is never a second one: it is made only where nothing was ever
//! issued. A server that finds no root beside issuer keys goes on with the list that was signed, as
//! long as that names the key of the week, and makes no new key; otherwise it refuses to start.

use codes::phone::Credential;
use codes::{Card, GateBundle, IssuerKey, KeyList, Keyring, StatusList, Window};
use domain::card::CARD_VALIDITY;
use domain::time::Timestamp;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
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
}

impl Issuer {
    /// Opens the issuer's keys, making those that are missing; never a second root.
    pub fn open(key_folder: &Path, now: Timestamp) -> io::Result<Self> {
        let folder = Folder {
            root: key_folder.join("root.key"),
            keys: key_folder.join("issuer"),
        };
        fs::create_dir_all(&folder.keys)?;
        #[cfg(unix)]
        fs::set_permissions(
            &folder.keys,
            std::os::unix::fs::PermissionsExt::from_mode(0o700),
        )?;
        let current = RwLock::new(Arc::new(folder.load(now)?));
        Ok(Self {
            folder,
            current,
            earlier: RwLock::default(),
        })
    }

    /// Signs a card's code with the key of its week.
    pub fn sign(&self, card: &Card) -> io::Result<String> {
        Ok(card.sign(&*self.at(card.issued)?))
    }

    /// Signs a phone's credential with the key of its week.
    pub fn vouch(&self, credential: &Credential) -> io::Result<Vec<u8>> {
        Ok(credential.sign(&*self.at(credential.card.issued)?))
    }

    /// Signs a status list with the key of its week.
    pub fn seal(&self, list: &StatusList) -> io::Result<Vec<u8>> {
        Ok(list.seal(&*self.at(list.issued())?))
    }

    /// Signs a gate's bundle with the key of its week.
    pub fn seal_bundle(&self, bundle: &GateBundle) -> io::Result<Vec<u8>> {
        Ok(bundle.seal(&*self.at(bundle.issued)?))
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
        self.at(now)?;
        Ok(self.current().list.clone())
    }

    /// The key list as it was signed.
    pub fn signed_key_list(&self, now: Timestamp) -> io::Result<Vec<u8>> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the key list is damaged");
        KeyList::signed_in_file(&self.key_list(now)?).ok_or_else(damaged)
    }

    /// Reads keys that another server may have made since, and the key of this week.
    pub fn refresh(&self, now: Timestamp) -> io::Result<()> {
        let keys = Arc::new(self.folder.load(now)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn current(&self) -> Arc<Keys> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key of the week of an instant. A later week than the current one becomes current; an
    /// earlier one signs its own cards and never takes its place.
    fn at(&self, at: Timestamp) -> io::Result<Arc<IssuerKey>> {
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
struct Folder {
    root: PathBuf,
    keys: PathBuf,
}

impl Folder {
    /// The keys as of now, and the list of them: signed now, or as it was signed while there was a
    /// root.
    fn load(&self, now: Timestamp) -> io::Result<Keys> {
        let Some(root) = self.root()? else {
            return self.without_root(now);
        };
        let signing = Arc::new(self.signing(week_start(now))?);
        let mut keys = Vec::new();
        for start in self.starts()? {
            keys.push(self.key(start)?.public().clone());
        }
        let list = KeyList {
            issued: Timestamp::from_seconds(now.seconds()),
            keys,
        };
        let text = list.to_file_text(&root);
        self.keep(&text)?;
        Ok(Keys {
            signing,
            keyring: Arc::new(Keyring::from(&list)),
            list: text,
            made: now,
        })
    }

    fn without_root(&self, now: Timestamp) -> io::Result<Keys> {
        let signed = fs::read_to_string(self.keys.join(LIST)).ok();
        let list = signed.and_then(|text| Some((KeyList::from_file_text(&text, None).ok()?, text)));
        let (list, text) = list.ok_or_else(|| self.missing())?;
        let signing = Arc::new(self.signing(week_start(now))?);
        if !list.keys.contains(signing.public()) {
            return Err(self.missing());
        }
        tracing::warn!(
            file = %self.root.display(),
            "this file is missing: cards can be issued until {}, no longer; put it back",
            signing.window().signs_until().rfc3339(),
        );
        Ok(Keys {
            signing,
            keyring: Arc::new(Keyring::from(&list)),
            list: text,
            made: now,
        })
    }

    /// The root's seed, made where nothing was ever issued; none where it was taken away.
    fn root(&self) -> io::Result<Option<[u8; 32]>> {
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

/// The first second of the week of an instant.
const fn week_start(at: Timestamp) -> i64 {
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
