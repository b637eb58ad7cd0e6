use super::*;
use proptest::prelude::*;

fn codes() -> impl Iterator<Item = VenueCode> {
    (0..2000u32).map(|n| VenueCode::from_random(n.wrapping_mul(2_654_435_761)))
}

proptest! {
    #[test]
    fn numbers_return(number in 0..COUNT) {
        let code = VenueCode::from_number(number).unwrap();
        prop_assert_eq!(code.number(), number);
        prop_assert_eq!(VenueCode::parse(&code.written()), Some(code));
        prop_assert_eq!(VenueCode::parse(&code.as_str().to_lowercase()), Some(code));
        prop_assert_eq!(VenueCode::from_url(&code.url("https://example.vn/")), Some(code));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,40}") {
        let _ = (VenueCode::parse(&text), VenueCode::from_url(&text));
    }
}

#[test]
fn every_single_wrong_character_is_noticed() {
    for code in codes() {
        for place in 0..LENGTH {
            for &symbol in ALPHABET {
                let mut other = code.0;
                other[place] = symbol;
                let text = std::str::from_utf8(&other).unwrap();
                assert_eq!(
                    VenueCode::parse(text).is_some(),
                    other == code.0,
                    "{code} {text}"
                );
            }
        }
    }
}

#[test]
fn every_two_characters_that_changed_places_are_noticed() {
    for code in codes() {
        for first in 0..LENGTH {
            for second in first + 1..LENGTH {
                let mut other = code.0;
                other.swap(first, second);
                let text = std::str::from_utf8(&other).unwrap();
                assert_eq!(
                    VenueCode::parse(text).is_some(),
                    other == code.0,
                    "{code} {text}"
                );
            }
        }
    }
}

#[test]
fn the_ends_of_the_range() {
    assert_eq!(VenueCode::from_number(0).unwrap().as_str(), "2222222");
    assert_eq!(VenueCode::from_number(COUNT), None);
    assert_eq!(VenueCode::from_random(0).number(), 0);
    assert_eq!(VenueCode::from_random(u32::MAX).number(), COUNT - 1);
    assert_eq!(VenueCode::from_number(1).unwrap().written(), "222 223Y");
}

#[test]
fn addresses_are_recognised_whatever_the_host() {
    let code = VenueCode::from_number(500_000_000).unwrap();
    for url in [
        format!("https://example.vn/v/{code}"),
        format!("http://127.0.0.1:8080/v/{code}/"),
        format!("HTTPS://EXAMPLE.VN/V/{code}"),
        format!("https://example.vn/v/{code}?way=poster#x"),
        format!(" https://example.vn/v/{code}/?a=/b \n"),
    ] {
        assert_eq!(VenueCode::from_url(&url), Some(code), "{url}");
    }
    for url in [
        format!("ftp://example.vn/v/{code}"),
        format!("https:///v/{code}"),
        format!("https://example.vn/x/{code}"),
        format!("https://example.vn/v/{code}/more"),
        format!("https://example.vn/v/ {code}"),
        format!("https://example.vn/v/{}", &code.as_str()[1..]),
        "https://example.vn/v/".to_owned(),
        code.to_string(),
    ] {
        assert_eq!(VenueCode::from_url(&url), None, "{url}");
    }
}
