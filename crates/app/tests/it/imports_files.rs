//! What a list may be: its columns, its sheets, its names, and what cannot be read.

use crate::imports::{Clerk, ELSEWHERE, HEAD, HERE, counts};
use crate::support::TestApp;
use axum::http::StatusCode;

#[tokio::test]
async fn columns_are_chosen_and_a_list_is_discarded() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let sent = clerk
        .send(
            "x.csv",
            "A;B;C\nNguyễn Văn Thử;1987;0905000417\n".as_bytes(),
        )
        .await;
    let here = sent.location();
    let columns = format!("{here}/columns");
    let refused = clerk
        .post(&columns, &[("commune", HERE), ("action", "preview")])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text().contains("Chưa có cột nào là họ và tên"),
        "{}",
        refused.text()
    );
    let said = [
        ("commune", HERE),
        ("column_0", "name"),
        ("column_1", "birth"),
        ("column_2", "birth"),
        ("action", "preview"),
    ];
    assert!(
        clerk
            .post(&columns, &said)
            .await
            .text()
            .contains("Có hai cột cùng một nghĩa")
    );
    let said = [
        ("commune", HERE),
        ("column_0", "name"),
        ("column_1", "birth"),
        ("column_2", "phone"),
        ("action", "preview"),
    ];
    assert_eq!(clerk.post(&columns, &said).await.location(), here);
    assert_eq!(counts(&clerk.get(&here).await.text()), [1, 1, 0, 0, 0, 0]);
    let said = [said.as_slice(), &[("commune", ELSEWHERE)]].concat();
    let elsewhere = clerk.post(&columns, &said[1..]).await;
    assert!(
        elsewhere.text().contains("Chưa chọn xã, phường"),
        "{}",
        elsewhere.text()
    );
    let gone = clerk.post(&format!("{here}/discarding"), &[]).await;
    assert_eq!(gone.location(), "/office/imports");
    assert_eq!(clerk.get(&here).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn names_that_cannot_be_printed_are_said() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let list = "1;王小明;1987;;B1234567;;\n2;Nguyễn Văn Thử;1988;;;0905000417;\n3;Thử 🙂;1989;;;0905000418;\n";
    let here = clerk
        .compared("a.csv", format!("{HEAD}{list}").as_bytes())
        .await;
    let preview = clerk.get(&here).await.text();
    assert_eq!(counts(&preview)[1], 3, "nobody is refused for it");
    assert!(
        preview.contains("Họ tên ở dòng 2, 4 có chữ máy in không có"),
        "{preview}"
    );
}

#[tokio::test]
async fn another_sheet_is_chosen() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let mut book = rust_xlsxwriter::Workbook::new();
    for people in [1, 2] {
        let sheet = book.add_worksheet();
        for (at, heading) in ["Họ và tên", "Năm sinh", "SĐT"].iter().enumerate() {
            sheet.write_string(0, at as u16, *heading).unwrap();
        }
        for n in 1..=people {
            sheet.write_string(n, 0, "Nguyễn Văn Thử").unwrap();
            sheet.write_number(n, 1, 1950 + 10 * n).unwrap();
            sheet.write_number(n, 2, 905_000_410 + n).unwrap();
        }
    }
    let sent = clerk.send("x.xlsx", &book.save_to_buffer().unwrap()).await;
    let here = sent.location();
    assert!(clerk.get(&here).await.text().contains("Tìm thấy 1 dòng"));
    let said = [("commune", HERE), ("sheet", "1"), ("action", "sheet")];
    let other = clerk.post(&format!("{here}/columns"), &said).await;
    let page = clerk.get(&other.location()).await.text();
    assert!(page.contains("Tìm thấy 2 dòng"), "{page}");
    let said = [("commune", HERE), ("action", "preview")];
    clerk.post(&format!("{here}/columns"), &said).await;
    assert_eq!(counts(&clerk.get(&here).await.text()), [2, 2, 0, 0, 0, 0]);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_words() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    for (bytes, words) in [
        (&b""[..], "Tệp này trống"),
        (b"\x89PNG\0\0\xff", "không phải Excel hay CSV"),
        (b"H\xe4 v\xe0 t\xean\n", "không phải Unicode"),
        (&[0xd0, 0xcf, 0x11, 0xe0], "Excel kiểu cũ"),
        (b"Name;Birth\n\"A;1987\nB;1988\n", "Dòng 2 có dấu ngoặc kép"),
    ] {
        let answer = clerk.send("x.xlsx", bytes).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(words), "{words}: {}", answer.text());
    }
    let large = clerk.send("x.csv", &vec![b'x'; 9 * 1024 * 1024]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let lines = format!("{HEAD}{}", "1;Nguyễn Văn Thử;1987;;;;\n".repeat(20_100));
    let long = clerk.send("x.csv", lines.as_bytes()).await;
    assert!(long.text().contains("20.000 dòng"), "{}", long.text());
}
