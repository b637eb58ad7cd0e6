//! The citizen number: twelve digits, of which some say the century, the sex and the year of birth
//! (Nghị định 137/2015/NĐ-CP, article 13: province 3, century and sex 1, year 2, chance 6).

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

/// An identity number as people type it: letters and digits, spaces and dots dropped, 6 to 20 of
/// them; nothing when it is none.
pub fn id_number(text: &str) -> Option<String> {
    let number: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '.' | '-'))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let good =
        (6..=20).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
    good.then_some(number)
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
    fn numbers_are_read_as_typed() {
        assert_eq!(
            id_number(" 046 087 004 417 ").as_deref(),
            Some("046087004417")
        );
        assert_eq!(id_number("b1234567").as_deref(), Some("B1234567"));
        for bad in [
            "",
            "12345",
            "046087004417046087004417",
            "số 123456",
            "123456\u{202e}",
        ] {
            assert_eq!(id_number(bad), None, "{bad}");
        }
    }
}
