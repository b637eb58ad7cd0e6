use super::*;
use rust_xlsxwriter::{Format, Formula, Workbook};
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

fn texts(sheet: &Sheet) -> Vec<Vec<String>> {
    sheet.rows.iter().map(|line| sheet.texts(line)).collect()
}

fn numbers(sheet: &Sheet) -> Vec<u32> {
    sheet.rows.iter().map(|line| line.number).collect()
}

/// The same archive with one file otherwise.
fn changed(bytes: &[u8], path: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut from = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..from.len() {
        let mut file = from.by_index(at).expect("a file");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("text");
        let name = file.name().expect("a name").into_owned();
        let text = if name == path { change(text) } else { text };
        to.start_file(name, SimpleFileOptions::default())
            .expect("room");
        to.write_all(text.as_bytes()).expect("room");
    }
    to.finish().expect("an archive").into_inner()
}

/// An archive of files of zeros, and whatever makes it a workbook.
fn swollen(files: usize, size: usize) -> Vec<u8> {
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    let zeros = vec![0_u8; size];
    for at in 0..files {
        to.start_file(format!("xl/{at}.xml"), SimpleFileOptions::default())
            .expect("room");
        to.write_all(&zeros).expect("room");
    }
    to.start_file("xl/workbook.xml", SimpleFileOptions::default())
        .expect("room");
    to.finish().expect("an archive").into_inner()
}

fn household() -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet()
        .write_string(0, 0, "Bìa")
        .expect("a cell");
    let sheet = book.add_worksheet();
    let day = Format::new().set_num_format("dd/mm/yyyy");
    sheet.set_name("Danh sách").expect("a name");
    sheet
        .merge_range(0, 0, 0, 4, "DANH SÁCH HỘ GIA ĐÌNH", &Format::new())
        .expect("a title");
    for (at, heading) in ["Họ và tên", "Ngày sinh", "Số CCCD", "Điện thoại", "Địa chỉ"]
        .iter()
        .enumerate()
    {
        sheet
            .write_string(2, at as u16, *heading)
            .expect("a heading");
    }
    sheet.write_string(3, 0, "Nguyễn Văn Thử").expect("a cell");
    sheet
        .write_number_with_format(3, 1, 31_795, &day)
        .expect("a cell");
    sheet
        .write_number(3, 2, 46_087_004_417_f64)
        .expect("a cell");
    sheet
        .write_formula(
            3,
            3,
            Formula::new("=\"0905 \"&\"000 417\"").set_result("0905 000 417"),
        )
        .expect("a cell");
    sheet.write_string(5, 0, "Trần Thị Mẫu").expect("a cell");
    sheet.write_number(5, 1, 1990).expect("a cell");
    sheet
        .merge_range(3, 4, 6, 4, "12 đường Thử", &Format::new())
        .expect("a cell");
    book.save_to_buffer().expect("a workbook")
}

#[test]
fn a_workbook_is_read_as_people_see_it() {
    let bytes = household();
    let sheet = read(&bytes, None).expect("a sheet");
    assert_eq!(
        (sheet.names.as_slice(), sheet.at),
        (["Sheet1".to_owned(), "Danh sách".to_owned()].as_slice(), 1)
    );
    assert_eq!(
        (numbers(&sheet), sheet.head(), sheet.width()),
        (vec![1, 3, 4, 6], 1, 5)
    );
    assert_eq!(
        texts(&sheet)[2..],
        [
            [
                "Nguyễn Văn Thử",
                "18/01/1987",
                "46087004417",
                "0905 000 417",
                "12 đường Thử"
            ]
            .map(str::to_owned)
            .to_vec(),
            ["Trần Thị Mẫu", "1990", "", "", "12 đường Thử"]
                .map(str::to_owned)
                .to_vec(),
        ]
    );
    let cover = read(&bytes, Some(0)).expect("a sheet");
    assert_eq!(texts(&cover), [["Bìa"]]);
    assert_eq!(read(&bytes, Some(99)).expect("the last").at, 1);
}

#[test]
fn days_are_counted_as_the_workbook_says() {
    let old = changed(&household(), "xl/workbook.xml", |text| {
        assert!(text.contains("<workbookPr "), "{text}");
        text.replace("<workbookPr ", "<workbookPr date1904=\"1\" ")
    });
    let sheet = read(&old, None).expect("a sheet");
    assert!(sheet.since_1904);
    assert_eq!(texts(&sheet)[2][1], "19/01/1991");
}

#[test]
fn what_is_no_list_is_refused_in_its_own_words() {
    let check = |bytes: &[u8], expected| {
        assert_eq!(
            read(bytes, None).err(),
            Some(expected),
            "{:?}",
            &bytes[..bytes.len().min(20)]
        )
    };
    check(b"", Refusal::Empty);
    check(b" \r\n\t", Refusal::Empty);
    check("\u{feff}".as_bytes(), Refusal::Empty);
    check(b";;;\n;;", Refusal::Empty);
    check(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1], Refusal::OldExcel);
    check(b"PK\x03\x04broken", Refusal::Damaged);
    check(&household()[..500], Refusal::Damaged);
    check(b"\x89PNG\r\n\0\0\xff", Refusal::NoList);
    check(b"H\xe4 v\xe0 t\xean;Ng\xe0y sinh\n", Refusal::Encoding);
    check(b"\xff\xfeH\0\xcd\x1e \0", Refusal::Encoding);
    let mut other = ZipWriter::new(Cursor::new(Vec::new()));
    other
        .start_file("word/document.xml", SimpleFileOptions::default())
        .expect("room");
    check(
        &other.finish().expect("an archive").into_inner(),
        Refusal::NoList,
    );
    let broken = changed(&household(), "xl/worksheets/sheet2.xml", |text| {
        text.replace("</c>", "<")
    });
    assert!(read(&broken, Some(1)).is_err());
}

