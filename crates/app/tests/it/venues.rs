//! A venue's pages: whose they are, and what its name may not do to them.

use crate::roles::officer;
use crate::support::scene::{Scene, but};
use axum::http::StatusCode;
use domain::role::OfficerRole;

#[tokio::test]
async fn hostile_names_stay_text() {
    let scene = Scene::new().await;
    let hostile = "<script>alert(1)</script> \"O'Thử\" 🙂 {{ 7*7 }}";
    let changed = scene.post("/details", &but("name", hostile)).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER);
    assert_eq!(scene.stored().await.details.name, hostile);
    for rest in [
        "",
        "/details",
        "/checkpoints",
        "/attendants",
        "/posters",
        "/scans",
        "/closing",
    ] {
        let answer = scene.get(rest).await;
        assert_eq!(answer.status, StatusCode::OK, "{rest}");
        assert!(!answer.body.contains("<script>alert"), "{rest}");
        assert!(answer.text().contains("alert(1)"), "{rest}");
    }
    let name = "=1+1\u{202e}\"<i>";
    scene.post("/checkpoints", &[("name", name)]).await;
    let answer = scene.get("/checkpoints").await;
    assert!(
        answer.body.contains("=1+1&#34;&#60;i&#62;"),
        "{}",
        answer.body
    );
}

/// What each kind of person is answered.
#[tokio::test]
async fn only_the_owner_sees_the_pages() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let stranger = scene.app.holder("Phạm Văn Thử", "0905 000 417").await;
    let (venue, gate) = (scene.venue, scene.gates[0].id);
    let reads = [
        format!("/venues/{venue}"),
        format!("/venues/{venue}/counts"),
        format!("/venues/{venue}/scans"),
        format!("/venues/{venue}/scans.xlsx"),
        format!("/venues/{venue}/scans.csv"),
        format!("/venues/{venue}/details"),
        format!("/venues/{venue}/closing"),
        format!("/venues/{venue}/checkpoints"),
        format!("/venues/{venue}/attendants"),
        format!("/venues/{venue}/posters"),
        format!("/checkpoints/{gate}"),
        format!("/checkpoints/{gate}/poster"),
        format!("/checkpoints/{gate}/code.svg"),
        format!("/checkpoints/{gate}/code.png"),
    ];
    for path in &reads {
        let status = async |cookie: &str| scene.app.get(path, cookie).await.status;
        assert_eq!(status(&scene.owner.cookie).await, StatusCode::OK, "{path}");
        assert_eq!(
            status(&attendant.cookie).await,
            StatusCode::FORBIDDEN,
            "{path}"
        );
        assert_eq!(
            status(&stranger.cookie).await,
            StatusCode::NOT_FOUND,
            "{path}"
        );
        let anonymous = scene.app.get(path, "").await;
        assert!(anonymous.location().starts_with("/sign-in?next="), "{path}");
    }
}

#[tokio::test]
async fn only_the_owner_changes_anything() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let stranger = scene.app.holder("Phạm Văn Thử", "0905 000 417").await;
    let (venue, gate) = (scene.venue, scene.gates[0].id);
    let writes = [
        format!("/venues/{venue}/details"),
        format!("/venues/{venue}/closing"),
        format!("/venues/{venue}/checkpoints"),
        format!("/venues/{venue}/devices"),
        format!("/venues/{venue}/devices/revocation"),
        format!("/venues/{venue}/attendants"),
        format!("/venues/{venue}/attendants/removal"),
        format!("/checkpoints/{gate}"),
        format!("/checkpoints/{gate}/closing"),
    ];
    let fields = [
        ("name", "x"),
        ("device", "00000000-0000-7000-8000-000000000000"),
        ("attendant", "00"),
    ];
    for path in &writes {
        let status = async |cookie: &str| scene.app.post_form(path, &fields, cookie).await.status;
        assert_eq!(
            status(&attendant.cookie).await,
            StatusCode::FORBIDDEN,
            "{path}"
        );
        assert_eq!(
            status(&stranger.cookie).await,
            StatusCode::NOT_FOUND,
            "{path}"
        );
        let anonymous = scene.app.post_form(path, &fields, "").await;
        assert!(anonymous.location().starts_with("/sign-in?next="), "{path}");
    }
    assert_eq!(scene.stored().await.closed, None);
    let scanner = format!("/checkpoints/{gate}/scanner");
    for (cookie, status) in [
        (scene.owner.cookie.as_str(), StatusCode::OK),
        (&attendant.cookie, StatusCode::OK),
        (&stranger.cookie, StatusCode::NOT_FOUND),
        ("", StatusCode::SEE_OTHER),
    ] {
        assert_eq!(scene.app.get(&scanner, cookie).await.status, status);
    }
    for path in [
        "/venues/0",
        "/venues/x'--",
        "/checkpoints/0/scanner",
        "/checkpoints/0/poster",
    ] {
        let answer = scene.app.get(path, &scene.owner.cookie).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn changing_and_closing_a_venue_leave_an_entry_each() {
    let scene = Scene::new().await;
    for name in ["Chợ Bến Mới", "Chợ Bến Mới"] {
        let done = scene.post("/details", &but("name", name)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
    }
    for _ in 0..2 {
        scene.post("/closing", &[]).await;
    }
    let auditor = officer(&scene.app, OfficerRole::Auditor, "46").await;
    let log = scene.app.get("/audit", &auditor.cookie).await.text();
    for did in ["Sửa thông tin địa điểm", "Đóng hẳn địa điểm"] {
        assert_eq!(log.matches(did).count(), 1, "{did}: {log}");
    }
}
