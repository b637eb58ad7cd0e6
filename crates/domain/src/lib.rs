//! What is true in vaora: pure rules, no IO, no clock, no randomness.
//!
//! Callers bring time and chance as arguments. Constructors parse, so that a value that exists
//! is valid, and the rules built on such values do not fail.

#[macro_use]
mod text_enum;

pub mod admission;
pub mod aside;
pub mod audit;
pub mod birth;
pub mod card;
pub mod citizen;
pub mod declaration;
pub mod holder;
pub mod identity;
pub mod ids;
pub mod import;
pub mod journey;
pub mod likeness;
pub mod matching;
pub mod member;
pub mod otp;
pub mod owner;
pub mod paper;
pub mod permit;
pub mod permit_request;
pub mod phone;
pub mod phone_key;
pub mod presence;
pub mod request;
pub mod retention;
pub mod role;
pub mod scan;
pub mod search_key;
pub mod surge;
pub mod suspension;
pub mod time;
pub mod unit;
pub mod venue;
pub mod visit;
pub mod working_day;
