//! A question before something is done to many cards: how many they are, and what else is to be known.

use crate::web::page::Page;
use askama::Template;

/// The question, what to know before, and the form that does it.
#[derive(Template)]
#[template(path = "batches/question.html")]
pub(super) struct QuestionPage {
    pub(super) page: Page,
    pub(super) question: String,
    /// What to know before.
    pub(super) notes: Vec<String>,
    /// Where it leads when nothing is to be done.
    pub(super) back: String,
    /// Where the form is posted.
    pub(super) there: String,
    /// What was said before: names and values.
    pub(super) said: Vec<(&'static str, String)>,
    /// A box to tick: its name and words; empty words for none.
    pub(super) tick: (&'static str, String),
    /// The words of the button that does it.
    pub(super) go: &'static str,
}
