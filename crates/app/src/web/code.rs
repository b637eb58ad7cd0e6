//! One's own code, on the screen and on paper.

use super::card_files::{self, ToPrint};
use super::cards::{self, CardLine};
use super::declarations::{LIST_MAX, words as declared_words};
use super::page::Page;
use super::parting;
use super::permits::words::{self, OwnPermit};
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInHolder;
use crate::AppState;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use codes::draw::{Level, QUIET, Square};
use domain::card::{Card, CardLayout};
use domain::declaration::{DeclarationState, Statement, declared_until};
use domain::phone_key::CREDENTIAL_VALIDITY;
use serde::Deserialize;
use store::declarations::Declared;
use store::holders::Holder;

/// A module of the square on the screen, in CSS pixels: whole, so that edges stay sharp.
const MODULE: usize = 6;
/// The widest square that fits a phone of 360 pixels.
const WIDEST: usize = 318;

/// What was done just before.
#[derive(Debug, Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

#[derive(Template)]
#[template(path = "code/code.html")]
struct CodePage {
    page: Page,
    name: String,
    birth_year: Option<u16>,
    /// The number of an identity paper, masked.
    id_number: Option<String>,
    /// The square as SVG, made here from digits alone; empty when there is no good card.
    square: String,
    /// The card shown, and the key with which this browser shows it: what the script must know. Empty for none.
    card: String,
    phone_key: String,
    /// The issuing keys that are believed: a credential by another is renewed.
    keys: String,
    /// What time it is, in milliseconds.
    now: i64,
    /// Until when the card shown is good.
    card_until: String,
    declaration: DeclarationState,
    declared_until: String,
    cards: Vec<CardLine>,
    /// Whether there is no good card because an office withholds it.
    withheld: bool,
    /// Whom to call, where an answer is to be asked about.
    hotline: Option<String>,
    permits: Vec<OwnPermit>,
    done: String,
    /// That another record was joined to this one; empty for nothing.
    joined: String,
    /// What the page says when it is shown without a network.
    saved: String,
}

/// The code, large and bright.
pub async fn show(
    State(app): State<AppState>,
    who: SignedInHolder,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let now = app.now();
    let (holder, all) = gather(&app, &who).await?;
    let shown = cards::usable(&all, now);
    let Beside {
        declared,
        withheld,
        hotline,
    } = beside(&app, &who, shown).await?;
    let phone_key = phone_key(&app, &who, shown).await?;
    let mut page = who.reader.page(&app);
    let permits = permits(&app, &who, &page).await?;
    let done = match done.done.as_str() {
        "revoked" => page.text("cards.revoked").to_owned(),
        "declared" => sent(&app, &who, &page, declared.first()).await?,
        _ => String::new(),
    };
    let said: Vec<Statement> = declared.iter().map(|one| one.statement).collect();
    let joined = parting::notice(&app, &who, &page).await?;
    if let Some(reader) = &mut page.signed_in {
        reader.name = holder.details.name.as_str().to_owned();
    }
    let square = match shown {
        Some(card) => Some(square(&app, card).await?),
        None => None,
    };
    reply::page(&CodePage {
        square: square.unwrap_or_default(),
        card: shown.map_or_else(String::new, |card| card.id.to_string()),
        phone_key,
        keys: believed(&app),
        now: now.millis(),
        card_until: shown.map_or_else(String::new, |card| page.date(page.zone.day(card.expires))),
        declaration: DeclarationState::at(now, &said),
        declared_until: declared_until(now, &said).map_or_else(String::new, |at| page.moment(at)),
        cards: all
            .iter()
            .map(|card| cards::line(&page, card, now))
            .collect(),
        withheld,
        hotline,
        permits,
        joined,
        name: holder.details.name.as_str().to_owned(),
        birth_year: holder.details.birth_year(),
        id_number: holder.details.masked_number(),
        done,
        saved: page.fill("code.saved", [("time", page.moment(now).as_str())]),
        page,
    })
}

