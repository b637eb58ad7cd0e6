//! The attendant's scanner: JSON from the page, and the plain form.

use crate::support::scene::Scene;
use crate::support::{Answer, TestHolder, own};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::card::{CARD_VALIDITY, Card, CardKind, CardState};
use domain::ids::{CardId, HolderId};
use domain::role::{Actor, RevokeCard, authorize};
use domain::scan::Way;
use serde_json::{Value, json};
use std::time::Duration;
use store::planting::PlantedDeclaration;
use store::sessions::SessionOf;

/// A card of somebody who declared, or did not.
pub(crate) async fn card(
    scene: &Scene,
    n: u8,
    name: &str,
    phone: &str,
    declared: bool,
) -> (HolderId, String) {
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
        let until = now.plus(Duration::from_secs(86_400));
        let declaration = PlantedDeclaration::plain(store::new_id(now), person, now, until);
        tx.plant_declarations(&[declaration]).await.unwrap();
    }
    tx.commit().await.unwrap();
    (person, scene.app.app.signer.code(card.id).await.unwrap())
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

pub(crate) fn scan(scene: &Scene, code: &str, direction: &str, confirms: Option<&str>) -> Value {
    json!({
        "id": store::new_id(scene.app.now()).to_string(),
        "checkpoint_id": scene.gates[0].id.to_string(),
        "code": code, "direction": direction, "way": "card", "confirms": confirms,
    })
}

pub(crate) async fn one(scene: &Scene, who: &TestHolder, scan: &Value) -> Value {
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
    let text = scene.get("").await.text();
    assert!(
        text.contains("Đã báo kiểm tra hôm nay 1 đã cho qua: 0"),
        "{text}"
    );
    assert!(text.contains("Chờ kiểm tra Chưa có tờ khai"), "{text}");
    scene.app.advance(Duration::from_secs(2));
    let confirmed = one(
        &scene,
        &attendant,
        &scan(&scene, &code, "in", told["id"].as_str()),
    )
    .await;
    assert_eq!(confirmed["decision"], "admit");
    let text = scene.get("").await.text();
    assert!(
        text.contains("Đã báo kiểm tra hôm nay 1 đã cho qua: 1"),
        "{text}"
    );
    assert!(text.contains("Đã cho vào Chưa có tờ khai"), "{text}");
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
    let (scan, held) = referred(&answer.location());
    assert!(!held.contains(&code) && page.body.contains(&held));
    scene.app.advance(Duration::from_secs(2));
    let confirm = format!("{gate}/confirmations");
    let fields = [("scan", scan.as_str()), ("held", held.as_str())];
    let done = scene
        .app
        .post_form(&confirm, &fields, &attendant.cookie)
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
                &[("scan", scan), ("held", &held)],
                &attendant.cookie,
            )
            .await;
        assert_eq!(answer.status, status, "{scan}");
    }
}

/// The scan a page was led to, and the code it holds for confirming it.
pub(crate) fn referred(location: &str) -> (String, String) {
    let (scan, held) = location
        .split_once("?scan=")
        .and_then(|(_, rest)| rest.split_once("&held="))
        .expect("a referred scan");
    (scan.to_owned(), held.to_owned())
}

