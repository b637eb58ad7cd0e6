//! Drafts as pages offer them: which there are, until when, the way back into one, and what becomes of one that is in the way.

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
pub(in crate::web) fn lines(page: &Page, first: &str, drafts: &[Draft]) -> Vec<DraftLine> {
    let line = |draft| line(page, first, draft);
    drafts.iter().map(line).collect()
}

/// One draft in words.
pub(super) fn line(page: &Page, first: &str, draft: &Draft) -> DraftLine {
    DraftLine {
        kind: draft.kind.as_str(),
        name: words::kind(page, draft.kind),
        saved: page.moment(draft.saved),
        erased: page.date(page.zone.day(draft.saved).plus(DRAFT_DAYS as i32)),
        on: format!("{first}?draft={}", draft.kind),
        first: first.to_owned(),
    }
}

/// The form as it was left, and the step which, sent again, leads back to where that was.
pub(super) fn left(typed: &Typed) -> (DeclarationForm, Option<Step>) {
    let mut form = DeclarationForm::again(typed);
    form.consent.clear();
    "on".clone_into(&mut form.draft);
    let kind = form.kind();
    let step = typed.get("step").map(|word| Step::parse(word));
    let before = step.zip(kind).map(|(step, kind)| (step, step.before(kind)));
    let back = before.filter(|(step, _)| *step != Step::Person);
    (form, back.map(|(_, before)| before))
}

/// The draft that would be replaced without a word: a declaration of its kind begins, or is kept, which neither goes on with it
/// nor was begun in its place.
pub(super) fn in_the_way<'a>(
    form: &DeclarationForm,
    step: Step,
    drafts: &'a [Draft],
) -> Option<&'a Draft> {
    let kind = form.kind()?;
    let replaces = match form.action.as_str() {
        "draft" => true,
        "communes" | "back" | "discard" => false,
        _ => step == Step::Person,
    };
    let known = form.draft.is_empty() && replaces;
    drafts.iter().find(|draft| known && draft.kind == kind)
}

/// The button that begins anew, for what was to be done.
pub(super) fn anew(action: &str) -> &'static str {
    match action {
        "draft" => "anew_draft",
        _ => "anew",
    }
}

/// Takes that button's answer: what was to be done is done, and the draft has its end. Whether it was pressed.
pub(super) fn said_anew(form: &mut DeclarationForm) -> bool {
    let action = match form.action.as_str() {
        "anew" => "next",
        "anew_draft" => "draft",
        _ => return false,
    };
    action.clone_into(&mut form.action);
    "anew".clone_into(&mut form.draft);
    true
}
