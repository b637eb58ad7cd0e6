//! What a person is found by: short texts of kinds, made of what is known of the person. The store
//! keeps a keyed hash of each, and opens nobody's record to search.
//!
//! Names are folded (no marks, đ as d), so that NGUYEN VAN THU finds Nguyễn Văn Thử. Two words of a
//! name are looked for within one commune only: in a whole province a pair of common words would
//! find a tenth of the people, and say as much to whoever counts rows.

use crate::birth::Birth;
use crate::holder::{HolderDetails, fold};
use crate::unit::UnitCode;

/// How many letters of the last word stand for it when fingers or ears were not sure.
const START: usize = 3;
/// How many words of a name are looked at, so that a long one does not fill the index: the longest
/// names in use have seven.
const WORDS: usize = 8;

text_enum! {
    /// By what a person is found.
    SearchKind {
        /// The number of a paper: citizen's card, old identity card, passport, social insurance.
        Number = "number",
        /// A phone number, proven or not.
        Phone = "phone",
        /// Two words of the name, in one commune.
        Words = "words",
        /// The last word of the name, with the year of birth.
        LastAndYear = "last_year",
        /// The first letters of the last word, with the year of birth.
        StartAndYear = "start_year",
        /// The first letters of the last word, with the year of birth, in one commune.
        StartAtHome = "start_home",
        /// The whole name, with the year of birth.
        NameAndYear = "name_year",
    }
}

/// One text by which a person is found.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SearchKey {
    /// By what.
    pub kind: SearchKind,
    /// The text, folded.
    pub text: String,
}

impl SearchKey {
    /// By the number of a paper.
    pub fn number(number: &str) -> Self {
        Self::new(SearchKind::Number, number.to_owned())
    }

    /// By a phone, as E.164.
    pub fn phone(e164: &str) -> Self {
        Self::new(SearchKind::Phone, e164.to_owned())
    }

    /// By two words of a name, in either order, in a commune.
    pub fn words(one: &str, other: &str, commune: &UnitCode) -> Self {
        let (first, second) = if one <= other {
            (one, other)
        } else {
            (other, one)
        };
        Self::new(SearchKind::Words, format!("{commune} {first} {second}"))
    }

    /// By the last word of a name and the year of birth.
    pub fn last_and_year(word: &str, year: u16) -> Self {
        Self::new(SearchKind::LastAndYear, format!("{word} {year}"))
    }

    /// By the first letters of the last word of a name and the year of birth.
    pub fn start_and_year(word: &str, year: u16) -> Self {
        let start: String = word.chars().take(START).collect();
        Self::new(SearchKind::StartAndYear, format!("{start} {year}"))
    }

    /// By the first letters of the last word of a name and the year of birth, in a commune.
    pub fn start_at_home(word: &str, year: u16, commune: &UnitCode) -> Self {
        let start: String = word.chars().take(START).collect();
        Self::new(SearchKind::StartAtHome, format!("{commune} {start} {year}"))
    }

    /// By the whole name and the year of birth.
    pub fn name_and_year(words: &[String], year: u16) -> Self {
        Self::new(
            SearchKind::NameAndYear,
            format!("{} {year}", words.join(" ")),
        )
    }

    const fn new(kind: SearchKind, text: String) -> Self {
        Self { kind, text }
    }
}

