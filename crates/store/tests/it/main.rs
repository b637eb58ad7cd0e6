//! Every method of the store, on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod crowd;
mod scene;
mod support;

mod admissions;
mod attendants;
mod backup;
mod checkpoints;
mod devices;
mod disk;
mod erasure;
mod officers;
mod scans;
mod units;
mod venues;
