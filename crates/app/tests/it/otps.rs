//! Codes sent to phones: how often each works, how long, and how many there are.

use crate::support::TestApp;
use axum::http::StatusCode;
use domain::otp::{OtpCode, OtpPurpose};
use domain::phone::Phone;
use std::time::Duration;
use store::otps::{Guess, OtpCheck};
use vaora::otp;
use vaora::web::locale::Locale;

const PHONE: &str = "0905 000 101";

#[tokio::test]
async fn a_code_works_once_and_guesses_are_counted() {
    let app = TestApp::new().await;
    app.holder("Trần Thị Mẫu", PHONE).await;
    let mut browser = app.browser();
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    let code = app.code_sent(PHONE, 1).await;
    let mut elsewhere = app.browser();
    elsewhere.post("/sign-in", &[("phone", PHONE)]).await;
    browser.post("/sign-in/code", &[("otp", &code)]).await;
    let replayed = elsewhere.post("/sign-in/code", &[("otp", &code)]).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(replayed.text().contains("Mã đã hết hiệu lực"));

    app.advance(Duration::from_secs(61));
    let mut browser = app.browser();
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    let code = app.code_sent(PHONE, 2).await;
    let wrong = if code == "123456" { "654321" } else { "123456" };
    for left in [4, 3, 2, 1] {
        let answer = browser.post("/sign-in/code", &[("otp", wrong)]).await;
        assert!(
            answer.text().contains(&format!("Còn {left} lần nhập")),
            "{}",
            answer.text()
        );
        assert!(!answer.body.contains(wrong), "a code is not shown again");
    }
    let answer = browser.post("/sign-in/code", &[("otp", "abc")]).await;
    assert!(answer.text().contains("Đã nhập quá số lần"));
    let answer = browser.post("/sign-in/code", &[("otp", &code)]).await;
    assert!(
        answer.text().contains("Đã nhập quá số lần"),
        "even the right one"
    );
    let answer = browser.post("/sign-in/again", &[]).await;
    assert!(
        answer.text().contains("Thử lại sau 15 phút"),
        "{}",
        answer.text()
    );
    app.advance(Duration::from_secs(901));
    browser.follow("/sign-in/again", &[]).await;
    let code = app.code_sent(PHONE, 3).await;
    assert_eq!(
        browser
            .post("/sign-in/code", &[("otp", &code)])
            .await
            .location(),
        "/code"
    );
}

#[tokio::test]
async fn codes_die_after_ten_minutes_and_are_not_sent_twice_a_minute() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    let code = app.code_sent(PHONE, 1).await;
    let page = browser.get("/sign-in/code").await;
    assert!(
        page.body.contains("<otp-countdown seconds=\"60\""),
        "{}",
        page.body
    );
    browser.post("/sign-in", &[("phone", PHONE)]).await;
    browser.post("/sign-in/again", &[]).await;
    assert_eq!(app.code_sent(PHONE, 1).await, code, "no second message");
    app.advance(Duration::from_secs(600));
    let answer = browser.post("/sign-in/code", &[("otp", &code)]).await;
    assert!(answer.text().contains("Mã đã hết hiệu lực"));
}

#[tokio::test]
async fn one_number_and_one_address_have_their_limits() {
    let app = TestApp::new().await;
    let phone = Phone::parse(PHONE).unwrap();
    let send = async |address: &str, phone: &Phone| {
        otp::send(&app.app, address, phone, OtpPurpose::SignIn, Locale::Vi).await
    };
    for _ in 0..5 {
        send("192.0.2.1", &phone).await.unwrap();
        app.advance(Duration::from_secs(61));
    }
    assert!(send("192.0.2.1", &phone).await.is_err());
    assert!(
        send("192.0.2.2", &phone).await.is_ok(),
        "its owner elsewhere still can"
    );
    let mut sent = 0;
    for n in 0..40 {
        let other = Phone::parse(&format!("0905 001 0{n:02}")).unwrap();
        sent += usize::from(send("192.0.2.3", &other).await.is_ok());
    }
    assert_eq!(sent, 30);
    let page = app
        .post_form("/sign-in", &[("phone", "0905 009 999")], "")
        .await;
    assert_eq!(
        page.status,
        StatusCode::SEE_OTHER,
        "other addresses are not held up"
    );
}

#[tokio::test]
async fn guessing_elsewhere_does_not_lock_the_owner_out() {
    let app = TestApp::new().await;
    let phone = Phone::parse(PHONE).unwrap();
    let purpose = OtpPurpose::SignIn;
    otp::send(&app.app, "192.0.2.66", &phone, purpose, Locale::Vi)
        .await
        .unwrap();
    let sent = app.code_sent(PHONE, 1).await;
    let wrong = if sent == "123456" { "654321" } else { "123456" };
    for _ in 0..6 {
        let found = check(&app, (&phone, "192.0.2.66"), purpose, wrong).await;
        assert_ne!(found, OtpCheck::Right);
    }
    assert!(
        otp::send(&app.app, "192.0.2.66", &phone, purpose, Locale::Vi)
            .await
            .is_err()
    );
    otp::send(&app.app, "192.0.2.1", &phone, purpose, Locale::Vi)
        .await
        .unwrap();
    let code = app.code_sent(PHONE, 2).await;
    let owner = (&phone, "192.0.2.1");
    assert_eq!(
        check(&app, owner, OtpPurpose::RegisterVenue, &code).await,
        OtpCheck::Expired,
        "other purpose"
    );
    assert_eq!(check(&app, owner, purpose, &code).await, OtpCheck::Right);
}

async fn check(
    app: &TestApp,
    (phone, asker): (&Phone, &str),
    purpose: OtpPurpose,
    typed: &str,
) -> OtpCheck {
    let code = OtpCode::parse(typed);
    let mut tx = app.app.store.write().await.unwrap();
    let guess = Guess {
        code: code.as_ref(),
        step: "step",
        asker: Some(asker),
    };
    let found = tx.check_otp(phone, purpose, guess, app.now()).await;
    tx.commit().await.unwrap();
    found.unwrap()
}
