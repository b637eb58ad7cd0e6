//! The desk of an office: people come, are found or registered, and leave with a card.

use crate::roles::officer;
use crate::support::TestApp;
use axum::http::StatusCode;
use domain::role::OfficerRole;

pub(crate) const HERE: &str = "19753";
const ELSEWHERE: &str = "19774";
const CCCD: &str =
    "046087004417|191234417|Nguyễn Văn Thử|18011987|Nam|12 đường Thử Nghiệm, Huế|20042021";

type Fields<'a> = Vec<(&'a str, &'a str)>;

fn thu() -> Fields<'static> {
    vec![
        ("id_number", "046 087 004 417"),
        ("name", "Nguyễn Văn Thử"),
        ("birth", "18/01/1987"),
        ("gender", "male"),
        ("phone", "0905 000 417"),
        ("commune", HERE),
        ("kind", "plastic"),
        ("action", "issue"),
    ]
}

fn with<'a>(mut fields: Fields<'a>, changes: &[(&'a str, &'a str)]) -> Fields<'a> {
    for (name, value) in changes {
        fields.retain(|(field, _)| field != name);
        fields.push((name, value));
    }
    fields
}

/// The session of a clerk of a commune.
pub(crate) async fn clerk_of(app: &TestApp, unit: &str) -> String {
    officer(app, OfficerRole::CommuneOfficer, unit).await.cookie
}

/// What is said of somebody at the desk, with changes.
pub(crate) fn changed<'a>(changes: &[(&'a str, &'a str)]) -> Fields<'a> {
    with(thu(), changes)
}

/// Sends what makes a card; its id, from the address of the page that follows.
pub(crate) async fn issue_at(
    app: &TestApp,
    cookie: &str,
    fields: &[(&str, &str)],
    done: &str,
) -> String {
    let answer = app.post_form("/office/desk", fields, cookie).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let location = answer.location();
    let card = location.strip_prefix(&format!("/office/desk?{done}="));
    let (card, kind) = card.and_then(|card| card.split_once("&kind=")).unwrap();
    let wanted = fields.iter().find(|(name, _)| *name == "kind");
    assert_eq!(wanted.map(|(_, kind)| *kind), Some(kind), "{location}");
    card.to_owned()
}

struct Clerk<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl<'a> Clerk<'a> {
    async fn of(app: &'a TestApp, unit: &str) -> Self {
        let cookie = clerk_of(app, unit).await;
        Self { app, cookie }
    }

    async fn send(&self, fields: &Fields<'_>) -> crate::support::Answer {
        self.app
            .post_form("/office/desk", fields, &self.cookie)
            .await
    }

    /// Issues a card; its id.
    async fn issue(&self, fields: &Fields<'_>) -> String {
        issue_at(self.app, &self.cookie, fields, "issued").await
    }

    async fn refused(&self, fields: &Fields<'_>, says: &str) -> String {
        let answer = self.send(fields).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            answer.body
        );
        assert!(answer.body.contains(says), "{says}: {}", answer.body);
        answer.body
    }
}

/// The value of the first button whose value begins so.
pub(crate) fn button(body: &str, start: &str) -> String {
    let at = body
        .find(&format!("value=\"{start}"))
        .unwrap_or_else(|| panic!("{start}: {body}"));
    body[at + 7..].split('"').next().unwrap().to_owned()
}

pub(crate) fn hidden(body: &str, name: &str) -> String {
    let at = body
        .find(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("{name}: {body}"));
    body[at..].split('"').nth(3).unwrap().to_owned()
}

/// What the field of that name holds.
pub(crate) fn field(body: &str, name: &str) -> String {
    let at = body
        .find(&format!("name=\"{name}\" type=\""))
        .unwrap_or_else(|| panic!("{name}: {body}"));
    body[at..].split('"').nth(5).unwrap().to_owned()
}

