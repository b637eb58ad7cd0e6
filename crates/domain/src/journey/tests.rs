use super::*;

#[test]
fn flight_codes_are_an_airline_and_a_number() {
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(flight_code(text).as_deref(), expected, "{text}");
    };
    check("vn 1545", Some("VN1545"));
    check("VJ-1", Some("VJ1"));
    check("0V8072", Some("0V8072"));
    check("QH202A", Some("QH202A"));
    for wrong in [
        "",
        "V",
        "VN",
        "VNA",
        "VN12345",
        "12345",
        "VN15/45",
        "Ễ123",
        "ВН123",
        "VN 15 45 A B",
    ] {
        check(wrong, None);
    }
    check(&"VN1".repeat(4000), None);
}

#[test]
fn plates_are_read_leniently() {
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(plate(text).as_deref(), expected, "{text}");
    };
    check("75a-123.45", Some("75A-123.45"));
    check(" 29-H1  123.45 ", Some("29-H1 123.45"));
    check("80-NG-123-45", Some("80-NG-123-45"));
    check("29-Đ1 2345", Some("29-Đ1 2345"));
    // The same letter in two code points.
    check("29-A\u{302}1 2345", Some("29-Â1 2345"));
    check("\u{e01}\u{e02} 1234", Some("\u{e01}\u{e02} 1234"));
    for wrong in ["", "123", "ABCD", "75A/123", "75A-123.45.678.901", "xe máy"] {
        check(wrong, None);
    }
    check(&"7".repeat(10_000), None);
}

#[test]
fn days_lie_near_and_in_order() {
    let today = Day(20_000);
    let check = |apart, expected| assert_eq!(near(today.plus(apart), today), expected, "{apart}");
    check(-8, false);
    check(-7, true);
    check(0, true);
    check(7, true);
    check(8, false);
    let check = |days, expected| assert_eq!(in_order(today, today.plus(days)), expected, "{days}");
    check(-1, false);
    check(0, true);
    check(30, true);
    check(31, false);
}
