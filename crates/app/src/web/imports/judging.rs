//! What would come of a list: each row read, compared with those before it, and with the register.

use super::plan::{Counts, Left, Plan, Rest, Why};
use crate::AppState;
use crate::import::{self, ROWS, Refusal};
use crate::print::printable;
use crate::web::problem::Problem;
use domain::birth::Birth;
use domain::holder::HolderDetails;
use domain::import::{Fault, Outcome, Reading, crowded, read, repeated};
use domain::role::{Authorized, RegisterHolder, UnitScope};
use store::imports::Compared;

/// A row of a list.
struct Row {
    line: u32,
    cells: Vec<String>,
    read: Result<HolderDetails, Vec<Fault>>,
    /// The row before it that is likely the same person's.
    same_as: Option<u32>,
}

/// What would come of a list.
pub(super) struct Judged {
    pub(super) counts: Counts,
    pub(super) rest: Rest,
    /// Everybody who was compared with the register.
    asked: Vec<HolderDetails>,
    /// Which of them are new.
    new: Vec<bool>,
    /// On which line of the file each of them stands.
    lines: Vec<u32>,
    pub(super) compared: Compared,
}

impl Judged {
    /// Who would be registered, in the order of the file.
    pub(super) fn fresh(&self) -> Vec<&HolderDetails> {
        let both = self.asked.iter().zip(&self.new);
        both.filter(|(_, new)| **new)
            .map(|(person, _)| person)
            .collect()
    }

    /// The lines of those who are new and whose names hold letters that no printed card can show; the first of them.
    pub(super) fn boxes(&self) -> Vec<u32> {
        let all = self.asked.iter().zip(&self.new).zip(&self.lines);
        let boxed = all.filter(|((person, new), _)| **new && !printable(person.name.as_str()));
        boxed.map(|(_, line)| *line).take(BOXES).collect()
    }
}

impl Judged {
    /// The first of those who are new, as they would be registered: line, name, birth and masked number.
    pub(super) fn first(&self) -> Vec<[String; 4]> {
        let all = self.asked.iter().zip(&self.new).zip(&self.lines);
        let new = all.filter(|((_, new), _)| **new).take(FIRST);
        let row = |((person, _), line): ((&HolderDetails, _), &u32)| {
            [
                line.to_string(),
                person.name.as_str().to_owned(),
                person.birth.map_or_else(String::new, Birth::written),
                person.masked_number().unwrap_or_default(),
            ]
        };
        new.map(row).collect()
    }
}

/// How many of those who are new are shown before they are registered.
const FIRST: usize = 10;
/// How many lines of names that cannot be printed are named.
const BOXES: usize = 20;

/// Reads and compares a whole list. Nothing is changed.
pub(super) async fn judge(
    app: &AppState,
    who: &Authorized<RegisterHolder, UnitScope>,
    plan: &Plan,
    file: Vec<u8>,
) -> Result<Result<Judged, Refusal>, Problem> {
    let how = (plan.clone(), app.now(), app.zone());
    let read = tokio::task::spawn_blocking(move || {
        let (plan, now, zone) = how;
        rows(&plan, &file, |since_1904| Reading {
            since_1904,
            now,
            zone,
        })
    });
    let rows = match read.await.unwrap_or(Err(Refusal::Damaged)) {
        Ok(rows) => rows,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let asked: Vec<HolderDetails> = rows
        .iter()
        .filter(|row| row.same_as.is_none())
        .filter_map(|row| row.read.clone().ok())
        .collect();
    let people: Vec<&HolderDetails> = asked.iter().collect();
    let mut tx = app.store.read().await?;
    let compared = tx.compare_people(who, &people).await?;
    drop(tx);
    Ok(Ok(settle(rows, asked, compared)))
}

fn rows(plan: &Plan, file: &[u8], how: impl Fn(bool) -> Reading) -> Result<Vec<Row>, Refusal> {
    let sheet = import::read(file, Some(plan.sheet))?;
    let how = how(sheet.since_1904);
    let below = sheet.rows.iter().skip(plan.head + 1);
    if below.clone().count() > ROWS {
        return Err(Refusal::TooManyRows);
    }
    let mut rows: Vec<Row> = below
        .map(|line| Row {
            line: line.number,
            cells: sheet.texts(line),
            read: read(&plan.columns, &line.cells, how),
            same_as: None,
        })
        .collect();
    let good: Vec<usize> = (0..rows.len())
        .filter(|at| rows[*at].read.is_ok())
        .collect();
    let people: Vec<&HolderDetails> = rows
        .iter()
        .filter_map(|row| row.read.as_ref().ok())
        .collect();
    let (before, crowded) = (repeated(&people), crowded(&people));
    for (n, at) in good.iter().enumerate() {
        rows[*at].same_as = before[n].map(|first| rows[good[first]].line);
        if crowded[n] {
            rows[*at].read = Err(vec![Fault::ManyNumbers]);
        }
    }
    Ok(rows)
}

/// Puts together what became of each row.
fn settle(rows: Vec<Row>, asked: Vec<HolderDetails>, compared: Compared) -> Judged {
    let mut counts = Counts {
        rows: rows.len(),
        ..Counts::default()
    };
    let mut rest = Rest::default();
    let (mut new, mut lines) = (Vec::with_capacity(asked.len()), Vec::new());
    let mut known = compared.known.iter();
    for row in rows {
        let (outcome, why) = match (&row.read, row.same_as) {
            (Err(faults), _) => (
                Outcome::Faulty,
                faults.iter().copied().map(Why::Fault).collect(),
            ),
            (Ok(_), Some(line)) => (Outcome::Repeated, vec![Why::Repeated(line)]),
            (Ok(_), None) => match known.next().copied().flatten() {
                Some(known) if known.same => (Outcome::Known, Vec::new()),
                Some(_) => (Outcome::Likely, vec![Why::Likely]),
                None => (Outcome::New, Vec::new()),
            },
        };
        match outcome {
            Outcome::New => counts.new += 1,
            Outcome::Known => counts.known += 1,
            Outcome::Faulty => counts.faulty += 1,
            Outcome::Repeated => counts.repeated += 1,
            Outcome::Likely => counts.likely += 1,
        }
        if matches!(outcome, Outcome::New | Outcome::Known | Outcome::Likely) {
            new.push(outcome == Outcome::New);
            lines.push(row.line);
        }
        if !why.is_empty() {
            let Row { line, cells, .. } = row;
            rest.rows.push(Left { line, cells, why });
        }
    }
    Judged {
        counts,
        rest,
        asked,
        new,
        lines,
        compared,
    }
}
