//! Confirmations: an attendant lets a referred person in, once, by JSON and by the plain form.

use crate::scanner::{card, one, referred, scan};
use crate::support::TestHolder;
use crate::support::scene::Scene;
use axum::http::StatusCode;
use domain::role::{Actor, ManageVenue, authorize};
use serde_json::{Value, json};
use std::time::Duration;

/// A venue with somebody on duty, and the card of a person who has not declared.
async fn undeclared() -> (Scene, TestHolder, String) {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let (_, code) = card(&scene, 1, "Nguyễn Văn Thử", "0905 000 417", false).await;
    (scene, attendant, code)
}

/// A referral of the plain form: the scan, and what the page holds for it.
async fn refer(scene: &Scene, attendant: &TestHolder, code: &str) -> (String, String) {
    let typed = format!("/checkpoints/{}/typed", scene.gates[0].id);
    let fields = [("code", code), ("direction", "in")];
    let answer = scene
        .app
        .post_form(&typed, &fields, &attendant.cookie)
        .await;
    referred(&answer.location())
}

async fn counted(scene: &Scene) -> (Value, Value, Value) {
    let counts = scene.get("/counts").await.json()["counts"].clone();
    let of = |name: &str| counts[name].clone();
    (of("inside"), of("entries"), of("confirmed"))
}

#[tokio::test]
async fn nobody_is_let_in_by_a_confirmation_of_nothing() {
    let (scene, attendant, code) = undeclared().await;
    let (_, other) = card(&scene, 2, "Trần Thị Mẫu", "0905 000 421", false).await;
    let (_, clear) = card(&scene, 3, "Phạm Văn Nháp", "0905 000 422", true).await;
    let made_up = store::new_id(scene.app.now()).to_string();
    let of_another = one(&scene, &attendant, &scan(&scene, &other, "in", None)).await;
    let admitted = one(&scene, &attendant, &scan(&scene, &clear, "in", None)).await;
    scene.app.advance(Duration::from_secs(2));
    let named = [
        made_up.as_str(),
        of_another["id"].as_str().unwrap(),
        admitted["id"].as_str().unwrap(),
    ];
    for round in 1..=2 {
        for confirms in named {
            let told = one(
                &scene,
                &attendant,
                &scan(&scene, &code, "in", Some(confirms)),
            )
            .await;
            assert_eq!(
                told["decision"], "refer",
                "{confirms}, round {round}: {told}"
            );
        }
    }
    // Too late: what was asked of the person then is long past.
    let first = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    scene.app.advance(Duration::from_secs(601));
    let late = scan(&scene, &code, "in", first["id"].as_str());
    let told = one(&scene, &attendant, &late).await;
    assert_eq!(told["decision"], "refer", "{told}");
    assert_eq!(counted(&scene).await, (json!(1), json!(1), json!(0)));
}

#[tokio::test]
async fn a_confirmation_names_a_referral_of_that_very_person() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let (_, code) = card(&scene, 1, "Nguyễn Văn Thử", "0905 000 417", false).await;
    let (_, other) = card(&scene, 2, "Trần Thị Mẫu", "0905 000 421", false).await;
    let (_, clear) = card(&scene, 3, "Phạm Văn Nháp", "0905 000 422", true).await;
    let own = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    assert_eq!(own["decision"], "refer");
    // What passed at the gate since, and is not this person's referral.
    scene.app.advance(Duration::from_secs(2));
    let of_another = one(&scene, &attendant, &scan(&scene, &other, "in", None)).await;
    let admitted = one(&scene, &attendant, &scan(&scene, &clear, "in", None)).await;
    let made_up = store::new_id(scene.app.now()).to_string();
    scene.app.advance(Duration::from_secs(2));
    for named in [&of_another["id"], &admitted["id"], &json!(made_up)] {
        let confirmation = scan(&scene, &code, "in", named.as_str());
        let told = one(&scene, &attendant, &confirmation).await;
        assert_eq!(told["decision"], "refer", "{named}: {told}");
    }
    let confirmation = scan(&scene, &code, "in", own["id"].as_str());
    let told = one(&scene, &attendant, &confirmation).await;
    assert_eq!(told["decision"], "admit", "{told}");
    assert_eq!(counted(&scene).await, (json!(2), json!(2), json!(1)));
}

#[tokio::test]
async fn a_device_confirms_for_the_attendant_who_stands_by_it() {
    let (scene, attendant, code) = undeclared().await;
    let told = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    let token = "a-token-of-a-test";
    let mut tx = scene.app.app.store.write().await.unwrap();
    let scope = tx.venue_scope(scene.venue).await.unwrap().unwrap();
    let who = authorize::<ManageVenue, _>(&Actor::Holder(scope.owner), scope).unwrap();
    let gate = scene.gates[0].id;
    let now = scene.app.now();
    let enrolled = tx.enrol_device(&who, gate, "Máy thử", token, now).await;
    enrolled.unwrap().unwrap();
    tx.commit().await.unwrap();
    scene.app.advance(Duration::from_secs(2));
    let body = json!({"scans": [scan(&scene, &code, "in", told["id"].as_str())]});
    let answer = scene
        .app
        .post_json("/api/v1/scans", &body.to_string(), token)
        .await;
    assert_eq!(answer.json()["results"][0]["decision"], "admit");
}

