//! What the venues of a unit demand: which permit, from which day, and what becomes of whoever has none.

use super::{terms, words};
use crate::AppState;
use crate::web::field_errors::FieldErrors;
use crate::web::office::{own_scope, unit_name};
use crate::web::page::Page;
use crate::web::path_id::PathId;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::signed_in::SignedInOfficer;
use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::PermitDemandId;
use domain::permit::{LONGEST_DAYS, Lacking, MOST_DEMANDS, PermitDemand, PermitKind, PermitPlace};
use domain::role::{Authorized, ManageUnit, Purpose, UnitScope, authorize};
use domain::time::Day;
use domain::venue::VenueKind;
use serde::Deserialize;
use store::Tx;
use store::permits::Demanded;

#[derive(Template)]
#[template(path = "permits/demands.html")]
struct DemandsPage {
    page: Page,
    errors: FieldErrors,
    unit: String,
    rows: Vec<Row>,
    typed: Typed,
    kinds: Vec<(&'static str, &'static str)>,
    venues: Vec<(&'static str, &'static str)>,
    answers: Vec<(&'static str, &'static str)>,
}

struct Row {
    venues: String,
    kind: &'static str,
    from: String,
    answer: &'static str,
    unit: String,
    /// Where it is taken back; empty when it is another unit's.
    lifting: String,
}

/// What is to be demanded.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    kind: String,
    venues: String,
    /// The code of the one venue that is meant.
    venue: String,
    from: String,
    answer: String,
}

type Manager = Authorized<ManageUnit, UnitScope>;

/// The demands of the unit and of those above it.
pub async fn list(
    State(app): State<AppState>,
    officer: SignedInOfficer,
) -> Result<Response, Problem> {
    let typed = Typed {
        from: app.zone().day(app.now()).written(),
        ..Typed::default()
    };
    reply::page(&view(&app, &officer, typed, FieldErrors::default()).await?)
}

async fn view(
    app: &AppState,
    officer: &SignedInOfficer,
    typed: Typed,
    errors: FieldErrors,
) -> Result<DemandsPage, Problem> {
    let who = manager(app, officer)?;
    let page = officer.reader.page(app);
    let mut tx = app.store.read().await?;
    let own = tx.permit_demands(&who).await?;
    let all = tx.demands_over(&who.scope().path).await?;
    let above = all.iter().filter(|one| one.unit != officer.unit);
    let above = above.map(|one| (one, String::new()));
    let own = own.iter().map(|one| {
        let lifting = format!("/office/permits/demands/{}/lifting", one.id);
        (&one.demand, lifting)
    });
    let mut rows = Vec::new();
    for (demand, lifting) in above.chain(own) {
        let venues = match &demand.place {
            PermitPlace::Any => page.text("permits.all_venues").to_owned(),
            place => words::place(app, &mut tx, &page, place).await?,
        };
        let unit = unit_name(app, &demand.unit);
        rows.push(row(&page, demand, (venues, unit), lifting));
    }
    drop(tx);
    let any = [("any", page.text("permits.any_kind"))];
    let some = [
        ("all", page.text("permits.all_venues")),
        ("one", page.text("permits.place_venue")),
    ];
    let venues = VenueKind::ALL.iter();
    let venues = venues.map(|kind| (kind.as_str(), page.text(&format!("venue_kind.{kind}"))));
    Ok(DemandsPage {
        unit: unit_name(app, &officer.unit),
        rows,
        kinds: any.into_iter().chain(words::kinds(&page)).collect(),
        venues: some.into_iter().chain(venues).collect(),
        answers: Lacking::ALL
            .iter()
            .map(|one| (one.as_str(), page.text(answer_key(*one))))
            .collect(),
        typed,
        errors,
        page,
    })
}

fn row(
    page: &Page,
    demand: &PermitDemand,
    (venues, unit): (String, String),
    lifting: String,
) -> Row {
    Row {
        venues,
        kind: demand.kind.map_or_else(
            || page.text("permits.any_kind"),
            |kind| page.text(&format!("permits.kind_{kind}")),
        ),
        from: demand.from.written(),
        answer: page.text(answer_key(demand.lacking)),
        unit,
        lifting,
    }
}

const fn answer_key(lacking: Lacking) -> &'static str {
    match lacking {
        Lacking::Refer => "permits.answer_refer",
        Lacking::Refuse => "permits.answer_refuse",
    }
}

