//! Who a proven phone speaks for: somebody known, the person of this browser, or somebody new.

use super::{Step, WALK};
use crate::AppState;
use crate::otp::{self, OtpWrong};
use crate::web::cards;
use crate::web::problem::Problem;
use crate::web::signed_in::{self, BROWSER_COOKIE, Reader, cookie};
use axum::http::HeaderMap;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::HolderId;
use domain::phone::Phone;
use domain::role::{Actor, Authorized, HolderScope, UseOwnData, authorize};
use domain::unit::UnitPath;
use store::holders::NewHolder;
use store::otps::OtpCheck;
use store::sessions::SessionOf;
use store::{Constraint, Error, Tx};

/// Compares the code typed for a phone, and signs in whoever is known by that phone. Where nobody is,
/// the unverified person this browser was tied to becomes its holder, if it gave the same number.
/// Visits are never merged: where the phone has a holder, whoever the browser was before stays apart.
///
/// Code and session are one: a second click finds both, as long as that session lasts.
pub(super) async fn known(
    app: &AppState,
    reader: &Reader,
    headers: &HeaderMap,
    (phone, typed): (&Phone, &str),
    step: &Step,
) -> Result<Result<Option<HolderId>, OtpWrong>, Problem> {
    let (mut tx, found) = WALK
        .compare(app, phone, (typed, &step.token, &step.asker))
        .await?;
    let token = &step.token;
    if found == OtpCheck::Again {
        let done = done_before(&mut tx, app, phone, token).await?;
        // What the first click wrote may be on its way to disk: this waits for it.
        tx.commit().await?;
        return Ok(done);
    }
    if let Err(wrong) = otp::verdict(found) {
        tx.commit().await?;
        return Ok(Err(wrong));
    }
    let holder = holder_of(&mut tx, headers, phone).await?;
    if let Some(who) = &holder {
        cards::ensure(&mut tx, who, app.now()).await?;
        let of = SessionOf::Holder(who.scope().holder);
        signed_in::begin_in(&mut tx, app, reader, of, token).await?;
    }
    tx.commit().await?;
    Ok(Ok(holder.map(|who| who.scope().holder)))
}

/// What the first click came to: a session, as long as it lasts, or the question for a name.
async fn done_before(
    tx: &mut Tx,
    app: &AppState,
    phone: &Phone,
    token: &str,
) -> Result<Result<Option<HolderId>, OtpWrong>, Error> {
    let Some(scope) = tx.holder_of_phone(phone).await? else {
        return Ok(Ok(None));
    };
    let session = tx.session(token, app.now()).await?;
    let own = session.is_some_and(|(actor, _)| actor == Actor::Holder(scope.holder));
    Ok(own.then_some(Some(scope.holder)).ok_or(OtpWrong::Expired))
}

/// The holder of a phone that was just proven.
async fn holder_of(
    tx: &mut Tx,
    headers: &HeaderMap,
    phone: &Phone,
) -> Result<Option<Authorized<UseOwnData, HolderScope>>, Problem> {
    if let Some(scope) = tx.holder_of_phone(phone).await? {
        return Ok(Some(authorize(&Actor::Holder(scope.holder), scope)?));
    }
    let Some(browser) = cookie(headers, BROWSER_COOKIE) else {
        return Ok(None);
    };
    let Some(scope) = tx.holder_of_browser(&browser).await? else {
        return Ok(None);
    };
    let who = authorize::<UseOwnData, _>(&Actor::Holder(scope.holder), scope)?;
    let given = tx.own_details(&who).await?;
    let given = given.and_then(|given| given.details.phone);
    if given != Some(phone.e164()) {
        return Ok(None);
    }
    tx.prove_holder(&who, phone).await?;
    Ok(Some(who))
}

/// A new holder with a first card, and the session of that token. Sent twice, it is the same
/// person, as long as that session lasts: what was left in a browser signs nobody in again.
pub(super) async fn new_holder(
    app: &AppState,
    reader: &Reader,
    phone: &Phone,
    name: PersonName,
    token: &str,
) -> Result<Option<HolderId>, Problem> {
    let details = HolderDetails::named(name, Some(phone));
    let mut tx = app.store.write().await?;
    // Until the first declaration says where the person lives, the unit that this installation
    // serves answers for them: its officers can report the card lost.
    let served = tx.served_unit().await?;
    let unit = served.and_then(|code| app.units().path(&code));
    let unit = unit.unwrap_or(UnitPath(Vec::new()));
    let new = NewHolder {
        details: &details,
        phone: Some(phone),
        browser: None,
        verified: true,
        unit: &unit,
    };
    let holder = match tx.add_holder(&new, app.now()).await {
        Ok(holder) => holder,
        Err(Error::Conflict(Constraint::HolderPhone)) => {
            tx.rollback().await?;
            let mut tx = app.store.write().await?;
            let found = tx.holder_of_phone(phone).await?.map(|scope| scope.holder);
            let session = tx.session(token, app.now()).await?.map(|(actor, _)| actor);
            // What the first click wrote may be on its way to disk: this waits for it.
            tx.commit().await?;
            return Ok(found.filter(|holder| session == Some(Actor::Holder(*holder))));
        }
        Err(error) => return Err(error.into()),
    };
    let scope = HolderScope { holder, unit };
    let who = authorize::<UseOwnData, _>(&Actor::Holder(holder), scope)?;
    cards::ensure(&mut tx, &who, app.now()).await?;
    let of = SessionOf::Holder(holder);
    signed_in::begin_in(&mut tx, app, reader, of, token).await?;
    tx.commit().await?;
    Ok(Some(holder))
}
