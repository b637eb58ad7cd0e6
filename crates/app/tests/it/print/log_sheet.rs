//! The sheet that a gate writes on by hand.

use super::reading::{check_words, poppler};
use vaora::print::{LogSheet, log_sheet};
use vaora::web::locale::Locale;

fn a_sheet() -> LogSheet<'static> {
    LogSheet {
        venue: "Chợ Bến Thử",
        checkpoint: "Cổng 2",
        place: "Phường Phú Xuân, Thành phố Huế",
        retention_days: 21,
        language: Locale::Vi,
    }
}

/// Where words stand on the page: left, top, right and bottom in millimetres, and the word.
fn places(pdf: &[u8]) -> Vec<([f32; 4], String)> {
    let found = poppler("pdftotext", &["-bbox", "page.pdf", "-"], pdf);
    let words = found.lines().filter(|line| line.contains("<word"));
    let place = |line: &str| {
        let sides = ["xMin", "yMin", "xMax", "yMax"].map(|side| {
            let value = line.split(&format!("{side}=\"")).nth(1).unwrap();
            let points: f32 = value.split('"').next().unwrap().parse().unwrap();
            points / 72.0 * 25.4
        });
        let word = line.split('>').nth(1).unwrap();
        (sides, word.split('<').next().unwrap().to_owned())
    };
    words.map(place).collect()
}

#[test]
fn a_sheet_has_25_lines_that_a_hand_can_write_in() {
    let pdf = log_sheet(&a_sheet()).unwrap();
    let info = poppler("pdfinfo", &["page.pdf"], &pdf);
    assert!(
        info.contains("841.89 x 595.276") && info.contains("Pages:           1"),
        "{info}"
    );
    let tops: Vec<f32> = (1..=25)
        .map(|n: u32| {
            let at_edge =
                |(sides, word): &&([f32; 4], String)| sides[2] < 18.0 && *word == n.to_string();
            places(&pdf).iter().find(at_edge).unwrap().0[1]
        })
        .collect();
    for pair in tops.windows(2) {
        assert!(pair[1] - pair[0] >= 6.49, "{pair:?}");
    }
}

#[test]
fn a_sheet_says_what_it_is_for_in_one_language() {
    check_words(
        &log_sheet(&a_sheet()).unwrap(),
        &[
            "SỔ GHI VÀO, RA",
            "Chợ Bến Thử, Cổng 2",
            "Giờ",
            "VÀO",
            "RA",
            "Họ và tên",
            "Tờ số",
            "chậm nhất 21",
            "Phú Xuân",
        ],
    );
    let english = LogSheet {
        language: Locale::En,
        ..a_sheet()
    };
    check_words(
        &log_sheet(&english).unwrap(),
        &[
            "ENTRY LOG",
            "Chợ Bến Thử, Cổng 2",
            "Full name",
            "at the latest 21",
        ],
    );
}

#[test]
fn names_of_any_length_stay_whole_and_off_the_table() {
    for name in super::hostile() {
        let sheet = LogSheet {
            venue: &name,
            checkpoint: &name[..name.char_indices().nth(60).map_or(name.len(), |(at, _)| at)],
            ..a_sheet()
        };
        let pdf = log_sheet(&sheet).unwrap();
        // The title of such a page is more than pdftotext can write.
        if name.chars().any(|c| u32::from(c) > 0xFFFF) {
            continue;
        }
        let head = places(&pdf)
            .into_iter()
            .filter(|(sides, _)| sides[1] < 19.0);
        for (sides, word) in head {
            assert!(sides[3] < 22.0 && sides[2] < 290.0, "{word} at {sides:?}");
        }
    }
    let long = "Trung tâm Văn hóa Thử Nghiệm ".repeat(10);
    let sheet = LogSheet {
        venue: &long,
        ..a_sheet()
    };
    let said = poppler("pdftotext", &["page.pdf", "-"], &log_sheet(&sheet).unwrap());
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(long.trim()) && !said.contains('…'), "{said}");
}
