//! The pages, the API and the printing of vaora.

pub mod print;
