//! The poster's page: one tap records, opening it records nothing.

use crate::support::scene::Scene;
use crate::support::{Answer, Browser, TestApp};
use axum::http::StatusCode;
use domain::ids::VenueId;
use std::time::Duration;
use store::scans::{ScanFilter, ScanLine};

const WHO: [(&str, &str); 2] = [("person", "Nguyễn Văn Thử"), ("phone", "0905 000 417")];

fn url(scene: &Scene) -> String {
    format!("/v/{}", scene.gates[0].code)
}

/// Every scan of the venue, newest first.
pub(crate) async fn scans(scene: &Scene) -> Vec<ScanLine> {
    scans_at(&scene.app, scene.venue).await
}

/// The scans of a venue, the newest first.
pub(crate) async fn scans_at(app: &TestApp, venue: VenueId) -> Vec<ScanLine> {
    let mut tx = app.app.store.read().await.unwrap();
    let scope = tx.venue_scope(venue).await.unwrap().unwrap();
    let actor = domain::role::Actor::Holder(scope.owner);
    let who = domain::role::authorize(&actor, scope).unwrap();
    let now = app.now();
    let day = Duration::from_secs(86_400);
    let filter = ScanFilter {
        from: now.minus(day),
        until: now.plus(day),
        direction: None,
        way: None,
        decision: None,
        of: None,
    };
    tx.scan_lines(&who, &filter, None, 1000).await.unwrap()
}

fn form_id(page: &Answer) -> String {
    let rest = page.body.split("name=\"id\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn tap(browser: &mut Browser<'_>, url: &str, direction: &str, id: &str) -> Answer {
    let mut fields = vec![("direction", direction), ("id", id), ("companions", "2")];
    fields.extend(WHO);
    browser.follow(url, &fields).await
}

#[tokio::test]
async fn one_tap_in_and_one_out_by_somebody_unknown() {
    let scene = Scene::new().await;
    let (url, mut browser) = (url(&scene), scene.app.browser());
    let page = browser.get(&url).await;
    assert!(
        page.text()
            .contains("Chợ Bến Thử Cổng 1 Phường Thuận Hóa, Thành phố Huế"),
        "{}",
        page.text()
    );
    for _ in 0..3 {
        browser.get(&url).await;
    }
    assert!(scans(&scene).await.is_empty());
    let done = tap(&mut browser, &url, "in", &form_id(&page)).await;
    let text = done.text();
    assert!(text.contains("Đã ghi VÀO lúc 07:42"), "{text}");
    assert!(
        text.contains("Có 2 người đi cùng") && text.contains("13/12/2026"),
        "{text}"
    );
    // It counts; what is missing is said as plainly, with the ways to mend it.
    assert!(done.body.contains("mark--refer") && !done.body.contains("mark--admit"));
    assert!(
        text.contains("Nếu có người trực") && text.contains("Xác minh số điện thoại"),
        "{text}"
    );
    assert!(done.body.contains("href=\"/declarations/new\""));
    // The browser is remembered, masked, and not proven.
    assert!(
        text.contains("09** *** 417") && text.contains("chưa được xác minh"),
        "{text}"
    );
    assert!(!done.body.contains("0905"));
    // The same form again, by a double tap or by going back, is the same scan.
    tap(&mut browser, &url, "in", &form_id(&page)).await;
    assert_eq!(scans(&scene).await.len(), 1);
    scene.app.advance(Duration::from_secs(90));
    // The same page tapped the other way is another scan.
    let out = tap(&mut browser, &url, "out", &form_id(&page)).await;
    assert!(out.text().contains("Đã ghi RA lúc 07:43"), "{}", out.text());
    let found = scans(&scene).await;
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].holder, found[1].holder);
    assert_eq!(found[0].way, domain::scan::Way::Poster);
    assert_eq!(scene.get("/counts").await.json()["counts"]["inside"], 0);
}

