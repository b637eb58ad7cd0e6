//! Adding a venue with its gates, for somebody known or somebody whose phone was just proven.

use super::PURPOSE;
use super::draft::Sent;
use crate::AppState;
use crate::otp::{self, OtpWrong};
use crate::web::problem::Problem;
use crate::web::signed_in::{self, Reader};
use crate::web::venues::form::VenueForm;
use crate::web::venues::may;
use codes::VenueCode;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{HolderId, VenueId};
use domain::otp::OtpCode;
use domain::phone::Phone;
use domain::role::{Actor, HolderScope, ManageVenue, UseOwnData, authorize};
use domain::time::Timestamp;
use domain::unit::UnitPath;
use std::time::Duration;
use store::holders::NewHolder;
use store::otps::OtpCheck;
use store::sessions::SessionOf;
use store::venues::VenueDetails;
use store::{Constraint, Error, Tx, new_id};

/// How often another code is drawn when one is taken: with a million gates one draw in 888 is.
const DRAWS: usize = 8;

/// Who registers.
pub(super) enum Who {
    /// Somebody who is signed in.
    Known(HolderId),
    /// Somebody who types the code sent to a phone.
    Proven(Proof),
}

/// What proves a phone, and the session that begins with it.
pub(super) struct Proof {
    pub(super) name: PersonName,
    pub(super) phone: Phone,
    pub(super) typed: Option<OtpCode>,
    pub(super) sent: Sent,
}

/// Adds a venue and its gates, once however often the form is sent; it was checked before. Code,
/// venue and session are one: a second click finds all of them or none.
pub(super) async fn register(
    app: &AppState,
    reader: &Reader,
    who: Who,
    form: &VenueForm,
) -> Result<Result<(HolderId, VenueId), OtpWrong>, Problem> {
    let details = form
        .details(app, reader.locale)
        .map_err(|_| Problem::OutOfOrder)?;
    let gates = form.gates(reader.locale).map_err(|_| Problem::OutOfOrder)?;
    let id = form.id.parse();
    let id = id.unwrap_or_else(|_| VenueId(new_id(app.now())));
    let mut draws = 0;
    loop {
        let mut tx = app.store.write().await?;
        if let Who::Proven(proof) = &who {
            let guess = proof.sent.guess(proof.typed.as_ref());
            let mut found = tx
                .check_otp(&proof.phone, PURPOSE, guess, app.now())
                .await?;
            if found == OtpCheck::Again {
                if let Some(done) = done_before(&mut tx, proof, id, app.now()).await? {
                    // What the first click wrote may be on its way to disk: this waits for it.
                    tx.commit().await?;
                    return Ok(Ok(done));
                }
                found = OtpCheck::Expired;
            }
            if let Err(wrong) = otp::verdict(found) {
                tx.commit().await?;
                return Ok(Err(wrong));
            }
        }
        match add(&mut tx, &who, (id, &details), &gates, app.now()).await {
            Ok(done) => {
                if let Who::Proven(proof) = &who {
                    let of = SessionOf::Holder(done.0);
                    signed_in::begin_in(&mut tx, app, reader, of, &proof.sent.token).await?;
                }
                tx.commit().await?;
                return Ok(Ok(done));
            }
            // Another gate drew the same code, or the phone was proven elsewhere just now.
            Err(Error::Conflict(Constraint::CheckpointCode | Constraint::HolderPhone))
                if draws < DRAWS =>
            {
                draws += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// What the first click came to, as long as its session lasts.
async fn done_before(
    tx: &mut Tx,
    proof: &Proof,
    venue: VenueId,
    now: Timestamp,
) -> Result<Option<(HolderId, VenueId)>, Error> {
    let session = tx.session(&proof.sent.token, now).await?;
    let found = tx.venue(venue).await?;
    Ok(found.and_then(|found| {
        let own = session.is_some_and(|(actor, _)| actor == Actor::Holder(found.owner));
        own.then_some((found.owner, venue))
    }))
}

async fn add(
    tx: &mut Tx,
    who: &Who,
    (venue, details): (VenueId, &VenueDetails),
    gates: &[String],
    now: Timestamp,
) -> Result<(HolderId, VenueId), Error> {
    let scope = match who {
        Who::Known(holder) => tx.holder_scope(*holder).await?,
        Who::Proven(proof) => Some(proven(tx, proof, &details.unit, now).await?),
    };
    let scope = scope.ok_or(Error::Damaged("session"))?;
    let holder = scope.holder;
    let who = authorize::<UseOwnData, _>(&Actor::Holder(holder), scope);
    let who = who.map_err(|_| Error::Damaged("owner"))?;
    if !tx.add_venue(&who, venue, details, now).await? {
        // Sent twice: the first venue is the answer, to its owner.
        let found = tx.venue(venue).await?;
        let own = found.is_some_and(|found| found.owner == holder);
        return own
            .then_some((holder, venue))
            .ok_or(Error::Conflict(Constraint::Other));
    }
    let may = may::<ManageVenue>(tx, holder, venue).await;
    let (may, _) = may.map_err(|_| Error::Damaged("venues"))?;
    for (place, gate) in gates.iter().enumerate() {
        let code = VenueCode::from_random(rand::random());
        // A millisecond apart, so that they are listed in the order in which they were named.
        let added = now.plus(Duration::from_millis(place as u64));
        tx.add_checkpoint(&may, gate, code.as_str(), added).await?;
    }
    Ok((holder, venue))
}

/// The person with a phone that was just proven; added, at the venue's unit, when there is none.
async fn proven(
    tx: &mut Tx,
    Proof { name, phone, .. }: &Proof,
    unit: &UnitPath,
    now: Timestamp,
) -> Result<HolderScope, Error> {
    if let Some(scope) = tx.holder_of_phone(phone).await? {
        return Ok(scope);
    }
    let details = HolderDetails::named(name.clone(), Some(phone));
    let new = NewHolder {
        details: &details,
        phone: Some(phone),
        browser: None,
        verified: true,
        unit,
    };
    let holder = tx.add_holder(&new, now).await?;
    let unit = unit.clone();
    Ok(HolderScope { holder, unit })
}
