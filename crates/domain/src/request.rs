//! A request: what a holder asks the office of their commune for, and what it answers.
//!
//! Whoever asks about their own data is answered within two working days (Luật Bảo vệ dữ liệu cá nhân 2025). What is asked
//! for is sealed at rest; the words of an answer are ours, so that nobody writes about a person in them.

use crate::birth::Birth;
use crate::card::CardKind;
use crate::declaration::Gender;
use crate::holder::{HolderDetails, PersonName};
use crate::member::Relation;
use crate::time::{Timestamp, Zone};
use crate::unit::UnitCode;
use crate::working_day;
use serde::{Deserialize, Serialize};

/// Within how many working days an office answers.
pub const ANSWERED_WITHIN: u8 = 2;
/// The length of an old identity number (CMND), in digits.
const OLD_NUMBER: usize = 9;

text_enum! {
    /// What kind of thing is asked for.
    RequestKind {
        /// A printed card.
        Card = "card",
        /// That what is known of the holder is put right.
        Correction = "correction",
        /// That somebody is taken into the family, who may be known already.
        Member = "member",
    }
}

text_enum! {
    /// Where a request is.
    RequestState {
        /// Nobody has answered yet.
        Open = "open",
        /// It was done.
        Done = "done",
        /// It was refused, with a reason.
        Refused = "refused",
    }
}

text_enum! {
    /// Why a request was refused.
    RefusalReason {
        /// It was not.
        None = "none",
        /// Come to the office with the papers.
        Papers = "papers",
        /// The papers say otherwise.
        Otherwise = "otherwise",
        /// There is a good card already.
        HasCard = "has_card",
        /// The person lives in another commune.
        Elsewhere = "elsewhere",
        /// It is not this person's to ask.
        NotTheirs = "not_theirs",
        /// The person asked for the same twice, by two records that are one now.
        Twice = "twice",
    }
}

impl RefusalReason {
    /// The reasons that an office may give for refusing a request of a kind.
    pub const fn of(kind: RequestKind) -> &'static [Self] {
        match kind {
            RequestKind::Card => &[Self::Papers, Self::HasCard, Self::Elsewhere],
            RequestKind::Correction => &[Self::Papers, Self::Otherwise, Self::Elsewhere],
            RequestKind::Member => &[
                Self::Papers,
                Self::Otherwise,
                Self::Elsewhere,
                Self::NotTheirs,
            ],
        }
    }
}

/// What a holder says is true instead of what is known; nothing for what stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The name.
    pub name: Option<PersonName>,
    /// Date of birth.
    pub birth: Option<Birth>,
    /// Gender.
    pub gender: Option<Gender>,
    /// The number of the paper.
    pub id_number: Option<String>,
    /// House number, street, hamlet.
    pub address: Option<String>,
}

impl Change {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it changes what papers say of a person: the name, the birth or the number.
    pub const fn needs_papers(&self) -> bool {
        self.name.is_some() || self.birth.is_some() || self.id_number.is_some()
    }

    /// What is known, with the change made. An old identity number that gives way to a citizen's stays as the old one.
    pub fn made(self, known: &HolderDetails) -> HolderDetails {
        let known = known.clone();
        let old = known.id_number.clone().filter(|number| {
            number.len() == OLD_NUMBER
                && self.id_number.is_some()
                && self.id_number != known.id_number
        });
        HolderDetails {
            name: self.name.unwrap_or(known.name),
            birth: self.birth.or(known.birth),
            gender: self.gender.or(known.gender),
            old_number: old.or(known.old_number),
            id_number: self.id_number.or(known.id_number),
            address: self.address.or(known.address),
            ..known
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A printed card.
    Card {
        /// What it is made of: paper or plastic.
        kind: CardKind,
        /// The commune where it is to be fetched; nothing for one's own.
        pickup: Option<UnitCode>,
    },
    /// A correction.
    Correction(Change),
    /// Somebody for the family.
    Member {
        /// What is said of the person.
        details: HolderDetails,
        /// What the person is to the holder.
        relation: Relation,
    },
}

impl Asked {
    /// The kind of the request.
    pub const fn kind(&self) -> RequestKind {
        match self {
            Self::Card { .. } => RequestKind::Card,
            Self::Correction(_) => RequestKind::Correction,
            Self::Member { .. } => RequestKind::Member,
        }
    }
}

/// How an office answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was done.
    Done,
    /// It was refused.
    Refused(RefusalReason),
}

/// Until when a request that was made at an instant is to be answered.
pub fn due(asked: Timestamp, zone: Zone) -> Timestamp {
    working_day::due(asked, ANSWERED_WITHIN, zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let name = |text| PersonName::parse(text).expect("a name");
        let known = HolderDetails {
            id_number: Some("191234567".to_owned()),
            birth: Some(Birth::in_year(1987)),
            address: Some("1 đường Thử".to_owned()),
            ..HolderDetails::named(name("Nguyen Van Thu"), None)
        };
        assert_eq!(Change::default().made(&known), known);
        let change = Change {
            name: Some(name("Nguyễn Văn Thử")),
            id_number: Some("046087004417".to_owned()),
            ..Change::default()
        };
        let made = change.made(&known);
        assert_eq!(made.name.as_str(), "Nguyễn Văn Thử");
        assert_eq!(made.id_number.as_deref(), Some("046087004417"));
        assert_eq!(made.old_number.as_deref(), Some("191234567"));
        assert_eq!(
            (made.birth, made.address.clone()),
            (known.birth, known.address)
        );
        let mended = Change {
            id_number: Some("046087004418".to_owned()),
            ..Change::default()
        };
        // A citizen's number that was mistyped was never anybody's old one.
        assert_eq!(mended.made(&made).old_number, made.old_number);
    }
}
