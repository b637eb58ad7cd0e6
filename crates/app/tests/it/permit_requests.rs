//! Permits that owners ask for, for their workers: what the office sees, what the owners learn, and what they do not.

use crate::roles::{officer, resident};
use crate::support::Answer;
use crate::support::scene::Scene;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::role::OfficerRole;
use std::time::Duration;
use store::sessions::SessionOf;

const EDGE: &str = "edge-of-a-part";
const TERMS: &[(&str, &str)] = &[
    ("kind", "shift"),
    ("from", "2026-11-21"),
    ("until", "2026-11-30"),
    ("hours", "22:00-06:00"),
    ("days", "every"),
    ("place", "any"),
];
/// One who lives in the venue's commune, one who lives elsewhere, and nobody.
const WORKERS: &str =
    "0905 000 430 Trần Văn Thử\nPhạm Thị Mẫu; 0905 000 431\n0905 000 499, Không Ai";

async fn ask(scene: &Scene, lines: &str, file: &str) -> Answer {
    let mut body = String::new();
    for (name, value) in TERMS.iter().chain(&[("lines", lines)]) {
        body += &format!(
            "--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    body += &format!(
        "--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ca.csv\"\r\n\r\n{file}\r\n--{EDGE}--\r\n"
    );
    let request = Request::post(format!("/venues/{}/permits/new", scene.venue))
        .header(header::ACCEPT, "text/html")
        .header(header::COOKIE, &scene.owner.cookie)
        .header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={EDGE}"),
        );
    scene
        .app
        .send(request.body(Body::from(body)).unwrap())
        .await
}

async fn clerk(scene: &Scene) -> String {
    officer(&scene.app, OfficerRole::CommuneOfficer, "19753")
        .await
        .cookie
}

/// The address of the first request that waits.
async fn waiting(scene: &Scene, clerk: &str) -> String {
    let list = scene.app.get("/office/permits", clerk).await;
    let rest = list.body.split("/office/permits/requests/").nth(1);
    let id = rest.unwrap_or_else(|| panic!("{}", list.text()));
    format!("/office/permits/requests/{}", id.split('"').next().unwrap())
}

