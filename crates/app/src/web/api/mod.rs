//! The API: what programs ask, described at `/api/openapi.json`.

pub mod lists;
pub mod openapi;
pub mod scans;
