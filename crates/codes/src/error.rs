//! Why a signed text of ours is not believed.

/// Why a card, a key list or a status list is refused.
///
/// There are three answers and no others. That a card has expired is not among them: its text is
/// genuine, and [`crate::Card::expired`] tells.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum Error {
    /// The text is cut short, mistyped, or not written in the one way the format allows.
    #[error("the code is damaged or incomplete: read it again, or ask for a new one")]
    Unreadable,
    /// No key of the keyring carries the id that the text names.
    #[error("no known key signed this code: fetch the newest key list and read it again")]
    UnknownKey,
    /// The signature is not that key's, or the key was not allowed to make it.
    #[error("the signature is not genuine: do not accept this code")]
    Forged,
}
