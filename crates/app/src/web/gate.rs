//! The gate that works without a network: one page, the same for everybody, which a browser keeps
//! whole. Who may scan is for the token to say that the owner's screen hands over (`devices.rs`); all
//! else happens in `static/js/gate`.

use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::locale;
use crate::AppState;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::response::Response;

#[derive(Template)]
#[template(path = "gate/show.html")]
struct GatePage {
    page: Page,
}

/// The page. It asks for no session and says nothing about whoever has one.
pub async fn show(State(app): State<AppState>, parts: Parts) -> Result<Response, Problem> {
    let mut page = Page::new(locale(&parts), "/gate");
    page.demo = app.demo();
    page.zone = app.zone();
    let mut response = reply::page(&GatePage { page })?;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
