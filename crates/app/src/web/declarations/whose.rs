//! Whose declaration it is, what need not be asked of that person, and what the review shows.

use super::form::{DeclarationForm, OLDEST_YEAR, Person};
use super::steps::Step;
use crate::app::App;
use crate::web::page::{FieldErrors, Page};
use domain::citizen;
use domain::holder::{HolderDetails, line};
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
    /// Whether an attendant writes it down.
    pub(super) helped: bool,
    /// Key of what is said beside that, and where a correction is asked for; empty where there is none to ask for.
    pub(super) hint: &'static str,
    pub(super) correction: &'static str,
    /// What the record says and is not asked for, where what is typed does not change it.
    pub(super) known: Option<Known>,
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
        let own = Self {
            first: Self::OWN.to_owned(),
            last: "/declarations".to_owned(),
            hint: "declarations.record_stays",
            correction: "/requests/correction",
            ..Self::below("/declarations", "/declarations".to_owned(), holder)
        };
        match known_to_office {
            true => own,
            false => Self {
                unit: None,
                known: None,
                number_kept: false,
                ..own
            },
        }
    }

    /// That of a member of the family.
    pub(super) fn member(member: &Holder) -> Self {
        let leave = format!("/family/{}", member.id);
        Self {
            title: "declarations.person_member",
            consent: "consent.member",
            ..Self::below(&format!("{leave}/declaration"), leave, member)
        }
    }

    /// That of somebody at a gate, whom an attendant helps.
    pub(super) fn stranger(gate: CheckpointId, person: &Holder) -> Self {
        let leave = format!("/checkpoints/{gate}/scanner");
        let details = &person.details;
        Self {
            title: "declarations.person_helped",
            consent: "consent.read_out",
            hint: "declarations.helped_hint",
            helped: true,
            // As the gate names people.
            known: Some(Known::of(details.name.initials(), details)),
            ..Self::below(&format!("/checkpoints/{gate}/declaration"), leave, person)
        }
    }

    fn below(first: &str, leave: String, holder: &Holder) -> Self {
        let details = &holder.details;
        Self {
            trip: format!("{first}/trip"),
            second: format!("{first}/health"),
            last: format!("{first}/consent"),
            first: first.to_owned(),
            leave,
            title: "declarations.person",
            consent: "consent.check",
            helped: false,
            hint: "declarations.member_stays",
            correction: "",
            known: Some(Known::of(details.name.as_str().to_owned(), details)),
            number_kept: details.id_number.is_some(),
            phone: details.phone.clone(),
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
        !self.helped
    }

    pub(super) fn asks_birth_year(&self) -> bool {
        let known = self.known.as_ref();
        known.is_none_or(|known| known.birth_year.is_none())
    }

    pub(super) fn asks_gender(&self) -> bool {
        self.known.as_ref().is_none_or(|known| !known.gender)
    }

    /// The first step, checked, with what is known in place of what was typed. None of that goes back to the page.
    pub(super) fn person(
        &self,
        app: &App,
        page: &Page,
        record: &HolderDetails,
        form: &mut DeclarationForm,
    ) -> Result<Person, FieldErrors> {
        let mut whole = form.clone();
        if let Some(known) = &self.known {
            form.name.clear();
            record.name.as_str().clone_into(&mut whole.name);
            if let Some(year) = known.birth_year {
                form.birth_year.clear();
                whole.birth_year = year.to_string();
            }
            if let Some(gender) = record.gender {
                form.gender.clear();
                whole.gender = gender.to_string();
            }
        }
        // A number that was looked at is not held against what is typed here: nobody could mend it.
        let number = record.id_number.as_ref().filter(|_| self.number_kept);
        if number.is_some() {
            form.id_number.clear();
            whole.id_number.clear();
        }
        let mut person = whole.person(app, page, self.phone.as_deref())?;
        if let Some(number) = number {
            person.details.id_number = Some(number.clone());
        }
        Ok(person)
    }
}

/// What a record says of a person, which need not be asked.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) birth_year: Option<u16>,
    /// Whether the gender is known, which is not shown.
    pub(super) gender: bool,
}

impl Known {
    fn of(name: String, details: &HolderDetails) -> Self {
        let number = details.id_number.as_deref();
        Self {
            name,
            // What the form would not take is asked anew.
            birth_year: details
                .birth_year()
                .or_else(|| number.and_then(citizen::birth_year))
                .filter(|year| *year >= OLDEST_YEAR),
            gender: details.gender.is_some(),
        }
    }
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
        let kept = page.text("declarations.kept");
        let (name, number) = (&person.details.name, &person.details.id_number);
        let known = whose.known.as_ref().map(|known| known.name.clone());
        Self {
            name: known.unwrap_or_else(|| name.as_str().to_owned()),
            birth_year: person.birth_year,
            gender: match whose.helped && !whose.asks_gender() {
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
