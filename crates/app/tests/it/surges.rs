//! Surges: takings of a poster's code that nobody can have made.

use crate::roles::officer;
use crate::support::scene::{Scene, VENUE};
use axum::http::StatusCode;
use domain::ids::ScanId;
use domain::role::{Actor, OfficerRole, RecordScans, authorize};
use domain::scan::{Asked, Presented, Remarks, Scan, Way};
use domain::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use store::admissions::Lane;
use vaora::jobs::schedule::SCHEDULE;

/// So many takings of the first gate's code, from one o'clock at night on.
async fn tap(scene: &Scene, count: u64) {
    let app = &scene.app.app;
    let mut tx = app.store.read().await.unwrap();
    let scope = tx.venue_scope(scene.venue).await.unwrap().unwrap();
    drop(tx);
    let who = authorize::<RecordScans, _>(&Actor::Holder(scene.owner.id), scope).unwrap();
    let night = Timestamp::parse_rfc3339("2026-11-20T18:00:00Z").unwrap();
    let scan = |n: u64| Scan {
        id: ScanId::from_parts(night.plus(Duration::from_secs(n * 2)), [7; 10]),
        venue: scene.venue,
        checkpoint: Some(scene.gates[0].id),
        device: None,
        presented: Presented::Holder(scene.owner.id),
        asked: Asked::In,
        way: Way::Poster,
        companions: 0,
        shown: None,
        confirms: None,
        code: String::new(),
        remarks: Remarks::default(),
    };
    let scans = (0..count).map(scan).collect();
    let admitted = app.admissions.admit(&who, scans, Lane::Backlog, app.now());
    admitted.await.unwrap();
    let job = SCHEDULE
        .iter()
        .find(|job| job.name == "look for surges at posters");
    let job = job.unwrap();
    assert!(job.every <= Duration::from_secs(600));
    (job.run)(Arc::clone(app), 0).await.unwrap();
}

#[tokio::test]
async fn the_owner_is_asked_once_about_a_thousand_at_night() {
    let scene = Scene::new().await;
    tap(&scene, 20).await;
    assert!(!scene.get("").await.text().contains("bất thường"));
    tap(&scene, 1000).await;
    let board = scene.get("").await;
    let said = "Cổng 1: 1.000 lượt, từ 01:00 đến 02:00, 21/11/2026";
    assert!(board.text().contains(said), "{}", board.text());
    let value = |name: &str| {
        let part = board
            .body
            .split(&format!("name=\"{name}\" value=\""))
            .nth(1);
        part.unwrap().split('"').next().unwrap().to_owned()
    };
    let (checkpoint, from) = (value("checkpoint"), value("from"));
    let fields = |state| {
        [
            ("checkpoint", checkpoint.as_str()),
            ("from", from.as_str()),
            ("state", state),
        ]
    };
    scene.post("/surges", &fields("open")).await;
    assert!(
        scene.get("").await.text().contains(said),
        "that is no answer"
    );
    let rival = scene.app.holder("Phạm Văn Thử", "0905 000 417").await;
    let made = scene
        .app
        .post_form("/venues/new", VENUE, &rival.cookie)
        .await;
    let theirs = format!("{}/surges", made.location());
    let answer = scene
        .app
        .post_form(&theirs, &fields("rejected"), &rival.cookie)
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(
        scene.get("").await.text().contains(said),
        "it is not another venue's to decide"
    );
    for state in ["rejected", "confirmed"] {
        scene.post("/surges", &fields(state)).await;
    }
    tap(&scene, 1000).await;
    assert!(!scene.get("").await.text().contains("bất thường"));
    scene.app.advance(Duration::from_secs(60));
    let audit = officer(&scene.app, OfficerRole::Auditor, "46").await;
    let audit = scene.app.get("/audit", &audit.cookie).await.text();
    assert_eq!(
        audit
            .matches("Không nhận nhiều lượt tự quét bất thường")
            .count(),
        1,
        "{audit}"
    );
    assert!(
        !audit.contains("Xác nhận lượt tự quét"),
        "the first answer stands"
    );
}
