//! The attendant's scanner: JSON from the page, and the plain form.

use crate::support::{Answer, TestHolder};
use crate::venues::Scene;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::card::{CARD_VALIDITY, Card, CardKind, CardState};
use domain::ids::{CardId, HolderId};
use serde_json::{Value, json};
use store::planting::PlantedDeclaration;

/// A card of somebody who declared, or did not.
async fn card(scene: &Scene, n: u8, name: &str, phone: &str, declared: bool) -> (HolderId, String) {
    let person = scene.app.holder(name, phone).await.id;
    let now = scene.app.now();
    let card = Card {
        id: CardId([n; 10]),
        holder: person,
        status_index: n.into(),
        kind: CardKind::Electronic,
        state: CardState::Active,
        issued: now,
        expires: now.plus(CARD_VALIDITY),
    };
    let mut tx = scene.app.app.store.write().await.unwrap();
    tx.plant_cards(std::slice::from_ref(&card)).await.unwrap();
    if declared {
        let until = now.plus(std::time::Duration::from_secs(86_400));
        let declaration = PlantedDeclaration::plain(store::new_id(now), person, now, until);
        tx.plant_declarations(&[declaration]).await.unwrap();
    }
    tx.commit().await.unwrap();
    let signed = codes::Card {
        id: card.id,
        status_index: card.status_index,
        issued: card.issued,
        expires: card.expires,
        scope: 0,
    };
    (person, scene.app.app.issuer.sign(&signed).unwrap())
}

async fn post(scene: &Scene, who: &TestHolder, body: &Value, kind: &str) -> Answer {
    let request = Request::post(format!("/checkpoints/{}/scans", scene.gates[0].id))
        .header(header::CONTENT_TYPE, kind)
        .header(header::ACCEPT, "application/json")
        .header(header::COOKIE, &who.cookie);
    scene
        .app
        .send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

fn scan(scene: &Scene, code: &str, direction: &str, confirms: Option<&str>) -> Value {
    json!({
        "id": store::new_id(scene.app.now()).to_string(),
        "checkpoint_id": scene.gates[0].id.to_string(),
        "code": code, "direction": direction, "way": "card", "confirms": confirms,
    })
}

async fn one(scene: &Scene, who: &TestHolder, scan: &Value) -> Value {
    let answer = post(scene, who, &json!({"scans": [scan]}), "application/json").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()["results"][0].clone()
}

#[tokio::test]
async fn an_attendant_scans_and_sees_initials_and_year_only() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let (_, code) = card(&scene, 1, "Nguyễn Văn Thử", "0905 000 417", true).await;
    let first = scan(&scene, &code, "auto", None);
    let told = one(&scene, &attendant, &first).await;
    assert_eq!(
        (&told["decision"], &told["direction"], &told["initials"]),
        (&json!("admit"), &json!("in"), &json!("N.V.T"))
    );
    assert_eq!(told["birth_year"], Value::Null);
    assert!(!told.to_string().contains("Nguyễn") && !told.to_string().contains("905"));
    // A retry is the same scan.
    assert_eq!(one(&scene, &attendant, &first).await["duplicate"], true);
    let unread = one(&scene, &attendant, &scan(&scene, "rác", "in", None)).await;
    assert_eq!(
        (&unread["decision"], &unread["initials"]),
        (&json!("refuse"), &Value::Null)
    );
    assert_eq!(crate::landing::scans(&scene).await.len(), 2);
    let page = scene
        .app
        .get(
            &format!("/checkpoints/{}/scanner", scene.gates[0].id),
            &attendant.cookie,
        )
        .await;
    assert!(
        page.text().contains("Chợ Bến Thử, Cổng 1") || page.body.contains("Chợ Bến Thử, Cổng 1")
    );
    assert_eq!(crate::landing::scans(&scene).await.len(), 2);
}

