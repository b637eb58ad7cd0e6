//! The demonstration's inbox: the codes that would have been sent, for whoever tries vaora here.

use super::page::Page;
use super::peer;
use super::problem::Problem;
use super::reply;
use super::signed_in::Reader;
use crate::AppState;
use crate::gateway::Message;
use askama::Template;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use domain::phone::Phone;
use serde::{Deserialize, Serialize};

/// How many messages the page shows.
const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "demo/inbox.html")]
struct InboxPage {
    page: Page,
    /// The newest first.
    messages: Vec<Message>,
}

/// Whose messages.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    phone: String,
}

/// A message that was sent.
#[derive(Debug, Serialize)]
pub struct Sent {
    to: String,
    text: String,
    at: String,
}

/// What was sent: to a number as JSON, without one to all as a page. Only in a demonstration, and
/// only to this machine: anywhere else there is nothing here.
pub async fn inbox(
    State(app): State<AppState>,
    parts: Parts,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let here = peer::ip(&parts).is_some_and(|ip| ip.is_loopback());
    if !app.demo() || !here {
        return Err(Problem::NotFound);
    }
    if asked.phone.is_empty() {
        let mut messages = app.gateway.inbox(None).ok_or(Problem::NotFound)?;
        messages.reverse();
        messages.truncate(PAGE);
        let page = reader.page(&app);
        return reply::page(&InboxPage { page, messages });
    }
    let phone = Phone::parse(&asked.phone).ok_or(Problem::NotFound)?;
    let messages = app.gateway.inbox(Some(&phone)).ok_or(Problem::NotFound)?;
    let sent = messages.into_iter().map(|message| Sent {
        to: message.to,
        text: message.text,
        at: message.at.rfc3339(),
    });
    Ok(Json(sent.collect::<Vec<_>>()).into_response())
}
