//! What every page owes everybody: a language, a title, a heading, room on the smallest screen,
//! colours that can be told apart, and a way through it with the keyboard alone.

use crate::axe::texts;
use crate::browser::{Browser, Screen};
use serde_json::{Value, json};

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
const keys = document.body.innerText.match(/(?<![\w\/.@-])[a-z_]{2,}\.[a-z_]{3,}(?![\w\/.@-])/g) ?? [];
const known = ["openapi.json"];
for (const key of keys) if (!known.includes(key)) faults.push(`words are missing: ${key}`);
const small = [...document.querySelectorAll("main :is(button, a.button, input:not([type=hidden]), select, summary)")]
  .filter((one) => one.checkVisibility() && one.offsetWidth > 1 && !one.closest(".filters, .hush, label"))
  .filter((one) => { const box = one.getBoundingClientRect(); return box.height < 40 || box.width < 40; });
for (const one of small) faults.push(`too small to touch: ${one.outerHTML.slice(0, 120)}`);
return faults;
"#;

/// Where the focus is now, and whether one sees it.
const FOCUS: &str = r#"
const one = document.activeElement;
if (!one || one === document.body) return { at: "", seen: true, primary: false };
const marked = (node) => { const style = getComputedStyle(node);
  return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none"; };
const box = one.getBoundingClientRect();
const near = [one, one.closest("label"), one.closest(".number, .segments, .search")].filter(Boolean);
const number = [...document.querySelectorAll("*")].indexOf(one);
return { at: `${number} ${one.outerHTML.slice(0, 100)}`, primary: one.matches(arguments[0]),
  seen: near.some(marked) && (box.width > 0 && box.height > 0) };
"#;

const TAB: &str = "\u{E004}";
/// More stops than any page has before its main action.
const MOST_STOPS: usize = 120;

impl Browser {
    /// Sets whether the person likes it dark.
    pub fn darken(&self, dark: bool) -> anyhow::Result<()> {
        let value = if dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
        self.develop("Emulation.setEmulatedMedia", &media)?;
        Ok(())
    }

    /// Opens a page on every screen, in both languages, by day and by night, and says all that is
    /// wrong with it.
    pub async fn examine(&self, name: &str, path: &str) -> anyhow::Result<Vec<String>> {
        let looks = [
            (Screen::Phone, "vi", false),
            (Screen::Desk, "en", false),
            (Screen::Phone, "en", true),
            (Screen::Desk, "vi", true),
        ];
        let mut faults = Vec::new();
        for (screen, language, dark) in looks {
            self.resize(screen)?;
            self.darken(dark)?;
            let sign = if path.contains('?') { '&' } else { '?' };
            self.visit(&format!("{path}{sign}lang={language}")).await?;
            let mut found = self.faults(language).await?;
            let night = if dark { "-night" } else { "" };
            let shot = format!("page-{name}-{}-{language}{night}", screen.name());
            self.shot(&shot).await?;
            if !dark {
                found.extend(self.by_keyboard().await?);
            }
            if screen == Screen::Phone {
                self.resize(Screen::Narrow)?;
                let narrow = self.client.execute(FACTS, vec![json!(language)]).await?;
                found.extend(
                    texts(&narrow)
                        .into_iter()
                        .map(|fault| format!("at 320: {fault}")),
                );
            }
            let look = format!(
                "{path} at {} in {language}{}",
                screen.name(),
                if dark { " by night" } else { "" }
            );
            faults.extend(found.into_iter().map(|fault| format!("{look}: {fault}")));
        }
        self.darken(false)?;
        self.resize(Screen::Phone)?;
        Ok(faults)
    }

    /// The same for a page that came of a form and cannot be opened again.
    pub async fn examine_here(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let mut faults = Vec::new();
        for (screen, dark) in [
            (Screen::Phone, false),
            (Screen::Desk, true),
            (Screen::Narrow, false),
        ] {
            self.resize(screen)?;
            self.darken(dark)?;
            self.shot(&format!("page-{name}-{}", screen.name())).await?;
            let found = self.faults("vi").await?;
            faults.extend(
                found
                    .into_iter()
                    .map(|fault| format!("{name} at {}: {fault}", screen.name())),
            );
        }
        self.darken(false)?;
        self.resize(Screen::Phone)?;
        Ok(faults)
    }

    async fn faults(&self, language: &str) -> anyhow::Result<Vec<String>> {
        let facts = self.client.execute(FACTS, vec![json!(language)]).await?;
        let mut faults = texts(&facts);
        faults.extend(self.barriers().await?);
        // An answer that says what is wrong is written to the console, too.
        let complaints = self.complaints()?.into_iter();
        faults.extend(
            complaints.filter(|line| !line.contains("the server responded with a status of 4")),
        );
        Ok(faults)
    }

    /// Goes through the page with the tab key until its main action.
    async fn by_keyboard(&self) -> anyhow::Result<Vec<String>> {
        // What is hidden, or in a dialog that nobody has opened, is no action yet.
        let primary =
            ":is(main .button--primary, main .way--in):not([hidden] *, dialog:not([open]) *)";
        if self
            .client
            .find_all(fantoccini::Locator::Css(primary))
            .await?
            .is_empty()
        {
            return Ok(Vec::new());
        }
        let mut faults = Vec::new();
        let mut first = Value::Null;
        for _ in 0..MOST_STOPS {
            let active = self.client.active_element().await?;
            if active.send_keys(TAB).await.is_err() {
                break;
            }
            let focus = self.client.execute(FOCUS, vec![json!(primary)]).await?;
            if focus["seen"] == false {
                faults.push(format!("the focus is not seen: {}", focus["at"]));
            }
            if focus["primary"] == true {
                return Ok(faults);
            }
            if first.is_null() {
                first = focus["at"].clone();
            } else if focus["at"] == first {
                break;
            }
        }
        faults.push("the tab key does not lead to the main action".to_owned());
        Ok(faults)
    }
}
