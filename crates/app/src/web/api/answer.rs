//! Answers in JSON, packed for whoever takes them so: over a slow network the answers to a backlog weigh as much as the backlog.

use super::body::beside;
use crate::web::assets::takes;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// Fewer bytes go in one packet anyway: the answer to one person at a gate is not held up.
const SMALL: usize = 1024;

/// An answer with this JSON, packed by gzip where the request takes that and it is worth it.
pub(super) fn json(asked: &HeaderMap, text: Vec<u8>) -> Response {
    let packs = text.len() >= SMALL && takes(asked, "gzip");
    let body = if packs { packed(&text) } else { text };
    let mut response = Bytes::from(body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if packs {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn packed(text: &[u8]) -> Vec<u8> {
    beside(text.len(), || {
        let mut out = GzEncoder::new(Vec::with_capacity(text.len() / 4), Compression::fast());
        // Writing to memory does not fail.
        let _ = out.write_all(text);
        out.finish().unwrap_or_default()
    })
}
