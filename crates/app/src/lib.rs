//! vaora: who entered and left which place, decided at the door, and forgotten on time.
//!
//! One binary with web pages, API, jobs, printing and commands. `web/routes.rs` lists every
//! address, `web/problem.rs` every refusal, `config.rs` every setting.

pub mod admin_units;
pub mod app;
pub mod card_list;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod export;
pub mod folder;
pub mod gate_list;
pub mod gates;
pub mod gateway;
pub mod import;
pub mod issuer;
pub mod jobs;
pub mod logs;
pub mod old_units;
pub mod otp;
pub mod passwords;
pub mod percent;
pub mod photo;
pub mod print;
pub mod queue_key;
pub mod reading;
pub mod server;
pub mod set_up;
pub mod signer;
pub mod tls;
pub mod totp;
pub mod travel_gates;
pub mod web;

pub use app::{App, AppState};
