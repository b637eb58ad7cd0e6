//! Workbooks: unpacked within bounds first, then read cell by cell.
//!
//! A table is never made as large as a sheet says it is: two cells at its far corners would be seventeen thousand million.

use super::{COLUMNS, Gathered, ROWS, Refusal, SHEETS, Sheet, cut};
use calamine::{DataRef, Reader as _, Xlsx};
use domain::import::Value;
use std::io::{Cursor, Read as _, copy, sink};
use zip::ZipArchive;

/// The most files in a workbook.
const FILES: usize = 2000;
/// The most bytes of all its files, unpacked.
const UNPACKED: u64 = 96 * 1024 * 1024;
/// How many times larger than packed a file may be, once it is larger than [`SMALL`]: tables of people pack to a tenth.
const RATIO: u64 = 250;
const SMALL: u64 = 1024 * 1024;
/// The most rows over which one cell is merged: a household.
const MERGED: u32 = 60;
/// The most merged cells that are looked at: a few columns of each household.
const MERGES: usize = 4 * ROWS;
/// The most different texts that a workbook may announce. The reader makes room for as many as are announced, at once.
const ANNOUNCED: u64 = 2_000_000;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

pub(super) fn read(bytes: &[u8], wanted: Option<usize>) -> Result<Sheet, Refusal> {
    bounded(bytes)?;
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| Refusal::Damaged)?;
    let names = book.sheet_names();
    let last = names.len().checked_sub(1).ok_or(Refusal::Empty)?;
    if let Some(wanted) = wanted {
        return sheet(&mut book, &names, wanted.min(last));
    }
    for at in 0..names.len().min(SHEETS) {
        if let Ok(sheet) = sheet(&mut book, &names, at)
            && sheet.promising()
        {
            return Ok(sheet);
        }
    }
    sheet(&mut book, &names, 0)
}

/// Unpacks all of it into nothing: what a file says of its own size is not believed.
fn bounded(bytes: &[u8]) -> Result<(), Refusal> {
    let mut files = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Refusal::Damaged)?;
    if files.len() > FILES {
        return Err(Refusal::TooLarge);
    }
    let mut all = 0;
    let mut workbook = false;
    for at in 0..files.len() {
        let file = files.by_index(at).map_err(|_| Refusal::Damaged)?;
        let name = file.name().map_err(|_| Refusal::Damaged)?;
        workbook |= name.eq_ignore_ascii_case("xl/workbook.xml");
        let packed = file.compressed_size().max(1);
        let left = UNPACKED - all;
        let texts = name.to_ascii_lowercase().ends_with("sharedstrings.xml");
        let mut file = file.take(left + 1);
        let unpacked = match texts {
            true => {
                let mut inside = Vec::new();
                let read = file.read_to_end(&mut inside);
                announced(&inside)?;
                read.map(|read| read as u64)
            }
            false => copy(&mut file, &mut sink()),
        };
        let unpacked = unpacked.map_err(|_| Refusal::Damaged)?;
        if unpacked > left || (unpacked > SMALL && unpacked / packed > RATIO) {
            return Err(Refusal::TooLarge);
        }
        all += unpacked;
    }
    if workbook {
        Ok(())
    } else {
        Err(Refusal::NoList)
    }
}

/// Refuses a workbook that announces more texts than any list holds, wherever in the file that stands.
fn announced(inside: &[u8]) -> Result<(), Refusal> {
    const NAME: &[u8] = b"uniqueCount";
    let blank = |byte: &u8| byte.is_ascii_whitespace() || b"=\"'0".contains(byte);
    let mut rest = inside;
    while let Some(at) = rest.windows(NAME.len()).position(|word| word == NAME) {
        rest = &rest[at + NAME.len()..];
        let value = &rest[rest.iter().take_while(|byte| blank(byte)).count()..];
        let digits = value.iter().take_while(|byte| byte.is_ascii_digit());
        let number = digits.fold(0_u64, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        });
        if number > ANNOUNCED {
            return Err(Refusal::TooLarge);
        }
    }
    Ok(())
}

fn sheet(book: &mut Book<'_>, names: &[String], at: usize) -> Result<Sheet, Refusal> {
    let since_1904 = book.has_1904_epoch();
    let name = &names[at];
    let merged = book.merge_cells_by_sheet_name(name).unwrap_or_default();
    let mut gathered = Gathered::default();
    // A sheet of charts has no cells.
    if let Ok(mut cells) = book.worksheet_cells_reader(name) {
        while let Some(cell) = cells.next_cell().map_err(|_| Refusal::Damaged)? {
            let (row, column) = cell.get_position();
            // One text may be meant by a million cells: none is copied that is not kept.
            if (column as usize) < COLUMNS {
                let value = value(cell.get_value());
                gathered.put(row.saturating_add(1), column as usize, value)?;
            }
        }
    }
    // What stands once for a household stands for each of it.
    for area in merged.into_iter().take(MERGES) {
        let (top, bottom) = (area.start.0.saturating_add(1), area.end.0.saturating_add(1));
        if area.start.1 != area.end.1 || bottom.saturating_sub(top) >= MERGED {
            continue;
        }
        let column = area.start.1 as usize;
        let found = gathered.rows.binary_search_by_key(&top, |line| line.number);
        let value = found
            .ok()
            .and_then(|at| gathered.rows[at].cells.get(column).cloned());
        let Some(value) = value.filter(|value| !value.is_blank()) else {
            continue;
        };
        for row in top + 1..=bottom {
            // A row in which nothing else stands is none.
            if gathered
                .rows
                .binary_search_by_key(&row, |line| line.number)
                .is_ok()
            {
                gathered.put(row, column, value.clone())?;
            }
        }
    }
    Ok(Sheet {
        names: names.to_vec(),
        at,
        rows: gathered.rows,
        since_1904,
    })
}

fn value(cell: &DataRef<'_>) -> Value {
    match cell {
        DataRef::Int(number) => Value::Number(*number as f64),
        DataRef::Float(number) => Value::Number(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Value::Text(cut(text).to_owned())
        }
        DataRef::SharedString(text) => Value::Text(cut(text).to_owned()),
        DataRef::Bool(yes) => Value::Text(yes.to_string()),
        DataRef::DateTime(day) => Value::Serial(day.as_f64()),
        DataRef::Error(error) => Value::Text(error.to_string()),
        DataRef::Empty => Value::Empty,
    }
}
