//! Pairs of records that may be one person's, at an office: the queue, one pair and how it compares, and what is decided.
//!
//! Who sees what of a pair, and who may decide: docs/matching.md.

mod view;

use super::desk::LOOKS;
use super::office::own_scope;
use super::page::Page;
use super::problem::Problem;
use super::reply;
use super::signed_in::SignedInOfficer;
use crate::AppState;
use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::response::Response;
use domain::audit::Deed;
use domain::ids::{HolderId, MergeId};
use domain::likeness::Degree;
use domain::matching::{AskReason, Field, MatchState, Pair, SignInPhones};
use domain::role::{
    Authorized, DecideMatch, MatchPeople, PairScope, Purpose, UnitScope, authorize,
};
use domain::time::Timestamp;
use serde::Deserialize;
use std::collections::BTreeSet;
use store::Tx;
use store::audit::Subject;
use store::matches::{Match, MatchKey};
use store::merges::{Choice, Merged, Undone};
use view::{PairView, Past, Row};

/// How many pairs a page shows.
const PAGE: usize = 20;
/// After how many seconds whoever is over the limit may ask again.
const LATER: u32 = 3600;

#[derive(Template)]
#[template(path = "matches/list.html")]
struct ListPage {
    page: Page,
    states: Vec<(&'static str, &'static str)>,
    degrees: Vec<(&'static str, &'static str)>,
    state: String,
    degree: String,
    rows: Vec<Row>,
    first: String,
    next: String,
}

#[derive(Template)]
#[template(path = "matches/pair.html")]
struct PairPage {
    page: Page,
    pair: PairView,
    /// Whether this office may decide; otherwise it may ask.
    decides: bool,
    sides: Vec<(&'static str, &'static str)>,
    phones: Vec<(&'static str, &'static str)>,
    reasons: Vec<(&'static str, &'static str)>,
    past: Vec<Past>,
    trouble: String,
    done: &'static str,
}

/// Which pairs the list is to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    state: String,
    degree: String,
    after: String,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// What a clerk decided; a field that stands for one of the two records says `one` or `other`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Decision {
    act: String,
    kept: String,
    cards: String,
    phones: String,
    reason: String,
    name: String,
    birth: String,
    id_number: String,
    old_number: String,
    insurance: String,
    phone: String,
    gender: String,
    address: String,
    /// Whether guardians who care for either alone go on: any text but none.
    guardians: String,
}

impl Decision {
    fn side(&self, field: Field) -> &str {
        match field {
            Field::Name => &self.name,
            Field::Birth => &self.birth,
            Field::IdNumber => &self.id_number,
            Field::OldNumber => &self.old_number,
            Field::Insurance => &self.insurance,
            Field::Phone => &self.phone,
            Field::Gender => &self.gender,
            Field::Address => &self.address,
        }
    }

    /// How the two are to become one; nothing when it was not said which is kept.
    fn choice(&self, pair: Pair) -> Option<Choice> {
        let of = |side: &str| match side {
            "one" => Some(pair.one),
            "other" => Some(pair.other),
            _ => None,
        };
        let kept = of(&self.kept)?;
        let gone = pair.beside(kept);
        let from_gone = Field::ALL.iter().copied();
        // The page speaks of the records by their place, the store by what becomes of them.
        let phones = match of(&self.phones) {
            Some(holder) if holder == kept => SignInPhones::Kept,
            Some(_) => SignInPhones::Gone,
            None => SignInPhones::Both,
        };
        Some(Choice {
            kept,
            from_gone: from_gone
                .filter(|field| of(self.side(*field)) == Some(gone))
                .collect(),
            phones,
            cards_of: of(&self.cards).unwrap_or(kept),
            guardians_stay: !self.guardians.is_empty(),
        })
    }
}

/// The queue of the officer's unit, the strongest pairs first.
pub async fn list(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let who = may(&app, &officer)?;
    let state = MatchState::parse(&filter.state).unwrap_or(MatchState::Open);
    let degree = Degree::parse(&filter.degree).filter(|_| state.waits());
    let count = (PAGE as i64 + 1, app.now());
    let mut tx = app.store.write().await?;
    let mut found = tx
        .match_queue(&who, (state, degree), parse_key(&filter.after), count)
        .await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    looked(&mut tx, &app, &officer, &who, &found).await?;
    tx.commit().await?;
    let page = officer.reader.page(&app);
    let here = format!("/office/matches?state={state}&degree={}", filter.degree);
    let last = found.last().filter(|_| more);
    reply::page(&ListPage {
        states: words(
            &page,
            "matches.state",
            MatchState::ALL.iter().map(|one| one.as_str()),
        ),
        degrees: vec![
            ("likely", page.text("desk.likely")),
            ("possible", page.text("desk.possible")),
        ],
        rows: found.iter().map(|one| Row::of(&app, &page, one)).collect(),
        next: last.map_or_else(String::new, |one| {
            format!("{here}&after={}", key_text(&one.key))
        }),
        first: if filter.after.is_empty() {
            String::new()
        } else {
            here
        },
        state: state.to_string(),
        degree: degree.map_or_else(String::new, |degree| degree.to_string()),
        page,
    })
}

