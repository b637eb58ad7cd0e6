//! Gateways: how a one-time code reaches a phone. One trait, whatever carries it.

use crate::percent;
use domain::phone::Phone;
use domain::time::Timestamp;
use std::fmt::Debug;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Something that sends short messages.
pub trait Gateway: Debug + Send + Sync {
    /// Hands one message over. Called off the request path; an error is tried again.
    fn send(&self, to: &Phone, text: &str, now: Timestamp) -> Result<(), String>;

    /// What was sent, to one number or to all, the oldest first, where the gateway keeps it (the
    /// demonstration's inbox, tests).
    fn inbox(&self, _to: Option<&Phone>) -> Option<Vec<Message>> {
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

    fn inbox(&self, to: Option<&Phone>) -> Option<Vec<Message>> {
        let to = to.map(Phone::e164);
        let messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = messages
            .iter()
            .filter(|message| to.as_ref().is_none_or(|to| message.to == *to));
        Some(wanted.cloned().collect())
    }
}

/// Writes messages to standard output, for somebody who runs vaora to try it. The log never
/// carries a code.
#[derive(Debug, Default)]
pub struct Console;

impl Gateway for Console {
    fn send(&self, to: &Phone, text: &str, _now: Timestamp) -> Result<(), String> {
        let line = format!("[SMS {}] {text}\n", to.masked());
        std::io::stdout()
            .lock()
            .write_all(line.as_bytes())
            .map_err(|error| error.kind().to_string())
    }
}

/// How long a gateway may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hands messages to an HTTP service, whose address and body are templates with `{to}` (E.164
/// without the plus sign) and `{text}`.
///
/// In the address and in a form both are percent-encoded; a body that begins with `{` or `[` is
/// JSON, and both are escaped for it. Without a body the address is fetched with GET.
pub struct Templated {
    agent: ureq::Agent,
    url: String,
    body: Option<String>,
    authorization: Option<String>,
}

impl Debug for Templated {
    /// Without the address and the header, which may carry secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Templated")
    }
}

impl Templated {
    /// A gateway at an address; `authorization` is the whole value of that header.
    pub fn new(url: String, body: Option<String>, authorization: Option<String>) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .build();
        Self {
            agent: config.into(),
            url,
            body,
            authorization,
        }
    }

    fn call(&self, to: &str, text: &str) -> Result<(), ureq::Error> {
        let url = fill(&self.url, to, text, percent::part);
        let authorization = self.authorization.as_deref();
        let Some(body) = &self.body else {
            let mut request = self.agent.get(url);
            if let Some(value) = authorization {
                request = request.header("authorization", value);
            }
            return request.call().map(drop);
        };
        let json = is_json(body);
        let (kind, escape): (&str, fn(&str) -> String) = if json {
            ("application/json", quoted)
        } else {
            ("application/x-www-form-urlencoded", percent::part)
        };
        let mut request = self.agent.post(url).header("content-type", kind);
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        request.send(fill(body, to, text, escape)).map(drop)
    }
}

impl Gateway for Templated {
    fn send(&self, to: &Phone, text: &str, _now: Timestamp) -> Result<(), String> {
        // What is said of a failure goes to the log: never the address, which holds the number.
        let number = to.e164();
        self.call(number.trim_start_matches('+'), text)
            .map_err(|error| match error {
                ureq::Error::StatusCode(status) => format!("the gateway answered {status}"),
                ureq::Error::Timeout(_) => "the gateway did not answer in time".to_owned(),
                ureq::Error::Io(error) => format!("the gateway: {}", error.kind()),
                _ => "the gateway could not be reached".to_owned(),
            })
    }
}

/// Whether a body is sent as JSON.
fn is_json(body: &str) -> bool {
    body.trim_start().starts_with(['{', '['])
}

/// Whether a body that begins as JSON is JSON once it is filled.
pub fn is_sound(body: &str) -> bool {
    let filled = || fill(body, "84905000417", "Ma \"OTP\": 123 456", quoted);
    !is_json(body) || serde_json::from_str::<serde_json::Value>(&filled()).is_ok()
}

/// A template with its two places filled, in one pass: what is filled in is never filled again.
fn fill(template: &str, to: &str, text: &str, escape: fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        rest = if let Some(rest) = after.strip_prefix("{to}") {
            out.push_str(&escape(to));
            rest
        } else if let Some(rest) = after.strip_prefix("{text}") {
            out.push_str(&escape(text));
            rest
        } else {
            out.push('{');
            &after[1..]
        };
    }
    out + rest
}

/// The inside of a JSON string.
fn quoted(text: &str) -> String {
    let whole = serde_json::Value::from(text).to_string();
    whole[1..whole.len() - 1].to_owned()
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
