//! A card: what a holder carries, on paper, plastic or a phone.

use crate::ids::{CardId, HolderId};
use crate::time::Timestamp;
use std::time::Duration;

/// How long a card is valid from its issue: a year, as the vaccine certificates of 2021 were.
pub const CARD_VALIDITY: Duration = Duration::from_secs(365 * 86_400);

/// What the signer says of a new card: whoever registers the card takes it as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The card's random id.
    pub id: CardId,
    /// Its place in the status list, which no other card ever has.
    pub status_index: u32,
    /// When it was issued, in whole seconds.
    pub issued: Timestamp,
    /// The first instant at which it is no longer valid.
    pub expires: Timestamp,
}

text_enum! {
    /// What a card is made of.
    CardKind {
        /// Printed by the holder or the commune office.
        Paper = "paper",
        /// A CR80 card.
        Plastic = "plastic",
        /// Shown on a phone.
        Electronic = "electronic",
    }
}

text_enum! {
    /// Where a card is in its life. A card whose time has passed is expired, whatever its state.
    CardState {
        /// Asked for; nobody has looked yet.
        Requested = "requested",
        /// The office knows whose it is; to be printed.
        Verified = "verified",
        /// Printed, and not yet in its bearer's hand: whoever shows it is asked.
        Printed = "printed",
        /// In use.
        Active = "active",
        /// Not good for now.
        Suspended = "suspended",
        /// Reported lost or withdrawn, for good.
        Revoked = "revoked",
        /// Another took its place.
        Replaced = "replaced",
    }
}

text_enum! {
    /// What was done to a card.
    CardStep {
        /// Somebody asked for it.
        Request = "request",
        /// The office found it right.
        Verification = "verification",
        /// It was printed.
        Printing = "printing",
        /// It was given to its bearer, or shown on the phone for the first time.
        HandOver = "hand_over",
        /// It was put out of use for now.
        Suspension = "suspension",
        /// It was put to use again.
        Resumption = "resumption",
        /// It was put out of use for good.
        Revocation = "revocation",
        /// Another took its place.
        Replacement = "replacement",
    }
}

text_enum! {
    /// Why a step was taken. Words of ours, so that no personal data comes in.
    StepReason {
        /// As it should be.
        None = "none",
        /// The bearer lost it, or it was stolen.
        Lost = "lost",
        /// It cannot be read any more.
        Damaged = "damaged",
        /// The printer failed.
        Misprinted = "misprinted",
        /// What is printed on it is not true any more.
        Details = "details",
        /// The office took it back.
        Withdrawn = "withdrawn",
        /// It was found again.
        Found = "found",
        /// Two records became one, and the person has another card of this kind; or they became two again.
        Merged = "merged",
    }
}

text_enum! {
    /// How a card is laid out on paper or plastic.
    CardLayout {
        /// CR80, 85.6 x 54 mm: a page a side.
        Plastic = "plastic",
        /// A4 with ten cards to cut out, and their backs on the page after.
        Sheet = "sheet",
        /// A4 that is folded twice and carried.
        Folded = "folded",
        /// A4 to the person, with the card to cut out.
        Letter = "letter",
    }
}

impl StepReason {
    /// The reasons that an office may give for a step, of which it gives one; a step that is not here needs none.
    pub const fn of(step: CardStep) -> &'static [Self] {
        match step {
            CardStep::Suspension => &[Self::Lost, Self::Withdrawn, Self::Details],
            CardStep::Resumption => &[Self::Found, Self::Details],
            CardStep::Revocation => &[Self::Lost, Self::Withdrawn, Self::Damaged],
            CardStep::Replacement => &[Self::Damaged, Self::Lost, Self::Misprinted, Self::Details],
            CardStep::Request
            | CardStep::Verification
            | CardStep::Printing
            | CardStep::HandOver => &[],
        }
    }
}

impl CardLayout {
    /// How cards of a kind are printed where nobody says otherwise.
    pub const fn of(kind: CardKind) -> Self {
        match kind {
            CardKind::Plastic => Self::Plastic,
            CardKind::Paper | CardKind::Electronic => Self::Folded,
        }
    }
}

impl CardState {
    /// Where a card is after a step; nothing where the step does not belong.
    pub const fn after(self, step: CardStep) -> Option<Self> {
        match (self, step) {
            (Self::Requested, CardStep::Verification) => Some(Self::Verified),
            (Self::Verified | Self::Printed, CardStep::Printing) => Some(Self::Printed),
            (Self::Verified | Self::Printed, CardStep::HandOver) => Some(Self::Active),
            (Self::Printed | Self::Active, CardStep::Suspension) => Some(Self::Suspended),
            (Self::Suspended, CardStep::Resumption) => Some(Self::Active),
            (state, CardStep::Revocation) if !state.over() => Some(Self::Revoked),
            (state, CardStep::Replacement) if !state.over() => Some(Self::Replaced),
            _ => None,
        }
    }

