//! What stands around every handler: by which names a demonstration is called, how large a body may
//! be, how long an answer may take, what happens when a handler panics, how a refusal becomes words,
//! and the line a request leaves in the log.

use super::problem::{Asker, Problem, present};
use crate::AppState;
use crate::config::loopback_host;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{CONTENT_LENGTH, HOST};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

/// The largest body of a request, in bytes, where nothing else is said.
pub const BODY: usize = 256 * 1024;
/// The largest batch of scans: 10,000 lines of about 500 bytes fit thrice.
pub const SCANS: usize = 16 * 1024 * 1024;
/// The largest list of people, or of workers: ten thousand rows fill about one.
pub const LIST: usize = 8 * 1024 * 1024;
/// The largest photo: phones make them of 3 to 6.
pub const PHOTO: usize = 8 * 1024 * 1024;
/// How long a request may take, its body included.
const PATIENCE: Duration = Duration::from_secs(30);

/// All of it as one layer, since each layer costs every request its own boxes.
pub async fn around(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asker = Asker::of(&parts);
    let most = match parts.uri.path() {
        "/api/v1/scans" => SCANS,
        "/office/imports" | "/office/permits/list" | "/office/permits/issuing" => LIST,
        path if path.starts_with("/venues/") && path.ends_with("/permits/new") => LIST,
        path if path.ends_with("/posters/removal") => PHOTO,
        _ => BODY,
    };
    let response = if too_large(&parts, most) {
        Problem::TooLarge.into_response()
    } else if app.demo() && !this_machine(&parts) {
        Problem::Misdirected.into_response()
    } else {
        let mut request = Request::from_parts(parts, body);
        DefaultBodyLimit::max(most).apply(&mut request);
        watch(request, next).await
    };
    present(&app, asker, response).await
}

/// Whether a body says that it is too large, before a byte of it is read. What does not say so is
/// cut off by axum's limit while it is read.
fn too_large(parts: &Parts, most: usize) -> bool {
    let length = parts.headers.get(CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > most as u64)
}

/// Whether this machine is called by its own names. A demonstration is called by no other: a page
/// elsewhere whose name is made to lead here would otherwise read what is meant for nobody but
/// this machine. Two names are none.
fn this_machine(parts: &Parts) -> bool {
    let headers = parts.headers.get_all(HOST);
    let address = parts.uri.authority().map(|host| Ok(host.as_str()));
    let here = |host: Result<&str, _>| host.is_ok_and(loopback_host);
    let named = headers.iter().count() <= 1;
    named
        && headers
            .iter()
            .map(|host| host.to_str())
            .chain(address)
            .all(here)
}

/// Ends what takes too long, and survives what panics. The log gets the route's pattern, never an
/// address: addresses hold codes and links.
async fn watch(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    let begun = Instant::now();
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    let response = match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Problem::Internal(format!("a panic in {route}")).into_response(),
        Err(_) => {
            tracing::warn!(%method, route, "a request took too long");
            Problem::Busy.into_response()
        }
    };
    let millis = begun.elapsed().as_millis() as u64;
    tracing::debug!(%method, route, status = response.status().as_u16(), millis, "request");
    response
}
