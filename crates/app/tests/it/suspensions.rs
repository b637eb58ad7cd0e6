//! Suspended venues: who does it, what happens at the door, what the owners read and say, and the end of it.

use crate::landing::scans;
use crate::roles::officer;
use crate::scanner::{card, one, scan};
use crate::support::scene::{Scene, but};
use crate::support::town::Town;
use axum::http::StatusCode;
use domain::role::OfficerRole;
use domain::scan::{Decision, Direction, Reason};
use serde_json::Value;
use std::time::Duration;

const WHY: [(&str, &str); 2] = [("reason", "crowded"), ("words", "Chừa lối đi 2 mét.")];

fn office(scene: &Scene, rest: &str) -> String {
    format!("/office/venues/{}{rest}", scene.venue)
}

/// The suspension that an office's page is about.
fn meant(body: &str) -> String {
    let rest = body.split("name=\"suspension\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The scene with a clerk of its commune, who has suspended it.
async fn suspended() -> (Scene, String) {
    let scene = Scene::new().await;
    let clerk = officer(&scene.app, OfficerRole::CommuneOfficer, "19753")
        .await
        .cookie;
    let done = scene
        .app
        .post_form(&office(&scene, "/suspension"), &WHY, &clerk)
        .await;
    assert_eq!(
        done.location(),
        format!("{}?done=suspended", office(&scene, ""))
    );
    (scene, clerk)
}

#[tokio::test]
async fn nobody_enters_by_the_poster_and_everybody_may_leave() {
    let scene = Scene::new().await;
    let poster = format!("/v/{}", scene.gates[0].code);
    let visitor = scene
        .app
        .holder("Nguyễn Văn Thử", "0905 000 417")
        .await
        .cookie;
    let tap = async |direction| {
        scene.app.advance(Duration::from_secs(120));
        let fields = [("direction", direction)];
        let answer = scene.app.post_form(&poster, &fields, &visitor).await;
        scene.app.get(&answer.location(), &visitor).await.text()
    };
    tap("in").await;
    scene.app.advance(Duration::from_secs(60));
    let clerk = officer(&scene.app, OfficerRole::CommuneOfficer, "19753")
        .await
        .cookie;
    let path = office(&scene, "/suspension");
    scene.app.post_form(&path, &WHY, &clerk).await;
    let page = scene.app.get(&poster, &visitor).await;
    assert!(
        page.text().contains("đang tạm ngừng địa điểm này"),
        "{}",
        page.text()
    );
    assert!(!page.body.contains("value=\"in\""));
    let refused = tap("in").await;
    assert!(refused.contains("Địa điểm đang bị tạm ngừng"), "{refused}");
    tap("out").await;
    let log = scans(&scene).await;
    let told: Vec<_> = log
        .iter()
        .map(|one| (one.direction, one.decision != Decision::Refuse))
        .collect();
    let (inwards, out) = (Direction::In, Direction::Out);
    assert_eq!(
        told,
        [(out, true), (inwards, false), (inwards, true)],
        "all are in the log"
    );
    assert!(log[1].reasons.has(Reason::VenueSuspended));
    let page = scene.app.get(&office(&scene, ""), &clerk).await;
    let lift = [
        ("suspension", meant(&page.body)),
        ("answer", "lift".to_owned()),
    ];
    let lift = lift.each_ref().map(|(name, value)| (*name, value.as_str()));
    scene
        .app
        .post_form(&office(&scene, "/answer"), &lift, &clerk)
        .await;
    let admitted = tap("in").await;
    assert!(!admitted.contains("tạm ngừng"), "{admitted}");
    assert_ne!(scans(&scene).await[0].decision, Decision::Refuse);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_refuses_by_the_server_and_by_its_next_list() {
    let town = Town::new().await;
    let clerk = officer(&town.app, OfficerRole::CommuneOfficer, "19753")
        .await
        .cookie;
    town.check(town.line(1, 0, "in"), "admit", "in", &[]).await;
    let before = crate::gate_bundle::policy(&town).await;
    assert_eq!(before["suspended"], Value::Null);
    let path = format!("/office/venues/{}", before["venue"].as_str().unwrap());
    let done = town
        .app
        .post_form(&format!("{path}/suspension"), &WHY, &clerk)
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    town.check(town.line(2, 1, "in"), "refuse", "in", &["venue_suspended"])
        .await;
    town.check(town.line(1, 90, "out"), "admit", "out", &[])
        .await;
    // Whoever waits for this answer has not entered before the order, whatever time the reader says.
    town.check(
        town.line(3, -90, "in"),
        "refuse",
        "in",
        &["venue_suspended"],
    )
    .await;
    // Whoever was let in by a gate that could not ask has, however late the line comes.
    let mut queued = town.line(3, -5, "in");
    queued["door"] = serde_json::json!({"decision": "admit"});
    town.check(queued, "admit", "in", &[]).await;
    let waited = town.line(4, -600, "in");
    town.check(waited, "refer", "in", &["declaration_missing"])
        .await;
    let after = crate::gate_bundle::policy(&town).await;
    assert_eq!(after["suspended"], town.app.now().millis());
    // For a day; then it stays in the log, refused.
    let late = |salt: u8, seconds: i64, door: bool| {
        let mut line = town.line(2, -86_400 - seconds, "in");
        line["id"] = town.id(salt, -86_400 - seconds).into();
        if door {
            line["door"] = serde_json::json!({"decision": "admit"});
        }
        line
    };
    let refused = &["venue_suspended"];
    town.app.advance(Duration::from_secs(86_400));
    town.check(late(60, 5, true), "admit", "in", &[]).await;
    town.app.advance(Duration::from_secs(1));
    for (salt, door) in [(61, true), (62, false)] {
        town.check(late(salt, 65, door), "refuse", "in", refused)
            .await;
    }
    let body =
        serde_json::json!({"sent_at": town.app.now().millis(), "scans": [late(63, 125, false)]});
    let path = "/api/v1/scans";
    let kept = town
        .app
        .post_json(path, &body.to_string(), &town.token)
        .await;
    assert_eq!(
        kept.json()["results"][0]["reasons"],
        serde_json::json!(refused)
    );
    let again = town.check(late(61, 65, true), "refuse", "in", refused);
    assert_eq!(again.await["duplicate"], true, "it is in the log");
}

#[tokio::test]
async fn the_page_of_an_attendant_dates_no_entry_before_the_order() {
    let (scene, _) = suspended().await;
    let attendant = scene.attendant().await;
    let (_, code) = card(&scene, 1, "Nguyễn Văn Thử", "0905 000 417", true).await;
    let mut line = scan(&scene, &code, "in", None);
    let before = scene.app.now().minus(Duration::from_secs(5));
    line["id"] = store::new_id(before).to_string().into();
    line["door"] = serde_json::json!({"decision": "admit"});
    let told = one(&scene, &attendant, &line).await;
    assert_eq!(told["reasons"], serde_json::json!(["venue_suspended"]));
}

#[tokio::test]
async fn an_officer_calls_the_owners_who_see_that_their_numbers_were_looked_at() {
    let scene = Scene::new().await;
    let asked = [("person", "Trần Thị Mẫu"), ("phone", "0905 000 421")];
    scene.post("/owners", &asked).await;
    let other = scene.app.holder("Trần Thị Mẫu", "0905 000 421").await;
    let agree = format!("/venues/{}/owners/acceptance", scene.venue);
    scene.app.post_form(&agree, &[], &other.cookie).await;
    // Whoever has not agreed owns nothing, and is nobody to call.
    let asked = [("person", "Phạm Văn Nháp"), ("phone", "0905 000 422")];
    scene.post("/owners", &asked).await;
    let seen = "Theo dõi, nhắc nhở một địa điểm";
    for role in [OfficerRole::CommuneOfficer, OfficerRole::Inspector] {
        let officer = officer(&scene.app, role, "19753").await;
        let before = scene.app.get("/visits/access", &other.cookie).await.text();
        let page = scene.app.get(&office(&scene, ""), &officer.cookie).await;
        for (name, number, written) in [
            ("Lê Thị Thử", "+84905000418", "0905 000 418"),
            ("Trần Thị Mẫu", "+84905000421", "0905 000 421"),
        ] {
            let link = format!("href=\"tel:{number}\">{written}</a>");
            assert!(page.body.contains(&link), "{role}: {link}");
            assert!(page.text().contains(name), "{role}: {name}");
        }
        assert!(!page.body.contains("0905 000 422"));
        let after = scene.app.get("/visits/access", &other.cookie).await.text();
        let looks = |text: &str| text.matches(seen).count();
        assert_eq!(looks(&after), looks(&before) + 1, "{after}");
    }
}

#[tokio::test]
async fn opening_venues_counts_as_looking_at_people() {
    let scene = Scene::new().await;
    let clerk = officer(&scene.app, OfficerRole::CommuneOfficer, "19753").await;
    let mut tx = scene.app.app.store.write().await.unwrap();
    for _ in 0..1500 {
        let looks = store::rates::Limit {
            kind: "office people",
            most: 1500,
            window: Duration::from_secs(86_400),
        };
        let key = clerk.id.to_string();
        assert!(tx.within(looks, &key, scene.app.now()).await.unwrap());
    }
    tx.commit().await.unwrap();
    let page = scene.app.get(&office(&scene, ""), &clerk.cookie).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_owner_reads_why_appeals_once_and_reads_the_answer() {
    let (scene, clerk) = suspended().await;
    let board = scene.get("").await;
    assert!(
        board.text().contains("Địa điểm bị tạm ngừng từ"),
        "{}",
        board.text()
    );
    let page = scene.get("/suspension").await;
    let leads = "Xem lý do và cách mở lại";
    assert!(board.text().contains(leads) && !page.text().contains(leads));
    for told in [
        "Quá đông người, không giữ khoảng cách",
        "Chừa lối đi 2 mét.",
        "Phường Thuận Hóa, Thành phố Huế",
        "Hãy khắc phục điều nêu trên",
    ] {
        assert!(page.text().contains(told), "{told}: {}", page.text());
    }
    assert!(
        !page.text().contains("Trần Thị Mẫu"),
        "offices see officers' names"
    );
    let none = scene.post("/suspension/appeal", &[("words", "  ")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let long = "ữ".repeat(2001);
    let long = scene.post("/suspension/appeal", &[("words", &long)]).await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    let words = "Đã kẻ vạch <b>2 mét</b>.";
    let sent = scene.post("/suspension/appeal", &[("words", words)]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let again = [("words", "Lần nữa, <i>rõ hơn</i>.")];
    let again = scene.post("/suspension/appeal", &again).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = again.text();
    assert!(told.contains("Cơ quan đã nhận đề nghị mở lại"), "{told}");
    assert!(
        told.contains("Điều bạn đã viết, chưa gửi Lần nữa, <i>rõ hơn</i>."),
        "{told}"
    );
    let page = scene.get("/suspension").await;
    assert!(page.body.contains("&#60;b&#62;2 mét"), "{}", page.body);
    assert!(!page.text().contains("Lần nữa") && !page.body.contains("suspension/appeal"));
    let list = scene.app.get("/office/venues", &clerk).await;
    assert!(
        list.text().contains("Còn 2 ngày làm việc"),
        "{}",
        list.text()
    );
    let seen = scene.app.get(&office(&scene, ""), &clerk).await;
    assert!(seen.text().contains(words) && seen.text().contains("Trần Thị Mẫu"));
    let id = meant(&seen.body);
    let answer = async |fields: &[(&str, &str)]| {
        scene
            .app
            .post_form(&office(&scene, "/answer"), fields, &clerk)
            .await
    };
    let keep = [("suspension", id.as_str()), ("answer", "keep")];
    let mended = answer(&[keep[0], keep[1], ("words", "")]).await;
    assert_eq!(
        mended.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a reason is owed"
    );
    let kept = answer(&[keep[0], keep[1], ("words", "Còn thiếu vạch ở cổng 2.")]).await;
    assert!(kept.location().ends_with("done=kept"));
    let page = scene.get("/suspension").await.text();
    assert!(
        page.contains("Vẫn tạm ngừng. Còn thiếu vạch ở cổng 2."),
        "{page}"
    );
    let lifted = answer(&[keep[0], ("answer", "lift"), ("words", "Đã đủ.")]).await;
    assert!(lifted.location().ends_with("done=lifted"));
    let page = scene.get("/suspension").await.text();
    assert!(page.contains("Địa điểm không bị tạm ngừng") && page.contains("Những lần trước"));
    assert!(scene.stored().await.suspended.is_none());
    let late = [("words", "Đã sửa thêm.")];
    let late = scene.post("/suspension/appeal", &late).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = late.text();
    assert!(told.contains("không còn bị tạm ngừng"), "{told}");
    assert!(told.contains("chưa gửi Đã sửa thêm."), "{told}");
}

#[tokio::test]
async fn the_same_office_twice_is_told_so_and_keeps_what_it_typed() {
    let (scene, clerk) = suspended().await;
    scene.app.advance(Duration::from_secs(60));
    let again = [
        ("reason", "precautions"),
        ("words", "Thiếu nước khử khuẩn."),
    ];
    let post = async || {
        scene
            .app
            .post_form(&office(&scene, "/suspension"), &again, &clerk)
            .await
    };
    let told = post().await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = told.text();
    assert!(text.contains("đã tạm ngừng địa điểm từ"), "{text}");
    assert!(text.contains("Thiếu nước khử khuẩn."), "{text}");
    assert!(told.body.contains("value=\"precautions\" selected"));
    for id in ["id=\"words\"", "id=\"reason\""] {
        assert_eq!(told.body.matches(id).count(), 1, "{id}");
    }
    // One that closed for good is nobody's to suspend.
    let page = scene.app.get(&office(&scene, ""), &clerk).await;
    let lift = [
        ("suspension", meant(&page.body)),
        ("answer", "lift".to_owned()),
    ];
    let lift = lift.each_ref().map(|(name, value)| (*name, value.as_str()));
    let path = office(&scene, "/answer");
    scene.app.post_form(&path, &lift, &clerk).await;
    scene.post("/closing", &[]).await;
    let closed = post().await;
    assert_eq!(closed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(closed.text().contains("Địa điểm đã đóng hẳn"));
    assert!(closed.text().contains("Thiếu nước khử khuẩn."));
    // Neither was an order that somebody lifted meanwhile.
    let words = [lift[0], lift[1], ("words", "Đã đủ.")];
    let late = scene.app.post_form(&path, &words, &clerk).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text().contains("Điều bạn đã viết, chưa gửi Đã đủ."));
}

#[tokio::test]
async fn each_office_sees_what_it_may_answer_and_who_may_the_rest() {
    let (scene, clerk) = suspended().await;
    let by_province = officer(&scene.app, OfficerRole::ProvinceOfficer, "46").await;
    let province = by_province.cookie;
    let (page, answer) = (office(&scene, ""), office(&scene, "/answer"));
    scene.app.advance(Duration::from_secs(60));
    let why = [
        ("reason", "barred"),
        ("words", "Chờ văn bản của thành phố."),
    ];
    let path = office(&scene, "/suspension");
    let done = scene.app.post_form(&path, &why, &province).await;
    assert_eq!(done.location(), format!("{page}?done=suspended"));

    let mine = scene.get("/suspension").await.text();
    for told in [
        "Chừa lối đi 2 mét.",
        "Chờ văn bản của thành phố.",
        "Mỗi cơ quan tạm ngừng riêng.",
    ] {
        assert!(mine.contains(told), "{told}: {mine}");
    }
    let below = scene.app.get(&page, &clerk).await;
    assert_eq!(
        below.body.matches("name=\"suspension\"").count(),
        1,
        "its own"
    );
    let text = below.text();
    assert!(
        text.contains("Chỉ Thành phố Huế hoặc cơ quan cấp trên"),
        "{text}"
    );
    let above = scene.app.get(&page, &province).await;
    assert_eq!(above.body.matches("name=\"suspension\"").count(), 2);
    assert!(!above.text().contains("Chỉ Thành phố Huế"));
    assert_eq!(
        above.body.matches("id=\"words\"").count(),
        0,
        "each form has its own"
    );
    let inspector = officer(&scene.app, OfficerRole::Inspector, "19753").await;
    let seen = scene.app.get(&page, &inspector.cookie).await;
    assert!(!seen.body.contains("name=\"suspension\""));
    assert!(seen.text().contains("Chỉ Phường Thuận Hóa"));

    // The newest stands first.
    let orders: Vec<String> = above
        .body
        .split("name=\"suspension\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    let lift = async |id: &str, cookie: &str| {
        let fields = [
            ("suspension", id),
            ("answer", "lift"),
            ("words", "Đã xem lại."),
        ];
        scene.app.post_form(&answer, &fields, cookie).await
    };
    let refused = lift(&orders[0], &clerk).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text();
    assert!(text.contains("hoặc do cơ quan cấp trên trả lời"), "{text}");
    assert!(
        text.contains("Điều bạn đã viết, chưa gửi Đã xem lại."),
        "{text}"
    );
    let own = lift(&orders[1], &clerk).await;
    let told = scene.app.get(&own.location(), &clerk).await.text();
    assert!(
        told.contains("Địa điểm vẫn tạm ngừng theo lệnh còn lại."),
        "{told}"
    );
    assert!(scene.stored().await.suspended.is_some());
    lift(&orders[0], &province).await;
    assert!(scene.stored().await.suspended.is_none());
}

#[tokio::test]
async fn appeals_name_the_office_that_is_asked_and_end_with_the_venue() {
    let (scene, clerk) = suspended().await;
    let sent = [("words", "Đã sửa xong.")];
    scene.post("/suspension/appeal", &sent).await;
    let queue = async || scene.app.get("/office/venues", &clerk).await.text();
    let waits = "Chợ Bến Thử Phường Thuận Hóa, Thành phố Huế Còn 2 ngày làm việc";
    let list = queue().await;
    assert!(list.contains(waits), "{list}");
    scene.post("/closing", &[]).await;
    assert!(!queue().await.contains("Còn 2 ngày làm việc"));
    assert!(
        !scene
            .get("/suspension")
            .await
            .body
            .contains("suspension/appeal")
    );
}

#[tokio::test]
async fn an_appeal_that_waits_too_long_is_marked() {
    let (scene, clerk) = suspended().await;
    scene
        .post("/suspension/appeal", &[("words", "Đã sửa xong.")])
        .await;
    scene.app.advance(Duration::from_secs(7 * 86_400));
    let clerk_again = officer(&scene.app, OfficerRole::CommuneOfficer, "19753")
        .await
        .cookie;
    drop(clerk);
    let list = scene.app.get("/office/venues", &clerk_again).await;
    assert!(
        list.text().contains("Đã quá hạn (hạn cuối"),
        "{}",
        list.text()
    );
}

#[tokio::test]
async fn inspectors_remind_and_offices_elsewhere_learn_nothing() {
    let scene = Scene::new().await;
    let inspector = officer(&scene.app, OfficerRole::Inspector, "19753")
        .await
        .cookie;
    let neighbour = officer(&scene.app, OfficerRole::CommuneOfficer, "19774")
        .await
        .cookie;
    let post = async |rest: &str, fields: &[(&str, &str)], cookie: &str| {
        scene
            .app
            .post_form(&office(&scene, rest), fields, cookie)
            .await
            .status
    };
    for _ in 0..4 {
        let fields = [("reason", "not_recording")];
        assert_eq!(
            post("/reminders", &fields, &inspector).await,
            StatusCode::SEE_OTHER
        );
    }
    // No rule is chosen beforehand: a careless press accuses nobody.
    assert_eq!(
        post("/reminders", &[("reason", "")], &inspector).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let page = scene.app.get(&office(&scene, ""), &inspector).await;
    let list = page.body.split("id=\"reminded\"").nth(1).unwrap();
    let first = list.split("<option value=\"").nth(1).unwrap();
    assert!(first.starts_with("\">"), "{first}");
    assert!(page.text().contains("Đã nhắc nhở 4 lần"), "{}", page.text());
    assert!(!page.body.contains("/suspension\""), "not theirs to do");
    assert_eq!(
        post("/suspension", &WHY, &inspector).await,
        StatusCode::FORBIDDEN
    );
    for rest in ["/reminders", "/suspension", "/answer"] {
        assert_eq!(
            post(rest, &WHY, &neighbour).await,
            StatusCode::NOT_FOUND,
            "{rest}"
        );
    }
    let clerk = officer(&scene.app, OfficerRole::CommuneOfficer, "19753")
        .await
        .cookie;
    let no_words = [("reason", "other"), ("words", "")];
    assert_eq!(
        post("/suspension", &no_words, &clerk).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        post("/suspension", &[], &clerk).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert!(scene.stored().await.suspended.is_none());
}

#[tokio::test]
async fn a_suspended_venue_does_not_move_away_from_its_office() {
    let (scene, _) = suspended().await;
    let moved = scene.post("/details", &but("commune", "19774")).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        moved.text().contains("không đổi sang xã, phường khác được"),
        "{}",
        moved.text()
    );
    let renamed = scene.post("/details", &but("name", "Chợ Bến Mới")).await;
    assert_eq!(renamed.status, StatusCode::SEE_OTHER);
    let stored = scene.stored().await;
    assert_eq!(stored.details.name, "Chợ Bến Mới");
    assert!(stored.suspended.is_some());
}