#[tokio::test]
async fn somebody_new_is_registered_and_leaves_with_a_card() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let card = clerk.issue(&thu()).await;
    let done = app
        .get(
            &format!("/office/desk?issued={card}&kind=paper"),
            &clerk.cookie,
        )
        .await;
    assert!(
        done.body
            .contains("<b>Nguyễn Văn Thử · 1987 · Thẻ nhựa</b>"),
        "{}",
        done.body
    );
    let paper = "name=\"kind\" value=\"paper\" checked";
    assert!(done.body.contains(paper), "the kind stays: {}", done.body);
    assert!(
        done.body.contains("Đã cấp thẻ")
            && done
                .body
                .contains(&format!("/office/cards/{card}/card.pdf"))
    );
    assert!(
        done.body.contains("Hôm nay đã cấp <b class=\"num\">1</b>"),
        "{}",
        done.body
    );
    let pdf = app
        .get(&format!("/office/cards/{card}/card.pdf"), &clerk.cookie)
        .await;
    assert_eq!(
        (pdf.status, pdf.header("content-type")),
        (StatusCode::OK, "application/pdf".to_owned())
    );
    let auditor = officer(&app, OfficerRole::Auditor, HERE).await;
    let log = app.get("/audit", &auditor.cookie).await;
    // The clerk saw whose card it is, and no record that might be the same person's.
    assert!(log.text().contains("Mở trang một người"), "{}", log.text());
    assert!(!log.text().contains("Xem hồ sơ có thể trùng"));
    let other = Clerk::of(&app, ELSEWHERE).await;
    let done = app
        .get(&format!("/office/desk?issued={card}"), &other.cookie)
        .await;
    assert!(
        done.status == StatusCode::OK && !done.body.contains("Nguyễn Văn Thử"),
        "{}",
        done.body
    );
    let pdf = app
        .get(&format!("/office/cards/{card}/card.pdf"), &other.cookie)
        .await;
    assert_eq!(pdf.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_papers_square_fills_the_fields() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let filled = clerk
        .send(&vec![("code", CCCD), ("action", "look"), ("commune", HERE)])
        .await;
    for said in [
        "046087004417",
        "191234417",
        "Nguyễn Văn Thử",
        "18/01/1987",
        "12 đường Thử Nghiệm, Huế",
        "Đọc từ căn cước",
    ] {
        assert!(filled.body.contains(said), "{said}: {}", filled.body);
    }
    let street = "12 đường Thử Nghiệm, Huế";
    let old = CCCD.replace(
        street,
        "12 đường Thử Nghiệm, Phường Tây Lộc, Quận Phú Xuân, Thành phố Huế",
    );
    let filled = clerk.send(&vec![("code", &old), ("action", "look")]).await;
    let lives = "Nay thuộc Phường Thuận Hóa, Thành phố Huế";
    assert!(filled.body.contains(lives), "{}", filled.body);
    let answer = clerk
        .send(&vec![
            ("code", "https://quet.example/v/K7M24QX"),
            ("name", "Trần Thị Mẫu"),
        ])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("Không đọc được giấy tờ này") && answer.body.contains("Trần Thị Mẫu"),
        "nothing is lost"
    );
}

#[tokio::test]
async fn a_likely_record_is_settled_before_a_card_is_issued() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    clerk
        .issue(&with(
            thu(),
            &[("id_number", "191234417"), ("name", "NGUYEN VAN THU")],
        ))
        .await;
    let body = clerk.refused(&thu(), "Có hồ sơ rất giống chưa chọn").await;
    assert!(
        body.contains("Nguyen Van Thu") && body.contains("***234417"),
        "{body}"
    );
    assert!(!body.contains("191234417"), "numbers are masked");
    let used = button(&body, "use:");
    let chosen = clerk.send(&with(thu(), &[("action", &used)])).await.body;
    let (id, seen) = (hidden(&chosen, "chosen"), hidden(&chosen, "seen"));
    assert_eq!(format!("use:{id}"), used);
    let second = clerk
        .issue(&with(thu(), &[("chosen", &id), ("seen", &seen)]))
        .await;
    assert_ne!(second, seen);
    let found = clerk.send(&with(thu(), &[("action", "look")])).await.body;
    assert_eq!(
        found.matches("class=\"panel match").count(),
        1,
        "one person, one record: {found}"
    );
    assert!(
        found.contains("Nguyễn Văn Thử") && found.contains("Căn cước ******004417, CMND ***234417"),
        "{found}"
    );
}

#[tokio::test]
async fn somebody_else_of_the_same_name_and_day_gets_a_record_of_their_own() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let first = with(thu(), &[("id_number", ""), ("phone", "0905 000 418")]);
    clerk.issue(&first).await;
    let body = clerk.refused(&thu(), "chưa chọn").await;
    let other = button(&body, "other:");
    let settled = clerk.send(&with(thu(), &[("action", &other)])).await.body;
    let others = hidden(&settled, "others");
    clerk.issue(&with(thu(), &[("others", &others)])).await;
}

#[tokio::test]
async fn two_clerks_make_one_record_and_one_card() {
    let app = TestApp::new().await;
    let (one, other) = (Clerk::of(&app, HERE).await, Clerk::of(&app, HERE).await);
    let card = one.issue(&thu()).await;
    // The other had looked before, and saw nobody.
    let body = other.refused(&thu(), "chưa chọn").await;
    let chosen = other
        .send(&with(thu(), &[("action", &button(&body, "use:"))]))
        .await
        .body;
    assert_eq!(hidden(&chosen, "seen"), card);
    let id = hidden(&chosen, "chosen");
    // One who chose the record before the card was there is told.
    other
        .refused(
            &with(thu(), &[("chosen", &id), ("seen", "")]),
            "vừa có thẻ mới",
        )
        .await;
    other
        .refused(
            &with(thu(), &[("others", &id)]),
            "đang thuộc một hồ sơ khác",
        )
        .await;
}

