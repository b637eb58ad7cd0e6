//! Attendants: the owner's list of who is on duty.

use crate::support::own;
use crate::support::scene::{Scene, VENUE};
use axum::http::StatusCode;

#[tokio::test]
async fn an_attendant_loses_the_gate_at_once() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let twice = [("person", "Trần Thị Mẫu"), ("phone", "+84 905 000 419")];
    let answer = scene.post("/attendants", &twice).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let list = scene.get("/attendants").await;
    let mut tx = scene.app.app.store.read().await.unwrap();
    let seen = tx.audit_about(&own(attendant.id), &[]).await.unwrap();
    assert!(!seen.is_empty() && seen.iter().all(|line| line.action == "list_attendants"));
    drop(tx);
    assert!(list.text().contains("09** *** 419") && !list.body.contains("value=\"0905"));
    assert!(!list.body.contains("+84905000419"));
    assert!(
        scene
            .app
            .get("/venues", &attendant.cookie)
            .await
            .text()
            .contains("Chợ Bến Thử")
    );
    let key = list.body.split("removal?attendant=").nth(1).unwrap();
    let key = key.split('"').next().unwrap();
    let rival = scene.app.holder("Phạm Thị Mẫu", "0905 000 420").await;
    let registered = scene
        .app
        .post_form("/venues/new", VENUE, &rival.cookie)
        .await;
    let theirs = format!("{}/attendants/removal", registered.location());
    for key in [key, "zz", ""] {
        let answer = scene
            .app
            .post_form(&theirs, &[("attendant", key)], &rival.cookie)
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{key}");
    }
    // The question names the person, and by itself does nothing.
    let asked = scene
        .get(&format!("/attendants/removal?attendant={key}"))
        .await;
    assert!(
        asked.text().contains("Bỏ Trần Thị Mẫu khỏi danh sách?"),
        "{}",
        asked.text()
    );
    assert!(
        asked
            .body
            .contains(&format!("name=\"attendant\" value=\"{key}\""))
    );
    assert!(scene.get("/attendants").await.body.contains(key));
    let gone = scene
        .post("/attendants/removal", &[("attendant", key)])
        .await;
    let list = scene.app.get(&gone.location(), &scene.owner.cookie).await;
    assert!(list.text().contains("Đã bỏ khỏi danh sách") && !list.body.contains(key));
    let asked = scene
        .get(&format!("/attendants/removal?attendant={key}"))
        .await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    let scanner = format!("/checkpoints/{}/scanner", scene.gates[0].id);
    let answer = scene.app.get(&scanner, &attendant.cookie).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
