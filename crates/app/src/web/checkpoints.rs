//! Checkpoints and devices of a venue: gates are added, renamed and closed here, devices enrolled
//! and revoked (`devices.rs`).

use super::asking::{AskingPage, Done};
use super::devices::{self, DeviceForm, DeviceLine};
use super::field_errors::{FieldErrors, bounded};
use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use super::venues::form::GATE_MAX;
use super::venues::{self, Head, may};
use crate::AppState;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use codes::VenueCode;
use domain::aside::taken;
use domain::ids::{CheckpointId, HolderId, VenueId};
use domain::role::{Action, Authorized, ManageVenue, VenueScope};
use serde::Deserialize;
use store::checkpoints::Checkpoint;
use store::venues::Venue;
use store::{Constraint, Error, Tx};

/// What may have been done before the list is shown.
const DONE: [(&str, &str); 3] = [
    ("closed", "checkpoints.closed"),
    ("revoked", "devices.revoke_done"),
    ("lost", "devices.lose_done"),
];
/// The most gates a venue may have open.
const MOST: usize = 200;

/// A name that was typed for a gate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GateForm {
    name: String,
}

/// Asks the policy whether a person may act at a checkpoint.
pub async fn may_at<A: Action<VenueScope>>(
    tx: &mut Tx,
    holder: HolderId,
    id: CheckpointId,
) -> Result<(Authorized<A, VenueScope>, Venue, Checkpoint), Problem> {
    let gate = tx.checkpoint(id).await?.ok_or(Problem::NotFound)?;
    let (who, venue) = may::<A>(tx, holder, gate.venue).await?;
    Ok((who, venue, gate))
}

#[derive(Template)]
#[template(path = "venues/checkpoints.html")]
struct GatesPage {
    page: Page,
    head: Head,
    done: &'static str,
    open: bool,
    asides: i64,
    gates: Vec<GateView>,
    choices: Vec<(String, String)>,
    devices: Vec<DeviceLine>,
    fields: GateForm,
    device: DeviceForm,
    errors: FieldErrors,
}

struct GateView {
    id: String,
    name: String,
    code: String,
}

/// What is shown again after an error.
#[derive(Default)]
pub struct Again {
    /// The name of a new gate.
    pub gate: GateForm,
    /// The new device.
    pub device: DeviceForm,
    /// What is wrong.
    pub errors: FieldErrors,
    /// What was done just before.
    pub done: Done,
}

/// Gates and devices of a venue.
pub async fn list(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let again = Again {
        done,
        ..Again::default()
    };
    show(&app, &signed_in, id, again).await
}

/// Shows the page, after an error with what was typed.
pub async fn show(
    app: &AppState,
    signed_in: &SignedInHolder,
    id: VenueId,
    again: Again,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let page = venues::page(app, signed_in, id);
    let gates = tx.checkpoints(id).await?;
    let now = app.now();
    let open = venue.rules(app.zone()).open_at(now);
    let (since, _) = taken(now, app.retention(), app.zone());
    let devices = devices::lines(&page, &gates, tx.devices(&who).await?, (since, now), open);
    let asides = tx.asides_waiting(&who).await?;
    let open = gates.into_iter().filter(|gate| gate.closed.is_none());
    let gates: Vec<GateView> = open.map(view).collect();
    let status = if again.errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = GatesPage {
        head: Head::new(app, page.locale, &venue),
        open: venue.closed.is_none(),
        asides,
        done: again.done.said(&page, &DONE),
        choices: gates
            .iter()
            .map(|gate| (gate.id.clone(), gate.name.clone()))
            .collect(),
        gates,
        devices,
        fields: again.gate,
        device: again.device,
        errors: again.errors,
        page,
    };
    reply::with(status, &page)
}

fn view(gate: Checkpoint) -> GateView {
    let code = VenueCode::parse(&gate.code).map(|code| code.written());
    GateView {
        id: gate.id.to_string(),
        name: gate.name,
        code: code.unwrap_or(gate.code),
    }
}

fn to_list(venue: VenueId) -> Response {
    Redirect::to(&format!("/venues/{venue}/checkpoints")).into_response()
}

