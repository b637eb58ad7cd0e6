//! Whose declaration it is, what need not be asked of that person, and what the review shows.

use super::form::{DeclarationForm, Person};
use super::steps::Step;
use crate::web::page::Page;
use domain::holder::line;
use domain::ids::CheckpointId;
use domain::unit::UnitPath;
use store::holders::Holder;

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
    /// Whether an identity number is known, which is neither shown nor asked for.
    pub(super) number_kept: bool,
    /// The person's own number, E.164.
    pub(super) phone: Option<String>,
    /// Where the record says the person lives, when what is typed does not change that.
    pub(super) unit: Option<UnitPath>,
}

impl Whose {
    /// Where one's own begins.
    pub(super) const OWN: &str = "/declarations/new";

    /// One's own; an office may know the record, and then it alone changes that.
    pub(super) fn own(holder: &Holder, known_to_office: bool) -> Self {
        Self {
            first: Self::OWN.to_owned(),
            last: "/declarations".to_owned(),
            unit: known_to_office.then(|| holder.unit.clone()),
            ..Self::below("/declarations", "/declarations".to_owned(), holder)
        }
    }

    /// That of a member of the family.
    pub(super) fn member(member: &Holder) -> Self {
        let leave = format!("/family/{}", member.id);
        Self {
            title: "declarations.person_member",
            consent: "consent.member",
            number_kept: member.details.id_number.is_some(),
            ..Self::below(&format!("{leave}/declaration"), leave, member)
        }
    }

    /// That of somebody at a gate, whom an attendant helps.
    pub(super) fn stranger(gate: CheckpointId, helped: Helped, person: &Holder) -> Self {
        let leave = format!("/checkpoints/{gate}/scanner");
        Self {
            title: "declarations.person_helped",
            consent: "consent.read_out",
            number_kept: person.details.id_number.is_some(),
            helped: Some(helped),
            ..Self::below(&format!("/checkpoints/{gate}/declaration"), leave, person)
        }
    }

    fn below(first: &str, leave: String, holder: &Holder) -> Self {
        Self {
            trip: format!("{first}/trip"),
            second: format!("{first}/health"),
            last: format!("{first}/consent"),
            first: first.to_owned(),
            leave,
            title: "declarations.person",
            consent: "consent.check",
            helped: None,
            number_kept: false,
            phone: holder.details.phone.clone(),
            unit: Some(holder.unit.clone()),
        }
    }

    /// The unit whose rules count for the declaration. Where the record says where the person lives, naming another commune
    /// changes nothing; where it says no more than a province or the nation, the commune within it counts.
    pub(super) fn unit(&self, typed: &UnitPath) -> UnitPath {
        let known = self.unit.as_ref();
        known
            .filter(|known| !known.is_over(typed))
            .unwrap_or(typed)
            .clone()
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

    /// Whether the record stays as it is, whatever is typed here: that of a member, or one that an office knows.
    pub(super) const fn leaves_record(&self) -> bool {
        self.unit.is_some() && self.helped.is_none()
    }

    pub(super) fn asks_birth_year(&self) -> bool {
        let helped = self.helped.as_ref();
        helped.is_none_or(|helped| helped.birth_year.is_none())
    }

    pub(super) fn asks_gender(&self) -> bool {
        self.helped.as_ref().is_none_or(|helped| !helped.gender)
    }
}

/// Of whom an attendant writes a declaration down: as the gate names them, and what need not be asked.
#[derive(Clone, Debug)]
pub(super) struct Helped {
    pub(super) initials: String,
    pub(super) birth_year: Option<u16>,
    /// Whether the gender is known, which is not shown.
    pub(super) gender: bool,
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
            id_number: match whose.number_kept {
                true => kept.to_owned(),
                false => number.clone().unwrap_or_default(),
            },
            lives: format!("{}, {place}", line(&form.address)),
            email: line(&form.email),
        }
    }
}
