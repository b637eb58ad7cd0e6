//! The vaora binary: see `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    vaora::cli::run()
}
