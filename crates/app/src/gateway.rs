//! Gateways: how a one-time code reaches a phone. One trait, whatever carries it.

use domain::phone::Phone;
use domain::time::Timestamp;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

/// Something that sends short messages.
pub trait Gateway: Debug + Send + Sync {
    /// Hands one message over. Called off the request path; an error is tried again.
    fn send(&self, to: &Phone, text: &str, now: Timestamp) -> Result<(), String>;

    /// What was sent to a number, where the gateway keeps it (the demonstration's inbox, tests).
    fn inbox(&self, _to: &Phone) -> Option<Vec<Message>> {
        None
    }
}

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The number, E.164.
    pub to: String,
    /// The words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// Keeps messages in memory, for the demonstration and for tests.
#[derive(Debug, Default)]
pub struct Inbox(Mutex<Vec<Message>>);

/// How many messages an [`Inbox`] holds before it lets the oldest go.
const INBOX_SIZE: usize = 10_000;

impl Gateway for Inbox {
    fn send(&self, to: &Phone, text: &str, now: Timestamp) -> Result<(), String> {
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() >= INBOX_SIZE {
            messages.remove(0);
        }
        messages.push(Message {
            to: to.e164(),
            text: text.to_owned(),
            at: now,
        });
        Ok(())
    }

    fn inbox(&self, to: &Phone) -> Option<Vec<Message>> {
        let messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Some(
            messages
                .iter()
                .filter(|message| message.to == to.e164())
                .cloned()
                .collect(),
        )
    }
}
