use crate::support::TestApp;
use axum::http::StatusCode;
use domain::role::OfficerRole;
use std::time::Duration;

#[tokio::test]
async fn the_first_page_leads_to_everything_in_both_languages() {
    let app = TestApp::new().await;
    let page = app.get("/", "").await;
    assert_eq!(page.status, StatusCode::OK);
    for link in ["/sign-in", "/venues/new", "/privacy", "/?lang=en"] {
        assert!(page.body.contains(&format!("href=\"{link}\"")), "{link}");
    }
    let mut browser = app.browser();
    let page = browser.get("/?lang=en").await;
    assert!(page.text().contains("Get my code"));
    assert!(
        browser.get("/privacy").await.text().contains("Your data"),
        "the choice is kept"
    );
    assert!(app.get("/privacy", "").await.text().contains("21 ngày"));
}

#[tokio::test]
async fn the_first_page_says_that_set_up_is_pending_until_somebody_holds_an_office() {
    let app = TestApp::new().await;
    let pending = "chưa được thiết lập";
    assert!(app.get("/", "").await.text().contains(pending));
    crate::roles::officer(&app, OfficerRole::CommuneOfficer, "19753").await;
    assert!(!app.get("/", "").await.text().contains(pending));
}

#[tokio::test]
async fn a_typed_code_leads_to_the_venue() {
    let app = TestApp::new().await;
    let code = codes::VenueCode::from_number(12_345).unwrap();
    let typed = code.written().to_lowercase().replace(' ', "%20");
    let answer = app.get(&format!("/v?code={typed}"), "").await;
    assert_eq!(answer.location(), format!("/v/{code}"));
    for pasted in [
        format!("https://quet.example/v/{code}"),
        format!("HTTP://quet.example:8080/v/{code}/?lang=en%23top"),
        format!("quet.example/v/{code}"),
    ] {
        let answer = app.get(&format!("/v?code={pasted}"), "").await;
        assert_eq!(answer.location(), format!("/v/{code}"), "{pasted}");
    }
    for wrong in [
        "https://quet.example/x/2222223",
        "",
        "K7M",
        "<script>",
        "K7M24QXK7M24QX",
    ] {
        let answer = app
            .get(
                &format!("/v?code={}", wrong.replace('<', "%3C").replace('>', "%3E")),
                "",
            )
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(
            answer.text().contains("Mã địa điểm chưa đúng") && !answer.body.contains("<script>\"")
        );
    }
}

#[tokio::test]
async fn the_inbox_is_for_demonstrations_on_this_machine() {
    let path = "/demo/otp-inbox?phone=0905000101";
    let mut app = TestApp::with(|config| config.demo = true).await;
    assert_eq!(app.get(path, "").await.body, "[]");
    app.post_form("/sign-in", &[("phone", "0905 000 101")], "")
        .await;
    let code = app.code_sent("0905 000 101", 1).await;
    let inbox = app.get(path, "").await.json();
    assert_eq!(
        (&inbox[0]["to"], &inbox[0]["at"]),
        (&"+84905000101".into(), &"2026-11-21T00:42:00.000Z".into())
    );
    let text = inbox[0]["text"].as_str().unwrap();
    assert!(
        text.is_ascii() && text.replace(' ', "").contains(&code),
        "{text}"
    );
    app.advance(Duration::from_secs(60));
    app.post_form("/sign-in", &[("phone", "0905 000 102")], "")
        .await;
    app.code_sent("0905 000 102", 1).await;
    let all = "/demo/otp-inbox";
    let page = app.get(all, "").await;
    let (newest, oldest) = (
        page.text().find("+84905000102"),
        page.text().find("+84905000101"),
    );
    assert!(newest.is_some() && newest < oldest, "{}", page.text());
    assert!(page.text().contains(text), "{}", page.text());
    let english = app.get("/demo/otp-inbox?lang=en", "").await;
    assert!(english.text().contains("Messages sent"));
    let wrong = app.get("/demo/otp-inbox?phone=12", "").await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    app.peer = ([192, 0, 2, 9], 40_000).into();
    let real = TestApp::new().await;
    for path in [path, all] {
        assert_eq!(app.get(path, "").await.status, StatusCode::NOT_FOUND);
        assert_eq!(real.get(path, "").await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn every_page_of_a_demonstration_says_so() {
    let demo = TestApp::with(|config| config.demo = true).await;
    let real = TestApp::new().await;
    let banner = "Bản dùng thử: người và lượt đều là dữ liệu giả.";
    for path in [
        "/",
        "/v/2222222",
        "/venues/new",
        "/office/sign-in",
        "/nothing",
    ] {
        assert!(demo.get(path, "").await.body.contains(banner), "{path}");
        assert!(!real.get(path, "").await.body.contains(banner), "{path}");
    }
    let holder = demo.holder("Nguyễn Văn Thử", "0905 000 101").await;
    assert!(
        demo.get("/code", &holder.cookie)
            .await
            .body
            .contains(banner)
    );
}

#[tokio::test]
async fn a_page_finds_its_files() {
    let app = TestApp::new().await;
    let page = app.get("/", "").await.body;
    let files = page
        .split('"')
        .filter(|text| text.starts_with("/static/") && text.contains('.'));
    let files: Vec<&str> = files.map(|file| file.split('#').next().unwrap()).collect();
    assert!(files.len() > 3);
    for file in files {
        assert_eq!(app.get(file, "").await.status, StatusCode::OK, "{file}");
    }
}