#[tokio::test]
async fn a_card_revoked_before_the_confirmation_is_refused() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let (person, code) = card(&scene, 4, "Nguyễn Văn Thử", "0905 000 417", false).await;
    let (_, other) = card(&scene, 5, "Trần Thị Mẫu", "0905 000 421", false).await;
    let gate = format!("/checkpoints/{}", scene.gates[0].id);
    let post = async |path: &str, fields: &[(&str, &str)]| {
        let path = format!("{gate}/{path}");
        let answer = scene.app.post_form(&path, fields, &attendant.cookie);
        answer.await
    };
    let typed = post("typed", &[("code", &code), ("direction", "in")]).await;
    let (scan, held) = referred(&typed.location());
    let typed = post("typed", &[("code", &other), ("direction", "in")]).await;
    let (_, of_another) = referred(&typed.location());
    // Without its code, or with another scan's, nothing is confirmed.
    for held in ["", "x", of_another.as_str()] {
        let answer = post("confirmations", &[("scan", &scan), ("held", held)]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{held}");
    }
    let mut tx = scene.app.app.store.write().await.unwrap();
    let card = tx.own_cards(&own(person)).await.unwrap()[0].id;
    let scope = tx.card_scope(card).await.unwrap().unwrap();
    let who = authorize::<RevokeCard, _>(&Actor::Holder(person), scope).unwrap();
    assert!(tx.revoke_card(&who, card, scene.app.now()).await.unwrap());
    tx.commit().await.unwrap();
    scene.app.advance(Duration::from_secs(2));
    let done = post("confirmations", &[("scan", &scan), ("held", &held)]).await;
    let page = scene.app.get(&done.location(), &attendant.cookie).await;
    assert!(page.text().contains("Từ chối"), "{}", page.text());
    assert_eq!(scene.get("/counts").await.json()["counts"]["inside"], 0);
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

/// The number on [`card`]'s sheet, as it is printed.
fn number(n: u8) -> String {
    [format!("{n:02X}").repeat(2).as_str(); 5].join(" ")
}

fn typed(scene: &Scene, code: &str, direction: &str) -> Value {
    let mut scan = scan(scene, code, direction, None);
    scan["way"] = json!("typed");
    scan
}

#[tokio::test]
async fn a_typed_card_number_is_that_card_by_the_same_rules() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let (_, code) = card(&scene, 0xab, "Nguyễn Văn Thử", "0905 000 417", true).await;
    card(&scene, 0xcd, "Trần Thị Mẫu", "0905 000 421", false).await;
    let (lost, _) = card(&scene, 0xef, "Phạm Văn Nháp", "0905 000 422", true).await;
    let cookie = scene.app.session(SessionOf::Holder(lost)).await;
    let revocation = format!("/cards/{}/revocation", "ef".repeat(10));
    let done = scene.app.post_form(&revocation, &[], &cookie).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);

    let first = typed(&scene, &number(0xab), "auto");
    let told = one(&scene, &attendant, &first).await;
    assert_eq!(
        (&told["decision"], &told["direction"], &told["initials"]),
        (&json!("admit"), &json!("in"), &json!("N.V.T"))
    );
    assert_eq!(one(&scene, &attendant, &first).await["duplicate"], true);
    let kept = crate::landing::scans(&scene).await;
    assert_eq!((kept.len(), kept[0].way), (1, Way::Typed));
    // Its square is the same person, and the number in any other dress the same card.
    scene.app.advance(Duration::from_secs(20));
    for scan in [
        scan(&scene, &code, "in", None),
        typed(&scene, &number(0xab).to_lowercase().replace(' ', "-"), "in"),
        typed(&scene, &format!(" {}\n", "aB".repeat(10)), "in"),
    ] {
        let again = one(&scene, &attendant, &scan).await;
        assert_eq!(again["reasons"], json!(["already_scanned"]), "{scan}");
        assert_eq!(again["first_at"], told["at"], "{scan}");
        assert_ne!(again["first_at"], again["at"], "{scan}");
    }
    assert_eq!(told["first_at"], Value::Null);

    let undeclared = one(&scene, &attendant, &typed(&scene, &number(0xcd), "in")).await;
    assert_eq!(
        (&undeclared["decision"], &undeclared["reasons"]),
        (&json!("refer"), &json!(["declaration_missing"]))
    );
    let revoked = one(&scene, &attendant, &typed(&scene, &number(0xef), "in")).await;
    assert_eq!(
        (&revoked["decision"], &revoked["reasons"]),
        (&json!("refuse"), &json!(["revoked"]))
    );
}

