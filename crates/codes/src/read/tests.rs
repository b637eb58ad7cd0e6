use super::*;
use crate::card::vectors::{SEED, card, issuer};
use proptest::prelude::*;
use serde_json::Value;

const PAYLOADS: &str = include_str!("../../testdata/vn/payload_vectors.json");
const DECISION_1405: &str = include_str!("../../testdata/vn/vn_personal_qr_1405_synthetic.json");

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        let _ = read(&text);
    }

    #[test]
    fn no_text_of_its_own_signs_makes_the_reader_panic(text in "[0-9|$<*/:. A-Fa-f\u{301}đ-]{0,120}") {
        let _ = read(&text);
    }
}

fn kind(text: &str) -> &'static str {
    match read(text) {
        Code::Card(_) => "card",
        Code::DamagedCard => "damaged card",
        Code::Phone(_) => "phone",
        Code::DamagedPhone => "damaged phone",
        Code::Venue(_) => "venue",
        Code::ForeignVenue(_) => "foreign venue",
        Code::National(_) => "national",
        Code::Cccd(_) => "cccd",
        Code::Bhyt(_) => "bhyt",
        Code::Web => "web",
        Code::Payment => "payment",
        Code::Unknown => "unknown",
    }
}

#[test]
fn the_national_vectors_are_recognised() {
    let payloads: Vec<Value> = serde_json::from_str(PAYLOADS).unwrap();
    assert_eq!(payloads.len(), 8);
    for payload in payloads {
        let name = payload["kind"].as_str().unwrap();
        let expected = match name.split('_').next().unwrap() {
            "cccd7" => "cccd",
            "bhyt15" | "bhyt10" => "bhyt",
            "pccovid" => "national",
            _ => "foreign venue",
        };
        assert_eq!(kind(payload["raw"].as_str().unwrap()), expected, "{name}");
    }
    let decision: Value = serde_json::from_str(DECISION_1405).unwrap();
    for case in decision["cases"].as_array().unwrap() {
        assert_eq!(kind(case["qr"].as_str().unwrap()), "national");
    }
}

#[test]
fn our_own_codes_are_recognised() {
    let text = card().sign(&issuer(&SEED));
    assert_eq!(kind(&text), "card");
    assert_eq!(kind(&format!("\r\n {text}\r\n")), "card");
    assert_eq!(kind(&format!("\u{feff}{text}")), "card");
    assert_eq!(kind(&text[..100]), "damaged card");
    let venue = VenueCode::from_number(12_345).unwrap();
    assert_eq!(kind(&venue.url("https://example.vn")), "venue");
    assert_eq!(kind(&venue.written().to_lowercase()), "venue");
}

#[test]
fn scanners_may_add_line_ends_and_a_mark() {
    let cccd =
        "\u{feff}046090000123|191234567|Nguyễn Văn Thử|15031990|Nam|12 Đường\r\n Mẫu|20042021\r\n";
    match read(cccd) {
        Code::Cccd(card) => {
            assert!(card.consistent);
            assert_eq!(card.address.as_deref(), Some("12 Đường Mẫu"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn whatever_else_is_unknown() {
    for text in [
        "",
        " \r\n",
        "hello",
        "826",
        "0900000000",
        "12345678901234567890",
        "HC1:6BF+70790T9WJWG.FKY*4GO0.O1CV2",
        "://x.vn",
        "1a://x.vn",
        "a b://x.vn",
        "2222223",
        "|||||",
    ] {
        assert_eq!(read(text), Code::Unknown, "{text:?}");
    }
}

#[test]
fn what_is_often_held_out_by_mistake_is_called_so() {
    for text in [
        "https://example.vn/",
        "HTTP://example.vn/v/2222223",
        "https://example.vn/v/2222223",
        "WWW.example.vn",
        "ftp://x.vn",
        "intent://scan/#x",
    ] {
        assert_eq!(read(text), Code::Web, "{text:?}");
    }
    let payment = "00020101021138540010A00000072701240006970400011000000000000208QRIBFTTA53037045802VN6304ABCD";
    assert_eq!(read(payment), Code::Payment);
}

#[test]
fn a_text_over_four_kibibytes_is_not_looked_at() {
    let text = card().sign(&issuer(&SEED));
    let room = MAX_TEXT - text.len();
    assert_eq!(kind(&format!("{text}{}", " ".repeat(room))), "card");
    assert_eq!(kind(&format!("{text}{}", " ".repeat(room + 1))), "unknown");
}

#[test]
fn the_card_prefix_does_not_shadow_a_foreign_paper() {
    assert_eq!(
        kind("82610000|TRAN THI B|2015-03-09|0|QIDEXAMPLE0002|<2<<"),
        "national"
    );
}
