//! A holder: the person a card speaks for.

use crate::birth::Birth;
use crate::declaration::Gender;
use crate::phone::Phone;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The longest name that is kept, in characters.
pub const NAME_MAX: usize = 120;

/// A person's name, written whole: never split into given and family names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonName(String);

/// Why a name cannot be kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameError {
    /// Nothing but spaces.
    Empty,
    /// More than [`NAME_MAX`] characters.
    TooLong,
}

impl PersonName {
    /// Parses a name: composed (NFC), spaces single, controls and direction marks dropped.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        match line(text) {
            name if name.is_empty() => Err(NameError::Empty),
            name if name.chars().count() > NAME_MAX => Err(NameError::TooLong),
            name => Ok(Self(name)),
        }
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `N.V.T`: what a gate shows. The last four words at most.
    pub fn initials(&self) -> String {
        let firsts: Vec<String> = self
            .0
            .split(' ')
            .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
            .map(|c| c.to_uppercase().collect())
            .collect();
        firsts[firsts.len().saturating_sub(4)..].join(".")
    }
}

/// One line of text as people type it: NFC, single spaces, no controls, no direction marks.
pub fn line(text: &str) -> String {
    let clean: String = text
        .nfc()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !hidden(*c))
        .collect();
    clean
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Characters that change how others are shown and show nothing themselves.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Text for searching: diacritics off, đ as d, lower case.
pub fn fold(text: &str) -> String {
    line(text)
        .nfd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .map(|c| match c {
            'đ' | 'Đ' => 'd',
            other => other,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// What is known of a person. Sealed at rest as one piece; found by keyed hash of the phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderDetails {
    /// The name.
    pub name: PersonName,
    /// E.164 number; none for people without a phone.
    pub phone: Option<String>,
    /// Citizen number, or the number of the paper that is used instead: an old identity card, a passport.
    pub id_number: Option<String>,
    /// The old identity number (CMND) of somebody who has a citizen number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_number: Option<String>,
    /// The social-insurance number, ten digits, as the health-insurance card (BHYT) says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insurance: Option<String>,
    /// Date of birth.
    pub birth: Option<Birth>,
    /// Gender.
    pub gender: Option<Gender>,
    /// House number, street, hamlet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl HolderDetails {
    /// Somebody of whom no more is known than a name and, perhaps, a phone.
    pub fn named(name: PersonName, phone: Option<&Phone>) -> Self {
        Self {
            name,
            phone: phone.map(Phone::e164),
            id_number: None,
            old_number: None,
            insurance: None,
            birth: None,
            gender: None,
            address: None,
        }
    }

    /// The year of birth.
    pub fn birth_year(&self) -> Option<u16> {
        self.birth.map(|birth| birth.year)
    }

    /// The number with all but its last six characters starred, as cards print it.
    pub fn masked_number(&self) -> Option<String> {
        self.id_number.as_deref().map(mask)
    }
}

/// Stars all but the last six characters (QĐ 1405/QĐ-BTTTT masks the first six of twelve).
pub fn mask(number: &str) -> String {
    let shown = number
        .chars()
        .count()
        .saturating_sub(6)
        .max(number.chars().count().min(3));
    number
        .chars()
        .enumerate()
        .map(|(i, c)| if i < shown { '*' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_whole_and_composed() {
        let check = |text: &str, kept: &str, initials: &str| {
            let name = PersonName::parse(text).expect("a name");
            assert_eq!(
                (name.as_str(), name.initials().as_str()),
                (kept, initials),
                "{text}"
            );
        };
        check("  Nguyễn   Văn Thử ", "Nguyễn Văn Thử", "N.V.T");
        check(
            "Nguye\u{302}\u{303}n Va\u{306}n Thu\u{31b}\u{309}",
            "Nguyễn Văn Thử",
            "N.V.T",
        );
        check("O'Thử \"Mẫu\" <script>", "O'Thử \"Mẫu\" <script>", "O.M.S");
        check("đặng thử", "đặng thử", "Đ.T");
        check("Thử 🙂", "Thử 🙂", "T");
        check("a\u{202e}b\tc\u{0}", "ab c", "A.C");
        check("Một Hai Ba Bốn Năm", "Một Hai Ba Bốn Năm", "H.B.B.N");
    }

    #[test]
    fn empty_and_endless_names_are_refused() {
        assert_eq!(PersonName::parse(" \t\u{200b}"), Err(NameError::Empty));
        assert_eq!(PersonName::parse(&"a".repeat(300)), Err(NameError::TooLong));
        assert!(PersonName::parse(&"ễ".repeat(NAME_MAX)).is_ok());
    }

    #[test]
    fn folding_finds_names_without_their_marks() {
        assert_eq!(fold("Nguyễn Đặng THỬ"), "nguyen dang thu");
    }

    #[test]
    fn numbers_are_masked() {
        assert_eq!(mask("046090000123"), "******000123");
        assert_eq!(mask("191234567"), "***234567");
        assert_eq!(mask("B123"), "***3");
        assert_eq!(mask("12"), "**");
    }
}
