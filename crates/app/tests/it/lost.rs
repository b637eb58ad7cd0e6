//! Cards reported lost without signing in.

use crate::desk::{HERE, changed, clerk_of, issue_at};
use crate::support::{TestApp, own};
use axum::http::StatusCode;
use domain::card::CardState;
use domain::ids::CardId;
use domain::otp::OtpPurpose;
use domain::phone::Phone;
use std::net::SocketAddr;
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
    assert!(done.text().contains("Đã khóa 1 thẻ."), "{}", done.text());
    assert!(!done.text().contains("tạm khóa"), "{}", done.text());
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
        "/lost?revoked=1&suspended=0"
    );
    let early = browser.post("/lost/code", &[("otp", &code)]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_phone_that_nobody_knows_has_no_cards() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    let page = browser.follow("/lost", &[("phone", PHONE)]).await;
    let step = page.body.split("name=\"step\" value=\"").nth(1).unwrap();
    let step = step.split('"').next().unwrap().to_owned();
    let code = app.code_sent(PHONE, 1).await;
    let right = [("step", step.as_str()), ("otp", code.as_str())];
    let done = browser.follow("/lost/code", &right).await;
    assert!(done.text().contains("Số này không có thẻ nào đang dùng."));
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
async fn a_card_that_a_desk_made_is_suspended_until_the_office_has_looked() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let fields = changed(&[("phone", PHONE)]);
    let card = issue_at(&app, &clerk, &fields, "issued").await;
    let other = [
        ("name", "Trần Thị Mẫu"),
        ("id_number", "046188004418"),
        ("birth", "1988"),
        ("gender", "female"),
        ("phone", "0905 000 102"),
    ];
    let theirs = issue_at(&app, &clerk, &changed(&other), "issued").await;
    let mut browser = app.browser();
    let page = browser.follow("/lost", &[("phone", PHONE)]).await;
    let step = page.body.split("name=\"step\" value=\"").nth(1).unwrap();
    let step = step.split('"').next().unwrap().to_owned();
    let code = app.code_sent(PHONE, 1).await;
    let right = [("step", step.as_str()), ("otp", code.as_str())];
    let done = browser.follow("/lost/code", &right).await.text();
    assert!(
        done.contains("Đã tạm khóa 1 thẻ do xã, phường cấp."),
        "{done}"
    );
    assert!(!done.contains("Đăng nhập để có mã mới."), "{done}");
    let state = async |card: &str| {
        let mut tx = app.app.store.read().await.unwrap();
        let id = CardId::parse(card).unwrap();
        let holder = tx.card_scope(id).await.unwrap().unwrap().holder;
        let cards = tx.own_cards(&own(holder)).await.unwrap();
        cards.into_iter().find(|one| one.id == id).unwrap().state
    };
    assert_eq!(state(&card).await, CardState::Suspended);
    assert_eq!(state(&theirs).await, CardState::Active, "another's phone");
    // The office sees why, and opens it again.
    let found = app
        .post_form("/office/people", &[("text", "046087004417")], &clerk)
        .await;
    let person = found.body.split("href=\"/office/people/").nth(1).unwrap();
    let person = format!("/office/people/{}", person.split('"').next().unwrap());
    let text = app.get(&person, &clerk).await.text();
    assert!(text.contains("Tạm khóa: bị mất"), "{text}");
    let again = [
        ("card", card.as_str()),
        ("step", "resumption"),
        ("reason", "found"),
    ];
    app.post_form(&format!("{person}/card-steps"), &again, &clerk)
        .await;
    assert_eq!(state(&card).await, CardState::Active);
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
            let done = otp::send(&app.app, address.as_str(), &number, purpose, Locale::Vi).await;
            sent += usize::from(done.is_ok());
        }
        assert_eq!(sent, 8, "{purpose}: each has its own");
    }
}

#[tokio::test]
async fn nobody_elsewhere_guesses_a_code_away() {
    let mut app = TestApp::new().await;
    let (here, elsewhere) = (app.peer, SocketAddr::from(([192, 0, 2, 66], 50_000)));
    let phone = [("phone", PHONE)];
    let mut messages = 0;
    for door in ["/lost", "/sign-in"] {
        let mut steps = Vec::new();
        for from in [elsewhere, here] {
            app.peer = from;
            let sent = app.post_form(door, &phone, "").await;
            messages += 1;
            app.code_sent(PHONE, messages).await;
            let step = sent.location();
            let step = step.split("step=").nth(1).unwrap_or_default().to_owned();
            let cookie = sent.header("set-cookie");
            steps.push((step, cookie.split(';').next().unwrap().to_owned()));
        }
        let code = app.code_sent(PHONE, messages).await;
        let code_door = format!("{door}/code");
        let wrong = if code == "123456" { "654321" } else { "123456" };
        for typed in [wrong; 12].into_iter().chain([code.as_str()]) {
            app.peer = elsewhere;
            let (step, cookie) = &steps[0];
            let form = [("step", step.as_str()), ("otp", typed)];
            let answer = app.post_form(&code_door, &form, cookie).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{door}");
        }
        // Whoever had it sent types it, wherever their phone is by now.
        app.peer = SocketAddr::from(([192, 0, 2, 1], 50_000));
        let (step, cookie) = &steps[1];
        let form = [("step", step.as_str()), ("otp", code.as_str())];
        let done = app.post_form(&code_door, &form, cookie).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    }
}
