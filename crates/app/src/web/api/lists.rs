//! The two files that let a third party verify cards without asking: the keys and the status list.

use super::answer;
use super::openapi::ProblemBody;
use crate::AppState;
use crate::web::problem::Problem;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::Mutex;
use utoipa::ToSchema;

/// How long a status list may be relied on: a gate that is a day behind must ask.
const LIFE: Duration = Duration::from_secs(86_400);
/// How long a list is handed out while no card changes.
const KEPT: Duration = Duration::from_secs(3600);
/// Lists may be a minute old: those that carry them spare the database.
const A_MINUTE: &str = "public, max-age=60";

/// The key list as a file; both binaries are base64url without padding.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct KeyFile {
    /// `vaora-keys-1`.
    pub format: String,
    /// The public key that the list is signed with: what a verifier pins.
    pub root: String,
    /// The signed list.
    pub list: String,
}

/// The status list as it was last built: kept until a card is issued or ends.
#[derive(Debug, Default)]
pub struct KeptStatus(Mutex<Option<Built>>);

#[derive(Clone, Debug)]
struct Built {
    version: (i64, i64),
    at: Timestamp,
    sealed: Bytes,
}

/// Every card that is no longer good, signed (`docs/codes.md`, section 4).
///
/// What is kept is compared with the database at each request, so that a revocation is in the list
/// as soon as it is acknowledged; what lies between may hold a list back for a minute.
#[utoipa::path(
    get,
    path = "/api/v1/status-list",
    responses(
        (status = 200, description = "Every card that is no longer good, signed (docs/codes.md, section 4)",
         body = Vec<u8>, content_type = "application/cose"),
        (status = 503, description = "Busy: ask again", body = ProblemBody),
    )
)]
pub async fn status(State(app): State<AppState>) -> Result<Response, Problem> {
    let now = Timestamp::from_seconds(app.now().seconds());
    let mut kept = app.status.0.lock().await;
    let mut tx = app.store.read().await?;
    // Before the states: a list may know more than its version says, never less.
    let version = tx.cards_version().await?;
    let fresh =
        |built: &Built| built.version == version && now >= built.at && now < built.at.plus(KEPT);
    let sealed = match kept.as_ref().filter(|built| fresh(built)) {
        Some(built) => built.sealed.clone(),
        None => {
            drop(tx);
            let sealed = build(&app, now).await?;
            *kept = Some(Built {
                version,
                at: now,
                sealed: sealed.clone(),
            });
            sealed
        }
    };
    let headers = [
        (CONTENT_TYPE, "application/cose"),
        (CACHE_CONTROL, A_MINUTE),
    ];
    Ok((headers, sealed).into_response())
}

async fn build(app: &AppState, now: Timestamp) -> Result<Bytes, Problem> {
    let (all, _) = app.card_list.current(app).await?;
    let seal = move || {
        let list = all.renewed((now, now.plus(LIFE)), all.cards(), []);
        let list =
            list.ok_or_else(|| Problem::Internal("the status list cannot be built".to_owned()))?;
        Ok::<_, Problem>(list.payload())
    };
    let payload = tokio::task::spawn_blocking(seal)
        .await
        .map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(Bytes::from(app.signer.seal_list(payload?).await?))
}

/// The keys that verify cards, as a file that names its root (`docs/codes.md`, section 3.3).
#[utoipa::path(
    get,
    path = "/api/v1/keys",
    responses(
        (status = 200, description = "The key list as a file (docs/codes.md, section 3.3)",
         body = KeyFile, content_type = "application/json"),
    )
)]
pub async fn keys(State(app): State<AppState>, asked: HeaderMap) -> Result<Response, Problem> {
    let text = app.signer.key_list().await?;
    let answer = answer::json(&asked, text.into());
    Ok(([(CACHE_CONTROL, A_MINUTE)], answer).into_response())
}
