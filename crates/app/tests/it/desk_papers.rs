//! The desk of an office and what a scanner reads there: damaged papers, what was typed before, and what a number says.

use crate::desk::{HERE, clerk_of, field, hidden};
use crate::support::TestApp;

const PHONE: &str = "0905 000 417";

/// A paper's square, with a name, a sex and an address.
fn cccd(name: &str, sex: &str, address: &str) -> String {
    let number = if sex == "Nam" {
        "046087004417"
    } else {
        "046187004417"
    };
    format!("{number}|191234417|{name}|18011987|{sex}|{address}|20042021")
}

/// Looks with these fields; the page.
async fn look(app: &TestApp, fields: &[(&str, &str)]) -> String {
    let clerk = clerk_of(app, HERE).await;
    let fields = [fields, &[("action", "look")]].concat();
    app.post_form("/office/desk", &fields, &clerk).await.body
}

#[tokio::test]
async fn a_damaged_name_is_not_taken_and_is_said_at_its_field() {
    let app = TestApp::new().await;
    for (name, sex, address) in [
        ("Nguy?n V?n Th?", "Nam", "12 ???ng M?u"),
        ("Nguyn Vn Th", "Nam", "12 ng Mu"),
        ("Trn Th Mu", "N?", "12 ???ng M?u"),
    ] {
        let text = cccd(name, sex, address);
        let body = look(&app, &[("code", &text)]).await;
        assert!(
            body.contains("Đọc được 12 số căn cước, họ tên bị lỗi.")
                && body.contains("name=\"name\" type=\"text\" value=\"\"")
                && !body.contains(name),
            "{body}"
        );
        assert_eq!(hidden(&body, "read"), "damaged");
        assert_eq!(field(&body, "birth"), "18/01/1987");
        assert_eq!(field(&body, "address"), "");
        let gender = if sex == "Nam" { "male" } else { "female" };
        let chosen = format!("name=\"gender\" value=\"{gender}\" checked");
        assert!(body.contains(&chosen), "{body}");
    }
    let mixed: String = cccd("Nguyễn Văn Thử", "Nam", "12 đường Mẫu")
        .bytes()
        .map(char::from)
        .collect();
    let body = look(&app, &[("code", &mixed)]).await;
    assert_eq!(field(&body, "name"), "Nguyễn Văn Thử");
    assert!(!body.contains("bị lỗi"), "{body}");
}

#[tokio::test]
async fn a_phone_typed_before_a_scan_stays_with_its_person_alone() {
    let app = TestApp::new().await;
    let text = cccd("Nguyễn Văn Thử", "Nam", "12 đường Mẫu");
    let typed = [("code", text.as_str()), ("phone", PHONE)];
    for (before, stays) in [
        (None, true),
        (Some(("name", "nguyen van thu")), true),
        (Some(("id_number", "046 087 004 417")), true),
        (Some(("name", "Trần Thị Mẫu")), false),
        (Some(("id_number", "046185000222")), false),
        (Some(("insurance", "4620123456")), false),
    ] {
        let fields: Vec<_> = typed.into_iter().chain(before).collect();
        let phone = field(&look(&app, &fields).await, "phone");
        assert_eq!(phone, if stays { PHONE } else { "" }, "{before:?}");
    }
}

#[tokio::test]
async fn the_number_says_sex_and_year_where_nothing_else_is_said() {
    let app = TestApp::new().await;
    let number = ("id_number", "046 187 004 417");
    let body = look(&app, &[number]).await;
    assert_eq!(field(&body, "birth"), "1987");
    assert!(body.contains("value=\"female\" checked"), "{body}");
    let said = [number, ("birth", "18/01/1978"), ("gender", "male")];
    let body = look(&app, &said).await;
    assert_eq!(field(&body, "birth"), "18/01/1978");
    assert!(body.contains("value=\"male\" checked"), "{body}");
}

#[tokio::test]
async fn names_in_capitals_are_written_as_names() {
    let app = TestApp::new().await;
    for (typed, written) in [
        ("NGUYỄN  VĂN THỬ", "Nguyễn Văn Thử"),
        ("Y Mẫu Êban", "Y Mẫu Êban"),
    ] {
        let body = look(&app, &[("name", typed)]).await;
        assert_eq!(field(&body, "name"), written);
    }
}

#[tokio::test]
async fn with_too_little_to_look_by_the_desk_says_what_to_add() {
    let app = TestApp::new().await;
    let more = "Nhập thêm năm sinh, số giấy tờ hoặc điện thoại";
    let body = look(&app, &[("name", "Nguyễn Văn Thử")]).await;
    assert!(body.contains(more), "{body}");
    for enough in [&[("phone", PHONE)][..], &[]] {
        assert!(!look(&app, enough).await.contains(more));
    }
}
