//! Cards reported lost without signing in.

use crate::support::{TestApp, own};
use axum::http::StatusCode;
use domain::card::CardState;

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
