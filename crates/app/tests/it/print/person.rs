//! A person's own sheet.

use domain::card::CardLayout;
use unicode_normalization::UnicodeNormalization;
use vaora::print::{PrintError, PrintedCard, cards};
use vaora::web::locale::Locale;

use super::hostile;
use super::reading::{check_words, poppler, render, words};

/// Digits as long as those of a signed card.
pub(super) const CODE: &str = "0710293847561029384756102938475610293847561029384756102938475610293847561029384756\
    102938475610293847561029384756102938475610293847561029384756102938475610293847561029384756102938\
    475610293847561029384756102938475610293847561029384756102938475610293847561029384756102938475610";

pub(super) fn a_sheet() -> PrintedCard<'static> {
    PrintedCard {
        name: "Nguyễn Văn Thử",
        masked_number: Some("******004417"),
        birth_year: Some(1987),
        issued_on: "21/11/2026",
        issued_by: Some("P. Thuận Hóa, TP. Huế"),
        return_to: Some("P. Thuận Hóa, TP. Huế"),
        expires_on: "20/11/2027",
        serial: "00AA 1B2C 3D4E 5F60 7A8B",
        code: CODE,
        batch: None,
        address: &[],
        hotline: Some("0234 000 0000"),
        language: Locale::Vi,
        trial: false,
    }
}

/// The card on paper to fold.
pub(super) fn code_sheet(card: &PrintedCard<'_>) -> Result<Vec<u8>, PrintError> {
    cards(std::slice::from_ref(card), CardLayout::Folded)
}

#[test]
fn personal_square_is_6_cm_wide_and_can_be_read() {
    for code in [CODE, "12345"] {
        let page = render(&code_sheet(&PrintedCard { code, ..a_sheet() }).unwrap());
        page.check_square([127.5, 46.0, 60.0], 11.6);
        assert_eq!(page.scan(), code);
    }
}

#[test]
fn sheet_names_its_bearer_and_how_to_use_it() {
    let wanted = [
        "THẺ KIỂM SOÁT DỊCH BỆNH",
        "Disease-control card",
        "NGUYỄN VĂN THỬ",
        "******004417",
        "1987",
        "21/11/2026",
        "20/11/2027",
        "P. Thuận Hóa, TP. Huế",
        "Số thẻ 00AA 1B2C 3D4E 5F60 7A8B",
        "Show the QR side when you enter and when you leave.",
        "Mã không chứa họ tên, số giấy tờ, số điện thoại.",
        "Mất thẻ: gọi ngay 0234 000 0000 để khóa.",
    ];
    check_words(&code_sheet(&a_sheet()).unwrap(), &wanted);
    let english = PrintedCard {
        language: Locale::En,
        hotline: None,
        ..a_sheet()
    };
    let lost = "Lost: tell the commune office at once to revoke it.";
    check_words(
        &code_sheet(&english).unwrap(),
        &["DISEASE-CONTROL CARD", "Card number", lost],
    );
}

#[test]
fn sheet_leaves_out_what_is_not_known() {
    let sheet = PrintedCard {
        masked_number: None,
        birth_year: None,
        issued_by: None,
        ..a_sheet()
    };
    let text = words(&code_sheet(&sheet).unwrap());
    assert!(
        !text.contains("Số giấy tờ\n") && !text.contains("Năm sinh") && !text.contains("Nơi cấp"),
        "{text}"
    );
}

#[test]
fn a_name_of_300_letters_is_never_cut() {
    for text in &hostile()[..3] {
        let sheet = PrintedCard {
            name: text,
            ..a_sheet()
        };
        let pdf = code_sheet(&sheet).unwrap();
        let composed: String = {
            text.to_uppercase()
                .nfc()
                .filter(|c| !c.is_whitespace())
                .collect()
        };
        let raw = poppler("pdftotext", &["-raw", "page.pdf", "-"], &pdf);
        let raw: String = raw.chars().filter(|c| !c.is_whitespace()).collect();
        assert!(raw.contains(&composed), "{composed} is not whole in {raw}");
        render(&pdf).check_square([127.5, 46.0, 60.0], 11.6);
    }
}

#[test]
fn trial_sheet_is_marked() {
    let sheet = PrintedCard {
        trial: true,
        name: "Trần Thị Mẫu",
        ..a_sheet()
    };
    assert!(words(&code_sheet(&sheet).unwrap()).contains("THỬ"));
    let real = PrintedCard {
        trial: false,
        ..sheet
    };
    assert!(!words(&code_sheet(&real).unwrap()).contains("THỬ"));
}
