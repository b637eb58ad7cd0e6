//! What every page knows: its language, its address, who is reading, and the ways to other pages.
//!
//! A page is a struct with a field `page: Page` and a template that extends one of `components/{phone,desk,board,scanner}.html`.

use super::assets;
pub use super::field_errors::{FieldError, FieldErrors};
use super::locale::{Locale, Whole};
use askama::Template;
use domain::retention::DEFAULT_SCAN_DAYS;
use domain::time::{Day, Timestamp, Zone};
use std::borrow::Borrow;
use std::fmt::Display;

/// A page that says what went wrong and what to do.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// What every page knows.
    pub page: Page,
    /// What happened.
    pub title: &'static str,
    /// What to do.
    pub what_to_do: &'static str,
}

/// What every page's template is given.
#[derive(Clone, Debug)]
pub struct Page {
    /// The reader's language.
    pub locale: Locale,
    /// The address of this page, with its query: `/venues?from=2026-11-21`.
    pub path: String,
    /// Whether people and visits are made up here.
    pub demo: bool,
    /// Who is reading, when it is known.
    pub signed_in: Option<SignedInView>,
    /// The ways to other pages.
    pub nav: Nav,
    /// The installation's zone, in which days and times are read.
    pub zone: Zone,
    /// For how many days a visit is kept, as the foot of every page says.
    pub retention_days: u16,
}

/// Who is reading.
#[derive(Clone, Debug)]
pub struct SignedInView {
    /// The reader's own name.
    pub name: String,
    /// What the reader is here, in words: "Chủ địa điểm".
    pub role_label: String,
    /// Whether the reader holds an office, and so has a password.
    pub officer: bool,
}

/// The ways to other pages, shown as tabs, at the side or at the foot.
#[derive(Clone, Debug, Default)]
pub struct Nav {
    /// The ways, in order.
    pub items: Vec<NavItem>,
}

/// A way to another page.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// The address.
    pub href: String,
    /// The key of its words: `nav.code`.
    pub key: &'static str,
    /// The name of its icon in `icons/sprite.svg`.
    pub icon: &'static str,
    /// Other addresses that this way stands over.
    pub over: Vec<String>,
    /// How much waits there, and the key of its words; nothing for a way where nothing does.
    pub waits: Option<(i64, &'static str)>,
}

impl Nav {
    /// A way more.
    #[must_use]
    pub fn with(mut self, href: impl Into<String>, key: &'static str, icon: &'static str) -> Self {
        self.items.push(NavItem {
            href: href.into(),
            key,
            icon,
            over: Vec::new(),
            waits: None,
        });
        self
    }

    /// Says at the way to an address how much waits there, if anything does.
    #[must_use]
    pub fn waits(mut self, href: &str, count: i64, key: &'static str) -> Self {
        let item = self.items.iter_mut().find(|item| item.href == href);
        if let Some(item) = item.filter(|_| count > 0) {
            item.waits = Some((count, key));
        }
        self
    }

    /// Has the last way stand over another address, too.
    #[must_use]
    pub fn over(mut self, href: String) -> Self {
        if let Some(item) = self.items.last_mut() {
            item.over.push(href);
        }
        self
    }
}

impl Page {
    /// A page at that address, for nobody known yet.
    pub fn new(locale: Locale, path: impl Into<String>) -> Self {
        Self {
            locale,
            path: path.into(),
            demo: false,
            signed_in: None,
            nav: Nav::default(),
            zone: Zone::VIETNAM,
            retention_days: DEFAULT_SCAN_DAYS,
        }
    }