    /// Whether it can never be used again.
    pub const fn over(self) -> bool {
        matches!(self, Self::Revoked | Self::Replaced)
    }

    /// The states in which a step belongs.
    pub fn before(step: CardStep) -> impl Iterator<Item = Self> {
        let all = Self::ALL.iter().copied();
        all.filter(move |state| state.after(step).is_some())
    }

    /// Whether its code was ever given out: only then can somebody show it.
    pub const fn given_out(self) -> bool {
        !matches!(self, Self::Requested | Self::Verified)
    }
}

/// A card in the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its id.
    pub id: CardId,
    /// Whom it speaks for.
    pub holder: HolderId,
    /// Its place in the status list.
    pub status_index: u32,
    /// What it is made of.
    pub kind: CardKind,
    /// Where it is in its life.
    pub state: CardState,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it stops being valid.
    pub expires: Timestamp,
}

impl CardId {
    /// Its number as people read it aloud and type it: `00AA 1B2C 3D4E 5F60 7A8B`.
    pub fn serial(self) -> String {
        let digits = self.to_string().to_uppercase();
        let groups: Vec<&str> = (0..digits.len())
            .step_by(4)
            .map(|at| &digits[at..at + 4])
            .collect();
        groups.join(" ")
    }

    /// Reads a serial in either case, with any spaces and punctuation between its twenty digits.
    pub fn parse_serial(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        Self::parse(&digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: CardId = CardId([0x00, 0xaa, 0x1b, 0x2c, 0x3d, 0x4e, 0x5f, 0x60, 0x7a, 0x8b]);

    #[test]
    fn a_serial_is_written_one_way_and_read_in_any() {
        assert_eq!(ID.serial(), "00AA 1B2C 3D4E 5F60 7A8B");
        for text in [
            "00AA 1B2C 3D4E 5F60 7A8B",
            "00aa1b2c3d4e5f607a8b",
            " 00aa-1B2C 3d4e.5F60\u{a0}7A8B\n",
        ] {
            assert_eq!(CardId::parse_serial(text), Some(ID), "{text}");
        }
    }

    #[test]
    fn a_card_goes_through_its_life_and_never_comes_back() {
        use CardStep as S;
        let walk = |steps: &[CardStep]| {
            let first = Some(CardState::Requested);
            steps.iter().fold(first, |state, step| state?.after(*step))
        };
        assert_eq!(
            walk(&[S::Verification, S::Printing, S::HandOver]),
            Some(CardState::Active)
        );
        assert_eq!(
            walk(&[S::Verification, S::HandOver, S::Suspension, S::Resumption]),
            Some(CardState::Active)
        );
        assert_eq!(
            walk(&[S::Verification, S::Printing, S::Printing]),
            Some(CardState::Printed)
        );
        assert_eq!(
            walk(&[S::Printing]),
            None,
            "nothing is printed that nobody looked at"
        );
        assert_eq!(walk(&[S::HandOver]), None);
        assert_eq!(walk(&[S::Resumption]), None);
        for end in [S::Revocation, S::Replacement] {
            for state in CardState::ALL {
                let over = state.after(end);
                assert_eq!(over.is_some(), !state.over(), "{state} {end}");
                for step in CardStep::ALL {
                    assert_eq!(
                        over.and_then(|over| over.after(*step)),
                        None,
                        "{state} {end} {step}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_step_leads_to_one_state_wherever_it_is_taken() {
        for step in CardStep::ALL {
            let mut after: Vec<_> = CardState::before(*step)
                .map(|state| state.after(*step))
                .collect();
            after.dedup();
            assert!(after.len() <= 1, "{step}: {after:?}");
        }
        let printed: Vec<_> = CardState::before(CardStep::HandOver).collect();
        assert_eq!(printed, [CardState::Verified, CardState::Printed]);
    }

    #[test]
    fn what_is_no_serial_is_refused() {
        for text in [
            "",
            "00AA",
            "00AA 1B2C 3D4E 5F60 7A8B 0",
            "zzAA 1B2C 3D4E 5F60 7A8B",
            "đ0AA 1B2C 3D4E 5F60 7A8B",
            "https://quet.example/v/K7M24QX",
        ] {
            assert_eq!(CardId::parse_serial(text), None, "{text}");
        }
    }
}
