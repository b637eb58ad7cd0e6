//! What a browser sees: pages, their words, and the files they need.

pub mod api;
pub mod assets;
<<<<<<< HEAD
pub mod attendants;
pub mod boards;
pub mod chart;
pub mod checkpoints;
pub mod devices;
pub mod field_errors;
pub mod landing;
=======
pub mod audit;
pub mod cards;
pub mod chart;
pub mod code;
pub mod csrf;
pub mod declarations;
pub mod demo;
pub mod field_errors;
pub mod headers;
pub mod home;
pub mod invitations;
pub mod language;
pub mod local_path;
>>>>>>> main
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
pub mod path_id;
pub mod peer;
<<<<<<< HEAD
pub mod posters;
=======
pub mod privacy;
>>>>>>> main
pub mod problem;
pub mod reply;
pub mod routes;
<<<<<<< HEAD
pub mod scanner;
pub mod scans;
pub mod signed_in;
pub mod units;
pub mod venues;
=======
pub mod set_up;
pub mod sign_in;
pub mod signed_in;
pub mod square;
pub mod visits;
>>>>>>> main
