//! What handlers answer with when nothing is refused: a page, the same form again, another page.

use super::problem::Problem;
use askama::Template;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

/// Pages may say who is reading: browsers keep them to themselves and ask again.
const PRIVATE: (HeaderName, HeaderValue) =
    (CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));

/// A page.
pub fn page(view: &impl Template) -> Result<Response, Problem> {
    Ok(([PRIVATE], Html(view.render()?)).into_response())
}

/// The form again, filled in as it was sent, with what there is to mend.
pub fn mend(view: &impl Template) -> Result<Response, Problem> {
    let page = ([PRIVATE], Html(view.render()?));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Another page, after something was done.
pub fn see(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// Another page, with cookies to set on the way.
pub fn see_with(path: &str, cookies: impl IntoIterator<Item = HeaderMap>) -> Response {
    let mut response = see(path);
    for (name, value) in cookies.into_iter().flatten() {
        if let Some(name) = name {
            response.headers_mut().append(name, value);
        }
    }
    response
}
