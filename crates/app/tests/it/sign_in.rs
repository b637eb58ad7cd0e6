use crate::support::{TestApp, own};
use axum::http::StatusCode;
use domain::holder::{HolderDetails, PersonName};
use domain::otp::TRIES;
use domain::phone::Phone;
use domain::unit::UnitPath;
use std::time::Duration;
use store::holders::NewHolder;

const PHONE: &str = "0905 000 101";

#[tokio::test]
async fn a_new_phone_gives_a_name_and_has_a_code() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    assert!(browser.get("/").await.text().contains("Lấy mã của tôi"));
    let page = browser.follow("/sign-in", &[("phone", PHONE)]).await;
    assert!(page.text().contains("09** *** 101"), "{}", page.text());
    assert!(!page.body.contains("0905") && !page.body.contains("+8490"));
    assert!(page.text().contains("Không đọc mã này cho bất kỳ ai"));
    let code = app.code_sent(PHONE, 1).await;
    let page = browser.follow("/sign-in/code", &[("otp", &code)]).await;
    assert!(page.text().contains("0905 000 101"));
    let page = browser
        .follow("/sign-in/name", &[("name", "  Nguyễn Văn  Thử")])
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("Nguyễn Văn Thử") && page.body.contains("<svg width=\"318\""));
    assert!(page.text().contains("Thẻ còn hạn đến 21/11/2027"));
    assert_eq!(
        browser.cookies.len(),
        1,
        "the step is forgotten: {:?}",
        browser.cookies
    );
    assert_eq!(browser.get("/").await.location(), "/code");
}

#[tokio::test]
async fn the_last_step_makes_one_session_and_none_after_signing_out() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    let code = app.code_sent(PHONE, 1).await;
    browser.post("/sign-in/code", &[("otp", &code)]).await;
    let step = browser.cookie();
    let name = [("name", "Nguyễn Văn Thử")];
    assert_eq!(
        browser.post("/sign-in/name", &name).await.location(),
        "/code"
    );
    let session = browser.cookie();
    // A double click: the answer to the second is the one that the browser keeps.
    let second = app.post_form("/sign-in/name", &name, &step).await;
    assert_eq!(second.location(), "/code");
    let carried = second.header("set-cookie");
    assert_eq!(carried.split(';').next().unwrap(), session);
    browser.post("/sign-out", &[]).await;
    let replayed = app.post_form("/sign-in/name", &name, &step).await;
    assert_eq!(replayed.location(), "/sign-in");
    let cookies = replayed.headers.get_all("set-cookie");
    let cookies: Vec<_> = cookies.iter().map(|line| line.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(cookies[0].starts_with("vaora_step=;"), "{cookies:?}");
    let page = app.get("/code", &session).await;
    assert_eq!(page.location(), "/sign-in?next=/code");
}

#[tokio::test]
async fn a_second_click_on_the_code_ends_where_the_first_does() {
    let app = TestApp::new().await;
    app.holder("Trần Thị Mẫu", PHONE).await;
    let mut browser = app.browser();
    let asked = [("phone", PHONE), ("next", "/visits")];
    browser.post("/sign-in", &asked).await;
    let code = app.code_sent(PHONE, 1).await;
    let step = browser.cookie();
    // Right at the last try, too.
    let wrong = if code == "123456" { "654321" } else { "123456" };
    for _ in 1..TRIES {
        app.post_form("/sign-in/code", &[("otp", wrong)], &step)
            .await;
    }
    let typed = [("otp", code.as_str())];
    let first = browser.post("/sign-in/code", &typed).await;
    let session = browser.cookie();
    let second = app.post_form("/sign-in/code", &typed, &step).await;
    for answer in [first, second] {
        assert_eq!(answer.location(), "/visits");
        let carried = answer.header("set-cookie");
        assert_eq!(carried.split(';').next().unwrap(), session);
    }
    assert_eq!(app.get("/code", &session).await.status, StatusCode::OK);
    browser.post("/sign-out", &[]).await;
    let replayed = app.post_form("/sign-in/code", &typed, &step).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(replayed.header("set-cookie"), "");
    let page = app.get("/code", &session).await;
    assert_eq!(page.location(), "/sign-in?next=/code");
}

