//! Photos that people bring: made small, and freed of all but the picture. What a phone writes beside a picture says where and
//! when it was taken, and with what.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use std::io::Cursor;

/// The longer side of a photo that is kept, in pixels: enough to see whether a poster hangs on a wall.
const SIDE: u32 = 1280;
/// How well a photo is kept: about 200 kB.
const QUALITY: u8 = 75;
/// The longest side of a picture that is read, in pixels.
const READ_SIDE: u32 = 10_000;
/// The most memory that a picture may take when it is read, in bytes: 50 megapixels of a phone.
const READ_MEMORY: u64 = 160 * 1024 * 1024;

/// A JPEG of a picture (JPEG, PNG or WebP), upright and at most 1,280 pixels long; nothing where it cannot be read. Takes as long as a
/// second: call it where that blocks nobody.
pub fn small(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(READ_SIDE);
    limits.max_image_height = Some(READ_SIDE);
    limits.max_alloc = Some(READ_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    // The limits hold what a decoder takes beside the picture, not the picture.
    if decoder.total_bytes() > READ_MEMORY {
        return None;
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    if picture.width().max(picture.height()) > SIDE {
        picture = picture.resize(SIDE, SIDE, FilterType::Triangle);
    }
    picture.apply_orientation(orientation);
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    picture.to_rgb8().write_with_encoder(encoder).ok()?;
    Some(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, RgbImage};

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90]));
        picture
            .write_to(&mut bytes, format)
            .expect("a picture is written");
        bytes.into_inner()
    }

    fn size(bytes: &[u8]) -> (u32, u32) {
        let picture = image::load_from_memory_with_format(bytes, ImageFormat::Jpeg);
        let picture = picture.expect("a JPEG");
        (picture.width(), picture.height())
    }

    #[test]
    fn a_large_picture_becomes_a_small_one_of_the_same_shape() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let small = small(&picture(2560, 1440, format)).expect("it can be read");
            assert_eq!(size(&small), (1280, 720), "{format:?}");
        }
        assert_eq!(
            small(&picture(40, 30, ImageFormat::Png)).map(|jpeg| size(&jpeg)),
            Some((40, 30))
        );
    }

    #[test]
    fn what_a_phone_wrote_beside_the_picture_is_gone_and_it_stands_upright() {
        // An APP1 segment right after the start: orientation 6 (turned right), and a description.
        let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
        tiff.extend(*b"\x0e\x01\x02\0\x0c\0\0\0\x26\0\0\0");
        tiff.extend(*b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0");
        tiff.extend(*b"\0\0\0\0GPS 16.46 N\0");
        let mut exif = b"Exif\0\0".to_vec();
        exif.extend(tiff);
        let plain = picture(60, 20, ImageFormat::Jpeg);
        let mut jpeg = plain[..2].to_vec();
        jpeg.extend([0xff, 0xe1]);
        jpeg.extend((exif.len() as u16 + 2).to_be_bytes());
        jpeg.extend(exif);
        jpeg.extend(&plain[2..]);
        let small = small(&jpeg).expect("it can be read");
        assert_eq!(size(&small), (20, 60));
        let has = |what: &[u8]| small.windows(what.len()).any(|window| window == what);
        assert!(!has(b"GPS") && !has(b"Exif"));
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused() {
        assert_eq!(small(b""), None);
        assert_eq!(small(b"<svg onload=alert(1)>"), None);
        let whole = picture(300, 300, ImageFormat::Png);
        assert_eq!(small(&whole[..whole.len() / 2]), None);
        // A PNG whose head promises 60,000 x 60,000 pixels.
        let mut bomb = picture(1, 1, ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert_eq!(small(&bomb), None);
        // One that is written in half a megabyte, and takes 200 megabytes to read.
        let mut flat = Cursor::new(Vec::new());
        DynamicImage::new_rgba16(5000, 5000)
            .write_to(&mut flat, ImageFormat::Png)
            .expect("a picture is written");
        assert!(flat.get_ref().len() < 1024 * 1024);
        assert_eq!(small(flat.get_ref()), None);
    }
}
