//! Copies of a key folder.

use super::super::runtime;
use super::super::words::{both, told};
use super::{KeysPlace, Locked, given_back};
use crate::clock::Clock;
use crate::folder;
use domain::time::Timestamp;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::locked;
use store::signatures::{FILE, Register};

/// For how long a copy of a day's key is of use: whatever was forgotten is then gone everywhere a week later.
const DAYS_LIVE: Duration = Duration::from_secs(7 * 86_400);

/// Copies the folder.
pub(super) fn backup(file: &Path, locked: &Locked, place: &KeysPlace) -> anyhow::Result<()> {
    let keys = place.folder();
    if !keys.exists() {
        return Err(told("cli.no_issuer", &[("keys", &keys.display())]));
    }
    let passphrase = locked.passphrase()?;
    let mut files = Vec::new();
    gather(&keys, "", &mut files)?;
    // A database that is written to is copied as of one moment.
    let aside = keys.join(format!("copy-{:08x}", rand::random::<u32>()));
    if keys.join("issuer").join(FILE).exists() {
        let copied = runtime()?.block_on(async {
            let register = Register::new(&keys);
            let copied = register.copy(&aside).await;
            register.close().await;
            copied
        });
        copied?;
        files.push((format!("issuer/{FILE}"), aside.clone()));
    }
    let made = Clock::System.now().seconds();
    let written = locked::lock_files(file, &passphrase, made, &files);
    let _ = std::fs::remove_file(&aside);
    written?;
    let values: [(&str, &dyn std::fmt::Display); 2] =
        [("file", &file.display()), ("n", &files.len())];
    println!("{}", both("cli.keys_copied", &values));
    Ok(())
}

/// The secrets of a folder and of those in it, by their paths.
fn gather(folder: &Path, within: &str, files: &mut Vec<(String, PathBuf)>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{within}{name}");
        let kept = ["key", "json", "destroyed"];
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_dir() && within.is_empty() && ["days", "issuer"].contains(&name.as_str()) {
            gather(&path, &format!("{name}/"), files)?;
        } else if path.is_file() && ending.is_some_and(|ending| kept.contains(&ending)) {
            files.push((name, path));
        }
    }
    files.sort();
    Ok(())
}

/// Puts a copy's files into a folder that has none.
pub(super) fn restore(file: &Path, locked: &Locked, place: &KeysPlace) -> anyhow::Result<()> {
    let keys = place.folder();
    if !file.exists() {
        return Err(told("cli.no_file", &[("file", &file.display())]));
    }
    if keys.exists() && std::fs::read_dir(&keys)?.next().is_some() {
        return Err(told("cli.keys_there", &[("keys", &keys.display())]));
    }
    folder::make(&keys)?;
    let now = Clock::System.now();
    let keep = |name: &str, made: i64| {
        !name.ends_with(".key") || !name.starts_with("days/") || {
            let age = now.since(Timestamp::from_seconds(made));
            (0..=DAYS_LIVE.as_millis() as i64).contains(&age)
        }
    };
    let kept = locked::unlock_files(file, &locked.passphrase()?, &keys, keep)?;
    if keys.join("issuer").exists() {
        given_back(&keys)?;
    }
    println!("{}", both("cli.keys_restored", &[("n", &kept.files)]));
    if kept.days_left_out > 0 {
        println!(
            "{}",
            both("cli.days_left_out", &[("n", &kept.days_left_out)])
        );
    }
    Ok(())
}
