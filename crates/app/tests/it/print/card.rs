//! The plastic card, ten cards on a sheet, and the letter.

use super::person::{CODE, a_sheet};
use super::reading::{
    Page, all_scanned, another_scan, check_words, poppler, render, render_page, words,
};
use domain::card::CardLayout;
use unicode_normalization::UnicodeNormalization;
use vaora::print::{PrintError, PrintedCard, cards};
use vaora::web::locale::Locale;

/// Where the dark modules of version 9 are on a card: 53 of the 61 modules that are 50 mm.
const MODULE: f32 = 50.0 / 61.0;
const DARK: [f32; 3] = [33.6 + 4.0 * MODULE, 2.0 + 4.0 * MODULE, 53.0 * MODULE];

const NAMES: [&str; 8] = [
    "Nguyễn Văn Thử",
    "Nguyễn Thị Ể",
    "Thử",
    "Một Hai Ba Bốn Năm Sáu Bảy",
    "Nguyễn Phúc Hoàng Thượng Nghiêng Nguyệt Khuynh",
    "H'Nghiêng Kbuôr Êban Thử Nghiệm Rất Dài",
    "Trưởngnghiêngkhuynhnguyệtthượng",
    "Ẵẳằặ Ỗổồộ Ữửừự Ễểềệ Ợởờớ",
];

fn plastic(card: &PrintedCard<'_>) -> Vec<u8> {
    cards(std::slice::from_ref(card), CardLayout::Plastic).unwrap()
}

/// What stands on the pages, without spaces: how a name is broken does not matter.
fn letters(pdf: &[u8]) -> String {
    let raw = poppler("pdftotext", &["-raw", "page.pdf", "-"], pdf);
    raw.chars().filter(|c| !c.is_whitespace()).collect()
}

fn capitals(name: &str) -> String {
    let capitals = name.to_uppercase();
    capitals.nfc().filter(|c| !c.is_whitespace()).collect()
}

/// Whether anything is drawn in a box of a page, in millimetres.
fn inked(page: &Page, area: [f32; 4]) -> bool {
    page.ink(area).is_some()
}

#[test]
fn a_plastic_card_has_the_size_of_one_and_marks_beyond_it() {
    let info = poppler("pdfinfo", &["-box", "page.pdf"], &plastic(&a_sheet()));
    let line = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name)).unwrap();
        let sides = line.split_whitespace().skip(1);
        let sides = sides.map(|side| side.parse::<f32>().unwrap() / 72.0 * 25.4);
        let sides: Vec<f32> = sides.collect();
        [sides[2] - sides[0], sides[3] - sides[1]]
    };
    let near = |found: [f32; 2], wanted: [f32; 2]| {
        found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.02)
    };
    assert!(
        info.contains("Pages:           2"),
        "front and back: {info}"
    );
    for (name, wanted) in [
        ("CropBox:", [85.6, 54.0]),
        ("TrimBox:", [85.6, 54.0]),
        ("BleedBox:", [88.6, 57.0]),
        ("MediaBox:", [101.6, 70.0]),
    ] {
        assert!(near(line(name), wanted), "{name} {:?}", line(name));
    }
}

#[test]
fn the_square_is_5_cm_with_its_quiet_zone_and_can_be_read() {
    let pdf = plastic(&a_sheet());
    let page = render(&pdf);
    page.check_square(DARK, 4.0 * MODULE - 0.25);
    assert_eq!(page.scan(), CODE);
    assert_eq!(another_scan(&pdf), CODE);
    // A code of fewer modules keeps the place, and its quiet zone.
    let short = PrintedCard {
        code: "12345",
        ..a_sheet()
    };
    let page = render(&plastic(&short));
    let module = 50.0 / 29.0;
    let quiet = 4.0 * module;
    page.check_square([33.6 + quiet, 2.0 + quiet, 21.0 * module], quiet - 0.25);
    assert_eq!(page.scan(), "12345");
}

