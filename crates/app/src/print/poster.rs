//! The poster of a checkpoint.

use super::canvas::{Canvas, Door, Ink};
use super::face::Face::{Bold, ExtraBold, Figures, Medium, Regular};
use super::face::clean;
use super::layout::{Area, LEAST, Lines, Paragraph};
use super::words::{around, other, trial as mark};
use super::{Poster, PrintError};
use crate::web::locale::Locale;
use codes::draw::{Level, Square};

/// Letters above which a place's name is set smaller.
const LONG_NAME: usize = 26;

/// The smallest square: its module sets the quiet zone, for which 18.2 mm are kept.
const LEAST_VERSION: u8 = 4;

/// Title of the document.
pub(super) fn title(poster: &Poster<'_>, pages: usize) -> String {
    let title = poster.language.text("poster.title");
    if pages > 1 {
        title.to_owned()
    } else {
        format!("{title}: {}", place(poster))
    }
}

/// Draws one poster.
pub(super) fn draw(canvas: &mut Canvas<'_>, poster: &Poster<'_>) -> Result<(), PrintError> {
    let square = Square::encode_from(LEAST_VERSION, poster.url, Level::High)
        .map_err(|_| PrintError::SquareTooLong(poster.url.len()))?;
    if poster.trial {
        trial(canvas);
    }
    band(canvas, poster);
    name(canvas, poster);
    canvas.square(&square, 30.0, 80.7, 150.0);
    steps(canvas, poster);
    help(canvas, poster);
    purpose(canvas, poster);
    Ok(())
}

/// The mark of a trial lies under the words above and below the square, never in its quiet zone:
/// the hook of the last letter rises to 1.2 em above the line.
fn trial(canvas: &mut Canvas<'_>) {
    for (y, size) in [(44.2, 14.4), (254.0, 10.4)] {
        for x in [10.0, 73.3, 136.7] {
            let area = Area::new(x, y, 63.3, size, size).leading(1.0).centred();
            canvas.text(&[(ExtraBold, mark())], &area, Ink::Ghost);
        }
    }
}

fn band(canvas: &mut Canvas<'_>, poster: &Poster<'_>) {
    let title = |locale: Locale| locale.text("poster.title");
    canvas.panel(10.0, 10.0, 190.0, 29.5, 3.0, Ink::Brand);
    canvas.door(Door::In, 16.2, 15.8, 18.0, Ink::White);
    canvas.door(Door::Out, 175.8, 15.8, 18.0, Ink::White);
    let large = Area::new(38.0, 13.6, 134.0, 14.4, 10.4).centred();
    canvas.text(&[(ExtraBold, title(poster.language))], &large, Ink::White);
    let small = Area::new(38.0, 28.0, 134.0, 7.6, 5.2).centred();
    canvas.text(
        &[(Medium, title(other(poster.language)))],
        &small,
        Ink::White,
    );
}

/// Name of the place as it is printed.
fn place(poster: &Poster<'_>) -> String {
    let (venue, checkpoint) = (clean(poster.venue), clean(poster.checkpoint));
    if venue.is_empty() || checkpoint.is_empty() {
        return venue + &checkpoint;
    }
    format!("{venue}, {checkpoint}")
}

/// Height of the box that name and address share.
const NAME_HEIGHT: f32 = 19.4;

fn name(canvas: &mut Canvas<'_>, poster: &Poster<'_>) {
    let place = place(poster);
    let name = Paragraph::new(&[(ExtraBold, &place)]);
    let address = Paragraph::new(&[(Regular, poster.address)]);
    let largest = if place.chars().count() > LONG_NAME {
        7.0
    } else {
        9.2
    };
    let (top, bottom) = share(&name, &address, largest);
    let start = 41.6 + (NAME_HEIGHT - top.height() - bottom.height()) / 2.0;
    canvas.lines(
        &name,
        &top,
        &name_area(start, top.height(), top.size),
        Ink::Black,
    );
    let under = name_area(start + top.height(), bottom.height(), bottom.size);
    canvas.lines(&address, &bottom, &under, Ink::Soft);
}

fn name_area(y: f32, height: f32, size: f32) -> Area {
    Area::new(10.0, y, 190.0, height, size)
        .leading(1.3)
        .centred()
}

/// Name and address shrink together until both fit their box.
fn share(name: &Paragraph, address: &Paragraph, largest: f32) -> (Lines, Lines) {
    let area = name_area(0.0, NAME_HEIGHT, LEAST);
    let mut scale = 1.0_f32;
    let (top, bottom) = loop {
        let size = (largest * scale).max(LEAST);
        let top = name.at(size, &area);
        let bottom = address.at((4.5 * scale.sqrt()).clamp(LEAST, size), &area);
        if top.height() + bottom.height() <= NAME_HEIGHT || scale < 0.15 {
            break (name.even(top, &area), address.even(bottom, &area));
        }
        scale *= 0.97;
    };
    // Only text beyond all measure is still too high here: each keeps its part.
    let part = |lines: Lines, paragraph: &Paragraph, most: f32| {
        let area = name_area(0.0, most, lines.size);
        paragraph.cut(lines, &area)
    };
    let room = (NAME_HEIGHT - top.height()).max(NAME_HEIGHT * 0.4);
    let bottom = part(bottom, address, room);
    let top = part(top, name, NAME_HEIGHT - bottom.height());
    (top, bottom)
}

