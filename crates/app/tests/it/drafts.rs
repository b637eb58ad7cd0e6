//! Declarations that were begun and are sent later, or never.

use crate::declarations::{Form, faults, kept, post};
use crate::journeys::{flight, on_both};
use crate::kill::postgres;
use crate::support::{Answer, TestApp, TestHolder};
use axum::http::StatusCode;
use std::time::Duration;

const GO_ON: &str = "Tiếp tục bản nháp";

async fn person(app: &TestApp) -> TestHolder {
    app.holder("Nguyễn Văn Thử", "0905 000 101").await
}

/// The form with another button pressed.
fn pressing(form: &Form, action: &str) -> Form {
    let mut form = form.clone();
    form.insert("action", action.to_owned());
    form
}

async fn go_on(app: &TestApp, who: &TestHolder, kind: &str) -> Answer {
    let path = format!("/declarations/new?draft={kind}");
    app.get(&path, &who.cookie).await
}

on_both! {
    async fn what_was_begun_is_offered_and_gone_once_it_is_sent(app: TestApp) {
        let who = person(&app).await;
        let mut half = flight();
        half.insert("flight_code", "chưa biết".to_owned());
        half.remove("met_case");
        let saved = post(&app, &who, "/declarations/trip", &pressing(&half, "draft")).await;
        assert_eq!(saved.location(), "/declarations?done=draft");
        assert!(kept(&app, &who).await.0.is_empty(), "a draft is no declaration");
        for path in ["/declarations?done=draft", "/declarations/new"] {
            let page = app.get(path, &who.cookie).await.text();
            assert!(page.contains("Bản nháp: Di chuyển nội địa") && page.contains(GO_ON), "{path}: {page}");
            assert!(page.contains("Lưu lúc 07:42, 21/11/2026. Tự xóa ngày 28/11/2026."), "{path}: {page}");
        }
        // On the step where it was left, with all that was typed.
        let page = go_on(&app, &who, "domestic_travel").await;
        assert!(page.text().contains("Bước 2 trong 4"), "{}", page.text());
        assert!(page.body.contains("value=\"chưa biết\"") && page.body.contains("name=\"symptoms\" value=\"no\""));
        let mine = |mut form: Form| {
            form.insert("draft", "on".to_owned());
            form
        };
        assert!(page.body.contains("name=\"draft\" value=\"on\""));
        let health = post(&app, &who, "/declarations/health", &mine(pressing(&flight(), "draft"))).await;
        assert_eq!(health.location(), "/declarations?done=draft");
        let page = go_on(&app, &who, "domestic_travel").await;
        assert!(page.text().contains("Bước 3 trong 4"), "{}", page.text());
        assert!(page.body.contains("name=\"flight_code\" value=\"vn 1545\""), "one draft of a kind");
        post(&app, &who, "/declarations", &mine(pressing(&flight(), "draft"))).await;
        let page = go_on(&app, &who, "domestic_travel").await;
        assert!(page.text().contains("Bước 4 trong 4") && !page.body.contains(" checked"), "consent is given anew");
        let sent = post(&app, &who, "/declarations", &flight()).await;
        assert_eq!(sent.location(), "/code?done=declared");
        for path in ["/declarations", "/declarations/new"] {
            let page = app.get(path, &who.cookie).await.text();
            assert!(!page.contains(GO_ON), "{path}: {page}");
        }
    }
}

