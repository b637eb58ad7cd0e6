//! Printed pages, read back the way a phone and a person read them: rendered, scanned, measured.

use vaora::print::{Paper, Poster, PrintError, poster, posters};
use vaora::web::locale::Locale;

use person::{CODE, a_sheet, code_sheet};
use reading::{DOTS, another_scan, check_words, poppler, render, words};

mod card;
mod log_sheet;
mod person;
pub(crate) mod reading;

fn a_poster() -> Poster<'static> {
    Poster {
        venue: "Chợ Bến Thử",
        checkpoint: "cổng 2",
        address: "12 đường Thử Nghiệm, phường Phú Xuân, thành phố Huế",
        url: "https://quet.example/p/K7M24QX",
        site: "quet.example",
        typed_code: "K7M 24QX",
        hotline: Some("0234 000 0000"),
        retention_days: 21,
        printed_on: "21/11/2026",
        version: 1,
        paper: Paper::A4,
        language: Locale::Vi,
        trial: false,
    }
}

/// Names that a page must bear: long, stacked, unspaced, foreign, markup.
fn hostile() -> [String; 5] {
    [
        "Trung tâm Văn hóa Thử Nghiệm ".repeat(11),
        "E\u{302}\u{309}A\u{306}\u{309}".repeat(100),
        "W".repeat(300),
        format!(
            "Z{} \u{202E}abc \u{1F469}\u{200D}\u{1F33E}\u{1F600} مدخل שער 市場",
            "\u{301}".repeat(80)
        ),
        "\"<script>alert('x')</script>\" \u{0}\t\n & \u{FEFF}".to_owned(),
    ]
}

#[test]
fn a4_square_is_15_cm_wide_and_can_be_read() {
    let page = render(&poster(&a_poster()).unwrap());
    page.check_square([30.0, 80.7, 150.0], 18.0);
    assert_eq!(page.scan(), a_poster().url);
}

#[test]
fn a3_square_is_larger_by_the_root_of_two() {
    let page = render(
        &poster(&Poster {
            paper: Paper::A3,
            ..a_poster()
        })
        .unwrap(),
    );
    page.check_square([42.42, 114.12, 212.12], 25.5);
    assert_eq!(page.scan(), a_poster().url);
}

#[test]
fn square_keeps_its_size_for_any_address() {
    for length in [1, 60, 400] {
        let url = format!("https://quet.example/{}", "x".repeat(length));
        let page = render(
            &poster(&Poster {
                url: &url,
                ..a_poster()
            })
            .unwrap(),
        );
        page.check_square([30.0, 80.7, 150.0], 18.0);
        assert_eq!(page.scan(), url);
    }
}

#[test]
fn another_scanner_reads_the_squares_too() {
    let pages = [
        (poster(&a_poster()).unwrap(), a_poster().url),
        (code_sheet(&a_sheet()).unwrap(), CODE),
    ];
    for (pdf, wanted) in pages {
        assert_eq!(another_scan(&pdf), wanted);
    }
}

#[test]
fn poster_says_what_to_do_in_both_languages() {
    let wanted = [
        "Quét mã khi VÀO và khi RA",
        "Scan when you ENTER and when you LEAVE",
        "Chợ Bến Thử, cổng 2",
        "12 đường Thử Nghiệm, phường Phú Xuân, thành phố Huế",
        "Mở máy ảnh, hướng vào mã",
        "Open the page that appears",
        "Bấm VÀO hoặc RA",
        "Không quét được? Mở quet.example, gõ mã",
        "Cannot scan? Open quet.example, type",
        "K7M 24QX",
        "0234 000 0000",
        "tự xóa sau 21 ngày. In ngày 21/11/2026, bản 1, cổng K7M24QX.",
        "erased after 21 days. Printed 21/11/2026, version 1, gate K7M24QX.",
    ];
    check_words(&poster(&a_poster()).unwrap(), &wanted);
    let english = Poster {
        language: Locale::En,
        ..a_poster()
    };
    check_words(&poster(&english).unwrap(), &wanted);
}

#[test]
fn poster_without_checkpoint_or_hotline_leaves_them_out() {
    let text = words(
        &poster(&Poster {
            checkpoint: "",
            hotline: None,
            ..a_poster()
        })
        .unwrap(),
    );
    assert!(text.contains("Chợ Bến Thử\n"), "{text}");
    assert!(!text.contains("Đường dây nóng"), "{text}");
}

