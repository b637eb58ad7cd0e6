//! Owners beside the founding one: invited by phone, able to do what an owner does, and gone at once.

use crate::support::TestHolder;
use crate::support::own;
use crate::support::scene::Scene;
use axum::http::StatusCode;
use std::time::Duration;

const INVITED: [(&str, &str); 2] = [("person", "Trần Thị Mẫu"), ("phone", "0905 000 421")];

/// Somebody who was invited, and has not answered.
async fn invited(scene: &Scene) -> TestHolder {
    let answer = scene.post("/owners", &INVITED).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    scene.app.holder("Trần Thị Mẫu", "0905 000 421").await
}

/// Somebody who owns the venue, too.
async fn co_owner(scene: &Scene) -> TestHolder {
    let other = invited(scene).await;
    let yes = at(scene, "/owners/acceptance");
    let done = scene.app.post_form(&yes, &[], &other.cookie).await;
    assert_eq!(done.location(), format!("/venues/{}", scene.venue));
    other
}

fn at(scene: &Scene, rest: &str) -> String {
    format!("/venues/{}{rest}", scene.venue)
}

/// What names the first line of the list.
async fn line(scene: &Scene) -> String {
    let list = scene.get("/owners").await;
    let rest = list.body.split("removal?owner=").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_is_invited_owns_nothing_before_they_agree() {
    let scene = Scene::new().await;
    let other = invited(&scene).await;
    let board = at(&scene, "");
    let status = async |cookie: &str| scene.app.get(&board, cookie).await.status;
    assert_eq!(status(&other.cookie).await, StatusCode::NOT_FOUND);
    let list = scene.app.get("/venues", &other.cookie).await;
    assert!(
        list.text().contains("Lời mời làm đồng chủ Chợ Bến Thử"),
        "{}",
        list.text()
    );
    let stranger = scene.app.holder("Phạm Văn Thử", "0905 000 422").await;
    for answer in ["/owners/acceptance", "/owners/refusal"] {
        let path = at(&scene, answer);
        let refused = scene.app.post_form(&path, &[], &stranger.cookie).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{answer}");
    }
    let twice = scene.post("/owners", &INVITED).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    let own_phone = [("person", "Lê Thị Thử"), ("phone", "0905 000 418")];
    let founder = scene.post("/owners", &own_phone).await;
    assert!(founder.text().contains("Đây là số của chủ chính"));
    scene.app.advance(Duration::from_secs(7 * 86_400));
    let late = at(&scene, "/owners/acceptance");
    let late = scene.app.post_form(&late, &[], &other.cookie).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND, "the invitation ran out");
    assert_eq!(status(&other.cookie).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_co_owner_runs_the_venue_and_cannot_give_it_away() {
    let scene = Scene::new().await;
    let other = co_owner(&scene).await;
    let get = async |rest: &str| scene.app.get(&at(&scene, rest), &other.cookie).await;
    for rest in [
        "",
        "/scans",
        "/details",
        "/checkpoints",
        "/attendants",
        "/posters",
        "/owners",
    ] {
        assert_eq!(get(rest).await.status, StatusCode::OK, "{rest}");
    }
    let gate = [("name", "Cổng 9")];
    let path = at(&scene, "/checkpoints");
    let added = scene.app.post_form(&path, &gate, &other.cookie).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER);
    let list = get("/owners").await;
    assert!(!list.body.contains("hand-over"), "{}", list.body);
    assert!(
        list.text().contains("Lê Thị Thử 09** *** 418 chủ chính"),
        "{}",
        list.text()
    );
    assert!(!list.body.contains("+84905000418"));
    let line = line(&scene).await;
    let path = at(&scene, "/owners/hand-over");
    let kept = scene
        .app
        .post_form(&path, &[("owner", &line)], &other.cookie)
        .await;
    assert_eq!(kept.status, StatusCode::FORBIDDEN);
    assert_eq!(scene.stored().await.owner, scene.owner.id);
    // The founding owner stands on no line, so that nobody can take it off the list.
    assert_eq!(list.body.matches("removal?owner=").count(), 1);
    // Whose name was shown to another sees that.
    let mut tx = scene.app.app.store.read().await.unwrap();
    let seen = tx.audit_about(&own(scene.owner.id), &[]).await.unwrap();
    assert!(
        seen.iter().any(|line| line.action == "list_owners"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_removed_co_owner_loses_the_venue_at_once_and_its_gates_stay() {
    let scene = Scene::new().await;
    let other = co_owner(&scene).await;
    let gate = scene.gates[0].id.to_string();
    let device = [("device_name", "Máy của đồng chủ"), ("checkpoint", &gate)];
    let path = at(&scene, "/devices");
    let enrolled = scene
        .app
        .post_form(&path, &device, &other.cookie)
        .await
        .body;
    let token = enrolled.split("Bearer ").nth(1).unwrap();
    let token = token.split(['&', '\'']).next().unwrap();
    let line = line(&scene).await;
    let asked = scene.get(&format!("/owners/removal?owner={line}")).await;
    assert!(
        asked
            .text()
            .contains("Bỏ Trần Thị Mẫu khỏi danh sách chủ địa điểm?")
    );
    let gone = scene.post("/owners/removal", &[("owner", &line)]).await;
    assert!(gone.location().ends_with("done=removed"));
    for rest in ["", "/owners", "/checkpoints", "/suspension"] {
        let answer = scene.app.get(&at(&scene, rest), &other.cookie).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{rest}");
    }
    let scans = scene
        .app
        .post_json("/api/v1/scans", "{\"scans\":[]}", token)
        .await;
    assert_eq!(scans.status, StatusCode::OK, "the gate is the venue's");
    let mut tx = scene.app.app.store.read().await.unwrap();
    let seen = tx.audit_about(&own(other.id), &[]).await.unwrap();
    assert!(
        seen.iter().any(|line| line.action == "change_owners"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn the_founding_owner_hands_over_before_leaving_and_a_co_owner_just_leaves() {
    let scene = Scene::new().await;
    let other = co_owner(&scene).await;
    let line = line(&scene).await;
    let asked = scene.get(&format!("/owners/hand-over?owner={line}")).await;
    assert!(
        asked
            .text()
            .contains("Giao quyền chủ chính cho Trần Thị Mẫu?")
    );
    let done = scene.post("/owners/hand-over", &[("owner", &line)]).await;
    assert!(done.location().ends_with("done=handed"));
    assert_eq!(scene.stored().await.owner, other.id);
    // Who was the founding owner is a co-owner, and leaves by the one line that is there.
    let list = scene.get("/owners").await;
    let own_line = list.body.split("removal?owner=").nth(1).unwrap();
    let own_line = own_line.split('"').next().unwrap();
    let asked = scene
        .get(&format!("/owners/removal?owner={own_line}"))
        .await;
    assert!(
        asked.text().contains("bạn thôi làm đồng chủ"),
        "{}",
        asked.text()
    );
    let left = scene.post("/owners/removal", &[("owner", own_line)]).await;
    assert_eq!(left.location(), "/venues");
    assert_eq!(scene.get("").await.status, StatusCode::NOT_FOUND);
    let list = scene.app.get(&at(&scene, "/owners"), &other.cookie).await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(
        !list.body.contains("removal?owner="),
        "the last owner cannot leave"
    );
}
