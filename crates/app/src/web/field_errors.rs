//! What is wrong with a form that came back, said at its fields and above them.

/// What is wrong with a form that came back, in the order of its fields.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

/// One thing wrong: what happened and what to do.
#[derive(Clone, Debug)]
pub struct FieldError {
    /// The name of the field, which is also its `id`.
    pub field: &'static str,
    /// The words, in the reader's language.
    pub text: String,
}

impl FieldErrors {
    /// Says what is wrong with a field. The first thing said of it stands.
    pub fn add(&mut self, field: &'static str, text: impl Into<String>) {
        if self.of(field).is_empty() {
            self.0.push(FieldError {
                field,
                text: text.into(),
            });
        }
    }

    /// What is wrong with that field; empty when nothing is.
    pub fn of(&self, field: &str) -> &str {
        self.0
            .iter()
            .find(|error| error.field == field)
            .map_or("", |error| &error.text)
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many things are wrong.
    pub fn len(&self) -> i64 {
        self.0.len() as i64
    }

    /// Everything that is wrong, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldError> {
        self.0.iter()
    }
}

/// One line of text that is neither empty nor longer than so many characters.
pub(super) fn bounded(text: &str, most: usize) -> Option<String> {
    let text = domain::holder::line(text);
    (!text.is_empty() && text.chars().count() <= most).then_some(text)
}
