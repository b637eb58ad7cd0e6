//! Every square a scanner may meet.
//!
//! Our own codes (the card, the phone's code, the venue's address, the key list and the status list) are specified
//! in `docs/codes.md`; foreign ones are recognised, and prove nothing. [`read`] says what a text
//! is, [`report`] says it with the verdict of a keyring. Nothing here does IO, knows the time or
//! draws random numbers: callers bring seeds and instants.

pub mod bhyt;
pub mod card;
mod cbor;
pub mod cccd;
mod cose;
mod digits;
pub mod draw;
mod error;
pub mod foreign_venue;
pub mod gate_bundle;
pub mod keyring;
mod legible;
pub mod national;
pub mod person;
pub mod phone;
mod read;
mod report;
pub mod status_list;
pub mod venue;

pub use card::{Card, Signed, verify_batch};
pub use error::Error;
pub use gate_bundle::{Change, GateBundle};
pub use keyring::{IssuerKey, KeyId, KeyList, Keyring, PublicKey, Window};
pub use read::{Code, MAX_TEXT, read};
pub use report::{Kind, Reading, Reason, report};
pub use status_list::{State, StatusList};
pub use venue::VenueCode;
