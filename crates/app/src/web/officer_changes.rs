//! What is done to officers: suspension, resumption, reset. Each act leaves an audit entry.

use super::officers::find;
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::{SignedInOfficer, new_token};
use crate::AppState;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use domain::audit::Deed;
use domain::role::{Action, Authorized, ChangeOfficer, OfficerScope, Purpose, authorize};
use domain::time::Timestamp;
use store::Tx;

/// The page that shows a one-time link, once.
#[derive(Template)]
#[template(path = "officers/link.html")]
pub(super) struct LinkPage {
    page: Page,
    login: String,
    link: String,
}

impl LinkPage {
    pub(super) fn new(app: &AppState, officer: &SignedInOfficer, login: &str, token: &str) -> Self {
        Self {
            page: officer.reader.page(app),
            login: login.to_owned(),
            link: format!("{}/invitations/{token}", app.config.base_url()),
        }
    }
}

/// Suspends an officer: the next request is refused.
pub async fn suspend(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    set_suspended(&app, &officer, &id, true).await?;
    Ok(Redirect::to("/office/officers?done=suspended"))
}

/// Lifts a suspension.
pub async fn resume(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    set_suspended(&app, &officer, &id, false).await?;
    Ok(Redirect::to("/office/officers?done=resumed"))
}

/// Voids password, one-time codes and sessions at once, and shows a new link.
pub async fn reset(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = find(&app, &officer, &id).await?;
    let who = authorize::<ChangeOfficer, _>(&officer.actor(), found.scope())?;
    let (token, now) = (new_token(), app.now());
    let mut tx = app.store.write().await?;
    tx.void_credentials(&who).await?;
    tx.invite(&who, &token, now).await?;
    record(&mut tx, &who, Deed::Reset, now).await?;
    tx.commit().await?;
    let body = LinkPage::new(&app, &officer, &found.login, &token);
    reply::page(&body)
}

async fn set_suspended(
    app: &AppState,
    officer: &SignedInOfficer,
    id: &str,
    suspended: bool,
) -> Result<(), Problem> {
    let found = find(app, officer, id).await?;
    let who = authorize::<ChangeOfficer, _>(&officer.actor(), found.scope())?;
    let deed = if suspended {
        Deed::Suspension
    } else {
        Deed::Resumption
    };
    let mut tx = app.store.write().await?;
    tx.suspend_officer(&who, suspended).await?;
    record(&mut tx, &who, deed, app.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Leaves the audit entry of an act upon an officer, by id and office.
pub(crate) async fn record<A: Action<OfficerScope>>(
    tx: &mut Tx,
    who: &Authorized<A, OfficerScope>,
    deed: Deed,
    now: Timestamp,
) -> Result<(), store::Error> {
    let scope = who.scope();
    let detail = deed.to(format_args!("officer:{} {}", scope.officer, scope.role));
    tx.audit(who, &scope.unit, now, Purpose::Administration, detail, &[])
        .await
}
