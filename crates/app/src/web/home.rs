//! The first page: what vaora is to a citizen, and the three things most come for.

use super::officer_sign_in::first_page;
use super::page::{FieldErrors, Page};
use super::problem::Problem;
use super::reply;
use super::signed_in::Reader;
use crate::AppState;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use codes::{Code, VenueCode};
use domain::role::Actor;
use serde::Deserialize;

/// A venue's code, as typed.
#[derive(Debug, Deserialize)]
pub struct Typed {
    #[serde(default)]
    code: String,
}

#[derive(Template)]
#[template(path = "home/home.html")]
struct HomePage {
    page: Page,
    errors: FieldErrors,
    code: String,
    /// Whether nobody has set this installation up yet.
    pending: bool,
}

/// The first page; whoever is signed in goes where the work is.
pub async fn show(State(app): State<AppState>, reader: Reader) -> Result<Response, Problem> {
    match reader.actor {
        Some(Actor::Holder(_)) => Ok(reply::see("/code")),
        Some(Actor::Officer { role, .. }) => Ok(reply::see(first_page(role))),
        _ => reply::page(&HomePage {
            page: reader.page(&app),
            errors: FieldErrors::default(),
            code: String::new(),
            pending: app.store.read().await?.set_up_wanted().await?,
        }),
    }
}

/// From what stands on a poster to its page: the code as typed, or the address as pasted.
pub async fn find_venue(
    State(app): State<AppState>,
    reader: Reader,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    let code = match codes::read(&typed.code) {
        Code::Venue(code) => Some(code),
        // Copied without its scheme, as some browsers show it.
        _ => VenueCode::from_url(&format!("https://{}", typed.code.trim())),
    };
    if let Some(code) = code {
        return Ok(reply::see(&format!("/v/{code}")));
    }
    let mut errors = FieldErrors::default();
    errors.add("code", reader.locale.text("home.err_code"));
    let mut page = reader.page(&app);
    page.path = "/".to_owned();
    reply::mend(&HomePage {
        page,
        errors,
        code: typed.code,
        pending: false,
    })
}
