//! The scanner's plain form: a typed code, and the confirmation of whoever it referred.

use super::{Shown, Wrong, is_slip, open_gate, page, read, recorder};
use crate::AppState;
use crate::gates::{Gate, gate};
use crate::web::api::scans::{Line, Sent, admit};
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::signed_in::SignedInHolder;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::BASE64URL_NOPAD;
use domain::ids::{CheckpointId, ScanId};
use domain::scan::{Asked, Decision, Way};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A code that was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TypedForm {
    code: String,
    direction: String,
}

/// The referred scan that an attendant confirms, and the code it was made with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConfirmForm {
    scan: String,
    held: String,
}

/// A typed code and the scan that was referred: what a confirmation reads once more. Nothing of it
/// is kept here, so it goes to the attendant's page and back, sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Held {
    scan: ScanId,
    code: String,
}

const HELD: &str = "form.held";

impl Held {
    fn sealed(&self, app: &AppState) -> String {
        BASE64URL_NOPAD.encode(&app.store.keys().sealer().seal(HELD, self))
    }

    /// What was held for a scan, when it is that.
    pub(super) fn of(app: &AppState, text: &str, scan: ScanId) -> Option<Self> {
        let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let held: Self = app.store.keys().sealer().open(HELD, &sealed).ok()?;
        (held.scan == scan).then_some(held)
    }
}

/// Records a typed code, and shows the answer on the page.
pub async fn typed(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Form(form): Form<TypedForm>,
) -> Result<Response, Problem> {
    let wrong = async |key| {
        let typed = form.code.as_str();
        let wrong = Some(Wrong { key, typed });
        page(&app, &signed_in, id, Shown::default(), wrong).await
    };
    if form.code.trim().is_empty() {
        return wrong("gate.typed_short").await;
    }
    let gate = recorder(&app, &signed_in, id).await?;
    let asked = Asked::parse(&form.direction).unwrap_or(Asked::Auto);
    match by_hand(&app, &gate, &form.code, asked.as_str(), None).await {
        Err(Problem::TypedWrong) => wrong("gate.typed_wrong").await,
        answer => answer,
    }
}

/// Records one scan of the plain form. Who is referred can be confirmed by what the page holds.
async fn by_hand(
    app: &AppState,
    gate: &Gate,
    code: &str,
    direction: &'static str,
    confirms: Option<ScanId>,
) -> Result<Response, Problem> {
    let scan = ScanId::from_parts(app.now(), rand::random());
    let held = Held {
        scan,
        code: code.to_owned(),
    };
    let sent = Sent {
        at: None,
        lines: vec![Ok(line(scan, &held.code, direction, confirms))],
    };
    let presented = read(app, &gate.who, &sent.lines, Way::Typed).await?;
    if presented.iter().any(|presented| is_slip(code, presented)) {
        return Err(Problem::TypedWrong);
    }
    let told = admit(app, gate, sent, presented, Way::Typed).await?;
    let referred = told.iter().any(|told| told.decision == Decision::Refer);
    let held = referred.then(|| held.sealed(app));
    Ok(see(gate.checkpoint, scan, held.as_deref()))
}

fn line<'a>(
    scan: ScanId,
    code: &'a str,
    direction: &'static str,
    confirms: Option<ScanId>,
) -> Line<'a> {
    Line {
        id: Cow::Owned(scan.to_string()),
        code: Cow::Borrowed(code),
        direction: Some(Cow::Borrowed(direction)),
        way: Some(Cow::Borrowed(Way::Typed.as_str())),
        confirms: confirms.map(|id| Cow::Owned(id.to_string())),
        ..Line::default()
    }
}

fn see(id: CheckpointId, scan: ScanId, held: Option<&str>) -> Response {
    let held = held.map_or_else(String::new, |held| format!("&held={held}"));
    Redirect::to(&format!("/checkpoints/{id}/scanner?scan={scan}{held}")).into_response()
}

/// Lets a referred person through: a scan of its own that names the one it confirms, by the same
/// code, so that a card revoked meanwhile is refused.
pub async fn confirm(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Form(form): Form<ConfirmForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, _, _) = open_gate(&mut tx, &signed_in, id).await?;
    let referred = ScanId::parse(&form.scan).ok_or(Problem::NotFound)?;
    let recorded = tx.scan(&who, referred).await?.ok_or(Problem::NotFound)?;
    if recorded.decision != Decision::Refer {
        return Err(Problem::OutOfOrder);
    }
    let held = Held::of(&app, &form.held, referred).ok_or(Problem::OutOfOrder)?;
    let gate = gate(who, &mut tx, None, id).await?;
    drop(tx);
    let direction = recorded.direction.as_str();
    by_hand(&app, &gate, &held.code, direction, Some(referred)).await
}
