//! Permits that owners ask for, for their workers: what the office sees, what the owners learn, and what they do not.

use crate::roles::{officer, resident};
use crate::support::Answer;
use crate::support::scene::Scene;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::role::{Actor, ManageVenue, OfficerRole, authorize};
use std::collections::BTreeMap;
use std::time::Duration;
use store::permit_requests::AskedPermits;
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
    ask_by(scene, &scene.owner.cookie, form(lines, file)).await
}

fn form(lines: &str, file: &str) -> String {
    let mut body = String::new();
    for (name, value) in TERMS.iter().chain(&[("lines", lines)]) {
        body += &format!(
            "--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    body += &format!(
        "--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ca.csv\"\r\n\r\n{file}\r\n--{EDGE}--\r\n"
    );
    body
}

async fn ask_by(scene: &Scene, cookie: &str, body: String) -> Answer {
    let request = Request::post(format!("/venues/{}/permits/new", scene.venue))
        .header(header::ACCEPT, "text/html")
        .header(header::COOKIE, cookie)
        .header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={EDGE}"),
        );
    scene
        .app
        .send(request.body(Body::from(body)).unwrap())
        .await
}

/// What a tick at a line of the office's page stands for.
fn tick(page: &Answer, line: usize) -> String {
    let field = format!("name=\"w{line}\" value=\"");
    let rest = page.body.split(&field).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("{}", page.text()));
    rest.split('"').next().unwrap().to_owned()
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
    let shown = tick(&page, 0);
    let all = [("answer", "grant"), ("w0", shown.as_str())];
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
    let late = post(&[("answer", "grant")]).await;
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

/// A list whose second line swallows those after it.
pub(crate) const BROKEN: &str = "STT,Họ tên,Điện thoại\n1,\"Nguyễn Văn Thử,0905000432\n2,Trần Thị Mẫu,0905000433\n3,Lê Văn Nháp,0905000434\n";

#[tokio::test]
async fn an_office_is_told_how_many_wait_however_many_they_are() {
    let scene = Scene::new().await;
    let mut tx = scene.app.app.store.write().await.unwrap();
    let scope = tx.venue_scope(scene.venue).await.unwrap().unwrap();
    let who = authorize::<ManageVenue, _>(&Actor::Holder(scene.owner.id), scope).unwrap();
    let asked = AskedPermits {
        terms: BTreeMap::new(),
        workers: Vec::new(),
    };
    for _ in 0..101 {
        tx.ask_permits(&who, &asked, scene.app.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let clerk = clerk(&scene).await;
    let page = scene.app.get("/office", &clerk).await.text();
    assert!(
        page.contains("Yêu cầu giấy phép của chủ địa điểm 101"),
        "{page}"
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
        &ask(&scene, "", BROKEN).await,
        "Dòng 2 có dấu ngoặc kép (\") mở mà không đóng",
    );
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

#[tokio::test]
async fn a_tick_stands_for_whoever_was_shown_and_nobody_else() {
    let scene = Scene::new().await;
    let app = &scene.app;
    let (first, _) = resident(app, "Trần Văn Thử", "0905 000 430", "19753").await;
    let (second, _) = resident(app, "Phạm Thị Mẫu", "0905 000 431", "19753").await;
    ask(&scene, "0905 000 430\n0905 000 431", "").await;
    let clerk = clerk(&scene).await;
    let here = waiting(&scene, &clerk).await;
    let page = app.get(&here, &clerk).await;
    assert!(!page.body.contains(&first.to_string()) && !page.body.contains(&second.to_string()));
    let (one, two) = (tick(&page, 0), tick(&page, 1));
    let post = async |ticks: &[(&str, &str)]| {
        let fields = [&[("answer", "grant")], ticks].concat();
        app.post_form(&format!("{here}/answer"), &fields, &clerk)
            .await
    };
    // As if each line named somebody else by now.
    for ticks in [
        [("w0", two.as_str()), ("w1", one.as_str())],
        [("w0", one.as_str()), ("w1", "yes")],
    ] {
        let told = post(&ticks).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = told.text();
        assert!(text.contains("đã thay đổi từ khi mở trang"), "{text}");
        let kept = ticks
            .iter()
            .filter(|(_, tick)| *tick == one && ticks[0].1 == one);
        assert_eq!(told.body.matches(" checked").count(), kept.count());
    }
    // One that another request was shown with is none of this one.
    ask(&scene, "0905 000 430", "").await;
    let granted = post(&[("w1", two.as_str())]).await;
    assert!(
        granted.location().contains("done=issued&n=1"),
        "{}",
        granted.text()
    );
    let other = waiting(&scene, &clerk).await;
    assert_ne!(other, here);
    let fields = [("answer", "grant"), ("w0", one.as_str())];
    let told = app
        .post_form(&format!("{other}/answer"), &fields, &clerk)
        .await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mine = scene.get("/permits").await.text();
    assert!(
        mine.contains("0905 000 431 Đã cấp") && !mine.contains("0905 000 430 Đã cấp"),
        "{mine}"
    );
}

#[tokio::test]
async fn nothing_is_read_of_who_may_not_ask_or_has_no_room() {
    let scene = Scene::new().await;
    let cut = form("0905 000 432", "x").replace(&format!("--{EDGE}--"), "");
    let rival = scene.app.holder("Phạm Thị Mẫu", "0905 000 420").await;
    let stranger = ask_by(&scene, &rival.cookie, cut.clone()).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    let broken = ask_by(&scene, &scene.owner.cookie, cut.clone()).await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    // What is no form with a file is said to be none, and nothing else.
    let plain = scene
        .post("/permits/new", &[("lines", "0905 000 432")])
        .await;
    assert_eq!(plain.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(plain.text().contains("Không đọc được nội dung gửi lên"));
    assert!(!plain.text().contains("Chưa chọn loại giấy"));

    // A list of more than a quarter of a megabyte is a list.
    let remarks = ["ghi chú ".repeat(200).as_str(); 8].join(",");
    let row = |n| format!("Nguyễn Văn Thử,09050004{n:02},{remarks}\n");
    let rows: String = (0..25).map(row).collect();
    assert!(rows.len() > 256 * 1024);
    let large = ask(&scene, "", &rows).await;
    assert_eq!(large.status, StatusCode::SEE_OTHER, "{}", large.text());

    for _ in 1..5 {
        assert_eq!(
            ask(&scene, "0905 000 432", "").await.status,
            StatusCode::SEE_OTHER
        );
    }
    let damaged = "PK\u{3}\u{4} no sheet";
    let full = ask(&scene, "0905 000 432", damaged).await;
    assert_eq!(full.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = full.text();
    assert!(text.contains("Còn nhiều đề nghị đang chờ"), "{text}");
    assert!(
        text.contains("0905 000 432") && full.body.contains("22:00-06:00"),
        "{text}"
    );
    // The day's bound is said before the body is read, too.
    let clerk = clerk(&scene).await;
    let refuse = [("answer", "refuse"), ("reason", "too_much")];
    for _ in 0..5 {
        let here = waiting(&scene, &clerk).await;
        let path = format!("{here}/answer");
        scene.app.post_form(&path, &refuse, &clerk).await;
        ask(&scene, "0905 000 432", "").await;
    }
    let here = waiting(&scene, &clerk).await;
    let path = format!("{here}/answer");
    scene.app.post_form(&path, &refuse, &clerk).await;
    let spent = ask_by(&scene, &scene.owner.cookie, cut).await;
    assert_eq!(spent.status, StatusCode::TOO_MANY_REQUESTS);
}
