//! What a person does to a page: opens, reads, fills in, presses; and waits for what comes of it.

use crate::PATIENCE;
use crate::browser::Browser;
use anyhow::Context;
use fantoccini::elements::{Element, ElementRef};
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What can be pressed and shows this text: exactly, else somewhere in it.
const PRESSABLE: &str = r#"
const [text] = arguments;
const said = (one) => (one.innerText || one.getAttribute("aria-label") || "").replace(/\s+/g, " ").trim();
const open = [...document.querySelectorAll("button, a[href], summary, label, [role=button]")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert], [aria-hidden=true]"));
return open.find((one) => said(one) === text) ?? open.find((one) => said(one).includes(text)) ?? null;
"#;

const READ: &str = "return document.body ? document.body.innerText.replace(/\\s+/g, ' ') : '';";

/// Whether this is another document than the one that was marked, and whole.
const ARRIVED: &str =
    "return document.readyState === 'complete' && !document.documentElement.dataset.left;";

/// Fingers that are quick type so many keys at once; a scanner types six.
const FEW: usize = 4;

const ENTER: char = '\u{E007}';

impl Browser {
    /// Opens a page of the site by its path.
    pub async fn visit(&self, path: &str) -> anyhow::Result<()> {
        let whole = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        Ok(self.client.goto(&whole).await?)
    }

    /// Waits for the first element that fits and can be seen.
    pub async fn one(&self, css: &str) -> anyhow::Result<Element> {
        self.until(css, async |client| {
            for element in client.find_all(Locator::Css(css)).await.ok()? {
                if element.is_displayed().await.unwrap_or(false) {
                    return Some(element);
                }
            }
            None
        })
        .await
    }

    /// Whether there is such an element, seen or not.
    pub async fn has(&self, css: &str) -> anyhow::Result<bool> {
        Ok(!self.client.find_all(Locator::Css(css)).await?.is_empty())
    }

    /// Waits until the page says something.
    pub async fn see(&self, text: &str) -> anyhow::Result<()> {
        let seen = self.until(text, async |client| {
            let all = client.execute(READ, vec![]).await.ok()?;
            all.as_str()
                .is_some_and(|all| all.contains(text))
                .then_some(())
        });
        let seen = seen.await;
        if seen.is_err() {
            let at = self.client.current_url().await?;
            anyhow::bail!("{at} does not say {text:?} but {:?}", self.read().await?);
        }
        seen
    }

    /// Everything the page says.
    pub async fn read(&self) -> anyhow::Result<String> {
        let all = self.client.execute(READ, vec![]).await?;
        Ok(all.as_str().unwrap_or_default().to_owned())
    }

    /// The path of the page.
    pub async fn path(&self) -> anyhow::Result<String> {
        Ok(self.client.current_url().await?.path().to_owned())
    }

    /// Types into the field of that name, over what it holds.
    pub async fn fill(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let field = self
            .one(&format!(
                "[name={name}]:not([type=hidden]):not([type=radio])"
            ))
            .await?;
        field.clear().await?;
        field
            .send_keys(text)
            .await
            .with_context(|| format!("typing into {name}"))
    }

    /// Types into the field of that name as hands do: pages that wait for a scanner take quicker
    /// keys for one.
    pub async fn type_by_hand(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let field = self
            .one(&format!("input[name={name}]:not([type=hidden])"))
            .await?;
        field.clear().await?;
        let keys: Vec<char> = text.chars().collect();
        for few in keys.chunks(FEW) {
            tokio::time::sleep(Duration::from_millis(90)).await;
            field
                .send_keys(&few.iter().collect::<String>())
                .await
                .with_context(|| format!("typing into {name}"))?;
        }
        Ok(())
    }

    /// Chooses in the list of that name.
    pub async fn choose(&self, name: &str, value: &str) -> anyhow::Result<()> {
        let css = format!("select[name={name}] option[value='{value}']");
        self.until(&css, async |client| {
            let list = client
                .find(Locator::Css(&format!("select[name={name}]")))
                .await
                .ok()?;
            list.select_by_value(value).await.ok()
        })
        .await
    }

