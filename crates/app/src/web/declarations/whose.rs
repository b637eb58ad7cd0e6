//! Whose declaration it is, what need not be asked of that person, and what the review shows.

use super::form::{DeclarationForm, Person};
use super::steps::Step;
use crate::web::page::Page;
use domain::holder::line;
use domain::ids::{CheckpointId, HolderId};

/// Whose declaration it is, and at which addresses its steps are.
#[derive(Clone, Debug)]
pub(super) struct Whose {
    pub(super) first: String,
    pub(super) trip: String,
    pub(super) second: String,
    pub(super) last: String,
    pub(super) leave: String,
    /// Key of the first step's title.
    pub(super) title: &'static str,
    /// Key of the words beside the tick.
    pub(super) consent: &'static str,
    /// Of whom an attendant writes it down.
    pub(super) helped: Option<Helped>,
    /// The person's own number, E.164.
    pub(super) phone: Option<String>,
}

impl Whose {
    /// One's own.
    pub(super) fn own(phone: Option<String>) -> Self {
        Self {
            first: "/declarations/new".to_owned(),
            last: "/declarations".to_owned(),
            ..Self::below("/declarations", "/declarations".to_owned(), phone)
        }
    }

    /// That of a member of the family.
    pub(super) fn member(member: HolderId, phone: Option<String>) -> Self {
        let leave = format!("/family/{member}");
        Self {
            title: "declarations.person_member",
            consent: "consent.member",
            ..Self::below(&format!("{leave}/declaration"), leave, phone)
        }
    }

    /// That of somebody at a gate, whom an attendant helps.
    pub(super) fn stranger(gate: CheckpointId, helped: Helped, phone: Option<String>) -> Self {
        let leave = format!("/checkpoints/{gate}/scanner");
        Self {
            title: "declarations.person_helped",
            consent: "consent.read_out",
            helped: Some(helped),
            ..Self::below(&format!("/checkpoints/{gate}/declaration"), leave, phone)
        }
    }

    fn below(first: &str, leave: String, phone: Option<String>) -> Self {
        Self {
            trip: format!("{first}/trip"),
            second: format!("{first}/health"),
            last: format!("{first}/consent"),
            first: first.to_owned(),
            leave,
            title: "declarations.person",
            consent: "consent.check",
            helped: None,
            phone,
        }
    }

    /// Where a step is sent to.
    pub(super) fn at(&self, step: Step) -> &str {
        match step {
            Step::Person => &self.first,
            Step::Trip => &self.trip,
            Step::Health => &self.second,
            Step::Consent => &self.last,
        }
    }

    /// Whether what was begun may be kept for later: not at a gate, where the person stands by and the answers are nobody
    /// else's.
    pub(super) const fn keeps_drafts(&self) -> bool {
        self.helped.is_none()
    }

    pub(super) fn asks_birth_year(&self) -> bool {
        let helped = self.helped.as_ref();
        helped.is_none_or(|helped| helped.birth_year.is_none())
    }

    pub(super) fn asks_gender(&self) -> bool {
        self.helped.as_ref().is_none_or(|helped| !helped.gender)
    }

    pub(super) fn asks_id_number(&self) -> bool {
        self.helped.as_ref().is_none_or(|helped| !helped.id_number)
    }
}

/// Of whom an attendant writes a declaration down: as the gate names them, and what need not be asked.
#[derive(Clone, Debug)]
pub(super) struct Helped {
    pub(super) initials: String,
    pub(super) birth_year: Option<u16>,
    /// Whether the gender is known, which is not shown.
    pub(super) gender: bool,
    /// Whether an identity number is known, which is not shown.
    pub(super) id_number: bool,
}

/// What the first step comes to, as it will be kept.
pub(super) struct Review {
    pub(super) name: String,
    pub(super) birth_year: u16,
    pub(super) gender: &'static str,
    pub(super) id_number: String,
    pub(super) lives: String,
    pub(super) email: String,
}

impl Review {
    pub(super) fn of(
        page: &Page,
        whose: &Whose,
        person: &Person,
        place: &str,
        form: &DeclarationForm,
    ) -> Self {
        let known = |known: fn(&Helped) -> bool| whose.helped.as_ref().is_some_and(known);
        let kept = page.text("declarations.kept");
        let (name, number) = (&person.details.name, &person.details.id_number);
        let initials = whose.helped.as_ref().map(|helped| helped.initials.clone());
        Self {
            name: initials.unwrap_or_else(|| name.as_str().to_owned()),
            birth_year: person.birth_year,
            gender: match known(|helped| helped.gender) {
                true => kept,
                false => page.text(&format!("declarations.{}", person.gender)),
            },
            id_number: match known(|helped| helped.id_number) {
                true => kept.to_owned(),
                false => number.clone().unwrap_or_default(),
            },
            lives: format!("{}, {place}", line(&form.address)),
            email: line(&form.email),
        }
    }
}
