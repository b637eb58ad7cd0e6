//! Workbooks: unpacked within bounds first, then read cell by cell.
//!
//! A table is never made as large as a sheet says it is: two cells at its far corners would be seventeen thousand million.

use super::{Gathered, Refusal, SHEETS, Sheet};
use calamine::{Data, DataRef, Reader as _, Xlsx};
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
        let unpacked = copy(&mut file.take(left + 1), &mut sink()).map_err(|_| Refusal::Damaged)?;
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

fn sheet(book: &mut Book<'_>, names: &[String], at: usize) -> Result<Sheet, Refusal> {
    let since_1904 = book.has_1904_epoch();
    let name = &names[at];
    let merged = book.merge_cells_by_sheet_name(name).unwrap_or_default();
    let mut gathered = Gathered::default();
    // A sheet of charts has no cells.
    if let Ok(mut cells) = book.worksheet_cells_reader(name) {
        while let Some(cell) = cells.next_cell().map_err(|_| Refusal::Damaged)? {
            let (row, column) = cell.get_position();
            let value = value(cell.get_value());
            gathered.put(row.saturating_add(1), column as usize, value)?;
        }
    }
    // What stands once for a household stands for each of it.
    for area in merged {
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
    match Data::from(cell.clone()) {
        Data::Int(number) => Value::Number(number as f64),
        Data::Float(number) => Value::Number(number),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Value::Text(text),
        Data::Bool(yes) => Value::Text(yes.to_string()),
        Data::DateTime(day) => Value::Serial(day.as_f64()),
        Data::Error(error) => Value::Text(error.to_string()),
        Data::Empty => Value::Empty,
    }
}
