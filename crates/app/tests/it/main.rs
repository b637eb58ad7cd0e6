//! Tests through the front door.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cli;
mod kill;
mod logs;
mod print;
mod running;
mod scans_api;
mod serve;
mod support;
