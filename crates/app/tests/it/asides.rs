//! Scans set aside: what the log may not take as it is waits for the owner, and is neither lost nor
//! believed meanwhile.

use crate::kill::postgres;
use crate::roles::officer;
use crate::sealed::on_both;
use crate::support::Answer;
use crate::support::scene::Scene;
use crate::support::town::{Town, checkpoint};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::ids::{DeviceId, HolderId, ScanId, VenueId};
use domain::role::{Actor, OfficerRole, SettleAsides, VenueScope, authorize};
use domain::time::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::sessions::SessionOf;
use uuid::Uuid;
use vaora::jobs::schedule::SCHEDULE;
use vaora::web::asides::record;

pub(crate) const YEAR: i64 = 365 * 86_400;

/// The owner of the town's venue.
pub(crate) struct Owner<'a> {
    town: &'a Town,
    pub(crate) cookie: String,
}

impl<'a> Owner<'a> {
    pub(crate) async fn of(town: &'a Town) -> Self {
        let owner = SessionOf::Holder(HolderId(Uuid::from_u128(1)));
        let cookie = town.app.session(owner).await;
        Self { town, cookie }
    }

    pub(crate) async fn get(&self, rest: &str) -> Answer {
        let path = format!("/venues/{}{rest}", VenueId(Uuid::from_u128(7000)));
        self.town.app.get(&path, &self.cookie).await
    }

    pub(crate) async fn post(&self, rest: &str, fields: &[(&str, &str)]) -> Answer {
        let path = format!("/venues/{}{rest}", VenueId(Uuid::from_u128(7000)));
        self.town.app.post_form(&path, fields, &self.cookie).await
    }

    /// Names the groups that wait, as the page's forms do.
    pub(crate) async fn groups(&self) -> Vec<String> {
        let body = self.get("/asides").await.body;
        let parts = body.split("?group=").skip(1);
        parts
            .map(|part| part.split('"').next().unwrap().to_owned())
            .collect()
    }

    /// What the page suggests for the first field.
    async fn suggested(&self) -> String {
        let body = self.get("/asides").await.body;
        let field = body.split("name=\"first\" value=\"").nth(1).unwrap();
        field.split('"').next().unwrap().to_owned()
    }

    pub(crate) fn local(&self, at: Timestamp) -> String {
        let civil = self.town.app.app.zone().civil(at);
        civil.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }
}

/// Sends lines as a reader whose clock is so many milliseconds ahead.
pub(crate) async fn send(town: &Town, ahead: i64, lines: &[Value]) -> Vec<Value> {
    let sent_at = town.app.now().millis() + ahead;
    let body = json!({"sent_at": sent_at, "scans": lines}).to_string();
    let answer = town
        .app
        .post_json("/api/v1/scans", &body, &town.token)
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()["results"].as_array().unwrap().clone()
}

on_both! {
    async fn what_a_wrong_clock_read_is_dated_by_the_owner(town: Town) {
        let owner = Owner::of(&town).await;
        let lines = [town.line(1, YEAR - 7200, "in"), town.line(2, YEAR - 3600, "in"), town.line(3, -60, "in")];
        for again in [false, true] {
            let results = send(&town, YEAR * 1000, &lines).await;
            for result in &results[..2] {
                assert_eq!(result["reasons"], json!(["future"]));
                assert_eq!(
                    (&result["decision"], &result["set_aside"], &result["duplicate"]),
                    (&json!("refuse"), &json!(true), &json!(again))
                );
            }
            assert_eq!((&results[2]["decision"], results[2].get("set_aside")), (&json!("admit"), None));
        }
        assert_eq!(town.count_scans().await, 1);
        for page in ["", "/checkpoints"] {
            let text = owner.get(page).await.text();
            assert!(text.contains("Có 2 lượt quét để riêng"), "{text}");
        }
        let text = owner.get("/asides").await.text();
        assert!(text.contains("Máy thử: 2 lượt") && text.contains("ở tương lai"), "{text}");
        assert!(text.contains("trong 7 ngày") && text.contains("Tự xóa sau 7 ngày"), "{text}");
        let two_hours_ago = town.app.now().minus(Duration::from_secs(7200));
        assert_eq!(owner.suggested().await, owner.local(two_hours_ago));
        let group = owner.groups().await.remove(0);
        let date = async |first: &str| owner.post("/asides/dating", &[("group", &group), ("first", first)]).await;
        let tomorrow = owner.local(town.app.now().plus(Duration::from_secs(86_400)));
        let long_ago = owner.local(town.app.now().minus(Duration::from_secs(30 * 86_400)));
        for (first, said) in [("", "Chưa có ngày giờ"), (&tomorrow, "ở tương lai. Nhập"), (&long_ago, "đã quá hạn lưu. Nhập")] {
            let answer = date(first).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{first}");
            assert!(answer.text().contains(said) && answer.body.contains(first), "{}", answer.text());
        }
        assert_eq!(town.count_scans().await, 1, "none is dated alone");
        let answer = date(&owner.local(two_hours_ago)).await;
        assert_eq!(answer.location().split('?').next_back(), Some("done=dated"));
        assert_eq!(town.count_scans().await, 3);
        // Shortly after midnight it was yesterday.
        let day = &owner.local(two_hours_ago)[..10];
        let list = owner.get(&format!("/scans?from={day}T00:00")).await.text();
        assert_eq!(list.matches("Do chủ địa điểm đặt giờ").count(), 2, "{list}");
        // Whoever was read then stands inside now, by the rules of the log.
        town.check(town.line(1, -1, "auto"), "admit", "out", &[]).await;
        assert!(owner.groups().await.is_empty());
        assert!(!owner.get("").await.text().contains("để riêng"));
        // A reader whose answer was lost sends again: known, and nothing is doubled.
        let results = send(&town, 0, &lines[..1]).await;
        assert_eq!((&results[0]["set_aside"], &results[0]["duplicate"]), (&json!(true), &json!(true)));
        assert_eq!(date(&owner.local(two_hours_ago)).await.status, StatusCode::SEE_OTHER);
        assert_eq!(town.count_scans().await, 4);
        assert!(owner.groups().await.is_empty());
    }
}

