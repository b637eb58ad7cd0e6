//! Texts as parts of an address.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');
const PATH: &AsciiSet = &PART.remove(b'/');

/// A text as one part of an address, or as a value of its query.
pub fn part(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

/// An address of this site as a value of another's query; its slashes stay, to be read by people.
pub fn path(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_letters_digits_and_three_marks_stay() {
        assert_eq!(
            super::part("Chợ-1.2_ab/?&=+ %"),
            "Ch%E1%BB%A3-1.2_ab%2F%3F%26%3D%2B%20%25"
        );
        assert_eq!(super::path("/venues?a=1"), "/venues%3Fa%3D1");
    }
}
