//! `vaora keys list`.

use super::words::told;
use crate::clock::Clock;
use crate::config::Place;
use crate::issuer::Issuer;

/// Prints the signed list of public keys.
pub(super) fn list(place: &Place) -> anyhow::Result<()> {
    let folder = place.store().keys;
    if !folder.join("root.key").exists() && !folder.join("issuer").exists() {
        return Err(told("cli.no_issuer", &[("keys", &folder.display())]));
    }
    let now = Clock::System.now();
    print!("{}", Issuer::open(&folder, now)?.key_list(now)?);
    Ok(())
}
