//! How an officer signs in: password and code, never saying what was wrong.

use crate::support::TestApp;
use crate::support::enrolment::{PASSWORD, first_officer, hidden, sign_in};
use axum::http::StatusCode;
use std::time::Duration;
use vaora::totp;

#[tokio::test]
async fn signing_in_takes_password_and_an_unspent_code_and_never_says_what_was_wrong() {
    let app = TestApp::new().await;
    let (_, secret) = first_officer(&app).await;
    let now = || totp::code(&secret, app.now());
    let replay = sign_in(&app, "mau", PASSWORD, &now()).await;
    assert_eq!(
        replay.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "enrolling spent this step"
    );
    app.advance(Duration::from_secs(60));
    let wrong_password = sign_in(&app, "mau", "sông Hương chảy nhanh", &now()).await;
    let wrong_code = sign_in(&app, "mau", PASSWORD, "000000").await;
    let unknown = sign_in(&app, "nobody", PASSWORD, &now()).await;
    for answer in [&wrong_password, &wrong_code, &unknown, &replay] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.text(), replay.text());
        assert!(!answer.body.contains("chảy"), "no password comes back");
    }
    let good = sign_in(&app, " MAU ", PASSWORD, &now()).await;
    assert_eq!(
        (good.status, good.location().as_str()),
        (StatusCode::SEE_OTHER, "/office")
    );
    let replay = sign_in(&app, "mau", PASSWORD, &now()).await;
    assert_eq!(
        replay.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a code works once"
    );
}

#[tokio::test]
async fn signing_in_returns_to_the_page_that_asked_and_to_no_other_site() {
    let app = TestApp::new().await;
    let (_, secret) = first_officer(&app).await;
    let asked = app.get("/office/venues?q=a", "").await;
    assert_eq!(
        asked.location(),
        "/office/sign-in?next=/office/venues%3Fq%3Da"
    );
    let form = app.get(&asked.location(), "").await;
    assert_eq!(hidden(&form, "next"), "/office/venues?q=a");
    for (next, expected) in [
        ("/office/venues?q=a", "/office/venues?q=a"),
        ("//evil.example", "/office"),
    ] {
        app.advance(Duration::from_secs(60));
        let code = totp::code(&secret, app.now());
        let fields = [
            ("login", "mau"),
            ("password", PASSWORD),
            ("code", &code),
            ("next", next),
        ];
        let answer = app.post_form("/office/sign-in", &fields, "").await;
        assert_eq!(answer.location(), expected);
    }
}

#[tokio::test]
async fn guessing_is_limited() {
    let app = TestApp::new().await;
    first_officer(&app).await;
    for _ in 0..10 {
        assert_eq!(
            sign_in(&app, "mau", "x", "000000").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    let refused = sign_in(&app, "mau", "x", "000000").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "900");
    app.advance(Duration::from_secs(900));
    assert_eq!(
        sign_in(&app, "mau", "x", "000000").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}
