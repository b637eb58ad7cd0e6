//! The signer's door: a Unix socket, who may come in, and how long anything may take.

use super::engine::Engine;
use super::wire::{self, LONGEST_QUESTION, Message, Request, Response};
use std::collections::BTreeSet;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

/// How many are answered at a time; others wait.
const AT_ONCE: usize = 64;
/// How many of them may bring a large body.
const LARGE_AT_ONCE: usize = 2;
/// A body of at most so many bytes is small.
const SMALL: u32 = 64 * 1024;
/// How long a question, and the reading of its answer, may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the folder of the keys is looked at.
const LOOK: Duration = Duration::from_secs(2);
const HOUR: Duration = Duration::from_secs(3600);

/// The socket of a signer, and who may ask.
#[derive(Debug)]
pub struct Door {
    listener: UnixListener,
    path: PathBuf,
    /// Which file the socket is: another signer's at the same path stays.
    inode: u64,
    allowed: BTreeSet<u32>,
}

impl Door {
    /// Opens a socket that its user and one group may reach (mode 0660). Whoever comes is asked, besides, which
    /// system user it is.
    pub fn open(path: &Path, group: Option<u32>, allowed: BTreeSet<u32>) -> io::Result<Self> {
        use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
        let (_folder, short) = super::client::short_name(path)?;
        // What a signer left that was killed; anything else than a socket stays, and one that somebody answers at.
        if path
            .symlink_metadata()
            .is_ok_and(|left| left.file_type().is_socket())
        {
            if std::os::unix::net::UnixStream::connect(&short).is_ok() {
                return Err(io::Error::new(
                    io::ErrorKind::AddrInUse,
                    format!("another signer answers at {}", path.display()),
                ));
            }
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(short)?;
        std::os::unix::fs::chown(path, None, group)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
        Ok(Self {
            listener,
            inode: path.symlink_metadata()?.ino(),
            path: path.to_owned(),
            allowed,
        })
    }

    /// Answers until told to stop.
    pub async fn serve(self, engine: Arc<Engine>, stop: impl Future<Output = ()>) {
        let (callers, large) = (
            Arc::new(Semaphore::new(AT_ONCE)),
            Arc::new(Semaphore::new(LARGE_AT_ONCE)),
        );
        let beside = tokio::spawn(look_after(Arc::clone(&engine)));
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = &mut stop => break,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            if !self.allows(&stream) {
                continue;
            }
            let (engine, large) = (Arc::clone(&engine), Arc::clone(&large));
            let Ok(place) = Arc::clone(&callers).acquire_owned().await else {
                break;
            };
            tokio::spawn(async move {
                let _place = place;
                if let Err(error) = answer(stream, &engine, &large).await {
                    tracing::warn!(error = %error, "a question to the signer was cut off");
                }
            });
        }
        beside.abort();
        engine.register().close().await;
        use std::os::unix::fs::MetadataExt as _;
        let left = self.path.symlink_metadata();
        if left.is_ok_and(|left| left.ino() == self.inode) {
            // It may be gone already.
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Whether whoever is at the other end is one of those who may ask.
    fn allows(&self, stream: &UnixStream) -> bool {
        let uid = stream.peer_cred().map(|peer| peer.uid());
        let allowed = uid.as_ref().is_ok_and(|uid| self.allowed.contains(uid));
        if !allowed {
            tracing::warn!(uid = ?uid.ok(), "a system user that may not ask for signatures was refused");
        }
        allowed
    }
}

/// Answers one question.
async fn answer(mut stream: UnixStream, engine: &Engine, large: &Semaphore) -> io::Result<()> {
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    let reading = async {
        let (request, _, length) =
            wire::read_head::<Request>(&mut stream, LONGEST_QUESTION).await?;
        let place = match length {
            ..=SMALL => None,
            _ => Some(large.acquire().await.map_err(io::Error::other)?),
        };
        let body = wire::read_body(&mut stream, length, request.longest_body()).await?;
        Ok::<_, io::Error>((request, body, place))
    };
    let read = tokio::time::timeout(PATIENCE, reading)
        .await
        .map_err(late)?;
    let (request, body, _place) = read?;
    let Message { head, body, keys } = engine.answer(request, body).await;
    let writing = wire::write::<Response>(&mut stream, (&head, keys), &body);
    tokio::time::timeout(PATIENCE, writing)
        .await
        .map_err(late)?
}

/// Sees new keys, and forgets what is past its time.
async fn look_after(engine: Arc<Engine>) {
    let mut turn: u64 = 0;
    loop {
        if let Err(error) = engine.look() {
            tracing::error!(error = %error, "the issuing keys cannot be read");
        }
        if turn.is_multiple_of(HOUR.as_secs() / LOOK.as_secs())
            && let Err(error) = engine.forget().await
        {
            tracing::error!(error = %error, "the register of signatures cannot be written");
        }
        turn += 1;
        tokio::time::sleep(LOOK).await;
    }
}