/// One pair, side by side.
pub async fn show(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Path(pair): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    may(&app, &officer)?;
    let pair = parse_pair(&pair).ok_or(Problem::NotFound)?;
    let page = officer.reader.page(&app);
    let said = match done.done.as_str() {
        "merge" => page.text("matches.done_merge"),
        "apart" => page.text("matches.done_apart"),
        "reopen" => page.text("matches.done_reopen"),
        "ask" => page.text("matches.done_ask"),
        "undone" => page.text("matches.done_undone"),
        _ => "",
    };
    let view = view_of(&app, &officer, pair, (String::new(), said)).await?;
    reply::page(&view)
}

/// Merges a pair, keeps it apart, leaves it asked, or opens one again that was kept apart: the button says which.
pub async fn decide(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Path(pair): Path<String>,
    Form(decision): Form<Decision>,
) -> Result<Response, Problem> {
    let who = may(&app, &officer)?;
    let pair = parse_pair(&pair).ok_or(Problem::NotFound)?;
    let now = app.now();
    let mut tx = app.store.write().await?;
    // Whoever may not see it may not know that it exists.
    tx.match_of(&who, pair, now)
        .await?
        .ok_or(Problem::NotFound)?;
    let (deed, done) = match decision.act.as_str() {
        "ask" => {
            let reason =
                AskReason::parse(&decision.reason).filter(|reason| *reason != AskReason::None);
            let Some(reason) = reason else {
                drop(tx);
                return trouble(&app, &officer, pair, "matches.no_reason").await;
            };
            (
                Deed::MatchAsked,
                tx.ask_about(&who, pair, reason, now).await?,
            )
        }
        "reopen" => {
            let may = over(&mut tx, &officer, pair).await?;
            (Deed::MatchReopened, tx.open_apart(&may).await?)
        }
        "apart" => {
            let may = over(&mut tx, &officer, pair).await?;
            (Deed::KeptApart, tx.keep_apart(&may, now).await?)
        }
        _ => {
            let merged = merge(&mut tx, &officer, (pair, &decision), now).await?;
            match merged {
                Ok(done) => (Deed::Merge, done),
                Err(key) => {
                    drop(tx);
                    return trouble(&app, &officer, pair, key).await;
                }
            }
        }
    };
    if !done {
        drop(tx);
        return trouble(&app, &officer, pair, "matches.decided").await;
    }
    let about = [Subject::Holder(pair.one), Subject::Holder(pair.other)];
    let (unit, why) = (&who.scope().path, Purpose::Registration);
    tx.audit(&who, unit, now, why, deed, &about).await?;
    tx.commit().await?;
    Ok(reply::see(&format!(
        "/office/matches/{}?done={}",
        pair_text(pair),
        done_word(deed)
    )))
}

/// Makes a pair one as was decided: whether it was done, or the key of what stands against it.
async fn merge(
    tx: &mut Tx,
    officer: &SignedInOfficer,
    (pair, decision): (Pair, &Decision),
    now: Timestamp,
) -> Result<Result<bool, &'static str>, Problem> {
    let Some(choice) = decision.choice(pair) else {
        return Ok(Err("matches.no_kept"));
    };
    let may = over(tx, officer, pair).await?;
    Ok(match tx.merge(&may, &choice, now).await? {
        Merged::Done(_) => Ok(true),
        Merged::Decided | Merged::Gone => Ok(false),
        Merged::Unproven => Err("matches.unproven"),
        Merged::PhoneStays => Err("matches.phone_stays"),
    })
}

const fn done_word(deed: Deed) -> &'static str {
    match deed {
        Deed::MatchAsked => "ask",
        Deed::KeptApart => "apart",
        Deed::MatchReopened => "reopen",
        _ => "merge",
    }
}

/// Makes two records again of what was one.
pub async fn undo(
    State(app): State<AppState>,
    officer: SignedInOfficer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    may(&app, &officer)?;
    let id = id.parse::<MergeId>().map_err(|_| Problem::NotFound)?;
    let now = app.now();
    let mut tx = app.store.write().await?;
    let scope = tx.merge_scope(id).await?.ok_or(Problem::NotFound)?;
    let pair = Pair::of(scope.one.holder, scope.other.holder).ok_or(Problem::NotFound)?;
    let may =
        authorize::<DecideMatch, _>(&officer.actor(), scope).map_err(|_| Problem::NotFound)?;
    match tx.undo_merge(&may, id, now).await? {
        Undone::Done => {}
        Undone::Before => {
            drop(tx);
            return trouble(&app, &officer, pair, "matches.undone_before").await;
        }
        Undone::Later(_) => {
            drop(tx);
            return trouble(&app, &officer, pair, "matches.undo_later_first").await;
        }
    }
    let about = [Subject::Holder(pair.one), Subject::Holder(pair.other)];
    let unit = own_scope(&app, &officer)?.path;
    tx.audit(
        &may,
        &unit,
        now,
        Purpose::Registration,
        Deed::MergeUndone,
        &about,
    )
    .await?;
    tx.commit().await?;
    Ok(reply::see(&format!(
        "/office/matches/{}?done=undone",
        pair_text(pair)
    )))
}

