//! Tests through the front door.

mod print;
