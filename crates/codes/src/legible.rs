//! Text that a scanner may have damaged: what can be undone with certainty is undone, all else is told from a name.

use unicode_normalization::UnicodeNormalization;

/// What the bytes 80 to 9F are in Windows-1252; those that are nothing there are controls.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];
/// The signs on letters in names of Việt Nam: tones, circumflex, breve, horn, and the caron of the highlands.
const SIGNS: [char; 9] = [
    '\u{300}', '\u{301}', '\u{302}', '\u{303}', '\u{306}', '\u{309}', '\u{30c}', '\u{31b}',
    '\u{323}',
];

/// UTF-8 that was read byte by byte as Latin-1 or Windows-1252, as it was: `Thá»­` as `Thử`. Nothing when any
/// sign is no such byte, or all of them together are no UTF-8.
pub(crate) fn unmixed(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
    String::from_utf8(bytes?).ok()
}

fn byte(c: char) -> Option<u8> {
    let windows = || WINDOWS.iter().position(|one| *one == c);
    u8::try_from(u32::from(c))
        .ok()
        .or_else(|| u8::try_from(0x80 + windows()?).ok())
}

/// Whether a text may be a name as a paper has it: letters that names have, a vowel in each word, no capital behind a
/// small letter.
pub(crate) fn is_name(text: &str) -> bool {
    let letters = text
        .nfd()
        .all(|c| is_letter(c) || matches!(c, ' ' | '\'' | '’' | '-' | '.'));
    let chars: Vec<char> = text.chars().collect();
    let inside = |pair: &[char]| pair[0].is_lowercase() && pair[1].is_uppercase();
    // H and K alone are names of the highlands.
    let word = |word: &str| has_vowel(word) || matches!(word.trim_matches('\''), "H" | "K");
    letters && !chars.windows(2).any(inside) && text.split(' ').all(word)
}

/// Whether a text may be an address as a paper has it. Words in capitals and of two letters may be short for others.
pub(crate) fn is_address(text: &str) -> bool {
    let plain = |c: char| (c.is_ascii() && c != '?') || is_letter(c);
    let print = |c: char| matches!(c, '–' | '—' | '‘' | '’' | '“' | '”' | '°' | '²');
    let short = |word: &str| word.chars().count() < 3 || !word.chars().any(char::is_lowercase);
    let mut words = text.split(|c: char| !c.is_alphabetic());
    text.nfd().all(|c| plain(c) || print(c)) && words.all(|word| short(word) || has_vowel(word))
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, 'đ' | 'Đ' | 'ƀ' | 'Ƀ') || SIGNS.contains(&c)
}

fn has_vowel(word: &str) -> bool {
    word.nfd()
        .any(|c| matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_byte_by_byte_is_undone() {
        for (mixed, was) in [
            ("Nguyá»…n VÄƒn Thá»\u{ad}", "Nguyễn Văn Thử"),
            ("Nguyá»\u{85}n VÄ\u{83}n Thá»\u{ad}", "Nguyễn Văn Thử"),
            ("HÃ\u{a0} Ä\u{90}Ã´ng", "Hà Đông"),
        ] {
            assert_eq!(unmixed(mixed).as_deref(), Some(was), "{mixed}");
        }
        for whole in [
            "Nguyễn Văn Thử",
            "Lê Á Âu",
            "Nguyen Van Thu",
            "HÃ ",
            "Nguyá»n",
        ] {
            assert_eq!(unmixed(whole), None, "{whole}");
        }
    }

    #[test]
    fn names_are_told_from_what_scanners_make_of_them() {
        for name in [
            "Nguyễn Văn Thử",
            "NGUYỄN VĂN THỬ",
            "Nguyen Van Thu",
            "Y Mẫu Êban",
            "H'Thử Kbuôr",
            "H Thử Niê",
            "K' Mẫu",
            "Thử",
            "Rơ Châm Mẫu",
        ] {
            assert!(is_name(name), "{name}");
        }
        for damaged in [
            "Nguy?n V?n Th?",
            "Nguyn Vn Th",
            "Nguy\u{fffd}n Mẫu",
            "Nguyá»…n",
            "TrÃ Mẫu",
            "NguyÔn V¨n Thö",
            "Nguye64n Va8n",
            "Thử|Mẫu",
            "Lª Mẫu",
        ] {
            assert!(!is_name(damaged), "{damaged}");
        }
    }

    #[test]
    fn addresses_are_told_from_what_scanners_make_of_them() {
        for address in [
            "12/3 đường Thử Nghiệm, TDP 5, TT. Mẫu, Tp. Huế",
            "Tổ 5 (cũ), KDC số 2 – Phú Hòa",
            "",
        ] {
            assert!(is_address(address), "{address}");
        }
        for damaged in [
            "12 ???ng Th?",
            "12 Ä‘Æ°á»\u{9d}ng",
            "Thnh ph Hu",
            "Phú\u{fffd}",
        ] {
            assert!(!is_address(damaged), "{damaged}");
        }
    }
}
