use super::*;

const YEAR: u16 = 2026;

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn papers_say_who_their_bearer_is() {
    let person = read(
        "046087004417||Nguyễn Văn Thử|18011987|Nam|1 đường Thử, Huế|01012022",
        YEAR,
    )
    .unwrap();
    assert_eq!(
        (
            person.kind,
            person.number.as_str(),
            person.birth_year,
            person.gender
        ),
        (
            IdentityKind::Cccd,
            "046087004417",
            Some(1987),
            Some(Gender::Male)
        )
    );
    assert_eq!(person.name.unwrap().as_str(), "Nguyễn Văn Thử");
    let bhyt = format!(
        "DN4464612345678|{}|1950|2|-|46 - 001|01/01/2021|-|||||||15-|$",
        hex("Trần Thị Mẫu")
    );
    let person = read(&bhyt, YEAR).unwrap();
    assert_eq!(
        (
            person.kind,
            person.number.as_str(),
            person.birth_year,
            person.gender
        ),
        (
            IdentityKind::Bhyt,
            "4612345678",
            Some(1950),
            Some(Gender::Female)
        )
    );
    let person = read(
        "******004417|NGUYEN VAN THU|1987-**-**|0|163000000000000001|<1<<",
        YEAR,
    )
    .unwrap();
    assert_eq!(
        (
            person.kind,
            person.number.as_str(),
            person.birth_year,
            person.id_number
        ),
        (
            IdentityKind::National,
            "163000000000000001",
            Some(1987),
            None
        )
    );
}

#[test]
fn twelve_digits_are_enough_and_the_name_is_asked() {
    for text in [
        "046087004417",
        " 046 087 004 417 ",
        "046.087.004.417",
        "046087004417||Nguye^~n Va(n",
    ] {
        let person = read(text, YEAR).unwrap();
        assert_eq!(person.number, "046087004417", "{text}");
        assert_eq!(
            (person.name, person.birth_year),
            (None, Some(1987)),
            "{text}"
        );
    }
}

#[test]
fn digits_that_say_otherwise_are_no_identity() {
    let contradiction = Err("without_code.contradiction");
    for text in [
        "046087004417||Nguyễn Văn Thử|18011988|Nam|1 đường Thử, Huế|01012022",
        "046087004417||Nguyễn Văn Thử|18011987|Nữ|1 đường Thử, Huế|01012022",
        "046087004417|NGUYEN VAN THU|1986-01-18|0|163000000000000001|<1<<",
        "046087004417|NGUYEN VAN THU|1987-01-18|0|163000000000000001|<2<<",
        // Born in 2087.
        "046287004417",
    ] {
        assert_eq!(read(text, YEAR), contradiction, "{text}");
    }
    // A sex that is not said contradicts nothing.
    assert!(
        read(
            "046087004417|NGUYEN VAN THU|1987-01-18|0|163000000000000001|<0<<",
            YEAR
        )
        .is_ok()
    );
}

#[test]
fn what_is_no_paper_is_told_apart() {
    for text in [
        "",
        "hello",
        "000000000000",
        "https://quet.example/v/2345678",
        &"1".repeat(5000),
    ] {
        assert_eq!(
            read(text, YEAR),
            Err("without_code.no_paper"),
            "{}",
            &text[..text.len().min(40)]
        );
    }
}

#[test]
fn nobody_alive_was_born_before_the_forms_take_it() {
    let bhyt = |year: u16| {
        format!(
            "DN4464612345678|{}|{year}|2|-|46 - 001|01/01/2021|-|||||||15-|$",
            hex("Trần Thị Mẫu")
        )
    };
    let year = |year: u16| read(&bhyt(year), YEAR).map(|identity| identity.birth_year);
    assert_eq!(year(OLDEST_YEAR), Ok(Some(1900)));
    for wrong in [OLDEST_YEAR - 1, YEAR + 1] {
        assert_eq!(year(wrong), Err("without_code.contradiction"));
    }
}
