//! Posters that an area gives up: what a poster then says, what an owner records, and what the office sees.

use crate::landing::scans;
use crate::roles::officer;
use crate::support::scene::Scene;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::role::OfficerRole;
use image::{ImageFormat, RgbImage};
use std::io::Cursor;
use std::time::Duration;

const HERE: &str = "19753";
const PROVINCE: &str = "46";

/// A made-up wall.
fn wall() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let wall = RgbImage::from_fn(1600, 900, |x, _| image::Rgb([x as u8, 120, 90]));
    wall.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

struct Area {
    scene: Scene,
    posters: String,
    code: String,
}

impl Area {
    async fn new() -> Self {
        let scene = Scene::new().await;
        Self {
            posters: format!("/venues/{}/posters", scene.venue),
            code: format!("/v/{}", scene.gates[0].code),
            scene,
        }
    }

    /// A session of an officer of the commune; those of yesterday are over.
    async fn commune(&self) -> String {
        let officer = officer(&self.scene.app, OfficerRole::CommuneOfficer, HERE);
        officer.await.cookie
    }

    async fn province(&self) -> String {
        let officer = officer(&self.scene.app, OfficerRole::ProvinceOfficer, PROVINCE);
        officer.await.cookie
    }

    /// Today, later by some days, as people write it.
    fn day(&self, later: i32) -> String {
        let app = &self.scene.app.app;
        app.zone().day(app.now()).plus(later).written()
    }

    async fn end(&self, cookie: &str, day: &str) -> StatusCode {
        let fields = [("day", day), ("sure", "yes")];
        let saved = self.scene.app.post_form("/office/posters", &fields, cookie);
        saved.await.status
    }

    async fn office(&self, rest: &str) -> String {
        let page = format!("/office/posters{rest}");
        let officer = self.commune().await;
        self.scene.app.get(&page, &officer).await.text()
    }
}

#[tokio::test]
async fn a_poster_that_is_not_used_any_more_says_so_in_both_languages_and_records_nothing() {
    let area = Area::new().await;
    let app = &area.scene.app;
    assert_eq!(
        area.end(&area.province().await, &area.day(1)).await,
        StatusCode::SEE_OTHER
    );
    // A commune may give them up earlier than its province, not keep them longer.
    assert_eq!(
        area.end(&area.commune().await, &area.day(3)).await,
        StatusCode::SEE_OTHER
    );
    let mut browser = app.browser();
    let before = browser.get(&area.code).await.text();
    assert!(
        before.contains("VÀO") && !before.contains("không còn dùng"),
        "{before}"
    );
    let warned = area.scene.get("/posters").await.text();
    assert!(
        warned.contains(&format!("hết dùng từ ngày {}", area.day(1))),
        "{warned}"
    );
    app.advance(Duration::from_secs(86_400));
    let tap = [
        ("direction", "in"),
        ("companions", "0"),
        ("person", "Nguyễn Văn Thử"),
        ("phone", "0905 000 417"),
    ];
    // What a program fetches ahead was read by nobody.
    let opened = async || {
        let mut tx = app.app.store.read().await.unwrap();
        let code = area.code.rsplit('/').next().unwrap();
        let gate = tx.checkpoint_by_code(code).await.unwrap().unwrap();
        gate.opened_on.is_some()
    };
    for (method, name) in [("HEAD", "accept"), ("GET", "sec-purpose")] {
        let ahead = Request::builder().method(method).uri(&area.code);
        let ahead = ahead.header(name, "prefetch").body(Body::empty());
        app.send(ahead.unwrap()).await;
        assert!(!opened().await, "{method}");
    }
    for answer in [
        browser.get(&area.code).await,
        browser.post(&area.code, &tap).await,
    ] {
        let text = answer.text();
        for said in [
            "Dùng thẻ hoặc mã trên điện thoại",
            "Thành phố Huế",
            "Ủy ban nhân dân xã, phường",
            "Show a card or phone code at the gate",
            "How to get a card",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }
    assert!(opened().await);
    assert!(scans(&area.scene).await.is_empty());
    // There is none to print any more.
    let gate = format!("/checkpoints/{}", area.scene.gates[0].id);
    for file in ["poster", "code.svg", "code.png"] {
        let printed = app
            .get(&format!("{gate}/{file}"), &area.scene.owner.cookie)
            .await;
        assert_eq!(printed.location(), area.posters, "{file}");
    }
    // Taken back by the province, the commune's own day still holds.
    assert_eq!(
        area.end(&area.province().await, "").await,
        StatusCode::SEE_OTHER
    );
    assert!(browser.get(&area.code).await.text().contains("VÀO"));
    app.advance(Duration::from_secs(2 * 86_400));
    assert!(
        browser
            .get(&area.code)
            .await
            .text()
            .contains("không còn dùng")
    );
}

#[tokio::test]
async fn venues_whose_posters_may_hang_are_listed_until_the_owner_takes_them_down() {
    let area = Area::new().await;
    let (app, owner) = (&area.scene.app, &area.scene.owner.cookie);
    let removal = format!("{}/removal", area.posters);
    let early = app.post_file(&removal, b"", owner).await;
    assert_eq!(
        early.status,
        StatusCode::SEE_OTHER,
        "there is nothing to take down yet"
    );
    assert_eq!(early.location(), area.posters);
    assert!(area.office("").await.contains("Áp phích đang được dùng"));
    area.end(&area.commune().await, &area.day(1)).await;
    app.advance(Duration::from_secs(86_400));
    let up = area.office("").await;
    assert!(
        up.contains("Chợ Bến Thử") && up.contains("1 trong 1 địa điểm"),
        "{up}"
    );
    assert!(up.contains("Chưa thấy"), "{up}");
    app.browser().get(&area.code).await;
    assert!(
        area.office("").await.contains(&area.day(0)),
        "somebody scanned it today"
    );
    // What is no picture is refused, and nothing is recorded.
    let broken = app.post_file(&removal, b"%PDF-1.7", owner).await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        broken.text().contains("Không đọc được ảnh này"),
        "{}",
        broken.text()
    );
    assert!(
        area.office("?show=down")
            .await
            .contains("Không có địa điểm nào")
    );
    assert_eq!(
        app.post_file(&removal, &wall(), owner).await.location(),
        area.posters
    );
    assert!(area.scene.get("/posters").await.text().contains("có ảnh"));
    assert!(area.office("").await.contains("Không có địa điểm nào"));
    let down = app
        .get("/office/posters?show=down", &area.commune().await)
        .await
        .body;
    let photo = format!("/office/posters/{}/photo", area.scene.venue);
    assert!(down.contains(&photo), "{down}");
    let seen = app.get(&photo, &area.commune().await).await;
    assert_eq!(seen.header("content-type"), "image/jpeg");
    let csv = app
        .get("/office/posters.csv?show=down", &area.commune().await)
        .await;
    assert!(csv.body.contains("Chợ Bến Thử") && csv.header("x-row-count") == "1");
    // Scanned on a later day, it hangs again.
    app.advance(Duration::from_secs(86_400));
    app.browser().get(&area.code).await;
    assert!(area.office("").await.contains("Chợ Bến Thử"));
    assert!(
        area.office("?show=down")
            .await
            .contains("Không có địa điểm nào")
    );
}

