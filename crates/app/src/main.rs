//! The vaora binary.
fn main() {}