/// Three steps side by side, each as wide as its words, at one size that fits them all.
fn steps(canvas: &mut Canvas<'_>, poster: &Poster<'_>) {
    const DISC: f32 = 12.4;
    let words = |locale: Locale| {
        ["poster.step_1", "poster.step_2", "poster.step_3"].map(|key| locale.text(key))
    };
    let (first, second) = (words(poster.language), words(other(poster.language)));
    let em = |face, text| {
        let paragraph = Paragraph::new(&[(face, text)]);
        paragraph.width(0..paragraph.glyphs.len())
    };
    let wide = |i: usize| (em(Bold, first[i]) * 4.2).max(em(Regular, second[i]) * 3.4);
    let widths = [wide(0), wide(1), wide(2)];
    let total: f32 = widths.iter().sum();
    let scale = (1.0_f32).min((186.0 - 3.0 * DISC - 8.0) / total);
    let gap = (186.0 - 3.0 * DISC - total * scale) / 2.0;
    let mut x = 12.0;
    for (index, width) in widths.into_iter().enumerate() {
        canvas.panel(x, 249.2, 10.0, 10.0, 5.0, Ink::Black);
        let number = (index + 1).to_string();
        let disc = Area::new(x, 249.2, 10.0, 10.0, 6.4).centred();
        canvas.text(&[(Figures, &number)], &disc, Ink::White);
        let room = width * scale + 0.1;
        let large = Area::new(x + DISC, 248.6, room, 6.0, 4.2 * scale);
        canvas.text(&[(Bold, first[index])], &large, Ink::Black);
        let small = Area::new(x + DISC, 254.6, room, 4.8, 3.4 * scale);
        canvas.text(&[(Regular, second[index])], &small, Ink::Soft);
        x += DISC + room + gap - 0.1;
    }
}

/// Two ways out: a code to type, and people to ask.
fn help(canvas: &mut Canvas<'_>, poster: &Poster<'_>) {
    let (first, second) = (poster.language, other(poster.language));
    canvas.frame(10.0, 263.0, 190.0, 20.0, 3.0, Ink::Black);
    canvas.rule((105.2, 263.0), (105.2, 283.0), 0.5, false, Ink::Black);
    let site = |locale: Locale| {
        let [before, after] = around(locale, "poster.cannot");
        [(Regular, before), (Bold, poster.site), (Regular, after)]
    };
    canvas.text(
        &site(first),
        &Area::new(15.4, 264.4, 87.0, 5.2, 3.7),
        Ink::Black,
    );
    canvas.text(
        &site(second),
        &Area::new(15.4, 269.4, 87.0, 3.8, 2.7),
        Ink::Soft,
    );
    let code = Area::new(15.4, 273.2, 87.0, 9.2, 7.6).leading(1.1);
    canvas.text(&[(Figures, poster.typed_code)], &code, Ink::Black);

    let down = if poster.hotline.is_some() { 0.0 } else { 4.4 };
    let ask = Area::new(110.5, 264.4 + down, 87.0, 5.2, 3.7);
    canvas.text(
        &[(Regular, first.text("poster.no_phone"))],
        &ask,
        Ink::Black,
    );
    let ask = Area::new(110.5, 269.4 + down, 87.0, 3.8, 2.7);
    canvas.text(
        &[(Regular, second.text("poster.no_phone"))],
        &ask,
        Ink::Soft,
    );
    if let Some(hotline) = poster.hotline {
        let label = Area::new(110.5, 273.2, 32.0, 9.2, 3.7);
        canvas.text(
            &[(Regular, first.text("poster.hotline"))],
            &label,
            Ink::Black,
        );
        let number = Area::new(142.5, 273.2, 55.0, 9.2, 6.2).leading(1.1);
        canvas.text(&[(Figures, hotline)], &number, Ink::Black);
    }
}

fn purpose(canvas: &mut Canvas<'_>, poster: &Poster<'_>) {
    let code: String = poster
        .typed_code
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let (days, version) = (
        poster.retention_days.to_string(),
        poster.version.to_string(),
    );
    let values = [
        ("days", days.as_str()),
        ("date", poster.printed_on),
        ("n", &version),
        ("code", &code),
    ];
    let words = |locale: Locale| locale.fill("poster.purpose", &values);
    let first = Area::new(10.0, 284.3, 190.0, 2.7, 2.5)
        .leading(1.06)
        .centred();
    canvas.text(&[(Regular, &words(poster.language))], &first, Ink::Soft);
    let second = Area::new(10.0, 286.9, 190.0, 2.4, 2.1)
        .leading(1.06)
        .centred();
    canvas.text(
        &[(Regular, &words(other(poster.language)))],
        &second,
        Ink::Soft,
    );
}
