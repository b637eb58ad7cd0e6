//! What the journeys need: the server itself, a fake message service, a real browser with a fake
//! camera, and other programs that look at what is printed.
//!
//! `cargo test -p e2e` builds the server, so nothing here links to it: it is tried as people meet
//! it. Debian's `chromium`, `chromium-driver`, `poppler-utils` and `zbar-tools` must be there.

pub mod axe;
pub mod browser;
pub mod camera;
pub mod elements;
pub mod examine;
pub mod gate;
pub mod office;
pub mod people;
pub mod picture;
pub mod print;
pub mod server;
pub mod sms;
pub mod tools;
pub mod wire;

use std::time::{Duration, Instant};

/// How long anything may take that a person waits for.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Looks until there is something to see, or for [`PATIENCE`].
pub fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> anyhow::Result<T> {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return Ok(seen);
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
