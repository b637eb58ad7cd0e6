//! How to have a phone trust a self-made certificate, and the way from plain HTTP to HTTPS.

use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::Reader;
use crate::AppState;
use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "trust/trust.html")]
struct TrustPage {
    page: Page,
    /// The fingerprint in lines that a phone is wide enough for; none when nothing is to be trusted.
    fingerprint: Vec<String>,
    /// Where to go on to.
    home: String,
}

/// What to do on each kind of phone; with a certificate that phones know anyway, that there is
/// nothing to do.
pub async fn show(State(app): State<AppState>, reader: Reader) -> Result<Response, Problem> {
    let authority = app.tls.as_ref().and_then(|tls| tls.authority());
    let pairs: Vec<&str> = authority
        .map(|authority| authority.fingerprint.split(':').collect())
        .unwrap_or_default();
    let fingerprint = pairs.chunks(8).map(|line| line.join(" ")).collect();
    let public = app.config.public_url.clone();
    reply::page(&TrustPage {
        page: reader.page(&app),
        fingerprint,
        home: public.unwrap_or_else(|| "/".to_owned()),
    })
}

/// The certificate of the self-made authority, as phones take it.
pub async fn certificate(State(app): State<AppState>) -> Result<Response, Problem> {
    let authority = app.tls.as_ref().and_then(|tls| tls.authority());
    let authority = authority.ok_or(Problem::NotFound)?;
    let headers = [
        (CONTENT_TYPE, "application/x-x509-ca-cert"),
        (CONTENT_DISPOSITION, "attachment; filename=\"vaora-ca.crt\""),
    ];
    Ok((headers, authority.der.clone()).into_response())
}

/// The same address over HTTPS: at the public address, or under the name that was called.
pub async fn over_https(
    State(app): State<AppState>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let rest = uri.path_and_query().map_or("/", |rest| rest.as_str());
    let public = app.config.public_url.as_deref();
    let base = match public.filter(|url| url.starts_with("https://")) {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => {
            let called = headers.get(HOST).and_then(|host| host.to_str().ok());
            let called = called.and_then(|host| host.parse::<Authority>().ok());
            let called = called.ok_or_else(|| Problem::Malformed("no host".to_owned()))?;
            format!("https://{}:{}", called.host(), app.config.listen.port())
        }
    };
    Ok(reply::see(&format!("{base}{rest}")))
}
