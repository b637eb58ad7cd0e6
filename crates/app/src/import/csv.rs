//! Text with separators: UTF-8, with or without a byte-order mark.

use super::{Gathered, Refusal, Sheet, quotes};
use domain::import::Value;

/// What columns are parted by, the likeliest first where two are as frequent.
const SEPARATORS: [u8; 3] = [b'\t', b';', b','];

pub(super) fn read(bytes: &[u8]) -> Result<Sheet, Refusal> {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let Ok(text) = std::str::from_utf8(text) else {
        // Bytes that no text of any encoding holds.
        let binary = !wide && bytes.contains(&0);
        return Err(if binary {
            Refusal::NoList
        } else {
            Refusal::Encoding
        });
    };
    if text.contains('\0') {
        return Err(Refusal::NoList);
    }
    // Lines ended as on Windows, or as on Macintoshes, where the reader would count one line in all.
    let text = &text.replace("\r\n", "\n").replace('\r', "\n");
    // Excel's own way to say it.
    let said = text.get(..5).filter(|start| start.starts_with("sep="));
    let (separator, text) = match said {
        Some(start) => (
            start.as_bytes()[4],
            text.split_once('\n').map_or("", |(_, rest)| rest),
        ),
        None => (separator(text), text.as_str()),
    };
    let before = u32::from(said.is_some());
    if let Some(line) = quotes::astray(text, separator) {
        return Err(Refusal::Quote(line + before));
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut gathered = Gathered::default();
    let mut last = 0;
    for record in reader.records() {
        let record = record.map_err(|_| Refusal::NoList)?;
        // Two records never share a row, whatever the reader says of their lines.
        let row = (line_of(text, record.position()) + before).max(last + 1);
        last = row;
        for (column, cell) in record.iter().enumerate() {
            // As our own files write what begins like a formula.
            let cell = cell
                .strip_prefix('\'')
                .filter(|rest| rest.starts_with(['=', '+', '-', '@']))
                .unwrap_or(cell);
            gathered.put(row, column, Value::Text(cell.to_owned()))?;
        }
    }
    Ok(Sheet {
        names: vec![String::new()],
        at: 0,
        rows: gathered.rows,
        since_1904: false,
    })
}

/// The line on which a record begins, from 1 on: the reader's place is before the blank lines that it skips.
fn line_of(text: &str, at: Option<&csv::Position>) -> u32 {
    let (line, byte) = at.map_or((1, 0), |at| (at.line(), at.byte()));
    let rest = text.as_bytes().get(byte as usize..).unwrap_or_default();
    let skipped = rest.iter().take_while(|byte| **byte == b'\n').count() as u64;
    u32::try_from(line + skipped).unwrap_or(u32::MAX)
}

/// The separator that is most frequent at the beginning, outside quotes.
fn separator(text: &str) -> u8 {
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut quoted = false;
    for byte in text.bytes().take(16 * 1024) {
        quoted ^= byte == b'"';
        if let Some(at) = SEPARATORS.iter().position(|one| *one == byte)
            && !quoted
        {
            counts[at] += 1;
        }
    }
    let most = (0..SEPARATORS.len()).rev().max_by_key(|at| counts[*at]);
    most.map_or(b',', |at| SEPARATORS[at])
}
