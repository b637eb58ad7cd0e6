//! Quotation marks that were opened and not closed: the rows after one would become part of a cell, unseen.

use std::collections::HashMap;

/// Over how many lines more a quoted cell may go: an address, a remark.
const LINES: u32 = 4;

/// A record of the text, as it is walked.
#[derive(Default)]
struct Record {
    /// The line on which its first quoted cell over several lines began.
    quoted: Option<u32>,
    /// The separators in it, those in quoted cells included.
    separators: usize,
    /// How many of them part cells.
    parting: usize,
}

/// The line, from 1 on, of a quotation mark that seems to swallow rows: one that is never closed, or only many lines on,
/// or over the end of a line into the midst of a cell, or in a record that holds the separators of two.
pub(super) fn astray(text: &str, separator: u8) -> Option<u32> {
    let mut bytes = text.bytes().peekable();
    let (mut line, mut record, mut records) = (1, Record::default(), Vec::new());
    // Whether a cell begins here; the line on which the quoted cell began in which we are.
    let (mut begins, mut inside) = (true, None);
    while let Some(byte) = bytes.next() {
        record.separators += usize::from(byte == separator);
        match (byte, inside) {
            (b'"', Some(_)) if bytes.peek() == Some(&b'"') => {
                bytes.next();
            }
            (b'"', Some(from)) => {
                let ends = bytes
                    .peek()
                    .is_none_or(|next| *next == separator || *next == b'\n');
                if from < line && !ends {
                    return Some(from);
                }
                if from < line {
                    record.quoted.get_or_insert(from);
                }
                inside = None;
            }
            (b'\n', Some(from)) if line - from >= LINES => return Some(from),
            (b'"', None) if begins => inside = Some(line),
            (b'\n', None) => records.push(std::mem::take(&mut record)),
            _ => {}
        }
        record.parting += usize::from(byte == separator && inside.is_none());
        begins = inside.is_none() && (byte == separator || byte == b'\n');
        line += u32::from(byte == b'\n');
    }
    records.push(record);
    inside.or_else(|| double(&records))
}

/// The first record with a cell over several lines that holds as many separators as two usual ones.
fn double(records: &[Record]) -> Option<u32> {
    let mut widths: HashMap<usize, usize> = HashMap::new();
    for record in records.iter().filter(|record| record.parting > 0) {
        *widths.entry(record.parting).or_default() += 1;
    }
    let usual = widths
        .into_iter()
        .max_by_key(|(width, count)| (*count, *width));
    let (usual, _) = usual?;
    // With fewer columns a remark may well hold as many.
    let two = |record: &&Record| usual > 1 && record.separators >= 2 * usual;
    let quoted = records.iter().filter(|record| record.quoted.is_some());
    quoted.filter(two).find_map(|record| record.quoted)
}
