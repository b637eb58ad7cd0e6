use super::*;
use crate::likeness::{Degree, Likeness};
use proptest::prelude::*;

const COLUMNS: [Option<Field>; 6] = [
    Some(Field::IdNumber),
    Some(Field::Name),
    Some(Field::Birth),
    Some(Field::Gender),
    Some(Field::Phone),
    Some(Field::Address),
];

fn how() -> Reading {
    Reading {
        since_1904: false,
        now: Timestamp::parse_rfc3339("2026-11-21T00:42:00Z").expect("a time"),
        zone: Zone::VIETNAM,
    }
}

fn text(text: &str) -> Value {
    match text {
        "" => Value::Empty,
        text => Value::Text(text.to_owned()),
    }
}

fn row(cells: [&str; 6]) -> Vec<Value> {
    cells.map(text).to_vec()
}

const THU: [&str; 6] = [
    "046087004417",
    "Nguyễn Văn Thử",
    "18/01/1987",
    "Nam",
    "0905 000 417",
    "12 đường Thử",
];

fn with(at: usize, value: Value) -> Result<HolderDetails, Vec<Fault>> {
    let mut cells = row(THU);
    cells[at] = value;
    read(&COLUMNS, &cells, how())
}

#[test]
fn a_plain_row_is_read() {
    let thu = read(&COLUMNS, &row(THU), how()).expect("a person");
    assert_eq!(
        canonical(&thu),
        "046087004417\t\t\tNguyễn Văn Thử\t1987-01-18\tmale\t+84905000417\t12 đường Thử\n"
    );
}

#[test]
fn a_number_gets_its_zeros_back_where_it_is_certain() {
    let number = |value| with(0, value).map(|person| person.id_number.unwrap_or_default());
    let whole = Ok("046087004417".to_owned());
    assert_eq!(number(Value::Number(46_087_004_417.0)), whole);
    assert_eq!(number(text("46087004417")), whole);
    assert_eq!(number(text("046 087 004 417")), whole);
    assert_eq!(number(text("191234417")), Ok("191234417".to_owned()));
    assert_eq!(number(text("B1234567")), Ok("B1234567".to_owned()));
    for lost in [
        Value::Number(46_090_004_417.0),
        Value::Number(99_087_004_417.0),
        Value::Number(4_612_345_678.0),
        Value::Number(12_345_678.0),
        text("4.60870E+10"),
        text("4,6087E+10"),
    ] {
        assert_eq!(
            number(lost.clone()),
            Err(vec![Fault::NumberLost]),
            "{lost:?}"
        );
    }
    let hanoi = with(0, Value::Number(1_087_004_417.0)).expect("a person");
    assert_eq!(hanoi.id_number.as_deref(), Some("001087004417"));
    assert_eq!(
        with(0, text("046187004417")),
        Err(vec![Fault::NumberGender])
    );
    assert_eq!(with(0, text("046090004417")), Err(vec![Fault::NumberYear]));
    assert_eq!(
        with(0, text("0460870044171")),
        Err(vec![Fault::NumberWrong])
    );
    assert_eq!(
        restore("46087004417", None, None),
        Err(Fault::NumberLost),
        "no birth beside it"
    );
}

#[test]
fn a_birth_is_read_in_every_way_that_lists_write_it() {
    let day = |value: Value| with(2, value).map(|person| person.birth.map(Birth::written));
    let whole = Ok(Some("18/01/1987".to_owned()));
    for said in [
        "18/1/1987",
        "18-01-1987",
        "18.01.1987",
        "18 / 01 / 1987",
        "1987-01-18",
        "1987-01-18 00:00:00",
        "1987-01-18T00:00:00",
        "18011987",
        "ngày 18 tháng 01 năm 1987",
        "Sinh ngày 18/01/1987",
    ] {
        assert_eq!(day(text(said)), whole, "{said}");
    }
    assert_eq!(day(Value::Serial(31_795.0)), whole);
    assert_eq!(day(Value::Number(31_795.4)), whole);
    assert_eq!(day(Value::Number(18_011_987.0)), whole);
    for year in ["1987", "01/1987", "00/00/1987", "năm 1987", "1987.0"] {
        assert_eq!(day(text(year)), Ok(Some("1987".to_owned())), "{year}");
    }
    assert_eq!(day(Value::Number(1987.0)), Ok(Some("1987".to_owned())));
    for wrong in [
        text("18/01/87"),
        text("31/02/1987"),
        text("hôm qua"),
        text("01/18/1987"),
        Value::Serial(1987.0),
        text("18/01/2027"),
        text("18/01/1887"),
    ] {
        let mut cells = row(THU);
        (cells[0], cells[2]) = (Value::Empty, wrong.clone());
        assert_eq!(
            read(&COLUMNS, &cells, how()),
            Err(vec![Fault::BirthWrong]),
            "{wrong:?}"
        );
    }
}