#[tokio::test]
async fn a_newcomers_second_click_asks_for_the_name_until_it_was_given() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    let code = app.code_sent(PHONE, 1).await;
    let step = browser.cookie();
    let typed = [("otp", code.as_str())];
    browser.post("/sign-in/code", &typed).await;
    let again = app.post_form("/sign-in/code", &typed, &step).await;
    assert_eq!(again.location(), "/sign-in/name");
    let early = app.post_form("/sign-in/name", &[("name", "Nguyễn Văn Thử")], &step);
    assert_eq!(early.await.status, StatusCode::CONFLICT);
    browser
        .post("/sign-in/name", &[("name", "Nguyễn Văn Thử")])
        .await;
    let session = browser.cookie();
    let again = app.post_form("/sign-in/code", &typed, &step).await;
    assert_eq!(again.location(), "/code");
    browser.post("/sign-out", &[]).await;
    let again = app.post_form("/sign-in/code", &typed, &step).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = app.get("/code", &session).await;
    assert_eq!(page.location(), "/sign-in?next=/code");
}

#[tokio::test]
async fn a_step_that_was_kept_proves_another_code_and_keeps_its_one_session() {
    let app = TestApp::new().await;
    app.holder("Trần Thị Mẫu", PHONE).await;
    let mut browser = app.browser();
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    let step = browser.cookie();
    let mut sessions = Vec::new();
    for count in 1..=2 {
        let code = app.code_sent(PHONE, count).await;
        let done = app
            .post_form("/sign-in/code", &[("otp", &code)], &step)
            .await;
        assert_eq!(done.location(), "/code", "{}", done.text());
        sessions.push(done.header("set-cookie"));
        app.advance(Duration::from_secs(61));
        app.post_form("/sign-in", &[("phone", PHONE)], "").await;
    }
    assert_eq!(sessions[0], sessions[1]);
}

#[tokio::test]
async fn a_known_phone_is_signed_in_and_led_on() {
    let app = TestApp::new().await;
    let known = app.holder("Trần Thị Mẫu", PHONE).await;
    let mut browser = app.browser();
    let page = browser.get("/sign-in?next=/visits").await;
    assert!(page.body.contains("name=\"next\" value=\"/visits\""));
    browser
        .follow(
            "/sign-in",
            &[("phone", "+84905000101"), ("next", "/visits")],
        )
        .await;
    let code = app.code_sent(PHONE, 1).await;
    let answer = browser.post("/sign-in/code", &[("otp", &code)]).await;
    assert_eq!(
        (answer.status, answer.location().as_str()),
        (StatusCode::SEE_OTHER, "/visits")
    );
    assert_ne!(
        browser.cookie(),
        known.cookie,
        "a new session has a new token"
    );
    assert!(browser.get("/code").await.text().contains("Trần Thị Mẫu"));
    let out = browser.post("/sign-out", &[]).await;
    assert_eq!(out.location(), "/");
    assert_eq!(browser.get("/code").await.location(), "/sign-in?next=/code");
    assert_eq!(app.get("/code", &known.cookie).await.status, StatusCode::OK);
}

#[tokio::test]
async fn cookies_are_kept_from_scripts_and_from_plain_connections() {
    let app = TestApp::with(|config| {
        config.public_url = Some("https://quet.example".to_owned());
    })
    .await;
    let mut browser = app.browser();
    let answer = browser.post("/sign-in", &[("phone", PHONE)]).await;
    assert_cookie(&answer.header("set-cookie"), "__Host-vaora_step=");
    let code = app.code_sent(PHONE, 1).await;
    browser.post("/sign-in/code", &[("otp", &code)]).await;
    let answer = browser
        .post("/sign-in/name", &[("name", "Nguyễn Văn Thử")])
        .await;
    assert_cookie(&answer.header("set-cookie"), "__Host-vaora=");
}

fn assert_cookie(cookie: &str, name: &str) {
    assert!(cookie.starts_with(name), "{cookie}");
    for flag in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(cookie.contains(flag), "{cookie} lacks {flag}");
    }
}

