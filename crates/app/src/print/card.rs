//! The card of a person, CR80: front and back, measured in millimetres from the card's corner.
//!
//! A name is never cut: it takes more lines, then smaller letters. Nothing else is smaller than an office printer keeps
//! legible.

use super::canvas::{Canvas, Door, Ink};
use super::face::Face::{self, Bold, ExtraBold, Figures, Regular};
use super::galley::Galley;
use super::layout::{Area, LEAST, Lines, Paragraph};
use super::words::{around, other, trial as mark};
use super::{PrintError, PrintedCard};
use crate::web::locale::Locale;
use codes::draw::{Level, QUIET, Square};

/// The card's width: ISO/IEC 7810, ID-1.
pub(super) const WIDTH: f32 = 85.6;
/// The card's height.
pub(super) const HEIGHT: f32 = 54.0;
/// How far colours go beyond the edge where the card is cut.
pub(super) const BLEED: f32 = 1.5;
/// Text keeps so far from the edge.
const SAFE: f32 = 3.5;
/// The square with its quiet zone, and how far it is from the edges.
const SQUARE: f32 = 50.0;
const EDGE: f32 = 2.0;
/// The band, and the column of words under it.
const BAND: (f32, f32) = (33.6, 13.5);
const COLUMN: f32 = 29.6;
const TOP: f32 = 14.4;
const BOTTOM: f32 = HEIGHT - SAFE;
/// Sizes of a name, while it takes three lines at most.
const NAME: [f32; 3] = [4.2, 3.6, 3.2];
/// A label and the value under it.
const LABEL: f32 = 2.5;
const VALUE: f32 = 3.0;
/// The strip VÀO / RA.
const STRIP: f32 = 17.0;

/// Draws the front; `bleed` says how far colours go beyond the edge.
pub(super) fn front(
    canvas: &mut Canvas<'_>,
    galley: &mut Galley,
    card: &PrintedCard<'_>,
    bleed: f32,
) -> Result<(), PrintError> {
    let square = Square::encode(card.code, Level::Quartile)
        .map_err(|_| PrintError::SquareTooLong(card.code.len()))?;
    if card.trial {
        let area = Area::new(SAFE, 35.0, COLUMN, 14.0, 12.0)
            .leading(1.1)
            .centred();
        galley.text(canvas, &[(ExtraBold, mark())], &area, Ink::Ghost);
    }
    canvas.panel(
        -bleed,
        -bleed,
        BAND.0 + bleed,
        BAND.1 + bleed,
        1.5,
        Ink::Brand,
    );
    // The longest word of the title fits in the band.
    let size = match card.language {
        Locale::Vi => 3.2,
        Locale::En => 2.5,
    };
    let title = Area::new(SAFE, 1.4, 27.6, 10.4, size).leading(1.5);
    let words = card.language.text("sheet.title");
    galley.text(canvas, &[(ExtraBold, words)], &title, Ink::White);
    bearer(canvas, galley, card);
    let module = SQUARE / (square.size() + 2 * usize::from(QUIET)) as f32;
    let quiet = module * f32::from(QUIET);
    let (x, y) = (WIDTH - EDGE - SQUARE + quiet, EDGE + quiet);
    canvas.square(&square, x, y, SQUARE - 2.0 * quiet);
    Ok(())
}