    /// The words of a key.
    pub fn text(&self, key: &str) -> &'static str {
        self.locale.text(key)
    }

    /// The words of a key, with its placeholders filled: `page.fill("land.phone", [("phone", phone)])`.
    pub fn fill<'a>(&self, key: &str, values: impl AsRef<[(&'a str, &'a str)]>) -> String {
        self.locale.fill(key, values.as_ref())
    }

    /// The words of a key about `n` things.
    pub fn count(&self, key: &str, n: impl Whole) -> String {
        self.locale.count(key, n.whole())
    }

    /// The address of a file of this build.
    pub fn asset(&self, path: &str) -> String {
        assets::url(path)
    }

    /// Where this build's files lie, for scripts.
    pub fn asset_root(&self) -> String {
        assets::root()
    }

    /// Whether two values read the same, as an option and what is chosen do.
    pub fn same(&self, one: impl Display, other: impl Display) -> bool {
        one.to_string() == other.to_string()
    }

    /// The languages on offer.
    pub fn locales(&self) -> [Locale; 2] {
        Locale::ALL
    }

    /// This page in that language.
    pub fn lang_href(&self, locale: impl Borrow<Locale>) -> String {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let rest = query
            .split('&')
            .filter(|part| !part.is_empty() && !part.starts_with("lang="));
        let mut href = format!("{path}?");
        for part in rest {
            href.push_str(part);
            href.push('&');
        }
        href + "lang=" + locale.borrow().code()
    }

    /// Whether this page lies at or under the way to that address, and under no closer one of the same
    /// navigation.
    pub fn is_at(&self, href: &str) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        let under = |href: &&String| {
            path.strip_prefix(href.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let close = |item: &NavItem| {
            let all = std::iter::once(&item.href).chain(&item.over);
            all.filter(under).map(String::len).max()
        };
        let items = &self.nav.items;
        let this = items.iter().find(|item| item.href == href);
        let this = this.and_then(close);
        this.is_some() && this == items.iter().filter_map(close).max()
    }

    /// A day: `21/11/2026`.
    pub fn date(&self, day: impl Borrow<Day>) -> String {
        day.borrow().written()
    }

    /// A day with its weekday: `thứ Bảy, 21/11/2026`.
    pub fn long_day(&self, day: impl Borrow<Day>) -> String {
        self.locale.long_day(*day.borrow())
    }

    /// A time of day: `07:42`.
    pub fn clock(&self, at: impl Borrow<Timestamp>) -> String {
        self.zone.clock(*at.borrow())
    }

    /// A time of day with seconds, for gates: `07:42:16`.
    pub fn clock_seconds(&self, at: impl Borrow<Timestamp>) -> String {
        self.zone.clock_seconds(*at.borrow())
    }

    /// A time and its day: `14:20, 22/11/2026`.
    pub fn moment(&self, at: impl Borrow<Timestamp>) -> String {
        self.zone.written(*at.borrow())
    }

    /// A whole number: `1.234`.
    pub fn number(&self, n: impl Whole) -> String {
        self.locale.number(n.whole())
    }

    /// "Bước 2 trong 3".
    pub fn step(&self, now: impl Whole, total: impl Whole) -> String {
        let (now, total) = (now.whole().to_string(), total.whole().to_string());
        self.fill("step.of", [("n", now.as_str()), ("total", total.as_str())])
    }

    /// The sentence at the foot of every page.
    pub fn retention(&self) -> String {
        self.fill(
            "app.retention",
            [("days", self.retention_days.to_string().as_str())],
        )
    }

    /// The words of these nouns as JSON, to stand in `<script type="application/json">`.
    pub fn words(&self, nouns: &[&str]) -> String {
        let words = serde_json::to_string(&self.locale.gather(nouns)).unwrap_or_default();
        // Nothing in a script element may look like its end.
        words.replace('<', "\\u003c")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_language_is_one_link_away_on_the_same_page() {
        let page = Page::new(Locale::Vi, "/venues?from=5&lang=vi&to=6");
        assert_eq!(page.lang_href(Locale::En), "/venues?from=5&to=6&lang=en");
        assert_eq!(
            Page::new(Locale::Vi, "/").lang_href(Locale::En),
            "/?lang=en"
        );
    }

    #[test]
    fn the_way_that_is_closest_is_the_current_one() {
        let mut page = Page::new(Locale::Vi, "/venues/7/scans?before=3");
        page.nav = Nav::default().with("/venues/7", "nav.board", "chart").with(
            "/venues/7/scans",
            "nav.scans",
            "list",
        );
        assert!(page.is_at("/venues/7/scans") && !page.is_at("/venues/7"));
        page.path = "/venues/7/posters".into();
        assert!(page.is_at("/venues/7"));
        page.nav = page.nav.over("/venues/7/devices".into());
        page.path = "/venues/7/devices/revocation?device=5".into();
        assert!(page.is_at("/venues/7/scans") && !page.is_at("/venues/7"));
        page.path = "/venues/70".into();
        assert!(!page.is_at("/venues/7"));
    }

    #[test]
    fn words_for_a_script_cannot_end_it() {
        let words = Page::new(Locale::Vi, "/").words(&["gate", "btn"]);
        assert!(
            words.contains("gate.refuse")
                && words.contains("btn.let_in")
                && !words.contains("otp.")
        );
        assert!(!words.contains('<'));
    }
}
