//! The key folder: what opens sealed data, and one random key a local day.
//!
//! `sealing.key` opens names and numbers. `days/<date>.key` stands behind the scans of one local
//! day: a day is forgotten by destroying its key, and the database, its write-ahead log, replicas
//! and backups go dark together. Nothing of this folder is ever in the database or in a backup
//! of it. All servers on one PostgreSQL share the folder.

use crate::Error;
use crate::sealing::Sealer;
use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use domain::ids::{HolderId, VenueId};
use domain::time::Day;
use hmac::{Hmac, Mac};
use rand::Rng;
use sha2::Sha256;
use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use uuid::Uuid;
use zeroize::Zeroizing;

/// A holder as the scans of one day know them: equal within the day, unlinkable across days and
/// to a person without the day's key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, sqlx::Type)]
#[sqlx(transparent)]
pub struct Pseudonym(pub Uuid);

/// One local day's key.
pub struct DayKey {
    cipher: Aes128,
    digest: Hmac<Sha256>,
}

impl DayKey {
    fn new(bytes: &[u8; 16]) -> Self {
        let digest = <Hmac<Sha256> as KeyInit>::new_from_slice(bytes).expect("any key length");
        Self {
            cipher: Aes128::new(bytes.into()),
            digest,
        }
    }

    /// The pseudonym of a holder on this day: the 16-byte id as one AES block.
    pub fn pseudonym(&self, holder: HolderId) -> Pseudonym {
        let mut block = (*holder.0.as_bytes()).into();
        self.cipher.encrypt_block(&mut block);
        Pseudonym(Uuid::from_bytes(block.into()))
    }

    /// The holder behind a pseudonym of this day.
    pub fn holder(&self, pseudonym: Pseudonym) -> HolderId {
        let mut block = (*pseudonym.0.as_bytes()).into();
        self.cipher.decrypt_block(&mut block);
        HolderId(Uuid::from_bytes(block.into()))
    }

    /// A venue's id under this day's key, for what outlives the day beside a person: the place is forgotten with the day.
    pub fn hide(&self, venue: VenueId) -> Uuid {
        self.pseudonym(HolderId(venue.0)).0
    }

    /// The venue behind what [`DayKey::hide`] made.
    pub fn venue(&self, hidden: Uuid) -> VenueId {
        VenueId(self.holder(Pseudonym(hidden)).0)
    }

    /// Eight bytes that tell one scan's content from another's, and nothing without the key.
    pub fn digest(&self, parts: &[&[u8]]) -> [u8; 8] {
        let mut out = [0; 8];
        out.copy_from_slice(&self.hash(parts)[..8]);
        out
    }

    /// By what somebody is found again within this day, and says nothing without the key.
    pub fn hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.digest.clone();
        for part in parts {
            mac.update(&(part.len() as u32).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The key folder, with the day keys in use held in memory.
pub struct Keys {
    folder: PathBuf,
    sealer: Sealer,
    days: RwLock<HashMap<Day, Arc<DayKey>>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.folder.display())
    }
}

impl Keys {
    /// Opens a key folder, making it (mode 0700) and its sealing key (0600) where there is none.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let days = folder.join("days");
        make_folder(folder)?;
        make_folder(&days)?;
        let secret =
            Zeroizing::new(read_or_make::<32>(&folder.join("sealing.key")).map_err(Error::Keys)?);
        Ok(Self {
            folder: folder.to_owned(),
            sealer: Sealer::new(&secret),
            days: RwLock::default(),
        })
    }

    /// Where the folder is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What seals and opens personal data.
    pub const fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// The key of a day, made when the day has none and is not older than `oldest`; nothing when
    /// it was destroyed or is past its retention.
    pub fn day(&self, day: Day, oldest: Day) -> Result<Option<Arc<DayKey>>, Error> {
        if day < oldest {
            return Ok(None);
        }
        if let Some(key) = self.cached(day) {
            return Ok(Some(key));
        }
        if self.tombstone(day).exists() {
            return Ok(None);
        }
        let bytes = Zeroizing::new(read_or_make::<16>(&self.path(day)).map_err(Error::Keys)?);
        Ok(Some(self.cache(day, &bytes)))
    }

