//! The citizen number: twelve digits, of which some say the century, the sex and the year of birth
//! (Nghị định 137/2015/NĐ-CP, article 13: province 3, century and sex 1, year 2, chance 6).

use crate::declaration::Gender;
use crate::holder::fold;

/// The fewest digits of a number: words that were typed instead have none.
const DIGITS: usize = 5;

/// The year of birth that a citizen number states; nothing for other numbers (nine digits of the
/// old identity card, a passport), which state none.
pub fn birth_year(number: &str) -> Option<u16> {
    let digits = number.as_bytes();
    if digits.len() != 12 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = |at: usize| u16::from(digits[at] - b'0');
    Some(1900 + value(3) / 2 * 100 + value(4) * 10 + value(5))
}

/// The sex that a citizen number states: its fourth digit is even for men. Nothing for other numbers.
pub fn gender(number: &str) -> Option<Gender> {
    birth_year(number)?;
    match (number.as_bytes().get(3)? - b'0') % 2 {
        0 => Some(Gender::Male),
        _ => Some(Gender::Female),
    }
}

/// What of the fields beside a number does not go with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Contradiction {
    /// The number states another year of birth.
    pub year: bool,
    /// The number states another sex.
    pub gender: bool,
}

impl Contradiction {
    /// Compares a citizen number with the fields beside it; of other numbers, and of fields that are
    /// not known or say neither man nor woman, nothing is said.
    pub fn of(number: &str, year: Option<u16>, sex: Option<Gender>) -> Self {
        let sex = sex.filter(|sex| *sex != Gender::Other);
        let differ = |pair: Option<(u16, u16)>| pair.is_some_and(|(a, b)| a != b);
        Self {
            year: differ(birth_year(number).zip(year)),
            gender: gender(number).zip(sex).is_some_and(|(a, b)| a != b),
        }
    }

    /// Whether anything does not go with the number.
    pub const fn any(self) -> bool {
        self.year || self.gender
    }
}

/// Words that people write where a number is asked for and there is none, folded.
const NONE: [&str; 13] = [
    "khong", "khong co", "chua", "chua co", "ko", "ko co", "k", "k co", "none", "no", "na", "n/a",
    "nil",
];

/// An identity number as people type it: letters and digits, spaces and dots dropped, 6 to 20 of
/// them, at least five digits and fewer letters than digits (a passport begins with one or two; some
/// countries mix more in); nothing when it is none.
pub fn id_number(text: &str) -> Option<String> {
    let number: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '.' | '-'))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let plain = number.bytes().all(|b| b.is_ascii_alphanumeric());
    let good = plain && (6..=20).contains(&number.len()) && digits >= DIGITS;
    (good && digits * 2 > number.len()).then_some(number)
}

/// Whether a number is digits alone and has the length of no Vietnamese paper: twelve on a citizen's card, nine on the old
/// identity card. Passports begin with a letter.
pub fn miscounted(number: &str) -> bool {
    number.bytes().all(|b| b.is_ascii_digit()) && !matches!(number.len(), 9 | 12)
}

/// Whether a field says that there is no number: nothing at all, a dash, or a word for it.
pub fn unsaid(text: &str) -> bool {
    let bare = |c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—' | '.' | '/' | '_');
    let text = fold(text.trim_matches(bare));
    text.is_empty() || NONE.contains(&text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_follows_from_the_number() {
        assert_eq!(birth_year("046087004417"), Some(1987));
        assert_eq!(birth_year("046187004417"), Some(1987));
        assert_eq!(birth_year("046203004417"), Some(2003));
        assert_eq!(birth_year("046303004417"), Some(2003));
        for other in ["", "191234567", "B1234567", "04608700441", "04608700441x"] {
            assert_eq!(birth_year(other), None, "{other}");
        }
    }

    #[test]
    fn digits_alone_are_nine_or_twelve() {
        for good in ["046087004417", "191234567", "B1234567", "P00123456"] {
            assert!(!miscounted(good), "{good}");
        }
        for odd in ["0461870044", "04618700441", "0461870044170", "19123456"] {
            assert!(miscounted(odd), "{odd}");
        }
    }

    #[test]
    fn what_does_not_go_with_a_number_is_named() {
        let of = |number, year, sex| {
            let found = Contradiction::of(number, year, sex);
            (found.year, found.gender)
        };
        let number = "046087004417";
        assert_eq!(of(number, Some(1987), Some(Gender::Male)), (false, false));
        assert_eq!(of(number, Some(1978), Some(Gender::Male)), (true, false));
        assert_eq!(of(number, Some(1987), Some(Gender::Female)), (false, true));
        assert_eq!(
            of("046187004417", Some(1987), Some(Gender::Female)),
            (false, false)
        );
        assert_eq!(of(number, None, Some(Gender::Other)), (false, false));
        assert_eq!(
            of("191234567", Some(1950), Some(Gender::Female)),
            (false, false)
        );
        assert!(!Contradiction::default().any());
    }

    #[test]
    fn numbers_are_read_as_typed() {
        assert_eq!(
            id_number(" 046 087 004 417 ").as_deref(),
            Some("046087004417")
        );
        assert_eq!(id_number("b1234567").as_deref(), Some("B1234567"));
        for passport in ["C01X00T47", "20AB12345", "AB123456"] {
            assert_eq!(id_number(passport).as_deref(), Some(passport));
        }
        for bad in [
            "",
            "12345",
            "khong co",
            "chua co CCCD",
            "khongco12345",
            "ABCD1234",
            "046087004417046087004417",
            "số 123456",
            "123456\u{202e}",
        ] {
            assert_eq!(id_number(bad), None, "{bad}");
        }
    }

    #[test]
    fn words_for_none_say_nothing() {
        for none in [
            "",
            "  ",
            "-",
            "--",
            " – ",
            "Không có",
            "KHONG",
            "chưa có",
            "ko",
            "K",
            "none",
            "n/a",
            "N/A.",
        ] {
            assert!(unsaid(none), "{none:?}");
        }
        for said in ["046087004417", "0", "mất", "không nhớ 0460", "B1234567"] {
            assert!(!unsaid(said), "{said:?}");
        }
    }
}
