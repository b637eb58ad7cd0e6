//! How a scanner that types is set up, with a square to try it. The same for everybody, and printable.
//!
//! Barcodes that set a scanner up differ from maker to maker, so there are none: the page says what to look for in the
//! scanner's own manual.

use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::Reader;
use crate::AppState;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use codes::draw::{Level, QUIET, Square};

/// As many digits as a card's square has.
const DIGITS: usize = 290;

#[derive(Template)]
#[template(path = "gate/scanner_setup.html")]
struct ScannerSetupPage {
    page: Page,
    text: String,
    square: String,
}

/// The page.
pub async fn show(State(app): State<AppState>, reader: Reader) -> Result<Response, Problem> {
    let text = trial();
    let square = Square::encode(&text, Level::Medium)?.svg(QUIET);
    reply::page(&ScannerSetupPage {
        page: reader.page(&app),
        text,
        square,
    })
}

/// Digits that are no card's: numbers counted up, so that each stands in a place of its own and
/// whatever is lost is missed.
fn trial() -> String {
    let mut text: String = (1..100).map(|n| format!("{n:03}")).collect();
    text.truncate(DIGITS);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trial_is_as_long_as_a_card_and_is_none() {
        let text = trial();
        assert_eq!(text.len(), DIGITS);
        assert!(text.starts_with("001002003") && text.ends_with("09609"));
        assert!(text.bytes().all(|digit| digit.is_ascii_digit()));
    }
}
