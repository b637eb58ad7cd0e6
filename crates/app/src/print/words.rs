//! The words of printed pages: `locales/*/poster.toml` and `sheet.toml`, as the pages lay them out.

use crate::web::locale::Locale;

/// The language that follows this one on a page.
pub(super) fn other(locale: Locale) -> Locale {
    match locale {
        Locale::Vi => Locale::En,
        Locale::En => Locale::Vi,
    }
}

/// The words of a key before and after its one placeholder, which is set in another face.
pub(super) fn around(locale: Locale, key: &str) -> [&'static str; 2] {
    let words = locale.text(key);
    let cut = words
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?.1)));
    cut.map_or([words, ""], |(before, after)| [before, after])
}

/// The mark of a trial. Like VÀO and RA it is one word on every page.
pub(super) fn trial() -> &'static str {
    Locale::Vi.text("poster.trial")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_before_and_after_what_is_filled_in() {
        let call = ["gọi ngay ", " để khóa."];
        assert_eq!(around(Locale::Vi, "sheet.call"), call);
        let site = ["Cannot scan? Open ", ", type"];
        assert_eq!(around(Locale::En, "poster.cannot"), site);
        assert_eq!(around(Locale::En, "sheet.fold"), ["Fold here", ""]);
    }
}
