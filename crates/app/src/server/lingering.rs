//! A connection that ends gently.
//!
//! A server that answers before it has read all (413 to a body of 50 MB) and closes makes the
//! system send a reset, and the other side may never see the answer. So, at the end, it says that
//! nothing more comes, and throws away what still arrives, for a while.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// For how long, at most.
const PATIENCE: Duration = Duration::from_secs(5);
/// And for how long without a byte.
const SILENCE: Duration = Duration::from_millis(500);

/// A connection that reads on for a moment after its last byte is written.
pub(super) struct Lingering<S> {
    stream: S,
    ending: Option<Ending>,
}

struct Ending {
    until: Instant,
    silence: Pin<Box<Sleep>>,
}

impl<S> Lingering<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self {
            stream,
            ending: None,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lingering<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        pin!(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        pin!(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        pin!(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        pin!(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.ending.is_none() {
            ready!(pin!(&mut this.stream).poll_shutdown(cx))?;
        }
        let ending = this.ending.get_or_insert_with(|| Ending {
            until: Instant::now() + PATIENCE,
            silence: Box::pin(sleep(SILENCE)),
        });
        let mut waste = [0; 16 * 1024];
        loop {
            let mut buffer = ReadBuf::new(&mut waste);
            match pin!(&mut this.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    if Instant::now() >= ending.until {
                        return Poll::Ready(Ok(()));
                    }
                    ending.silence.as_mut().reset(Instant::now() + SILENCE);
                }
                // The other side has closed, or is gone.
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    ready!(ending.silence.as_mut().poll(cx));
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}
