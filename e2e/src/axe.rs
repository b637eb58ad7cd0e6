//! axe-core over the page that is open, with a rule of our own.

use crate::browser::Browser;
use crate::tools;
use serde_json::{Value, json};

const RUN: &str = r#"
const [rules, done] = arguments;
axe.run(document, { resultTypes: ["violations"], ...(rules.length && { runOnly: rules }) }).then(
  ({ violations }) => done(violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id} (${one.impact}): ${one.help}: ${one.nodes.map((node) => `${node.target.join(" ")} ${node.any.map((check) => check.message).join("; ")}`).slice(0, 4).join(" | ")}`)),
  (error) => done([String(error)]));
"#;

/// What of it a screen or its colours can change.
const OF_LOOKS: [&str; 3] = [
    "color-contrast",
    "link-in-text-block",
    "scrollable-region-focusable",
];

/// axe takes a placeholder for a label; we do not.
const UNLABELLED: &str = r#"
return [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
  .filter((one) => !one.hidden && !one.labels?.length && !one.getAttribute("aria-label") && !one.getAttribute("aria-labelledby"))
  .map((one) => `label missing: ${one.name || one.outerHTML}`);
"#;

impl Browser {
    /// What axe-core finds serious or critical on this page, and fields without a label.
    pub async fn barriers(&self) -> anyhow::Result<Vec<String>> {
        // Given by the browser itself, so that the page's own rules about scripts stay in force.
        let source = json!({"expression": tools::axe()?});
        self.develop("Runtime.evaluate", &source)?;
        let found = self.client.execute_async(RUN, vec![json!([])]).await?;
        let unlabelled = self.client.execute(UNLABELLED, vec![]).await?;
        Ok([texts(&found), texts(&unlabelled)].concat())
    }

    /// The same of another screen or other colours, on a page that [`barriers`](Self::barriers) has seen.
    pub async fn barriers_of_looks(&self) -> anyhow::Result<Vec<String>> {
        let found = self
            .client
            .execute_async(RUN, vec![json!(OF_LOOKS)])
            .await?;
        Ok(texts(&found))
    }
}

/// The texts of a list.
pub fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.map(|one| one.as_str().unwrap_or_default().to_owned())
        .collect()
}
