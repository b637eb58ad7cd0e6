//! vaora's pages.

pub mod web;
