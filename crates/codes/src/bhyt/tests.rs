use super::*;

const FULL: &str = "GD4464600000123|4e677579e1bb856e2056c4836e205468e1bbad|15/03/1990|1|5068c6b0e1bb9d6e67205068c3ba2048e1bb99692c205450204875e1babf|46 - 001|01/01/2021|31/12/2021|28/12/2020|46000000000001|-|4|01/01/2025|0123456789abcdef-0001|$";

#[test]
fn every_field_is_read() {
    let card = parse(FULL).unwrap();
    assert_eq!(card.number, "GD4464600000123");
    assert_eq!(card.social_number, "4600000123");
    assert_eq!(card.name.as_deref(), Some("Nguyễn Văn Thử"));
    assert_eq!(card.birth, Birth::from_iso("1990-03-15"));
    assert_eq!(card.sex, Some(Sex::Male));
    assert_eq!(card.address.as_deref(), Some("Phường Phú Hội, TP Huế"));
    assert_eq!(card.facility.as_deref(), Some("46 - 001"));
    assert_eq!(card.valid_from, Birth::from_iso("2021-01-01"));
    assert_eq!(card.valid_until, Birth::from_iso("2021-12-31"));
}

#[test]
fn the_newer_card_has_ten_digits_and_may_know_the_year_only() {
    let newer = FULL
        .replace("GD4464600000123", "4600000123")
        .replace("15/03/1990", "1990")
        .replace("31/12/2021", "-");
    let card = parse(&newer).unwrap();
    assert_eq!(card.number, card.social_number);
    assert_eq!(card.birth.unwrap().to_string(), "1990");
    assert_eq!(card.valid_until, None);
}

#[test]
fn a_damaged_name_is_left_out() {
    for name in ["4e6", "zz", "ff", "-", ""] {
        let card = parse(&FULL.replace("4e677579e1bb856e2056c4836e205468e1bbad", name)).unwrap();
        assert_eq!(card.name, None, "{name}");
    }
}

#[test]
fn other_texts_are_not_health_cards() {
    for other in [
        FULL.trim_end_matches('$'),
        &FULL.replace("GD446", "gd446"),
        &FULL.replace("GD446", "GDX46"),
        &FULL.replace("GD4464600000123", "460000012"),
        &FULL.replace("GD4464600000123", "Đ44600000123"),
        "1|2|3|$",
        "$",
        "",
    ] {
        assert_eq!(parse(other), None, "{other}");
    }
}
