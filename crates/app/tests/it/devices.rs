//! Devices: the token that is shown once, and whose they are.

use crate::support::TestApp;
use crate::support::scene::{Scene, VENUE};
use crate::support::town::Town;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::ids::{HolderId, VenueId};
use domain::role::{Actor, ManageVenue, authorize};
use serde_json::json;
use std::time::Duration;
use store::sessions::SessionOf;
use uuid::Uuid;

#[tokio::test]
async fn a_token_is_shown_once_and_only_its_hash_is_kept() {
    let scene = Scene::new().await;
    let gate = scene.gates[0].id.to_string();
    let fields = [("device_name", "Cổng xoay"), ("checkpoint", gate.as_str())];
    let answer = scene.post("/devices", &fields).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    let token = answer
        .body
        .split("token\">")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(token.len(), 43);
    assert!(answer.body.contains("<svg") && answer.body.contains(&format!("Bearer {token}")));
    assert!(
        answer.body.contains(&format!("/gate#t={token}")),
        "a link that makes a browser this device"
    );
    // Another language would be another page, without it.
    assert!(!answer.body.contains("class=\"tongues\""));
    assert!(!scene.get("/checkpoints").await.body.contains(&token));
    let scan = r#"{"scans":[{"id":"0194f000-0000-7000-8000-000000000001","code":"x"}]}"#;
    assert_eq!(
        scene
            .app
            .post_json("/api/v1/scans", scan, &token)
            .await
            .status,
        StatusCode::OK
    );
    for entry in std::fs::read_dir(scene.app.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes
                .windows(token.len())
                .any(|part| part == token.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    let id = scene.get("/checkpoints").await;
    let id = id
        .body
        .split("revocation?device=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let asked = scene.get(&format!("/devices/revocation?device={id}")).await;
    assert!(
        asked.text().contains("Thu hồi quyền của Cổng xoay?"),
        "{}",
        asked.text()
    );
    let done = scene.post("/devices/revocation", &[("device", &id)]).await;
    let list = scene.app.get(&done.location(), &scene.owner.cookie).await;
    assert!(list.text().contains("Đã thu hồi quyền"), "{}", list.text());
    let asked = scene.get(&format!("/devices/revocation?device={id}")).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    let answer = scene.app.post_json("/api/v1/scans", scan, &token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn another_venues_gates_and_devices_are_out_of_reach() {
    let scene = Scene::new().await;
    let other = scene.app.holder("Phạm Văn Thử", "0905 000 417").await;
    let made = scene
        .app
        .post_form("/venues/new", VENUE, &other.cookie)
        .await;
    let theirs = made.location();
    let gate = scene.gates[0].id.to_string();
    let device = [("device_name", "Cổng xoay"), ("checkpoint", gate.as_str())];
    let answer = scene
        .app
        .post_form(&format!("{theirs}/devices"), &device, &other.cookie)
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    scene.post("/devices", &device).await;
    let mut tx = scene.app.app.store.read().await.unwrap();
    let scope = tx.venue_scope(scene.venue).await.unwrap().unwrap();
    let actor = Actor::Holder(scene.owner.id);
    let who = authorize(&actor, scope).unwrap();
    let id = tx.devices(&who).await.unwrap()[0].id.to_string();
    drop(tx);
    let revoke = format!("{theirs}/devices/revocation");
    let answer = scene
        .app
        .post_form(&revoke, &[("device", &id)], &other.cookie)
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(scene.get("/checkpoints").await.text().contains("Thu hồi"));
    // A double click on the own one's button.
    for _ in 0..2 {
        let answer = scene.post("/devices/revocation", &[("device", &id)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_token_in_two_places_is_said_for_a_day() {
    let town = Town::new().await;
    let owner = SessionOf::Holder(HolderId(Uuid::from_u128(1)));
    let cookie = town.app.session(owner).await;
    let venue = VenueId(Uuid::from_u128(7000));
    let list = async || {
        town.app.app.gates.note_heard(&town.app.app).await.unwrap();
        let path = format!("/venues/{venue}/checkpoints");
        town.app.get(&path, &cookie).await.text()
    };
    let from = async |address: &str| {
        let request = Request::get("/api/v1/gate-bundle")
            .header("authorization", format!("Bearer {}", town.token))
            .header("x-forwarded-for", address);
        let answer = town.app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK);
        town.app.advance(Duration::from_secs(60));
    };
    for address in ["192.0.2.1", "198.51.100.1", "198.51.100.1"] {
        from(address).await;
    }
    assert!(!list().await.contains("hai nơi"), "it was carried there");
    from("192.0.2.1").await;
    let text = list().await;
    assert!(
        text.contains("Mã truy cập này được dùng ở hai nơi"),
        "{text}"
    );
    // Nothing of an address is written down.
    for entry in std::fs::read_dir(town.app.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let needle = b"198.51.100";
            assert!(!bytes.windows(needle.len()).any(|part| part == needle));
        }
    }
    town.app.advance(Duration::from_secs(86_400));
    assert!(!list().await.contains("hai nơi"));
    // Numbers that were given twice say the same, however long ago.
    for salt in [41, 42] {
        let mut line = town.line(1, -60, "in");
        line["id"] = json!(town.id(salt, -60));
        line["seq"] = json!(1);
        assert!(!list().await.contains("hai nơi"), "{salt}");
        town.results(&[line]).await;
    }
    let text = list().await;
    assert!(
        text.contains("hai nơi") && !text.contains("Thiếu"),
        "{text}"
    );
}

#[tokio::test]
async fn what_could_not_be_written_down_is_written_the_next_time() {
    let town = Town::new().await;
    let (app, gates) = (&town.app.app, &town.app.app.gates);
    let broken = TestApp::new().await;
    broken.app.store.close().await;
    let venue = VenueId(Uuid::from_u128(7000));
    let mut tx = app.store.read().await.unwrap();
    let scope = tx.venue_scope(venue).await.unwrap().unwrap();
    drop(tx);
    let owner = Actor::Holder(scope.owner);
    let who = authorize::<ManageVenue, _>(&owner, scope).unwrap();
    let device = async || {
        let mut tx = app.store.read().await.unwrap();
        tx.devices(&who).await.unwrap().remove(0)
    };
    let mut last = town.app.now();
    for address in ["192.0.2.1", "198.51.100.1", "192.0.2.1"] {
        town.app.advance(Duration::from_secs(60));
        last = town.app.now();
        let request = Request::get("/api/v1/gate-bundle")
            .header("authorization", format!("Bearer {}", town.token))
            .header("x-forwarded-for", address);
        town.app.send(request.body(Body::empty()).unwrap()).await;
        assert!(gates.note_heard(&broken.app).await.is_err());
    }
    let before = device().await;
    assert_eq!((before.last_seen, before.two_places), (None, None));
    gates.note_heard(app).await.unwrap();
    let after = device().await;
    assert_eq!(
        (after.last_seen, after.two_places),
        (Some(last), Some(last))
    );
}
