//! Tables as files: XLSX and CSV. The one place that knows how a cell must be written so that no
//! spreadsheet takes a name for a formula.

use domain::time::{Timestamp, Zone};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, XlsxError};
use sha2::{Digest, Sha256};

/// One cell, with its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Words, whatever they look like.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A time and its day, local.
    Time(Timestamp),
    /// Nothing.
    Empty,
}

/// A table to hand over.
#[derive(Clone, Debug)]
pub struct Table {
    /// The name of the sheet.
    pub title: String,
    /// What stands above each column.
    pub columns: Vec<String>,
    /// The lines.
    pub rows: Vec<Vec<Cell>>,
    /// The zone in which times are written.
    pub zone: Zone,
}

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Excel.
    Xlsx,
    /// Comma-separated, UTF-8 with a byte-order mark.
    Csv,
}

/// A file that was made of a table, with what a receiver compares.
#[derive(Clone, Debug)]
pub struct File {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many lines it holds, without the head.
    pub count: usize,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
}

impl FileKind {
    /// The kind whose names have that ending.
    pub fn parse(extension: &str) -> Option<Self> {
        let mut all = [Self::Xlsx, Self::Csv].into_iter();
        all.find(|kind| kind.extension() == extension)
    }

    /// The ending of its name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
        }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

impl Table {
    /// Writes the table as a file.
    ///
    /// # Errors
    ///
    /// When the table has more lines than a sheet can hold.
    pub fn file(&self, kind: FileKind) -> Result<File, XlsxError> {
        let bytes = match kind {
            FileKind::Xlsx => self.xlsx()?,
            FileKind::Csv => self.csv(),
        };
        let digest = Sha256::digest(&bytes);
        Ok(File {
            sha256: data_encoding::HEXLOWER.encode(&digest),
            count: self.rows.len(),
            bytes,
        })
    }

    fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let (bold, moment) = (
            Format::new().set_bold(),
            Format::new().set_num_format("dd/mm/yyyy hh:mm:ss"),
        );
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.set_name(sheet_name(&self.title))?;
        sheet.set_freeze_panes(1, 0)?;
        for (x, name) in self.columns.iter().enumerate() {
            sheet.write_string_with_format(0, x as u16, name, &bold)?;
            sheet.set_column_width(x as u16, 18)?;
        }
        for (y, row) in self.rows.iter().enumerate() {
            for (x, cell) in row.iter().enumerate() {
                let (y, x) = (y as u32 + 1, x as u16);
                match cell {
                    Cell::Text(text) => sheet.write_string(y, x, text)?,
                    Cell::Number(n) => sheet.write_number(y, x, *n as f64)?,
                    Cell::Time(at) => {
                        let c = self.zone.civil(*at);
                        let date = ExcelDateTime::from_ymd(
                            c.year() as u16,
                            c.month() as u8,
                            c.day() as u8,
                        )?
                        .and_hms(
                            c.hour() as u16,
                            c.minute() as u8,
                            f64::from(c.second()),
                        )?;
                        sheet.write_datetime_with_format(y, x, &date, &moment)?
                    }
                    Cell::Empty => continue,
                };
            }
        }
        book.save_to_buffer()
    }

    fn csv(&self) -> Vec<u8> {
        let mut out = Vec::from("\u{feff}");
        let mut writer = csv::Writer::from_writer(&mut out);
        // Writing to memory does not fail.
        let _ = writer.write_record(self.columns.iter().map(|name| harmless(name)));
        for row in &self.rows {
            let cells = row.iter().map(|cell| match cell {
                Cell::Text(text) => harmless(text),
                Cell::Number(n) => n.to_string(),
                Cell::Time(at) => self
                    .zone
                    .civil(*at)
                    .strftime("%d/%m/%Y %H:%M:%S")
                    .to_string(),
                Cell::Empty => String::new(),
            });
            let _ = writer.write_record(cells);
        }
        let _ = writer.flush();
        drop(writer);
        out
    }
}

/// Text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// At most 31 characters, none of those that a sheet's name may not have.
fn sheet_name(title: &str) -> String {
    let name: String = title
        .chars()
        .filter(|c| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\''))
        .take(31)
        .collect();
    if name.trim().is_empty() {
        "vaora".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(texts: &[&str]) -> Table {
        Table {
            title: "Lượt vào/ra [thử]: một tên quá dài cho một trang".to_owned(),
            columns: vec!["Tên".to_owned(), "Năm".to_owned(), "Lúc".to_owned()],
            rows: texts
                .iter()
                .map(|text| {
                    let at = Timestamp::from_millis(1_795_221_736_000);
                    vec![
                        Cell::Text((*text).to_owned()),
                        Cell::Number(1987),
                        Cell::Time(at),
                    ]
                })
                .collect(),
            zone: Zone::VIETNAM,
        }
    }

    #[test]
    fn no_text_is_a_formula_in_csv() {
        let nasty = ["=1+1", "+84", "-1", "@SUM(A1)", "\tx", "\rx", "\nx"];
        let file = table(&nasty).file(FileKind::Csv).expect("a file");
        let text = String::from_utf8(file.bytes).expect("UTF-8");
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let cells: Vec<String> = reader
            .records()
            .map(|row| row.expect("a row")[0].to_owned())
            .collect();
        assert_eq!(cells, nasty.map(|text| format!("'{text}")));
        assert_eq!((file.count, file.sha256.len()), (7, 64));
    }

    #[test]
    fn quotes_and_commas_stay_in_their_cell() {
        let nasty = ["a,b\"c\"", "Nguyễn\nVăn Thử", "'đã có dấu"];
        let file = table(&nasty).file(FileKind::Csv).expect("a file");
        let mut reader = csv::Reader::from_reader(&file.bytes[3..]);
        let cells: Vec<String> = reader
            .records()
            .map(|row| row.expect("a row")[0].to_owned())
            .collect();
        assert_eq!(cells, nasty);
    }

    #[test]
    fn a_workbook_holds_strings_and_no_formula() {
        let file = table(&["=1+1", "@x"]).file(FileKind::Xlsx).expect("a file");
        assert!(file.bytes.starts_with(b"PK"));
        assert!(!file.bytes.windows(3).any(|part| part == b"<f>"));
    }
}