#[test]
fn trial_is_marked_outside_the_square() {
    let trial = poster(&Poster {
        trial: true,
        ..a_poster()
    })
    .unwrap();
    assert!(words(&trial).contains("THỬ"));
    assert!(!words(&poster(&a_poster()).unwrap()).contains("THỬ"));
    let page = render(&trial);
    let quiet = [[12.0, 62.6, 198.0, 80.5], [12.0, 231.0, 198.0, 248.8]];
    let dot = |mm: f32| (mm / 25.4 * DOTS) as usize;
    for [left, top, right, bottom] in quiet {
        let white =
            (dot(top)..dot(bottom)).all(|y| (dot(left)..dot(right)).all(|x| page.at(x, y) == 255));
        assert!(white, "grey in the quiet zone");
    }
}

#[test]
fn a_pano_is_the_poster_made_larger_with_marks_where_to_cut() {
    let pano = Poster {
        paper: Paper::Pano,
        ..a_poster()
    };
    let pdf = poster(&pano).unwrap();
    let info = poppler("pdfinfo", &["-box", "page.pdf"], &pdf);
    // 1,200 x 1,697 mm, and 40 mm around it for the marks.
    assert!(
        info.contains("Page size:       3628.35 x 5037.57 pts"),
        "{info}"
    );
    assert!(
        info.contains("TrimBox:           113.39   113.39  3514.96  4924.19"),
        "{info}"
    );
    assert!(
        info.contains("BleedBox:           85.04    85.04  3543.31  4952.53"),
        "{info}"
    );
    assert_eq!(words(&pdf), words(&poster(&a_poster()).unwrap()));
}

#[test]
fn pages_have_the_size_of_the_paper_and_a_language() {
    let three = [
        a_poster(),
        Poster {
            paper: Paper::A3,
            ..a_poster()
        },
        a_poster(),
    ];
    let info = poppler(
        "pdfinfo",
        &["-l", "3", "page.pdf"],
        &posters(&three).unwrap(),
    );
    assert!(info.contains("Pages:           3"), "{info}");
    assert!(
        info.contains("Page    1 size:  595.276 x 841.89 pts (A4)"),
        "{info}"
    );
    assert!(
        info.contains("Page    2 size:  841.89 x 1190.55 pts (A3)"),
        "{info}"
    );
    assert!(!info.contains("Date"), "{info}");
    let sheet = code_sheet(&a_sheet()).unwrap();
    let info = poppler("pdfinfo", &["page.pdf"], &sheet);
    assert!(
        info.contains("Title:           THẺ KIỂM SOÁT DỊCH BỆNH"),
        "{info}"
    );
    assert!(
        info.contains("Pages:           1") && info.contains("(A4)"),
        "{info}"
    );
    let says = |pdf: &[u8], text: &[u8]| pdf.windows(text.len()).any(|part| part == text);
    assert!(
        says(&sheet, b"/Lang(vi)") || says(&sheet, b"/Lang (vi)"),
        "the language is told"
    );
}

#[test]
fn same_input_gives_same_bytes() {
    assert_eq!(poster(&a_poster()), poster(&a_poster()));
    let apart = Poster {
        venue: "Chơ\u{323} Bê\u{301}n Thư\u{309}",
        ..a_poster()
    };
    assert_eq!(
        poster(&apart),
        poster(&a_poster()),
        "composed or not, it is the same name"
    );
    assert_eq!(code_sheet(&a_sheet()), code_sheet(&a_sheet()));
}

#[test]
fn hostile_names_stay_inside_the_page_and_outside_the_square() {
    for text in &hostile() {
        let page = render(
            &poster(&Poster {
                venue: text,
                checkpoint: text,
                address: text,
                site: text,
                typed_code: text,
                hotline: Some(text),
                printed_on: text,
                ..a_poster()
            })
            .unwrap(),
        );
        page.check_square([30.0, 80.7, 150.0], 18.0);
        assert_eq!(page.scan(), a_poster().url);
        let ink = page.ink([0.0, 0.0, 210.0, 297.0]).unwrap();
        assert!(
            ink[0] > 9.0 && ink[1] > 9.0 && ink[2] < 201.0 && ink[3] < 290.5,
            "{ink:?}"
        );
    }
}

#[test]
fn what_cannot_be_printed_is_refused() {
    assert_eq!(posters(&[]), Err(PrintError::NothingToPrint));
    let url = "x".repeat(2000);
    let refused = poster(&Poster {
        url: &url,
        ..a_poster()
    });
    assert_eq!(refused, Err(PrintError::SquareTooLong(2000)));
}