#[tokio::test]
async fn what_cannot_be_is_said_and_not_recorded() {
    let scene = Scene::new().await;
    let (url, mut browser) = (url(&scene), scene.app.browser());
    browser.get(&url).await;
    let fields = |companions, phone| {
        [
            ("direction", "in"),
            ("companions", companions),
            ("person", "Nguyễn Văn Thử"),
            ("phone", phone),
        ]
    };
    let phone = "0905 000 417";
    for companions in ["21", "300", "-1", "2.5", "hai"] {
        let answer = browser.post(&url, &fields(companions, phone)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let said = answer.text().contains("Số người đi cùng từ 0 đến 20");
        let kept = format!("value=\"{companions}\"");
        assert!(said && answer.body.contains(&kept), "{}", answer.body);
    }
    let answer = browser.post(&url, &fields("2", "không có")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("Số điện thoại chưa đúng"));
    assert!(scans(&scene).await.is_empty());
    browser.follow(&url, &fields("", phone)).await;
    let answer = browser.post(&url, &fields("21", phone)).await;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "known, too"
    );
    assert_eq!(scans(&scene).await.len(), 1);
}

#[tokio::test]
async fn a_page_left_open_records_the_time_of_the_tap() {
    let scene = Scene::new().await;
    let (url, mut browser) = (url(&scene), scene.app.browser());
    let page = browser.get(&url).await;
    scene.app.advance(Duration::from_secs(3600));
    let done = tap(&mut browser, &url, "in", &form_id(&page)).await;
    assert!(done.text().contains("lúc 08:42"), "{}", done.text());
    for id in [
        "",
        "nonsense",
        "0194f000-0000-4000-8000-000000000001",
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
    ] {
        let done = tap(&mut browser, &url, "out", id).await;
        assert!(done.text().contains("lúc 08:42"), "{id}");
    }
}

