//! What a browser sees: pages, their words, and the files they need.

pub mod api;
pub mod assets;
pub mod cards;
pub mod chart;
pub mod code;
pub mod declarations;
pub mod demo;
pub mod field_errors;
pub mod home;
pub mod language;
pub mod local_path;
pub mod locale;
pub mod nav;
pub mod page;
pub mod peer;
pub mod privacy;
pub mod problem;
pub mod reply;
pub mod routes;
pub mod sign_in;
pub mod signed_in;
pub mod visits;
