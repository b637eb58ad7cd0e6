//! The API: what programs ask, described at `/api/openapi.json`.

pub mod openapi;
pub mod scans;
