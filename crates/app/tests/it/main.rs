//! Tests through the front door.
#![expect(clippy::unwrap_used, reason = "tests")]

mod kill;
mod office;
mod officers;
mod origin;
mod print;
mod roles;
mod scans_api;
mod support;
