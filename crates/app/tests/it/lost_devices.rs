//! Devices that were reported lost: what they bring is set aside for the owner, and they are told so.

use crate::asides::{Owner, YEAR, scope};
use crate::asides_once::report_lost;
use crate::roles::officer;
use crate::sealed::seal;
use crate::support::scene::Scene;
use crate::support::town::{Town, checkpoint};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::ids::ScanId;
use domain::role::{ManageVenue, OfficerRole, authorize};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_device_brings_is_set_aside_and_it_is_told_so() {
    let town = Town::new().await;
    let owner = Owner::of(&town).await;
    let app = &town.app;
    let post = async |lines: &[Value], token: &str| {
        let body = json!({ "scans": lines }).to_string();
        app.post_json("/api/v1/scans", &body, token).await
    };
    town.check(town.line(1, -90, "in"), "admit", "in", &[])
        .await;
    // As another server does it: this one believes the token for ten seconds.
    let (scope, actor) = scope(&town).await;
    let who = authorize::<ManageVenue, _>(&actor, scope).unwrap();
    let mut tx = app.app.store.write().await.unwrap();
    let device = tx.devices(&who).await.unwrap()[0].id;
    assert!(
        tx.report_device_lost(&who, device, app.now())
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    town.app.advance(Duration::from_secs(9));
    assert_eq!(post(&[], &town.token).await.status, StatusCode::OK);
    town.app.advance(Duration::from_secs(1));
    let sealed = town.line(2, -30, "in");
    let id = sealed["id"].as_str().unwrap();
    let sealed = json!({"id": id, "sealed": seal(&app.app.queue_key, id, &sealed)});
    let lines = [sealed, town.line(3, YEAR, "in"), json!({"id": "none"})];
    for again in [false, true] {
        let answer = post(&lines, &town.token).await.json();
        let results = answer["results"].as_array().unwrap();
        for (result, line) in results.iter().zip(&lines) {
            assert_eq!(
                (&result["id"], &result["decision"]),
                (&line["id"], &json!("refuse"))
            );
        }
        for result in &results[..2] {
            assert_eq!(result["reasons"], json!(["device_lost"]));
            assert_eq!(
                (&result["set_aside"], &result["duplicate"]),
                (&json!(true), &json!(again))
            );
        }
        assert_eq!(results[2]["reasons"], json!(["malformed"]));
        let stranger = post(&lines, "a-token-of-nobody").await;
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
        assert_eq!(stranger.json()["type"], "/problems/token_refused");
    }
    let bundle = Request::get("/api/v1/gate-bundle")
        .header("authorization", format!("Bearer {}", town.token));
    let bundle = app.send(bundle.body(Body::empty()).unwrap()).await;
    assert_eq!(bundle.status, StatusCode::UNAUTHORIZED);
    assert_eq!(town.count_scans().await, 1);
    let text = owner.get("/asides").await.text();
    assert!(
        text.contains("Máy thử: 2 lượt") && text.contains("1 lượt có giờ dùng được"),
        "{text}"
    );
    let list = owner.get("/checkpoints").await.text();
    assert!(list.contains("đã báo mất lúc"), "{list}");
    let group = owner.groups().await.remove(0);
    let answer = owner.post("/asides/acceptance", &[("group", &group)]).await;
    let after = app.get(&answer.location(), &owner.cookie).await.text();
    assert!(
        after.contains("Đã ghi vào sổ") && after.contains("Máy thử: 1 lượt"),
        "{after}"
    );
    assert_eq!(town.count_scans().await, 2);
    let list = owner.get("/scans").await.text();
    assert_eq!(
        list.matches("Từ máy đã báo mất, chủ địa điểm nhận").count(),
        1,
        "{list}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_devices_whole_backlog_reaches_the_owner() {
    let town = Town::new().await;
    let owner = Owner::of(&town).await;
    report_lost(&town).await;
    let lines: Vec<Value> = (0..1200)
        .map(|n| {
            let at = town.app.now().minus(Duration::from_secs(7200 - n));
            let id = ScanId::from_parts(at, [n as u8; 10]);
            json!({"id": id.to_string(), "code": town.codes[0], "direction": "in", "seq": n + 1})
        })
        .collect();
    // As a page does: what was answered is taken out, and the next are sent. One answer is lost.
    for batch in [
        &lines[..500],
        &lines[..500],
        &lines[500..1000],
        &lines[1000..],
    ] {
        for (result, line) in town.results(batch).await.iter().zip(batch) {
            assert_eq!(result["id"], line["id"]);
            assert_eq!(
                (&result["decision"], &result["set_aside"]),
                (&json!("refuse"), &json!(true))
            );
        }
    }
    let mut foreign = town.line(1, -60, "in");
    foreign["checkpoint_id"] = json!(checkpoint(9).to_string());
    let foreign = town.results(&[foreign]).await.remove(0);
    assert_eq!(
        (&foreign["reasons"], foreign.get("set_aside")),
        (&json!(["wrong_checkpoint"]), None)
    );
    assert_eq!(town.count_scans().await, 0);
    let text = owner.get("/asides").await.text();
    assert!(text.contains("Máy thử: 1.200 lượt"), "{text}");
    let list = owner.get("/checkpoints").await.text();
    assert!(!list.contains("Thiếu"), "none is missed: {list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_revoked_can_be_reported_lost_until_nothing_is_kept() {
    let town = Town::new().await;
    let owner = Owner::of(&town).await;
    let device = |body: &str| {
        let id = body.split("?device=").nth(1).unwrap();
        id.split(['"', '#']).next().unwrap().to_owned()
    };
    let device = device(&owner.get("/checkpoints").await.body);
    let line = [town.line(1, -60, "in")];
    owner
        .post("/devices/revocation", &[("device", &device)])
        .await;
    assert_eq!(town.post(&line).await.status, StatusCode::UNAUTHORIZED);
    let list = owner.get("/checkpoints").await.body;
    assert!(list.contains("loss?device=") && !list.contains("revocation?device="));
    owner.post("/devices/loss", &[("device", &device)]).await;
    assert_eq!(town.post(&line).await.status, StatusCode::OK);
    assert!(
        owner
            .get("/checkpoints")
            .await
            .body
            .contains("revocation?device=")
    );
    town.app.advance(Duration::from_secs(40 * 86_400));
    assert_eq!(town.post(&line).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_owner_reports_a_device_lost_after_a_question() {
    let scene = Scene::new().await;
    let gate = scene.gates[0].id.to_string();
    let fields = [("device_name", "Cổng xoay"), ("checkpoint", gate.as_str())];
    let token = scene.post("/devices", &fields).await.body;
    let token = token.split("Bearer ").nth(1).unwrap();
    let token = token.split(['&', '\'']).next().unwrap();
    let id = ScanId::from_parts(scene.app.now(), [4; 10]).to_string();
    let body = json!({"scans": [{"id": id, "code": "x", "direction": "in"}]}).to_string();
    let list = scene.get("/checkpoints").await.body;
    let device = list
        .split("loss?device=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let asked = scene.get(&format!("/devices/loss?device={device}")).await;
    assert!(
        asked.text().contains("Báo mất Cổng xoay?"),
        "{}",
        asked.text()
    );
    // The ways at the side stand at the devices, not at the board.
    for path in [
        format!("/devices/loss?device={device}"),
        format!("/devices/revocation?device={device}"),
        "/asides".to_owned(),
    ] {
        let page = scene.get(&path).await.body;
        let current: Vec<&str> = page
            .split("<a href=\"")
            .filter(|part| {
                part.split('>')
                    .next()
                    .unwrap()
                    .contains("aria-current=\"page\"")
            })
            .collect();
        assert_eq!(current.len(), 1, "{path}");
        assert!(
            current[0].contains("/checkpoints\""),
            "{path}: {}",
            current[0]
        );
    }
    assert_eq!(
        scene
            .app
            .post_json("/api/v1/scans", &body, token)
            .await
            .status,
        StatusCode::OK
    );
    // Twice, as by a double click.
    for _ in 0..2 {
        let done = scene.post("/devices/loss", &[("device", device)]).await;
        let done = scene
            .app
            .get(&done.location(), &scene.owner.cookie)
            .await
            .text();
        assert!(done.contains("Đã báo mất máy"), "{done}");
    }
    let answer = scene.app.post_json("/api/v1/scans", &body, token).await;
    assert_eq!(
        answer.json()["results"][0]["reasons"],
        json!(["device_lost"]),
        "at once on the server that was told"
    );
    // Until the owner accepts no more.
    let list = scene.get("/checkpoints").await;
    assert!(
        list.text().contains("Không nhận thêm") && !list.body.contains("loss?device="),
        "{}",
        list.text()
    );
    let asking = scene
        .get(&format!("/devices/revocation?device={device}"))
        .await;
    assert!(asking.text().contains("Không nhận thêm gì của Cổng xoay?"));
    scene
        .post("/devices/revocation", &[("device", device)])
        .await;
    let answer = scene.app.post_json("/api/v1/scans", &body, token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let list = scene.get("/checkpoints").await;
    assert!(
        list.text().contains("không nhận thêm gì của máy")
            && !list.body.contains("revocation?device="),
        "{}",
        list.text()
    );
    assert_eq!(
        scene
            .get(&format!("/devices/loss?device={device}"))
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    scene.app.advance(Duration::from_secs(60));
    let audit = officer(&scene.app, OfficerRole::Auditor, "46").await;
    let audit = scene.app.get("/audit", &audit.cookie).await.text();
    assert_eq!(audit.matches("Báo mất máy").count(), 1, "{audit}");
}
