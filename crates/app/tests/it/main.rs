//! Tests through the front door.
#![expect(clippy::unwrap_used, reason = "tests")]

mod boards;
mod landing;
mod print;
mod scanner;
mod scans_api;
mod support;
mod venues;
