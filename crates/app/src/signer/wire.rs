//! What goes over the signer's socket: one question and one answer a connection.
//!
//! A message is two lengths (four bytes each, big-endian), a head of JSON of the first length, and
//! bytes of the second. Heads and bodies are bounded, and a body is read only when its head asks for
//! one: whoever writes something else is cut off.

use domain::card::Claims;
use domain::ids::CardId;
use domain::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How many cards one question may name.
pub const MOST_CARDS: usize = 2000;
/// The longest head of a question and of an answer, in bytes.
pub const LONGEST_QUESTION: u32 = 128 * 1024;
/// The longest head of an answer.
pub const LONGEST_ANSWER: u32 = 2 * 1024 * 1024;
/// The longest body: a status list of 32 MiB that does not compress, within a bundle.
pub const LONGEST_BODY: u32 = 36 * 1024 * 1024;
/// How many lines of the register one answer holds.
pub const MOST_LINES: u32 = 5000;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Claims for so many new cards.
    Allot {
        /// How many.
        count: u32,
    },
    /// The codes of cards that were allotted here.
    Sign {
        /// Their ids.
        cards: Vec<[u8; 10]>,
    },
    /// A credential for the phone whose point is the body.
    Vouch {
        /// The card it speaks for.
        card: [u8; 10],
        /// From when, in seconds: about now.
        at: i64,
    },
    /// The body, signed as what it says it is.
    Seal {
        /// What it is.
        kind: Sealed,
    },
    /// The keys as they are published.
    Keys,
    /// Which cards were signed.
    Signed {
        /// After this line of the register.
        after: i64,
        /// Before this instant, in milliseconds.
        before: i64,
    },
}

/// What is signed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sealed {
    /// A status list.
    List,
    /// A gate's bundle.
    Bundle,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Claims of new cards.
    Claims(Vec<Claim>),
    /// Codes, in the order asked.
    Codes(Vec<String>),
    /// What is signed is the body.
    Body,
    /// The keys.
    Keys {
        /// The signed list as a file.
        list: String,
        /// The first second without a signing key.
        until: i64,
        /// Whether a root makes more.
        rooted: bool,
    },
    /// Lines of the register.
    Signed {
        /// Which register it is: another file has another number.
        register: i64,
        /// Its last line.
        last: i64,
        /// One place more than the highest that was given.
        next_place: i64,
        /// The lines: number and card.
        lines: Vec<(i64, [u8; 10])>,
    },
    /// Nothing was done.
    Refused(Refusal),
}

/// Claims as they are written: id, place, and validity in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim([u8; 10], u32, i64, i64);

impl Claim {
    /// Writes them.
    pub fn new(claims: &Claims) -> Self {
        let (from, to) = (claims.issued.seconds(), claims.expires.seconds());
        Self(claims.id.0, claims.status_index, from, to)
    }

    /// Reads them.
    pub fn read(&self) -> Claims {
        Claims {
            id: CardId(self.0),
            status_index: self.1,
            issued: Timestamp::from_seconds(self.2),
            expires: Timestamp::from_seconds(self.3),
        }
    }
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The question cannot be read, or asks what is never done.
    #[error("that is never signed")]
    Wrong,
    /// The register does not know the card.
    #[error("a card that was not allotted here")]
    Unknown,
    /// As many as may be: when to come back, in seconds.
    #[error("the limit is reached, again in {0} s")]
    Limit(u32),
    /// There is no key for that time.
    #[error("there is no signing key: {0}")]
    NoKey(String),
    /// Something failed; the signer's log has it.
    #[error("it failed inside")]
    Failed,
}

/// A head with its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<T> {
    /// What is asked or answered.
    pub head: T,
    /// Bytes that belong to it; mostly none.
    pub body: Vec<u8>,
    /// What the published keys were then: another number, other keys.
    pub keys: u64,
}

impl Request {
    /// How long its body may be.
    pub fn longest_body(&self) -> u32 {
        match self {
            Self::Vouch { .. } => 128,
            Self::Seal { .. } => LONGEST_BODY,
            _ => 0,
        }
    }
}

/// Writes a head and a body.
pub async fn write<T: Serialize>(
    to: &mut (impl AsyncWrite + Unpin),
    (head, keys): (&T, u64),
    body: &[u8],
) -> io::Result<()> {
    let head = serde_json::to_vec(&(keys, head)).map_err(io::Error::other)?;
    let lengths = [head.len(), body.len()].map(|length| u32::try_from(length).ok());
    let [Some(first), Some(second)] = lengths else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let mut start = Vec::with_capacity(head.len() + 8);
    start.extend(first.to_be_bytes());
    start.extend(second.to_be_bytes());
    start.extend(&head);
    to.write_all(&start).await?;
    to.write_all(body).await?;
    to.flush().await
}

/// Reads the head of a message, and how long its body is.
pub async fn read_head<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
    longest: u32,
) -> io::Result<(T, u64, u32)> {
    let (head, body) = (from.read_u32().await?, from.read_u32().await?);
    if head > longest {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; head as usize];
    from.read_exact(&mut bytes).await?;
    let (keys, head) = serde_json::from_slice(&bytes)?;
    Ok((head, keys, body))
}

/// Reads a body of a length that is no longer than it may be.
pub async fn read_body(
    from: &mut (impl AsyncRead + Unpin),
    length: u32,
    longest: u32,
) -> io::Result<Vec<u8>> {
    if length > longest {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = Vec::new();
    let read = from.take(length.into()).read_to_end(&mut body).await?;
    match read == length as usize {
        true => Ok(body),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
