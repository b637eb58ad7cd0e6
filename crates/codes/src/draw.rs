//! Squares: a text as a QR code, for screens (SVG), files (PNG) and paper (rectangles).
//!
//! Digits are packed as digits, so a card code fits version 7 at level M. Give a card level M on
//! a screen and Q on paper, a venue's poster H.

mod image;
mod rects;

pub use rects::Rect;

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

/// Light modules on every side of a square, as the standard asks.
pub const QUIET: u8 = 4;

/// How much of a square may be lost before it cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Level {
    /// 7 %: for screens that are held close.
    Low,
    /// 15 %: for screens.
    Medium,
    /// 25 %: for cards that are carried.
    Quartile,
    /// 30 %: for posters in the weather.
    High,
}

/// A text is longer than the largest square holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the text is too long for a square: shorten it")]
pub struct TooLong;

/// A grid of dark and light modules, without the quiet zone around it.
#[derive(Clone, PartialEq, Eq)]
pub struct Square {
    size: usize,
    dark: Vec<bool>,
}

impl Square {
    /// The smallest square that holds a text at a level, or at a higher one for free.
    pub fn encode(text: &str, level: Level) -> Result<Self, TooLong> {
        Self::encode_from(1, text, level)
    }

    /// The same, of a version no smaller than `least`: where a fixed space is kept for the quiet
    /// zone, modules must not become so large that it is too narrow.
    pub fn encode_from(least: u8, text: &str, level: Level) -> Result<Self, TooLong> {
        let level = match level {
            Level::Low => QrCodeEcc::Low,
            Level::Medium => QrCodeEcc::Medium,
            Level::Quartile => QrCodeEcc::Quartile,
            Level::High => QrCodeEcc::High,
        };
        let segments = QrSegment::make_segments(text);
        let (least, most) = (Version::new(least.clamp(1, 40)), Version::MAX);
        let code = QrCode::encode_segments_advanced(&segments, level, least, most, None, true)
            .map_err(|_| TooLong)?;
        let size = code.size();
        let places = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
        Ok(Self {
            size: size as usize,
            dark: places.map(|(x, y)| code.get_module(x, y)).collect(),
        })
    }

    /// Modules to a side: 21 to 177.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The version of the standard's sizes: 1 to 40.
    pub fn version(&self) -> usize {
        (self.size - 17) / 4
    }

    /// Whether a module is dark; those outside are light.
    pub fn dark(&self, x: usize, y: usize) -> bool {
        x < self.size && y < self.size && self.dark[y * self.size + x]
    }

    fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks(self.size)
    }
}

impl std::fmt::Debug for Square {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Square")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
