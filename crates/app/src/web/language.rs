//! The language a reader chose with `?lang=`, kept in a cookie for the pages that follow.

use super::locale::Locale;
use super::signed_in::set_cookie;
use crate::AppState;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

/// A year, in seconds.
const YEAR: u64 = 365 * 86_400;

/// Keeps the language that an address asks for.
pub async fn keep(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let pairs = request.uri().query().into_iter();
    let asked = pairs
        .flat_map(|query| query.split('&'))
        .filter_map(|pair| pair.strip_prefix("lang="))
        .find_map(Locale::parse);
    let mut response = next.run(request).await;
    let cookies = asked.map(|locale| set_cookie(&app, "lang", locale.code(), YEAR));
    for (name, value) in cookies.into_iter().flatten() {
        if let Some(name) = name {
            response.headers_mut().append(name, value);
        }
    }
    response
}
