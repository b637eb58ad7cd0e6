//! `vaora backup` and `vaora restore`.

use super::runtime;
use super::there::there;
use super::words::{both, faultless, told};
use crate::clock::Clock;
use crate::config::Place;
use crate::folder;
use std::path::Path;
use store::Store;
use store::backup::Counts;

/// Writes a backup while a server may be running.
pub(super) fn backup(file: &Path, place: &Place) -> anyhow::Result<()> {
    there(place)?;
    runtime()?.block_on(async {
        let store = Store::open(&place.store()).await?;
        let counts = store.backup(file, Clock::System.now()).await?;
        store.close().await;
        report("cli.backed_up", file, &counts);
        let keys = store.keys().folder().display();
        println!("{}", both("cli.keep_keys", &[("keys", &keys)]));
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
        report("cli.restored", file, &counts);
        Ok(())
    })
}

/// Says in both languages what was done with how many rows, then how many each table has.
fn report(key: &str, file: &Path, counts: &Counts) {
    let rows = counts.values().sum::<u64>();
    println!("{}", both(key, &[("file", &file.display()), ("n", &rows)]));
    for (table, count) in counts.iter().filter(|(_, count)| **count > 0) {
        println!("  {table} {count}");
    }
}
