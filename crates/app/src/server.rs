//! The server: connections in, requests to the router, and an end that loses nothing.
//!
//! Every connection is bounded: in number, in all and from one address, and in how long it may
//! take to say what it wants. A proxy on this machine stands for many people, so loopback counts
//! towards the whole only.

mod handshakes;
mod lingering;
mod places;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use handshakes::Handshakes;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use lingering::Lingering;
use places::Places;
use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tower::Service as _;

/// What a server allows.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Of these, from one address other than this machine.
    pub per_address: usize,
    /// How long a connection may take to send the head of a request, from its beginning or from
    /// the last answer on.
    pub head: Duration,
    /// How long a TLS handshake may take, and how long one may wait for its turn.
    pub handshake: Duration,
    /// TLS handshakes at a time: more than one address has connections.
    pub handshakes: usize,
    /// How long requests may still take once the server is told to stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            per_address: 512,
            head: Duration::from_secs(10),
            handshake: Duration::from_secs(10),
            handshakes: 1_024,
            drain: Duration::from_secs(10),
        }
    }
}

/// The most bytes of a request's head.
const HEAD_BYTES: usize = 64 * 1024;

/// Where connections come in: plain, or over TLS.
pub struct Door {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
}

impl Door {
    /// A door at which hands are shaken when there is something to shake them.
    pub const fn new(listener: TcpListener, tls: Option<TlsAcceptor>) -> Self {
        Self { listener, tls }
    }
}

impl From<TcpListener> for Door {
    fn from(listener: TcpListener) -> Self {
        Self::new(listener, None)
    }
}

/// Serves until told to stop, then answers what was asked and returns.
pub async fn serve(
    door: impl Into<Door>,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let Door { listener, tls } = door.into();
    let handshakes = tls.map(|acceptor| Handshakes::new(acceptor, limits));
    let places = Places::new(limits);
    let (stopping, stopped) = watch::channel(());
    // Every connection holds a sender; when all are gone, so are the connections.
    let (open, mut closed) = mpsc::channel::<()>(1);
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(place) = places.take(peer.ip()) else {
                    continue;
                };
                let (router, mut stopped, open) = (router.clone(), stopped.clone(), open.clone());
                let handshakes = handshakes.clone();
                tokio::spawn(async move {
                    let _held = (open, place);
                    let _ = stream.set_nodelay(true);
                    let Some(handshakes) = handshakes else {
                        return connection(stream, peer, router, limits, stopped).await;
                    };
                    let shaken = tokio::select! {
                        shaken = handshakes.shake(stream) => shaken,
                        _ = stopped.changed() => None,
                    };
                    if let Some(stream) = shaken {
                        connection(stream, peer, router, limits, stopped).await;
                    }
                });
            }
            Err(error) => rest(&error).await,
        }
    }
    drop(listener);
    drop(open);
    let _ = stopping.send(());
    if tokio::time::timeout(limits.drain, closed.recv())
        .await
        .is_err()
    {
        tracing::warn!("some requests took too long and were cut off");
    }
}

/// Serves one connection to its end.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    mut stopped: watch::Receiver<()>,
) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(Lingering::new(stream)), answer);
    tokio::pin!(served);
    tokio::select! {
        _ = &mut served => return,
        _ = stopped.changed() => served.as_mut().graceful_shutdown(),
    }
    // Whatever ends a connection early is the other side's affair.
    let _ = served.await;
}

/// What to do when no connection can be accepted: try again, soon when it was that connection's
/// own fault, later when the machine has run out of something.
async fn rest(error: &std::io::Error) {
    let own = [
        ErrorKind::ConnectionAborted,
        ErrorKind::ConnectionReset,
        ErrorKind::ConnectionRefused,
    ];
    if !own.contains(&error.kind()) {
        tracing::warn!(%error, "no connection can be accepted for the moment");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
