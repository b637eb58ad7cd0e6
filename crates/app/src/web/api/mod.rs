//! The API: what programs ask, described at `/api/openapi.json`.

mod answer;
pub mod body;
mod bounded;
pub mod gate_bundle;
pub mod lines;
pub mod lists;
pub mod openapi;
pub mod scans;
mod sealed;
mod set_aside;
pub mod unpacking;
