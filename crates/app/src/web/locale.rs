//! The two languages that pages speak, and how each writes numbers and days.
//!
//! A catalogue is a file for each noun: `locales/vi/venues.toml` holds the keys that begin with `venues.`. Values may name
//! `{placeholders}`. The two languages have the same keys; English alone may add `KEY_one`, which `count` takes for one.

use domain::time::Day;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

include!(concat!(env!("OUT_DIR"), "/locales.rs"));

type Catalogue = BTreeMap<&'static str, &'static str>;

static VI: LazyLock<Catalogue> = LazyLock::new(|| catalogue("vi/"));
static EN: LazyLock<Catalogue> = LazyLock::new(|| catalogue("en/"));
static MISSING: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// A language of the pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Locale {
    /// Vietnamese, the first.
    #[default]
    Vi,
    /// English, the second.
    En,
}

impl Locale {
    /// Both, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Vi, Self::En];

    /// The code of the language, as in `<html lang>`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// The language of that code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// What the language calls itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vi => "Tiếng Việt",
            Self::En => "English",
        }
    }

    /// The first of our languages in an `Accept-Language` header; Vietnamese when there is none.
    pub fn accepted(header: &str) -> Self {
        let wanted = header.split(',').filter_map(|one| one.trim().get(..2));
        wanted.filter_map(Self::parse).next().unwrap_or_default()
    }

    /// The words of a key; the key itself when it has none.
    pub fn text(self, key: &str) -> &'static str {
        self.find(key).unwrap_or_else(|| missing(key))
    }

    /// The words of a key, if it has any.
    pub fn find(self, key: &str) -> Option<&'static str> {
        self.words().get(key).copied()
    }

    /// The words of a key, with `{name}` replaced by the value given for `name`.
    pub fn fill(self, key: &str, values: &[(&str, &str)]) -> String {
        let mut text = String::new();
        let mut rest = self.text(key);
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let value = values.iter().find(|(one, _)| *one == name);
            debug_assert!(value.is_some(), "{key} needs {name}");
            text.push_str(value.map_or("", |(_, value)| value));
            rest = after;
        }
        text.push_str(rest);
        text
    }

    /// The words of a key about `n` things.
    pub fn count(self, key: &str, n: i64) -> String {
        let one = format!("{key}_one");
        let key = if n == 1 && self.find(&one).is_some() {
            &one
        } else {
            key
        };
        self.fill(key, &[("n", &self.number(n))])
    }

    /// The words of every key that begins with one of these nouns, for a script.
    pub fn gather(self, nouns: &[&str]) -> BTreeMap<&'static str, &'static str> {
        let of = |key: &str| nouns.contains(&key.split('.').next().unwrap_or_default());
        self.words()
            .iter()
            .filter(|(key, _)| of(key))
            .map(|(key, text)| (*key, *text))
            .collect()
    }

    /// A whole number: `1.234` or `1,234`.
    pub fn number(self, n: i64) -> String {
        let digits = n.unsigned_abs().to_string();
        let mut text = String::from(if n < 0 { "-" } else { "" });
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(if self == Self::Vi { '.' } else { ',' });
            }
            text.push(digit);
        }
        text
    }

    /// A day with its weekday: `thứ Bảy, 21/11/2026`.
    pub fn long_day(self, day: Day) -> String {
        const KEYS: [&str; 7] = [
            "date.sunday",
            "date.monday",
            "date.tuesday",
            "date.wednesday",
            "date.thursday",
            "date.friday",
            "date.saturday",
        ];
        // Day 0, 1 January 1970, was a Thursday.
        let weekday = (day.0 + 4).rem_euclid(7) as usize;
        format!("{}, {}", self.text(KEYS[weekday]), day.written())
    }

    /// How long ago, in the largest whole unit: `3 phút trước`.
    pub fn ago(self, millis: i64) -> String {
        match millis / 1000 {
            ..5 => self.text("ago.now").to_owned(),
            n @ 5..60 => self.count("ago.seconds", n),
            n @ 60..3600 => self.count("ago.minutes", n / 60),
            n @ 3600..86_400 => self.count("ago.hours", n / 3600),
            n => self.count("ago.days", n / 86_400),
        }
    }

    fn words(self) -> &'static Catalogue {
        match self {
            Self::Vi => &VI,
            Self::En => &EN,
        }
    }
}

/// A whole number of any width, or a reference to one: templates pass either.
pub trait Whole {
    /// The number, or the largest there is.
    fn whole(&self) -> i64;
}

macro_rules! whole {
    ($($kind:ty)*) => {$(
        impl Whole for $kind {
            fn whole(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        }
    )*};
}

whole!(i64 i32 i16 u64 u32 u16 u8 usize);

impl<T: Whole> Whole for &T {
    fn whole(&self) -> i64 {
        (**self).whole()
    }
}

fn catalogue(folder: &str) -> Catalogue {
    let mut words = BTreeMap::new();
    for (path, text) in LOCALES_FILES {
        let noun = path
            .strip_prefix(folder)
            .and_then(|name| name.strip_suffix(".toml"));
        let Some(noun) = noun else { continue };
        // A test parses every file.
        let table = text.parse::<toml::Table>().unwrap_or_default();
        flatten(noun, table, &mut words);
    }
    words
}

fn flatten(prefix: &str, table: toml::Table, words: &mut Catalogue) {
    for (name, value) in table {
        let mut key = String::from(prefix);
        let _ = write!(key, ".{name}");
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, words),
            toml::Value::String(text) => {
                words.insert(key.leak(), text.leak());
            }
            _ => {}
        }
    }
}

/// A key without words is its own text: kept once, so that it costs memory once.
fn missing(key: &str) -> &'static str {
    let mut seen = MISSING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = seen.get(key) {
        return known;
    }
    tracing::warn!(key, "words are missing");
    let kept: &'static str = key.to_owned().leak();
    seen.insert(kept);
    kept
}

#[cfg(test)]
#[path = "locale_tests.rs"]
mod tests;
