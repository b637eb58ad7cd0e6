//! Registering a venue: the three steps, and the form's faults.

use crate::support::scene::{VENUE, but};
use crate::support::{Answer, TestApp, own};
use axum::http::StatusCode;
use domain::ids::VenueId;
use std::time::Duration;

#[tokio::test]
async fn a_form_sent_twice_registers_one_venue() {
    let app = TestApp::new().await;
    let owner = app.holder("Lê Thị Thử", "0905 000 418").await;
    let form = app.get("/venues/new", &owner.cookie).await.body;
    let id = form.split("name=\"id\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap();
    let fields = [VENUE, &[("id", id)]].concat();
    for _ in 0..2 {
        let answer = app.post_form("/venues/new", &fields, &owner.cookie).await;
        assert_eq!(answer.location(), format!("/venues/{id}"));
    }
    let list = app.get("/venues", &owner.cookie).await.text();
    assert_eq!(list.matches("Chợ Bến Thử").count(), 1, "{list}");
    let mut tx = app.app.store.read().await.unwrap();
    assert_eq!(tx.checkpoints(id.parse().unwrap()).await.unwrap().len(), 2);
    drop(tx);
    // The id is another's: nothing of theirs is shown or changed.
    let other = app.holder("Trần Thị Mẫu", "0905 000 419").await;
    let answer = app.post_form("/venues/new", &fields, &other.cookie).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    // A form opened again is another venue.
    let answer = app.post_form("/venues/new", VENUE, &owner.cookie).await;
    assert_ne!(answer.location(), format!("/venues/{id}"));
}

#[tokio::test]
async fn a_newcomer_registers_in_three_steps() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    let first = browser.get("/venues/new").await;
    assert!(first.text().contains("Bước 1 trong 3"), "{}", first.text());
    assert!(first.body.contains("Cổng chính"));
    let second = browser.follow("/venues/new", VENUE).await;
    assert!(second.text().contains("Bước 2 trong 3"));
    let bad = browser
        .post(
            "/venues/new/registrant",
            &[("person", "Lê <b>"), ("phone", "123")],
        )
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.body.contains("Lê &#60;b&#62;") && bad.body.contains("value=\"123\""));
    let who = [("person", "Lê Thị Thử"), ("phone", "0905.000.418")];
    let third = browser.follow("/venues/new/registrant", &who).await;
    assert!(third.text().contains("09** *** 418"), "{}", third.text());
    // Going back loses nothing.
    for (path, typed) in [("", "Chợ Bến Thử"), ("/registrant", "0905.000.418")] {
        let page = browser.get(&format!("/venues/new{path}")).await;
        assert!(page.body.contains(typed), "{path}");
    }
    let code = app.code_sent("0905 000 418", 1).await;
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let answer = browser
        .post("/venues/new/confirmation", &[("otp", wrong)])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let board = browser
        .follow("/venues/new/confirmation", &[("otp", &code)])
        .await;
    assert_eq!(board.status, StatusCode::OK);
    assert!(
        board.text().contains("Chợ Bến Thử")
            && board.text().contains("Phường Thuận Hóa, Thành phố Huế")
    );
    assert!(board.text().contains("Cổng 1") && board.text().contains("Cổng 2"));
    // The code is good once, and the draft is gone.
    let again = browser
        .post("/venues/new/confirmation", &[("otp", &code)])
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(browser.get("/venues").await.text().contains("Chợ Bến Thử"));
    let phone = domain::phone::Phone::parse("0905 000 418").unwrap();
    let mut tx = app.app.store.read().await.unwrap();
    let found = tx.holder_of_phone(&phone).await.unwrap().unwrap();
    let holder = tx.own_details(&own(found.holder)).await.unwrap().unwrap();
    assert!(holder.verified && holder.details.name.as_str() == "Lê Thị Thử");
}

