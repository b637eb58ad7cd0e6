//! What handlers answer with when nothing is refused: a page, the same form again, another page.

use super::field_errors::FieldErrors;
use super::problem::Problem;
use crate::export::{FileKind, Table};
use askama::Template;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

/// A page. Like every answer that does not say otherwise it is kept nowhere (`headers::rules`): it may say who
/// is reading, and about whom.
pub fn page(view: &impl Template) -> Result<Response, Problem> {
    with(StatusCode::OK, view)
}

/// The form again, filled in as it was sent, with what there is to mend.
pub fn mend(view: &impl Template) -> Result<Response, Problem> {
    with(StatusCode::UNPROCESSABLE_ENTITY, view)
}

/// The page of a form: as it is opened, or again where there is something to mend.
pub fn form(errors: &FieldErrors, view: &impl Template) -> Result<Response, Problem> {
    match errors.is_empty() {
        true => page(view),
        false => mend(view),
    }
}

/// A page with another status.
pub fn with(status: StatusCode, view: &impl Template) -> Result<Response, Problem> {
    Ok((status, Html(view.render()?)).into_response())
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

/// A table as a file, with what a receiver compares: nothing is lost on the way.
pub async fn table(table: Table, kind: FileKind, name: &str) -> Result<Response, Problem> {
    let internal = |error: &dyn std::error::Error| Problem::Internal(error.to_string());
    let made = tokio::task::spawn_blocking(move || table.file(kind)).await;
    let file = made
        .map_err(|error| internal(&error))?
        .map_err(|error| internal(&error))?;
    let name = format!("attachment; filename=\"{name}.{}\"", kind.extension());
    let headers = [
        (CONTENT_TYPE, kind.media_type().to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    let handed = [
        ("x-row-count", file.count.to_string()),
        ("x-content-sha256", file.sha256),
    ];
    Ok((headers, handed, file.bytes).into_response())
}