#[tokio::test]
async fn photos_are_for_the_offices_above_and_erased_by_whoever_runs_one() {
    let area = Area::new().await;
    let (app, owner) = (&area.scene.app, &area.scene.owner.cookie);
    area.end(&area.commune().await, &area.day(0)).await;
    let removal = format!("{}/removal", area.posters);
    app.post_file(&removal, &wall(), owner).await;
    let photo = format!("/office/posters/{}/photo", area.scene.venue);
    let erasure = format!("{photo}/erasure");
    let neighbour = officer(app, OfficerRole::CommuneOfficer, "19774")
        .await
        .cookie;
    let inspector = officer(app, OfficerRole::Inspector, HERE).await.cookie;
    assert_eq!(
        app.get(&photo, &neighbour).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        app.post_form(&erasure, &[], &neighbour).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(app.get(&photo, &inspector).await.status, StatusCode::OK);
    assert_eq!(
        app.post_form(&erasure, &[], &inspector).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        app.post_form(&erasure, &[], &area.province().await)
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        app.get(&photo, &inspector).await.status,
        StatusCode::NOT_FOUND
    );
    let down = area.office("?show=down").await;
    assert!(!down.contains("Xem ảnh tường"), "{down}");
    let page = area.scene.get("/posters").await.text();
    assert!(
        page.contains("chưa có ảnh"),
        "that they are down stays known: {page}"
    );
}

#[tokio::test]
async fn a_day_that_is_none_or_years_away_is_refused() {
    let area = Area::new().await;
    for day in [
        "31/02/2026",
        "7 tháng 12",
        "2026-12-07",
        "01/01/2046",
        "01/01/1999",
    ] {
        let status = area.end(&area.commune().await, day).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{day}");
    }
    assert!(area.office("").await.contains("Áp phích đang được dùng"));
}

#[tokio::test]
async fn posters_of_an_area_are_given_up_after_a_question_that_counts_them() {
    let area = Area::new().await;
    let (app, clerk) = (&area.scene.app, area.commune().await);
    // A venue that was registered this very morning has printed its posters.
    for day in [area.day(0), area.day(1)] {
        let wanted = [("day", day.as_str())];
        let asked = app.post_form("/office/posters", &wanted, &clerk).await;
        assert_eq!(asked.status, StatusCode::OK);
        let text = asked.text();
        assert!(
            text.contains("1 địa điểm phải gỡ áp phích") && text.contains(&day),
            "{text}"
        );
    }
    let day = area.day(1);
    let wanted = [("day", day.as_str())];
    assert!(area.office("").await.contains("Áp phích đang được dùng"));
    assert_eq!(area.end(&clerk, &day).await, StatusCode::SEE_OTHER);
    // The same day again, or none, takes nothing away.
    let again = app.post_form("/office/posters", &wanted, &clerk).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(area.office("").await.contains("1 trong 1 địa điểm"));
    assert!(
        area.office("?show=down")
            .await
            .contains("0 trong 1 địa điểm")
    );
    app.advance(Duration::from_secs(86_400));
    // The owner reads it where they look every day, and is not sent to print.
    let board = area.scene.get("").await;
    assert!(board.text().contains("hết dùng từ ngày") && !board.text().contains("In áp phích"));
    let list = app.get("/venues", &area.scene.owner.cookie).await.text();
    assert!(
        list.contains("Báo đã gỡ") && !list.contains("In áp phích"),
        "{list}"
    );
    let removal = format!("{}/removal", area.posters);
    app.post_file(&removal, b"", &area.scene.owner.cookie).await;
    assert!(
        area.scene
            .get("/posters")
            .await
            .text()
            .contains("Gửi lại, kèm ảnh khác")
    );
}
