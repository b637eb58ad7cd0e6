//! A person's own sheet: the disease-control card on plain A4 paper.
//!
//! Folded twice along the dashed lines it fits a pocket, with the square whole on one side.

use super::canvas::{Canvas, Door, Ink};
use super::face::Face::{self, Bold, ExtraBold, Figures, Medium, Regular};
use super::layout::Area;
use super::words::{other, trial as mark};
use super::{PrintError, PrintedCard, card};
use crate::web::locale::Locale;
use codes::draw::{Level, Square};

/// Left edge of the column of words.
const LEFT: f32 = 12.0;
/// Width of the column of words beside the square.
const COLUMN: f32 = 88.0;

/// Title of the document; it names nobody, since titles show in windows and print queues.
pub(super) fn title(sheet: &PrintedCard<'_>) -> String {
    sheet.language.text("sheet.title").to_owned()
}

/// Draws the sheet.
pub(super) fn draw(canvas: &mut Canvas<'_>, sheet: &PrintedCard<'_>) -> Result<(), PrintError> {
    let square = Square::encode(sheet.code, Level::Quartile)
        .map_err(|_| PrintError::SquareTooLong(sheet.code.len()))?;
    if sheet.trial {
        trial(canvas);
    }
    band(canvas, sheet);
    bearer(canvas, sheet);
    // A square of the smallest version has modules of 2.9 mm: 12 mm on each side stay empty.
    canvas.square(&square, 127.5, 46.0, 60.0);
    serial(canvas, sheet);
    folds(canvas, sheet);
    directions(canvas);
    instructions(canvas, sheet);
    Ok(())
}

/// The mark of a trial, in the empty places of each quarter.
fn trial(canvas: &mut Canvas<'_>) {
    for y in [128.0, 273.0] {
        for x in [LEFT, 114.0] {
            let area = Area::new(x, y, COLUMN, 16.0, 14.4).leading(1.1).centred();
            canvas.text(&[(ExtraBold, mark())], &area, Ink::Ghost);
        }
    }
}

fn band(canvas: &mut Canvas<'_>, sheet: &PrintedCard<'_>) {
    let (first, second) = (sheet.language, other(sheet.language));
    canvas.panel(10.0, 10.0, 190.0, 21.0, 3.0, Ink::Brand);
    let large = Area::new(16.0, 11.4, 178.0, 12.0, 7.4).leading(1.5);
    canvas.text(
        &[(ExtraBold, first.text("sheet.title"))],
        &large,
        Ink::White,
    );
    let small = Area::new(16.0, 22.4, 178.0, 6.4, 3.7).leading(1.5);
    canvas.text(
        &[(Medium, second.text("sheet.subtitle"))],
        &small,
        Ink::White,
    );
}

/// Name and particulars, one under the other; an absent one leaves no gap.
fn bearer(canvas: &mut Canvas<'_>, sheet: &PrintedCard<'_>) {
    let word = |key| sheet.language.text(key);
    let name = sheet.name.to_uppercase();
    let area = Area::new(LEFT, 36.0, COLUMN, 38.0, 8.4).leading(1.5).top();
    let mut y = 36.0 + canvas.text(&[(ExtraBold, &name)], &area, Ink::Black) + 2.0;
    if let Some(number) = sheet.masked_number {
        y = field(
            canvas,
            (LEFT, y, COLUMN),
            word("sheet.id_number"),
            (Figures, number),
        );
    }
    let half = COLUMN / 2.0;
    let below = y;
    let mut x = LEFT;
    if let Some(year) = sheet.birth_year {
        y = field(
            canvas,
            (x, below, half),
            word("sheet.born"),
            (Figures, &year.to_string()),
        );
        x += half;
    }
    y = y.max(field(
        canvas,
        (x, below, half),
        word("sheet.issued"),
        (Figures, sheet.issued_on),
    ));
    let place = (LEFT, y, COLUMN);
    if let Some(issuer) = sheet.issued_by {
        y = field(canvas, place, word("sheet.issued_by"), (Bold, issuer));
    }
    field(
        canvas,
        (LEFT, y, COLUMN),
        word("sheet.expires"),
        (Figures, sheet.expires_on),
    );
}

