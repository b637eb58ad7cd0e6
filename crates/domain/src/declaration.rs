//! A declaration: what a holder states about health and contacts, and for how long it holds.
//!
//! The general form ("khai báo toàn dân") has the fields of tokhaiyte.vn as they stood on
//! 02/03/2022; the other two add a journey to it (`journey.rs`). Nothing is chosen beforehand, because a
//! form that can be sent unread is.

use crate::journey::Journey;
use crate::scan::Reason;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a general declaration holds where a unit has set nothing (Đà Nẵng, 2021: 24 hours).
pub const DEFAULT_VALIDITY: Duration = Duration::from_secs(24 * 3600);

text_enum! {
    /// Which of the three forms.
    DeclarationKind {
        /// Khai báo toàn dân.
        General = "general",
        /// Di chuyển nội địa.
        DomesticTravel = "domestic_travel",
        /// Nhập cảnh.
        Entry = "entry",
    }
}

/// How long a declaration of each kind holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The general one.
    pub general: Duration,
    /// Of travel in the country.
    pub domestic_travel: Duration,
    /// Of entry.
    pub entry: Duration,
}

impl Default for Validity {
    /// Travel: 72 hours (Ministry of Public Security, 2021). Entry: the same, because whoever enters goes on to the place
    /// where they stay as a traveller does, and from then on the general form is asked for.
    fn default() -> Self {
        Self {
            general: DEFAULT_VALIDITY,
            domestic_travel: 3 * DEFAULT_VALIDITY,
            entry: 3 * DEFAULT_VALIDITY,
        }
    }
}

impl Validity {
    /// How long that kind holds.
    pub const fn of(&self, kind: DeclarationKind) -> Duration {
        match kind {
            DeclarationKind::General => self.general,
            DeclarationKind::DomesticTravel => self.domestic_travel,
            DeclarationKind::Entry => self.entry,
        }
    }
}

/// What a holder declares: the general part, and the journey if it is about one. Sealed at rest; erased with its retention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// Who declares, and the answers about health.
    pub general: GeneralDeclaration,
    /// Where from, where to and how.
    pub journey: Option<Journey>,
}

impl Declaration {
    /// Which form it is.
    pub const fn kind(&self) -> DeclarationKind {
        match self.journey {
            None => DeclarationKind::General,
            Some(Journey::Travel(_)) => DeclarationKind::DomesticTravel,
            Some(Journey::Entry(_)) => DeclarationKind::Entry,
        }
    }
}

impl From<GeneralDeclaration> for Declaration {
    fn from(general: GeneralDeclaration) -> Self {
        Self {
            general,
            journey: None,
        }
    }
}

text_enum! {
    /// Gender, as the form asks it.
    Gender {
        /// Nam.
        Male = "male",
        /// Nữ.
        Female = "female",
        /// Khác.
        Other = "other",
    }
}

/// The general declaration's answers, which every kind has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneralDeclaration {
    /// Citizen number, old identity number or passport; optional on this form.
    pub id_number: Option<String>,
    /// Year of birth.
    pub birth_year: u16,
    /// Gender.
    pub gender: Gender,
    /// Nationality.
    pub nation: String,
    /// Code of the commune of the contact address.
    pub commune: String,
    /// House number, street, hamlet.
    pub address: String,
    /// Electronic mail; optional.
    pub email: Option<String>,
    /// Provinces or countries passed in the last 14 days, when any.
    pub passed: Option<String>,
    /// Fever, cough, short breath, pneumonia, sore throat or tiredness in the last 14 days.
    pub symptoms: Option<String>,
    /// Contact with a case or a suspected case.
    pub met_case: bool,
    /// Contact with someone from a country with the disease.
    pub met_traveller: bool,
    /// Contact with someone who shows symptoms.
    pub met_symptoms: bool,
}

impl GeneralDeclaration {
    /// Whether somebody should ask: a yes to a symptom or to a contact.
    pub const fn concern(&self) -> bool {
        self.symptoms.is_some() || self.met_case || self.met_traveller || self.met_symptoms
    }
}

/// What admission needs to know of one declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// When it was made.
    pub declared: Timestamp,
    /// Until when it holds.
    pub valid_until: Timestamp,
    /// Whether it says yes to a symptom or a contact.
    pub concern: bool,
}

/// How a holder stands with declarations at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclarationState {
    /// Nothing declared by then.
    Missing,
    /// All had run out.
    Expired,
    /// In force, with a yes to a symptom or a contact.
    Concern,
    /// In force, nothing to ask.
    Clear,
}

impl DeclarationState {
    /// How it is at a moment, from the statements made by then, of any kind. In force while one of them holds; whether
    /// there is something to ask, the newest says, so that a short one neither cuts a long one nor is hidden by it. Of two
    /// made at once, the one that says yes counts.
    pub fn at<'a>(at: Timestamp, statements: impl IntoIterator<Item = &'a Statement>) -> Self {
        let mut newest: Option<(Timestamp, bool)> = None;
        let mut in_force = false;
        for one in statements.into_iter().filter(|one| one.declared <= at) {
            newest = newest.max(Some((one.declared, one.concern)));
            in_force |= at < one.valid_until;
        }
        match newest {
            None => Self::Missing,
            Some(_) if !in_force => Self::Expired,
            Some((_, true)) => Self::Concern,
            Some(_) => Self::Clear,
        }
    }

    /// The reason to refer, if any.
    pub const fn doubt(self) -> Option<Reason> {
        match self {
            Self::Missing => Some(Reason::DeclarationMissing),
            Self::Expired => Some(Reason::DeclarationExpired),
            Self::Concern => Some(Reason::DeclarationConcern),
            Self::Clear => None,
        }
    }
}

/// Until when the statements made by then hold, or held; nothing when there are none.
pub fn declared_until<'a>(
    at: Timestamp,
    statements: impl IntoIterator<Item = &'a Statement>,
) -> Option<Timestamp> {
    let by_then = statements.into_iter().filter(|one| one.declared <= at);
    by_then.map(|one| one.valid_until).max()
}

#[cfg(test)]
mod tests;
