//! Addresses of services, taken apart as far as settings must know.

use axum::http::Uri;
use axum::http::uri::Authority;

/// An `http` or `https` address.
pub(super) struct Address {
    pub(super) secure: bool,
    pub(super) host: String,
    /// Path and query as written; empty when there is none.
    pub(super) rest: String,
}

impl Address {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let secure = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return None;
        }
        // A fragment is dropped by the parser; here it is trailing junk like any other.
        let (_, rest) = text.split_once(authority.as_str())?;
        let port = authority.as_str().len() - authority.host().len();
        let numbered = port == 0 || authority.port_u16().is_some_and(|port| port > 0);
        numbered.then(|| Self {
            secure,
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            rest: rest.to_owned(),
        })
    }

    /// Whether only this machine can be meant.
    pub(super) fn loopback(&self) -> bool {
        loopback(&self.host)
    }
}

/// Whether a `Host` header, with or without a port, means only this machine.
pub fn loopback_host(header: &str) -> bool {
    let Ok(authority) = header.parse::<Authority>() else {
        return false;
    };
    let port = authority
        .port()
        .map_or(String::new(), |port| format!(":{port}"));
    // The parser ends a name in brackets at its bracket, whatever follows.
    let whole = authority
        .as_str()
        .eq_ignore_ascii_case(&format!("{}{port}", authority.host()));
    whole && loopback(authority.host().trim_matches(['[', ']']))
}

fn loopback(host: &str) -> bool {
    let ip = host.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}
