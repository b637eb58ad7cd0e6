//! Every method of the store, on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod admissions;
mod attendants;
mod checkpoints;
mod devices;
mod officers;
mod scans;
mod scene;
mod schema;
mod support;
mod units;
mod venues;
