//! A square drawn into a page, as SVG: sharp at any size, no request of its own.

use super::problem::Problem;
use codes::draw::{Level, Square};
use std::fmt::Write as _;

/// The modules of light around the square that readers need.
const QUIET: usize = 4;

/// A text as an inline SVG, its quiet zone included.
pub fn svg(text: &str) -> Result<String, Problem> {
    let square = Square::encode(text, Level::Medium)
        .map_err(|error| Problem::Internal(error.to_string()))?;
    let side = square.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..square.size() {
        let mut x = 0;
        while x < square.size() {
            let run = (x..square.size())
                .take_while(|x| square.dark(*x, y))
                .count();
            if run > 0 {
                // Writing to memory does not fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    Ok(format!(
        "<svg class=\"square\" viewBox=\"0 0 {side} {side}\" aria-hidden=\"true\" shape-rendering=\"crispEdges\">\
         <path fill=\"#FFF\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}
