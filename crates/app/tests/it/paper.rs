//! Paper back-entry: rows that a gate wrote by hand, typed in afterwards.

use crate::landing::scans;
use crate::scanner::card;
use crate::support::enrolment::hidden;
use crate::support::scene::{Scene, but};
use crate::support::{Answer, TestHolder};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::ids::{CardId, ScanId};
use domain::scan::{Assurance, Decision, Direction, Reason, Way};
use domain::time::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

const NAME: &str = "Nguyễn Văn Thử";
const PHONE: &str = "0905 000 417";

/// The id of a row written at so many minutes of 21/11/2026, which is 07:42 now.
fn at(minute: u64, n: u8) -> ScanId {
    let midnight = Timestamp::parse_rfc3339("2026-11-20T17:00:00Z").unwrap();
    ScanId::from_parts(midnight.plus(Duration::from_secs(minute * 60)), [n; 10])
}

fn row(id: ScanId, direction: &str, person: &str, name: &str) -> Value {
    json!({
        "id": id.to_string(), "direction": direction, "person": person, "name": name, "companions": "2",
    })
}

fn path(scene: &Scene) -> String {
    format!("/checkpoints/{}/paper", scene.gates[0].id)
}

async fn post(scene: &Scene, who: &TestHolder, kind: &str, body: String) -> Answer {
    let request = Request::post(format!("{}/rows", path(scene)))
        .header(header::CONTENT_TYPE, kind)
        .header(header::ACCEPT, "application/json")
        .header(header::COOKIE, &who.cookie);
    scene
        .app
        .send(request.body(Body::from(body)).unwrap())
        .await
}

async fn send(scene: &Scene, who: &TestHolder, rows: &[Value]) -> Answer {
    post(
        scene,
        who,
        "application/json",
        json!({ "rows": rows }).to_string(),
    )
    .await
}

/// What became of each row: the outcome and the field to mend.
async fn outcomes(scene: &Scene, who: &TestHolder, rows: &[Value]) -> Vec<(String, String)> {
    let answer = send(scene, who, rows).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let told = answer.json();
    let told = told["rows"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    told.map(|one| (text(&one["outcome"]), text(&one["field"])))
        .collect()
}

fn all(outcome: &str, n: usize) -> Vec<(String, String)> {
    vec![(outcome.to_owned(), String::new()); n]
}

#[tokio::test]
async fn what_an_attendant_types_counts_and_is_marked() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let known = scene.app.holder(NAME, PHONE).await;
    let rows = [
        row(at(370, 1), "in", PHONE, NAME),
        row(at(400, 2), "out", "+84905000417", "nguyen van thu"),
        row(at(401, 3), "in", "0905 000 420", "Phạm Văn Nháp"),
    ];
    assert_eq!(
        outcomes(&scene, &attendant, &rows).await,
        all("recorded", 3)
    );
    let kept = scans(&scene).await;
    assert_eq!(kept.len(), 3);
    for line in &kept {
        assert_eq!(line.way, Way::Paper);
        assert!(line.decision.passes(line.way));
        assert_eq!(line.companions, 2);
    }
    assert!(kept[2].reasons.has(Reason::UnverifiedIdentity));
    assert_eq!(kept[2].id, at(370, 1), "the time is the time as written");
    assert_eq!(kept[2].holder, kept[1].holder, "one person of one day");
    assert_ne!(kept[0].holder, kept[1].holder);
    for verified in [false, true] {
        assert_eq!(Assurance::of(Way::Paper, verified, false), Assurance::Low);
    }
    // A retry is the same row, whole or in part.
    assert_eq!(
        outcomes(&scene, &attendant, &rows).await,
        all("recorded", 3)
    );
    assert_eq!(scans(&scene).await.len(), 3);
    // The same person in the same minute once more is not counted.
    let again = row(at(401, 9), "in", "0905000420", "PHẠM VĂN NHÁP");
    assert_eq!(
        outcomes(&scene, &attendant, &[again]).await,
        all("already", 1)
    );
    // Whoever has proven the phone is not said to have been there.
    let visits = scene.app.get("/visits", &known.cookie).await.text();
    assert!(!visits.contains("Chợ Bến Thử"), "{visits}");
    let list = scene.get("/scans").await.text();
    assert!(
        list.contains("Nhập từ sổ giấy") && list.contains("Theo sổ giấy, chưa kiểm tra"),
        "{list}"
    );
    let counts = scene.get("/counts").await.json();
    assert_eq!(
        [
            &counts["counts"]["entries"],
            &counts["counts"]["exits"],
            &counts["counts"]["referred"]
        ],
        [2, 1, 0],
        "{counts}"
    );
}

