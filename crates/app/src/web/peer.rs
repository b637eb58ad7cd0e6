//! The other end of a connection, as limits know it.

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

/// [`ip`] as an argument of a handler.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(ip(parts)))
    }
}

/// Who asks: the connection's own address, or, when that is loopback (a reverse proxy on this
/// machine), the last one that `X-Forwarded-For` names.
pub fn ip(parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    let peer = peer.0.ip().to_canonical();
    let forwarded = || {
        let value = parts.headers.get("x-forwarded-for")?.to_str().ok()?;
        value.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    };
    match peer.is_loopback() {
        true => Some(forwarded().unwrap_or(peer)),
        false => Some(peer),
    }
}

/// What limits count by: the address, of IPv6 its /64.
pub fn address(parts: &Parts) -> String {
    match ip(parts) {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => {
            let s = ip.segments();
            format!("{:x}:{:x}:{:x}:{:x}::/64", s[0], s[1], s[2], s[3])
        }
    }
}
