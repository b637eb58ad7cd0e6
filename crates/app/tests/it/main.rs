//! Tests through the front door.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cards;
mod declarations;
mod home;
mod kill;
mod office;
mod officers;
mod origin;
mod print;
mod roles;
mod scans_api;
mod sign_in;
mod support;
mod tidy;
mod visits;