/// The words of a name, folded; what is no letter or digit parts them.
pub fn words(name: &str) -> Vec<String> {
    let folded = fold(name);
    let words = folded.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Everything by which a person is found, each once. `commune` is where the person lives, when known.
pub fn of(details: &HolderDetails, commune: Option<&UnitCode>) -> Vec<SearchKey> {
    let mut keys = particulars(details);
    let words: Vec<String> = words(details.name.as_str())
        .into_iter()
        .take(WORDS)
        .collect();
    if let Some(commune) = commune {
        for (i, word) in words.iter().enumerate() {
            keys.extend(
                words[i + 1..]
                    .iter()
                    .map(|other| SearchKey::words(word, other, commune)),
            );
        }
        if let [only] = words.as_slice() {
            keys.push(SearchKey::words(only, only, commune));
        }
        keys.extend(start_at_home(details, commune));
    }
    keys.sort();
    keys.dedup();
    keys
}

/// By what the records that may be the same person's are found: numbers, phone, and the start of the
/// last word with the year of birth, which finds the whole name as well.
pub fn alike(details: &HolderDetails) -> Vec<SearchKey> {
    let covered = |kind| matches!(kind, SearchKind::LastAndYear | SearchKind::NameAndYear);
    let mut keys = particulars(details);
    keys.retain(|key| !covered(key.kind));
    keys.sort();
    keys.dedup();
    keys
}

/// By what the records are found that may be the same person's, without asking everybody: numbers and phone everywhere, and in
/// the commune where the person lives, when known, the start of the last word with the year of birth.
pub fn blocks(details: &HolderDetails, commune: Option<&UnitCode>) -> Vec<SearchKey> {
    let mut keys = particulars(details);
    keys.retain(|key| matches!(key.kind, SearchKind::Number | SearchKind::Phone));
    keys.extend(commune.and_then(|commune| start_at_home(details, commune)));
    keys.sort();
    keys.dedup();
    keys
}

fn start_at_home(details: &HolderDetails, commune: &UnitCode) -> Option<SearchKey> {
    let words = words(details.name.as_str());
    let (last, Birth { year, .. }) = (words.last()?, details.birth?);
    Some(SearchKey::start_at_home(last, year, commune))
}

fn particulars(details: &HolderDetails) -> Vec<SearchKey> {
    let numbers = [&details.id_number, &details.old_number, &details.insurance];
    let mut keys: Vec<SearchKey> = numbers
        .into_iter()
        .flatten()
        .map(|number| SearchKey::number(number))
        .collect();
    keys.extend(details.phone.as_deref().map(SearchKey::phone));
    let words = words(details.name.as_str());
    if let (Some(last), Some(Birth { year, .. })) = (words.last(), details.birth) {
        keys.push(SearchKey::last_and_year(last, year));
        keys.push(SearchKey::start_and_year(last, year));
        keys.push(SearchKey::name_and_year(&words, year));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::holder::PersonName;

    fn details(name: &str) -> HolderDetails {
        HolderDetails {
            birth: Some(Birth::in_year(1987)),
            ..HolderDetails::named(PersonName::parse(name).expect("a name"), None)
        }
    }

    fn texts(details: &HolderDetails, kind: SearchKind) -> Vec<String> {
        let commune = UnitCode::parse("19753").expect("a code");
        let keys = of(details, Some(&commune)).into_iter();
        keys.filter(|key| key.kind == kind)
            .map(|key| key.text)
            .collect()
    }

    #[test]
    fn a_name_is_found_by_its_words_without_marks() {
        let details = details("Nguyễn Văn Thử");
        let pairs = ["19753 nguyen thu", "19753 nguyen van", "19753 thu van"];
        assert_eq!(texts(&details, SearchKind::Words), pairs);
        assert_eq!(texts(&details, SearchKind::LastAndYear), ["thu 1987"]);
        assert_eq!(
            texts(&details, SearchKind::NameAndYear),
            ["nguyen van thu 1987"]
        );
        let capitals = self::details("NGUYEN  VAN THU");
        assert_eq!(alike(&details), alike(&capitals));
    }

    #[test]
    fn names_of_one_word_and_of_many_are_found() {
        assert_eq!(texts(&details("Thử"), SearchKind::Words), ["19753 thu thu"]);
        let many = details("Một Hai Ba Bốn Năm Sáu Bảy Tám Chín Mười");
        assert_eq!(
            texts(&many, SearchKind::Words).len(),
            WORDS * (WORDS - 1) / 2
        );
        assert_eq!(texts(&many, SearchKind::LastAndYear), ["muoi 1987"]);
        assert_eq!(words("Y Thử-Mẫu Êban"), ["y", "thu", "mau", "eban"]);
    }

    #[test]
    fn the_start_of_the_last_word_stands_for_it() {
        let of = |name: &str| texts(&details(name), SearchKind::StartAndYear);
        assert_eq!(of("Lê Nghiêm"), of("Lê Nghiệm"));
        assert_eq!(of("Lê Nghiêm"), ["ngh 1987"]);
        assert_eq!(of("Lê An"), ["an 1987"]);
    }

    #[test]
    fn pairs_are_looked_for_by_numbers_everywhere_and_by_names_at_home() {
        let mut person = details("Lê Nghiêm");
        person.id_number = Some("191234567".to_owned());
        person.phone = Some("+84905000417".to_owned());
        let texts = |commune: Option<&UnitCode>| {
            let keys = blocks(&person, commune).into_iter();
            keys.map(|key| key.text).collect::<Vec<_>>()
        };
        assert_eq!(texts(None), ["191234567", "+84905000417"]);
        let commune = UnitCode::parse("19753").expect("a code");
        let here = ["191234567", "+84905000417", "19753 ngh 1987"];
        assert_eq!(texts(Some(&commune)), here);
        let index = of(&person, Some(&commune));
        assert!(
            blocks(&person, Some(&commune))
                .iter()
                .all(|key| index.contains(key))
        );
    }

    #[test]
    fn without_a_commune_no_words_are_kept_and_nothing_comes_twice() {
        let mut twice = details("Thử Thử Thử");
        assert_eq!(texts(&twice, SearchKind::Words), ["19753 thu thu"]);
        twice.id_number = Some("191234567".to_owned());
        twice.old_number = twice.id_number.clone();
        let keys = of(&twice, None);
        assert!(keys.iter().all(|key| key.kind != SearchKind::Words));
        assert_eq!(
            keys.iter()
                .filter(|key| key.kind == SearchKind::Number)
                .count(),
            1
        );
    }
}
