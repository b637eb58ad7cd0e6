//! A page measured in millimetres of A4 from its top left corner.

use codes::draw::Square;
use krilla::color::{luma, rgb};
use krilla::geom::{Path, PathBuilder, Point, Rect, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, LineCap, LineJoin, Paint, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};

use super::face::Face;
use super::layout::{Align, Area, Lines, Paragraph};

/// Colours of the printed pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Pure black, without a colour that could print beside it.
    Black,
    /// Secondary text.
    Soft,
    /// The indigo of bands; dark enough for a printer without colours.
    Brand,
    White,
    /// The 30 % grey of the mark of a trial.
    Ghost,
}

/// The arrow into a doorway, or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    In,
    Out,
}

/// A page to draw on.
pub(super) struct Canvas<'a> {
    surface: Surface<'a>,
}

impl Ink {
    fn paint(self) -> Paint {
        match self {
            Self::Black => luma::Color::new(0).into(),
            Self::Soft => luma::Color::new(70).into(),
            Self::Brand => rgb::Color::new(0x2C, 0x3A, 0x94).into(),
            Self::White => luma::Color::new(255).into(),
            Self::Ghost => luma::Color::new(179).into(),
        }
    }
}

impl<'a> Canvas<'a> {
    pub(super) fn new(surface: Surface<'a>) -> Self {
        Self { surface }
    }

    pub(super) fn finish(mut self) {
        self.surface.pop();
        self.surface.finish();
    }

    /// Draws with the corner moved.
    pub(super) fn at<T>(&mut self, x: f32, y: f32, content: impl FnOnce(&mut Self) -> T) -> T {
        self.surface
            .push_transform(&Transform::from_translate(x, y));
        let drawn = content(self);
        self.surface.pop();
        drawn
    }

    /// Sets spans of text inside an area and returns the height they took.
    pub(super) fn text(&mut self, spans: &[(Face, &str)], area: &Area, ink: Ink) -> f32 {
        let paragraph = Paragraph::new(spans);
        if paragraph.text.is_empty() {
            return 0.0;
        }
        let lines = paragraph.fit(area);
        self.lines(&paragraph, &lines, area, ink);
        lines.height()
    }

    /// Sets lines that were measured before.
    pub(super) fn lines(&mut self, paragraph: &Paragraph, lines: &Lines, area: &Area, ink: Ink) {
        let spare = if area.middle {
            (area.height - lines.height()) / 2.0
        } else {
            0.0
        };
        // Capitals are 0.7 em high: half of that below the middle of the line is the baseline.
        let mut baseline = area.y + spare + lines.step / 2.0 + lines.size * 0.35;
        for line in &lines.lines {
            let free = area.width - paragraph.width(line.clone()) * lines.size;
            let x = area.x
                + match area.align {
                    Align::Left => 0.0,
                    Align::Centre => free / 2.0,
                    Align::Right => free,
                };
            let end = self.line(paragraph, line.clone(), (x, baseline), lines.size, ink);
            if lines.cut && Some(line) == lines.lines.last() {
                let dots = Paragraph::new(&[(Face::Regular, "…")]);
                self.line(
                    &dots,
                    0..dots.glyphs.len(),
                    (end, baseline),
                    lines.size,
                    ink,
                );
            }
            baseline += lines.step;
        }
    }

    /// Draws one line and returns where it ends.
    fn line(
        &mut self,
        paragraph: &Paragraph,
        line: std::ops::Range<usize>,
        (mut x, y): (f32, f32),
        size: f32,
        ink: Ink,
    ) -> f32 {
        self.fill(ink);
        for run in paragraph.glyphs[line].chunk_by(|a, b| a.face == b.face) {
            let glyphs: Vec<KrillaGlyph> = run
                .iter()
                .map(|glyph| {
                    let id = GlyphId::new(glyph.id);
                    let range = glyph.range.clone();
                    KrillaGlyph::new(id, glyph.advance, glyph.dx, glyph.dy, 0.0, range, None)
                })
                .collect();
            let font = run[0].face.font();
            self.surface.draw_glyphs(
                Point::from_xy(x, y),
                &glyphs,
                font,
                &paragraph.text,
                size,
                false,
            );
            x += run.iter().map(|glyph| glyph.advance).sum::<f32>() * size;
        }
        x
    }