#[tokio::test]
async fn a_planted_session_never_becomes_a_signed_in_one() {
    let app = TestApp::new().await;
    app.holder("Trần Thị Mẫu", PHONE).await;
    let mut browser = app.browser();
    browser
        .cookies
        .insert("vaora".to_owned(), "planted".to_owned());
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    let code = app.code_sent(PHONE, 1).await;
    browser.post("/sign-in/code", &[("otp", &code)]).await;
    assert_ne!(browser.cookies["vaora"], "planted");
    assert_eq!(
        app.get("/code", "vaora=planted").await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    app.holder("Trần Thị Mẫu", PHONE).await;
    for (count, next) in ["//evil.example", "https://evil.example", "/\\evil.example"]
        .iter()
        .enumerate()
    {
        app.advance(Duration::from_secs(61));
        browser
            .post("/sign-in", &[("phone", PHONE), ("next", next)])
            .await;
        let code = app.code_sent(PHONE, count + 1).await;
        let answer = browser.post("/sign-in/code", &[("otp", &code)]).await;
        assert_eq!(answer.location(), "/code", "{next}");
        browser.post("/sign-out", &[]).await;
    }
}

#[tokio::test]
async fn steps_out_of_order_lead_to_the_first() {
    let app = TestApp::new().await;
    for path in ["/sign-in/code", "/sign-in/name"] {
        assert_eq!(app.get(path, "").await.location(), "/sign-in");
    }
    for (path, field) in [
        ("/sign-in/code", "otp"),
        ("/sign-in/name", "name"),
        ("/sign-in/again", "x"),
    ] {
        let answer = app.post_form(path, &[(field, "123456")], "").await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{path}");
        let forged = app
            .post_form(path, &[(field, "123456")], "vaora_step=AAAA")
            .await;
        assert_eq!(forged.status, StatusCode::CONFLICT, "{path}");
    }
    // The name before the code.
    let mut browser = app.browser();
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    let answer = browser
        .post("/sign-in/name", &[("name", "Nguyễn Văn Thử")])
        .await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(browser.get("/sign-in/name").await.location(), "/sign-in");
    let tx = &mut app.app.store.read().await.unwrap();
    assert!(
        tx.holder_of_phone(&Phone::parse(PHONE).unwrap())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn what_is_no_phone_is_kept_and_explained() {
    let app = TestApp::new().await;
    for phone in ["", "0905", "02343822222", "<script>", "0905 000 41a"] {
        let answer = app
            .post_form("/sign-in", &[("phone", phone), ("next", "/visits")], "")
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{phone}");
        assert!(
            answer
                .text()
                .contains("Số điện thoại chưa đúng. Nhập số di động 10 số"),
            "{phone}"
        );
        assert!(answer.body.contains("value=\"/visits\"") && !answer.body.contains("<script>\""));
    }
    let answer = app.post_form("/sign-in", &[("phone", "0905")], "").await;
    assert!(answer.body.contains("value=\"0905\"") && answer.body.contains("aria-invalid"));
}

#[tokio::test]
async fn every_notation_of_a_phone_is_the_same_person() {
    let app = TestApp::new().await;
    app.holder("Trần Thị Mẫu", PHONE).await;
    for (count, phone) in [
        "0905.000.101",
        "+84 905 000 101",
        "84905000101",
        "０９０５０００１０１",
    ]
    .iter()
    .enumerate()
    {
        app.advance(Duration::from_secs(1200));
        let mut browser = app.browser();
        browser.post("/sign-in", &[("phone", phone)]).await;
        let code = app.code_sent(PHONE, count + 1).await;
        let answer = browser.post("/sign-in/code", &[("otp", &code)]).await;
        assert_eq!(answer.location(), "/code", "{phone}");
    }
}

#[tokio::test]
async fn names_of_every_kind_are_kept_whole_and_shown_harmlessly() {
    let app = TestApp::new().await;
    let names = [
        (
            "O'Thử \"Mẫu\" <script>alert(1)</script>",
            "O'Thử \"Mẫu\" <script>alert(1)</script>",
        ),
        (
            "Nguye\u{302}\u{303}n Va\u{306}n Thu\u{31b}\u{309}",
            "Nguyễn Văn Thử",
        ),
        ("Thử 🙂 Mẫu", "Thử 🙂 Mẫu"),
    ];
    for (count, (typed, kept)) in names.iter().enumerate() {
        let phone = format!("0905 000 20{count}");
        let mut browser = app.browser();
        browser.post("/sign-in", &[("phone", &phone)]).await;
        let code = app.code_sent(&phone, 1).await;
        browser.post("/sign-in/code", &[("otp", &code)]).await;
        let page = browser.follow("/sign-in/name", &[("name", typed)]).await;
        assert!(page.text().contains(kept), "{}", page.text());
        assert!(!page.body.contains("<script>alert"));
    }
}

#[tokio::test]
async fn an_endless_or_empty_name_is_asked_for_again() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    let code = app.code_sent(PHONE, 1).await;
    browser.post("/sign-in/code", &[("otp", &code)]).await;
    let long = "ễ".repeat(300);
    let answer = browser.post("/sign-in/name", &[("name", &long)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains(&long) && answer.text().contains("dài quá 120 ký tự"));
    let answer = browser
        .post("/sign-in/name", &[("name", " \u{200b} ")])
        .await;
    assert!(
        answer.text().contains("Chưa nhập họ tên"),
        "{}",
        answer.text()
    );
    let answer = browser
        .post("/sign-in/name", &[("name", "Nguyễn Văn Thử")])
        .await;
    assert_eq!(answer.location(), "/code");
}

#[tokio::test]
async fn the_person_of_this_browser_is_joined_when_the_phone_is_proven() {
    let app = TestApp::new().await;
    let unverified = unverified(&app, "browser-0", PHONE).await;
    let mut browser = app.browser();
    browser
        .cookies
        .insert("vaora_browser".to_owned(), "browser-0".to_owned());
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    let code = app.code_sent(PHONE, 1).await;
    let answer = browser.post("/sign-in/code", &[("otp", &code)]).await;
    assert_eq!(answer.location(), "/code", "no name is asked again");
    let phone = Phone::parse(PHONE).unwrap();
    let mut tx = app.app.store.read().await.unwrap();
    let found = tx.holder_of_phone(&phone).await.unwrap().unwrap();
    assert_eq!(found.holder, unverified);
    let holder = tx.own_details(&own(unverified)).await.unwrap().unwrap();
    assert!(holder.verified);
    assert!(tx.holder_of_browser("browser-0").await.unwrap().is_none());
}

#[tokio::test]
async fn another_phone_is_never_joined_to_the_person_of_this_browser() {
    let app = TestApp::new().await;
    let known = app.holder("Trần Thị Mẫu", PHONE).await;
    let same = unverified(&app, "browser-1", PHONE).await;
    let other = unverified(&app, "browser-2", "0905 000 333").await;
    for (count, browser_token) in ["browser-1", "browser-2"].iter().enumerate() {
        app.advance(Duration::from_secs(61));
        let mut browser = app.browser();
        browser
            .cookies
            .insert("vaora_browser".to_owned(), (*browser_token).to_owned());
        browser.post("/sign-in", &[("phone", PHONE)]).await;
        let code = app.code_sent(PHONE, count + 1).await;
        browser.post("/sign-in/code", &[("otp", &code)]).await;
        assert!(browser.get("/code").await.text().contains("Trần Thị Mẫu"));
    }
    let mut tx = app.app.store.read().await.unwrap();
    for id in [same, other] {
        let holder = tx.own_details(&own(id)).await.unwrap().unwrap();
        assert!(!holder.verified);
    }
    let holder = tx.own_details(&own(known.id)).await.unwrap().unwrap();
    assert!(holder.verified);
}

async fn unverified(app: &TestApp, browser: &str, phone: &str) -> domain::ids::HolderId {
    let details = HolderDetails {
        name: PersonName::parse("Lê Văn Thử").unwrap(),
        phone: Some(Phone::parse(phone).unwrap().e164()),
        id_number: None,
        birth: None,
        old_number: None,
        insurance: None,
        address: None,
        gender: None,
    };
    let new = NewHolder {
        details: &details,
        phone: None,
        browser: Some(browser),
        verified: false,
        unit: &UnitPath(Vec::new()),
    };
    let mut tx = app.app.store.write().await.unwrap();
    let id = tx.add_holder(&new, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    id
}
