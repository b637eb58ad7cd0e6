//! What an operator does with the issuing keys: makes those of the coming weeks, and ends one.

use super::{Folder, WEEK, week_start, window};
use domain::time::Timestamp;
use rand::Rng as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use store::keys::write_secret;

/// A key that was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retired {
    /// Its id.
    pub key: [u8; 4],
    /// When its week began and ended.
    pub week: (Timestamp, Timestamp),
}

impl Folder {
    /// Makes the keys of this week and of so many weeks from it on, where they are missing, and signs the
    /// list. Says the first instant for which there is none.
    pub fn make_weeks(&self, weeks: u32, root: &[u8; 32], now: Timestamp) -> io::Result<Timestamp> {
        fs::create_dir_all(&self.keys)?;
        let mut start = week_start(now);
        for _ in 0..weeks.max(1) {
            self.key(start)?;
            start += WEEK.as_secs() as i64;
        }
        self.sign_list(root, now)?;
        Ok(Timestamp::from_seconds(start))
    }

    /// Whether a root is the one that signed the list that is published; nothing when none was.
    pub fn is_root(&self, root: &[u8; 32]) -> Option<bool> {
        let text = fs::read_to_string(self.keys.join(super::LIST)).ok()?;
        let named = codes::KeyList::parse_root(&codes::KeyList::root_in_file(&text)?)?;
        Some(named == codes::KeyList::root(root))
    }

    /// Ends the key with an id of eight hexadecimal digits: its secret is destroyed, the list no longer names
    /// it, and another key signs the cards of its week. Nothing when there is no such key.
    pub fn retire(
        &self,
        key: &str,
        root: &[u8; 32],
        now: Timestamp,
    ) -> io::Result<Option<Retired>> {
        let Some((start, id)) = self.find(key)? else {
            return Ok(None);
        };
        let path = self.path(start);
        let mut seed = [0; 32];
        rand::rng().fill_bytes(&mut seed);
        let aside = path.with_extension(format!("{:016x}.new", rand::random::<u64>()));
        write_secret(&aside, &seed)?;
        let mut old = fs::OpenOptions::new().write(true).open(&path)?;
        fs::rename(&aside, &path)?;
        old.write_all(&[0; 32])?;
        old.sync_all()?;
        fs::File::open(&self.keys)?.sync_all()?;
        self.sign_list(root, now)?;
        let window = window(start)?;
        Ok(Some(Retired {
            key: id,
            week: (window.signs_from(), window.signs_until()),
        }))
    }

    /// The week of a key and its id.
    pub fn find(&self, key: &str) -> io::Result<Option<(i64, [u8; 4])>> {
        for start in self.starts()? {
            let id = self.key(start)?.id();
            if id.to_string().eq_ignore_ascii_case(key) {
                return Ok(Some((start, id.0)));
            }
        }
        Ok(None)
    }

    /// Takes the root out of the folder: overwritten and removed.
    pub fn remove_root(&self) -> io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).open(&self.root)?;
        file.write_all(&[0; 32])?;
        file.sync_all()?;
        fs::remove_file(&self.root)?;
        let parent = self.root.parent().unwrap_or_else(|| Path::new("."));
        fs::File::open(parent)?.sync_all()
    }
}
