//! What foreign codes say of a person: a sex, and text made safe to show.

use serde::Serialize;
use unicode_normalization::{UnicodeNormalization, is_nfc};

const MAX_FIELD: usize = 200;

/// The sex a code states.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// Nam.
    Male,
    /// Nữ.
    Female,
}

/// Whether a text is exactly so many ASCII digits.
pub(crate) fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A field as it may be kept and shown: composed (NFC), single-spaced, without controls, bounded.
pub(crate) fn clean(field: &str) -> String {
    let composed: String = match is_nfc(field) {
        true => field.to_owned(),
        false => field.nfc().collect(),
    };
    let visible: String = composed
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|&c| !c.is_control() && !is_direction(c))
        .take(MAX_FIELD)
        .collect();
    let words: Vec<_> = visible.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// A field that may be left out: empty or a dash.
pub(crate) fn optional(field: &str) -> Option<String> {
    let field = clean(field);
    (!field.is_empty() && field != "-").then_some(field)
}

/// Marks that turn the direction of text: on a guard's screen they could hide what a code says.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_composed_and_safe_to_show() {
        assert_eq!(
            clean("Nguye\u{302}\u{303}n  Va\u{306}n\tThu\u{309}\u{202e} "),
            "Nguyễn Văn Thủ"
        );
        assert_eq!(clean("a\u{7}b\u{1b}[31m"), "ab[31m");
        assert_eq!(clean(&"x".repeat(900)).len(), MAX_FIELD);
        assert_eq!(optional(" - "), None);
    }
}
