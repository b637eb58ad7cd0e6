//! What a browser sees: pages, their words, and the files they need.

pub mod api;
pub mod assets;
pub mod attendants;
pub mod boards;
pub mod chart;
pub mod checkpoints;
pub mod devices;
pub mod field_errors;
pub mod landing;
pub mod locale;
pub mod nav;
pub mod page;
pub mod path_id;
pub mod peer;
pub mod posters;
pub mod problem;
pub mod routes;
pub mod scanner;
pub mod scans;
pub mod signed_in;
pub mod units;
pub mod venues;
