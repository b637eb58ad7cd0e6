//! Reading rows of a paper log and recording them by the one way in for scans.

use crate::AppState;
use crate::gates::Gate;
use crate::web::api::lines::{Line, MOST_COMPANIONS, Sent};
use crate::web::api::scans::{ResultLine, admit};
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::scans::reason_words;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CardId, ScanId};
use domain::phone::Phone;
use domain::scan::{Decision, Direction, Presented, Reason, Reasons, Way};
use domain::time::Day;
use serde::Serialize;
use std::borrow::Cow;
use std::time::Duration;
use store::Tx;
use store::cards::Validity;
use store::rates::Limit;

/// Names that one venue may type in an hour: 120 sheets.
const NAMES: Limit = Limit {
    kind: "paper names",
    most: 3000,
    window: Duration::from_secs(3600),
};

/// One row as it was typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typed<'a> {
    /// Its id, which is its time; none when it cannot be read.
    pub(super) id: Option<ScanId>,
    /// `in` or `out`.
    pub(super) direction: &'a str,
    /// A phone number, or the number printed on a card.
    pub(super) person: &'a str,
    /// The name, beside a phone number.
    pub(super) name: &'a str,
    /// How many came along; none when empty.
    pub(super) companions: &'a str,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// It is in the log, and counts.
    Recorded,
    /// The same person is in the log within the same minute, and is not counted again.
    Already,
    /// It is in the log, and does not count.
    Refused,
    /// It is not in the log.
    Mend,
}

/// The answer to a row.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    /// The id as sent; none when it could not be read.
    id: Option<String>,
    /// What became of it.
    pub(super) outcome: Outcome,
    /// Which field is to be mended; empty when none is.
    pub(super) field: &'static str,
    /// The same in the reader's language.
    pub(super) said: String,
}

/// A row that was read.
struct Row {
    id: ScanId,
    direction: Direction,
    person: Person,
    companions: u8,
}

/// Who went.
enum Person {
    Card(CardId),
    Claim(Phone, HolderDetails),
}

/// What is to be mended: a field, and the key of what is wrong with it.
type Wrong = (&'static str, &'static str);

/// Records rows, and answers one by one in the order they came.
pub(super) async fn record(
    app: &AppState,
    gate: &Gate,
    typed: &[Typed<'_>],
    page: &Page,
) -> Result<Vec<Told>, Problem> {
    let mut told: Vec<Option<Told>> = Vec::with_capacity(typed.len());
    let mut rows = Vec::with_capacity(typed.len());
    for one in typed {
        let row = read(app, one);
        told.push(row.as_ref().err().map(|wrong| mend(page, one.id, *wrong)));
        rows.push(row.ok());
    }
    let shown = show(app, gate, &rows).await?;
    let (mut lines, mut presented, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (row, shown)) in rows.iter().zip(shown).enumerate() {
        let Some(row) = row else { continue };
        match shown {
            Ok(shown) => {
                lines.push(Ok(line(row, shown)));
                presented.push(shown);
                places.push(place);
            }
            Err(wrong) => told[place] = Some(mend(page, Some(row.id), wrong)),
        }
    }
    let sent = Sent {
        at: None,
        shown: None,
        lines,
    };
    let results = admit(app, gate, sent, presented, Way::Paper).await?;
    for (place, result) in places.into_iter().zip(results) {
        told[place] = Some(answer(page, result));
    }
    Ok(told.into_iter().flatten().collect())
}

/// Reads one row. What is said first is what stands first on the sheet.
fn read(app: &AppState, typed: &Typed<'_>) -> Result<Row, Wrong> {
    let (now, zone) = (app.now(), app.zone());
    let id = typed.id.ok_or(("time", "paper.err_time"))?;
    if id.at() > now {
        return Err(("time", "paper.err_future"));
    }
    if zone.day(id.at()) < app.retention().oldest_scan_day(now, zone) {
        return Err(("date", "paper.err_too_old"));
    }
    let direction =
        Direction::parse(typed.direction).ok_or(("direction", "paper.err_direction"))?;
    let person = match (
        Phone::parse(typed.person),
        CardId::parse_serial(typed.person),
    ) {
        (Some(phone), _) => {
            let name = PersonName::parse(typed.name).map_err(|_| ("name", "paper.err_name"))?;
            let details = HolderDetails::named(name, Some(&phone));
            Person::Claim(phone, details)
        }
        (None, Some(card)) => Person::Card(card),
        (None, None) => return Err(("person", "paper.err_person")),
    };
    let companions = match typed.companions.trim() {
        "" => Some(0),
        typed => typed.parse().ok().filter(|n| *n <= MOST_COMPANIONS),
    };
    Ok(Row {
        id,
        direction,
        person,
        companions: companions.ok_or(("companions", "paper.err_companions"))?,
    })
}

/// Whom each row is of: a card's holder, or whoever the name and the phone claim to be.
async fn show(
    app: &AppState,
    gate: &Gate,
    rows: &[Option<Row>],
) -> Result<Vec<Result<Presented, Wrong>>, Problem> {
    let nobody = Err(("time", "paper.err_too_old"));
    if rows.iter().flatten().next().is_none() {
        return Ok(vec![nobody; rows.len()]);
    }
    let mut tx = app.store.write().await?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        shown.push(match row {
            None => nobody,
            Some(Row {
                person: Person::Card(card),
                ..
            }) => by_card(&mut tx, gate, *card).await?,
            Some(Row {
                id,
                person: Person::Claim(phone, details),
                ..
            }) => {
                if !tx
                    .within(NAMES, &gate.venue().to_string(), app.now())
                    .await?
                {
                    tx.commit().await?;
                    return Err(Problem::TooMany(NAMES.window.as_secs() as u32));
                }
                let days = (app.zone().day(id.at()), oldest(app));
                let claim = (phone, details);
                let found = tx
                    .holder_on_paper(&gate.who, days, claim, app.now())
                    .await?;
                found
                    .map(Presented::Holder)
                    .ok_or(("date", "paper.err_too_old"))
            }
        });
    }
    tx.commit().await?;
    Ok(shown)
}

