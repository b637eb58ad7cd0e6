//! Tests through the front door.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cards;
mod cli;
mod declarations;
mod home;
mod kill;
mod logs;
mod office;
mod officers;
mod origin;
mod print;
mod roles;
mod running;
mod scans_api;
mod serve;
mod sign_in;
mod support;
mod tidy;
mod visits;
