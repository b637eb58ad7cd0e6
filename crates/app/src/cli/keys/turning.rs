//! New keys, and the end of one.

use super::super::runtime;
use super::super::there::there;
use super::super::words::{both, told};
use super::{KeysPlace, Locked, Root, given_back};
use crate::clock::Clock;
use crate::issuer::{Folder, Issuer};
use codes::{Card, Code, KeyList, Keyring};
use domain::ids::CardId;
use domain::time::{Timestamp, Zone};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use store::Store;
use store::locked;
use store::signatures::{Bounds, FILE, Register};

/// Writes the root to a file and takes it out of the folder.
pub(super) fn root_out(
    file: &Path,
    weeks: u32,
    locked: &Locked,
    place: &KeysPlace,
) -> anyhow::Result<()> {
    let keys = place.there()?;
    let folder = Folder::of(&keys);
    let root = folder.root()?;
    let root = root.ok_or_else(|| told("cli.root_wanted", &[("keys", &keys.display())]))?;
    let passphrase = locked.passphrase()?;
    locked::lock(file, &passphrase, &root)?;
    // Only what can be read back may be removed here.
    if locked::unlock::<32>(file, &passphrase)? != root {
        return Err(told("cli.root_unread", &[("file", &file.display())]));
    }
    let until = folder.make_weeks(weeks, &root, Clock::System.now())?;
    folder.remove_root()?;
    given_back(&keys)?;
    let day = Zone::VIETNAM.day(until).written();
    let values: [(&str, &dyn std::fmt::Display); 2] = [("file", &file.display()), ("day", &day)];
    println!("{}", both("cli.root_is_out", &values));
    Ok(())
}

/// Makes the keys of the coming weeks.
pub(super) fn rotate(
    root: &Root,
    weeks: u32,
    locked: &Locked,
    place: &KeysPlace,
) -> anyhow::Result<()> {
    let keys = place.there()?;
    let folder = Folder::of(&keys);
    let secret = root.secret(&folder, &keys, locked)?;
    let until = folder.make_weeks(weeks, &secret, Clock::System.now())?;
    given_back(&keys)?;
    let day = Zone::VIETNAM.day(until).written();
    println!("{}", both("cli.rotated", &[("day", &day)]));
    Ok(())
}

/// Ends a key for good, and says what follows.
pub(super) fn retire(
    key: &str,
    root: &Root,
    locked: &Locked,
    place: &KeysPlace,
) -> anyhow::Result<()> {
    let keys = place.there()?;
    sweep(&keys);
    let folder = Folder::of(&keys);
    let secret = root.secret(&folder, &keys, locked)?;
    let now = Clock::System.now();
    let retired = folder.retire(key, &secret, now)?;
    let retired = retired.ok_or_else(|| told("cli.no_key", &[("key", &key)]))?;
    // The signer must be able to read the new key, whatever fails from here on.
    given_back(&keys)?;
    let counted = runtime()?.block_on(async {
        let register = Register::new(&keys);
        let count = register.signed_by(retired.key, now).await?;
        register.close().await;
        println!("{}", both("cli.retired", &[("key", &key), ("n", &count)]));
        reissue(place, retired.week, now).await
    });
    if let Err(error) = counted {
        let reason = format!("{error:#}");
        println!(
            "{}",
            both("cli.reissue_failed", &[("key", &key), ("reason", &reason)])
        );
    }
    given_back(&keys)
}

/// Says in which units cards on paper and plastic must be printed again.
async fn reissue(
    place: &KeysPlace,
    week: (Timestamp, Timestamp),
    now: Timestamp,
) -> anyhow::Result<()> {
    // The database may be another user's to read.
    if there(&place.place).is_err() {
        println!("{}", both("cli.reissue_elsewhere", &[]));
        return Ok(());
    }
    let store = Store::open(&place.place.store()).await?;
    let mut tx = store.read().await?;
    let units = tx.units(store.zone().day(now)).await?;
    for (path, count) in tx.cards_printed_in(week, now).await? {
        let name = path.0.last().map(|unit| units.full_name(unit));
        println!("  {}: {count}", name.unwrap_or_default());
    }
    tx.rollback().await?;
    store.close().await;
    Ok(())
}

