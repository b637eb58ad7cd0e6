//! What a browser sees: pages, their words, and the files they need.

pub mod api;
pub mod assets;
pub mod audit;
pub mod chart;
pub mod csrf;
pub mod field_errors;
pub mod headers;
pub mod invitations;
pub mod locale;
pub mod nav;
pub mod office;
pub mod office_cards;
pub mod office_settings;
pub mod office_venues;
pub mod officer_changes;
pub mod officer_sign_in;
pub mod officers;
pub mod page;
pub mod peer;
pub mod problem;
pub mod routes;
pub mod set_up;
pub mod signed_in;
pub mod square;
