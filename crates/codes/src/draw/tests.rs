use super::*;
use crate::VenueCode;
use crate::card::vectors::{SEED, card, issuer};
use crate::card::{Card, MAX_DIGITS};

const LEVELS: [Level; 4] = [Level::Low, Level::Medium, Level::Quartile, Level::High];

fn card_text() -> String {
    card().sign(&issuer(&SEED))
}

/// What a camera reads off a square with four pixels to a module.
fn seen(side: usize, dark: impl Fn(usize, usize) -> bool) -> String {
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(
            side,
            side,
            |x, y| {
                if dark(x, y) { 0 } else { 255 }
            },
        );
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

fn seen_square(square: &Square) -> String {
    let place = |pixel: usize| (pixel / 4).wrapping_sub(4);
    seen((square.size() + 8) * 4, |x, y| {
        square.dark(place(x), place(y))
    })
}

#[test]
fn a_camera_reads_what_was_drawn() {
    let venue = VenueCode::from_number(99)
        .unwrap()
        .url("https://example.vn");
    for text in [card_text().as_str(), &venue, "Nguyễn Văn Thử", "0"] {
        for level in LEVELS {
            let square = Square::encode(text, level).unwrap();
            assert_eq!(seen_square(&square), text, "{level:?}");
        }
    }
}

#[test]
fn squares_are_as_small_as_the_spec_says() {
    let longest = Card {
        status_index: u32::MAX,
        scope: 255,
        ..card()
    };
    for card in [card(), longest] {
        let text = card.sign(&issuer(&SEED));
        assert!(text.len() <= MAX_DIGITS);
        assert_eq!(Square::encode(&text, Level::Medium).unwrap().version(), 7);
        assert_eq!(Square::encode(&text, Level::Medium).unwrap().size(), 45);
        assert_eq!(Square::encode(&text, Level::Quartile).unwrap().size(), 53);
    }
    let poster = VenueCode::from_number(99)
        .unwrap()
        .url("https://vaora.example.vn");
    assert!(Square::encode(&poster, Level::High).unwrap().size() <= 33);
}

#[test]
fn a_square_can_be_made_no_smaller_than_a_version() {
    for (least, version) in [(0, 1), (1, 1), (4, 4), (255, 40)] {
        let square = Square::encode_from(least, "0", Level::High).unwrap();
        assert_eq!(square.version(), version);
        assert_eq!(seen_square(&square), "0");
    }
    let longer = Square::encode_from(1, &card_text(), Level::Medium);
    assert_eq!(longer, Square::encode(&card_text(), Level::Medium));
}

#[test]
fn a_text_too_long_is_refused() {
    assert_eq!(Square::encode(&"x".repeat(4000), Level::Low), Err(TooLong));
}

#[test]
fn rectangles_cover_each_dark_module_once() {
    let square = Square::encode(&card_text(), Level::Quartile).unwrap();
    let mut covered = vec![0; square.size() * square.size()];
    let mut count = 0;
    for rect in square.rects() {
        count += 1;
        for y in rect.y..rect.y + rect.height {
            for x in rect.x..rect.x + rect.width {
                covered[y * square.size() + x] += 1;
            }
        }
    }
    let dark = square.dark.iter().map(|&dark| i32::from(dark));
    assert!(covered.into_iter().eq(dark.clone()));
    assert!(count * 2 < dark.sum::<i32>(), "{count}");
}

#[test]
fn the_svg_is_what_the_square_is() {
    let square = Square::encode(&card_text(), Level::Medium).unwrap();
    let svg = square.svg(4);
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 53 53\""));
    assert_eq!(svg.matches("<path").count(), 2);
    let mut grid = vec![vec![false; 53]; 53];
    let path = svg
        .rsplit("d=\"")
        .next()
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    for part in path.split_terminator('z') {
        let cut: Vec<usize> = part
            .split(['M', ' ', 'h', 'v', 'H'])
            .filter_map(|number| number.parse().ok())
            .collect();
        let [x, y, width, height, back] = cut[..] else {
            panic!("{part}")
        };
        assert_eq!(back, x);
        grid[y..y + height]
            .iter_mut()
            .for_each(|row| row[x..x + width].fill(true));
    }
    assert_eq!(seen(53 * 4, |x, y| grid[y / 4][x / 4]), card_text());
}

#[test]
fn the_png_is_what_the_square_is() {
    let square = Square::encode(&card_text(), Level::Medium).unwrap();
    let file = square.png(3, 4);
    let decoder = png::Decoder::new(std::io::Cursor::new(&file));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (159, 159));
    assert_eq!(info.bit_depth, png::BitDepth::One);
    let dark = |x: usize, y: usize| pixels[y * info.line_size + x / 8] >> (7 - x % 8) & 1 == 0;
    assert_eq!(seen(159, dark), card_text());
}
