//! Drafts as pages offer them: which there are, until when, and the way back into one.

use super::form::DeclarationForm;
use super::steps::Step;
use super::words;
use crate::web::page::Page;
use domain::retention::DRAFT_DAYS;
use store::drafts::{Draft, Typed};

/// A draft, to go on with or to throw away.
pub(in crate::web) struct DraftLine {
    pub(in crate::web) kind: &'static str,
    pub(in crate::web) name: &'static str,
    pub(in crate::web) saved: String,
    pub(in crate::web) erased: String,
    /// Where to go on, and where to say that it is to be thrown away.
    pub(in crate::web) on: String,
    pub(in crate::web) first: String,
}

/// The drafts in words.
pub(super) fn lines(page: &Page, first: &str, drafts: &[Draft]) -> Vec<DraftLine> {
    let line = |draft: &Draft| DraftLine {
        kind: draft.kind.as_str(),
        name: words::kind(page, draft.kind),
        saved: page.moment(draft.saved),
        erased: page.date(page.zone.day(draft.saved).plus(DRAFT_DAYS as i32)),
        on: format!("{first}?draft={}", draft.kind),
        first: first.to_owned(),
    };
    drafts.iter().map(line).collect()
}

/// The form as it was left, and the step which, sent again, leads back to where that was.
pub(super) fn left(typed: &Typed) -> (DeclarationForm, Option<Step>) {
    let mut form = DeclarationForm::again(typed);
    form.consent.clear();
    let kind = form.kind();
    let step = typed.get("step").map(|word| Step::parse(word));
    let before = step.zip(kind).map(|(step, kind)| (step, step.before(kind)));
    let back = before.filter(|(step, _)| *step != Step::Person);
    (form, back.map(|(_, before)| before))
}
