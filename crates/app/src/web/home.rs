//! The first page: what vaora is to a citizen, and the three things most come for.

use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::Reader;
use crate::AppState;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::role::Actor;

#[derive(Template)]
#[template(path = "home/home.html")]
struct HomePage {
    page: Page,
}

/// The first page; whoever is signed in goes where the work is.
pub async fn show(State(app): State<AppState>, reader: Reader) -> Result<Response, Problem> {
    match reader.actor {
        Some(Actor::Holder(_)) => Ok(reply::see("/code")),
        Some(Actor::Officer { .. }) => Ok(reply::see("/office")),
        _ => reply::page(&HomePage {
            page: reader.page(&app),
        }),
    }
}
