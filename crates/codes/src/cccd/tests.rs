use super::*;

const FULL: &str = "046090000123|191234567|Nguyễn Văn Thử|15031990|Nam|12 Đường Mẫu, Huế|20042021";

#[test]
fn every_field_is_read() {
    let card = parse(FULL).unwrap();
    assert_eq!(card.number, "046090000123");
    assert_eq!(card.old_number.as_deref(), Some("191234567"));
    assert_eq!(card.name.as_deref(), Some("Nguyễn Văn Thử"));
    assert_eq!(card.birth, Birth::from_iso("1990-03-15"));
    assert_eq!(card.sex, Some(Sex::Male));
    assert_eq!(card.address.as_deref(), Some("12 Đường Mẫu, Huế"));
    assert_eq!(card.issued, Birth::from_iso("2021-04-20"));
    assert!(card.consistent && !card.damaged);
}

#[test]
fn parts_beyond_the_seventh_are_not_read() {
    let longer = format!("{FULL}|Trần Thị Mẫu|046190000124|x");
    assert_eq!(parse(&longer), parse(FULL));
}

#[test]
fn a_name_in_pieces_is_composed() {
    let pieces = FULL
        .replace("Thử", "Thu\u{309}")
        .replace("Thu\u{309}", "Thư\u{309}");
    assert_eq!(
        parse(&pieces).unwrap().name.as_deref(),
        Some("Nguyễn Văn Thử")
    );
}

#[test]
fn the_number_must_fit_place_sex_and_year() {
    let consistent = |number: &str, birth: &str, sex: &str| {
        parse(&format!("{number}||A|{birth}|{sex}|B|20042021"))
            .unwrap()
            .consistent
    };
    assert!(consistent("046090000123", "15031990", "Nam"));
    assert!(consistent("046190000123", "15031990", "Nữ"));
    assert!(consistent("046203000123", "15032003", "Nam"));
    assert!(consistent("046303000123", "15032003", "Nữ"));
    assert!(consistent("104090000123", "15031990", "Nam"));
    assert!(!consistent("046090000123", "15031991", "Nam"), "year");
    assert!(!consistent("046090000123", "15031990", "Nữ"), "sex");
    assert!(!consistent("046090000123", "15032090", "Nam"), "century");
    assert!(
        !consistent("046090000123", "15031890", "Nam"),
        "before 1900"
    );
    assert!(!consistent("003090000123", "15031990", "Nam"), "place");
    assert!(
        !consistent("046090000123", "31021990", "Nam"),
        "no such day"
    );
    assert!(!consistent("046090000123", "15031990", "?"), "unknown sex");
}

#[test]
fn of_a_damaged_text_numbers_and_dates_are_kept_and_letters_are_not() {
    let street = "12 Đường Mẫu, Huế";
    for (name, sex, address) in [
        ("Nguy?n V?n Th?", "Nam", "12 ???ng M?u, Hu?"),
        ("Nguyn Vn Th", "Nam", "12 ng Mu, Hu"),
        ("Nguyá»n VÄn Thá»", "Nam", street),
        ("Lan Anh Mai", "Nam", "12 \u{fffd}ường Mẫu"),
        ("Lan Anh Mai", "N", street),
        ("Lan Anh Mai", "N?", street),
    ] {
        let number = ["046090000123", "046190000123"][usize::from(sex != "Nam")];
        let text = format!("{number}|191234567|{name}|15031990|{sex}|{address}|20042021");
        let card = parse(&text).unwrap();
        assert!(card.damaged && card.consistent, "{text}");
        assert_eq!((card.name, card.address), (None, None), "{text}");
        assert_eq!(card.old_number.as_deref(), Some("191234567"));
        assert_eq!(card.birth, Birth::from_iso("1990-03-15"));
        let sexes = [Sex::Male, Sex::Female];
        assert_eq!(card.sex, Some(sexes[usize::from(sex != "Nam")]));
    }
}

#[test]
fn a_text_that_was_read_byte_by_byte_is_read_as_it_was() {
    let mixed: String = FULL.bytes().map(char::from).collect();
    assert_ne!(mixed, FULL);
    assert_eq!(parse(&mixed), parse(FULL));
}

#[test]
fn a_damaged_text_gives_its_number() {
    for damaged in [
        "046090000123",
        "046090000123\\191234567\\Nguye64n Va8n Thu73\\15031990",
        "046090000123}}Nguyeenx Vawn Thuwr}15031990}Nam",
        "046090000123|191234567|Nguye",
    ] {
        assert_eq!(parse(damaged), None);
        let card = recover(damaged).unwrap();
        assert_eq!(card.number, "046090000123");
        assert!(card.damaged && !card.consistent && card.name.is_none());
    }
}

#[test]
fn other_long_numbers_are_not_recovered() {
    for other in [
        "0460900001234",
        "04609000012",
        "003090000123",
        "999999999999",
        "04609000012x",
        "",
    ] {
        assert_eq!(recover(other), None, "{other}");
    }
}
