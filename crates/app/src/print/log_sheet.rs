//! The sheet that a gate writes on while it has neither network nor device: 25 lines on A4, lying.

use super::LogSheet;
use super::canvas::{Canvas, Ink};
use super::face::Face::{Bold, ExtraBold, Figures, Regular};
use super::face::clean;
use super::layout::Area;

/// Lines to write on.
pub(super) const LINES: usize = 25;
/// Height of a line: what a hand needs.
pub(super) const LINE: f32 = 6.5;
/// Where the table begins, and how high its head is.
const TOP: f32 = 33.0;
const HEAD: f32 = 7.0;
const LEFT: f32 = 8.0;
const WIDTH: f32 = 281.0;
/// The number of the line, the time, in, out, the name, the phone or card, companions.
const COLUMNS: [f32; 7] = [9.0, 24.0, 14.0, 14.0, 102.0, 92.0, 26.0];
const HEADS: [&str; 7] = [
    "",
    "log_sheet.time",
    "log_sheet.in",
    "log_sheet.out",
    "log_sheet.name",
    "log_sheet.person",
    "log_sheet.companions",
];

/// Title of the document.
pub(super) fn title(sheet: &LogSheet<'_>) -> String {
    format!(
        "{}: {}",
        sheet.language.text("log_sheet.title"),
        gate(sheet)
    )
}

fn gate(sheet: &LogSheet<'_>) -> String {
    format!("{}, {}", clean(sheet.venue), clean(sheet.checkpoint))
}

/// Draws one sheet.
pub(super) fn draw(canvas: &mut Canvas<'_>, sheet: &LogSheet<'_>) {
    head(canvas, sheet);
    table(canvas, sheet);
}

fn head(canvas: &mut Canvas<'_>, sheet: &LogSheet<'_>) {
    let words = |key: &str| sheet.language.text(key);
    let title = Area::new(LEFT, 7.0, 60.0, 9.0, 6.4).leading(1.2);
    canvas.text(&[(ExtraBold, words("log_sheet.title"))], &title, Ink::Black);
    let place = Area::new(LEFT + 62.0, 6.6, 136.0, 13.2, 4.4).leading(1.3);
    let gate = gate(sheet);
    let spans = [
        (Bold, gate.as_str()),
        (Regular, ". "),
        (Regular, sheet.place),
    ];
    canvas.text(&spans, &place, Ink::Black);
    for (key, y) in [("log_sheet.date", 6.6), ("log_sheet.number", 13.8)] {
        let label = Area::new(LEFT + 201.0, y, 24.0, 6.0, 3.6);
        canvas.text(&[(Regular, words(key))], &label, Ink::Black);
        let line = y + 5.6;
        canvas.rule(
            (LEFT + 226.0, line),
            (LEFT + WIDTH, line),
            0.2,
            false,
            Ink::Black,
        );
    }
    let days = sheet.retention_days.to_string();
    let purpose = sheet
        .language
        .fill("log_sheet.purpose", &[("days", days.as_str())]);
    let area = Area::new(LEFT, 21.0, WIDTH, 10.6, 3.3).leading(1.35);
    canvas.text(&[(Regular, &purpose)], &area, Ink::Black);
}

fn table(canvas: &mut Canvas<'_>, sheet: &LogSheet<'_>) {
    let bottom = TOP + HEAD + LINE * LINES as f32;
    let mut x = LEFT;
    for (width, key) in COLUMNS.into_iter().zip(HEADS) {
        canvas.rule((x, TOP), (x, bottom), 0.2, false, Ink::Black);
        if !key.is_empty() {
            let area = Area::new(x + 0.8, TOP, width - 1.6, HEAD, 3.3)
                .leading(1.1)
                .centred();
            canvas.text(&[(Bold, sheet.language.text(key))], &area, Ink::Black);
        }
        x += width;
    }
    canvas.rule((x, TOP), (x, bottom), 0.2, false, Ink::Black);
    canvas.rule((LEFT, TOP), (x, TOP), 0.2, false, Ink::Black);
    for n in 0..=LINES {
        let y = TOP + HEAD + LINE * n as f32;
        let strong = if n == 0 || n == LINES { 0.4 } else { 0.2 };
        canvas.rule((LEFT, y), (x, y), strong, false, Ink::Black);
        if n < LINES {
            line(canvas, n, y);
        }
    }
}

/// What stands in a line before somebody writes in it: its number, the colon of the time, and the boxes to tick.
fn line(canvas: &mut Canvas<'_>, n: usize, y: f32) {
    let number = Area::new(LEFT, y, COLUMNS[0], LINE, 3.2)
        .leading(1.0)
        .centred();
    canvas.text(&[(Figures, &(n + 1).to_string())], &number, Ink::Soft);
    let colon = Area::new(LEFT + COLUMNS[0], y, COLUMNS[1], LINE, 4.0)
        .leading(1.0)
        .centred();
    canvas.text(&[(Bold, ":")], &colon, Ink::Soft);
    let mut x = LEFT + COLUMNS[0] + COLUMNS[1];
    for width in [COLUMNS[2], COLUMNS[3]] {
        let (left, top) = (x + width / 2.0 - 2.0, y + LINE / 2.0 - 2.0);
        let (right, bottom) = (left + 4.0, top + 4.0);
        for (from, to) in [
            ((left, top), (right, top)),
            ((right, top), (right, bottom)),
            ((right, bottom), (left, bottom)),
            ((left, bottom), (left, top)),
        ] {
            canvas.rule(from, to, 0.25, false, Ink::Soft);
        }
        x += width;
    }
}
