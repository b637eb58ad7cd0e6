//! `vaora backup` and `vaora restore`.

use super::runtime;
use crate::clock::Clock;
use crate::config::Place;
use anyhow::{Context as _, bail};
use std::path::Path;
use store::Store;
use store::backup::Counts;

/// Writes a backup while a server may be running.
pub(super) fn backup(file: &Path, place: &Place) -> anyhow::Result<()> {
    check(place)?;
    if let Some(database) = place.sqlite_file()
        && !database.exists()
    {
        bail!(
            "{} does not exist: nothing to back up; name the data folder with --data",
            database.display()
        );
    }
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
    check(place)?;
    if !file.exists() {
        bail!("{} does not exist", file.display());
    }
    let keys = place.store().keys;
    if !keys.join("backup.key").exists() {
        bail!(
            "{} has no backup.key: put the key folder's backup.key and sealing.key in place first",
            keys.display()
        );
    }
    std::fs::create_dir_all(&place.data).context("the data folder cannot be made")?;
    runtime()?.block_on(async {
        let store = Store::open(&place.store()).await?;
        let counts = store.restore(file).await?;
        store.close().await;
        report("Restored", &counts);
        Ok(())
    })
}

fn check(place: &Place) -> anyhow::Result<()> {
    let faults = place.validate();
    if !faults.is_empty() {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        bail!("{}", lines.join("\n"));
    }
    Ok(())
}

fn report(what: &str, counts: &Counts) {
    println!("{what} {} rows:", counts.values().sum::<u64>());
    for (table, count) in counts.iter().filter(|(_, count)| **count > 0) {
        println!("  {table} {count}");
    }
}
