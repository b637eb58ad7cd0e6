//! Ten cards on A4, and their backs on the page after, so that paper turned over its long edge matches.

use super::canvas::{Canvas, Ink};
use super::card::{self, HEIGHT, WIDTH};
use super::galley::Galley;
use super::{PrintError, PrintedCard};

/// Cards on a page: two beside each other, five below each other.
pub(super) const CARDS: usize = 10;
const ACROSS: usize = 2;
const DOWN: usize = 5;
/// Between two cards.
const GAP: f32 = 2.0;
/// Half of the gap: colours of neighbours do not meet.
const BLEED: f32 = GAP / 2.0;
const LEFT: f32 = (210.0 - ACROSS as f32 * WIDTH - GAP) / 2.0;
const TOP: f32 = (297.0 - DOWN as f32 * HEIGHT - (DOWN - 1) as f32 * GAP) / 2.0;

/// Draws the fronts of at most ten cards.
pub(super) fn fronts(
    canvas: &mut Canvas<'_>,
    galley: &mut Galley,
    cards: &[PrintedCard<'_>],
) -> Result<(), PrintError> {
    cut_lines(canvas);
    for (n, one) in cards.iter().enumerate().take(CARDS) {
        let (x, y) = corner(n % ACROSS, n / ACROSS);
        canvas.at(x, y, |canvas| card::front(canvas, galley, one, BLEED))?;
    }
    Ok(())
}

/// Draws their backs, left and right exchanged.
pub(super) fn backs(canvas: &mut Canvas<'_>, galley: &mut Galley, cards: &[PrintedCard<'_>]) {
    cut_lines(canvas);
    for (n, one) in cards.iter().enumerate().take(CARDS) {
        let (x, y) = corner(ACROSS - 1 - n % ACROSS, n / ACROSS);
        canvas.at(x, y, |canvas| card::back(canvas, galley, one, BLEED));
    }
}

fn corner(across: usize, down: usize) -> (f32, f32) {
    (
        LEFT + across as f32 * (WIDTH + GAP),
        TOP + down as f32 * (HEIGHT + GAP),
    )
}

/// Where to cut: lines beside the cards, never on one.
fn cut_lines(canvas: &mut Canvas<'_>) {
    let mut line = |from, to| canvas.rule(from, to, 0.2, false, Ink::Black);
    for across in 0..ACROSS {
        let (left, _) = corner(across, 0);
        for x in [left, left + WIDTH] {
            line((x, 3.5), (x, TOP - 1.5));
            line((x, 297.0 - TOP + 1.5), (x, 293.5));
        }
    }
    for down in 0..DOWN {
        let (_, top) = corner(0, down);
        for y in [top, top + HEIGHT] {
            line((8.0, y), (LEFT - 2.0, y));
            line((210.0 - LEFT + 2.0, y), (202.0, y));
        }
    }
}
