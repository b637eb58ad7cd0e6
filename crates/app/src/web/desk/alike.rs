//! Records that may be of the person at the desk: what was said beside what is known, and how they compare.
//!
//! Of somebody who lives elsewhere only the comparison is shown, unless a number is the same and the name or the birth as
//! well: then whoever stands at the desk holds the paper, and the number was not guessed.

use crate::AppState;
use crate::web::page::Page;
use domain::birth::Birth;
use domain::card::CardState;
use domain::holder::{HolderDetails, mask};
use domain::likeness::{Degree, Mark};
use domain::phone::Phone;
use store::guardians::Guardian;
use store::registry::Candidate;

use super::form::{DeskForm, NAMELESS};

/// One record beside what was said.
pub(in crate::web) struct Alike {
    pub(in crate::web) id: String,
    pub(in crate::web) name: String,
    pub(in crate::web) born: String,
    pub(in crate::web) unit: String,
    /// Whether it must be settled before a card is issued.
    pub(in crate::web) likely: bool,
    pub(in crate::web) chosen: bool,
    pub(in crate::web) other: bool,
    /// Whether it can be used here: it is of this unit, or the number is the same and not that alone.
    pub(in crate::web) usable: bool,
    pub(in crate::web) rows: Vec<Row>,
    /// The card that is in use, or on its way, in words.
    pub(in crate::web) card: String,
    /// Who cares for the person without the person or an office having agreed, in words; empty for nobody.
    pub(in crate::web) lone: String,
}

/// One field of both.
pub(in crate::web) struct Row {
    pub(in crate::web) label: &'static str,
    pub(in crate::web) said: String,
    pub(in crate::web) known: String,
    pub(in crate::web) mark: &'static str,
    /// The name of the mark's sign: `full`, `half`, `hollow`.
    pub(in crate::web) sign: &'static str,
}

impl Alike {
    /// A record beside what was said elsewhere than at the desk: nothing is settled yet.
    pub(in crate::web) fn beside(
        app: &AppState,
        page: &Page,
        said: &HolderDetails,
        one: &Candidate,
    ) -> Self {
        Self::of(app, page, &DeskForm::default(), said, one)
    }

    pub(super) fn of(
        app: &AppState,
        page: &Page,
        form: &DeskForm,
        said: &HolderDetails,
        one: &Candidate,
    ) -> Self {
        let usable = usable(said, one);
        let details = &one.holder.details;
        let unit = one.holder.unit.0.last();
        Self {
            id: one.holder.id.to_string(),
            name: if usable {
                details.name.as_str().to_owned()
            } else {
                details.name.initials()
            },
            born: details
                .birth
                .filter(|_| usable)
                .map_or_else(String::new, Birth::written),
            unit: unit.map_or_else(
                || page.text("desk.nowhere").to_owned(),
                |unit| app.units().full_name(unit),
            ),
            likely: one.likeness.degree == Degree::Likely,
            chosen: form.chosen() == Some(one.holder.id),
            other: form.is_other(one.holder.id),
            usable,
            rows: rows(page, said, one, usable),
            card: card(page, one),
            lone: match usable {
                true => lone(&one.guardians),
                false => String::new(),
            },
        }
    }
}

/// Whether a record may be shown to the clerk and taken for the person's: it is of the office's own people, or a number of
/// the papers is the same and so is the name or the whole day of birth. A number alone is on many lists; the year of birth is in it.
pub(super) fn usable(said: &HolderDetails, one: &Candidate) -> bool {
    let likeness = &one.likeness;
    let dated = said.birth.is_some_and(|birth| birth.month_day.is_some());
    let named = matches!(likeness.name, Mark::Same | Mark::Near);
    one.here || (likeness.number == Mark::Same && (named || (dated && likeness.agrees())))
}

fn rows(page: &Page, said: &HolderDetails, one: &Candidate, usable: bool) -> Vec<Row> {
    let (known, likeness) = (&one.holder.details, &one.likeness);
    let none = || page.text("desk.none_said").to_owned();
    let shown = |value: Option<String>| value.unwrap_or_else(none);
    let hidden = |value: Option<String>| match usable {
        true => shown(value),
        false => page.text("desk.hidden").to_owned(),
    };
    let row = |label, said, known, mark: Mark| Row {
        label: page.text(label),
        said,
        known,
        mark: page.text(&format!("desk.mark_{mark}")),
        sign: match mark {
            Mark::Same => "full",
            Mark::Near => "half",
            Mark::Different | Mark::Unknown => "hollow",
        },
    };
    vec![
        row(
            "desk.numbers",
            shown(numbers(page, said)),
            hidden(numbers(page, known)),
            likeness.number,
        ),
        row(
            "desk.name",
            shown(Some(said.name.as_str().to_owned()).filter(|name| name != NAMELESS)),
            hidden(Some(known.name.as_str().to_owned())),
            likeness.name,
        ),
        row(
            "desk.birth",
            shown(said.birth.map(Birth::written)),
            hidden(known.birth.map(Birth::written)),
            likeness.birth,
        ),
        row(
            "desk.phone",
            shown(phone(said)),
            hidden(phone(known)),
            likeness.phone,
        ),
    ]
}

/// Every number of a person, masked, each with its kind.
pub(in crate::web) fn numbers(page: &Page, details: &HolderDetails) -> Option<String> {
    let kind = |number: &str| match number.len() {
        12 => "desk.kind_cccd",
        9 => "desk.kind_cmnd",
        _ => "desk.kind_paper",
    };
    let all = [&details.id_number, &details.old_number]
        .into_iter()
        .flatten();
    let mut said: Vec<String> = all
        .map(|number| format!("{} {}", page.text(kind(number)), mask(number)))
        .collect();
    if let Some(number) = &details.insurance {
        said.push(format!("{} {}", page.text("desk.kind_bhyt"), mask(number)));
    }
    (!said.is_empty()).then(|| said.join(", "))
}

/// The phone of a person, masked.
pub(in crate::web) fn phone(details: &HolderDetails) -> Option<String> {
    let phone = details.phone.as_deref().and_then(Phone::parse)?;
    Some(phone.masked())
}

fn card(page: &Page, one: &Candidate) -> String {
    let Some(card) = &one.card else {
        return String::new();
    };
    let kind = page.text(&format!("office_cards.kind_{}", card.kind));
    let date = page.date(page.zone.day(card.issued));
    let key = match card.state {
        CardState::Active => "desk.has_card",
        CardState::Suspended => "desk.has_suspended",
        _ => "desk.has_waiting",
    };
    page.fill(key, [("kind", kind), ("date", date.as_str())])
}

/// The names of guardians with whom neither the person nor an office has agreed.
pub(in crate::web) fn lone(guardians: &[Guardian]) -> String {
    let lone = guardians.iter().filter(|one| one.alone);
    let names: Vec<&str> = lone.map(|one| one.name.as_str()).collect();
    names.join(", ")
}

impl Alike {
    /// Whether the record is likely the person's, and nobody has said yet whether it is.
    pub(super) const fn open(&self) -> bool {
        self.likely && !self.chosen && !self.other
    }
}
