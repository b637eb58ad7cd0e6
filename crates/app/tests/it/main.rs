//! Tests through the front door.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::too_many_lines, reason = "a test is read as one story")]

mod account;
mod api;
mod boards;
mod cards;
mod cli;
mod confirmations;
mod declarations;
mod demo;
mod home;
mod kill;
mod landing;
mod logs;
mod office;
mod officers;
mod origin;
mod print;
mod roles;
mod running;
mod scanner;
mod scans_api;
mod serve;
mod sign_in;
mod support;
mod tidy;
mod venues;
mod visits;