    /// Draws a square, its dark modules `side` wide.
    pub(super) fn square(&mut self, square: &Square, x: f32, y: f32, side: f32) {
        let module = side / square.size() as f32;
        let mut path = PathBuilder::new();
        for dark in square.rects() {
            let sides = [dark.x, dark.y, dark.width, dark.height];
            let [left, top, width, height] = sides.map(|modules| modules as f32);
            if let Some(rect) = Rect::from_xywh(left, top, width, height) {
                path.push_rect(rect);
            }
        }
        self.fill(Ink::Black);
        self.surface
            .push_transform(&Transform::from_row(module, 0.0, 0.0, module, x, y));
        self.draw(path.finish());
        self.surface.pop();
    }

    /// Fills a box with rounded corners.
    pub(super) fn panel(&mut self, x: f32, y: f32, width: f32, height: f32, radius: f32, ink: Ink) {
        self.fill(ink);
        self.draw(rounded(x, y, width, height, radius));
    }

    /// Draws the outline of a box with rounded corners.
    pub(super) fn frame(&mut self, x: f32, y: f32, width: f32, height: f32, radius: f32, ink: Ink) {
        self.pen(0.5, ink, None);
        self.draw(rounded(x, y, width, height, radius));
    }

    /// Draws a hairline; `dash` makes it a line to fold or cut along.
    pub(super) fn rule(
        &mut self,
        from: (f32, f32),
        to: (f32, f32),
        width: f32,
        dash: bool,
        ink: Ink,
    ) {
        self.pen(width, ink, dash.then_some(1.6));
        let mut path = PathBuilder::new();
        path.move_to(from.0, from.1);
        path.line_to(to.0, to.1);
        self.draw(path.finish());
    }

    /// Draws the sign of a direction into a box of the given side.
    pub(super) fn door(&mut self, door: Door, x: f32, y: f32, side: f32, ink: Ink) {
        self.pen(2.0, ink, None);
        let unit = side / 24.0;
        self.surface
            .push_transform(&Transform::from_row(unit, 0.0, 0.0, unit, x, y));
        let (shift, frame, turn) = match door {
            Door::In => (0.0, 15.0, 1.0),
            Door::Out => (6.0, 9.0, -1.0),
        };
        let mut path = PathBuilder::new();
        path.move_to(3.0 + shift, 12.0);
        path.line_to(15.0 + shift, 12.0);
        path.move_to(10.5 + shift, 7.5);
        path.line_to(15.0 + shift, 12.0);
        path.line_to(10.5 + shift, 16.5);
        path.move_to(frame, 3.0);
        path.line_to(frame + 4.0 * turn, 3.0);
        path.quad_to(frame + 6.0 * turn, 3.0, frame + 6.0 * turn, 5.0);
        path.line_to(frame + 6.0 * turn, 19.0);
        path.quad_to(frame + 6.0 * turn, 21.0, frame + 4.0 * turn, 21.0);
        path.line_to(frame, 21.0);
        self.draw(path.finish());
        self.surface.pop();
    }

    fn fill(&mut self, ink: Ink) {
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(Fill {
            paint: ink.paint(),
            opacity: NormalizedF32::ONE,
            rule: FillRule::NonZero,
        }));
    }

    fn pen(&mut self, width: f32, ink: Ink, dash: Option<f32>) {
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke {
            paint: ink.paint(),
            width,
            line_cap: if dash.is_some() {
                LineCap::Butt
            } else {
                LineCap::Round
            },
            line_join: LineJoin::Round,
            dash: dash.map(|length| StrokeDash {
                array: vec![length, length],
                offset: 0.0,
            }),
            ..Stroke::default()
        }));
    }

    fn draw(&mut self, path: Option<Path>) {
        if let Some(path) = path {
            self.surface.draw_path(&path);
        }
    }
}

/// A box whose corners are quarters of a circle.
fn rounded(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Option<Path> {
    // How far a curve's handles stand from a corner for a quarter of a circle.
    let near = radius * (1.0 - 0.552_285);
    let (right, bottom) = (x + width, y + height);
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - near, y, right, y + near, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(
        right,
        bottom - near,
        right - near,
        bottom,
        right - radius,
        bottom,
    );
    path.line_to(x + radius, bottom);
    path.cubic_to(x + near, bottom, x, bottom - near, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + near, x + near, y, x + radius, y);
    path.close();
    path.finish()
}