#[tokio::test]
async fn a_confirmation_counts_once_however_often_it_is_sent() {
    let (scene, attendant, code) = undeclared().await;
    let told = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    // The camera read on; what the attendant confirms is the repetition.
    scene.app.advance(Duration::from_secs(2));
    let again = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    assert_eq!(
        again["reasons"],
        json!(["declaration_missing", "already_scanned"])
    );
    for (confirms, expected) in [
        (&again, json!(["declaration_missing"])),
        (&again, json!(["declaration_missing", "already_scanned"])),
        (&told, json!(["declaration_missing", "already_scanned"])),
    ] {
        scene.app.advance(Duration::from_secs(2));
        let mut confirmation = scan(&scene, &code, "in", confirms["id"].as_str());
        confirmation["companions"] = json!(3);
        let told = one(&scene, &attendant, &confirmation).await;
        assert_eq!(
            (&told["decision"], &told["reasons"]),
            (&json!("admit"), &expected)
        );
    }
    assert_eq!(counted(&scene).await, (json!(4), json!(1), json!(1)));
    scene.app.advance(Duration::from_secs(2));
    one(&scene, &attendant, &scan(&scene, &code, "out", None)).await;
    scene.app.advance(Duration::from_secs(2));
    let replayed = scan(&scene, &code, "in", again["id"].as_str());
    let told = one(&scene, &attendant, &replayed).await;
    assert_eq!(told["decision"], "refer", "{told}");
    assert_eq!(counted(&scene).await, (json!(0), json!(1), json!(1)));
}

#[tokio::test]
async fn whoever_is_turned_away_is_in_the_list_its_file_and_on_the_board() {
    let (scene, attendant, code) = undeclared().await;
    let told = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    scene.app.advance(Duration::from_secs(2));
    let mut away = scan(&scene, &code, "in", told["id"].as_str());
    away["turned_away"] = json!(true);
    let told = one(&scene, &attendant, &away).await;
    let (decision, reasons) = (&told["decision"], &told["reasons"]);
    assert_eq!(
        (decision, reasons),
        (
            &json!("refuse"),
            &json!(["turned_away", "declaration_missing"])
        )
    );
    // Sent again it is the same line; pressed again it is no second one that counts.
    assert_eq!(one(&scene, &attendant, &away).await["duplicate"], true);
    away["id"] = json!(store::new_id(scene.app.now()).to_string());
    let again = one(&scene, &attendant, &away).await;
    assert!(again["reasons"].to_string().contains("already_scanned"));
    assert_eq!(counted(&scene).await, (json!(0), json!(0), json!(0)));
    let counts = scene.get("/counts").await.json()["counts"].clone();
    assert_eq!(
        (&counts["referred"], &counts["turned_away"]),
        (&json!(1), &json!(1))
    );
    let board = scene.get("").await.text();
    let said = [
        "Đã báo kiểm tra hôm nay 1 đã cho qua: 0 không cho vào: 1",
        "Không cho vào Chưa có tờ khai",
        "Từ chối Người trực không cho vào; Chưa có tờ khai",
    ];
    for said in said {
        assert!(board.contains(said), "{said}: {board}");
    }
    let file = scene.get("/scans.csv").await.body;
    let lines = |word: &str| file.lines().filter(|line| line.contains(word)).count();
    assert_eq!(lines("Không cho vào"), 1, "{file}");
    assert_eq!(lines("Người trực không cho vào"), 2, "{file}");
}

#[tokio::test]
async fn the_plain_form_turns_away_once() {
    let (scene, attendant, code) = undeclared().await;
    let (id, held) = refer(&scene, &attendant, &code).await;
    let gate = format!("/checkpoints/{}", scene.gates[0].id);
    for round in 1..=2 {
        scene.app.advance(Duration::from_secs(2));
        let path = format!("{gate}/confirmations");
        let fields = [
            ("scan", id.as_str()),
            ("held", &held),
            ("answer", "turned_away"),
        ];
        let done = scene.app.post_form(&path, &fields, &attendant.cookie).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let page = scene.app.get(&done.location(), &attendant.cookie).await;
        let text = page.text();
        assert!(
            text.contains("Từ chối N.V.T") && text.contains("Người trực không cho vào"),
            "{text}"
        );
        let counts = scene.get("/counts").await.json()["counts"].clone();
        assert_eq!(counts["turned_away"], 1, "round {round}");
    }
    assert_eq!(counted(&scene).await, (json!(0), json!(0), json!(0)));
}

#[tokio::test]
async fn the_plain_form_confirms_once() {
    let (scene, attendant, code) = undeclared().await;
    let (id, held) = refer(&scene, &attendant, &code).await;
    let gate = format!("/checkpoints/{}", scene.gates[0].id);
    let confirm = async |id: &str, held: &str| {
        scene.app.advance(Duration::from_secs(2));
        let path = format!("{gate}/confirmations");
        let fields = [("scan", id), ("held", held)];
        let done = scene.app.post_form(&path, &fields, &attendant.cookie).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let page = scene.app.get(&done.location(), &attendant.cookie).await;
        (done.location(), page.text())
    };
    let (_, first) = confirm(&id, &held).await;
    assert!(
        first.contains("Cho vào") && !first.contains("Đã quét"),
        "{first}"
    );
    let (_, second) = confirm(&id, &held).await;
    assert!(
        second.contains("Cho vào") && second.contains("Đã quét"),
        "{second}"
    );
    assert_eq!(counted(&scene).await, (json!(1), json!(1), json!(1)));
    scene.app.advance(Duration::from_secs(2));
    one(&scene, &attendant, &scan(&scene, &code, "out", None)).await;
    let (location, third) = confirm(&id, &held).await;
    assert!(third.contains("Chờ kiểm tra"), "{third}");
    assert_eq!(counted(&scene).await, (json!(0), json!(1), json!(1)));
    // What the old confirmation came to is a referral of its own.
    let (id, held) = referred(&location);
    let (_, fourth) = confirm(&id, &held).await;
    assert!(fourth.contains("Cho vào"), "{fourth}");
    assert_eq!(counted(&scene).await, (json!(1), json!(2), json!(2)));
}
