//! Who a proven phone speaks for: somebody known, the person of this browser, or somebody new.

use crate::AppState;
use crate::web::cards;
use crate::web::problem::Problem;
use crate::web::signed_in::{self, BROWSER_COOKIE, Reader, cookie};
use axum::http::HeaderMap;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::HolderId;
use domain::phone::Phone;
use domain::role::{Actor, HolderScope, UseOwnData, authorize};
use domain::unit::UnitPath;
use store::holders::NewHolder;
use store::sessions::SessionOf;
use store::{Constraint, Error};

/// The holder of a phone that was just proven. Where there is none, the unverified person this
/// browser was tied to becomes that holder, if it gave the same number. Visits are never merged:
/// where the phone has a holder, whoever the browser was before stays apart.
pub(super) async fn known(
    app: &AppState,
    headers: &HeaderMap,
    phone: &Phone,
) -> Result<Option<HolderId>, Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let (scope, new) = match tx.holder_of_phone(phone).await? {
        Some(scope) => (scope, false),
        None => match cookie(headers, BROWSER_COOKIE) {
            Some(browser) => match tx.holder_of_browser(&browser).await? {
                Some(scope) => (scope, true),
                None => return Ok(None),
            },
            None => return Ok(None),
        },
    };
    let holder = scope.holder;
    let who = authorize::<UseOwnData, _>(&Actor::Holder(holder), scope)?;
    if new {
        let given = tx.own_details(&who).await?;
        let given = given.and_then(|given| given.details.phone);
        if given != Some(phone.e164()) {
            return Ok(None);
        }
        tx.prove_holder(&who, phone).await?;
    }
    cards::ensure(&mut tx, &who, now).await?;
    tx.commit().await?;
    Ok(Some(holder))
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