/// The code on a sheet of A4 paper.
pub async fn sheet(State(app): State<AppState>, who: SignedInHolder) -> Result<Response, Problem> {
    let now = app.now();
    let (holder, all) = gather(&app, &who).await?;
    let card = cards::usable(&all, now).ok_or(Problem::NotFound)?.clone();
    let card = ToPrint {
        card,
        holder,
        batch: String::new(),
    };
    let (locale, layout) = (who.reader.locale, CardLayout::Folded);
    let file = card_files::drawn(&app, locale, vec![card], layout).await?;
    Ok(file.named("vaora-code"))
}

/// The names of the issuing keys that may have signed a credential that is still good, with spaces.
fn believed(app: &AppState) -> String {
    let oldest = app.now().minus(CREDENTIAL_VALIDITY);
    let keyring = app.signer.keyring();
    let keys = keyring
        .keys()
        .filter(|key| key.window().signs_until() > oldest);
    let names: Vec<String> = keys.map(|key| key.id().to_string()).collect();
    names.join(" ")
}

async fn gather(app: &AppState, who: &SignedInHolder) -> Result<(Holder, Vec<Card>), Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let holder = tx.own_details(&own).await?.ok_or(Problem::NotFound)?;
    let all = tx.own_cards(&own).await?;
    Ok((holder, all))
}

/// What stands beside the code.
struct Beside {
    declared: Vec<Declared>,
    /// Whether an office withholds cards; looked for only where there is no good one.
    withheld: bool,
    /// The unit's, looked for only where an answer is to be asked about.
    hotline: Option<String>,
}

async fn beside(
    app: &AppState,
    who: &SignedInHolder,
    shown: Option<&Card>,
) -> Result<Beside, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let declared = tx.own_declarations(&own, LIST_MAX).await?;
    let withheld = shown.is_none() && tx.own_cards_withheld(&own).await?;
    let hotline = match declared.first() {
        Some(newest) if newest.statement.concern => {
            tx.unit_settings(&own.scope().unit).await?.hotline
        }
        _ => None,
    };
    Ok(Beside {
        declared,
        withheld,
        hotline,
    })
}

/// What was just sent, in words.
async fn sent(
    app: &AppState,
    who: &SignedInHolder,
    page: &Page,
    last: Option<&Declared>,
) -> Result<String, Problem> {
    let Some(last) = last else {
        return Ok(String::new());
    };
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let journeys = tx.own_journeys(&own, 1).await?;
    let journey = journeys.get(&last.id);
    Ok(declared_words::sent(app, page, last.kind, journey))
}

/// What the person may do, newest first.
async fn permits(
    app: &AppState,
    who: &SignedInHolder,
    page: &Page,
) -> Result<Vec<OwnPermit>, Problem> {
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    words::own(app, &mut tx, page, &own, app.now()).await
}

/// The key with which this browser shows that card; empty when it has none.
async fn phone_key(
    app: &AppState,
    who: &SignedInHolder,
    shown: Option<&Card>,
) -> Result<String, Problem> {
    let (Some(card), Some(token)) = (shown, who.reader.token.as_deref()) else {
        return Ok(String::new());
    };
    let mut tx = app.store.read().await?;
    let own = who.own(&mut tx).await?;
    let key = tx.own_phone_key(&own, token, app.now()).await?;
    let key = key.filter(|(_, of)| *of == card.id);
    Ok(key.map_or_else(String::new, |(id, _)| id.to_string()))
}

pub(super) async fn square(app: &AppState, card: &Card) -> Result<String, Problem> {
    let text = app.signer.code(card.id).await?;
    let square = Square::encode(&text, Level::Medium)?;
    let modules = square.size() + 2 * usize::from(QUIET);
    let module = (WIDEST / modules).clamp(1, MODULE);
    let side = modules * module;
    let sized = format!("<svg width=\"{side}\" height=\"{side}\" aria-hidden=\"true\" ");
    Ok(square.svg(QUIET).replacen("<svg ", &sized, 1))
}