#[tokio::test]
async fn a_signed_in_person_taps_without_typing() {
    let scene = Scene::new().await;
    let person = scene.app.holder("Nguyễn Văn Thử", "0905 000 417").await;
    let page = scene.app.get(&url(&scene), &person.cookie).await;
    assert!(page.text().contains("Nguyễn Văn Thử") && page.text().contains("09** *** 417"));
    assert!(!page.body.contains("name=\"phone\"") && !page.text().contains("chưa được xác minh"));
    let fields = [("direction", "in"), ("id", &form_id(&page))];
    let done = scene
        .app
        .post_form(&url(&scene), &fields, &person.cookie)
        .await;
    let done = scene.app.get(&done.location(), &person.cookie).await;
    assert!(
        done.text().contains("Đã ghi VÀO") && done.text().contains("Chưa có tờ khai"),
        "{}",
        done.text()
    );
    // An unknown browser that types the same phone is never joined to the known person.
    let mut browser = scene.app.browser();
    let page = browser.get(&url(&scene)).await;
    tap(&mut browser, &url(&scene), "in", &form_id(&page)).await;
    let found = scans(&scene).await;
    assert_eq!(found.len(), 2);
    assert_ne!(found[0].holder, found[1].holder);
    let left = browser
        .post(&format!("{}/other-person", url(&scene)), &[])
        .await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    assert!(
        browser
            .get(&url(&scene))
            .await
            .body
            .contains("name=\"phone\"")
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_recorded() {
    let scene = Scene::new().await;
    let url = url(&scene);
    let cases: [&[(&str, &str)]; 4] = [
        &[("person", "Nguyễn \"Thử\""), ("phone", "0905 000 417")],
        &[
            ("direction", "up"),
            ("person", "Thử"),
            ("phone", "0905 000 417"),
        ],
        &[
            ("direction", "in"),
            ("person", " "),
            ("phone", "0905 000 417"),
        ],
        &[
            ("direction", "in"),
            ("person", "Thử"),
            ("phone", "0234 382 222"),
        ],
    ];
    for fields in cases {
        let answer = scene.app.post_form(&url, fields, "").await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fields:?}"
        );
        assert!(answer.body.contains("role=\"alert\""));
    }
    assert!(scans(&scene).await.is_empty());
    for code in ["AAAAAAA", "K7M24QY", "x", "%F0%9F%99%82", &"9".repeat(500)] {
        let path = format!("/v/{code}");
        let answer = scene.app.get(&path, "").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(answer.text().contains("Mã này không đúng"), "{path}");
        let answer = scene.app.post_form(&path, &[("direction", "in")], "").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
}

#[tokio::test]
async fn a_tap_whose_gate_closed_meanwhile_is_told_why() {
    let scene = Scene::new().await;
    let gate = format!("/checkpoints/{}", scene.gates[0].id);
    let closed = scene
        .app
        .post_form(&format!("{gate}/closing"), &[], &scene.owner.cookie)
        .await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER);
    let mut fields = vec![("direction", "in")];
    fields.extend(WHO);
    let answer = scene.app.post_form(&url(&scene), &fields, "").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text().contains("Ở đây không ghi VÀO được nữa"),
        "{}",
        answer.text()
    );
    fields.remove(0);
    let answer = scene.app.post_form(&url(&scene), &fields, "").await;
    assert!(
        answer.text().contains("Chưa bấm VÀO hoặc RA"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn one_address_cannot_make_people_without_end() {
    let scene = Scene::new().await;
    let mut fields = vec![("direction", "in")];
    fields.extend(WHO);
    for n in 0..60 {
        let answer = scene.app.post_form(&url(&scene), &fields, "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{n}");
    }
    let answer = scene.app.post_form(&url(&scene), &fields, "").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(scans(&scene).await.len(), 60);
    scene.app.advance(Duration::from_secs(600));
    let answer = scene.app.post_form(&url(&scene), &fields, "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_is_inside_a_closed_venue_may_leave() {
    let scene = Scene::new().await;
    let person = scene.app.holder("Nguyễn Văn Thử", "0905 000 417").await;
    let url = url(&scene);
    scene
        .app
        .post_form(&url, &[("direction", "in")], &person.cookie)
        .await;
    assert_eq!(scene.get("/counts").await.json()["counts"]["inside"], 1);
    let asked = scene.get("/closing").await;
    assert!(asked.text().contains("Đóng hẳn"));
    scene.post("/closing", &[]).await;
    let once_more = scene.get("/closing").await;
    assert_eq!(once_more.location(), format!("/venues/{}", scene.venue));
    scene.app.advance(Duration::from_secs(120));
    let page = scene.app.get(&url, &person.cookie).await;
    assert!(page.text().contains("đã đóng") && !page.body.contains("value=\"in\""));
    let refused = scene
        .app
        .post_form(&url, &[("direction", "in")], &person.cookie)
        .await;
    let refused = scene.app.get(&refused.location(), &person.cookie).await;
    assert!(
        refused.text().contains("Không ghi VÀO"),
        "{}",
        refused.text()
    );
    scene.app.advance(Duration::from_secs(2));
    let left = scene
        .app
        .post_form(&url, &[("direction", "out")], &person.cookie)
        .await;
    let left = scene.app.get(&left.location(), &person.cookie).await;
    assert!(left.text().contains("Đã ghi RA"), "{}", left.text());
    assert_eq!(scene.get("/counts").await.json()["counts"]["inside"], 0);
    let add = scene.post("/checkpoints", &[("name", "Cổng 9")]).await;
    assert_eq!(add.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn somebody_unknown_is_forgotten_with_the_last_tap_and_not_before() {
    const DAY: u64 = 86_400;
    let scene = Scene::new().await;
    let (url, mut browser) = (url(&scene), scene.app.browser());
    let page = browser.get(&url).await;
    tap(&mut browser, &url, "in", &form_id(&page)).await;
    let app = &scene.app;
    let erase = async || {
        let done = app.app.store.erase(app.app.retention(), app.now()).await;
        done.unwrap();
    };
    // The second tap is a regular's: nothing is asked any more.
    app.advance(Duration::from_secs(20 * DAY));
    browser.follow(&url, &[("direction", "in")]).await;
    app.advance(Duration::from_secs(15 * DAY));
    erase().await;
    let page = browser.get(&url).await;
    assert!(page.text().contains("Nguyễn Văn Thử"), "{}", page.text());
    app.advance(Duration::from_secs(7 * DAY));
    erase().await;
    let page = browser.get(&url).await;
    assert!(!page.text().contains("Nguyễn Văn Thử"), "{}", page.text());
    assert!(page.body.contains("name=\"person\""));
}