/// A label with its value below; returns where the next one starts.
fn field(
    canvas: &mut Canvas<'_>,
    (x, y, width): (f32, f32, f32),
    label: &str,
    value: (Face, &str),
) -> f32 {
    canvas.text(
        &[(Regular, label)],
        &Area::new(x, y, width, 5.0, 3.5).top(),
        Ink::Soft,
    );
    let area = Area::new(x, y + 5.0, width, 9.6, 5.0).top();
    y + 7.2 + canvas.text(&[value], &area, Ink::Black).max(6.75)
}

fn serial(canvas: &mut Canvas<'_>, sheet: &PrintedCard<'_>) {
    let label = sheet.language.text("sheet.serial");
    let area = Area::new(114.0, 119.0, 87.0, 8.0, 5.0).centred();
    let spans = [(Regular, label), (Regular, " "), (Figures, sheet.serial)];
    canvas.text(&spans, &area, Ink::Black);
}

fn folds(canvas: &mut Canvas<'_>, sheet: &PrintedCard<'_>) {
    canvas.rule((0.0, 148.5), (210.0, 148.5), 0.2, true, Ink::Soft);
    canvas.rule((105.0, 31.0), (105.0, 148.5), 0.2, true, Ink::Soft);
    let area = Area::new(12.0, 144.0, 60.0, 3.6, 2.5);
    canvas.text(
        &[(Regular, sheet.language.text("sheet.fold"))],
        &area,
        Ink::Soft,
    );
}

/// The strip VÀO / RA.
fn directions(canvas: &mut Canvas<'_>) {
    canvas.panel(10.0, 158.0, 34.0, 54.0, 3.0, Ink::Brand);
    canvas.door(Door::In, 17.0, 166.0, 20.0, Ink::White);
    let label = Area::new(10.0, 188.0, 34.0, 15.0, 10.0)
        .leading(1.4)
        .centred();
    canvas.text(
        &[(ExtraBold, Locale::Vi.text("direction.in"))],
        &label,
        Ink::White,
    );
    canvas.frame(10.25, 216.25, 33.5, 53.5, 3.0, Ink::Brand);
    canvas.door(Door::Out, 17.0, 224.0, 20.0, Ink::Brand);
    let label = Area::new(10.0, 246.0, 34.0, 15.0, 10.0)
        .leading(1.4)
        .centred();
    canvas.text(
        &[(ExtraBold, Locale::Vi.text("direction.out"))],
        &label,
        Ink::Brand,
    );
}

/// How to use the card, and what to do when it is lost or found.
fn instructions(canvas: &mut Canvas<'_>, sheet: &PrintedCard<'_>) {
    let word = |key| sheet.language.text(key);
    let second = other(sheet.language).text("sheet.show");
    let (x, width) = (52.0, 148.0);
    let area = Area::new(x, 157.0, width, 20.0, 7.0).top();
    let mut y = 157.0 + canvas.text(&[(Bold, word("sheet.show"))], &area, Ink::Black) + 1.0;
    let area = Area::new(x, y, width, 6.4, 4.6).top();
    y += canvas.text(&[(Regular, second)], &area, Ink::Soft) + 4.0;
    let lost = card::lost(sheet);
    let found = card::found(sheet);
    let plain = |text| vec![(Regular, text)];
    for spans in [
        plain(word("sheet.holds_nothing")),
        plain(word("sheet.no_identity")),
        lost,
        found,
        plain(word("sheet.keep")),
    ] {
        canvas.rule((x, y), (x + width, y), 0.2, false, Ink::Soft);
        let area = Area::new(x, y + 3.6, width, 14.0, 5.2).top();
        y += canvas.text(&spans, &area, Ink::Black) + 7.2;
    }
}