/// Rehearses the end of a key on a copy.
pub(super) fn drill(key: Option<&str>, place: &KeysPlace) -> anyhow::Result<()> {
    let keys = place.there()?;
    let copy = Copy::new(&keys)?;
    let now = Clock::System.now();
    let begun = Instant::now();
    // The real root stays where it is: the copy gets one of its own.
    let folder = Folder::of(&copy.0);
    let root: [u8; 32] = rand::random();
    store::keys::write_secret(&copy.0.join("root.key"), &root)?;
    let issuer = Issuer::open(&copy.0, now)?;
    let key = match key {
        Some(key) => key.to_owned(),
        None => issuer.key_at(now)?.id().to_string(),
    };
    let found = folder.find(&key)?;
    let (start, id) = found.ok_or_else(|| told("cli.no_key", &[("key", &key)]))?;
    let issued = Timestamp::from_seconds(start);
    let sample = Card {
        id: CardId(rand::random()),
        status_index: 0,
        issued,
        expires: issued.plus(Duration::from_secs(3600)),
        scope: 0,
    };
    let before = issuer.sign(&sample)?;
    folder.retire(&key, &root, now)?;
    issuer.refresh(now)?;
    let after = issuer.sign(&sample)?;
    let list = KeyList::from_file_text(&issuer.key_list(now)?, Some(&KeyList::root(&root)))?;
    let keyring = Keyring::from(&list);
    let believed = |text: &str| match codes::read(text) {
        Code::Card(card) => card.verify(&keyring).is_ok(),
        _ => false,
    };
    anyhow::ensure!(!believed(&before), "the old key is still believed");
    anyhow::ensure!(believed(&after), "the new key is not believed");
    let count = runtime()?.block_on(async {
        let register = Register::at(copy.0.join("issuer").join(FILE), Bounds::NONE);
        let count = register.signed_by(id, now).await;
        register.close().await;
        count
    })?;
    let millis = begun.elapsed().as_millis();
    let values: [(&str, &dyn std::fmt::Display); 3] =
        [("key", &key), ("n", &count), ("ms", &millis)];
    println!("{}", both("cli.drilled", &values));
    Ok(())
}

/// How the folders of copies begin.
const COPY: &str = "drill-";

/// Destroys copies whose drill was killed.
fn sweep(keys: &Path) {
    for entry in std::fs::read_dir(keys).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(COPY) {
            drop(Copy(entry.path()));
        }
    }
}

/// A copy of the issuing keys, within their folder; gone when dropped.
struct Copy(PathBuf);

impl Copy {
    fn new(keys: &Path) -> anyhow::Result<Self> {
        sweep(keys);
        let folder = keys.join(format!("{COPY}{:08x}", rand::random::<u32>()));
        let copy = Self(folder);
        crate::folder::make(&copy.0.join("issuer"))?;
        for entry in std::fs::read_dir(keys.join("issuer"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "key") {
                let name = path.file_name().unwrap_or_default();
                std::fs::copy(&path, copy.0.join("issuer").join(name))?;
            }
        }
        runtime()?.block_on(async {
            let register = Register::new(keys);
            register.copy(&copy.0.join("issuer").join(FILE)).await?;
            register.close().await;
            Ok::<_, store::Error>(())
        })?;
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let issuer = self.0.join("issuer");
        for entry in std::fs::read_dir(issuer).into_iter().flatten().flatten() {
            if entry
                .path()
                .extension()
                .is_some_and(|ending| ending == "key")
            {
                let _ = std::fs::write(entry.path(), [0; 32]);
            }
        }
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
