//! What a browser sees: pages, their words, and the files they need.

pub mod api;
pub mod assets;
pub mod chart;
pub mod field_errors;
pub mod guard;
pub mod locale;
pub mod nav;
pub mod page;
pub mod peer;
pub mod problem;
pub mod routes;
pub mod signed_in;