#[tokio::test]
async fn a_double_click_on_the_last_step_ends_where_the_first_does() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    let form = browser.get("/venues/new").await.body;
    let id = form.split("name=\"id\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap();
    let fields = [VENUE, &[("id", id)]].concat();
    browser.post("/venues/new", &fields).await;
    let who = [("person", "Lê Thị Thử"), ("phone", "0905 000 418")];
    browser.post("/venues/new/registrant", &who).await;
    let code = app.code_sent("0905 000 418", 1).await;
    let draft = browser.cookie();
    let last = "/venues/new/confirmation";
    let typed = [("otp", code.as_str())];
    let clicks = [(); 2].map(|()| app.post_form(last, &typed, &draft));
    let answers = futures_util::future::join_all(clicks).await;
    let [first, second] = &answers[..] else {
        panic!("two answers")
    };
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
    assert_eq!(first.location(), second.location());
    let session = |answer: &Answer| {
        answer
            .header("set-cookie")
            .split(';')
            .next()
            .map(String::from)
    };
    assert_eq!(session(first), session(second));
    let session = session(first).unwrap();
    let list = app.get("/venues", &session).await.text();
    assert_eq!(list.matches("Chợ Bến Thử").count(), 1, "{list}");
    // The draft alone lets nobody in, nor does it with the code once the session has ended.
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for (otp, ended) in [(wrong, false), (code.as_str(), true)] {
        if ended {
            app.post_form("/sign-out", &[], &session).await;
        }
        let answer = app.post_form(last, &[("otp", otp)], &draft).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{otp}");
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn a_known_phone_keeps_its_person() {
    let app = TestApp::new().await;
    let known = app.holder("Lê Thị Thử", "0905 000 418").await;
    let mut browser = app.browser();
    browser.post("/venues/new", VENUE).await;
    browser
        .post(
            "/venues/new/registrant",
            &[("person", "Tên Khác"), ("phone", "0905000418")],
        )
        .await;
    let code = app.code_sent("0905 000 418", 1).await;
    let done = browser
        .post("/venues/new/confirmation", &[("otp", &code)])
        .await;
    let venue: VenueId = done.location()["/venues/".len()..].parse().unwrap();
    let mut tx = app.app.store.read().await.unwrap();
    assert_eq!(tx.venue(venue).await.unwrap().unwrap().owner, known.id);
    let holder = tx.own_details(&own(known.id)).await.unwrap().unwrap();
    assert_eq!(holder.details.name.as_str(), "Lê Thị Thử");
}

#[tokio::test]
async fn steps_out_of_order_are_refused() {
    let app = TestApp::new().await;
    for path in ["/venues/new/registrant", "/venues/new/confirmation"] {
        assert_eq!(app.get(path, "").await.location(), "/venues/new", "{path}");
    }
    let who = [
        ("person", "Lê Thị Thử"),
        ("phone", "0905000418"),
        ("otp", "123456"),
    ];
    for path in [
        "/venues/new/registrant",
        "/venues/new/confirmation",
        "/venues/new/code",
    ] {
        for cookie in ["", "vaora_venue=AAAA", "vaora_venue=%00"] {
            let answer = app.post_form(path, &who, cookie).await;
            assert_eq!(answer.status, StatusCode::CONFLICT, "{path} {cookie}");
        }
    }
    let mut browser = app.browser();
    browser.post("/venues/new", VENUE).await;
    let early = browser
        .post("/venues/new/confirmation", &[("otp", "123456")])
        .await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert_eq!(
        browser.get("/venues/new/confirmation").await.location(),
        "/venues/new/registrant"
    );
    // A venue that was changed after the code was sent asks for the second step again.
    browser.post("/venues/new/registrant", &who).await;
    browser.post("/venues/new", VENUE).await;
    let page = browser.get("/venues/new/confirmation").await;
    assert_eq!(page.location(), "/venues/new/registrant");
    let code = app.code_sent("0905 000 418", 1).await;
    let skipped = browser
        .post("/venues/new/confirmation", &[("otp", &code)])
        .await;
    assert_eq!(skipped.status, StatusCode::CONFLICT);
    // An hour later the draft is nothing.
    app.advance(Duration::from_secs(3601));
    let late = browser.post("/venues/new/registrant", &who).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn every_wrong_field_is_said_and_nothing_is_lost() {
    let app = TestApp::new().await;
    let long = "a".repeat(300);
    let gates = "x\n".repeat(11) + "Cổng";
    for (name, value) in [
        ("name", ""),
        ("name", &long),
        ("kind", "palace"),
        ("province", ""),
        ("commune", "00004"),
        ("commune", "46"),
        ("address", " \u{200b} "),
        ("expected", "vài trăm"),
        ("expected", "0"),
        ("hours", ""),
        ("opens", "25:00"),
        ("closes", "05:00"),
        ("checkpoints", "Cổng 1\nCổng 1"),
        ("checkpoints", &gates),
        ("checkpoints", &long),
    ] {
        let answer = app.post_form("/venues/new", &but(name, value), "").await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{name} {value}"
        );
        let field = if name == "closes" { "opens" } else { name };
        assert!(
            answer.body.contains(&format!("id=\"{field}-error\"")),
            "{name} {value}"
        );
        assert!(
            answer.body.contains("role=\"alert\"")
                && answer.body.contains("Chợ Bến Thử") != (name == "name")
        );
        if name != "name" && name != "address" {
            assert!(answer.body.contains("value=\"1 đường Thử\""), "{name}");
        }
    }
    // Without a script a button shows the communes of the chosen province.
    let mut fields = but("commune", "");
    fields.push(("action", "communes"));
    let answer = app.post_form("/venues/new", &fields, "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("value=\"19774\"") && !answer.body.contains("value=\"00004\""));
    let json = app.get("/units/46/children", "").await.json();
    assert_eq!(json.as_array().unwrap().len(), 2);
}
