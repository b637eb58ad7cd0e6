//! A card: what a holder carries, on paper, plastic or a phone.

use crate::ids::{CardId, HolderId};
use crate::time::Timestamp;
use std::time::Duration;

/// How long a card is valid from its issue: a year, as the vaccine certificates of 2021 were.
pub const CARD_VALIDITY: Duration = Duration::from_secs(365 * 86_400);

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
    /// Where a card is in its life.
    CardState {
        /// In use.
        Active = "active",
        /// Reported lost or withdrawn, for good.
        Revoked = "revoked",
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