#[test]
fn a_year_in_a_cell_of_days_comes_back_as_a_year() {
    let written = Value::Serial(1987.0).written(false);
    assert_eq!(written, "1987");
    assert_eq!(
        with(2, text(&written)).map(|person| person.birth),
        Ok(Some(Birth::in_year(1987)))
    );
    // As the spreadsheet shows it, and somebody may have copied.
    let bare = |said: &str| {
        let mut cells = row(THU);
        (cells[0], cells[2]) = (Value::Empty, text(said));
        read(&COLUMNS, &cells, how()).map(|person| person.birth.map(Birth::written))
    };
    for doubtful in ["22/02/1905", "09/06/1905", "1905-09-30", "08/02/1905"] {
        let good = doubtful == "08/02/1905";
        assert_eq!(bare(doubtful).is_ok(), good, "{doubtful}");
    }
    for good in ["01/10/1905", "1905", "09/06/1906"] {
        assert_eq!(bare(good), Ok(Some(good.to_owned())));
    }
}

#[test]
fn days_are_counted_from_1900_or_1904() {
    let day = |serial, since_1904| serial_day(serial, since_1904).map(Day::written);
    assert_eq!(day(31_795.75, false).as_deref(), Some("18/01/1987"));
    assert_eq!(day(30_333.0, true).as_deref(), Some("18/01/1987"));
    assert_eq!(day(1.0, false).as_deref(), Some("01/01/1900"));
    assert_eq!(day(59.0, false).as_deref(), Some("28/02/1900"));
    assert_eq!(day(61.0, false).as_deref(), Some("01/03/1900"));
    for none in [60.0, 0.0, -1.0, 1e9, f64::NAN, f64::INFINITY] {
        assert_eq!(day(none, false), None, "{none}");
    }
}

#[test]
fn names_in_capitals_in_parts_and_apart_from_their_marks_are_one_name() {
    let name = |said: &str| with(1, text(said)).map(|person| person.name.as_str().to_owned());
    let whole = Ok("Nguyễn Văn Thử".to_owned());
    for said in [
        "NGUYỄN VĂN THỬ",
        " Nguyễn  Văn Thử ",
        "Nguye\u{302}\u{303}n Va\u{306}n Thu\u{31b}\u{309}",
    ] {
        assert_eq!(name(said), whole, "{said}");
    }
    assert_eq!(name("H'MẪU ÊBAN"), Ok("H'Mẫu Êban".to_owned()));
    for lost in ["NguyÔn V¨n Thö", "TrÇn ThÞ MÉu", "HiÕu", "B×nh"] {
        assert_eq!(name(lost), Err(vec![Fault::NameFont]), "{lost}");
    }
    for right in ["Trần Thị Mẫu", "François Müller", "Lê McMẫu", "Y Ênuôl"] {
        assert_eq!(name(right), Ok(right.to_owned()), "{right}");
    }
    assert_eq!(name(""), Err(vec![Fault::NoName]));
    assert_eq!(name(&"a".repeat(300)), Err(vec![Fault::NameLong]));
    let parts = [
        Some(Field::Name),
        Some(Field::Name),
        Some(Field::Birth),
        Some(Field::Phone),
    ];
    let cells = ["Nguyễn Văn", "Thử", "1987", "905000417"].map(text);
    let person = read(&parts, &cells, how()).expect("a person");
    assert_eq!(
        (person.name.as_str(), person.phone.as_deref()),
        ("Nguyễn Văn Thử", Some("+84905000417"))
    );
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let wrong = row(["x", "", "", "?", "12", &"a".repeat(161)]);
    use Fault::{AddressLong, GenderWrong, NoBirth, NoName, NumberWrong, PhoneWrong};
    assert_eq!(
        read(&COLUMNS, &wrong, how()),
        Err(vec![
            NoName,
            NoBirth,
            GenderWrong,
            NumberWrong,
            PhoneWrong,
            AddressLong
        ])
    );
    let bare = row(["", "Nguyễn Văn Thử", "1987", "", "", ""]);
    assert_eq!(read(&COLUMNS, &bare, how()), Err(vec![Fault::NoNumber]));
}

