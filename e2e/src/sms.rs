//! A message service: what the server sends is kept here, so that a journey can read its codes.

use crate::{wait, wire};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};

/// The service, and what was sent to whom.
#[derive(Clone, Debug)]
pub struct Sms {
    port: u16,
    sent: Arc<Mutex<Vec<(String, String)>>>,
}

impl Sms {
    /// Begins to take messages; it ends with the process.
    pub fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&sent);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().filter_map(Result::ok) {
                let Ok((head, _)) = wire::read_head(&mut stream) else {
                    continue;
                };
                let message = (value(&head, "to"), value(&head, "text"));
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(message);
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
            }
        });
        Ok(Self { port, sent })
    }

    /// What `--otp-gateway` takes.
    pub fn gateway(&self) -> String {
        format!(
            "http:http://127.0.0.1:{}/send?to={{to}}&text={{text}}",
            self.port
        )
    }

    /// How many messages a number was sent.
    pub fn count(&self, phone: &str) -> usize {
        self.to(phone).len()
    }

    /// The code in the message that a number is sent after the first `before`.
    pub fn code(&self, phone: &str, before: usize) -> anyhow::Result<String> {
        let text = wait("a message", || self.to(phone).get(before).cloned())?;
        let runs = text.split(|c: char| !c.is_ascii_digit() && c != ' ');
        let mut runs = runs
            .map(|run| run.replace(' ', ""))
            .filter(|run| run.len() == 6);
        runs.next()
            .ok_or_else(|| anyhow::anyhow!("no code in {text:?}"))
    }

    fn to(&self, phone: &str) -> Vec<String> {
        let number = phone.replace(' ', "");
        let number = number.strip_prefix('0').unwrap_or(&number);
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let of = sent.iter().filter(|(to, _)| to.ends_with(number));
        of.map(|(_, text)| text.clone()).collect()
    }
}

/// A value of the query in the first line of a head.
fn value(head: &str, name: &str) -> String {
    let address = head.split(' ').nth(1).unwrap_or_default();
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut found = pairs.filter(|(key, _)| *key == name);
    decoded(found.next().map_or("", |(_, value)| value))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            rest.next()
                .and_then(|digit| char::from(digit).to_digit(16))
                .unwrap_or(0)
        };
        bytes.push((digit() * 16 + digit()) as u8);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
