//! Phone numbers: read in every notation people use, kept as E.164.

use std::fmt;

/// A Vietnamese mobile number: `+84` and nine digits, the first of them 3, 5, 7, 8 or 9
/// (the prefixes in use since the renumbering of 2018).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone([u8; 9]);

impl Phone {
    /// Parses `0905 000 417`, `+84 905 000 417`, `84905000417`, `0084-905.000.417` and the like;
    /// full-width digits too.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 64 {
            return None;
        }
        let mut digits = String::new();
        for (i, c) in text.trim().chars().enumerate() {
            match c {
                '+' | '＋' if i == 0 => digits.push_str("00"),
                '0'..='9' => digits.push(c),
                '０'..='９' => digits.push((b'0' + (c as u32 - '０' as u32) as u8) as char),
                ' ' | '\u{a0}' | '\u{202f}' | '.' | '-' | '–' | '(' | ')' | '/' => {}
                _ => return None,
            }
        }
        let local = ["0084", "84", "0"]
            .iter()
            .find_map(|prefix| digits.strip_prefix(prefix))?;
        let local = local
            .strip_prefix('0')
            .filter(|rest| rest.len() == 9)
            .unwrap_or(local);
        let number: [u8; 9] = local.as_bytes().try_into().ok()?;
        matches!(number[0], b'3' | b'5' | b'7' | b'8' | b'9').then_some(Self(number))
    }

    /// `+84905000417`.
    pub fn e164(&self) -> String {
        format!("+84{}", self.digits())
    }

    /// `0905 000 417`.
    pub fn written(&self) -> String {
        let d = self.digits();
        format!("0{} {} {}", &d[..3], &d[3..6], &d[6..])
    }

    /// `09** *** 417`: what anyone but its owner is shown.
    pub fn masked(&self) -> String {
        let d = self.digits();
        format!("0{}** *** {}", &d[..1], &d[6..])
    }

    fn digits(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Phone {
    /// Masked, so that a log line cannot carry a number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_is_the_same_number() {
        for text in [
            "0905000417",
            "0905 000 417",
            "0905.000.417",
            "0905-000-417",
            "(0905) 000 417",
            "+84905000417",
            "+84 905 000 417",
            "84905000417",
            "0084 905 000 417",
            "+84 (0)905 000 417",
            "０９０５０００４１７",
            "  0905\u{a0}000\u{a0}417 ",
        ] {
            assert_eq!(
                Phone::parse(text).map(|p| p.e164()).as_deref(),
                Some("+84905000417"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_mobile_number_is_refused() {
        for text in [
            "",
            "0905",
            "09050004170",
            "0105000417",
            "02343822222",
            "+1 905 000 4170",
            "0905 000 41a",
            "++84905000417",
            "905000417",
        ] {
            assert_eq!(Phone::parse(text), None, "{text}");
        }
    }

    #[test]
    fn masks_and_debug_hide_the_middle() {
        let phone = Phone::parse("0905000417").expect("valid");
        assert_eq!(phone.masked(), "09** *** 417");
        assert_eq!(phone.written(), "0905 000 417");
        assert_eq!(format!("{phone:?}"), "Phone(09** *** 417)");
    }
}
