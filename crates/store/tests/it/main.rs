//! Every method of the store, on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod admissions;
mod asides;
mod attendants;
mod backup;
mod capacity;
mod cards;
mod checkpoints;
mod crowd;
mod declarations;
mod devices;
mod disk;
mod erasure;
mod helped;
mod holders;
mod lookups;
mod officers;
mod offices;
mod once;
mod otps;
mod paper;
mod phone_keys;
mod planted;
mod remarks;
mod scans;
mod scene;
mod schema;
mod sessions;
mod settings;
mod spent;
mod support;
mod surges;
mod units;
mod venues;
mod visits;
mod writer;
