//! The links that make officers: set-up, invitations, and who may invite whom.

use crate::roles::officer;
use crate::support::TestApp;
use crate::support::enrolment::{PASSWORD, first_officer, hidden, secret, shown_link, sign_in};
use axum::http::StatusCode;
use domain::role::OfficerRole;
use std::time::Duration;
use vaora::{set_up, totp};

#[tokio::test]
async fn set_up_makes_the_first_officer_and_then_its_link_is_dead() {
    let app = TestApp::new().await;
    let old = set_up::link(&app.app).await.unwrap().unwrap();
    let link = set_up::link(&app.app).await.unwrap().unwrap();
    let path = |link: &str| {
        link.strip_prefix("http://127.0.0.1:8080")
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        app.get(&path(&old), "").await.status,
        StatusCode::GONE,
        "replaced"
    );
    let link = path(&link);
    let page = app.get(&format!("{link}?area=46"), "").await;
    assert!(page.text().contains("Phường Thuận Hóa"), "{}", page.text());
    let bad = app
        .post_form(
            &link,
            &[("area", "46"), ("name", "Trần Thị Mẫu"), ("hotline", "x")],
            "",
        )
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.body.contains("Trần Thị Mẫu"), "nothing typed is lost");
    for field in ["unit", "controller", "hotline", "login"] {
        assert!(bad.body.contains(&format!("{field}-error")), "{field}");
    }

    let (mut browser, _) = first_officer(&app).await;
    let overview = browser.get("/office").await;
    assert_eq!(overview.status, StatusCode::OK);
    assert!(
        overview.text().contains("Thành phố Huế"),
        "{}",
        overview.text()
    );
    assert_eq!(set_up::link(&app.app).await.unwrap(), None, "no second one");
    assert_eq!(app.get(&link, "").await.status, StatusCode::GONE);
    assert_eq!(
        app.post_form(&link, &[("unit", "VN")], "").await.status,
        StatusCode::GONE
    );
}

#[tokio::test]
async fn a_link_enrols_once() {
    let app = TestApp::new().await;
    let (mut browser, _) = first_officer(&app).await;
    let fields = [
        ("unit", "19753"),
        ("role", "commune_officer"),
        ("name", "Nguyễn Văn Thử"),
        ("login", "thu"),
    ];
    let answer = browser.post("/office/officers", &fields).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let link = shown_link(&answer);

    let page = app.get(&link, "").await;
    let (first, again) = (secret(&page), secret(&app.get(&link, "").await));
    assert_ne!(first, again, "who merely looked knows nothing");
    let sealed = hidden(&page, "sealed");
    let code = totp::code(&first, app.now());
    let send = async |password: &str, twice: &str, code: &str, sealed: &str| {
        let fields = [
            ("password", password),
            ("again", twice),
            ("code", code),
            ("sealed", sealed),
        ];
        app.post_form(&link, &fields, "").await
    };
    for (password, twice, digits, field) in [
        ("sen-ao-hồ", "sen-ao-hồ", code.as_str(), "password"),
        (PASSWORD, "khác hẳn câu trên", &code, "again"),
        (PASSWORD, PASSWORD, "000000", "code"),
    ] {
        let answer = send(password, twice, digits, &sealed).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(
            answer.body.contains(&format!("id=\"{field}-error\"")),
            "{field}"
        );
        assert_eq!(secret(&answer), first, "the app's entry stays good");
        assert!(!answer.body.contains(password), "no password comes back");
    }
    assert_eq!(
        send(PASSWORD, PASSWORD, &code, "AAAA").await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        send(PASSWORD, PASSWORD, &code, &sealed).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        send(PASSWORD, PASSWORD, &code, &sealed).await.status,
        StatusCode::GONE,
        "old link"
    );
    assert_eq!(app.get(&link, "").await.status, StatusCode::GONE);
    app.advance(Duration::from_secs(30));
    let code = totp::code(&first, app.now());
    assert_eq!(
        sign_in(&app, "thu", PASSWORD, &code).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_link_dies_after_a_week() {
    let app = TestApp::new().await;
    let (mut browser, _) = first_officer(&app).await;
    let fields = [
        ("unit", "46"),
        ("role", "auditor"),
        ("name", "Nguyễn Văn Thử"),
        ("login", "thu"),
    ];
    let link = shown_link(&browser.post("/office/officers", &fields).await);
    app.advance(Duration::from_secs(7 * 86_400 - 1));
    assert_eq!(app.get(&link, "").await.status, StatusCode::OK);
    app.advance(Duration::from_secs(1));
    assert_eq!(app.get(&link, "").await.status, StatusCode::GONE);
}

#[tokio::test]
async fn nobody_invites_upwards_or_sideways() {
    let app = TestApp::new().await;
    let (mut browser, _) = first_officer(&app).await;
    let mut n = 0;
    for (unit, role, expected) in [
        ("46", "province_officer", StatusCode::CREATED),
        ("19753", "commune_officer", StatusCode::CREATED),
        ("46", "national_officer", StatusCode::UNPROCESSABLE_ENTITY),
        ("VN", "national_officer", StatusCode::FORBIDDEN),
        ("VN", "auditor", StatusCode::FORBIDDEN),
        ("01", "commune_officer", StatusCode::FORBIDDEN),
        ("00004", "inspector", StatusCode::FORBIDDEN),
        ("99999", "inspector", StatusCode::UNPROCESSABLE_ENTITY),
        ("46", "emperor", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        n += 1;
        let login = format!("thu{n}");
        let fields = [
            ("unit", unit),
            ("role", role),
            ("name", "Nguyễn Văn Thử"),
            ("login", &login),
        ];
        assert_eq!(
            browser.post("/office/officers", &fields).await.status,
            expected,
            "{role} of {unit}"
        );
    }
    let taken = [
        ("unit", "46"),
        ("role", "inspector"),
        ("name", "Nguyễn Văn Thử"),
        ("login", "mau"),
    ];
    let answer = browser.post("/office/officers", &taken).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("login-error"), "{}", answer.text());
}

#[tokio::test]
async fn a_commune_that_stands_alone_has_an_auditor_and_nobody_is_invited_to_nothing() {
    let app = TestApp::new().await;
    let clerk = officer(&app, OfficerRole::CommuneOfficer, "19753").await;
    let form = app.get("/office/officers/new", &clerk.cookie).await;
    assert!(form.body.contains("value=\"auditor\""));
    assert!(!form.body.contains("health_officer"), "it has no page");
    for (role, expected) in [
        ("auditor", StatusCode::CREATED),
        ("health_officer", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let fields = [
            ("unit", "19753"),
            ("role", role),
            ("name", "Nguyễn Văn Thử"),
            ("login", role),
        ];
        let answer = app
            .post_form("/office/officers", &fields, &clerk.cookie)
            .await;
        assert_eq!(answer.status, expected, "{role}");
    }
}