#[test]
fn nothing_is_unpacked_beyond_bounds() {
    assert_eq!(
        read(&swollen(1, 4 * 1024 * 1024), None).err(),
        Some(Refusal::TooLarge),
        "a ratio"
    );
    assert_eq!(
        read(&swollen(97, 1024 * 1024), None).err(),
        Some(Refusal::TooLarge),
        "in all"
    );
    let corners = changed(&household(), "xl/worksheets/sheet2.xml", |text| {
        text.replace(
            "</sheetData>",
            "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>",
        )
    });
    let sheet = read(&corners, Some(1)).expect("a sheet");
    assert_eq!(
        (sheet.rows.len(), sheet.width()),
        (4, 5),
        "far cells are no columns of a list"
    );
    for announced in [
        "9",
        "0000004000000000",
        "\" 4000000000",
        "18446744073709551615",
    ] {
        let many = changed(&household(), "xl/sharedStrings.xml", |text| {
            let (before, rest) = text.split_once("uniqueCount=\"").expect("a count");
            let (_, after) = rest.split_once('"').expect("its end");
            format!("{before}uniqueCount=\"{announced}\"{after}")
        });
        let refused = read(&many, Some(1)).err();
        let large = announced.len() > 1;
        assert_eq!(refused, large.then_some(Refusal::TooLarge), "{announced}");
    }
    let lines = "Nguyễn Văn Thử;1987\n".repeat(ROWS + HEAD + 1);
    assert_eq!(
        read(lines.as_bytes(), None).err(),
        Some(Refusal::TooManyRows)
    );
    let wide = format!("{}\n", "x".repeat(CELL * 2));
    assert_eq!(
        texts(&read(wide.as_bytes(), None).expect("a sheet"))[0][0].len(),
        CELL
    );
}

#[test]
fn separators_and_marks_of_order_are_known() {
    for (text, mark) in [
        ("a,b", ""),
        ("a;b", "\u{feff}"),
        ("a\tb", ""),
        ("sep=;\na;b", "\u{feff}"),
        ("\"a\";\"b\"", ""),
        ("a,'+b", ""),
    ] {
        let sheet = read(
            format!(
                "{mark}{text}\n1{}",
                text.chars().find(|c| ",;\t".contains(*c)).unwrap_or(',')
            )
            .as_bytes(),
            None,
        )
        .expect("a sheet");
        let first = texts(&sheet).remove(0);
        assert_eq!(first.join("|").replace('+', ""), "a|b", "{text:?}");
    }
    let sheet = read(
        "Họ tên,Địa chỉ\n\"Nguyễn\nVăn Thử\",\"12, đường \"\"Thử\"\"\"\n\nTrần Thị Mẫu\n"
            .as_bytes(),
        None,
    )
    .expect("a sheet");
    assert_eq!(numbers(&sheet), [1, 2, 5]);
    assert_eq!(texts(&sheet)[1], ["Nguyễn Văn Thử", "12, đường \"Thử\""]);
}

#[test]
fn lines_end_in_every_way() {
    for end in ["\n", "\r\n", "\r"] {
        let text = [
            "Họ tên;Năm sinh",
            "Nguyễn Văn Thử;1987",
            "",
            "Trần Thị Mẫu;1990",
        ]
        .join(end);
        let sheet = read(text.as_bytes(), None).expect("a sheet");
        assert_eq!(numbers(&sheet), [1, 2, 4], "{end:?}");
        assert_eq!(texts(&sheet)[2], ["Trần Thị Mẫu", "1990"]);
    }
}

#[test]
fn a_quotation_mark_swallows_no_rows() {
    let list = |bad: &str| {
        let mut lines = vec!["Họ tên;Năm sinh;Địa chỉ".to_owned()];
        lines.extend((0..8).map(|n| format!("Nguyễn Văn Thử;19{n}7;{n} đường Thử")));
        lines[3] = bad.to_owned();
        lines
    };
    let refused = |lines: &[String]| read(lines.join("\n").as_bytes(), None).err();
    assert_eq!(refused(&list("Trần Thị Mẫu;1990;x")), None);
    // Never closed.
    let mut open = list("\"Trần Thị Mẫu;1990;x");
    assert_eq!(refused(&open[..5]), Some(Refusal::Quote(4)), "at the end");
    assert_eq!(refused(&open), Some(Refusal::Quote(4)), "many lines on");
    // Closed by another cell's mark: before its text, and after it.
    open[5] = "Lê Văn Nháp;1988;\"1 đường Thử\"".to_owned();
    assert_eq!(refused(&open), Some(Refusal::Quote(4)));
    open[5] = "Lê Văn Nháp;1988;cửa 5\"".to_owned();
    assert_eq!(refused(&open), Some(Refusal::Quote(4)));
    // Marks as they should be, and some that do no harm.
    for good in [
        "\"Trần; Thị Mẫu\";1990;x",
        "Trần Thị Mẫu;1990;\"1 đường Thử\nthôn Mẫu\"",
        "Trần Thị Mẫu;1990;\"quán \"\"Thử\"\"\"",
        "Trần Thị \"Mẫu\";1990;cửa 5\"",
        "\"Tư\" Mẫu;1990;",
    ] {
        assert_eq!(refused(&list(good)), None, "{good}");
        let rows = read(list(good).join("\n").as_bytes(), None).expect("a sheet");
        assert_eq!(rows.rows.len(), 9, "{good}");
    }
    let said = format!("sep=;\n{}", list("\"Trần Thị Mẫu;1990;x").join("\n"));
    assert_eq!(
        read(said.as_bytes(), None).err(),
        Some(Refusal::Quote(5)),
        "as an editor counts lines"
    );
}