#[test]
fn the_sex_is_known_from_the_number() {
    assert_eq!(
        with(3, Value::Empty).map(|person| person.gender),
        Ok(Some(Gender::Male))
    );
    assert_eq!(with(3, text("NỮ")), Err(vec![Fault::NumberGender]));
    assert_eq!(insurance("HC4464612345678").as_deref(), Some("4612345678"));
    assert_eq!(insurance("112345678").as_deref(), Some("0112345678"));
    assert_eq!(insurance("12345678"), None);
}

#[test]
fn columns_are_known_by_their_headings() {
    let check = |headings: &[&str], expected: &[Option<Field>]| {
        let headings: Vec<String> = headings.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(guess(&headings), expected, "{headings:?}");
    };
    use Field::{Address, Birth, Gender, IdNumber, Insurance, Name, OldNumber, Phone};
    check(
        &[
            "STT",
            "Họ và tên",
            "Ngày, tháng, năm sinh",
            "Giới tính",
            "Số CCCD",
            "Số CMND cũ",
            "Mã số BHXH",
            "SĐT",
            "Nơi ở hiện tại",
            "Quan hệ với chủ hộ",
            "Lỗi",
        ],
        &[
            None,
            Some(Name),
            Some(Birth),
            Some(Gender),
            Some(IdNumber),
            Some(OldNumber),
            Some(Insurance),
            Some(Phone),
            Some(Address),
            None,
            None,
        ],
    );
    check(
        &["HỌ ĐỆM", "TÊN", "CMND", "CCCD"],
        &[Some(Name), Some(Name), Some(OldNumber), Some(IdNumber)],
    );
    check(
        &["CCCD/CMND", "Họ tên chủ hộ", "Họ tên"],
        &[Some(IdNumber), None, Some(Name)],
    );
    check(
        &["Full name", "Date of birth", "Phone number", "Sex"],
        &[Some(Name), Some(Birth), Some(Phone), Some(Gender)],
    );
    check(&["", "x", "Số thứ tự"], &[None, None, None]);
}

#[test]
fn the_second_row_of_one_person_is_found() {
    let read = |cells| read(&COLUMNS, &row(cells), how()).expect("a person");
    let people = [
        read(THU),
        read(["", "Trần Thị Mẫu", "02/09/1990", "Nữ", "0905 000 418", ""]),
        read(["", "NGUYEN VAN THU", "18/01/1987", "", "0905 000 419", ""]),
        read([
            "046187000001",
            "Nguyễn Thị Thử",
            "18/01/1987",
            "Nữ",
            "0905 000 417",
            "",
        ]),
        read(["046087004417", "Lê Văn Nháp", "1987", "", "", ""]),
    ];
    let people: Vec<&HolderDetails> = people.iter().collect();
    assert_eq!(repeated(&people), [None, None, Some(0), None, Some(0)]);
}

#[test]
fn words_for_none_are_no_numbers() {
    for none in ["không có", "Chưa có", "ko", "-", "n/a"] {
        let mut cells = row(THU);
        cells[0] = text(none);
        let person = read(&COLUMNS, &cells, how()).expect("a person with a phone");
        assert_eq!(person.id_number, None, "{none}");
        cells[4] = text(none);
        assert_eq!(read(&COLUMNS, &cells, how()), Err(vec![Fault::NoNumber]));
    }
    assert_eq!(with(0, text("mất giấy tờ")), Err(vec![Fault::NumberWrong]));
}

#[test]
fn a_row_is_found_again_though_the_name_has_a_slip() {
    let read = |cells| read(&COLUMNS, &row(cells), how()).expect("a person");
    let people = [
        read(THU),
        read(["", "Nguyễn Thử", "18/01/1987", "", "0905 000 001", ""]),
        read(["", "Nguyễn Văn Hử", "18/01/1987", "", "0905 000 002", ""]),
        read(["", "Nguyễn Văn Thử", "1987", "", "0905 000 417", ""]),
        read(["", "Nguyễn Văn Thử", "1987", "", "0905 000 003", ""]),
    ];
    let people: Vec<&HolderDetails> = people.iter().collect();
    assert_eq!(repeated(&people), [None, Some(0), Some(0), Some(0), None]);
}

