//! A question before what cannot be undone at a venue: it names the thing, and its button does it.

use super::page::Page;
use super::venues::Head;
use askama::Template;
use serde::Deserialize;

/// A question, what it leads to, and both ways out.
#[derive(Template)]
#[template(path = "venues/asking.html")]
pub struct AskingPage {
    /// What every page knows.
    pub page: Page,
    /// The venue.
    pub head: Head,
    /// What is asked, with the name of the thing.
    pub question: String,
    /// What happens then.
    pub consequence: &'static str,
    /// Where the form is sent.
    pub action: String,
    /// The field that says which thing, and its value; empty where the address says it.
    pub field: (&'static str, String),
    /// What the button says.
    pub verb: &'static str,
    /// Where nothing is done.
    pub back: String,
}

/// What was done just before, as the address of the page that follows says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

impl Done {
    /// The sentence about it, of those that a page may say: the word in the address and the key.
    pub fn said(&self, page: &Page, known: &[(&str, &str)]) -> &'static str {
        let key = known.iter().find(|(word, _)| *word == self.done);
        key.map_or("", |(_, key)| page.text(key))
    }
}
