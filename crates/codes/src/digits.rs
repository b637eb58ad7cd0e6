//! Bytes as decimal digits: seven bytes are seventeen digits.
//!
//! Digits survive every keyboard layout and Vietnamese input method, and a QR code packs three of
//! them in ten bits. A last group of 1 to 6 bytes takes 3, 5, 8, 10, 13 or 15 digits.

const GROUP: usize = 7;
/// How many digits a group of that many bytes takes.
const DIGITS: [usize; GROUP + 1] = [0, 3, 5, 8, 10, 13, 15, 17];

/// Appends the digits of some bytes.
pub(crate) fn write(bytes: &[u8], out: &mut String) {
    for group in bytes.chunks(GROUP) {
        let mut value = group
            .iter()
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        let mut digits = [b'0'; 17];
        for digit in digits[..DIGITS[group.len()]].iter_mut().rev() {
            *digit = b'0' + (value % 10) as u8;
            value /= 10;
        }
        out.extend(
            digits[..DIGITS[group.len()]]
                .iter()
                .map(|&digit| char::from(digit)),
        );
    }
}

/// The bytes behind ASCII digits; nothing when their count or a group's value is impossible.
pub(crate) fn read(digits: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(digits.len() / 17 * GROUP + GROUP);
    for group in digits.chunks(17) {
        let width = DIGITS.iter().position(|&count| count == group.len())?;
        let value = group
            .iter()
            .fold(0, |sum, &digit| sum * 10 + u64::from(digit - b'0'));
        if value >> (8 * width) != 0 {
            return None;
        }
        out.extend_from_slice(&value.to_be_bytes()[8 - width..]);
    }
    Some(out)
}

/// Whether a text claims to be a code of ours: its first four digits are the prefix.
pub(crate) fn claim(prefix: &str, text: &str) -> bool {
    let mut digits = text.bytes().filter(|byte| !is_separator(*byte));
    prefix.bytes().all(|digit| digits.next() == Some(digit)) && !text.contains('|')
}

/// The bytes behind a whole text: a prefix and digits, `MOST` together at most, with separators anywhere.
pub(crate) fn open<const MOST: usize>(prefix: &str, text: &str) -> Option<Vec<u8>> {
    let mut buffer = [0; MOST];
    let mut count = 0;
    for byte in text.bytes().filter(|byte| !is_separator(*byte)) {
        *buffer.get_mut(count)? = Some(byte).filter(u8::is_ascii_digit)?;
        count += 1;
    }
    read(buffer[..count].strip_prefix(prefix.as_bytes())?)
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_length_returns(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut text = String::new();
            write(&bytes, &mut text);
            prop_assert_eq!(read(text.as_bytes()), Some(bytes));
        }
    }

    #[test]
    fn a_value_beyond_its_bytes_is_refused() {
        assert_eq!(read(b"255"), Some(vec![255]));
        assert_eq!(read(b"256"), None);
        assert_eq!(read(b"72057594037927935"), Some(vec![255; 7]));
        assert_eq!(read(b"72057594037927936"), None);
        assert_eq!(read(b"99999999999999999"), None);
    }

    #[test]
    fn an_impossible_count_is_refused() {
        for count in [1, 2, 4, 6, 7, 9, 11, 12, 14, 16] {
            assert_eq!(read(&vec![b'0'; 17 + count]), None, "{count}");
        }
    }
}
