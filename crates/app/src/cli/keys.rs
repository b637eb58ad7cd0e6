//! `vaora keys list`.

use crate::clock::Clock;
use crate::config::Place;
use crate::issuer::Issuer;
use anyhow::bail;

/// Prints the signed list of public keys.
pub(super) fn list(place: &Place) -> anyhow::Result<()> {
    let folder = place.store().keys;
    if !folder.join("root.key").exists() && !folder.join("issuer").exists() {
        bail!(
            "{} holds no issuer's keys: name the folder with --data or --keys",
            folder.display()
        );
    }
    let now = Clock::System.now();
    print!("{}", Issuer::open(&folder, now)?.key_list(now)?);
    Ok(())
}