#[test]
fn no_letter_of_a_name_is_lost_and_none_leaves_the_column() {
    for name in NAMES {
        let card = PrintedCard { name, ..a_sheet() };
        let pdf = plastic(&card);
        let (found, wanted) = (letters(&pdf), capitals(name));
        assert!(found.contains(&wanted), "{wanted} is not whole in {found}");
        let page = render(&pdf);
        page.check_square(DARK, 4.0 * MODULE - 0.25);
        let column = page.ink([1.0, 14.0, 36.0, 53.5]).unwrap();
        assert!(
            column[0] > 3.2 && column[2] < 33.4 && column[3] < 50.8,
            "{name}: {column:?}"
        );
        // The four particulars are there, whatever the name.
        for said in ["******004417", "1987", "21/11/2026", "P.ThuậnHóa,TP.Huế"] {
            assert!(found.contains(said), "{name}: {said} in {found}");
        }
    }
}

#[test]
fn a_name_of_the_greatest_length_is_still_whole() {
    let long = "Nguyễn Thử Nghiệm ".repeat(10);
    for name in [&long[..], &"W".repeat(120), &"Ễ".repeat(120)] {
        let name: String = name.chars().take(120).collect();
        let card = PrintedCard {
            name: &name,
            issued_by: Some("Ủy ban nhân dân phường Thuận Hóa, thành phố Huế, nước Việt Nam"),
            ..a_sheet()
        };
        let pdf = plastic(&card);
        assert!(letters(&pdf).contains(&capitals(&name)), "{name}");
        let column = render(&pdf).ink([1.0, 14.0, 36.0, 53.5]).unwrap();
        assert!(column[2] < 33.4 && column[3] < 51.0, "{name}: {column:?}");
    }
}

#[test]
fn usual_names_are_printed_large() {
    // Heights of the first line, from the top of its letters to their feet: 0.7 of the size.
    let sizes = poppler(
        "pdftotext",
        &["-bbox", "page.pdf", "-"],
        &plastic(&a_sheet()),
    );
    let word = sizes.lines().find(|line| line.contains(">VĂN<")).unwrap();
    let side = |name: &str| {
        let value = word.split(&format!("{name}=\"")).nth(1).unwrap();
        value.split('"').next().unwrap().parse::<f32>().unwrap()
    };
    let height = (side("yMax") - side("yMin")) / 72.0 * 25.4;
    assert!((4.0..7.0).contains(&height), "{height}");
}

#[test]
fn the_back_says_how_to_use_it_and_whose_batch_it_is() {
    let card = PrintedCard {
        batch: Some("17/2026 · 1000"),
        ..a_sheet()
    };
    let said = [
        "VÀO",
        "RA",
        "Đưa mặt có mã QR cho",
        "Show the QR side when you enter and when you leave.",
        "Mã không chứa họ tên",
        "Thẻ không thay giấy tờ tùy thân.",
        "Mất thẻ: gọi ngay 0234 000 0000 để khóa.",
        "Nhặt được thẻ: xin gửi về UBND P. Thuận Hóa, TP. Huế.",
        "Số thẻ 00AA 1B2C 3D4E 5F60 7A8B",
        "Hết hạn 20/11/2027",
        "Đợt 17/2026 · 1000",
    ];
    check_words(&plastic(&card), &said);
    assert!(!words(&plastic(&a_sheet())).contains("Đợt"));
    let english = PrintedCard {
        language: Locale::En,
        hotline: None,
        return_to: None,
        ..card
    };
    let pdf = plastic(&english);
    check_words(
        &pdf,
        &[
            "DISEASE-CONTROL",
            "Batch 17/2026",
            "Expires 20/11/2027",
            "return it to the commune office.",
        ],
    );
    let back = render_page(&pdf, 2);
    let ink = back.ink([18.0, 0.5, 85.0, 53.5]).unwrap();
    assert!(ink[2] < 82.6 && ink[3] < 51.0, "{ink:?}");
    // Between the last sentence and the number nothing runs into another.
    assert!(!inked(&back, [20.0, 43.4, 82.0, 44.3]), "{ink:?}");
}

