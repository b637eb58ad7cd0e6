//! A declaration: what a holder states about health and contacts, and for how long it holds.
//!
//! The general form ("khai báo toàn dân") has the fields of tokhaiyte.vn as they stood on
//! 02/03/2022; nothing is chosen beforehand, because a form that can be sent unread is.

use crate::scan::Reason;

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a declaration holds where a unit has set nothing (Đà Nẵng, 2021: 24 hours).
pub const DEFAULT_VALIDITY: Duration = Duration::from_secs(24 * 3600);

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

/// The general declaration's answers. Sealed at rest; erased with their retention.
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
pub enum Standing {
    /// Nothing declared by then.
    Missing,
    /// The last one had run out.
    Expired,
    /// In force, with a yes to a symptom or a contact.
    Concern,
    /// In force, nothing to ask.
    Clear,
}

impl Standing {
    /// The standing at a moment, from the statements made by then.
    pub fn at<'a>(at: Timestamp, statements: impl IntoIterator<Item = &'a Statement>) -> Self {
        let latest = statements
            .into_iter()
            .filter(|s| s.declared <= at)
            .max_by_key(|s| s.declared);
        match latest {
            None => Self::Missing,
            Some(s) if s.valid_until <= at => Self::Expired,
            Some(s) if s.concern => Self::Concern,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_statement_by_then_counts() {
        let t = Timestamp::from_seconds;
        let statements = [
            Statement {
                declared: t(100),
                valid_until: t(200),
                concern: false,
            },
            Statement {
                declared: t(150),
                valid_until: t(250),
                concern: true,
            },
        ];
        let check = |at, expected| assert_eq!(Standing::at(t(at), &statements), expected, "{at}");
        check(99, Standing::Missing);
        check(100, Standing::Clear);
        check(149, Standing::Clear);
        check(150, Standing::Concern);
        check(249, Standing::Concern);
        check(250, Standing::Expired);
    }
}