fn may(
    app: &AppState,
    officer: &SignedInOfficer,
) -> Result<Authorized<MatchPeople, UnitScope>, Problem> {
    Ok(authorize(&officer.actor(), own_scope(app, officer)?)?)
}

async fn over(
    tx: &mut Tx,
    officer: &SignedInOfficer,
    pair: Pair,
) -> Result<Authorized<DecideMatch, PairScope>, Problem> {
    let scope = tx.pair_scope(pair).await?.ok_or(Problem::NotFound)?;
    Ok(authorize(&officer.actor(), scope)?)
}

/// Counts a look against the day's budget, and leaves its audit entry.
async fn looked(
    tx: &mut Tx,
    app: &AppState,
    officer: &SignedInOfficer,
    who: &Authorized<MatchPeople, UnitScope>,
    found: &[Match],
) -> Result<(), Problem> {
    if found.is_empty() {
        return Ok(());
    }
    let now = app.now();
    let within = tx.within(LOOKS, &officer.officer.to_string(), now).await?;
    if !within {
        return Err(Problem::TooMany(LATER));
    }
    let pairs = found.iter().map(|one| one.key.pair);
    let records = found.iter().flat_map(|one| &one.records);
    let guardians = records.flat_map(|record| &record.guardians);
    let seen = pairs.flat_map(|pair| [pair.one, pair.other]);
    let seen = seen.chain(guardians.map(|one| one.holder));
    let seen: BTreeSet<HolderId> = seen.collect();
    let seen: Vec<Subject> = seen.into_iter().map(Subject::Holder).collect();
    let (unit, why) = (&who.scope().path, Purpose::Registration);
    tx.audit(who, unit, now, why, Deed::Matches, &seen).await?;
    Ok(())
}

async fn view_of(
    app: &AppState,
    officer: &SignedInOfficer,
    pair: Pair,
    (trouble, done): (String, &'static str),
) -> Result<PairPage, Problem> {
    let who = may(app, officer)?;
    let mut tx = app.store.write().await?;
    let found = tx.match_of(&who, pair, app.now()).await?;
    let found = found.ok_or(Problem::NotFound)?;
    looked(&mut tx, app, officer, &who, std::slice::from_ref(&found)).await?;
    let decides = over(&mut tx, officer, pair).await.is_ok();
    let page = officer.reader.page(app);
    let mut lines = tx.merges_with(&who, pair.one).await?;
    lines.extend(tx.merges_with(&who, pair.other).await?);
    lines.sort_by(|a, b| b.at.cmp(&a.at).then(b.id.cmp(&a.id)));
    lines.dedup();
    let past = view::past(app, &mut tx, &page, (pair, decides), &lines).await?;
    let view = PairView::of(app, &mut tx, &page, &found).await?;
    tx.commit().await?;
    Ok(PairPage {
        decides,
        sides: view::sides(&page),
        phones: view::phones(&page),
        reasons: words(
            &page,
            "matches.reason",
            AskReason::ALL[1..].iter().map(|one| one.as_str()),
        ),
        pair: view,
        past,
        trouble,
        done,
        page,
    })
}

async fn trouble(
    app: &AppState,
    officer: &SignedInOfficer,
    pair: Pair,
    key: &'static str,
) -> Result<Response, Problem> {
    let words = officer.reader.page(app).text(key).to_owned();
    reply::mend(&view_of(app, officer, pair, (words, "")).await?)
}

fn words(
    page: &Page,
    prefix: &str,
    all: impl Iterator<Item = &'static str>,
) -> Vec<(&'static str, &'static str)> {
    all.map(|one| (one, page.text(&format!("{prefix}_{one}"))))
        .collect()
}

fn pair_text(pair: Pair) -> String {
    format!("{}.{}", pair.one, pair.other)
}

fn parse_pair(text: &str) -> Option<Pair> {
    let (one, other) = text.split_once('.')?;
    Pair::of(one.parse().ok()?, other.parse().ok()?)
}

fn key_text(key: &MatchKey) -> String {
    format!("{}.{}", key.rank, pair_text(key.pair))
}

fn parse_key(text: &str) -> Option<MatchKey> {
    let (rank, pair) = text.split_once('.')?;
    Some(MatchKey {
        rank: rank.parse().ok()?,
        pair: parse_pair(pair)?,
    })
}