#[test]
fn ten_cards_are_on_a_sheet_and_their_backs_match() {
    let codes: Vec<String> = (0..12).map(|n| format!("{CODE}{n:03}")).collect();
    let serials: Vec<String> = (0..12).map(|n| format!("AAAA 9{n:03}")).collect();
    let all: Vec<PrintedCard<'_>> = codes
        .iter()
        .zip(&serials)
        .map(|(code, serial)| PrintedCard {
            code,
            serial,
            ..a_sheet()
        })
        .collect();
    let pdf = cards(&all, CardLayout::Sheet).unwrap();
    let info = poppler("pdfinfo", &["page.pdf"], &pdf);
    assert!(
        info.contains("Pages:           4") && info.contains("(A4)"),
        "{info}"
    );
    for (page, wanted) in [(1, &codes[..10]), (3, &codes[10..])] {
        let mut read = all_scanned(&pdf, page);
        read.sort();
        assert_eq!(read, wanted);
    }
    // Where each serial is on the back: the other way round, so that paper turned over matches.
    let found = poppler(
        "pdftotext",
        &["-bbox", "-f", "2", "-l", "2", "page.pdf", "-"],
        &pdf,
    );
    let place = |serial: &str| {
        let number = serial.split(' ').nth(1).unwrap();
        let line = found
            .lines()
            .find(|line| line.contains(&format!(">{number}<")));
        let line = line.unwrap_or_else(|| panic!("{serial} in {found}"));
        let side = |name: &str| {
            let value = line.split(&format!("{name}=\"")).nth(1).unwrap();
            value.split('"').next().unwrap().parse::<f32>().unwrap() / 72.0 * 25.4
        };
        (side("xMin"), side("yMin"))
    };
    let front = render_page(&pdf, 1);
    for (n, serial) in serials[..10].iter().enumerate() {
        let (x, y) = place(serial);
        let (across, down) = (n % 2, n / 2);
        assert_eq!(across == 1, x < 105.0, "{serial} at {x}");
        let top = 9.5 + down as f32 * 56.0;
        assert!(y > top && y < top + 54.0, "{serial} at {y}");
        let left = 18.4 + across as f32 * 87.6;
        let dark = [left + DARK[0], top + DARK[1], DARK[2]];
        front.check_square(dark, 4.0 * MODULE - 0.25);
    }
    // No line to cut along is on a card or between two that it would cut.
    for card in [[19.0, 10.0, 103.0, 63.0], [107.0, 10.0, 191.0, 63.0]] {
        assert!(inked(&front, card));
    }
    assert!(inked(&front, [8.0, 8.5, 16.5, 10.5]) && inked(&front, [17.4, 3.0, 19.4, 8.2]));
    assert!(!inked(&front, [16.8, 20.0, 17.2, 60.0]));
}

#[test]
fn a_letter_bears_the_address_and_the_card() {
    let address = [
        "12 đường Thử Nghiệm".to_owned(),
        "Phường Thuận Hóa, Thành phố Huế".to_owned(),
    ];
    let card = PrintedCard {
        address: &address,
        ..a_sheet()
    };
    let pdf = cards(std::slice::from_ref(&card), CardLayout::Letter).unwrap();
    let said = [
        "Kính gửi",
        "Nguyễn Văn Thử",
        "12 đường Thử Nghiệm",
        "Phường Thuận Hóa, Thành phố Huế",
        "Cắt theo đường đứt",
        "gọi ngay 0234 000 0000 để khóa.",
        "Hết hạn 20/11/2027",
    ];
    check_words(&pdf, &said);
    let page = render(&pdf);
    let dark = [19.4 + DARK[0], 222.0 + DARK[1], DARK[2]];
    page.check_square(dark, 4.0 * MODULE - 0.25);
    assert_eq!(another_scan(&pdf), CODE);
    let window = page.ink([15.0, 40.0, 110.0, 95.0]).unwrap();
    assert!(window[0] > 19.0 && window[3] < 90.0, "{window:?}");
}

#[test]
fn a_trial_is_marked_beside_the_square() {
    let card = PrintedCard {
        trial: true,
        name: "Trần Mẫu",
        ..a_sheet()
    };
    let pdf = plastic(&card);
    assert_eq!(words(&pdf).matches("THỬ").count(), 2);
    let page = render(&pdf);
    page.check_square(DARK, 4.0 * MODULE - 0.25);
    assert_eq!(page.scan(), CODE);
}

#[test]
fn cards_are_the_same_bytes_each_time_and_none_is_refused() {
    for layout in CardLayout::ALL {
        let one = [a_sheet(), a_sheet()];
        assert_eq!(cards(&one, *layout), cards(&one, *layout), "{layout}");
        assert_eq!(cards(&[], *layout), Err(PrintError::NothingToPrint));
    }
}
