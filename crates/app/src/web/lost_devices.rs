//! Devices that were lost: their tokens are taken, and what they still bring is set aside.

use super::asking::AskingPage;
use super::devices::{DeviceAsked, DeviceChoice, to_list};
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use super::venues::{self, Head, may};
use crate::AppState;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::VenueId;
use domain::role::{ManageVenue, Purpose};

/// Asks whether a device was lost. About one that was reported before the list says more.
pub async fn losing(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(asked): Query<DeviceAsked>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let devices = tx.devices(&who).await?;
    let mut there = devices.iter().filter(|device| device.lost.is_none());
    let Some(device) = there.find(|device| device.id.to_string() == asked.device) else {
        return Ok(to_list(id, ""));
    };
    let page = venues::page(&app, &signed_in, id);
    reply::page(&AskingPage {
        head: Head::new(&app, page.locale, &venue),
        question: page.fill("devices.lose_question", [("name", device.name.as_str())]),
        consequence: page.text("devices.lose_hint"),
        action: format!("/venues/{id}/devices/loss"),
        field: ("device", asked.device),
        verb: page.text("devices.lose"),
        back: format!("/venues/{id}/checkpoints"),
        page,
    })
}

/// Takes a lost device's token, and has what it still brings set aside.
pub async fn lose(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(choice): Form<DeviceChoice>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, _) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    if tx
        .report_device_lost(&who, choice.device, app.now())
        .await?
    {
        let (unit, detail) = (&who.scope().unit, Deed::DeviceLost.to(id));
        tx.audit(&who, unit, app.now(), Purpose::VenueBoard, detail, &[])
            .await?;
    } else {
        // Reported before, by a first click; or another venue's, of which nothing is told.
        let devices = tx.devices(&who).await?;
        let own = devices.iter().any(|device| device.id == choice.device);
        own.then_some(()).ok_or(Problem::NotFound)?;
    }
    tx.commit().await?;
    app.gates.forget();
    Ok(to_list(id, "?done=lost"))
}