#[tokio::test]
async fn a_slip_of_the_fingers_is_mended_and_not_recorded() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let (_, code) = card(&scene, 0xab, "Nguyễn Văn Thử", "0905 000 417", true).await;
    let path = format!("/checkpoints/{}/typed", scene.gates[0].id);
    for slip in [&number(0x11), "0011", &(number(0xab) + "0"), "hello"] {
        let body = json!({"scans": [typed(&scene, slip, "in")]});
        let answer = post(&scene, &attendant, &body, "application/json").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{slip}");
        assert_eq!(answer.json()["type"], "/problems/typed_wrong", "{slip}");
        let fields = [("code", slip), ("direction", "in")];
        let page = scene.app.post_form(&path, &fields, &attendant.cookie).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{slip}");
        assert!(page.text().contains("Số thẻ chưa đúng"), "{}", page.text());
        assert!(page.body.contains(&format!("value=\"{slip}\"")), "{slip}");
    }
    assert!(crate::landing::scans(&scene).await.is_empty());
    // What a camera reads was shown by somebody, and so was what is too long for fingers.
    let half = &code[..code.len() / 2];
    for shown in [scan(&scene, "hello", "in", None), typed(&scene, half, "in")] {
        let told = one(&scene, &attendant, &shown).await;
        assert_eq!(told["reasons"], json!(["unreadable"]), "{shown}");
    }
    assert_eq!(crate::landing::scans(&scene).await.len(), 2);
}

#[tokio::test]
async fn a_number_that_was_not_typed_is_no_card() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    card(&scene, 0xab, "Nguyễn Văn Thử", "0905 000 417", true).await;
    let drawn = one(&scene, &attendant, &scan(&scene, &number(0xab), "in", None)).await;
    assert_eq!(drawn["reasons"], json!(["unreadable"]));
}

#[tokio::test]
async fn the_plain_form_takes_a_number_and_tells_when_it_was_first_read() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    card(&scene, 0xab, "Nguyễn Văn Thử", "0905 000 417", true).await;
    let path = format!("/checkpoints/{}/typed", scene.gates[0].id);
    let fields = [("code", number(0xab)), ("direction", "in".to_owned())];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    for seconds in [0, 20] {
        scene.app.advance(Duration::from_secs(seconds));
        let answer = scene.app.post_form(&path, &fields, &attendant.cookie).await;
        let page = scene.app.get(&answer.location(), &attendant.cookie).await;
        let text = page.text();
        assert!(text.contains("Cho vào N.V.T"), "{text}");
        assert_eq!(text.contains("Đã quét"), seconds > 0, "{text}");
        assert!(text.contains("VÀO 07:42:00"), "the first reading: {text}");
    }
}

#[tokio::test]
async fn the_owners_list_says_what_else_was_held_out() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let payment = "00020101021138540010A00000072701240006970400011000000000000208QRIBFTTA53037045802VN6304ABCD";
    for (code, slug, words) in [
        (
            "https://example.vn/menu",
            "web_link",
            "Đây là mã mở một trang web",
        ),
        (payment, "payment_code", "Đây là mã chuyển tiền"),
    ] {
        let told = one(&scene, &attendant, &scan(&scene, code, "in", None)).await;
        let reasons = json!(["unreadable", "foreign_code", slug]);
        assert_eq!(told["reasons"], reasons, "{code}");
        let list = scene.get("/scans").await.text();
        assert_eq!(list.matches(words).count(), 1, "{list}");
        assert!(!list.contains("Không đọc được mã"), "{list}");
    }
}

#[tokio::test]
async fn a_square_that_is_no_card_is_called_so() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let path = format!("/checkpoints/{}/typed", scene.gates[0].id);
    let citizen = "046087004417||Nguyễn Văn Thử|18011987|Nam|1 đường Thử, Huế|01012022";
    let venue = format!("https://quet.example/v/{}", scene.gates[0].code);
    for code in [citizen, &venue] {
        let told = one(&scene, &attendant, &scan(&scene, code, "in", None)).await;
        assert_eq!(
            told["reasons"],
            json!(["unreadable", "foreign_code"]),
            "{code}"
        );
        let fields = [("code", code), ("direction", "in")];
        let answer = scene.app.post_form(&path, &fields, &attendant.cookie).await;
        let page = scene.app.get(&answer.location(), &attendant.cookie).await;
        let text = page.text();
        assert!(
            text.contains("Đây không phải mã vào ra") && !text.contains("Đưa mã lại gần"),
            "{text}"
        );
    }
}
