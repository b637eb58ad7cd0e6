//! Tests through the front door.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::too_many_lines, reason = "a test is read as one story")]

mod account;
mod api;
mod attendants;
mod batches;
mod boards;
mod cards;
mod checkpoints;
mod cli;
mod config_file;
mod confirmations;
mod declarations;
mod declared_for;
mod demo;
mod devices;
mod examples;
mod gate_bundle;
mod home;
mod identities;
mod invitations;
mod kill;
mod landing;
mod logs;
mod office;
mod officer_sign_in;
mod officers;
mod origin;
mod phone_keys;
mod print;
mod registration;
mod roles;
mod running;
mod scanner;
mod scans_api;
mod sealed;
mod serve;
mod sign_in;
mod support;
mod tidy;
mod tls;
mod trust;
mod venues;
mod visits;
mod without_code;
