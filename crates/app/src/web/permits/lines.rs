//! What a line of a list says: the number of a card, a phone, or the number of an identity paper. From a sheet the first
//! cell of a row that is one of these counts.

use crate::import::{self, Refusal};
use crate::web::office_cards::card_id;
use domain::citizen;
use domain::holder::line;
use domain::phone::Phone;
use store::permit_requests::Worker;
use store::permits::PermitFor;

/// The most lines of one list.
pub(super) const MOST: usize = 2000;
/// The longest line that is shown again, in characters.
const LONGEST: usize = 120;

/// Reads a line.
pub(super) fn read(text: &str) -> Option<PermitFor> {
    if let Some(card) = card_id(text) {
        return Some(PermitFor::Card(card));
    }
    if let Some(phone) = Phone::parse(text) {
        return Some(PermitFor::Phone(phone));
    }
    citizen::id_number(text).map(PermitFor::Number)
}

/// The lines of a text, without the empty ones.
pub(super) fn of_text(text: &str) -> Vec<String> {
    let lines = text.lines().map(line);
    lines.filter(|line| !line.is_empty()).map(cut).collect()
}

/// The lines of a file: of each row the first cell that names somebody, or all of it where none does. Rows above the first
/// figure are headings.
pub(super) fn of_file(bytes: &[u8]) -> Result<Vec<String>, Refusal> {
    let sheet = import::read(bytes, None)?;
    let rows = sheet.rows.iter().map(|row| sheet.texts(row));
    let rows = rows.skip_while(|cells| {
        !cells
            .iter()
            .any(|cell| cell.bytes().any(|byte| byte.is_ascii_digit()))
    });
    let named = rows.map(|cells| {
        let cell = cells.iter().find(|cell| read(cell).is_some());
        line(&cell.map_or_else(|| cells.join(" "), Clone::clone))
    });
    Ok(named.filter(|line| !line.is_empty()).map(cut).collect())
}

/// The workers that a text and a file name: of each line or row the first cell that is a number, and the others with
/// letters as the name.
pub(super) fn workers(text: &str, file: &[u8]) -> Result<Vec<Worker>, Refusal> {
    let lines = text.lines().map(line).filter(|line| !line.is_empty());
    let mut all: Vec<Worker> = lines
        .map(|line| worker(line.split([',', ';', '\t']).map(str::to_owned).collect()))
        .collect();
    if !file.is_empty() {
        let sheet = import::read(file, None)?;
        let rows = sheet.rows.iter().map(|row| sheet.texts(row));
        let figure = |cell: &String| cell.bytes().any(|byte| byte.is_ascii_digit());
        let rows = rows.skip_while(|cells| !cells.iter().any(figure));
        let rows = rows.filter(|cells| cells.iter().any(|cell| !cell.trim().is_empty()));
        all.extend(rows.map(worker));
    }
    Ok(all)
}

fn worker(mut cells: Vec<String>) -> Worker {
    // Number and name may stand in one cell: letters part them.
    if let [only] = cells.as_slice()
        && read(only).is_none()
        && let Some(at) = only.find(char::is_alphabetic)
    {
        cells = match only.split_at(at) {
            (before, name) if !before.trim().is_empty() => vec![before.into(), name.into()],
            _ => {
                let at = only
                    .find(|c: char| c.is_ascii_digit())
                    .unwrap_or(only.len());
                let (name, number) = only.split_at(at);
                vec![name.into(), number.into()]
            }
        };
    }
    let at = cells.iter().position(|cell| read(cell).is_some());
    let number = at.map_or_else(String::new, |at| cells.remove(at));
    // What has no letter is a row's number or a day.
    cells.retain(|cell| cell.chars().any(char::is_alphabetic));
    Worker {
        number: cut(line(&number)),
        name: cut(line(&cells.join(" "))),
    }
}

fn cut(text: String) -> String {
    // A scanned code is longer than any number, and is read before it is cut: its card's number stands for it.
    match card_id(&text) {
        Some(card) => card.serial(),
        None => text.chars().take(LONGEST).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_card_a_phone_or_a_number() {
        let card = read("0011-2233 4455 6677 8899");
        assert!(matches!(card, Some(PermitFor::Card(_))), "{card:?}");
        let phone = read("0905 000 417");
        assert!(matches!(phone, Some(PermitFor::Phone(_))), "{phone:?}");
        assert_eq!(
            read("046 087 004 417"),
            Some(PermitFor::Number("046087004417".to_owned()))
        );
        let passport = read("C 12345");
        assert!(
            matches!(passport, Some(PermitFor::Number(_))),
            "{passport:?}"
        );
        for none in ["", "Nguyễn Văn Thử", "12345", "phường"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_worker_is_a_number_and_a_name_in_either_order() {
        let file = "STT,Họ tên,Điện thoại\n1,Nguyễn Văn Thử,0905000417\n";
        let text = "0905 000 418 Lê Thị Thử\nTrần Thị Mẫu; 046 087 004 417\n\nPhạm Văn Thử 0905000420\nkhông có số";
        let found = workers(text, file.as_bytes()).expect("lists");
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.number.as_str(), one.name.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("0905 000 418", "Lê Thị Thử"),
                ("046 087 004 417", "Trần Thị Mẫu"),
                ("0905000420", "Phạm Văn Thử"),
                ("", "không có số"),
                ("0905000417", "Nguyễn Văn Thử"),
            ]
        );
    }

    #[test]
    fn headings_are_no_lines_and_the_cell_that_names_somebody_counts() {
        let file = "STT,Họ tên,Điện thoại\n1,Nguyễn Văn Thử,0905000417\n2,Trần Thị Thử,\n";
        let lines = of_file(file.as_bytes()).expect("a list");
        assert_eq!(lines, ["0905000417", "2 Trần Thị Thử"]);
        assert!(of_file(b" \n").is_err());
    }
}