/// Demands a permit.
pub async fn make(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let who = manager(&app, &officer)?;
    let page = officer.reader.page(&app);
    let now = app.now();
    let mut tx = app.store.write().await?;
    let place = place(&mut tx, &who, &typed).await?;
    let wanted = match read(&who, &page, (&typed, place), page.zone.day(now)) {
        Ok(wanted) => wanted,
        Err(errors) => {
            drop(tx);
            return reply::mend(&view(&app, &officer, typed, errors).await?);
        }
    };
    let wrong = match tx.demand_permit(&who, &wanted, now).await? {
        Demanded::Made => None,
        Demanded::Twice => Some(page.text("permits.err_demanded").to_owned()),
        Demanded::Full => Some(page.count("permits.err_demands_full", MOST_DEMANDS)),
    };
    if let Some(wrong) = wrong {
        drop(tx);
        let mut errors = FieldErrors::default();
        errors.add("kind", wrong);
        return reply::mend(&view(&app, &officer, typed, errors).await?);
    }
    let kind = wanted.kind.map_or("any", PermitKind::as_str);
    let (unit, why) = (&who.scope().path, Purpose::Administration);
    tx.audit(&who, unit, now, why, Deed::PermitDemand.to(kind), &[])
        .await?;
    tx.commit().await?;
    Ok(reply::see("/office/permits/demands"))
}

/// Which venues are meant; nothing where none is chosen, or none of the unit has that code.
async fn place(tx: &mut Tx, who: &Manager, typed: &Typed) -> Result<Option<PermitPlace>, Problem> {
    let unit = who.scope().unit();
    Ok(match typed.venues.as_str() {
        "all" => Some(PermitPlace::Any),
        "one" => match terms::venue(tx, &typed.venue).await? {
            Some(id) => {
                let venue = tx.venue(id).await?;
                let here =
                    venue.filter(|venue| unit.is_some_and(|unit| venue.details.unit.within(unit)));
                here.map(|venue| PermitPlace::Venue(venue.id))
            }
            None => None,
        },
        word => VenueKind::parse(word).map(PermitPlace::Kind),
    })
}

fn read(
    who: &Manager,
    page: &Page,
    (typed, place): (&Typed, Option<PermitPlace>),
    today: Day,
) -> Result<PermitDemand, FieldErrors> {
    let mut errors = FieldErrors::default();
    let kind = match typed.kind.as_str() {
        "any" => Some(None),
        word => PermitKind::parse(word).map(Some),
    };
    if kind.is_none() {
        errors.add("kind", page.text("permits.err_kind"));
    }
    match (&place, typed.venues.as_str()) {
        (None, "one") => errors.add("venue", page.text(terms::no_venue(&typed.venue))),
        (None, _) => errors.add("venues", page.text("permits.err_venues")),
        (Some(_), _) => {}
    }
    let from =
        terms::day(&typed.from).filter(|from| (today..=today.plus(LONGEST_DAYS)).contains(from));
    if from.is_none() {
        errors.add("from", page.count("permits.err_demand_from", LONGEST_DAYS));
    }
    let lacking = Lacking::parse(&typed.answer);
    if lacking.is_none() {
        errors.add("answer", page.text("permits.err_answer"));
    }
    let unit = who.scope().unit().cloned();
    let terms = (unit, place, kind, from, lacking);
    let (Some(unit), Some(place), Some(kind), Some(from), Some(lacking)) = terms else {
        return Err(errors);
    };
    Ok(PermitDemand {
        unit,
        place,
        kind,
        from,
        lacking,
    })
}

/// Takes a demand of the unit back.
pub async fn lift(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    PathId(id): PathId<PermitDemandId>,
) -> Result<Response, Problem> {
    let who = manager(&app, &officer)?;
    let mut tx = app.store.write().await?;
    if !tx.lift_demand(&who, id).await? {
        return Err(Problem::NotFound);
    }
    let (unit, why) = (&who.scope().path, Purpose::Administration);
    tx.audit(&who, unit, app.now(), why, Deed::PermitDemandLifted, &[])
        .await?;
    tx.commit().await?;
    Ok(reply::see("/office/permits/demands"))
}

fn manager(app: &AppState, officer: &SignedInOfficer) -> Result<Manager, Problem> {
    Ok(authorize(&officer.actor(), own_scope(app, officer)?)?)
}