on_both! {
    async fn one_time_that_is_far_off_holds_up_no_other(town: Town) {
        let owner = Owner::of(&town).await;
        let lines = [town.line(1, YEAR - 7200, "in"), town.line(2, YEAR - 3600, "in"), town.line(3, 40 * YEAR, "in")];
        send(&town, 0, &lines).await;
        let group = owner.groups().await.remove(0);
        let two_hours_ago = owner.local(town.app.now().minus(Duration::from_secs(7200)));
        let done = owner.post("/asides/dating", &[("group", &group), ("first", &two_hours_ago)]).await;
        let text = town.app.get(&done.location(), &owner.cookie).await.text();
        assert!(text.contains("thì còn lại dưới đây") && text.contains("Máy thử: 1 lượt"), "{text}");
        assert_eq!(town.count_scans().await, 2);
        let group = owner.groups().await.remove(0);
        let done = owner.post("/asides/dating", &[("group", &group), ("first", &two_hours_ago)]).await;
        assert_eq!(done.location().split('?').next_back(), Some("done=dated"));
        assert_eq!(town.count_scans().await, 3);
    }
}

#[tokio::test]
async fn what_is_too_old_waits_and_is_discarded_after_a_question() {
    let town = Town::new().await;
    let owner = Owner::of(&town).await;
    let line = town.line(1, -40 * 86_400, "in");
    let results = send(&town, 0, std::slice::from_ref(&line)).await;
    assert_eq!(results[0]["reasons"], json!(["too_old"]));
    assert_eq!(results[0]["set_aside"], json!(true));
    // A line that no owner can mend is not kept for one.
    let mut foreign = town.line(2, -40 * 86_400, "in");
    foreign["checkpoint_id"] = json!(checkpoint(9).to_string());
    let mut odd = town.line(3, YEAR, "in");
    odd["companions"] = json!(21);
    let results = send(&town, 0, &[foreign, odd]).await;
    let reasons: Vec<_> = results.iter().map(|one| &one["reasons"][0]).collect();
    assert_eq!(reasons, ["wrong_checkpoint", "malformed"]);
    assert!(results.iter().all(|one| one.get("set_aside").is_none()));
    let groups = owner.groups().await;
    assert_eq!(groups.len(), 1);
    assert_eq!(
        owner.suggested().await,
        "",
        "a clock that is right now tells nothing of then"
    );
    let accepted = owner
        .post("/asides/acceptance", &[("group", &groups[0])])
        .await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER);
    let asked = owner
        .get(&format!("/asides/discarding?group={}", groups[0]))
        .await;
    assert!(
        asked
            .text()
            .contains("Bỏ các lượt quét để riêng của Máy thử?"),
        "{}",
        asked.text()
    );
    assert_eq!(owner.groups().await.len(), 1, "asking discards nothing");
    owner
        .post("/asides/discarding", &[("group", &groups[0])])
        .await;
    assert!(owner.groups().await.is_empty());
    assert_eq!(town.count_scans().await, 0);
    town.app.advance(Duration::from_secs(60));
    let audit = officer(&town.app, OfficerRole::Auditor, "46").await;
    let audit = town.app.get("/audit", &audit.cookie).await.text();
    assert_eq!(audit.matches("Bỏ lượt quét để riêng").count(), 1, "{audit}");
    assert!(
        !audit.contains("Nhận lượt quét để riêng"),
        "nothing was accepted"
    );
}

#[tokio::test]
async fn whoever_stands_by_is_told_and_nothing_is_set_aside() {
    let scene = Scene::new().await;
    let id = ScanId::from_parts(scene.app.now().plus(Duration::from_secs(900)), [3; 10]);
    let body = json!({"scans": [{"id": id.to_string(), "code": "x", "direction": "in"}]});
    let request = Request::post(format!("/checkpoints/{}/scans", scene.gates[0].id))
        .header("content-type", "application/json")
        .header("cookie", &scene.owner.cookie)
        .body(Body::from(body.to_string()));
    let answer = scene.app.send(request.unwrap()).await;
    assert!(
        answer.body.contains("future") && !answer.body.contains("set_aside"),
        "{}",
        answer.body
    );
    assert!(
        scene
            .get("/asides")
            .await
            .text()
            .contains("Không có lượt nào để riêng")
    );
}

