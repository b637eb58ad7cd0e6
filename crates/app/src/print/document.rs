//! The PDF file: its pages and its fixed metadata.

use krilla::Document;
use krilla::geom::{Rect, Size, Transform};
use krilla::metadata::{Metadata, TextDirection};
use krilla::page::PageSettings;

use super::canvas::{Canvas, Ink};
use super::{Paper, PrintError, card};
use crate::web::locale::Locale;

/// Points in a millimetre.
const POINTS: f32 = 72.0 / 25.4;

/// How much larger A3 is. A hair below the root of two, so that it is A4 scaled and nothing is
/// wider than the page.
const A3: f32 = 420.0 / 297.0;

/// A pano: how wide it is, how far its ground goes beyond the edge, and the room for a print shop's marks, in millimetres.
const PANO: (f32, f32, f32) = (1200.0, 10.0, 40.0);

/// Room around a plastic card for the marks of a print shop, in millimetres.
const MARKS: f32 = 8.0;

/// A document under construction.
pub(super) struct Pages {
    document: Document,
}

impl Pages {
    /// Starts a document. It carries no date and no name of a program: the same input gives the
    /// same bytes.
    pub(super) fn new(title: String, language: Locale) -> Self {
        let mut document = Document::new();
        document.set_metadata(
            Metadata::new()
                .title(title)
                .language(language.code().to_owned())
                .text_direction(TextDirection::LeftToRight),
        );
        Self { document }
    }

    /// Adds a page; the canvas measures it in millimetres of A4, whatever the paper.
    pub(super) fn draw(
        &mut self,
        paper: Paper,
        content: impl FnOnce(&mut Canvas<'_>) -> Result<(), PrintError>,
    ) -> Result<(), PrintError> {
        let (width, height, scale) = match paper {
            Paper::A4 => (210.0, 297.0, 1.0),
            Paper::A3 => (297.0, 420.0, A3),
            Paper::A4Lying => (297.0, 210.0, 1.0),
            Paper::Pano => return self.draw_pano(content),
        };
        let settings = PageSettings::new(size(width, height)?);
        self.page(settings, (0.0, POINTS * scale), content)
    }

    /// Adds a pano: what the canvas measures in millimetres of A4, larger, with its marks around it.
    fn draw_pano(
        &mut self,
        content: impl FnOnce(&mut Canvas<'_>) -> Result<(), PrintError>,
    ) -> Result<(), PrintError> {
        let (width, bleed, marks) = PANO;
        let scale = width / 210.0;
        let height = 297.0 * scale;
        let around = |by: f32| {
            let (at, wide, high) = (marks - by, width + 2.0 * by, height + 2.0 * by);
            Rect::from_xywh(at * POINTS, at * POINTS, wide * POINTS, high * POINTS)
        };
        let settings = PageSettings::new(size(width + 2.0 * marks, height + 2.0 * marks)?)
            .with_trim_box(around(0.0))
            .with_bleed_box(around(bleed));
        self.page(settings, (marks / scale, POINTS * scale), |canvas| {
            let (near, far) = ((bleed + 4.0) / scale, (marks - 4.0) / scale);
            crop_marks(canvas, (210.0, 297.0), (near, far), 1.0 / scale);
            content(canvas)
        })
    }

    /// Adds a side of a CR80 card, measured in millimetres from its own corner. What is seen and printed is the card
    /// alone; around it lie a bleed and the marks at which a print shop cuts.
    pub(super) fn draw_card(
        &mut self,
        content: impl FnOnce(&mut Canvas<'_>) -> Result<(), PrintError>,
    ) -> Result<(), PrintError> {
        let (width, height) = (card::WIDTH, card::HEIGHT);
        let around = |by: f32| {
            let (x, wide, high) = (MARKS - by, width + 2.0 * by, height + 2.0 * by);
            Rect::from_xywh(x * POINTS, x * POINTS, wide * POINTS, high * POINTS)
        };
        let settings = PageSettings::new(size(width + 2.0 * MARKS, height + 2.0 * MARKS)?)
            .with_crop_box(around(0.0))
            .with_trim_box(around(0.0))
            .with_bleed_box(around(card::BLEED));
        self.page(settings, (MARKS, POINTS), |canvas| {
            let (near, far) = (card::BLEED + 1.0, MARKS - 1.0);
            crop_marks(canvas, (width, height), (near, far), 0.1);
            content(canvas)
        })
    }

    fn page(
        &mut self,
        settings: PageSettings,
        (corner, scale): (f32, f32),
        content: impl FnOnce(&mut Canvas<'_>) -> Result<(), PrintError>,
    ) -> Result<(), PrintError> {
        let mut page = self.document.start_page_with(settings);
        let mut surface = page.surface();
        let corner = corner * scale;
        surface.push_transform(&Transform::from_row(scale, 0.0, 0.0, scale, corner, corner));
        let mut canvas = Canvas::new(surface);
        let drawn = content(&mut canvas);
        canvas.finish();
        page.finish();
        drawn
    }

    /// Writes the document.
    pub(super) fn finish(self) -> Result<Vec<u8>, PrintError> {
        self.document
            .finish()
            .map_err(|error| PrintError::Document(format!("{error:?}")))
    }
}

fn size(width: f32, height: f32) -> Result<Size, PrintError> {
    Size::from_wh(width * POINTS, height * POINTS)
        .ok_or_else(|| PrintError::Document("the paper has no size".to_owned()))
}

/// Where to cut something of a size: lines of a width, from so near its corners to so far.
fn crop_marks(
    canvas: &mut Canvas<'_>,
    (width, height): (f32, f32),
    (near, far): (f32, f32),
    line: f32,
) {
    for (x, away) in [(0.0, -1.0), (width, 1.0)] {
        for (y, off) in [(0.0, -1.0), (height, 1.0)] {
            let (level, upright) = ((x + away * near, y), (x, y + off * near));
            canvas.rule(level, (x + away * far, y), line, false, Ink::Black);
            canvas.rule(upright, (x, y + off * far), line, false, Ink::Black);
        }
    }
}