/// The name, and the particulars at the foot of the column; an absent one leaves no gap.
fn bearer(canvas: &mut Canvas<'_>, galley: &mut Galley, card: &PrintedCard<'_>) {
    let word = |key| card.language.text(key);
    let place = |y: f32| Area::new(SAFE, y, COLUMN, 5.2, 2.5).leading(1.25).top();
    let issuer = card.issued_by.map(|issuer| [(Bold, issuer)]);
    let place_height = issuer.map_or(0.0, |issuer| LABEL + galley.height(&issuer, &place(0.0)));
    let numbered = card.masked_number.map_or(0.0, |_| LABEL + VALUE);
    let fields = numbered + LABEL + VALUE + place_height;
    let name = Paragraph::new(&[(ExtraBold, &card.name.to_uppercase())]);
    let room = BOTTOM - TOP - fields;
    let lines = fit_name(&name, room);
    let area = Area::new(SAFE, TOP, COLUMN, room, lines.size).top();
    canvas.lines(&name, &lines, &area, Ink::Black);
    let rows = 1.0 + f32::from(u8::from(numbered > 0.0)) + f32::from(u8::from(place_height > 0.0));
    let gap = ((room - lines.height()) / rows).clamp(0.0, 1.6);
    let mut y = TOP + lines.height() + gap;
    if let Some(number) = card.masked_number {
        label(canvas, galley, (SAFE, y), word("sheet.id_number"));
        value(canvas, (SAFE, y), number);
        y += LABEL + VALUE + gap;
    }
    let mut x = SAFE;
    if let Some(year) = card.birth_year {
        label(canvas, galley, (x, y), word("sheet.born"));
        value(canvas, (x, y), &year.to_string());
        x += 11.0;
    }
    label(canvas, galley, (x, y), word("sheet.issued"));
    value(canvas, (x, y), card.issued_on);
    y += LABEL + VALUE + gap;
    if let Some(issuer) = issuer {
        label(canvas, galley, (SAFE, y), word("sheet.issued_by"));
        galley.text(canvas, &issuer, &place(y + LABEL), Ink::Black);
    }
}

/// The largest size at which a name keeps to three lines and breaks no word; a longer one takes the lines and the
/// size that the room leaves.
fn fit_name(name: &Paragraph, room: f32) -> Lines {
    let area = Area::new(SAFE, TOP, COLUMN, room, NAME[0]).leading(1.5);
    for size in NAME {
        let lines = name.at(size, &area);
        let whole = name.breaks_no_word(&lines.lines);
        if whole && lines.lines.len() <= 3 && lines.height() <= room {
            return name.even(lines, &area);
        }
    }
    let (mut size, area) = (NAME[2], area.leading(1.4));
    loop {
        let lines = name.at(size, &area);
        let whole = size <= LEAST || name.breaks_no_word(&lines.lines);
        if whole && lines.height() <= room {
            return lines;
        }
        size *= 0.97;
    }
}

fn label(canvas: &mut Canvas<'_>, galley: &mut Galley, (x, y): (f32, f32), words: &str) {
    let area = Area::new(x, y, COLUMN, LABEL, LEAST).leading(1.3).top();
    galley.text(canvas, &[(Regular, words)], &area, Ink::Soft);
}

fn value(canvas: &mut Canvas<'_>, (x, y): (f32, f32), text: &str) {
    let area = Area::new(x, y + LABEL, COLUMN, VALUE, 2.5)
        .leading(1.2)
        .top();
    canvas.text(&[(Figures, text)], &area, Ink::Black);
}

/// Draws the back; `bleed` says how far colours go beyond the edge.
pub(super) fn back(
    canvas: &mut Canvas<'_>,
    galley: &mut Galley,
    card: &PrintedCard<'_>,
    bleed: f32,
) {
    if card.trial {
        let area = Area::new(20.5, 14.0, 61.6, 26.0, 20.0)
            .leading(1.1)
            .centred();
        galley.text(canvas, &[(ExtraBold, mark())], &area, Ink::Ghost);
    }
    directions(canvas, galley, bleed);
    instructions(canvas, galley, card);
    foot(canvas, galley, card);
}

fn directions(canvas: &mut Canvas<'_>, galley: &mut Galley, bleed: f32) {
    let half = HEIGHT / 2.0;
    canvas.panel(-bleed, -bleed, STRIP + bleed, half + bleed, 0.0, Ink::Brand);
    let line = STRIP - 0.25;
    canvas.rule((line, half), (line, HEIGHT + bleed), 0.5, false, Ink::Brand);
    for (y, door, key, ink) in [
        (0.0, Door::In, "direction.in", Ink::White),
        (half, Door::Out, "direction.out", Ink::Brand),
    ] {
        canvas.door(door, 3.5, y + 4.4, 10.0, ink);
        let area = Area::new(0.0, y + 14.0, STRIP, 8.0, 5.0)
            .leading(1.4)
            .centred();
        galley.text(canvas, &[(ExtraBold, Locale::Vi.text(key))], &area, ink);
    }
}

