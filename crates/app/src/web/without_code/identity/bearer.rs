//! Whoever shows a paper: the person whom this venue knows by it, or a new one, unproven. A proven holder who may be the
//! same person is not looked for: nothing is merged here.

use super::Identity;
use crate::AppState;
use crate::web::problem::Problem;
use crate::web::scanner::Recorder;
use crate::web::signed_in::SignedInHolder;
use domain::birth::Birth;
use domain::holder::{HolderDetails, PersonName, fold};
use domain::ids::{CheckpointId, HolderId};
use domain::role::{Authorized, HelpPerson, HelpScope, authorize};
use domain::unit::UnitPath;
use std::time::Duration;
use store::holders::NewHolder;
use store::rates::Limit;
use store::{Constraint, Error, Tx};

const HOUR: Duration = Duration::from_secs(3600);
/// How many papers one gate may read in an hour.
const READ: Limit = Limit {
    kind: "gate identities",
    most: 600,
    window: HOUR,
};
/// How many papers one attendant may read in an hour, at whichever gates.
const READ_BY_ONE: Limit = Limit {
    kind: "attendant identities",
    most: 600,
    window: HOUR,
};

/// A person who showed a paper.
pub(super) struct Bearer {
    pub(super) holder: HolderId,
    /// Whether the number is known here under another name, which is kept.
    pub(super) other_name: bool,
}

/// The bearer of a paper: by its square's name, or by the one that fingers typed where the square says none.
pub(super) async fn bearer(
    app: &AppState,
    signed_in: &SignedInHolder,
    (who, gate): (&Recorder, CheckpointId),
    identity: &Identity,
    name: &PersonName,
) -> Result<Bearer, Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let at_gate = tx.within(READ, &gate.to_string(), now).await?;
    let attendant = signed_in.holder.to_string();
    let by_one = tx.within(READ_BY_ONE, &attendant, now).await?;
    if !(at_gate && by_one) {
        tx.commit().await?;
        return Err(Problem::TooMany(HOUR.as_secs() as u32));
    }
    if let Some(known) = known(&mut tx, who, identity, name).await? {
        tx.commit().await?;
        return Ok(known);
    }
    if let Some(holder) = new(app, &mut tx, who, identity, name).await? {
        tx.commit().await?;
        let other_name = false;
        return Ok(Bearer { holder, other_name });
    }
    // The same paper, a moment earlier.
    tx.rollback().await?;
    let mut tx = app.store.write().await?;
    let known = known(&mut tx, who, identity, name).await?;
    tx.commit().await?;
    known.ok_or(Problem::Conflict)
}

/// The person whom this venue knows by the paper. The name that a square says takes the place of one that fingers typed;
/// otherwise the name that is known stays.
async fn known(
    tx: &mut Tx,
    who: &Recorder,
    identity: &Identity,
    name: &PersonName,
) -> Result<Option<Bearer>, Problem> {
    let (kind, number) = (identity.kind, identity.number.as_str());
    let Some(found) = tx.holder_of_identity(who, kind, number).await? else {
        return Ok(None);
    };
    let (holder, may) = (found.holder, helping(who, found.holder)?);
    let mut other_name = false;
    if found.name_typed && identity.name.is_some() {
        tx.name_by_square(&may, name).await?;
    } else if let Some(known) = tx.helped_details(&may).await? {
        other_name = fold(known.details.name.as_str()) != fold(name.as_str());
    }
    Ok(Some(Bearer { holder, other_name }))
}

/// A new unproven person; nothing when the paper has become somebody's meanwhile.
async fn new(
    app: &AppState,
    tx: &mut Tx,
    who: &Recorder,
    identity: &Identity,
    name: &PersonName,
) -> Result<Option<HolderId>, Problem> {
    let details = HolderDetails {
        id_number: identity.id_number.clone(),
        birth: identity.birth_year.map(Birth::in_year),
        gender: identity.gender,
        ..HolderDetails::named(name.clone(), None)
    };
    let new = NewHolder {
        details: &details,
        phone: None,
        browser: None,
        verified: false,
        unit: &UnitPath(Vec::new()),
    };
    let holder = tx.add_holder(&new, app.now()).await?;
    let (may, paper) = (helping(who, holder)?, (identity.kind, &*identity.number));
    let typed = identity.name.is_none();
    match tx.add_identity(&may, paper, typed, app.now()).await {
        Ok(()) => Ok(Some(holder)),
        Err(Error::Conflict(Constraint::Identity)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn helping(who: &Recorder, holder: HolderId) -> Result<Authorized<HelpPerson, HelpScope>, Problem> {
    let venue = who.scope().clone();
    Ok(authorize(who.actor(), HelpScope { venue, holder })?)
}