#[tokio::test]
async fn a_cards_number_is_its_holders_and_nobody_is_turned_away() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    scene.app.advance(Duration::from_secs(3600));
    card(&scene, 1, NAME, PHONE, true).await;
    let number = CardId([1; 10]).serial();
    // Written at 08:42 by the card that was made then, and at 04:00, when the market was closed and there was no card.
    let rows = [
        row(at(522, 1), "in", &number, ""),
        row(at(240, 2), "in", &number.to_lowercase(), ""),
    ];
    assert_eq!(
        outcomes(&scene, &attendant, &rows).await,
        all("recorded", 2)
    );
    let kept = scans(&scene).await;
    assert_eq!(
        (kept[0].decision, kept[0].direction),
        (Decision::Admit, Direction::In)
    );
    assert_eq!(kept[1].decision, Decision::Refer);
    assert!(kept[1].reasons.has(Reason::VenueClosed) && kept[1].reasons.has(Reason::NotYetValid));
    assert!(kept[1].decision.passes(Way::Paper));
    let unknown = row(at(521, 3), "in", &CardId([9; 10]).serial(), "");
    assert_eq!(
        outcomes(&scene, &attendant, &[unknown]).await,
        [("mend".to_owned(), "person".to_owned())]
    );
    assert_eq!(scans(&scene).await.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_at_its_field_and_spoils_no_other() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let long = "N".repeat(300);
    let mut many = row(at(420, 8), "in", PHONE, NAME);
    many["companions"] = json!("21");
    let mut no_id = row(at(420, 9), "in", PHONE, NAME);
    no_id["id"] = json!("' or 1=1 --");
    let cases = [
        (row(at(463, 1), "in", PHONE, NAME), "time"),
        (
            row(at(420, 2).moved(-40 * 86_400_000), "in", PHONE, NAME),
            "date",
        ),
        (row(at(420, 3), "auto", PHONE, NAME), "direction"),
        (row(at(420, 4), "in", "12345", NAME), "person"),
        (row(at(420, 5), "in", "", NAME), "person"),
        (row(at(420, 6), "in", PHONE, ""), "name"),
        (row(at(420, 7), "in", PHONE, &long), "name"),
        (many, "companions"),
        (no_id, "time"),
    ];
    let mut rows: Vec<Value> = cases.iter().map(|(row, _)| row.clone()).collect();
    rows.insert(4, row(at(421, 20), "in", PHONE, NAME));
    let told = outcomes(&scene, &attendant, &rows).await;
    let mut wanted: Vec<_> = cases
        .iter()
        .map(|(_, field)| ("mend".to_owned(), (*field).to_owned()))
        .collect();
    wanted.insert(4, ("recorded".to_owned(), String::new()));
    assert_eq!(told, wanted);
    assert_eq!(scans(&scene).await.len(), 1);
    // An id that stands for another row already, in one request and in the next.
    let reused = [
        row(at(421, 20), "in", "0905 000 420", NAME),
        row(at(422, 21), "in", PHONE, NAME),
        row(at(422, 21), "out", PHONE, NAME),
    ];
    let mend = ("mend".to_owned(), "row".to_owned());
    let recorded = ("recorded".to_owned(), String::new());
    assert_eq!(
        outcomes(&scene, &attendant, &reused).await,
        [mend.clone(), recorded, mend]
    );
    assert_eq!(scans(&scene).await.len(), 2);
}