    /// Chooses one of the answers to the question of that name.
    pub async fn answer(&self, name: &str, value: &str) -> anyhow::Result<()> {
        let answer = format!(
            "label:has(> [name={name}][value={value}]), label:has([name={name}][value={value}])"
        );
        self.touch(&self.one(&answer).await?).await
    }

    /// Brings something to the middle of the screen, clear of bars, and presses it.
    pub async fn touch(&self, element: &Element) -> anyhow::Result<()> {
        let here = serde_json::to_value(element)?;
        let script = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' });";
        self.client.execute(script, vec![here]).await?;
        Ok(element.click().await?)
    }

    /// What the field of that name holds.
    pub async fn value(&self, name: &str) -> anyhow::Result<String> {
        let script = "return new FormData([...document.forms].find((f) => f.elements[arguments[0]])).get(arguments[0]) ?? '';";
        let value = self.client.execute(script, vec![json!(name)]).await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Presses what says this, on the page as it is.
    pub async fn press(&self, text: &str) -> anyhow::Result<()> {
        let element = self
            .until(text, async |client| pressable(client, text).await)
            .await;
        let Ok(element) = element else {
            let at = self.client.current_url().await?;
            anyhow::bail!(
                "{at} has nothing to press that says {text:?}: {:?}",
                self.read().await?
            );
        };
        self.touch(&element)
            .await
            .with_context(|| format!("pressing {text:?}"))
    }

    /// Presses what says this and waits for the page it leads to.
    pub async fn follow(&self, text: &str) -> anyhow::Result<()> {
        self.leaving().await?;
        self.press(text).await?;
        self.arrived()
            .await
            .with_context(|| format!("after {text:?}"))
    }

    /// Marks this page, so that [`arrived`](Self::arrived) knows the next.
    pub async fn leaving(&self) -> anyhow::Result<()> {
        self.client
            .execute("document.documentElement.dataset.left = 'yes';", vec![])
            .await?;
        Ok(())
    }

    /// Waits for another page than the one that was marked.
    pub async fn arrived(&self) -> anyhow::Result<()> {
        self.until("another page", async |client| {
            let arrived = client.execute(ARRIVED, vec![]).await.ok()?;
            (arrived == Value::Bool(true)).then_some(())
        })
        .await
    }

    /// Fetches an address as this person and returns its kind and its bytes.
    pub async fn fetch(&self, path: &str) -> anyhow::Result<(String, Vec<u8>)> {
        let script = "const [path, done] = arguments; fetch(path).then(async (answer) => { \
            const bytes = new Uint8Array(await answer.arrayBuffer()); let text = ''; \
            for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192)); \
            done([answer.status, answer.headers.get('content-type') ?? '', btoa(text)]); }).catch((error) => done([0, String(error), '']));";
        let answer = self.client.execute_async(script, vec![json!(path)]).await?;
        anyhow::ensure!(answer[0] == 200, "{path}: {} {}", answer[0], answer[1]);
        let bytes =
            data_encoding::BASE64.decode(answer[2].as_str().unwrap_or_default().as_bytes())?;
        Ok((answer[1].as_str().unwrap_or_default().to_owned(), bytes))
    }

    /// Keys as a scanner that types sends them: to the page, wherever the focus is.
    pub fn type_keys(&self, keys: &str) -> anyhow::Result<()> {
        let pressed = keys.chars().flat_map(|key| {
            let key = if key == '\n' { ENTER } else { key };
            ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key}))
        });
        let keyboard =
            json!({"type": "key", "id": "keyboard", "actions": pressed.collect::<Vec<_>>()});
        self.ask("POST", "actions", Some(&json!({"actions": [keyboard]})))?;
        Ok(())
    }

    /// Looks again and again, for [`PATIENCE`].
    pub async fn until<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut(&Client) -> Option<T>,
    ) -> anyhow::Result<T> {
        let began = Instant::now();
        loop {
            if let Some(seen) = look(&self.client).await {
                return Ok(seen);
            }
            anyhow::ensure!(began.elapsed() < PATIENCE, "waited too long for {what}");
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }
}

async fn pressable(client: &Client, text: &str) -> Option<Element> {
    let found = client.execute(PRESSABLE, vec![json!(text)]).await.ok()?;
    let id = found.as_object()?.values().next()?.as_str()?.to_owned();
    Some(Element::from_element_id(
        client.clone(),
        ElementRef::from(id),
    ))
}