#[tokio::test]
async fn no_draft_is_longer_than_any_form() {
    let app = TestApp::new().await;
    let who = person(&app).await;
    let mut long = flight();
    long.insert("draft", "on".to_owned());
    for (length, status) in [
        (8_000, StatusCode::SEE_OTHER),
        (16_384, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        long.insert("address", "x".repeat(length));
        let sent = post(&app, &who, "/declarations/trip", &pressing(&long, "draft")).await;
        assert_eq!(sent.status, status, "{length}");
    }
}

#[tokio::test]
async fn each_kind_has_its_draft_and_one_is_thrown_away_alone() {
    let app = TestApp::new().await;
    let who = person(&app).await;
    let other = app.holder("Trần Thị Mẫu", "0905 000 102").await;
    for kind in ["general", "domestic_travel"] {
        let mut form = flight();
        form.insert("kind", kind.to_owned());
        post(&app, &who, "/declarations/new", &pressing(&form, "draft")).await;
    }
    let page = app.get("/declarations", &who.cookie).await.text();
    assert_eq!(page.matches(GO_ON).count(), 2, "{page}");
    assert!(
        !app.get("/declarations", &other.cookie)
            .await
            .text()
            .contains(GO_ON)
    );
    let theirs = go_on(&app, &other, "general").await;
    assert!(
        !theirs.body.contains("1 đường Thử"),
        "another's draft is not opened"
    );
    let mut discard = Form::from([("kind", "general".to_owned())]);
    discard.insert("action", "discard".to_owned());
    post(&app, &other, "/declarations/new", &discard).await;
    let page = app.get("/declarations", &who.cookie).await.text();
    assert_eq!(page.matches(GO_ON).count(), 2, "{page}");
    let answer = post(&app, &who, "/declarations/new", &discard).await;
    assert_eq!(answer.location(), "/declarations?done=discarded");
    let page = app.get(&answer.location(), &who.cookie).await.text();
    assert!(
        page.contains("Đã xóa bản nháp.") && page.contains("Bản nháp: Di chuyển nội địa"),
        "{page}"
    );
    assert_eq!(page.matches(GO_ON).count(), 1, "{page}");
}

const THERE: &str = "Đã có bản nháp của tờ khai này";

#[tokio::test]
async fn no_draft_takes_anothers_place_without_a_word() {
    let app = TestApp::new().await;
    let who = person(&app).await;
    let named = |place: &str, action: &str| {
        let mut form = pressing(&flight(), action);
        form.insert("address", place.to_owned());
        form
    };
    let first = named("1 đường Thử", "draft");
    post(&app, &who, "/declarations/new", &first).await;
    // Another kind is in nobody's way, nor is looking for communes.
    let mut general = named("2 đường Thử", "next");
    general.insert("kind", "general".to_owned());
    let page = post(&app, &who, "/declarations/new", &general).await;
    assert!(page.text().contains("Bước 2 trong 3"), "{}", page.text());
    let page = post(
        &app,
        &who,
        "/declarations/new",
        &named("2 đường Thử", "communes"),
    )
    .await;
    assert!(!page.text().contains(THERE));
    let kept = async || go_on(&app, &who, "domestic_travel").await.body;
    for (path, action, anew) in [
        ("/declarations/new", "next", "anew"),
        ("/declarations/new", "draft", "anew_draft"),
        ("/declarations/trip", "draft", "anew_draft"),
    ] {
        let page = post(&app, &who, path, &named("2 đường Thử", action)).await;
        let text = page.text();
        assert!(
            text.contains(THERE) && text.contains("Lưu lúc 07:42, 21/11/2026"),
            "{text}"
        );
        assert!(
            page.body
                .contains("/declarations/new?draft=domestic_travel")
        );
        assert!(page.body.contains(&format!("value=\"{anew}\"")));
        assert!(
            page.body.contains("value=\"2 đường Thử\""),
            "nothing is lost"
        );
        assert!(
            kept().await.contains("1 đường Thử"),
            "asking changes nothing"
        );
    }
    // What is wrong is said before.
    let mut wrong = named("", "next");
    wrong.insert("birth_year", "x".to_owned());
    let page = post(&app, &who, "/declarations/new", &wrong).await;
    assert_eq!(faults(&page), ["birth_year", "address"]);
    let page = post(
        &app,
        &who,
        "/declarations/trip",
        &named("3 đường Thử", "anew_draft"),
    )
    .await;
    assert_eq!(page.location(), "/declarations?done=draft");
    assert!(kept().await.contains("3 đường Thử"));
    let page = post(
        &app,
        &who,
        "/declarations/new",
        &named("4 đường Thử", "anew"),
    )
    .await;
    assert!(page.text().contains("Bước 2 trong 4"), "{}", page.text());
    assert!(page.body.contains("name=\"draft\" value=\"anew\""));
    let list = app.get("/declarations", &who.cookie).await.text();
    assert!(!list.contains(GO_ON), "thrown away: {list}");
}

#[tokio::test]
async fn a_draft_of_an_unknown_kind_is_none() {
    let app = TestApp::new().await;
    let who = person(&app).await;
    let mut form = pressing(&flight(), "draft");
    form.insert("kind", "khác".to_owned());
    let page = post(&app, &who, "/declarations/new", &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(faults(&page), ["kind"]);
    assert!(
        !app.get("/declarations", &who.cookie)
            .await
            .text()
            .contains(GO_ON)
    );
}

#[tokio::test]
async fn a_draft_is_sealed_and_not_offered_after_a_week() {
    let app = TestApp::new().await;
    let who = person(&app).await;
    let mut form = pressing(&flight(), "draft");
    form.insert("symptoms_text", "ho khan lạ thường".to_owned());
    post(&app, &who, "/declarations/health", &form).await;
    for entry in std::fs::read_dir(app.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() {
            std::fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        for word in ["ho khan", "đường Thử", "046087004417", "vn 1545"] {
            let found = bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes());
            assert!(!found, "{word} is in {}", path.display());
        }
    }
    app.advance(Duration::from_secs(7 * 86_400));
    assert!(
        app.get("/declarations", &who.cookie)
            .await
            .text()
            .contains(GO_ON)
    );
    app.advance(Duration::from_secs(1));
    assert!(
        !app.get("/declarations", &who.cookie)
            .await
            .text()
            .contains(GO_ON)
    );
}

#[tokio::test]
async fn a_draft_about_a_member_is_their_guardians_and_goes_with_the_care() {
    let app = TestApp::new().await;
    let (_, mother) = crate::family::living(&app, "Trần Thị Mẫu", "0905 000 102").await;
    let page = crate::family::added(&app, &mother).await;
    let path = format!("{page}/declaration");
    let form = pressing(&flight(), "draft");
    let fields: Vec<_> = form
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let saved = app.post_form(&path, &fields, &mother).await;
    assert_eq!(saved.location(), format!("{page}?done=draft"));
    let told = app.get(&saved.location(), &mother).await.text();
    assert!(
        told.contains("Đã lưu nháp. Tờ khai chưa được gửi."),
        "{told}"
    );
    let shown = app.get(&page, &mother).await;
    assert!(
        shown.text().contains("Bản nháp: Di chuyển nội địa") && shown.text().contains(GO_ON),
        "{}",
        shown.text()
    );
    assert!(
        shown
            .body
            .contains(&format!("{path}?draft=domestic_travel"))
    );
    let thrown = [("kind", "domestic_travel"), ("action", "discard")];
    let thrown = app.post_form(&path, &thrown, &mother).await;
    assert_eq!(thrown.location(), format!("{page}?done=discarded"));
    assert!(!app.get(&page, &mother).await.text().contains(GO_ON));
    app.post_form(&path, &fields, &mother).await;
    let begin = app.get(&path, &mother).await;
    assert!(
        begin.text().contains(GO_ON)
            && begin
                .body
                .contains(&format!("{path}?draft=domestic_travel"))
    );
    let own = app.get("/declarations/new", &mother).await.text();
    assert!(!own.contains(GO_ON), "not one's own: {own}");
    let mut sent = form.clone();
    sent.insert("action", "send".to_owned());
    sent.remove("id_number");
    sent.insert("birth_year", "2019".to_owned());
    let fields: Vec<_> = sent
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let done = app
        .post_form(&format!("{path}/consent"), &fields, &mother)
        .await;
    assert_eq!(
        done.location(),
        format!("{page}?done=declared"),
        "{}",
        done.text()
    );
    assert!(!app.get(&path, &mother).await.text().contains(GO_ON));
}
