//! A letter to the person, A4: whom it goes to, what to do, and the card to cut out, its back beside its front.

use super::canvas::{Canvas, Ink};
use super::card::{self, HEIGHT, WIDTH};
use super::face::Face::{Bold, ExtraBold, Figures, Regular};
use super::galley::Galley;
use super::layout::Area;
use super::{PrintError, PrintedCard};

/// The margins of the text.
const LEFT: f32 = 20.0;
const TEXT: f32 = 170.0;
/// Where the card lies.
const CARD: (f32, f32) = ((210.0 - 2.0 * WIDTH) / 2.0, 222.0);
/// Between the card and the line to cut along.
const AROUND: f32 = 0.2;

/// Draws the letter.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    galley: &mut Galley,
    card: &PrintedCard<'_>,
) -> Result<(), PrintError> {
    head(canvas, galley, card);
    what_to_do(canvas, galley, card);
    let (x, y) = CARD;
    canvas.at(x, y, |canvas| card::front(canvas, galley, card, 0.0))?;
    canvas.at(x + WIDTH, y, |canvas| card::back(canvas, galley, card, 0.0));
    cut_lines(canvas);
    Ok(())
}

/// Who writes, when, and to whom: the address is where envelopes have their window, 20 mm from the left and 45 mm from
/// the top, 85 x 45 mm.
fn head(canvas: &mut Canvas<'_>, galley: &mut Galley, card: &PrintedCard<'_>) {
    if let Some(issuer) = card.issued_by {
        let area = Area::new(LEFT, 18.0, 110.0, 14.0, 5.0).top();
        galley.text(canvas, &[(Bold, issuer)], &area, Ink::Black);
    }
    let area = Area::new(140.0, 18.0, 50.0, 7.0, 4.2).right().top();
    galley.text(canvas, &[(Figures, card.issued_on)], &area, Ink::Black);
    let area = Area::new(LEFT, 45.0, 85.0, 5.0, 3.5).top();
    let to = card.language.text("card_letter.to");
    galley.text(canvas, &[(Regular, to)], &area, Ink::Soft);
    let area = Area::new(LEFT, 50.0, 85.0, 18.0, 5.2).leading(1.3).top();
    let mut y = 50.0 + canvas.text(&[(Bold, card.name)], &area, Ink::Black) + 0.6;
    for line in card.address {
        let area = Area::new(LEFT, y, 85.0, (90.0 - y).max(4.0), 4.4).top();
        y += canvas.text(&[(Regular, line)], &area, Ink::Black);
    }
}

fn what_to_do(canvas: &mut Canvas<'_>, galley: &mut Galley, card: &PrintedCard<'_>) {
    let word = |key| card.language.text(key);
    let area = Area::new(LEFT, 100.0, TEXT, 11.0, 8.0).top();
    let title = [(ExtraBold, word("card_letter.title"))];
    let mut y = 100.0 + galley.text(canvas, &title, &area, Ink::Black) + 4.0;
    let area = Area::new(LEFT, y, TEXT, 16.0, 5.0).top();
    let intro = [(Regular, word("card_letter.intro"))];
    y += galley.text(canvas, &intro, &area, Ink::Black) + 5.0;
    let lost = card::lost(card);
    for (n, spans) in [
        &[(Regular, word("card_letter.cut"))][..],
        &[(Regular, word("sheet.show"))],
        &lost,
        &[(Regular, word("card_letter.wrong"))],
    ]
    .into_iter()
    .enumerate()
    {
        let number = (n + 1).to_string();
        let area = Area::new(LEFT, y, 9.0, 8.0, 6.0).top();
        galley.text(canvas, &[(Figures, &number)], &area, Ink::Brand);
        let area = Area::new(LEFT + 10.0, y + 0.6, TEXT - 10.0, 14.0, 5.0).top();
        y += galley.text(canvas, spans, &area, Ink::Black).max(7.0) + 4.0;
    }
}

/// Around the card, and where it is folded.
fn cut_lines(canvas: &mut Canvas<'_>) {
    let (left, top) = (CARD.0 - AROUND, CARD.1 - AROUND);
    let (right, bottom) = (CARD.0 + 2.0 * WIDTH + AROUND, CARD.1 + HEIGHT + AROUND);
    let mut line = |from, to| canvas.rule(from, to, 0.2, true, Ink::Black);
    line((left, top), (right, top));
    line((left, bottom), (right, bottom));
    line((left, top), (left, bottom));
    line((right, top), (right, bottom));
    let fold = CARD.0 + WIDTH;
    line((fold, top - 6.0), (fold, top - 1.0));
    line((fold, bottom + 1.0), (fold, bottom + 6.0));
}
