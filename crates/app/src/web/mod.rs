//! What a browser sees: pages, their words, and the files they need.

pub mod assets;
pub mod chart;
pub mod locale;
pub mod page;