/// The scope of the town's venue, and its owner.
pub(crate) async fn scope(town: &Town) -> (VenueScope, Actor) {
    let mut tx = town.app.app.store.read().await.unwrap();
    let scope = tx.venue_scope(VenueId(Uuid::from_u128(7000))).await;
    let scope = scope.unwrap().unwrap();
    let owner = Actor::Holder(scope.owner);
    (scope, owner)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_stopped_in_between_records_nothing_twice_and_nothing_less() {
    let town = Town::new().await;
    let lines: Vec<Value> = (0..700)
        .map(|n| {
            let mut line = town.line(1 + n % 3, YEAR + n as i64 * 5, "in");
            let id = ScanId::parse(line["id"].as_str().unwrap()).unwrap();
            line["id"] = json!(ScanId::from_parts(id.at(), [n as u8; 10]).to_string());
            line
        })
        .collect();
    send(&town, 0, &lines).await;
    let (scope, owner) = scope(&town).await;
    let who = authorize::<SettleAsides, _>(&owner, scope).unwrap();
    let now = town.app.now();
    let taken = (now.minus(Duration::from_secs(86_400 * 9)), now);
    let mut tx = town.app.app.store.write().await.unwrap();
    let key = tx.asides(&who, taken).await.unwrap()[0].key;
    let first = now.minus(Duration::from_secs(7200));
    assert_eq!(
        tx.date_asides(&who, key, first, taken).await.unwrap(),
        Ok(700)
    );
    tx.commit().await.unwrap();
    // Decided, and the program stopped: another goes on, and a second one beside it.
    assert_eq!(town.count_scans().await, 0);
    let job = SCHEDULE
        .iter()
        .find(|job| job.name == "record scans that were set aside");
    let job = (job.unwrap().run)(Arc::clone(&town.app.app), 0);
    let (one, other) = tokio::join!(job, record(&town.app.app));
    one.unwrap();
    other.unwrap();
    assert_eq!(town.count_scans().await, 700);
    record(&town.app.app).await.unwrap();
    assert_eq!(town.count_scans().await, 700);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_what_a_device_may_have_set_aside_it_is_told_to_wait() {
    let town = Town::new().await;
    let line = |n: usize| {
        let at = Timestamp::from_millis(town.app.now().millis() + YEAR * 1000 + n as i64);
        json!({"id": ScanId::from_parts(at, [5; 10]).to_string(), "code": "x", "direction": "in"})
    };
    for from in [0, 10_000] {
        let lines: Vec<Value> = (from..from + 10_000).map(line).collect();
        assert_eq!(town.post(&lines).await.status, StatusCode::OK);
    }
    let good = town.line(1, -60, "in");
    let answer = town.post(&[line(20_000), good.clone()]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(
        town.count_scans().await,
        1,
        "what the log takes is not held up"
    );
    assert_eq!(
        town.results(&[line(7), good]).await[1]["duplicate"],
        json!(true)
    );
}

#[tokio::test]
async fn what_is_odd_about_a_scan_stands_beside_it() {
    let town = Town::new().await;
    let owner = Owner::of(&town).await;
    let with = |n: usize, door: &str| {
        let mut line = town.line(n, -60, "in");
        line["door"] = json!({"decision": door});
        line
    };
    send(&town, 120_000, &[with(1, "admit")]).await;
    let list = owner.get("/scans").await.text();
    assert!(
        !list.contains("Theo danh sách của cổng") && !list.contains("Đồng hồ"),
        "{list}"
    );
    send(&town, -180_000, &[with(2, "refer")]).await;
    let list = owner.get("/scans").await.text();
    assert_eq!(
        list.matches("Theo danh sách của cổng: Chờ kiểm tra")
            .count(),
        1,
        "{list}"
    );
    assert_eq!(list.matches("Đồng hồ chậm 3 phút").count(), 1, "{list}");
    let mut tx = town.app.app.store.read().await.unwrap();
    let scope = tx
        .venue_scope(VenueId(Uuid::from_u128(7000)))
        .await
        .unwrap()
        .unwrap();
    let actor = Actor::Holder(scope.owner);
    let who = authorize::<SettleAsides, _>(&actor, scope).unwrap();
    let (device, _) = tx.device_names(&who).await.unwrap().remove(0);
    drop(tx);
    let devices = owner.get("/checkpoints").await.body;
    assert!(
        devices.contains(&format!("/scans?device={device}#scans")),
        "{devices}"
    );
    for (device, words) in [(device, "2 lượt"), (DeviceId(Uuid::nil()), "0 lượt")] {
        let list = owner.get(&format!("/scans?device={device}")).await.text();
        assert!(
            list.contains(words) && list.contains("Chỉ các lượt do một máy quét"),
            "{list}"
        );
    }
}
