//! Who a proven phone speaks for: somebody known, the person of this browser, or somebody new.

use crate::AppState;
use crate::web::cards;
use crate::web::problem::Problem;
use crate::web::signed_in::{BROWSER_COOKIE, cookie};
use axum::http::HeaderMap;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::HolderId;
use domain::phone::Phone;
use domain::role::{Actor, HolderScope, UseOwnData, authorize};
use domain::unit::UnitPath;
use store::holders::NewHolder;
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
    let found = match tx.holder_by_phone(phone).await? {
        Some(holder) => Some(holder),
        None => match cookie(headers, BROWSER_COOKIE) {
            Some(browser) => tx.holder_by_browser(&browser).await?.filter(|holder| {
                !holder.verified && holder.details.phone.as_deref() == Some(&phone.e164())
            }),
            None => None,
        },
    };
    let Some(holder) = found else {
        return Ok(None);
    };
    let scope = HolderScope {
        holder: holder.id,
        unit: holder.unit,
    };
    let who = authorize::<UseOwnData, _>(&Actor::Holder(holder.id), scope)?;
    if !holder.verified {
        tx.prove_holder(&who, phone).await?;
    }
    cards::ensure(&mut tx, &who, now).await?;
    tx.commit().await?;
    Ok(Some(holder.id))
}

/// A new holder with a first card. Sent twice, it is the same person.
pub(super) async fn new_holder(
    app: &AppState,
    phone: &Phone,
    name: PersonName,
) -> Result<HolderId, Problem> {
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
            drop(tx);
            let found = app.store.read().await?.holder_by_phone(phone).await?;
            return found.map(|holder| holder.id).ok_or(Problem::Conflict);
        }
        Err(error) => return Err(error.into()),
    };
    let scope = HolderScope { holder, unit };
    let who = authorize::<UseOwnData, _>(&Actor::Holder(holder), scope)?;
    cards::ensure(&mut tx, &who, app.now()).await?;
    tx.commit().await?;
    Ok(holder)
}
