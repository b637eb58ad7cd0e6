//! Where a command finds its data: what only looks makes no folder, no database and no key.

use super::words::{faultless, told};
use crate::config::Place;
use std::path::PathBuf;

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
