//! What a holder asks the office of their commune for: a printed card, a correction. Each shows until when it is to be
//! answered, and the answer.

use super::corrections::Correction;
use super::field_errors::FieldErrors;
use super::page::Page;
use super::people::views::{genders, what};
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use super::units::below;
use crate::AppState;
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::Response;
use domain::card::CardKind;
use domain::holder::mask;
use domain::request::{self, Asked, Change, RequestState};
use domain::role::{Authorized, HolderScope, UseOwnData};
use domain::time::Timestamp;
use domain::unit::UnitCode;
use domain::working_day;
use serde::Deserialize;
use std::time::Duration;
use store::rates::Limit;
use store::requests::Request;
use store::{Constraint, Error};

/// How many requests one person may make in a day, whatever becomes of them.
const PER_PERSON: Limit = Limit {
    kind: "requests",
    most: 20,
    window: Duration::from_secs(86_400),
};
/// After how many seconds whoever is over the limit may ask again.
const LATER: u32 = 3600;

type Choice = (String, String);

#[derive(Template)]
#[template(path = "requests/list.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
    done: &'static str,
}

struct Line {
    kind: &'static str,
    what: String,
    asked: String,
    /// Where it stands, in words.
    state: String,
    /// What the office answered, or until when it will; empty when there is no more to say.
    note: String,
}

#[derive(Template)]
#[template(path = "requests/card.html")]
struct CardPage {
    page: Page,
    errors: FieldErrors,
    /// Where the holder lives; empty when nobody knows: then there is nobody to ask.
    lives: String,
    kinds: Vec<Choice>,
    communes: Vec<Choice>,
    typed: Wish,
}

#[derive(Template)]
#[template(path = "requests/correction.html")]
struct CorrectionPage {
    page: Page,
    errors: FieldErrors,
    lives: String,
    genders: Vec<(&'static str, &'static str)>,
    typed: Correction,
}

/// A card that is wanted, as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    kind: String,
    /// Code of the commune where it is to be fetched; empty for one's own.
    pickup: String,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// One's requests, the newest first.
pub async fn list(
    State(app): State<AppState>,
    who: SignedInHolder,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let page = who.reader.page(&app);
    let found = tx.own_requests(&own).await?;
    let cards = tx.own_cards(&own).await?;
    let now = app.now();
    let home = lives(&app, &own);
    let lines = found.iter().map(|one| {
        let card = cards.iter().find(|card| Some(card.id) == one.card);
        let words = card.map(|card| super::cards::line(&page, card, now).state);
        line(&app, &page, one, (words, &home), now)
    });
    reply::page(&ListPage {
        lines: lines.collect(),
        done: match done.done.as_str() {
            "asked" => page.text("requests.sent"),
            _ => "",
        },
        page,
    })
}

fn line(
    app: &AppState,
    page: &Page,
    one: &Request,
    (card, home): (Option<&'static str>, &str),
    now: Timestamp,
) -> Line {
    let what = match &one.asked {
        Asked::Card { kind, pickup } => {
            let kind = page.text(&format!("office_cards.kind_{kind}"));
            let place = pickup.as_ref().map(|code| app.units().full_name(code));
            let place = place.unwrap_or_else(|| home.to_owned());
            format!("{kind}. {}: {place}", page.text("requests.pickup"))
        }
        Asked::Correction(change) => {
            let masked = Asked::Correction(Change {
                id_number: change.id_number.as_deref().map(mask),
                ..change.clone()
            });
            let said = what(app, page, &masked, None).into_iter();
            let said = said.map(|(label, _, wanted)| format!("{label}: {wanted}"));
            said.collect::<Vec<_>>().join("; ")
        }
        Asked::Member { details, .. } => details.name.as_str().to_owned(),
    };
    let state = match (one.state, card) {
        (RequestState::Done, Some(card)) => card.to_owned(),
        (state, _) => page.text(&format!("requests.state_{state}")).to_owned(),
    };
    let due = request::due(one.created, page.zone);
    let last = page.date(page.zone.day(due).plus(-1));
    let note = match one.state {
        RequestState::Open => match working_day::left(now, due, page.zone) {
            None => page.fill("requests.late", [("date", last.as_str())]),
            Some(_) => page.fill("requests.answer_by", [("date", last.as_str())]),
        },
        RequestState::Refused => page
            .text(&format!("requests.because_{}", one.reason))
            .to_owned(),
        RequestState::Done => String::new(),
    };
    Line {
        kind: page.text(&format!("requests.kind_{}", one.asked.kind())),
        what,
        asked: page.moment(one.created),
        state,
        note,
    }
}

/// Asks what card is wanted.
pub async fn card(State(app): State<AppState>, who: SignedInHolder) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let errors = FieldErrors::default();
    reply::page(&card_page(&app, &who, &own, Wish::default(), errors))
}

