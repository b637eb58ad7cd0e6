//! Cards reported lost without signing in.

use crate::support::{TestApp, own};
use axum::http::StatusCode;
use domain::card::CardState;
use domain::otp::OtpPurpose;
use domain::phone::Phone;
use vaora::otp;
use vaora::web::locale::Locale;

const PHONE: &str = "0905 000 101";

#[tokio::test]
async fn two_steps_stop_every_card_of_a_phone() {
    let app = TestApp::new().await;
    let holder = app.holder("Nguyễn Văn Thử", PHONE).await;
    app.post_form("/cards", &[], &holder.cookie).await;
    let mut browser = app.browser();
    assert!(
        browser
            .get("/sign-in")
            .await
            .body
            .contains("href=\"/lost\"")
    );
    let page = browser.follow("/lost", &[("phone", PHONE)]).await;
    assert!(page.text().contains("09** *** 101") && !page.body.contains("0905"));
    let step = page.body.split("name=\"step\" value=\"").nth(1).unwrap();
    let step = step.split('"').next().unwrap().to_owned();
    let wrong = [("step", step.as_str()), ("otp", "000 000")];
    let answer = browser.post("/lost/code", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let state = async || {
        let mut tx = app.app.store.read().await.unwrap();
        tx.own_cards(&own(holder.id)).await.unwrap()[0].state
    };
    assert_eq!(state().await, CardState::Active);
    let code = app.code_sent(PHONE, 1).await;
    let right = [("step", step.as_str()), ("otp", code.as_str())];
    let done = browser.follow("/lost/code", &right).await;
    assert!(
        done.text()
            .contains("Nếu số này có thẻ thì mọi thẻ đã bị khóa.")
    );
    assert_eq!(state().await, CardState::Revoked);
    assert!(done.text().contains("đã bị đăng xuất"), "{}", done.text());
    let found = app.post_form("/cards", &[], &holder.cookie).await;
    assert!(
        found.location().starts_with("/sign-in"),
        "whoever found the phone makes no card"
    );
    assert!(browser.cookies.is_empty(), "nobody was signed in");
    // A second click is told the same.
    assert_eq!(
        browser.post("/lost/code", &right).await.location(),
        "/lost?done=1"
    );
    let early = browser.post("/lost/code", &[("otp", &code)]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_phone_that_nobody_knows_is_answered_the_same() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    let page = browser.follow("/lost", &[("phone", PHONE)]).await;
    let step = page.body.split("name=\"step\" value=\"").nth(1).unwrap();
    let step = step.split('"').next().unwrap().to_owned();
    let code = app.code_sent(PHONE, 1).await;
    let right = [("step", step.as_str()), ("otp", code.as_str())];
    let done = browser.follow("/lost/code", &right).await;
    assert!(
        done.text()
            .contains("Nếu số này có thẻ thì mọi thẻ đã bị khóa.")
    );
    // A code for this is no code for signing in, and one number is sent so many an hour.
    for n in 0..10 {
        app.advance(std::time::Duration::from_secs(61));
        let answer = browser.post("/lost", &[("phone", PHONE)]).await;
        if answer.status == StatusCode::UNPROCESSABLE_ENTITY {
            assert!((3..9).contains(&n), "{n}");
            return;
        }
    }
    panic!("no limit was reached");
}

#[tokio::test]
async fn codes_for_other_things_leave_those_for_signing_in_and_for_lost_cards() {
    let app = TestApp::new().await;
    let number = Phone::parse(PHONE).unwrap();
    for purpose in [OtpPurpose::Member, OtpPurpose::SignIn, OtpPurpose::Lost] {
        // From so many addresses that only the number's own limit counts.
        let mut sent = 0;
        for n in 0..10 {
            let address = format!("2001:db8:{n}::1");
            let done = otp::send(&app.app, &address, &number, purpose, Locale::Vi).await;
            sent += usize::from(done.is_ok());
        }
        assert_eq!(sent, 8, "{purpose}: each has its own");
    }
}
