//! A square as a picture: SVG for pages, PNG for files.

use super::Square;

impl Square {
    /// An SVG document of one path, black on white, a unit to a module.
    ///
    /// `quiet` is the light border in modules; the standard asks for four.
    pub fn svg(&self, quiet: u8) -> String {
        let quiet = usize::from(quiet);
        let side = self.size + 2 * quiet;
        let mut out = String::with_capacity(200 + self.size * self.size * 5);
        out.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ");
        number(&mut out, side);
        out.push(' ');
        number(&mut out, side);
        out.push_str("\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h");
        number(&mut out, side);
        out.push('v');
        number(&mut out, side);
        out.push_str("H0z\"/><path d=\"");
        for rect in self.rects() {
            out.push('M');
            number(&mut out, rect.x + quiet);
            out.push(' ');
            number(&mut out, rect.y + quiet);
            out.push('h');
            number(&mut out, rect.width);
            out.push('v');
            number(&mut out, rect.height);
            out.push('H');
            number(&mut out, rect.x + quiet);
            out.push('z');
        }
        out.push_str("\"/></svg>");
        out
    }

    /// A PNG file, one bit a pixel, with so many pixels to a module and modules of border.
    pub fn png(&self, module_px: u8, quiet: u8) -> Vec<u8> {
        let (scale, quiet) = (usize::from(module_px.max(1)), usize::from(quiet));
        let side = (self.size + 2 * quiet) * scale;
        let stride = side.div_ceil(8);
        let mut pixels = vec![0xff; stride * side];
        for (y, row) in self.rows().enumerate() {
            let top = (y + quiet) * scale;
            let line = &mut pixels[top * stride..(top + 1) * stride];
            for (x, _) in row.iter().enumerate().filter(|&(_, &dark)| dark) {
                for pixel in (x + quiet) * scale..(x + quiet + 1) * scale {
                    line[pixel / 8] &= !(0x80 >> (pixel % 8));
                }
            }
            for copy in top + 1..top + scale {
                pixels.copy_within(top * stride..(top + 1) * stride, copy * stride);
            }
        }
        encode(&pixels, side as u32)
    }
}

fn encode(pixels: &[u8], side: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_filter(png::Filter::NoFilter);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(pixels))
        .expect("a vector does not fail to be written, and the rows fit the header");
    out
}

fn number(out: &mut String, value: usize) {
    if value >= 10 {
        number(out, value / 10);
    }
    out.push(char::from(b'0' + (value % 10) as u8));
}
