//! The two files that let a third party verify cards without asking: the keys and the status list.

use crate::AppState;
use crate::web::problem::Problem;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use codes::{State as Good, StatusList};
use domain::admission::CardStanding;
use domain::time::Timestamp;
use std::time::Duration;

/// How long a status list may be relied on: a gate that is a day behind must ask.
const LIFE: Duration = Duration::from_secs(86_400);
/// Lists may be a minute old: those that carry them spare the database.
const A_MINUTE: &str = "public, max-age=60";

/// Every card that is no longer good, signed (`docs/codes.md`, section 4).
pub async fn status(State(app): State<AppState>) -> Result<Response, Problem> {
    let now = Timestamp::from_seconds(app.now().seconds());
    let (count, ended) = app.store.read().await?.card_states(now).await?;
    let app_of_list = app.clone();
    let seal = move || {
        let states = ended.into_iter().map(|(index, state)| {
            let state = match CardStanding::from(state) {
                CardStanding::Active => Good::Active,
                CardStanding::Revoked => Good::Invalid,
                CardStanding::Unknown => Good::Ask,
            };
            (index, state)
        });
        let list = StatusList::build((now, now.plus(LIFE)), count, states)
            .ok_or_else(|| Problem::Internal("the status list cannot be built".to_owned()))?;
        Ok::<_, Problem>(app_of_list.issuer.seal(&list)?)
    };
    let sealed = tokio::task::spawn_blocking(seal)
        .await
        .map_err(|error| Problem::Internal(error.to_string()))??;
    let headers = [
        (CONTENT_TYPE, "application/cose"),
        (CACHE_CONTROL, A_MINUTE),
    ];
    Ok((headers, sealed).into_response())
}

/// The keys that verify cards, as a file that names its root (`docs/codes.md`, section 3.3).
pub async fn keys(State(app): State<AppState>) -> Result<Response, Problem> {
    let text = app.issuer.key_list(app.now())?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, A_MINUTE),
    ];
    Ok((headers, text).into_response())
}
