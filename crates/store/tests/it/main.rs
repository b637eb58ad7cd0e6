//! Every method of the store, on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod officers;
mod support;

mod units;