/// Adds a gate.
pub async fn add(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(form): Form<GateForm>,
) -> Result<Response, Problem> {
    loop {
        let mut tx = app.store.write().await?;
        let (who, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
        if venue.closed.is_some() {
            return Err(Problem::Conflict);
        }
        let gates = tx.checkpoints(id).await?;
        let name = match named(&signed_in, &form.name, &gates, None) {
            Ok(name) => name,
            Err(text) => {
                drop(tx);
                let mut errors = FieldErrors::default();
                errors.add("name", text);
                let again = Again {
                    gate: form,
                    errors,
                    ..Again::default()
                };
                return show(&app, &signed_in, id, again).await;
            }
        };
        let code = VenueCode::from_random(rand::random());
        match tx
            .add_checkpoint(&who, &name, code.as_str(), app.now())
            .await
        {
            Ok(_) => {
                tx.commit().await?;
                app.gates.forget();
                return Ok(to_list(id));
            }
            // Another gate drew the same code: one draw in hundreds, even with a million gates.
            Err(Error::Conflict(Constraint::CheckpointCode)) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The name of a gate, or what is wrong with it.
fn named(
    signed_in: &SignedInHolder,
    text: &str,
    gates: &[Checkpoint],
    but: Option<CheckpointId>,
) -> Result<String, String> {
    let locale = signed_in.reader.locale;
    let open = gates.iter().filter(|gate| gate.closed.is_none());
    let others: Vec<&Checkpoint> = open.filter(|gate| Some(gate.id) != but).collect();
    let Some(name) = bounded(text, GATE_MAX) else {
        return Err(locale.fill("checkpoints.err_long", &[("n", &GATE_MAX.to_string())]));
    };
    if others.iter().any(|gate| gate.name == name) {
        return Err(locale.text("checkpoints.err_twice").to_owned());
    }
    if others.len() >= MOST {
        return Err(locale.fill("checkpoints.err_many", &[("n", &MOST.to_string())]));
    }
    Ok(name)
}

#[derive(Template)]
#[template(path = "venues/checkpoint.html")]
struct GatePage {
    page: Page,
    head: Head,
    id: String,
    code: String,
    fields: GateForm,
    errors: FieldErrors,
}

/// One gate, to be renamed or closed.
pub async fn edit(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = may_at::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let form = GateForm {
        name: gate.name.clone(),
    };
    show_gate(
        &app,
        &signed_in,
        (venue, gate),
        form,
        FieldErrors::default(),
    )
}

fn show_gate(
    app: &AppState,
    signed_in: &SignedInHolder,
    (venue, gate): (Venue, Checkpoint),
    fields: GateForm,
    errors: FieldErrors,
) -> Result<Response, Problem> {
    if gate.closed.is_some() {
        return Err(Problem::NotFound);
    }
    let page = venues::page(app, signed_in, venue.id);
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let GateView { id, code, .. } = view(gate);
    let page = GatePage {
        head: Head::new(app, page.locale, &venue),
        page,
        id,
        code,
        fields,
        errors,
    };
    reply::with(status, &page)
}

/// Gives a gate another name.
pub async fn rename(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
    Form(form): Form<GateForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, venue, gate) = may_at::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let gates = tx.checkpoints(venue.id).await?;
    match named(&signed_in, &form.name, &gates, Some(id)) {
        Ok(name) => {
            tx.rename_checkpoint(&who, id, &name).await?;
            tx.commit().await?;
            Ok(to_list(venue.id))
        }
        Err(text) => {
            let mut errors = FieldErrors::default();
            errors.add("name", text);
            show_gate(&app, &signed_in, (venue, gate), form, errors)
        }
    }
}

/// Asks whether to close a gate.
pub async fn closing(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (_, venue, gate) = may_at::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    if gate.closed.is_some() {
        return Err(Problem::NotFound);
    }
    let page = venues::page(&app, &signed_in, venue.id);
    reply::page(&AskingPage {
        head: Head::new(&app, page.locale, &venue),
        question: page.fill("checkpoints.close_question", [("name", gate.name.as_str())]),
        consequence: page.text("checkpoints.close_hint"),
        action: format!("/checkpoints/{id}/closing"),
        field: ("", String::new()),
        verb: page.text("checkpoints.close"),
        back: format!("/checkpoints/{id}"),
        page,
    })
}

/// Closes a gate: its poster and its devices stop working.
pub async fn close(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<CheckpointId>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, venue, _) = may_at::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    tx.close_checkpoint(&who, id, app.now()).await?;
    tx.commit().await?;
    app.gates.forget();
    let list = format!("/venues/{}/checkpoints?done=closed", venue.id);
    Ok(Redirect::to(&list).into_response())
}
