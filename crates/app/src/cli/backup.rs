//! `vaora backup` and `vaora restore`.

use super::runtime;
use super::words::{faultless, told};
use crate::clock::Clock;
use crate::config::Place;
use crate::folder;
use std::path::{Path, PathBuf};
use store::Store;
use store::backup::Counts;

/// Writes a backup while a server may be running.
pub(super) fn backup(file: &Path, place: &Place) -> anyhow::Result<()> {
    there(place)?;
    runtime()?.block_on(async {
        let store = Store::open(&place.store()).await?;
        let counts = store.backup(file, Clock::System.now()).await?;
        store.close().await;
        report(&format!("{} holds", file.display()), &counts);
        let keys = store.keys().folder().display();
        println!(
            "Opens with {keys}/backup.key and is read with {keys}/sealing.key: keep both in \
             another place than the backup."
        );
        Ok(())
    })
}

/// Fills an empty database.
pub(super) fn restore(file: &Path, place: &Place) -> anyhow::Result<()> {
    faultless(&place.validate())?;
    if !file.exists() {
        return Err(told("cli.no_file", &[("file", &file.display())]));
    }
    let keys = place.store().keys;
    if !keys.join("backup.key").exists() {
        return Err(told("cli.no_backup_key", &[("keys", &keys.display())]));
    }
    folder::make(&place.data)?;
    let _served = folder::lock(place.sqlite_file().as_deref())?;
    runtime()?.block_on(async {
        let store = Store::open(&place.store()).await?;
        let counts = store.restore(file).await?;
        store.close().await;
        report("Restored", &counts);
        Ok(())
    })
}

/// That a database and its keys are where they are said to be: looking makes none.
pub(super) fn there(place: &Place) -> anyhow::Result<()> {
    faultless(&place.validate())?;
    let filled = |file: &PathBuf| file.metadata().is_ok_and(|file| file.len() > 0);
    if let Some(file) = place.sqlite_file().filter(|file| !filled(file)) {
        return Err(told("cli.no_database", &[("file", &file.display())]));
    }
    let keys = place.store().keys;
    if !keys.join("sealing.key").exists() {
        return Err(told("cli.no_keys", &[("keys", &keys.display())]));
    }
    Ok(())
}

fn report(what: &str, counts: &Counts) {
    println!("{what} {} rows:", counts.values().sum::<u64>());
    for (table, count) in counts.iter().filter(|(_, count)| **count > 0) {
        println!("  {table} {count}");
    }
}
