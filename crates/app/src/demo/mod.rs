//! The demonstration: a made-up but lifelike Huế, filled into an empty folder.
//!
//! People and movements grow from one seed, so that two folders look alike; keys, tokens,
//! passwords and TOTP secrets are random in each. Scans go in the way all scans go. What a script
//! needs to try the product is written to `demo.json` last. The mark of a demonstration is in the
//! database before anything is planted: a copy of it, or a folder without the file, stays one.

mod accounts;
mod answers;
mod asides;
mod movements;
mod people;
mod places;

use crate::AppState;
use crate::config::Config;
use anyhow::{Context, bail};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The seed of people and movements.
const SEED: u64 = 46;
/// How many days of movements there are, today included.
const DAYS: i32 = 14;

/// How large a demonstration is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How many people there are: more than the reserved ones.
    pub holders: usize,
    /// How many venues there are: one at least.
    pub venues: usize,
    /// About how many scans the days hold.
    pub scans: usize,
}

impl Size {
    /// A town, as `vaora serve --demo` shows it.
    pub const TOWN: Self = Self {
        holders: 20_000,
        venues: 500,
        scans: 150_000,
    };
}

/// What a script needs to try the product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Demo {
    /// Where it is served.
    pub base_url: String,
    /// One account of every role that has a page.
    pub accounts: Vec<Account>,
    /// The token of a device at a venue that is open round the clock.
    pub device_token: String,
    /// The device's checkpoint.
    pub checkpoint_id: String,
    /// Ten valid cards of different people, outside, freshly declared: what their squares say.
    pub card_codes: Vec<String>,
    /// Ten checkpoints: what their posters' squares say.
    pub venue_codes: Vec<String>,
    /// Where the messages to a phone can be read: `?phone=`.
    pub otp_inbox_url: String,
}

/// An account to sign in with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// The role.
    pub role: String,
    /// A phone number, or an officer's login.
    pub login: String,
    /// An officer's password.
    pub password: Option<String>,
    /// An officer's TOTP secret in base32; phones get a code instead.
    pub totp_secret: Option<String>,
}

/// The file that says how to try a demonstration.
pub fn marker(data: &Path) -> PathBuf {
    data.join("demo.json")
}

/// The file that says that filling a folder has begun.
fn begun(data: &Path) -> PathBuf {
    data.join("demo.begun")
}

/// The file that says that a folder is a demonstration, finished or not.
pub fn mark(data: &Path) -> Option<PathBuf> {
    [marker(data), begun(data)]
        .into_iter()
        .find(|file| file.exists())
}

/// Writes the address it is served at now into `demo.json`, in every place that names the old one.
pub fn move_to(data: &Path, demo: Demo, base_url: &str) -> anyhow::Result<Demo> {
    if demo.base_url == base_url {
        return Ok(demo);
    }
    let old = demo.base_url.clone();
    let moved = |text: &String| text.replacen(&old, base_url, 1);
    let demo = Demo {
        base_url: base_url.to_owned(),
        venue_codes: demo.venue_codes.iter().map(moved).collect(),
        otp_inbox_url: moved(&demo.otp_inbox_url),
        ..demo
    };
    write(data, &demo)?;
    Ok(demo)
}

/// Marks an empty folder before it is filled. What an interrupted filling left is cleared away:
/// everything in it was made up. A database that is there must say itself what it is.
pub fn begin(config: &Config) -> anyhow::Result<()> {
    let data = &config.data;
    if marker(data).exists() || (!begun(data).exists() && data.join("vaora.sqlite").exists()) {
        return Ok(());
    }
    if begun(data).exists() && config.database.is_none() && config.keys.is_none() {
        for file in ["vaora.sqlite", "vaora.sqlite-wal", "vaora.sqlite-shm"] {
            let _ = std::fs::remove_file(data.join(file));
        }
        let _ = std::fs::remove_dir_all(data.join("keys"));
    }
    std::fs::write(begun(data), "This folder holds made-up people.\n")?;
    Ok(())
}

/// Reads what [`fill`] wrote; nothing in a folder that is no demonstration.
pub fn read(data: &Path) -> anyhow::Result<Option<Demo>> {
    match std::fs::read(marker(data)) {
        Ok(bytes) => Ok(Some(
            serde_json::from_slice(&bytes).context("demo.json cannot be read")?,
        )),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("demo.json cannot be read"),
    }
}

/// Fills an empty installation and writes `demo.json`.
pub async fn fill(app: &AppState, size: Size) -> anyhow::Result<Demo> {
    let now = app.now();
    let mut rng = StdRng::seed_from_u64(SEED);
    let units = app.units();
    let people = people::people(&mut rng, &units, now, size.holders);
    let town = places::town(&mut rng, &units, &people, now, size.venues);
    let trips = movements::trips(&mut rng, &town, &people, now, app.zone(), size.scans);
    if !app.store.read().await?.is_vacant().await? {
        bail!(
            "this folder holds data already, and no finished demonstration: choose an empty one with --data, \
             or serve it without --demo"
        );
    }

    let mut tx = app.store.write().await?;
    tx.mark_demonstration().await?;
    tx.plant_holders(&people.holders).await?;
    tx.plant_cards(&people.cards).await?;
    tx.plant_declarations(&trips.declarations).await?;
    tx.plant_venues(&town.venues).await?;
    tx.commit().await?;

    movements::replay(app, &town, &trips.scans, now).await?;
    let demo = accounts::create(app, &town, &people, now).await?;
    asides::set_aside(app, &town, &people, now).await?;
    write(&app.config.data, &demo)?;
    Ok(demo)
}

/// Writes `demo.json`, whole or not at all, for its owner's eyes only.
pub fn write(data: &Path, demo: &Demo) -> anyhow::Result<()> {
    let text = serde_json::to_vec_pretty(demo)?;
    let aside = data.join("demo.json.new");
    let _ = std::fs::remove_file(&aside);
    store::keys::write_secret(&aside, &text)?;
    std::fs::rename(&aside, marker(data))?;
    let _ = std::fs::remove_file(begun(data));
    Ok(())
}
