//! Devices that were lost: their tokens are taken, and what they still bring is set aside.

use super::{DeviceAsked, DeviceChoice, Ending, ask, own_device, to_list};
use crate::AppState;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::signed_in::SignedInHolder;
use crate::web::venues::may;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::VenueId;
use domain::role::{ManageVenue, Purpose};

const LOSS: Ending = Ending {
    question: "devices.lose_question",
    hint: "devices.lose_hint",
    verb: "devices.lose",
    path: "loss",
    open: |device| device.lost.is_none(),
};

/// Asks whether a device was lost.
pub async fn losing(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(asked): Query<DeviceAsked>,
) -> Result<Response, Problem> {
    ask(&app, &signed_in, id, asked, &[LOSS]).await
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
        own_device(&mut tx, &who, choice.device).await?;
    }
    tx.commit().await?;
    app.gates.forget();
    Ok(to_list(id, "?done=lost"))
}
