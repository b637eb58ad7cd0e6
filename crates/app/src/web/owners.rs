//! The owners of a venue: who they are, inviting and removing those beside the founding owner, and handing its role over.

use super::asking::{AskingPage, Done};
use super::field_errors::FieldErrors;
use super::listed::{self, ListedForm, masked};
use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use super::venues::{self, Head, may};
use crate::AppState;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::{CoOwnerId, HolderId, VenueId};
use domain::owner::MOST;
use domain::role::{Authorized, ChangeOwners, GiveVenueAway, ListOwners, Purpose, VenueScope};
use serde::Deserialize;
use store::audit::Subject;
use store::co_owners::CoOwner;
use store::{Constraint, Error, Tx};

/// The line a button stands for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct OwnerChoice {
    owner: String,
}

#[derive(Template)]
#[template(path = "venues/owners.html")]
struct OwnersPage {
    page: Page,
    head: Head,
    open: bool,
    founder: (String, String),
    /// Whether the reader is the founding owner.
    founding: bool,
    lines: Vec<Line>,
    done: &'static str,
    fields: ListedForm,
    errors: FieldErrors,
}

struct Line {
    id: String,
    name: String,
    phone: String,
    /// Until when the invitation can be taken; empty once it was.
    until: String,
    /// Whether it is the reader.
    own: bool,
}

/// The list.
pub async fn list(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let nothing = (ListedForm::default(), FieldErrors::default());
    show(&app, &signed_in, id, nothing, done).await
}

async fn show(
    app: &AppState,
    signed_in: &SignedInHolder,
    id: VenueId,
    (fields, errors): (ListedForm, FieldErrors),
    done: Done,
) -> Result<Response, Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let (who, venue) = may::<ListOwners>(&mut tx, signed_in.holder, id).await?;
    let founder = tx.founder(&who).await?.ok_or(Problem::NotFound)?;
    let found = tx.co_owners(&who, now).await?;
    let seen = found.iter().filter_map(|one| one.holder);
    let seen: Vec<HolderId> = seen.chain([founder.holder]).collect();
    looked(&mut tx, &who, (app, signed_in), &seen).await?;
    tx.commit().await?;
    let page = venues::page(app, signed_in, id);
    let line = |one: CoOwner| Line {
        id: one.id.to_string(),
        name: one.name,
        phone: masked(&one.phone),
        until: match one.holder {
            Some(_) => String::new(),
            None => page.moment(one.expires),
        },
        own: one.holder == Some(signed_in.holder),
    };
    let said = [
        ("invited", "owners.invited"),
        ("removed", "owners.removed"),
        ("handed", "owners.handed"),
    ];
    let view = OwnersPage {
        head: Head::new(app, page.locale, &venue),
        open: venue.closed.is_none(),
        founding: founder.holder == signed_in.holder,
        founder: (
            founder.name,
            founder.phone.as_deref().map_or_else(String::new, masked),
        ),
        lines: found.into_iter().map(line).collect(),
        done: done.said(&page, &said),
        fields,
        errors,
        page,
    };
    reply::form(&view.errors, &view)
}

/// Notes whose names were shown to somebody else than themselves.
async fn looked(
    tx: &mut Tx,
    who: &Authorized<ListOwners, VenueScope>,
    (app, signed_in): (&AppState, &SignedInHolder),
    seen: &[HolderId],
) -> Result<(), Problem> {
    let others = seen.iter().copied().filter(|one| *one != signed_in.holder);
    listed::looked(tx, who, (Deed::Owners, app.now()), others).await
}

