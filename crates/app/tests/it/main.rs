//! Tests through the front door.
#![expect(clippy::unwrap_used, reason = "tests")]

mod print;
mod scans_api;
mod support;