#[tokio::test]
async fn the_office_grants_some_and_the_owner_learns_no_more_than_that() {
    let scene = Scene::new().await;
    let app = &scene.app;
    let (works, _) = resident(app, "Trần Văn Thử", "0905 000 430", "19753").await;
    resident(app, "Phạm Thị Mẫu", "0905 000 431", "19774").await;
    let form = scene.get("/permits/new").await;
    let code = scene.gates[0].code.as_str();
    assert!(
        form.body.contains(code),
        "for this venue, unless chosen otherwise"
    );
    let sent = ask(&scene, WORKERS, "").await;
    assert!(
        sent.location().ends_with("/permits?done=sent"),
        "{}",
        sent.text()
    );
    let mine = scene.get("/permits").await.text();
    assert!(
        mine.contains("Đang chờ") && mine.contains("0905 000 499 Không Ai"),
        "{mine}"
    );
    assert!(
        !mine.contains("Đã cấp") && !mine.contains("Không cấp"),
        "{mine}"
    );

    let clerk = clerk(&scene).await;
    let neighbour = officer(app, OfficerRole::CommuneOfficer, "19774")
        .await
        .cookie;
    let here = waiting(&scene, &clerk).await;
    let away = app.get(&here, &neighbour).await;
    assert_eq!(away.status, StatusCode::NOT_FOUND);
    let page = app.get(&here, &clerk).await;
    let text = page.text();
    for told in [
        "Chợ Bến Thử",
        "Giấy đi làm theo ca",
        "22:00-06:00",
        "T.V.T",
        "1987",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert_eq!(
        page.body.matches("type=\"checkbox\"").count(),
        1,
        "others live elsewhere, or nowhere"
    );
    let answer = async |fields: &[(&str, &str)]| {
        app.post_form(&format!("{here}/answer"), fields, &clerk)
            .await
    };
    let nobody = answer(&[("answer", "grant")]).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    // What is ticked beyond those who were found is nobody.
    let all = [
        ("answer", "grant"),
        ("w0", "yes"),
        ("w1", "yes"),
        ("w2", "yes"),
    ];
    let granted = answer(&all).await;
    assert!(
        granted.location().contains("done=issued&n=1"),
        "{}",
        granted.location()
    );
    assert_eq!(
        answer(&all).await.status,
        StatusCode::NOT_FOUND,
        "answered before"
    );

    let mine = scene.get("/permits").await.text();
    assert!(mine.contains("Trần Văn Thử Đã cấp"), "{mine}");
    assert!(
        mine.contains("Phạm Thị Mẫu Không cấp") && mine.contains("Không Ai Không cấp"),
        "{mine}"
    );
    assert!(!mine.contains("1987") && !mine.contains("T.V.T"), "{mine}");
    let worker = app.session(SessionOf::Holder(works)).await;
    let code = app.get("/code", &worker).await.text();
    assert!(code.contains("Chợ Bến Thử xin cho bạn"), "{code}");
    let mut tx = app.app.store.read().await.unwrap();
    let seen = tx
        .audit_about(&crate::support::own(works), &[])
        .await
        .unwrap();
    assert!(
        seen.iter()
            .filter(|line| line.action == "issue_permit")
            .count()
            >= 2,
        "seen and issued"
    );
    assert!(
        seen.iter().all(|line| line.action != "manage_venue"),
        "the owner looked nobody up"
    );
}

#[tokio::test]
async fn a_refused_list_says_why_and_a_late_one_can_only_be_refused() {
    let scene = Scene::new().await;
    resident(&scene.app, "Trần Văn Thử", "0905 000 430", "19753").await;
    ask(&scene, "0905 000 430", "").await;
    scene.app.advance(Duration::from_secs(11 * 86_400));
    let clerk = clerk(&scene).await;
    let here = waiting(&scene, &clerk).await;
    let post = async |fields: &[(&str, &str)]| {
        scene
            .app
            .post_form(&format!("{here}/answer"), fields, &clerk)
            .await
    };
    let late = post(&[("answer", "grant"), ("w0", "yes")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text().contains("Ngày của giấy đã qua"));
    let no_reason = post(&[("answer", "refuse")]).await;
    assert_eq!(no_reason.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused = post(&[("answer", "refuse"), ("reason", "papers")]).await;
    assert!(refused.location().ends_with("done=refused"));
    let owner = scene.app.session(SessionOf::Holder(scene.owner.id)).await;
    let path = format!("/venues/{}/permits", scene.venue);
    let mine = scene.app.get(&path, &owner).await.text();
    assert!(
        mine.contains("Mời đến xã, phường, mang danh sách và giấy tờ."),
        "{mine}"
    );
}

#[tokio::test]
async fn lists_are_read_from_files_and_bounded() {
    let scene = Scene::new().await;
    let file = "STT,Họ tên,Điện thoại\n1,Nguyễn Văn Thử,0905000432\n";
    let sent = ask(&scene, "", file).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    assert!(scene.get("/permits").await.text().contains("0905000432"));
    let wrong = |answer: &Answer, said: &str| {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(said), "{said}: {}", answer.text());
    };
    wrong(&ask(&scene, "", "").await, "Chưa có");
    wrong(
        &ask(&scene, "0905000432\nkhông có số", "").await,
        "Dòng 2 không có số",
    );
    let many = "0905000432\n".repeat(201);
    wrong(&ask(&scene, &many, "").await, "dài quá 200 dòng");
    for _ in 0..4 {
        let sent = ask(&scene, "0905000432", "").await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    }
    wrong(
        &ask(&scene, "0905000432", "").await,
        "Còn nhiều đề nghị đang chờ",
    );
    // Who answers makes room for more, and the day has its bound.
    let clerk = clerk(&scene).await;
    let mut taken = 5;
    loop {
        let here = waiting(&scene, &clerk).await;
        let refuse = [("answer", "refuse"), ("reason", "too_much")];
        scene
            .app
            .post_form(&format!("{here}/answer"), &refuse, &clerk)
            .await;
        let sent = ask(&scene, "0905000432", "").await;
        if sent.status != StatusCode::SEE_OTHER {
            assert_eq!(sent.status, StatusCode::TOO_MANY_REQUESTS);
            break;
        }
        taken += 1;
    }
    assert_eq!(taken, 10);
}