/// How to use the card, and what to do when it is lost or found.
fn instructions(canvas: &mut Canvas<'_>, galley: &mut Galley, card: &PrintedCard<'_>) {
    let word = |key| card.language.text(key);
    let (x, width) = (STRIP + SAFE, WIDTH - STRIP - 2.0 * SAFE);
    let area = Area::new(x, 3.2, width, 9.3, 3.3).leading(1.4).top();
    let show = [(Bold, word("sheet.show"))];
    let mut y = 3.2 + galley.text(canvas, &show, &area, Ink::Black) + 0.2;
    let second = [(Regular, other(card.language).text("sheet.show"))];
    let area = Area::new(x, y, width, 3.2, 2.3).top();
    y += galley.text(canvas, &second, &area, Ink::Soft) + 0.6;
    let lost = lost(card);
    let found = found(card);
    for spans in [
        &[(Regular, word("sheet.holds_nothing"))][..],
        &[(Regular, word("sheet.no_identity"))],
        &lost,
        &found,
    ] {
        canvas.rule((x, y), (x + width, y), 0.15, false, Ink::Ghost);
        let area = Area::new(x, y + 0.9, width, 5.2, 2.5).leading(1.3).top();
        y += galley.text(canvas, spans, &area, Ink::Black) + 1.7;
    }
}

/// What to do when the card is lost.
pub(super) fn lost<'a>(card: &PrintedCard<'a>) -> Vec<(Face, &'a str)> {
    let word = |key| card.language.text(key);
    let mut spans = vec![(Bold, word("sheet.lost")), (Bold, " ")];
    match card.hotline {
        Some(number) => {
            let [before, after] = around(card.language, "sheet.call");
            spans.extend([(Regular, before), (Figures, number), (Regular, after)]);
        }
        None => spans.push((Regular, word("sheet.call_nobody"))),
    }
    spans
}

/// Where to bring the card when it was found.
pub(super) fn found<'a>(card: &PrintedCard<'a>) -> Vec<(Face, &'a str)> {
    let mut spans = vec![(Bold, card.language.text("sheet.found")), (Bold, " ")];
    match card.return_to {
        Some(commune) => {
            let [before, after] = around(card.language, "sheet.return_to");
            spans.extend([(Regular, before), (Regular, commune), (Regular, after)]);
        }
        None => spans.push((Regular, card.language.text("sheet.return_it"))),
    }
    spans
}

/// The number, the last day, and the batch.
fn foot(canvas: &mut Canvas<'_>, galley: &mut Galley, card: &PrintedCard<'_>) {
    let word = |key| card.language.text(key);
    let (x, width) = (STRIP + SAFE, WIDTH - STRIP - 2.0 * SAFE);
    let area = Area::new(x, 44.3, width, 3.2, 2.5).leading(1.25).top();
    let serial = [
        (Bold, word("sheet.serial")),
        (Bold, " "),
        (Figures, card.serial),
    ];
    canvas.text(&serial, &area, Ink::Black);
    let area = Area::new(x, 47.6, width, 3.0, 2.3).leading(1.25).top();
    let expires = [
        (Regular, word("sheet.expires")),
        (Regular, " "),
        (Figures, card.expires_on),
    ];
    galley.text(canvas, &expires, &area, Ink::Black);
    if let Some(batch) = card.batch {
        let words = word("sheet.batch");
        let spans = [(Regular, words), (Regular, " "), (Figures, batch)];
        canvas.text(&spans, &area.right(), Ink::Soft);
    }
}
