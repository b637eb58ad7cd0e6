//! Asking a signer in another process, by its socket. One connection a question.

use super::wire::{self, LONGEST_ANSWER, LONGEST_BODY, Message, Refusal, Request, Response};
use super::{Error, Published};
use codes::Keyring;
use domain::time::Timestamp;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::net::UnixStream;

/// How long a signer that is being started again is waited for.
const START: Duration = Duration::from_secs(3);
/// How long an answer may take: a card waits in a transaction, a list does not.
const SHORT: Duration = Duration::from_secs(3);
const LONG: Duration = Duration::from_secs(30);
/// After an answer that did not come, nobody waits for the next.
const SULK: Duration = Duration::from_secs(2);
/// A path of a socket that every system takes.
const LONGEST_PATH: usize = 90;

/// A signer behind a socket.
#[derive(Debug)]
pub struct Client {
    socket: PathBuf,
    published: RwLock<(u64, Published)>,
    late: RwLock<Option<Instant>>,
}

impl Client {
    /// Finds the signer, and learns its keys.
    pub async fn open(socket: &Path) -> Result<Self, Error> {
        let published = Published {
            list: String::new(),
            keyring: Arc::default(),
            until: Timestamp::from_millis(0),
            rooted: false,
        };
        let client = Self {
            socket: socket.to_owned(),
            published: RwLock::new((0, published)),
            late: RwLock::default(),
        };
        client.look().await?;
        Ok(client)
    }

    /// The keys as of the last look.
    pub fn published(&self) -> Published {
        self.kept().1.clone()
    }

    /// The keys that verify, as of the last look.
    pub fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.kept().1.keyring)
    }

    fn kept(&self) -> std::sync::RwLockReadGuard<'_, (u64, Published)> {
        self.published
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns the keys again.
    pub async fn look(&self) -> Result<(), Error> {
        let answer = self.exchange(&Request::Keys, &[]).await?;
        let Response::Keys {
            list,
            until,
            rooted,
        } = answer.head
        else {
            return Err(super::strange());
        };
        let keyring = Keyring::from_file_text(&list, None).map_err(|_| super::strange())?;
        let published = Published {
            list,
            keyring: Arc::new(keyring),
            until: Timestamp::from_seconds(until),
            rooted,
        };
        let mut kept = self
            .published
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *kept = (answer.keys, published);
        Ok(())
    }

    /// Asks. Whoever verifies knows the key that was used before its signature is shown to anybody.
    pub(super) async fn ask(
        &self,
        request: &Request,
        body: &[u8],
    ) -> Result<Message<Response>, Error> {
        let answer = self.exchange(request, body).await?;
        let known = self.kept().0 == answer.keys;
        if !known {
            self.look().await?;
        }
        if answer.head == Response::Refused(Refusal::Failed) {
            tracing::error!("the signer failed; its own log says why");
        }
        Ok(answer)
    }

    async fn exchange(&self, request: &Request, body: &[u8]) -> Result<Message<Response>, Error> {
        let patience = match request {
            Request::Seal { .. } | Request::Sign { .. } | Request::Signed { .. } => LONG,
            _ => SHORT,
        };
        let late = *self.late.read().unwrap_or_else(PoisonError::into_inner);
        if late.is_some_and(|until| Instant::now() < until) {
            return Err(io::Error::from(io::ErrorKind::TimedOut).into());
        }
        let asked = tokio::time::timeout(patience, self.once(request, body)).await;
        let Ok(answered) = asked else {
            let until = Some(Instant::now() + SULK);
            *self.late.write().unwrap_or_else(PoisonError::into_inner) = until;
            return Err(io::Error::from(io::ErrorKind::TimedOut).into());
        };
        Ok(answered?)
    }

    async fn once(&self, request: &Request, body: &[u8]) -> io::Result<Message<Response>> {
        let mut stream = self.connect().await?;
        wire::write(&mut stream, (request, 0), body).await?;
        let (head, keys, length) = wire::read_head(&mut stream, LONGEST_ANSWER).await?;
        let body = wire::read_body(&mut stream, length, LONGEST_BODY + 1024).await?;
        Ok(Message { head, body, keys })
    }

    /// Connects; a signer that is being started again gets a moment.
    async fn connect(&self) -> io::Result<UnixStream> {
        let start = Instant::now();
        loop {
            let (_folder, path) = short_name(&self.socket)?;
            match UnixStream::connect(path).await {
                Ok(stream) => return Ok(stream),
                Err(error) if start.elapsed() < START && comes_again(&error) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn comes_again(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, NotFound, WouldBlock};
    matches!(error.kind(), ConnectionRefused | NotFound | WouldBlock)
}

/// The path of a socket as systems take it: a long one is named by way of its folder, which must be held open
/// meanwhile.
pub(super) fn short_name(path: &Path) -> io::Result<(Option<File>, PathBuf)> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok((None, path.to_owned()));
    };
    if path.as_os_str().len() <= LONGEST_PATH {
        return Ok((None, path.to_owned()));
    }
    let folder = File::open(parent)?;
    let short = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
    Ok((Some(folder), short.join(name)))
}