#[tokio::test]
async fn only_this_venues_people_may_type_and_not_without_end() {
    let scene = Scene::new().await;
    let rival = scene.app.holder("Đỗ Văn Thử", "0905 000 430").await;
    let registered = scene
        .app
        .post_form("/venues/new", &but("name", "Bến xe Thử"), &rival.cookie)
        .await;
    assert_eq!(registered.status, StatusCode::SEE_OTHER);
    let good = row(at(420, 1), "in", PHONE, NAME);
    let (sheet, fields) = (format!("{}/sheet.pdf", path(&scene)), [("time", "0700")]);
    assert_eq!(
        send(&scene, &rival, std::slice::from_ref(&good))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        scene.app.get(&path(&scene), &rival.cookie).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        scene.app.get(&sheet, &rival.cookie).await.status,
        StatusCode::NOT_FOUND
    );
    let form = scene
        .app
        .post_form(&path(&scene), &fields, &rival.cookie)
        .await;
    assert_eq!(form.status, StatusCode::NOT_FOUND);
    let owner = &scene.owner;
    let body = json!({ "rows": [good] }).to_string();
    let plain = post(&scene, owner, "text/plain", body).await;
    assert_eq!(
        plain.status,
        StatusCode::BAD_REQUEST,
        "no form of another site"
    );
    for broken in ["", "[]", "{\"rows\":{}}", "{\"rows\":[1]}"] {
        let answer = post(&scene, owner, "application/json", broken.to_owned()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{broken}");
    }
    for many in [101, 10_000] {
        let rows = vec![good.clone(); many];
        assert_eq!(
            send(&scene, owner, &rows).await.status,
            StatusCode::PAYLOAD_TOO_LARGE
        );
    }
    assert!(scans(&scene).await.is_empty());
    // 3,000 names in an hour, however often they are the same.
    let rows = vec![good.clone(); 100];
    for _ in 0..30 {
        assert_eq!(send(&scene, owner, &rows).await.status, StatusCode::OK);
    }
    assert_eq!(
        send(&scene, owner, &[good]).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(scans(&scene).await.len(), 1);
}

#[tokio::test]
async fn one_row_at_a_time_without_a_script() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let (app, path) = (&scene.app, path(&scene));
    let page = app.get(&path, &attendant.cookie).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("value=\"21/11/2026\""), "{}", page.body);
    let begun = hidden(&page, "row");
    let fields = [
        ("row", begun.as_str()),
        ("date", "21/11/2026"),
        ("time", "7h30"),
        ("direction", "out"),
        ("person", PHONE),
        ("name", NAME),
        ("companions", "1"),
    ];
    let mut first = None;
    for _ in 0..2 {
        let answer = app.post_form(&path, &fields, &attendant.cookie).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        first = Some(answer.location());
    }
    let kept = scans(&scene).await;
    assert_eq!(kept.len(), 1, "a form sent twice is one row");
    assert_eq!(kept[0].id.at(), at(450, 0).at());
    let next = app.get(&first.unwrap(), &attendant.cookie).await;
    let text = next.text();
    assert!(text.contains("07:30, 21/11/2026: Đã ghi"), "{text}");
    assert!(!text.contains(NAME) && !text.contains("905"), "{text}");
    assert!(
        next.body.contains("value=\"out\" checked"),
        "as the row before"
    );
    let later = ScanId::parse(&hidden(&next, "row")).unwrap();
    assert_eq!(
        later.at(),
        Timestamp::from_millis(1),
        "in the order of the rows"
    );
    let wrong = [
        ("date", "31/11/2026", "Nhập ngày như"),
        ("date", "01/09/2026", "quá thời hạn lưu"),
        ("time", "7:99", "Nhập giờ như"),
        ("time", "23:59", "Giờ này chưa đến"),
        ("person", "113", "Nhập số điện thoại di động"),
        ("name", "", "Nhập họ tên như trên sổ"),
    ];
    for (field, value, said) in wrong {
        let fields = fields.map(|(name, old)| (name, if name == field { value } else { old }));
        let answer = app.post_form(&path, &fields, &attendant.cookie).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field} {value}"
        );
        assert!(
            answer.text().contains(said),
            "{field} {value}: {}",
            answer.text()
        );
        let typed = if field == "person" { NAME } else { PHONE };
        assert!(answer.body.contains(typed), "nothing is lost");
    }
    assert_eq!(scans(&scene).await.len(), 1);
}

#[tokio::test]
async fn the_way_there_is_shown_and_the_sheet_is_printed() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let path = path(&scene);
    let scanner = format!("/checkpoints/{}/scanner", scene.gates[0].id);
    assert!(
        scene
            .app
            .get(&scanner, &attendant.cookie)
            .await
            .body
            .contains(&path)
    );
    assert!(scene.get("/checkpoints").await.body.contains(&path));
    let sheet = format!("{path}/sheet.pdf");
    assert!(scene.get("/posters").await.body.contains(&sheet));
    for (words, title) in [("vi", "SỔ GHI VÀO, RA"), ("en", "ENTRY LOG")] {
        let printed = scene
            .app
            .get(&format!("{sheet}?words={words}"), &attendant.cookie)
            .await;
        assert_eq!(printed.header("content-type"), "application/pdf");
        let said = crate::print::reading::words(&printed.bytes);
        assert!(
            said.contains(title) && said.contains("Chợ Bến Thử, Cổng 1"),
            "{said}"
        );
        assert!(said.contains("Thuận Hóa") && said.contains("21 "), "{said}");
    }
}
