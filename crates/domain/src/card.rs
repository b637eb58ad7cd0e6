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
        /// Another card took its place.
        Replaced = "replaced",
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
