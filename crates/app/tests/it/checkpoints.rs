//! Checkpoints and their posters.

use crate::support::scene::Scene;
use axum::http::StatusCode;

#[tokio::test]
async fn gates_are_added_renamed_and_closed() {
    let scene = Scene::new().await;
    for name in ["", "Cổng 1", &"x".repeat(41)] {
        let answer = scene.post("/checkpoints", &[("name", name)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
    assert_eq!(
        scene
            .post("/checkpoints", &[("name", "Cổng 3")])
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    let gate = format!("/checkpoints/{}", scene.gates[0].id);
    let answer = scene
        .app
        .post_form(&gate, &[("name", "Cổng 2")], &scene.owner.cookie)
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    scene
        .app
        .post_form(&gate, &[("name", "Cổng bắc")], &scene.owner.cookie)
        .await;
    assert!(
        scene
            .get("/posters")
            .await
            .text()
            .contains("Cổng bắc bản 2")
    );
    let closing = format!("{gate}/closing");
    let asked = scene.app.get(&closing, &scene.owner.cookie).await;
    assert!(asked.text().contains("Đóng Cổng bắc?"), "{}", asked.text());
    let done = scene
        .app
        .post_form(&closing, &[], &scene.owner.cookie)
        .await;
    let list = scene.app.get(&done.location(), &scene.owner.cookie).await;
    assert!(list.text().contains("Đã đóng cổng"), "{}", list.text());
    let list = scene.get("/checkpoints").await.text();
    assert!(!list.contains("Cổng bắc") && list.contains("Cổng 3"));
    for rest in [
        "",
        "/closing",
        "/poster",
        "/code.svg",
        "/code.png",
        "/scanner",
    ] {
        let answer = scene
            .app
            .get(&format!("{gate}{rest}"), &scene.owner.cookie)
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{rest}");
    }
}

#[tokio::test]
async fn posters_are_drawn_for_each_paper_and_language() {
    let scene = Scene::new().await;
    let gate = format!("/checkpoints/{}", scene.gates[0].id);
    for query in ["", "?paper=a3", "?paper=a4&words=en", "?paper=huge"] {
        let answer = scene
            .app
            .get(&format!("{gate}/poster{query}"), &scene.owner.cookie)
            .await;
        assert_eq!(answer.header("content-type"), "application/pdf", "{query}");
        assert!(answer.bytes.starts_with(b"%PDF-"), "{query}");
        assert_eq!(answer.header("set-cookie"), "", "{query}");
    }
    let png = scene
        .app
        .get(&format!("{gate}/code.png"), &scene.owner.cookie)
        .await;
    assert!(png.bytes.starts_with(b"\x89PNG"));
    let svg = scene
        .app
        .get(&format!("{gate}/code.svg"), &scene.owner.cookie)
        .await;
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    let form = scene.get("/posters").await;
    // The owner goes on reading in the owner's language, whatever the poster's.
    assert!(form.body.contains("name=\"words\" value=\"en\""));
    assert!(!form.body.contains("name=\"lang\""));
}
