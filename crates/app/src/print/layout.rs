//! Text in a box it never leaves: measure, wrap, shrink to fit.
//!
//! Sizes are in millimetres of A4; widths inside a [`Paragraph`] are in em.

use std::ops::Range;

use super::face::{self, Face, Glyph};

/// Text of one paragraph, shaped once and measured at any size.
#[derive(Debug, Clone)]
pub(super) struct Paragraph {
    pub(super) text: String,
    pub(super) glyphs: Vec<Glyph>,
}

/// Where the lines of a text stand in their box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// A box for text, and the sizes the text may take in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
    /// Size to begin with.
    pub(super) size: f32,
    /// Height of a line in em.
    pub(super) leading: f32,
    pub(super) align: Align,
    /// Whether the lines stand in the middle of the height, not at the top.
    pub(super) middle: bool,
}

/// Lines of a paragraph at the size at which they fit.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    pub(super) size: f32,
    /// Height of a line in millimetres.
    pub(super) step: f32,
    /// Glyphs of each line, without the spaces at its ends.
    pub(super) lines: Vec<Range<usize>>,
    /// Whether words were left out because even the smallest print did not fit.
    pub(super) cut: bool,
}

/// The smallest print that office printers keep legible.
pub(super) const LEAST: f32 = 1.9;

impl Area {
    /// A box at `x`, `y` from the top left corner of the page, for text of `size`.
    pub(super) fn new(x: f32, y: f32, width: f32, height: f32, size: f32) -> Self {
        Self {
            x,
            y,
            width,
            height,
            size,
            leading: 1.35,
            align: Align::Left,
            middle: true,
        }
    }

    pub(super) fn leading(self, leading: f32) -> Self {
        Self { leading, ..self }
    }

    pub(super) fn centred(self) -> Self {
        Self {
            align: Align::Centre,
            ..self
        }
    }

    pub(super) fn right(self) -> Self {
        Self {
            align: Align::Right,
            ..self
        }
    }

    pub(super) fn top(self) -> Self {
        Self {
            middle: false,
            ..self
        }
    }
}

impl Lines {
    /// Height of all lines.
    pub(super) fn height(&self) -> f32 {
        self.step * self.lines.len() as f32
    }
}

impl Paragraph {
    /// Shapes spans of text that follow one another, each in its own face.
    pub(super) fn new(spans: &[(Face, &str)]) -> Self {
        let mut text = String::new();
        let mut glyphs = Vec::new();
        for (face, span) in spans {
            let cleaned = face::clean(span);
            let apart = |edge: Option<char>| edge.is_some_and(char::is_whitespace);
            if apart(span.chars().next()) && !text.is_empty() && !text.ends_with(' ') {
                push(&mut text, &mut glyphs, " ", Face::Regular);
            }
            push(&mut text, &mut glyphs, &cleaned, *face);
            if apart(span.chars().next_back()) && !text.ends_with(' ') {
                push(&mut text, &mut glyphs, " ", Face::Regular);
            }
        }
        Self { text, glyphs }
    }

    /// Width of some glyphs in em.
    pub(super) fn width(&self, range: Range<usize>) -> f32 {
        self.glyphs[range].iter().map(|glyph| glyph.advance).sum()
    }

    /// Breaks into lines of at most `width` em: at spaces, or inside a word longer than a line.
    pub(super) fn wrap(&self, width: f32) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let (mut start, mut at, mut used, mut space) = (0, 0, 0.0, None);
        while at < self.glyphs.len() {
            let glyph = &self.glyphs[at];
            used += glyph.advance;
            if glyph.space {
                space = Some(at);
            } else if used > width && at > start {
                let end = space.unwrap_or_else(|| self.letter_start(start, at));
                lines.push(self.trim(start..end));
                (start, at, used, space) = (end, end, 0.0, None);
                if self.glyphs[end].space {
                    (start, at) = (end + 1, end + 1);
                }
                continue;
            }
            at += 1;
        }
        lines.push(self.trim(start..self.glyphs.len()));
        lines
    }

    /// The largest size, from that of the area down, at which the text stays inside it.
    pub(super) fn fit(&self, area: &Area) -> Lines {
        let mut size = area.size;
        loop {
            let fitted = self.at(size, area);
            if fitted.height() <= area.height + 0.01 {
                return self.even(fitted, area);
            }
            if size <= LEAST {
                return self.cut(fitted, area);
            }
            size = (size * 0.97).max(LEAST);
        }
    }

    /// Lines at a given size, however many.
    pub(super) fn at(&self, size: f32, area: &Area) -> Lines {
        let width = area.width / size;
        let lines = self.wrap(width);
        Lines {
            size,
            step: size * area.leading,
            lines,
            cut: false,
        }
    }

    /// Evens the lines out without adding one, so that no word stands alone on the last.
    pub(super) fn even(&self, fitted: Lines, area: &Area) -> Lines {
        let count = fitted.lines.len();
        let width = area.width / fitted.size;
        let mut narrow = self.width(0..self.glyphs.len()) / count as f32;
        while count > 1 && narrow < width {
            let lines = self.wrap(narrow);
            if lines.len() == count && self.breaks_no_word(&lines) {
                return Lines { lines, ..fitted };
            }
            narrow += width / 40.0;
        }
        fitted
    }

    /// Drops the lines below the area and makes room for three dots.
    pub(super) fn cut(&self, mut fitted: Lines, area: &Area) -> Lines {
        let most = (((area.height + 0.01) / fitted.step).floor() as usize).max(1);
        if fitted.lines.len() > most {
            fitted.lines.truncate(most);
            fitted.cut = true;
            if let Some(last) = fitted.lines.last_mut() {
                while last.start < last.end
                    && self.width(last.clone()) + 1.0 > area.width / fitted.size
                {
                    last.end -= 1;
                }
            }
        }
        fitted
    }

    /// Whether every line begins with a word.
    pub(super) fn breaks_no_word(&self, lines: &[Range<usize>]) -> bool {
        lines.iter().skip(1).all(|line| {
            line.start
                .checked_sub(1)
                .is_none_or(|before| self.glyphs[before].space)
        })
    }

    /// The first glyph of the letter that `at` belongs to, but beyond `start`.
    fn letter_start(&self, start: usize, at: usize) -> usize {
        let letter = self.glyphs[at].range.start;
        let begin = (start..at)
            .rev()
            .take_while(|&i| self.glyphs[i].range.start == letter);
        begin.last().filter(|&i| i > start).unwrap_or(at)
    }

    fn trim(&self, mut line: Range<usize>) -> Range<usize> {
        while line.start < line.end && self.glyphs[line.start].space {
            line.start += 1;
        }
        while line.start < line.end && self.glyphs[line.end - 1].space {
            line.end -= 1;
        }
        line
    }
}

fn push(text: &mut String, glyphs: &mut Vec<Glyph>, part: &str, face: Face) {
    let start = text.len();
    text.push_str(part);
    face::shape(text, start..text.len(), face, glyphs);
}