#[tokio::test]
async fn a_number_that_contradicts_the_fields_is_named_at_them() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    for (field, value, says) in [
        ("birth", "18/01/1978", "không khớp năm sinh"),
        ("gender", "female", "không khớp giới tính"),
        ("birth", "31/02/1987", "Ngày sinh chưa đúng"),
        ("birth", "01/01/2087", "Ngày sinh chưa đúng"),
        ("birth", "", "Ngày sinh chưa đúng"),
        ("name", " ", "Chưa có họ tên"),
        ("id_number", "04608", "Số này chưa đúng"),
        ("phone", "0905", "Số điện thoại"),
        ("insurance", "1234567", "10 chữ số"),
        ("kind", "electronic", "Chưa chọn loại thẻ"),
        ("gender", "", "Chưa chọn giới tính"),
    ] {
        let body = clerk.refused(&with(thu(), &[(field, value)]), says).await;
        assert!(
            body.contains("Nguyễn Văn Thử") || field == "name",
            "what was typed stays"
        );
    }
    clerk
        .refused(&with(thu(), &[("commune", ELSEWHERE)]), "Người đến quầy")
        .await;
    clerk
        .refused(
            &with(thu(), &[("id_number", ""), ("phone", "")]),
            "Cần một số giấy tờ hoặc số điện thoại",
        )
        .await;
}

#[tokio::test]
async fn names_are_kept_as_they_are_written() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    for (n, name) in [
        "Thử",
        "Y Mẫu Êban",
        "Một Hai Ba Bốn Năm Sáu Bảy",
        "H'Thử Kbuôr",
    ]
    .into_iter()
    .enumerate()
    {
        let phone = format!("0905 000 50{n}");
        let fields = with(
            thu(),
            &[
                ("id_number", ""),
                ("name", name),
                ("asked_name", name),
                ("phone", &phone),
                ("birth", "1950"),
            ],
        );
        clerk.issue(&fields).await;
        let body = clerk.send(&with(fields, &[("action", "look")])).await.body;
        assert!(
            body.contains(&name.replace('\'', "&#39;")),
            "{name}: {body}"
        );
    }
}

#[tokio::test]
async fn of_people_elsewhere_only_the_comparison_is_shown_until_the_paper_is_there() {
    let app = TestApp::new().await;
    let (here, elsewhere) = (
        Clerk::of(&app, HERE).await,
        Clerk::of(&app, ELSEWHERE).await,
    );
    let theirs = with(thu(), &[("commune", ELSEWHERE), ("name", "NGUYEN VAN THU")]);
    elsewhere.issue(&theirs).await;
    let without = with(thu(), &[("id_number", "")]);
    let body = here.refused(&without, "chưa chọn").await;
    assert!(
        !body.contains("Nguyen Van Thu") && body.contains("Hồ sơ ở nơi khác"),
        "{body}"
    );
    let other = button(&body, "other:");
    let id = other.strip_prefix("other:").unwrap();
    here.refused(&with(without, &[("chosen", id)]), "số giấy tờ không trùng")
        .await;
    let body = here.refused(&thu(), "chưa chọn").await;
    assert!(
        body.contains("Nguyen Van Thu"),
        "the paper lies on the desk"
    );
    let chosen = here
        .send(&with(thu(), &[("action", &button(&body, "use:"))]))
        .await
        .body;
    here.issue(&with(
        thu(),
        &[("chosen", id), ("seen", &hidden(&chosen, "seen"))],
    ))
    .await;
    let body = elsewhere
        .send(&with(theirs, &[("action", "look"), ("id_number", "")]))
        .await
        .body;
    assert!(
        body.contains("Hồ sơ ở nơi khác"),
        "the record has moved: {body}"
    );
}

#[tokio::test]
async fn an_odd_name_is_asked_about_once_and_a_number_is_counted() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    for (name, says) in [
        ("An", "Họ tên chỉ có một chữ, đúng chưa?"),
        ("王 小明", "Họ tên có ký tự không in được trên thẻ."),
    ] {
        let odd = with(
            thu(),
            &[("name", name), ("id_number", ""), ("phone", "0905 000 301")],
        );
        let body = clerk.refused(&odd, says).await;
        let asked = hidden(&body, "asked_name");
        assert_eq!(asked, name);
        // Another name is another question.
        let other = with(odd.clone(), &[("asked_name", "Bình")]);
        clerk.refused(&other, says).await;
    }
    let short = with(thu(), &[("id_number", "0461870044")]);
    let body = clerk
        .refused(&short, "Căn cước có 12 số, CMND có 9 số.")
        .await;
    assert!(!body.contains("đúng chưa?"));
    let right = with(
        thu(),
        &[
            ("name", "An"),
            ("asked_name", "An"),
            ("phone", "0905 000 302"),
        ],
    );
    clerk.issue(&right).await;
}

#[tokio::test]
async fn an_error_about_the_gender_stands_in_its_field() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let body = clerk
        .refused(&with(thu(), &[("gender", "")]), "Chưa chọn giới tính.")
        .await;
    let field = body
        .split("<fieldset")
        .find(|one| one.contains("name=\"gender\""));
    let field = field.unwrap().split("</fieldset>").next().unwrap();
    assert!(field.contains("id=\"gender-error\"") && field.contains("id=\"gender\""));
}
