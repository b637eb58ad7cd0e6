//! Pictures in shades of grey: from a screen, for a camera.

use anyhow::Context;
use std::io::Cursor;

/// A picture, a byte a pixel, row by row.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// 0 is black, 255 white.
    pub luma: Vec<u8>,
}

impl Picture {
    /// Reads a PNG of eight bits, in colour or grey.
    pub fn from_png(bytes: &[u8]) -> anyhow::Result<Self> {
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info()?;
        let mut pixels = vec![
            0;
            reader
                .output_buffer_size()
                .context("a PNG of a known size")?
        ];
        let frame = reader.next_frame(&mut pixels)?;
        let size = frame.color_type.samples();
        let grey = |pixel: &[u8]| match *pixel {
            [r, g, b, ..] => {
                ((77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b)) >> 8) as u8
            }
            [grey, ..] => grey,
            [] => 0,
        };
        Ok(Self {
            width: frame.width as usize,
            height: frame.height as usize,
            luma: pixels[..frame.buffer_size()]
                .chunks_exact(size)
                .map(grey)
                .collect(),
        })
    }

    /// Reads the greymap that `pdftoppm` writes: three numbers, then the pixels.
    pub fn from_pgm(bytes: &[u8]) -> anyhow::Result<Self> {
        let head: Vec<_> = bytes.splitn(4, |byte| byte.is_ascii_whitespace()).collect();
        let [b"P5", width, height, rest] = head[..] else {
            anyhow::bail!("this is no greymap")
        };
        let number = |digits: &[u8]| Ok::<_, anyhow::Error>(std::str::from_utf8(digits)?.parse()?);
        let (width, height) = (number(width)?, number(height)?);
        let luma = rest
            .strip_prefix(b"255\n")
            .context("eight bits a pixel")?
            .to_owned();
        anyhow::ensure!(luma.len() == width * height, "a whole picture");
        Ok(Self {
            width,
            height,
            luma,
        })
    }

    /// A field of one shade.
    pub fn plain(width: usize, height: usize, shade: u8) -> Self {
        let luma = vec![shade; width * height];
        Self {
            width,
            height,
            luma,
        }
    }

    /// Puts another picture in the middle, as large as fits within a margin.
    pub fn place(&mut self, other: &Self, margin: usize) {
        let room = (self.width - 2 * margin, self.height - 2 * margin);
        let fit = (room.0 as f64 / other.width as f64).min(room.1 as f64 / other.height as f64);
        let (wide, high) = (other.width as f64 * fit, other.height as f64 * fit);
        let (left, top) = (
            (self.width - wide as usize) / 2,
            (self.height - high as usize) / 2,
        );
        for y in 0..high as usize {
            for x in 0..wide as usize {
                let from = (y as f64 / fit) as usize * other.width + (x as f64 / fit) as usize;
                self.luma[(top + y) * self.width + left + x] = other.luma[from];
            }
        }
    }
}
