//! What is true in vaora: pure rules, no IO, no clock, no randomness.

pub mod ids;
pub mod time;