#[tokio::test]
async fn a_referred_person_is_inside_once_the_attendant_confirms() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let (_, code) = card(&scene, 2, "Nguyễn Văn Thử", "0905 000 417", false).await;
    let told = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    assert_eq!(
        (&told["decision"], &told["reasons"]),
        (&json!("refer"), &json!(["declaration_missing"]))
    );
    assert_eq!(scene.get("/counts").await.json()["counts"]["inside"], 0);
    scene.app.advance(std::time::Duration::from_secs(2));
    let confirmed = one(
        &scene,
        &attendant,
        &scan(&scene, &code, "in", told["id"].as_str()),
    )
    .await;
    assert_eq!(confirmed["decision"], "admit");
    let counts = scene.get("/counts").await.json();
    assert_eq!(
        (
            &counts["counts"]["inside"],
            &counts["counts"]["referred"],
            &counts["counts"]["confirmed"]
        ),
        (&json!(1), &json!(1), &json!(1))
    );
}

#[tokio::test]
async fn the_plain_form_does_the_same() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let (_, code) = card(&scene, 3, "Nguyễn Văn Thử", "0905 000 417", false).await;
    let gate = format!("/checkpoints/{}", scene.gates[0].id);
    let empty = scene
        .app
        .post_form(
            &format!("{gate}/typed"),
            &[("code", " ")],
            &attendant.cookie,
        )
        .await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let typed = [("code", code.as_str()), ("direction", "in")];
    let answer = scene
        .app
        .post_form(&format!("{gate}/typed"), &typed, &attendant.cookie)
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = scene.app.get(&answer.location(), &attendant.cookie).await;
    assert!(
        page.text().contains("Chờ kiểm tra N.V.T") && page.text().contains("Chưa có tờ khai"),
        "{}",
        page.text()
    );
    let scan = answer.location().split("scan=").nth(1).unwrap().to_owned();
    scene.app.advance(std::time::Duration::from_secs(2));
    let done = scene
        .app
        .post_form(
            &format!("{gate}/confirmations"),
            &[("scan", &scan)],
            &attendant.cookie,
        )
        .await;
    let page = scene.app.get(&done.location(), &attendant.cookie).await;
    assert!(page.text().contains("Cho vào"), "{}", page.text());
    assert_eq!(scene.get("/counts").await.json()["counts"]["inside"], 1);
    // What was admitted cannot be confirmed, nor what is nobody's.
    let confirmed = done.location().split("scan=").nth(1).unwrap().to_owned();
    for (scan, status) in [
        (confirmed.as_str(), StatusCode::CONFLICT),
        ("x", StatusCode::NOT_FOUND),
        (
            "0194f000-0000-7000-8000-000000000001",
            StatusCode::NOT_FOUND,
        ),
    ] {
        let answer = scene
            .app
            .post_form(
                &format!("{gate}/confirmations"),
                &[("scan", scan)],
                &attendant.cookie,
            )
            .await;
        assert_eq!(answer.status, status, "{scan}");
    }
}

#[tokio::test]
async fn who_may_not_record_records_nothing() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let stranger = scene.app.holder("Phạm Văn Thử", "0905 000 420").await;
    let body = json!({"scans": [scan(&scene, "x", "in", None)]});
    assert_eq!(
        post(&scene, &stranger, &body, "application/json")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        post(&scene, &attendant, &body, "text/plain").await.status,
        StatusCode::BAD_REQUEST
    );
    let many: Vec<Value> = (0..101).map(|_| scan(&scene, "x", "in", None)).collect();
    let answer = post(
        &scene,
        &attendant,
        &json!({"scans": many}),
        "application/json",
    )
    .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let anonymous = TestHolder {
        cookie: "vaora=x".to_owned(),
        ..stranger
    };
    let answer = post(&scene, &anonymous, &body, "application/json").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let mut elsewhere = scan(&scene, "x", "in", None);
    elsewhere["checkpoint_id"] = json!("0194f000-0000-7000-8000-000000000001");
    let told = one(&scene, &attendant, &elsewhere).await;
    assert_eq!(told["reasons"], json!(["wrong_checkpoint"]));
    assert!(crate::landing::scans(&scene).await.is_empty());
}