/// Invites somebody by phone.
pub async fn invite(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(form): Form<ListedForm>,
) -> Result<Response, Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let (who, venue) = may::<ChangeOwners>(&mut tx, signed_in.holder, id).await?;
    let (sees, _) = may::<ListOwners>(&mut tx, signed_in.holder, id).await?;
    let locale = signed_in.reader.locale;
    let mut errors = FieldErrors::default();
    let read = form.read(locale, &mut errors);
    if venue.closed.is_some() {
        errors.add("person", locale.text("owners.err_closed"));
    } else if tx.co_owners(&sees, now).await?.len() as i64 >= MOST {
        let most = MOST.to_string();
        errors.add("person", locale.fill("owners.err_many", &[("n", &most)]));
    }
    if let (Some((name, phone)), true) = (read, errors.is_empty()) {
        match tx.invite_owner(&who, name.as_str(), &phone, now).await {
            Ok(true) => {
                let (unit, deed) = (&who.scope().unit, Deed::OwnerInvited.to(id));
                tx.audit(&who, unit, now, Purpose::VenueBoard, deed, &[])
                    .await?;
                tx.commit().await?;
                return Ok(to_list(id, "invited"));
            }
            Ok(false) => errors.add("phone", locale.text("owners.err_founder")),
            Err(Error::Conflict(Constraint::CoOwner)) => {
                errors.add("phone", locale.text("owners.err_twice"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    tx.rollback().await?;
    show(&app, &signed_in, id, (form, errors), Done::default()).await
}

fn to_list(id: VenueId, done: &str) -> Response {
    reply::see(&format!("/venues/{id}/owners?done={done}"))
}

/// The line that a choice names, for whoever may see the list.
async fn chosen(
    app: &AppState,
    signed_in: &SignedInHolder,
    id: VenueId,
    choice: &OwnerChoice,
) -> Result<Option<(CoOwner, Head, Page)>, Problem> {
    let mut tx = app.store.write().await?;
    let (who, venue) = may::<ListOwners>(&mut tx, signed_in.holder, id).await?;
    let found = tx.co_owners(&who, app.now()).await?;
    let found = found
        .into_iter()
        .find(|one| one.id.to_string() == choice.owner);
    let Some(found) = found else {
        return Ok(None);
    };
    let seen: Vec<HolderId> = found.holder.into_iter().collect();
    looked(&mut tx, &who, (app, signed_in), &seen).await?;
    tx.commit().await?;
    let page = venues::page(app, signed_in, id);
    Ok(Some((found, Head::new(app, page.locale, &venue), page)))
}

/// Asks whether to take somebody off the list, or to leave it oneself.
pub async fn removing(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(choice): Query<OwnerChoice>,
) -> Result<Response, Problem> {
    let Some((found, head, page)) = chosen(&app, &signed_in, id, &choice).await? else {
        return Ok(to_list(id, ""));
    };
    let own = found.holder == Some(signed_in.holder);
    let (question, hint, verb) = match own {
        true => ("owners.leave_question", "owners.leave_hint", "owners.leave"),
        false => (
            "owners.remove_question",
            "owners.remove_hint",
            "owners.remove",
        ),
    };
    reply::page(&AskingPage {
        head,
        question: page.fill(question, [("name", found.name.as_str())]),
        consequence: page.text(hint),
        action: format!("/venues/{id}/owners/removal"),
        field: ("owner", choice.owner),
        verb: page.text(verb),
        back: format!("/venues/{id}/owners"),
        page,
    })
}

/// Takes somebody off the list; every right at the venue ends at once. Gates that they enrolled stay.
pub async fn remove(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(choice): Form<OwnerChoice>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, _) = may::<ChangeOwners>(&mut tx, signed_in.holder, id).await?;
    let Ok(line) = choice.owner.parse::<CoOwnerId>() else {
        return Ok(to_list(id, ""));
    };
    let Some(holder) = tx.remove_owner(&who, line).await? else {
        return Ok(to_list(id, ""));
    };
    let subject: Vec<Subject> = holder.map(Subject::Holder).into_iter().collect();
    let (unit, deed) = (&who.scope().unit, Deed::OwnerRemoved.to(id));
    tx.audit(&who, unit, app.now(), Purpose::VenueBoard, deed, &subject)
        .await?;
    tx.commit().await?;
    if holder == Some(signed_in.holder) {
        return Ok(reply::see("/venues"));
    }
    Ok(to_list(id, "removed"))
}

/// Asks whether to make somebody the founding owner.
pub async fn handing(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(choice): Query<OwnerChoice>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    may::<GiveVenueAway>(&mut tx, signed_in.holder, id).await?;
    drop(tx);
    let found = chosen(&app, &signed_in, id, &choice).await?;
    let Some((found, head, page)) = found.filter(|found| found.0.holder.is_some()) else {
        return Ok(to_list(id, ""));
    };
    reply::page(&AskingPage {
        head,
        question: page.fill("owners.hand_question", [("name", found.name.as_str())]),
        consequence: page.text("owners.hand_hint"),
        action: format!("/venues/{id}/owners/hand-over"),
        field: ("owner", choice.owner),
        verb: page.text("owners.hand"),
        back: format!("/venues/{id}/owners"),
        page,
    })
}

/// Makes somebody the founding owner, and the reader a co-owner.
pub async fn hand_over(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(choice): Form<OwnerChoice>,
) -> Result<Response, Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let (who, _) = may::<GiveVenueAway>(&mut tx, signed_in.holder, id).await?;
    let Ok(line) = choice.owner.parse::<CoOwnerId>() else {
        return Ok(to_list(id, ""));
    };
    let Some(after) = tx.hand_venue_over(&who, line, now).await? else {
        return Ok(to_list(id, ""));
    };
    let (unit, deed) = (&who.scope().unit, Deed::VenueHandedOver.to(id));
    let subjects = [Subject::Holder(after)];
    tx.audit(&who, unit, now, Purpose::VenueBoard, deed, &subjects)
        .await?;
    tx.commit().await?;
    Ok(to_list(id, "handed"))
}

/// Takes the invitation to own a venue.
pub async fn join(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
) -> Result<Response, Problem> {
    answer(&app, &signed_in, id, Deed::OwnerJoined).await?;
    Ok(reply::see(&format!("/venues/{id}")))
}

/// Declines it.
pub async fn decline(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
) -> Result<Response, Problem> {
    answer(&app, &signed_in, id, Deed::OwnerDeclined).await?;
    Ok(reply::see("/venues"))
}

async fn answer(
    app: &AppState,
    signed_in: &SignedInHolder,
    id: VenueId,
    deed: Deed,
) -> Result<(), Problem> {
    let now = app.now();
    let mut tx = app.store.write().await?;
    let own = signed_in.own(&mut tx).await?;
    let done = match deed {
        Deed::OwnerJoined => tx.join_owners(&own, id, now).await?,
        _ => tx.decline_owners(&own, id).await?,
    };
    let scope = tx.venue_scope(id).await?.filter(|_| done);
    let scope = scope.ok_or(Problem::NotFound)?;
    tx.audit(
        &own,
        &scope.unit,
        now,
        Purpose::VenueBoard,
        deed.to(id),
        &[],
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
