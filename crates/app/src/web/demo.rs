//! The demonstration's inbox: the codes that would have been sent, for whoever tries vaora here.

use super::peer;
use super::problem::Problem;
use crate::AppState;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::request::Parts;
use domain::phone::Phone;
use serde::{Deserialize, Serialize};

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

/// What was sent to a number. Only in a demonstration, and only to this machine: anywhere else
/// there is nothing here.
pub async fn inbox(
    State(app): State<AppState>,
    parts: Parts,
    Query(asked): Query<Asked>,
) -> Result<Json<Vec<Sent>>, Problem> {
    let here = peer::ip(&parts).is_some_and(|ip| ip.is_loopback());
    let phone = Phone::parse(&asked.phone).filter(|_| app.demo() && here);
    let messages = phone.and_then(|phone| app.gateway.inbox(&phone));
    let messages = messages.ok_or(Problem::NotFound)?;
    let sent = messages.into_iter().map(|message| Sent {
        to: message.to,
        text: message.text,
        at: message.at.rfc3339(),
    });
    Ok(Json(sent.collect()))
}