    /// The key of a day, when it exists; none is made.
    pub fn existing(&self, day: Day) -> Result<Option<Arc<DayKey>>, Error> {
        if let Some(key) = self.cached(day) {
            return Ok(Some(key));
        }
        match fs::read(self.path(day)) {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                let bytes: &[u8; 16] = bytes
                    .as_slice()
                    .try_into()
                    .map_err(|_| Error::Damaged("day key"))?;
                Ok(Some(self.cache(day, bytes)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::Keys(error)),
        }
    }

    /// Destroys the keys of every day before `oldest` and says which days went dark.
    pub fn destroy_before(&self, oldest: Day) -> Result<Vec<Day>, Error> {
        let mut gone = Vec::new();
        for entry in fs::read_dir(self.folder.join("days")).map_err(Error::Keys)? {
            let name = entry.map_err(Error::Keys)?.file_name();
            let day = name
                .to_str()
                .and_then(|name| name.strip_suffix(".key"))
                .and_then(Day::parse);
            if let Some(day) = day.filter(|day| *day < oldest) {
                self.destroy(day)?;
                gone.push(day);
            }
        }
        gone.sort();
        // Another program that shares the folder may have destroyed keys still held in memory.
        self.days
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .retain(|day, _| *day >= oldest);
        Ok(gone)
    }

    /// Destroys one day's key: overwritten, removed, and never made again.
    pub fn destroy(&self, day: Day) -> Result<(), Error> {
        let path = self.path(day);
        let wipe = || -> io::Result<()> {
            fs::write(self.tombstone(day), b"")?;
            if path.exists() {
                let mut file = fs::OpenOptions::new().write(true).open(&path)?;
                file.write_all(&[0; 16])?;
                file.sync_all()?;
                fs::remove_file(&path)?;
            }
            fs::File::open(self.folder.join("days"))?.sync_all()
        };
        wipe().map_err(Error::Keys)?;
        self.days
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .remove(&day);
        Ok(())
    }

    fn cached(&self, day: Day) -> Option<Arc<DayKey>> {
        self.days
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .get(&day)
            .cloned()
    }

    fn cache(&self, day: Day, bytes: &[u8; 16]) -> Arc<DayKey> {
        let key = Arc::new(DayKey::new(bytes));
        self.days
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .insert(day, Arc::clone(&key));
        key
    }

    fn path(&self, day: Day) -> PathBuf {
        self.folder.join("days").join(format!("{day}.key"))
    }

    fn tombstone(&self, day: Day) -> PathBuf {
        self.folder.join("days").join(format!("{day}.destroyed"))
    }
}

fn make_folder(path: &Path) -> Result<(), Error> {
    let make = || -> io::Result<()> {
        fs::create_dir_all(path)?;
        #[cfg(unix)]
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        Ok(())
    };
    make().map_err(Error::Keys)
}

/// Reads a secret of `N` bytes, or makes it. Two programs may try at once: the file appears
/// whole (written aside, then linked), and who comes second reads what the first made.
pub fn read_or_make<const N: usize>(path: &Path) -> io::Result<[u8; N]> {
    let read = || -> io::Result<[u8; N]> {
        let bytes = Zeroizing::new(fs::read(path)?);
        bytes.as_slice().try_into().map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{} is damaged", path.display()),
            )
        })
    };
    match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => return other,
    }
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    let aside = path.with_extension(format!("{:016x}.new", rand::rng().next_u64()));
    write_secret(&aside, &bytes)?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    match linked {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(),
        Err(error) => Err(error),
    }
}

/// Writes a new file that only its owner may read (mode 0600), durably.
pub fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