#[test]
fn a_list_that_tries_numbers_out_is_seen() {
    let read = |n: usize, name: &str, birth: &str| {
        let number = format!("0460870044{n:02}");
        let cells = [number.as_str(), name, birth, "", "", ""];
        read(&COLUMNS, &row(cells), how()).expect("a person")
    };
    let of = |count: usize| {
        let names = ["Nguyễn Văn Thử", "NGUYEN VAN THU"];
        let mut people: Vec<HolderDetails> = (0..count)
            .map(|n| read(n, names[n % 2], "18/01/1987"))
            .collect();
        people.push(read(90, "Nguyễn Văn Thử", "19/01/1987"));
        // The same row once more is no other number.
        people.push(read(90, "Nguyễn Văn Thử", "19/01/1987"));
        let people: Vec<&HolderDetails> = people.iter().collect();
        crowded(&people)
    };
    assert_eq!(of(3), [false; 5]);
    assert_eq!(of(4), [true, true, true, true, false, false]);
}

proptest! {
    /// Nobody who is likely the same is passed by for being looked at cheaply.
    #[test]
    fn what_is_likely_is_found(cells in proptest::collection::vec(likely_row(), 2)) {
        let people: Vec<HolderDetails> = cells.iter().filter_map(|cells| read(&COLUMNS, cells, how()).ok()).collect();
        if let [one, other] = people.as_slice() {
            let whole = Likeness::of(one, other);
            let likely = (whole.degree == Degree::Likely).then_some(whole);
            prop_assert_eq!(Likeness::likely(one, other), likely);
            prop_assert_eq!(repeated(&[one, other])[1].is_some(), likely.is_some());
        }
    }

    /// Whatever a cell holds: it is read or refused, and what was read is read again from how it is written.
    #[test]
    fn no_cell_breaks_the_reading(cells in proptest::collection::vec(any_value(), 6)) {
        if let Ok(person) = read(&COLUMNS, &cells, how()) {
            let again = [
                person.id_number.clone().unwrap_or_default(),
                person.name.as_str().to_owned(),
                person.birth.map(Birth::written).unwrap_or_default(),
                person.gender.map(|gender| gender.to_string()).unwrap_or_default(),
                person.phone.clone().unwrap_or_default(),
                person.address.clone().unwrap_or_default(),
            ];
            let again: Vec<Value> = again.iter().map(|one| text(one)).collect();
            prop_assert_eq!(read(&COLUMNS, &again, how()), Ok(person));
        }
    }

    /// A citizen number whose zeros were dropped comes back as it was, or not at all.
    #[test]
    fn zeros_come_back_right_or_not_at_all(province in 1_u64..97, century in 0_u64..4, year in 0_u64..100, rest in 0_u64..1_000_000) {
        let whole = format!("{province:03}{century}{year:02}{rest:06}");
        let number: f64 = whole.parse().expect("a number");
        let birth = Birth::in_year(u16::try_from(1900 + century / 2 * 100 + year).expect("a year"));
        let found = restore(&Value::Number(number).written(false), Some(birth), None);
        prop_assert_eq!(found, Ok(whole));
    }
}

fn likely_row() -> impl Strategy<Value = Vec<Value>> {
    let said = [
        "(|046087004417|046087004418|191234417)",
        "(Nguyễn Văn Thử|NGUYEN THU|Nguyễn Văn Hử|Trần Thị Mẫu)",
        "(18/01/1987|1987|19/01/1987|01/02/1990)",
        "",
        "(|0905000417|0905000418)",
        "",
    ];
    said.map(|cell| cell.prop_map(Value::Text)).to_vec()
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Empty),
        any::<f64>().prop_map(Value::Number),
        (0.0..100_000.0).prop_map(Value::Serial),
        "\\PC{0,30}".prop_map(Value::Text),
        "[0-9]{0,13}".prop_map(Value::Text),
        "[0-9]{1,2}/[0-9]{1,2}/19[0-9]{2}".prop_map(Value::Text),
        "(nam|NỮ|0905000417|Nguyễn Văn Thử|1987)".prop_map(Value::Text),
    ]
}
