//! An officer's own account: a password is changed by whoever knows it and has the authenticator.

use crate::roles::{TestOfficer, officer};
use crate::support::TestApp;
use crate::support::enrolment::PASSWORD;
use axum::http::StatusCode;
use domain::role::{Actor, ChangeOwnPassword, OfficerRole, OfficerScope, authorize};
use domain::unit::UnitCode;
use std::time::Duration;
use store::sessions::SessionOf;
use vaora::{passwords, totp};

const PAGE: &str = "/office/account";
const NEW: &str = "trăng lên sau rặng tre";

/// An officer of a commune who knows a password; the login, and a session.
async fn with_password(app: &TestApp) -> (TestOfficer, String) {
    let made = officer(app, OfficerRole::CommuneOfficer, "19753").await;
    let scope = OfficerScope {
        officer: made.id,
        role: OfficerRole::CommuneOfficer,
        unit: app.unit("19753"),
    };
    let actor = Actor::Officer {
        id: made.id,
        role: OfficerRole::CommuneOfficer,
        unit: UnitCode::parse("19753").unwrap(),
    };
    let who = authorize::<ChangeOwnPassword, _>(&actor, scope).unwrap();
    let hash = passwords::hash(PASSWORD).await.unwrap();
    let mut tx = app.app.store.write().await.unwrap();
    tx.change_own_password(&who, &hash).await.unwrap();
    let login = tx.own_credentials(&who).await.unwrap().unwrap().login;
    tx.commit().await.unwrap();
    let cookie = app.session(SessionOf::Officer(made.id)).await;
    (TestOfficer { cookie, ..made }, login)
}

fn code(app: &TestApp) -> String {
    totp::code(b"12345678901234567890", app.now())
}

#[tokio::test]
async fn a_changed_password_signs_out_everywhere_else() {
    let app = TestApp::new().await;
    let (officer, login) = with_password(&app).await;
    let elsewhere = app.session(SessionOf::Officer(officer.id)).await;
    let page = app.get("/office", &officer.cookie).await;
    assert!(page.body.contains("href=\"/office/account\""));
    let page = app.get(PAGE, &officer.cookie).await;
    assert!(page.text().contains(&login), "{}", page.text());
    let first = code(&app);
    let fields = [
        ("current", PASSWORD),
        ("code", &first),
        ("password", NEW),
        ("again", NEW),
    ];
    let done = app.post_form(PAGE, &fields, &officer.cookie).await;
    assert_eq!(
        done.location(),
        "/office/account?changed=1",
        "{}",
        done.text()
    );
    let carried = done.header("set-cookie");
    let cookie = carried.split(';').next().unwrap();
    let page = app.get(&done.location(), cookie).await;
    assert!(page.text().contains("Đã đổi mật khẩu"), "{}", page.text());
    for ended in [&officer.cookie, &elsewhere] {
        let page = app.get(PAGE, ended).await;
        assert_eq!(page.location(), "/office/sign-in?next=/office/account");
    }
    // The code is spent, and the next one signs in with the new password alone.
    let again = [
        ("current", NEW),
        ("code", &first),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    let refused = app.post_form(PAGE, &again, cookie).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (password, status) in [
        (PASSWORD, StatusCode::UNPROCESSABLE_ENTITY),
        (NEW, StatusCode::SEE_OTHER),
    ] {
        app.advance(Duration::from_secs(30));
        let code = code(&app);
        let fields = [
            ("login", login.as_str()),
            ("password", password),
            ("code", &code),
        ];
        let answer = app.post_form("/office/sign-in", &fields, "").await;
        assert_eq!(answer.status, status, "{password}");
    }
    let auditor = super::roles::officer(&app, OfficerRole::Auditor, "46").await;
    let log = app.get("/audit", &auditor.cookie).await.text();
    assert!(log.contains("Đổi mật khẩu của mình"), "{log}");
    assert!(log.contains(&login) && !log.contains(NEW), "{log}");
}

#[tokio::test]
async fn a_password_stays_when_anything_does_not_fit() {
    let app = TestApp::new().await;
    let (officer, _) = with_password(&app).await;
    let code = code(&app);
    let wrong = if code == "123456" { "654321" } else { "123456" };
    for (current, code, new, again, told) in [
        (NEW, code.as_str(), NEW, NEW, "giống mật khẩu hiện tại"),
        ("đoán bừa một câu", &code, NEW, NEW, "Chưa đổi được"),
        (PASSWORD, wrong, NEW, NEW, "Chưa đổi được"),
        (PASSWORD, &code, "mưa rào", "mưa rào", "chưa đủ 12 ký tự"),
        (PASSWORD, &code, NEW, "gõ nhầm một chữ", "không giống nhau"),
    ] {
        let fields = [
            ("current", current),
            ("code", code),
            ("password", new),
            ("again", again),
        ];
        let answer = app.post_form(PAGE, &fields, &officer.cookie).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(answer.text().contains(told), "{told}: {}", answer.text());
        for typed in [current, new, again] {
            assert!(
                !answer.body.contains(typed),
                "a password is not shown again"
            );
        }
    }
    // Nothing was spent by it. Guessing is limited, and who may not sign in may not change.
    let fields = [
        ("current", PASSWORD),
        ("code", &code),
        ("password", NEW),
        ("again", NEW),
    ];
    let guess = [
        ("current", "đoán bừa một câu"),
        ("code", &code),
        ("password", NEW),
        ("again", NEW),
    ];
    for _ in 0..8 {
        app.post_form(PAGE, &guess, &officer.cookie).await;
    }
    let limited = app.post_form(PAGE, &fields, &officer.cookie).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    app.advance(Duration::from_secs(901));
    let code = self::code(&app);
    let fields = [
        ("current", PASSWORD),
        ("code", &code),
        ("password", NEW),
        ("again", NEW),
    ];
    let done = app.post_form(PAGE, &fields, &officer.cookie).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
}
