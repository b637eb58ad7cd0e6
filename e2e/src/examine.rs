//! What every page owes everybody: a language, a title, a heading, room on the smallest screen,
//! colours that can be told apart, and a way through it with the keyboard alone.

use crate::axe::texts;
use crate::browser::{Browser, Screen};
use serde_json::json;

/// What is wrong with the head of a page, or with its width.
const FACTS: &str = r#"
const faults = [];
const [language] = arguments;
if (document.documentElement.lang !== language) faults.push(`the language is ${document.documentElement.lang}`);
const headings = [...document.querySelectorAll("h1")].filter((one) => one.textContent.trim());
if (headings.length !== 1) faults.push(`${headings.length} first headings`);
if (!/^\S.* · /.test(document.title)) faults.push(`the title is ${JSON.stringify(document.title)}`);
if (!document.querySelector("main")) faults.push("no main part");
const { scrollWidth, clientWidth } = document.documentElement;
if (scrollWidth > clientWidth) {
  const kept = (one) => { for (let at = one; (at = at.parentElement); ) if (getComputedStyle(at).overflowX !== "visible") return true; };
  const out = [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > clientWidth + 1 && !kept(one));
  faults.push(`${scrollWidth} px wide on ${clientWidth}: ${out.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(" | ")}`);
}
const unseen = [...document.querySelectorAll("[aria-label], [placeholder], [data-busy]")]
  .flatMap((one) => [one.ariaLabel, one.getAttribute("placeholder"), one.dataset.busy]).filter((text) => text !== null && text !== undefined);
if (unseen.some((text) => !text.trim())) faults.push("a label that nobody sees has no words");
const keys = `${document.body.innerText} ${unseen.join(" ")}`.match(/(?<![\w\/.@-])[a-z_]{2,}\.[a-z_]{3,}(?![\w\/.@-])/g) ?? [];
const known = ["openapi.json"];
for (const key of keys) if (!known.includes(key)) faults.push(`words are missing: ${key}`);
const small = [...document.querySelectorAll("main :is(button, a.button, input:not([type=hidden]), select, summary)")]
  .filter((one) => one.checkVisibility() && one.offsetWidth > 1 && !one.closest(".filters, .hush, label"))
  .filter((one) => { const box = one.getBoundingClientRect(); return box.height < 40 || box.width < 40; });
for (const one of small) faults.push(`too small to touch: ${one.outerHTML.slice(0, 120)}`);
for (const one of document.querySelectorAll("main .button")) {
  const { left, width } = one.getBoundingClientRect();
  if (width > 0 && one.checkVisibility() && left < 4) faults.push(`a button at the edge: ${one.outerHTML.slice(0, 120)}`);
}
return faults;
"#;

