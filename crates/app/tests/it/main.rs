//! Tests through the front door.
#![expect(clippy::unwrap_used, reason = "tests")]

mod kill;
mod print;
mod scans_api;
mod support;
