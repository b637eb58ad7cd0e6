//! Who cares for a person, on the person's page at the office: named, confirmed, or ended.

use super::person::{self, PersonPage};
use super::serving;
use crate::AppState;
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use axum::extract::{Form, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::HolderId;
use domain::role::Purpose;
use serde::Deserialize;
use store::audit::Subject;
use store::guardians::Guardian;

/// Somebody who cares for the person, in words.
pub(super) struct GuardianLine {
    pub(super) id: String,
    pub(super) name: String,
    /// What the person is to the guardian.
    pub(super) relation: &'static str,
    /// Whether neither the person nor an office has agreed.
    pub(super) alone: bool,
}

impl GuardianLine {
    pub(super) fn of(page: &Page, one: &Guardian) -> Self {
        Self {
            id: one.holder.to_string(),
            name: one.name.clone(),
            relation: page.text(&format!("family.relation_{}", one.relation)),
            alone: one.alone,
        }
    }
}

/// What is to become of a guardian, as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Whose care is to end; empty to let all go on.
    end: String,
}

/// Ends somebody's care for a person, or says that all who care for them go on.
pub async fn settle(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(holder): PathId<HolderId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let who = serving(&mut tx, &officer, holder).await?;
    let mut about = vec![Subject::Holder(who.scope().holder)];
    let (done, deed) = if typed.end.is_empty() {
        let done = tx.confirm_guardians(&who).await? > 0;
        (done, Deed::GuardiansConfirmed)
    } else {
        let guardian: HolderId = typed.end.parse().map_err(|_| Problem::NotFound)?;
        let done = tx.end_guardian(&who, guardian, now).await?;
        about.push(Subject::Holder(guardian));
        (done, Deed::GuardianEnded)
    };
    if !done {
        tx.rollback().await?;
        let mut view: PersonPage = person::of(&app, &officer, holder).await?;
        let words = view.page.text("people.err_guardian");
        view.errors.add("end", words);
        return reply::mend(&view);
    }
    let unit = &who.scope().unit;
    tx.audit(&who, unit, now, Purpose::Support, deed, &about)
        .await?;
    tx.commit().await?;
    Ok(reply::see(&format!(
        "/office/people/{holder}?done=guardians"
    )))
}