/// Notes where the focus comes to, and whether one sees it there, until the main action. What is hidden, or in a dialog
/// that nobody has opened, is no action yet.
const FOLLOW: &str = r#"
const primary = ":is(main .button--primary, main .way--in):not([hidden] *, dialog:not([open]) *)";
const walk = window.walk = { stops: 0, done: !document.querySelector(primary), round: false, faults: [] };
const marked = (node) => { const style = getComputedStyle(node);
  return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none"; };
let first;
document.addEventListener("focusin", ({ target: one }) => {
  // A page may have put it on what no key leads to.
  if (walk.done || walk.round || one.tabIndex < 0) return;
  walk.round = one === first;
  first ??= one;
  walk.stops += 1;
  const box = one.getBoundingClientRect();
  const near = [one, one.closest("label"), one.closest(".number, .segments, .search")].filter(Boolean);
  if (!near.some(marked) || !(box.width > 0 && box.height > 0)) walk.faults.push(`the focus is not seen: ${one.outerHTML.slice(0, 100)}`);
  walk.done = one.matches(primary);
});
return walk;
"#;

const TAB: &str = "\u{E004}";
/// Stops that are made at a time.
const STRIDE: usize = 8;
/// More stops than any page has before its main action.
const MOST_STOPS: usize = 120;

/// How closely a page is looked at.
#[derive(Clone, Copy)]
enum Depth {
    /// Its head, its words and its width: what another language changes.
    Facts,
    /// And what another screen or other colours can change.
    Looks,
    /// And all that axe-core knows.
    Whole,
}

impl Browser {
    /// Sets whether the person likes it dark. Colours change at once.
    pub fn darken(&self, dark: bool) -> anyhow::Result<()> {
        let value = if dark { "dark" } else { "light" };
        let media = json!({"features": [
            {"name": "prefers-color-scheme", "value": value},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.develop("Emulation.setEmulatedMedia", &media)?;
        Ok(())
    }

    /// Opens a page once in each language, Vietnamese last, looks at it on every screen, by day and by night, and says all
    /// that is wrong with it. What no language changes, its structure and its colours, is looked at in Vietnamese alone.
    pub async fn examine(&self, name: &str, path: &str) -> anyhow::Result<Vec<String>> {
        let mut faults = Vec::new();
        for (language, day, other, [first, later]) in [
            ("en", Screen::Desk, Screen::Phone, [Depth::Facts; 2]),
            (
                "vi",
                Screen::Phone,
                Screen::Desk,
                [Depth::Whole, Depth::Looks],
            ),
        ] {
            self.take(day, false)?;
            let sign = if path.contains('?') { '&' } else { '?' };
            self.visit(&format!("{path}{sign}lang={language}")).await?;
            let at = format!("{name}-{}-{language}", day.name());
            let mut found = self.look(&at, language, first).await?;
            found.extend(self.by_keyboard().await?);
            for screen in [other, Screen::Narrow] {
                self.take(screen, true)?;
                let at = format!("{name}-{}-{language}-night", screen.name());
                found.extend(self.look(&at, language, later).await?);
            }
            found.extend(self.uncalled_for()?);
            let found = found.into_iter();
            faults.extend(found.map(|fault| format!("{path} in {language}: {fault}")));
        }
        self.take(Screen::Phone, false)?;
        Ok(faults)
    }

    /// The same for a page that came of a form and cannot be opened again.
    pub async fn examine_here(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let mut faults = Vec::new();
        for (screen, dark, depth) in [
            (Screen::Phone, false, Depth::Whole),
            (Screen::Desk, true, Depth::Looks),
            (Screen::Narrow, true, Depth::Looks),
        ] {
            self.take(screen, dark)?;
            let at = format!("{name}-{}", screen.name());
            faults.extend(self.look(&at, "vi", depth).await?);
        }
        let complaints = self.uncalled_for()?.into_iter();
        faults.extend(complaints.map(|line| format!("{name}: {line}")));
        self.take(Screen::Phone, false)?;
        Ok(faults)
    }

    /// Looks at the page that is open on all screens, and goes back to this one: nothing may be wrong with it.
    pub async fn is_sound(&self, name: &str, screen: Screen) -> anyhow::Result<()> {
        let faults = self.examine_here(name).await?;
        anyhow::ensure!(faults.is_empty(), "{}", faults.join("\n"));
        self.resize(screen)
    }

    fn take(&self, screen: Screen, dark: bool) -> anyhow::Result<()> {
        self.resize(screen)?;
        self.darken(dark)
    }

    /// What is wrong with the page that is open.
    async fn look(&self, at: &str, language: &str, depth: Depth) -> anyhow::Result<Vec<String>> {
        self.shot(&format!("page-{at}")).await?;
        let facts = self.client.execute(FACTS, vec![json!(language)]).await?;
        let barriers = match depth {
            Depth::Facts => Vec::new(),
            Depth::Looks => self.barriers_of_looks().await?,
            Depth::Whole => self.barriers().await?,
        };
        let found = texts(&facts).into_iter().chain(barriers);
        Ok(found.map(|fault| format!("{at}: {fault}")).collect())
    }

    /// What the console complained of. An answer that says what is wrong is written there, too.
    fn uncalled_for(&self) -> anyhow::Result<Vec<String>> {
        let mut complaints = self.complaints()?;
        complaints.retain(|line| !line.contains("the server responded with a status of 4"));
        Ok(complaints)
    }

    /// Goes through the page with the tab key until its main action.
    async fn by_keyboard(&self) -> anyhow::Result<Vec<String>> {
        let mut walk = self.client.execute(FOLLOW, vec![]).await?;
        while walk["done"] == false {
            let before = walk["stops"].clone();
            self.type_keys(&TAB.repeat(STRIDE))?;
            walk = self.client.execute("return window.walk;", vec![]).await?;
            let stops = walk["stops"].as_u64().unwrap_or_default();
            let stuck =
                walk["stops"] == before || walk["round"] == true || stops > MOST_STOPS as u64;
            if walk["done"] == false && stuck {
                let lost = "the tab key does not lead to the main action".to_owned();
                return Ok([texts(&walk["faults"]), vec![lost]].concat());
            }
        }
        Ok(texts(&walk["faults"]))
    }
}
