//! The square itself: text in, modules out.

use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

use super::PrintError;

/// How much damage a square survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// A quarter of it: paper that is folded and carried.
    Quartile,
    /// Nearly a third: a poster in sun and rain.
    High,
}

/// A run of dark modules in one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) x: u16,
    pub(super) y: u16,
    pub(super) length: u16,
}

/// The modules of a square, without its quiet zone.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    size: u16,
    dark: Vec<bool>,
}

impl Matrix {
    /// Modules along one side.
    pub(super) fn size(&self) -> u16 {
        self.size
    }

    /// Dark modules, merged along each row: half the file, and no seams between them.
    pub(super) fn runs(&self) -> Vec<Run> {
        let mut runs = Vec::new();
        for (y, row) in (0..self.size).zip(self.dark.chunks(usize::from(self.size))) {
            let mut x = 0;
            for part in row.chunk_by(|a, b| a == b) {
                let length = u16::try_from(part.len()).unwrap_or(self.size);
                if part.first() == Some(&true) {
                    runs.push(Run { x, y, length });
                }
                x += length;
            }
        }
        runs
    }
}

/// Makes a square of at least version `least`, so that the quiet zone of four modules does not
/// outgrow the place kept for it.
pub(super) fn square(text: &str, level: Level, least: u8) -> Result<Matrix, PrintError> {
    let level = match level {
        Level::Quartile => QrCodeEcc::Quartile,
        Level::High => QrCodeEcc::High,
    };
    let segments = QrSegment::make_segments(text);
    let mask: Option<Mask> = None;
    let code = QrCode::encode_segments_advanced(
        &segments,
        level,
        Version::new(least),
        Version::MAX,
        mask,
        true,
    )
    .map_err(|_| PrintError::SquareTooLong(text.len()))?;
    let side = code.size();
    let dark = (0..side)
        .flat_map(|y| (0..side).map(move |x| (x, y)))
        .map(|(x, y)| code.get_module(x, y))
        .collect();
    let size = u16::try_from(side).map_err(|_| PrintError::SquareTooLong(text.len()))?;
    Ok(Matrix { size, dark })
}