fn oldest(app: &AppState) -> Day {
    app.retention().oldest_scan_day(app.now(), app.zone())
}

async fn by_card(
    tx: &mut Tx,
    gate: &Gate,
    id: CardId,
) -> Result<Result<Presented, Wrong>, Problem> {
    let known = tx.typed_card(&gate.who, id).await?;
    let presented = known.map(|Validity { issued, expires }| Presented::Card {
        id,
        issued,
        expires,
        phone: None,
    });
    Ok(presented.ok_or(("person", "paper.err_card")))
}

fn line(row: &Row, shown: Presented) -> Line<'static> {
    let code = match shown {
        Presented::Card { id, .. } => format!("card {id}"),
        Presented::Holder(holder) => format!("holder {holder}"),
        Presented::Nothing(reason) => reason.to_string(),
    };
    Line {
        id: Cow::Owned(row.id.to_string()),
        code: Cow::Owned(code),
        direction: Some(Cow::Borrowed(row.direction.as_str())),
        companions: Some(row.companions),
        ..Line::default()
    }
}

fn mend(page: &Page, id: Option<ScanId>, (field, key): Wrong) -> Told {
    Told {
        id: id.map(|id| id.to_string()),
        outcome: Outcome::Mend,
        field,
        said: page.text(key).to_owned(),
    }
}

fn answer(page: &Page, result: ResultLine) -> Told {
    let not_kept = [
        (Reason::Future, ("time", "paper.err_future")),
        (Reason::TooOld, ("date", "paper.err_too_old")),
        (Reason::IdReused, ("row", "paper.err_reused")),
        (Reason::WrongCheckpoint, ("row", "paper.err_refused")),
        (Reason::Malformed, ("row", "paper.err_refused")),
    ];
    let wrong = not_kept
        .iter()
        .find(|(reason, _)| result.reasons.contains(reason));
    if let Some((_, wrong)) = wrong {
        return mend(page, ScanId::parse(&result.id), *wrong);
    }
    let (outcome, said) = said(page, result.decision, &result.reasons.into_iter().collect());
    Told {
        id: Some(result.id),
        outcome,
        field: "",
        said,
    }
}

/// What became of a row that is in the log, and the same in words.
pub(super) fn said(page: &Page, decision: Decision, reasons: &Reasons) -> (Outcome, String) {
    let (outcome, key) = if reasons.has(Reason::AlreadyScanned) {
        return (Outcome::Already, page.text("paper.already").to_owned());
    } else if decision.passes(Way::Paper) {
        (Outcome::Recorded, "paper.recorded")
    } else {
        (Outcome::Refused, "paper.refused")
    };
    let why = match reason_words(page, reasons) {
        why if why.is_empty() => why,
        why => format!(". {why}"),
    };
    (outcome, format!("{}{why}", page.text(key)))
}
