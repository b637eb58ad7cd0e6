//! A holder's family: codes shown and declarations made for people without a phone.

use crate::desk::{HERE, button, changed, clerk_of};
use crate::roles::resident;
use crate::support::TestApp;
use axum::http::StatusCode;
use domain::ids::HolderId;
use store::sessions::SessionOf;
use vaora::gateway::Gateway as _;

type Fields = [(&'static str, &'static str); 4];

const CHILD: Fields = [
    ("name", "Nguyễn Thị Thảo"),
    ("birth", "18/01/2019"),
    ("gender", "female"),
    ("relation", "child"),
];

/// Somebody who lives in the commune; the cookie of their session.
pub(crate) async fn living(app: &TestApp, name: &str, phone: &str) -> (HolderId, String) {
    let (id, _) = resident(app, name, phone, HERE).await;
    (id, app.session(SessionOf::Holder(id)).await)
}

/// Takes the child in; the address of her page.
pub(crate) async fn added(app: &TestApp, cookie: &str) -> String {
    let answer = app.post_form("/family/new", &CHILD, cookie).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let location = answer.location();
    location.strip_suffix("?done=added").unwrap().to_owned()
}

pub(crate) fn step_of(body: &str) -> String {
    let step = body.split("name=\"step\" value=\"").nth(1).unwrap();
    step.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_childs_code_is_shown_and_declared_for_on_the_parents_phone() {
    let app = TestApp::new().await;
    let (_, mother) = living(&app, "Trần Thị Mẫu", "0905 000 101").await;
    let (_, other) = living(&app, "Lê Văn Nháp", "0905 000 102").await;
    let bad = app
        .post_form("/family/new", &[("name", "Thử")], &mother)
        .await;
    for says in [
        "Ngày sinh chưa đúng",
        "Chưa chọn giới tính",
        "Chưa chọn người đó là gì",
    ] {
        assert!(bad.text().contains(says), "{says}");
    }
    let clash = [&CHILD[..], &[("id_number", "046087004417")]].concat();
    let clash = app.post_form("/family/new", &clash, &mother).await;
    assert!(
        clash.text().contains("Số căn cước không khớp"),
        "{}",
        clash.text()
    );
    let page = added(&app, &mother).await;
    let shown = app.get(&page, &mother).await;
    assert!(shown.text().contains("Nguyễn Thị Thảo") && shown.body.contains("<svg width"));
    assert!(shown.text().contains("Chưa có tờ khai"));
    let sheet = app.get(&format!("{page}/sheet.pdf"), &mother).await;
    assert!(sheet.bytes.starts_with(b"%PDF-"));
    let path = format!("{page}/declaration");
    let first = app.get(&path, &mother).await;
    assert!(first.text().contains("Nguyễn Thị Thảo, 2019") && first.text().contains("người nhà"));
    for known in ["name", "birth_year"] {
        assert!(
            !first.body.contains(&format!("name=\"{known}\"")),
            "{known}"
        );
    }
    let mut fields = vec![
        ("gender", "female"),
        ("nation", "Việt Nam"),
        ("province", "46"),
        ("commune", HERE),
        ("address", "1 đường Thử"),
        ("action", "next"),
    ];
    let second = app.post_form(&path, &fields, &mother).await;
    assert!(
        second.text().contains("Bước 2 trong 3"),
        "{}",
        second.text()
    );
    for question in [
        "symptoms",
        "met_case",
        "met_traveller",
        "met_symptoms",
        "passed",
    ] {
        fields.push((question, "no"));
    }
    let third = app
        .post_form(&format!("{path}/health"), &fields, &mother)
        .await;
    assert!(
        third.text().contains("Tôi khai giúp người này"),
        "{}",
        third.text()
    );
    let consent = format!("{path}/consent");
    let not_yet = app.post_form(&consent, &fields, &mother).await;
    assert_eq!(not_yet.status, StatusCode::UNPROCESSABLE_ENTITY);
    fields.push(("consent", "yes"));
    let done = app.post_form(&consent, &fields, &mother).await;
    let shown = app.get(&done.location(), &mother).await.text();
    assert!(shown.contains("Tờ khai còn hạn"), "{shown}");
    // She is nobody else's.
    for path in ["", "/sheet.pdf", "/phone", "/removal", "/declaration"] {
        let answer = app.get(&format!("{page}{path}"), &other).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/card", "/removal", "/declaration/consent"] {
        let answer = app
            .post_form(&format!("{page}{path}"), &fields, &other)
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let removal = format!("{page}/removal");
    assert!(
        app.get(&removal, &mother)
            .await
            .text()
            .contains("Bỏ Nguyễn Thị Thảo")
    );
    app.post_form(&removal, &[], &mother).await;
    assert_eq!(app.get(&page, &mother).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_number_that_is_known_is_not_shown_to_the_family() {
    let app = TestApp::new().await;
    let (_, mother) = living(&app, "Trần Thị Mẫu", "0905 000 101").await;
    let child = [&CHILD[..], &[("id_number", "046319004417")]].concat();
    let added = app.post_form("/family/new", &child, &mother).await;
    let page = added.location().replace("?done=added", "/declaration");
    let first = app.get(&page, &mother).await;
    assert!(first.text().contains("Nguyễn Thị Thảo, 2019"));
    assert!(!first.body.contains("004417") && !first.body.contains("name=\"id_number\""));
}

#[tokio::test]
async fn asking_whether_somebody_is_known_is_counted_when_nothing_comes_of_it() {
    let app = TestApp::new().await;
    let (_, mother) = living(&app, "Trần Thị Mẫu", "0905 000 101").await;
    let (_, his) = living(&app, "Lê Văn Nháp", "0905 000 102").await;
    added(&app, &mother).await;
    let mut last = StatusCode::OK;
    for _ in 0..31 {
        last = app.post_form("/family/new", &CHILD, &his).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn whoever_was_declared_for_reads_that_somebody_else_did() {
    let app = TestApp::new().await;
    let (_, mother) = living(&app, "Trần Thị Mẫu", "0905 000 101").await;
    let (father, his) = living(&app, "Lê Văn Nháp", "0905 000 102").await;
    let known = [("phone", "0905 000 102"), ("relation", "spouse")];
    let sent = app.post_form("/family/known", &known, &mother).await;
    let step = step_of(&app.get(&sent.location(), &mother).await.body);
    let code = app.code_sent("0905 000 102", 1).await;
    let right = [("step", step.as_str()), ("otp", code.as_str())];
    app.post_form("/family/code", &right, &mother).await;
    let fields = [
        ("name", "Lê Văn Nháp"),
        ("birth_year", "1987"),
        ("gender", "male"),
        ("nation", "Việt Nam"),
        ("province", "46"),
        ("commune", HERE),
        ("address", "1 đường Thử"),
        ("symptoms", "no"),
        ("met_case", "no"),
        ("met_traveller", "no"),
        ("met_symptoms", "no"),
        ("passed", "no"),
        ("consent", "yes"),
    ];
    let path = format!("/family/{father}/declaration/consent");
    let done = app.post_form(&path, &fields, &mother).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let list = app.get("/declarations", &his).await.text();
    assert!(list.contains("Người khác khai giúp bạn"), "{list}");
    assert!(!list.contains("Người trực"), "{list}");
}

#[tokio::test]
async fn whoever_may_be_known_is_a_request_and_nobody_is_shown() {
    let app = TestApp::new().await;
    let (_, mother) = living(&app, "Trần Thị Mẫu", "0905 000 101").await;
    let (father, his) = living(&app, "Lê Văn Nháp", "0905 000 102").await;
    let hers = added(&app, &mother).await;
    let child = hers.rsplit('/').next().unwrap();
    let same = [&CHILD[1..], &[("name", "NGUYEN THI THAO")]].concat();
    let asked = app.post_form("/family/new", &same, &his).await;
    assert_eq!(asked.location(), "/family?done=asked");
    assert!(!app.get("/family", &his).await.body.contains(child));
    let clerk = clerk_of(&app, HERE).await;
    let queue = app.get("/office/requests", &clerk).await.body;
    let path = queue.split("href=\"/office/requests/").nth(1).unwrap();
    let path = format!("/office/requests/{}", path.split('"').next().unwrap());
    let page = app.get(&path, &clerk).await;
    let choice = format!("use:{child}");
    assert!(page.body.contains(&choice), "{}", page.text());
    let answer = format!("{path}/answer");
    let whom = app.post_form(&answer, &[("answer", "done")], &clerk).await;
    assert!(
        whom.text().contains("Chọn hồ sơ của người này"),
        "{}",
        whom.text()
    );
    app.post_form(&answer, &[("answer", &choice)], &clerk).await;
    let shown = app.get("/family", &his).await;
    assert!(shown.body.contains(child), "{} {father}", shown.text());
    assert_eq!(app.get(&hers, &mother).await.status, StatusCode::OK);
}

/// A member about whom an office is asked, with a number: the request's page.
async fn asked_about(app: &TestApp, clerk: &str, cookie: &str) -> String {
    let number = ("id_number", "046319000417");
    let child = [&CHILD[..], &[number]].concat();
    let asked = app.post_form("/family/new", &child, cookie).await;
    assert_eq!(asked.location(), "/family?done=asked");
    let queue = app.get("/office/requests", clerk).await.body;
    let path = queue.split("href=\"/office/requests/").nth(1).unwrap();
    format!("/office/requests/{}", path.split('"').next().unwrap())
}

#[tokio::test]
async fn a_new_member_is_proven_only_by_papers_that_were_seen() {
    for (papers, proven) in [("", false), ("yes", true)] {
        let app = TestApp::new().await;
        let clerk = clerk_of(&app, HERE).await;
        let (_, mother) = living(&app, "Trần Thị Mẫu", "0905 000 101").await;
        let (_, his) = living(&app, "Lê Văn Nháp", "0905 000 102").await;
        added(&app, &mother).await;
        let path = asked_about(&app, &clerk, &his).await;
        let page = app.get(&path, &clerk).await;
        assert!(page.body.contains("name=\"papers\""), "{}", page.text());
        let new = [("answer", "new"), ("papers", papers)];
        let done = app.post_form(&format!("{path}/answer"), &new, &clerk).await;
        assert_eq!(done.location(), "/office/requests?done=member");
        let family = app.get("/family", &his).await;
        assert!(family.text().contains("Nguyễn Thị Thảo"));
        // Whoever has the paper with the number comes to the desk.
        let owner = [
            ("id_number", "046319000417"),
            ("name", "Lý Thị Thật"),
            ("birth", "05/05/2019"),
            ("gender", "female"),
            ("phone", ""),
        ];
        let look = changed(&[&owner[..], &[("action", "look")]].concat());
        let found = app.post_form("/office/desk", &look, &clerk).await.body;
        let other = button(&found, "other:");
        let others = other.strip_prefix("other:").unwrap();
        let fields = changed(&[&owner[..], &[("others", others)]].concat());
        let answer = app.post_form("/office/desk", &fields, &clerk).await;
        let issued = answer.status == StatusCode::SEE_OTHER;
        assert_eq!(issued, !proven, "{}", answer.text());
    }
}

/// The last message to a number.
fn said(app: &TestApp, phone: &str) -> String {
    let phone = domain::phone::Phone::parse(phone).unwrap();
    app.inbox.inbox(Some(&phone)).unwrap().pop().unwrap().text
}

#[tokio::test]
async fn a_code_to_their_own_phone_takes_somebody_in_or_sets_them_free() {
    let app = TestApp::new().await;
    let (_, mother) = living(&app, "Trần Thị Mẫu", "0905 000 101").await;
    let (father, his) = living(&app, "Lê Văn Nháp", "0905 000 102").await;
    let known = [("phone", "0905 000 102"), ("relation", "spouse")];
    let sent = app.post_form("/family/known", &known, &mother).await;
    let step = step_of(&app.get(&sent.location(), &mother).await.body);
    let code = app.code_sent("0905 000 102", 1).await;
    let right = [("step", step.as_str()), ("otp", code.as_str())];
    let theft = app.post_form("/family/code", &right, &his).await;
    assert_eq!(theft.status, StatusCode::CONFLICT, "another's step");
    let wrong = [("step", step.as_str()), ("otp", "000000")];
    let wrong = app.post_form("/family/code", &wrong, &mother).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = app.post_form("/family/code", &right, &mother).await;
    assert_eq!(done.location(), format!("/family/{father}?done=added"));
    let shown = app.get(&done.location(), &mother).await;
    assert!(!shown.body.contains("/phone\""), "he has a phone");
    // He sees who helps him, and ends it.
    let list = app.get("/family", &his).await;
    assert!(list.text().contains("Người đang giúp bạn") && list.text().contains("Trần Thị Mẫu"));
    let end = list
        .body
        .split("action=\"")
        .find(|rest| rest.contains("/dismissal\""));
    let end = end.unwrap().split('"').next().unwrap().to_owned();
    let answer = app.post_form(&end, &[], &mother).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "not hers to end");
    app.post_form(&end, &[], &his).await;
    let gone = app.get(&format!("/family/{father}"), &mother).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    // The child grows up.
    let page = added(&app, &mother).await;
    let own = [("phone", "0905 000 103")];
    let sent = app.post_form(&format!("{page}/phone"), &own, &mother).await;
    let step = step_of(&app.get(&sent.location(), &mother).await.body);
    let code = app.code_sent("0905 000 103", 1).await;
    assert!(said(&app, "0905 000 103").contains("gan so nay voi ho so"));
    // A code that takes in somebody who has a phone ties that phone to no record.
    let known = [("phone", "0905 000 103"), ("relation", "other")];
    let other = app.post_form("/family/known", &known, &mother).await;
    let other = step_of(&app.get(&other.location(), &mother).await.body);
    let to_help = app.code_sent("0905 000 103", 2).await;
    assert!(said(&app, "0905 000 103").contains("xem va khai giup"));
    for (step, code) in [(&step, &to_help), (&other, &code)] {
        let crossed = [("step", step.as_str()), ("otp", code.as_str())];
        let answer = app.post_form("/family/code", &crossed, &mother).await;
        assert!(answer.text().contains("Mã chưa đúng"), "{}", answer.text());
    }
    let right = [("step", step.as_str()), ("otp", code.as_str())];
    let done = app.post_form("/family/code", &right, &mother).await;
    assert_eq!(done.location(), "/family?done=freed");
    assert_eq!(app.get(&page, &mother).await.status, StatusCode::NOT_FOUND);
    let mut browser = app.browser();
    app.advance(std::time::Duration::from_secs(61));
    browser.post("/sign-in", &[("phone", "0905 000 103")]).await;
    let code = app.code_sent("0905 000 103", 3).await;
    let code = browser.follow("/sign-in/code", &[("otp", &code)]).await;
    assert!(code.text().contains("Nguyễn Thị Thảo"), "{}", code.text());
}
