//! How a list is read and what came of it: what is kept of it, sealed.

use crate::export::{Cell, Table};
use crate::import::Sheet;
use crate::web::page::Page;
use crate::web::problem::Problem;
use domain::card::CardKind;
use domain::import::{ADDRESS_MAX, Fault, Field, guess};
use domain::time::{Timestamp, Zone};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use store::imports::Import;

/// How many rows are shown beside the columns.
const SAMPLE: usize = 5;

/// How a list is read and what came of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Plan {
    /// The name of the file.
    pub(super) file: String,
    /// Its SHA-256, in hexadecimal.
    pub(super) sha256: String,
    /// The names of its sheets.
    pub(super) sheets: Vec<String>,
    /// Which of them is read.
    pub(super) sheet: usize,
    /// Where the headings stand among the rows that are not blank.
    pub(super) head: usize,
    /// How many rows stand below.
    pub(super) rows: usize,
    pub(super) headings: Vec<String>,
    /// What each column is.
    pub(super) columns: Vec<Option<Field>>,
    /// The first rows.
    pub(super) sample: Vec<Vec<String>>,
    /// Code of the commune whose people they are.
    pub(super) commune: String,
    /// What would come of it.
    pub(super) counts: Option<Counts>,
    /// The lines of those who are new and whose names cannot be printed as they are; the first of them.
    pub(super) boxes: Vec<u32>,
    /// The first of those who are new: line, name, birth and masked number.
    pub(super) first: Vec<[String; 4]>,
    /// What came of it.
    pub(super) done: Option<Done>,
}

/// How many rows there are of each kind; the others add up to the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) rows: usize,
    pub(super) new: usize,
    pub(super) known: usize,
    pub(super) faulty: usize,
    pub(super) repeated: usize,
    pub(super) likely: usize,
}

/// What came of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) counts: Counts,
    /// SHA-256 of the canonical lines of the people who were registered, in hexadecimal.
    pub(super) sha256: String,
    /// The officer's name.
    pub(super) by: String,
    pub(super) at: Timestamp,
    /// Which cards were made.
    pub(super) cards: Option<CardKind>,
}

/// The rows that are not taken.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Rest {
    pub(super) rows: Vec<Left>,
}

/// A row that is not taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Left {
    /// Its number in the file.
    pub(super) line: u32,
    /// Its cells, as they were.
    pub(super) cells: Vec<String>,
    /// Why.
    pub(super) why: Vec<Why>,
}

/// Why a row is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Why {
    /// Something is wrong with it.
    Fault(Fault),
    /// It is likely the same person's as the row with this number.
    Repeated(u32),
    /// A record is likely the same person's.
    Likely,
}

impl Plan {
    /// A list whose columns are guessed.
    pub(super) fn guessed(sheet: &Sheet, file: String, bytes: &[u8]) -> Self {
        let head = sheet.head();
        let mut headings = sheet
            .rows
            .get(head)
            .map(|line| sheet.texts(line))
            .unwrap_or_default();
        headings.resize(sheet.width(), String::new());
        let below = sheet.rows.iter().skip(head + 1);
        Self {
            file,
            sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)),
            sheets: sheet.names.clone(),
            sheet: sheet.at,
            head,
            rows: below.clone().count(),
            columns: guess(&headings),
            headings,
            sample: below.take(SAMPLE).map(|line| sheet.texts(line)).collect(),
            ..Self::default()
        }
    }

    /// As it was kept.
    pub(super) fn of(import: &Import) -> Result<Self, Problem> {
        serde_json::from_slice(&import.plan)
            .map_err(|_| Problem::Internal("imports.plan cannot be read".to_owned()))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data serialises")
    }

    /// What stands for this reading of the list and what would come of it: another reading has another mark.
    pub(super) fn mark(&self) -> String {
        let sum = Sha256::digest(self.bytes());
        data_encoding::HEXLOWER.encode(&sum[..16])
    }

    /// The same with what came of it; nobody's data stays.
    pub(super) fn ended(self, done: Done) -> Self {
        Self {
            sample: Vec::new(),
            counts: None,
            boxes: Vec::new(),
            done: Some(done),
            ..self
        }
    }

    /// Takes what the columns are from a form: `column_0=name`.
    pub(super) fn map(&mut self, said: &HashMap<String, String>) {
        for (at, column) in self.columns.iter_mut().enumerate() {
            if let Some(field) = said.get(&format!("column_{at}")) {
                *column = Field::parse(field);
            }
        }
    }

    /// The key of what the columns do not say, or say twice.
    pub(super) fn missing(&self) -> Option<&'static str> {
        let count = |wanted: Field| {
            let columns = self.columns.iter();
            columns.filter(|field| **field == Some(wanted)).count()
        };
        let twice = Field::ALL
            .iter()
            .any(|field| *field != Field::Name && count(*field) > 1);
        match (count(Field::Name), count(Field::Birth)) {
            (0, _) => Some("imports.no_name_column"),
            (_, 0) => Some("imports.no_birth_column"),
            _ => twice.then_some("imports.column_twice"),
        }
    }
}

impl Rest {
    /// As it was kept.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(bytes)
            .map_err(|_| Problem::Internal("imports.rest cannot be read".to_owned()))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data serialises")
    }

    /// The rows as they were, with a column more that says what is wrong. That column of an earlier file goes.
    pub(super) fn table(&self, page: &Page, plan: &Plan, zone: Zone) -> Table {
        let error = page.text("imports.error_column");
        let ours = |heading: &String| matches!(heading.as_str(), "Lỗi" | "Error");
        let kept: Vec<usize> = (0..plan.headings.len())
            .filter(|at| !ours(&plan.headings[*at]))
            .collect();
        let headings = kept.iter().map(|at| plan.headings[*at].clone());
        let row = |left: &Left| {
            let cells = kept
                .iter()
                .map(|at| left.cells.get(*at).cloned().unwrap_or_default());
            let cells = cells.chain([left.words(page)]);
            cells.map(Cell::Text).collect()
        };
        Table {
            title: page.text("imports.errors_title").to_owned(),
            columns: headings.chain([error.to_owned()]).collect(),
            rows: self.rows.iter().map(row).collect(),
            zone,
        }
    }
}

impl Left {
    /// Why it is not taken, in words.
    pub(super) fn words(&self, page: &Page) -> String {
        let words = self.why.iter().map(|why| match why {
            // Of these words those of the address name a number.
            Why::Fault(fault) => page.count(&format!("imports.fault_{fault}"), ADDRESS_MAX),
            Why::Repeated(line) => {
                let line = line.to_string();
                page.fill("imports.is_repeated", [("line", line.as_str())])
            }
            Why::Likely => page.text("imports.is_likely").to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}
