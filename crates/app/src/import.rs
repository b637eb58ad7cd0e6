//! Tables out of files: XLSX and CSV, as the world makes them. The one place that opens somebody's spreadsheet.
//!
//! Nothing of a file is believed: it is unpacked within bounds, read cell by cell, and refused in words when it is none or
//! too much. What a formula was, is not looked at: the value that was stored beside it counts.

mod csv;
mod quotes;
mod xlsx;

use domain::import::{Field, Value, guess};

/// The most people in one file.
pub const ROWS: usize = 20_000;
/// The most columns that are read; lists of people have a dozen.
const COLUMNS: usize = 60;
/// The longest cell, in bytes; more is cut off, and no field takes so much.
const CELL: usize = 2000;
/// The most text in one table, in bytes.
const TEXT: usize = 48 * 1024 * 1024;
/// In how many rows from the top the headings are looked for, below titles and dates.
const HEAD: usize = 20;
/// In how many sheets a list is looked for.
const SHEETS: usize = 12;

/// Why a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing in it.
    Empty,
    /// Neither XLSX nor text.
    NoList,
    /// A workbook of before 2007, or one with a password.
    OldExcel,
    /// Text in another encoding than UTF-8: windows-1258, TCVN3, UTF-16.
    Encoding,
    /// More than [`ROWS`] rows.
    TooManyRows,
    /// It would unpack to more than any list.
    TooLarge,
    /// An XLSX whose inside cannot be read.
    Damaged,
    /// Text in which the quotation mark on this line, from 1 on, seems to swallow the rows after it.
    Quote(u32),
}

impl Refusal {
    /// The key of its words.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Empty => "imports.refused_empty",
            Self::NoList => "imports.refused_no_list",
            Self::OldExcel => "imports.refused_old_excel",
            Self::Encoding => "imports.refused_encoding",
            Self::TooManyRows => "imports.refused_rows",
            Self::TooLarge => "imports.refused_large",
            Self::Damaged => "imports.refused_damaged",
            Self::Quote(_) => "imports.refused_quote",
        }
    }

    /// The line that its words name, if they name one.
    pub const fn line(self) -> Option<u32> {
        match self {
            Self::Quote(line) => Some(line),
            _ => None,
        }
    }
}

/// One sheet of a file.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// The names of all sheets; one without a name for text.
    pub names: Vec<String>,
    /// Which of them this is.
    pub at: usize,
    /// The rows that are not blank.
    pub rows: Vec<Line>,
    /// Whether its days are counted from 1904 on.
    pub since_1904: bool,
}

/// One row of a sheet.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Its number, as the spreadsheet shows it, from 1 on; of text the line.
    pub number: u32,
    /// Its cells.
    pub cells: Vec<Value>,
}

impl Sheet {
    /// Where the headings stand among the rows: where most columns are known, the first of such.
    pub fn head(&self) -> usize {
        let known = |line: &Line| guess(&self.texts(line)).iter().flatten().count();
        let rows = self.rows.iter().take(HEAD).enumerate();
        let best = rows.max_by_key(|(at, line)| (known(line), HEAD - at));
        best.filter(|(_, line)| known(line) >= 2)
            .map_or(0, |(at, _)| at)
    }

    /// A row's cells as people read them.
    pub fn texts(&self, line: &Line) -> Vec<String> {
        let cells = line.cells.iter();
        cells.map(|cell| cell.written(self.since_1904)).collect()
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.rows
            .iter()
            .map(|line| line.cells.len())
            .max()
            .unwrap_or(0)
    }

    /// Whether it looks like a list of people: names, and something to tell them apart.
    fn promising(&self) -> bool {
        let head = self.rows.get(self.head());
        let known = head
            .map(|line| guess(&self.texts(line)))
            .unwrap_or_default();
        known.contains(&Some(Field::Name)) && known.iter().flatten().count() >= 2
    }
}

/// Reads a sheet; without a wish the first that looks like a list of people.
///
/// # Errors
///
/// When the file is none that can be read, or too much.
pub fn read(bytes: &[u8], wanted: Option<usize>) -> Result<Sheet, Refusal> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::Empty);
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Refusal::OldExcel);
    }
    let sheet = match bytes.starts_with(b"PK") {
        true => xlsx::read(bytes, wanted)?,
        false => csv::read(bytes)?,
    };
    match sheet.rows.len() {
        0 if sheet.names.len() < 2 => Err(Refusal::Empty),
        rows if rows > ROWS + HEAD => Err(Refusal::TooManyRows),
        _ => Ok(sheet),
    }
}

/// As much of a cell as is kept.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(CELL)]
}

/// What has been read so far, within bounds.
#[derive(Default)]
struct Gathered {
    rows: Vec<Line>,
    text: usize,
}

impl Gathered {
    /// A cell more; rows come in order. `row` counts from 1, `column` from 0.
    fn put(&mut self, row: u32, column: usize, value: Value) -> Result<(), Refusal> {
        if column >= COLUMNS || value.is_blank() {
            return Ok(());
        }
        let value = match value {
            Value::Text(mut text) => {
                text.truncate(cut(&text).len());
                Value::Text(text)
            }
            other => other,
        };
        self.text += match &value {
            Value::Text(text) => text.len(),
            _ => size_of::<Value>(),
        };
        if self.text > TEXT {
            return Err(Refusal::TooLarge);
        }
        let at = match self.rows.binary_search_by_key(&row, |line| line.number) {
            Ok(at) => at,
            Err(at) => {
                let cells = Vec::new();
                self.rows.insert(at, Line { number: row, cells });
                at
            }
        };
        if self.rows.len() > ROWS + HEAD {
            return Err(Refusal::TooManyRows);
        }
        let cells = &mut self.rows[at].cells;
        if cells.len() <= column {
            cells.resize(column + 1, Value::Empty);
        }
        cells[column] = value;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
