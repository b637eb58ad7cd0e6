//! What comes before the first request of a TLS connection. It costs the most and is asked for by
//! anybody, so it is bounded in number and in time.

use super::Limits;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Shakes hands with whoever connects, so many at a time.
#[derive(Clone)]
pub(super) struct Handshakes {
    acceptor: TlsAcceptor,
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Handshakes {
    pub(super) fn new(acceptor: TlsAcceptor, limits: Limits) -> Self {
        Self {
            acceptor,
            places: Arc::new(Semaphore::new(limits.handshakes)),
            patience: limits.handshake,
        }
    }

    /// The stream within; nothing when it took too long to begin or to end, or went wrong.
    pub(super) async fn shake(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let place = timeout(self.patience, self.places.acquire()).await;
        let _place = place.ok()?.ok()?;
        let shaken = timeout(self.patience, self.acceptor.accept(stream)).await;
        shaken.ok()?.ok()
    }
}