/// Asks for the card.
pub async fn ask_card(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(typed): Form<Wish>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let own = who.own(&mut tx).await?;
    let mut errors = FieldErrors::default();
    let kind = CardKind::parse(&typed.kind).filter(|kind| *kind != CardKind::Electronic);
    if kind.is_none() {
        errors.add("kind", who.reader.locale.text("desk.err_kind"));
    }
    let pickup = UnitCode::parse(&typed.pickup);
    let known = |code: &UnitCode| {
        let path = app.units().path(code);
        path.is_some_and(|path| path.commune().is_some())
    };
    let pickup = pickup.filter(known);
    if pickup.is_none() && !typed.pickup.is_empty() {
        errors.add("pickup", who.reader.locale.text("desk.err_commune"));
    }
    if let Some(kind) = kind
        && errors.is_empty()
    {
        let asked = Asked::Card { kind, pickup };
        match ask(&app, tx, &own, &asked).await? {
            Ok(()) => return Ok(reply::see("/requests?done=asked")),
            Err(key) => errors.add("kind", who.reader.locale.text(key)),
        }
    }
    reply::mend(&card_page(&app, &who, &own, typed, errors))
}

/// Asks what is not true.
pub async fn correction(
    State(app): State<AppState>,
    who: SignedInHolder,
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let errors = FieldErrors::default();
    let typed = Correction::default();
    reply::page(&correction_page(&app, &who, &own, typed, errors))
}

/// Asks for the correction.
pub async fn ask_correction(
    State(app): State<AppState>,
    who: SignedInHolder,
    Form(typed): Form<Correction>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let own = who.own(&mut tx).await?;
    let known = tx.own_details(&own).await?.ok_or(Problem::NotFound)?;
    let page = who.reader.page(&app);
    let errors = match typed.read(&app, &page, &known.details) {
        Err(errors) => errors,
        Ok(change) => match ask(&app, tx, &own, &Asked::Correction(change)).await? {
            Ok(()) => return Ok(reply::see("/requests?done=asked")),
            Err(key) => {
                let mut errors = FieldErrors::default();
                errors.add("name", page.text(key));
                errors
            }
        },
    };
    reply::mend(&correction_page(&app, &who, &own, typed, errors))
}

/// Sends a request to the office of the commune where its holder lives; or the key of what stands against it.
pub(super) async fn ask(
    app: &AppState,
    mut tx: store::Tx,
    own: &Authorized<UseOwnData, HolderScope>,
    asked: &Asked,
) -> Result<Result<(), &'static str>, Problem> {
    if own.scope().unit.commune().is_none() {
        return Ok(Err("requests.err_where"));
    }
    let now = app.now();
    let key = own.scope().holder.to_string();
    if !tx.within(PER_PERSON, &key, now).await? {
        tx.commit().await?;
        return Err(Problem::TooMany(LATER));
    }
    match tx.ask_office(own, asked, now).await {
        Ok(Some(_)) => {
            tx.commit().await?;
            Ok(Ok(()))
        }
        Ok(None) => Ok(Err("requests.err_many")),
        Err(Error::Conflict(Constraint::OpenRequest)) => Ok(Err("requests.err_open")),
        Err(error) => Err(error.into()),
    }
}

/// Where a holder lives, in words; empty when nobody knows a commune.
pub(super) fn lives(app: &AppState, own: &Authorized<UseOwnData, HolderScope>) -> String {
    let commune = own.scope().unit.commune();
    commune.map_or_else(String::new, |code| app.units().full_name(code))
}

fn card_page(
    app: &AppState,
    who: &SignedInHolder,
    own: &Authorized<UseOwnData, HolderScope>,
    typed: Wish,
    errors: FieldErrors,
) -> CardPage {
    let page = who.reader.page(app);
    let kinds = [CardKind::Paper, CardKind::Plastic].map(|kind| {
        let words = page.text(&format!("office_cards.kind_{kind}"));
        (kind.to_string(), words.to_owned())
    });
    let unit = &own.scope().unit.0;
    let communes = match unit.as_slice() {
        [_, province, commune, ..] => below(app, province)
            .into_iter()
            .filter(|(code, _)| code != commune.as_str())
            .collect(),
        _ => Vec::new(),
    };
    CardPage {
        lives: lives(app, own),
        kinds: kinds.to_vec(),
        communes,
        typed,
        errors,
        page,
    }
}

fn correction_page(
    app: &AppState,
    who: &SignedInHolder,
    own: &Authorized<UseOwnData, HolderScope>,
    typed: Correction,
    errors: FieldErrors,
) -> CorrectionPage {
    let page = who.reader.page(app);
    CorrectionPage {
        lives: lives(app, own),
        genders: genders(&page),
        typed,
        errors,
        page,
    }
}
