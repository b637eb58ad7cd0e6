//! Every method of the store, on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod scene;
mod support;

mod admissions;
mod attendants;
mod checkpoints;
mod devices;
mod units;
mod venues;
