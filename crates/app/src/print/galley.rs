//! Text that stands on many cards, shaped and broken into lines once.

use super::canvas::{Canvas, Ink};
use super::face::Face;
use super::layout::{Area, Lines, Paragraph};
use std::collections::HashMap;
use std::rc::Rc;

/// The spans of a text; the width, height, size and leading of its area, to the micrometre.
type Key = (Vec<(Face, String)>, [u32; 4]);

/// What was set before, for one document.
#[derive(Default)]
pub(super) struct Galley {
    set: HashMap<Key, Rc<(Paragraph, Lines)>>,
}

impl Galley {
    /// Sets spans of text as [`Canvas::text`] does, and returns the height they took. For words that many cards have in
    /// common: what is set is kept as long as the document is drawn.
    pub(super) fn text(
        &mut self,
        canvas: &mut Canvas<'_>,
        spans: &[(Face, &str)],
        area: &Area,
        ink: Ink,
    ) -> f32 {
        let set = self.set(spans, area);
        let (paragraph, lines) = &*set;
        if paragraph.text.is_empty() {
            return 0.0;
        }
        canvas.lines(paragraph, lines, area, ink);
        lines.height()
    }

    /// How high spans of text will be.
    pub(super) fn height(&mut self, spans: &[(Face, &str)], area: &Area) -> f32 {
        self.set(spans, area).1.height()
    }

    fn set(&mut self, spans: &[(Face, &str)], area: &Area) -> Rc<(Paragraph, Lines)> {
        let spans_of = spans.iter().map(|(face, text)| (*face, (*text).to_owned()));
        let sides = [area.width, area.height, area.size, area.leading];
        let key = (spans_of.collect(), sides.map(|side| (side * 1000.0) as u32));
        let set = self.set.entry(key).or_insert_with(|| {
            let paragraph = Paragraph::new(spans);
            let lines = paragraph.fit(area);
            Rc::new((paragraph, lines))
        });
        Rc::clone(set)
    }
}
