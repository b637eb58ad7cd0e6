//! The PDF file: its pages and its fixed metadata.

use krilla::Document;
use krilla::geom::{Size, Transform};
use krilla::metadata::{Metadata, TextDirection};
use krilla::page::PageSettings;

use super::canvas::Canvas;
use super::{Paper, PrintError};
use crate::web::locale::Locale;

/// Points in a millimetre.
const POINTS: f32 = 72.0 / 25.4;

/// How much larger A3 is. A hair below the root of two, so that it is A4 scaled and nothing is
/// wider than the page.
const A3: f32 = 420.0 / 297.0;

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
        };
        let size = Size::from_wh(width * POINTS, height * POINTS)
            .ok_or_else(|| PrintError::Document("the paper has no size".to_owned()))?;
        let mut page = self.document.start_page_with(PageSettings::new(size));
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(POINTS * scale, POINTS * scale));
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
