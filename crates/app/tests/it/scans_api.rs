//! `POST /api/v1/scans`: what devices send, good and bad.

use crate::support::{Answer, TestApp};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::card::{Card, CardKind, CardState};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CardId, CheckpointId, HolderId, ScanId, VenueId};
use domain::role::{Actor, ManageVenue, ReadVenueBoard, authorize};
use domain::time::Timestamp;
use domain::venue::{OpeningHours, VenueKind};
use serde_json::{Value, json};
use std::time::Duration;
use store::planting::{PlantedDeclaration, PlantedHolder, PlantedVenue};
use store::scans::ScanFilter;
use store::venues::VenueDetails;
use uuid::Uuid;
use vaora::clock::Clock;

const DAY: Duration = Duration::from_secs(86_400);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// A venue with two gates, a device at the first, and five people with cards; the fifth one's
/// card is revoked, the fourth has not declared.
pub(crate) struct Town {
    pub(crate) app: TestApp,
    pub(crate) token: String,
    pub(crate) codes: Vec<String>,
}

fn checkpoint(n: u128) -> CheckpointId {
    CheckpointId(Uuid::from_u128(7000 + n))
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::in_app(TestApp::new().await).await
    }

    /// The same town on a store that a server process can open, at the machine's own time.
    pub(crate) async fn now(database: Option<String>) -> Self {
        let now = Clock::System.now();
        Self::in_app(TestApp::at(Clock::fixed(now), |config| config.database = database).await)
            .await
    }

    /// How many scans are kept.
    pub(crate) async fn count_scans(&self) -> i64 {
        let day = Duration::from_secs(86_400);
        let (from, until) = (self.app.now().minus(day), self.app.now().plus(day));
        let filter = ScanFilter {
            from,
            until,
            direction: None,
            way: None,
            decision: None,
        };
        let mut tx = self.app.app.store.read().await.unwrap();
        let venue = VenueId(Uuid::from_u128(7000));
        let scope = tx.venue_scope(venue).await.unwrap().unwrap();
        let who = authorize::<ReadVenueBoard, _>(&Actor::Holder(scope.owner), scope).unwrap();
        tx.count_scans(&who, &filter, i64::MAX).await.unwrap()
    }

    async fn in_app(app: TestApp) -> Self {
        let now = app.now();
        let (unit, owner, venue) = (
            app.unit("19753"),
            HolderId(Uuid::from_u128(1)),
            VenueId(Uuid::from_u128(7000)),
        );
        let name = PersonName::parse("Nguyễn Văn Thử").unwrap();
        let details = HolderDetails {
            name,
            phone: None,
            id_number: None,
            birth_year: Some(1987),
            gender: None,
        };
        let person = |n: u128| PlantedHolder {
            id: HolderId(Uuid::from_u128(n)),
            details: details.clone(),
            phone: None,
            verified: true,
            unit: unit.clone(),
            created: now,
        };
        let card = |n: u128| Card {
            id: CardId([n as u8; 10]),
            holder: HolderId(Uuid::from_u128(n)),
            status_index: n as u32,
            kind: CardKind::Paper,
            state: if n == 5 {
                CardState::Revoked
            } else {
                CardState::Active
            },
            issued: now.minus(DAY),
            expires: now.plus(YEAR),
        };
        let declaration = |n: u128| {
            let (id, holder) = (Uuid::from_u128(n), HolderId(Uuid::from_u128(n)));
            let declared = now.minus(Duration::from_secs(86_400 * 30));
            let until = now.plus(Duration::from_secs(86_400));
            PlantedDeclaration::plain(id, holder, declared, until)
        };
        let gates = (1..=2)
            .map(|n| (checkpoint(n), format!("Cổng {n}"), format!("CODE{n}")))
            .collect();
        let place = PlantedVenue {
            id: venue,
            owner,
            details: VenueDetails {
                name: "Chợ Bến Thử".to_owned(),
                kind: VenueKind::Market,
                unit: unit.clone(),
                address: "12 đường Thử Nghiệm".to_owned(),
                expected_daily: 100,
                hours: OpeningHours::ALWAYS,
            },
            created: now,
            checkpoints: gates,
        };
        let token = "a-token-of-a-test".to_owned();
        let mut tx = app.app.store.write().await.unwrap();
        tx.plant_holders(&(1..=5).map(person).collect::<Vec<_>>())
            .await
            .unwrap();
        tx.plant_cards(&(1..=5).map(card).collect::<Vec<_>>())
            .await
            .unwrap();
        let declared: Vec<_> = [1, 2, 3, 5].into_iter().map(declaration).collect();
        tx.plant_declarations(&declared).await.unwrap();
        tx.plant_venues(&[place]).await.unwrap();
        let scope = tx.venue_scope(venue).await.unwrap().unwrap();
        let who = authorize::<ManageVenue, _>(&Actor::Holder(owner), scope).unwrap();
        tx.enrol_device(&who, checkpoint(1), "Máy thử", &token, now)
            .await
            .unwrap()
            .unwrap();
        tx.commit().await.unwrap();
        let code = |n: u8| {
            let card = codes::Card {
                id: CardId([n; 10]),
                status_index: u32::from(n),
                issued: now.minus(DAY),
                expires: now.plus(YEAR),
                scope: 0,
            };
            app.app.issuer.sign(&card).unwrap()
        };
        let codes = (1..=5).map(code).collect();
        Self { app, token, codes }
    }

    /// A scan of a person's card, so many seconds from now.
    fn line(&self, person: usize, seconds: i64, direction: &str) -> Value {
        json!({"id": self.id(person as u8, seconds), "code": self.codes[person - 1], "direction": direction})
    }

    fn id(&self, salt: u8, seconds: i64) -> String {
        let at = Timestamp::from_millis(self.app.now().millis() + seconds * 1000);
        ScanId::from_parts(at, [salt; 10]).to_string()
    }

    async fn post(&self, lines: &[Value]) -> Answer {
        let body = json!({ "scans": lines }).to_string();
        self.app
            .post_json("/api/v1/scans", &body, &self.token)
            .await
    }

    async fn post_bytes(&self, body: Vec<u8>) -> Answer {
        let request = Request::post("/api/v1/scans")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json");
        self.app.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn results(&self, lines: &[Value]) -> Vec<Value> {
        let answer = self.post(lines).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()["results"].as_array().unwrap().clone()
    }

    async fn check(&self, line: Value, decision: &str, direction: &str, reasons: &[&str]) -> Value {
        let result = self.results(std::slice::from_ref(&line)).await.remove(0);
        assert_eq!(result["decision"], decision, "{result}");
        assert_eq!(result["direction"], direction, "{result}");
        assert_eq!(result["reasons"], json!(reasons), "{result}");
        assert_eq!(result["id"], line["id"]);
        result
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_read_in_and_out() {
    let town = Town::new().await;
    let first = town
        .check(town.line(1, -100, "auto"), "admit", "in", &[])
        .await;
    assert_eq!(first["at"], "2026-11-21T00:40:20.000Z");
    assert_eq!(first["duplicate"], false);
    town.check(town.line(1, -100, "auto"), "admit", "in", &[])
        .await;
    town.check(
        town.line(1, -95, "auto"),
        "admit",
        "in",
        &["already_scanned"],
    )
    .await;
    town.check(town.line(1, 0, "auto"), "admit", "out", &[])
        .await;
    town.check(
        town.line(4, 0, "auto"),
        "refer",
        "in",
        &["declaration_missing"],
    )
    .await;
    town.check(town.line(5, 0, "in"), "refuse", "in", &["revoked"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_codes_name_their_reason() {
    let town = Town::new().await;
    let with =
        |salt: u8, code: String| json!({"id": town.id(salt, 0), "code": code, "direction": "in"});
    let good = &town.codes[0];
    town.check(
        with(21, good[..good.len() - 30].to_owned()),
        "refuse",
        "in",
        &["unreadable"],
    )
    .await;
    town.check(with(22, String::new()), "refuse", "in", &["unreadable"])
        .await;
    town.check(
        with(23, "https://quet.example/v/2345678".to_owned()),
        "refuse",
        "in",
        &["unreadable"],
    )
    .await;
    let foreign = codes::IssuerKey::new(
        &[9; 32],
        codes::Window::new(
            town.app.now(),
            town.app.now().plus(Duration::from_secs(3600)),
            town.app.now().plus(YEAR),
        )
        .unwrap(),
    );
    let card = codes::Card {
        id: CardId([1; 10]),
        status_index: 1,
        issued: town.app.now(),
        expires: town.app.now().plus(Duration::from_secs(60)),
        scope: 0,
    };
    town.check(
        with(24, card.sign(&foreign)),
        "refuse",
        "in",
        &["unknown_key"],
    )
    .await;
    let expired = codes::Card {
        issued: town.app.now().minus(Duration::from_secs(20)),
        expires: town.app.now(),
        ..card
    };
    town.check(
        with(25, town.app.app.issuer.sign(&expired).unwrap()),
        "refuse",
        "in",
        &["expired"],
    )
    .await;
    let (head, tail) = good.split_at(good.len() - 1);
    let other = if tail == "0" { "1" } else { "0" };
    let forged = town
        .results(&[with(26, format!("{head}{other}"))])
        .await
        .remove(0);
    assert_eq!(forged["decision"], "refuse");
    assert!(
        forged["reasons"] == json!(["forged"]) || forged["reasons"] == json!(["unreadable"]),
        "{forged}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_from_before_the_card_was_made_is_refused() {
    let town = Town::new().await;
    let day = 86_400;
    town.check(town.line(1, -day - 300, "in"), "admit", "in", &[])
        .await;
    let reason = &["not_yet_valid"];
    town.check(town.line(2, -day - 301, "in"), "refuse", "in", reason)
        .await;
    town.check(
        town.line(2, -day - 301, "out"),
        "refuse",
        "out",
        &["id_reused"],
    )
    .await;
    town.check(town.line(3, -day - 301, "out"), "admit", "out", &[])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_and_places_are_checked() {
    let town = Town::new().await;
    town.check(town.line(1, 3600, "in"), "refuse", "in", &["future"])
        .await;
    town.check(
        town.line(1, -40 * 86_400, "in"),
        "refuse",
        "in",
        &["too_old"],
    )
    .await;
    let mut line = town.line(1, 0, "in");
    line["checkpoint_id"] = json!(Uuid::from_u128(99));
    town.check(line.clone(), "refuse", "in", &["wrong_checkpoint"])
        .await;
    line["checkpoint_id"] = json!("nonsense");
    town.check(line.clone(), "refuse", "in", &["wrong_checkpoint"])
        .await;
    line["checkpoint_id"] = json!(checkpoint(2).0);
    town.check(line.clone(), "admit", "in", &[]).await;
    line["direction"] = json!("out");
    town.check(line, "refuse", "out", &["id_reused"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_line_does_not_spoil_the_others() {
    let town = Town::new().await;
    let v4 = json!({"id": "7f3b2c1a-1111-4222-8333-444455556666", "code": town.codes[1], "direction": "in"});
    let lines = [
        town.line(1, -5, "in"),
        v4,
        json!(5),
        json!({"id": 7}),
        json!({"code": "x", "id": "", "direction": "sideways"}),
        town.line(2, -4, "in"),
    ];
    let results = town.results(&lines).await;
    let decisions: Vec<_> = results
        .iter()
        .map(|r| r["decision"].as_str().unwrap())
        .collect();
    assert_eq!(
        decisions,
        ["admit", "refuse", "refuse", "refuse", "refuse", "admit"]
    );
    for result in &results[1..5] {
        assert_eq!(result["reasons"], json!(["malformed"]), "{result}");
    }
    let again = town.results(&lines).await;
    assert_eq!(
        (&again[0]["duplicate"], &again[5]["duplicate"]),
        (&json!(true), &json!(true))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_cannot_be_read_does_not_spoil_the_others() {
    let town = Town::new().await;
    let id = |salt| town.id(salt, -3);
    // JSON by its grammar, and nothing that a string or a number can hold.
    let bad: [(Vec<u8>, String); 6] = [
        (
            format!(r#"{{"id":"{}","code":"\ud800"}}"#, id(41)).into(),
            id(41),
        ),
        (
            format!(r#"{{"id":"{}","code":"x","companions":1e999}}"#, id(42)).into(),
            id(42),
        ),
        (
            [
                format!(r#"{{"id":"{}","code":"x"#, id(43)).as_bytes(),
                b"\xff\xc3\"}",
            ]
            .concat(),
            id(43),
        ),
        (br#"{"id":"\udfff","code":"x"}"#.to_vec(), String::new()),
        (b"1e999".to_vec(), String::new()),
        (b"\"\xf0\x9f\"".to_vec(), String::new()),
    ];
    let good = |n| town.line(n, -5, "in").to_string().into_bytes();
    let mut lines = vec![good(1)];
    lines.extend(bad.iter().map(|(line, _)| line.clone()));
    lines.push(good(2));
    let body = [b"{\"scans\":[", lines.join(&b',').as_slice(), b"]}"].concat();
    for duplicate in [false, true] {
        let answer = town.post_bytes(body.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let results = answer.json()["results"].as_array().unwrap().clone();
        assert_eq!(results.len(), 8);
        for ((_, id), result) in bad.iter().zip(&results[1..]) {
            assert_eq!(result["id"], json!(id));
            let said = (&result["decision"], &result["reasons"]);
            assert_eq!(said, (&json!("refuse"), &json!(["malformed"])), "{result}");
        }
        for result in [&results[0], &results[7]] {
            let said = (&result["decision"], &result["duplicate"]);
            assert_eq!(said, (&json!("admit"), &json!(duplicate)));
        }
    }
    assert_eq!(town.count_scans().await, 2);
    for broken in [
        &b"{\"scans\":[\xff]}"[..],
        b"{\"scans\":[\"\\x\"]}",
        b"\xff",
        b"{\"scans\":[1e]}",
    ] {
        let answer = town.post_bytes(broken.to_vec()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{broken:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_batch_gets_its_first_answers() {
    let town = Town::new().await;
    let unreadable = json!({"id": town.id(30, -3), "code": "?", "direction": "auto"});
    let lines = [
        town.line(1, -5, "auto"),
        town.line(5, -4, "in"),
        unreadable,
        town.line(1, -2, "auto"),
    ];
    let first = town.results(&lines).await;
    for (first, again) in first.iter().zip(town.results(&lines).await) {
        let mut expected = first.clone();
        expected["duplicate"] = json!(true);
        assert_eq!(expected, again);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_token_records_nothing() {
    let town = Town::new().await;
    for token in ["", "wrong", "a-token-of-a-tes"] {
        let answer = town
            .app
            .post_json("/api/v1/scans", "{\"scans\":[]}", token)
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.json()["type"], "/problems/token_refused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_batch_are_refused_whole() {
    let town = Town::new().await;
    for body in ["", "{", "[]", "{\"scans\":5}", "\u{0}", "{\"scans\":{}}"] {
        let answer = town.app.post_json("/api/v1/scans", body, &town.token).await;
        assert_eq!(
            (answer.status, &answer.json()["type"]),
            (StatusCode::BAD_REQUEST, &json!("/problems/malformed")),
            "{body}"
        );
    }
    let line = town.line(1, 0, "in");
    let many: Vec<Value> = std::iter::repeat_n(line, 10_001).collect();
    let answer = town.post(&many).await;
    assert_eq!(
        (answer.status, &answer.json()["type"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("/problems/too_large"))
    );
    let huge = format!(
        "{{\"scans\":[{{\"code\":\"{}\"}}]}}",
        "9".repeat(50_000_000)
    );
    let answer = town
        .app
        .post_json("/api/v1/scans", &huge, &town.token)
        .await;
    assert_eq!(
        (answer.status, &answer.json()["type"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("/problems/too_large"))
    );
    assert_eq!(
        town.results(&[town.line(1, 0, "in")]).await[0]["duplicate"],
        false,
        "nothing of it was recorded"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_scans_are_one_request() {
    let town = Town::new().await;
    let lines: Vec<Value> = (0..10_000_i64).map(|i| {
        let at = Timestamp::from_millis(town.app.now().millis() - 10_000_000 + i * 1000);
        let id = ScanId::from_parts(at, [3; 10]).to_string();
        json!({"id": id, "code": town.codes[(i % 3) as usize], "direction": if i % 2 == 0 { "in" } else { "out" }})
    }).collect();
    let results = town.results(&lines).await;
    assert_eq!(results.len(), 10_000);
    assert!(
        results
            .iter()
            .all(|r| r["decision"] == "admit" && r["duplicate"] == false)
    );
    for (line, result) in lines.iter().zip(&results) {
        assert_eq!(line["id"], result["id"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_nothing_is_acknowledged() {
    let town = Town::new().await;
    let store = &town.app.app.store;
    // The file may grow no further than it has; what room is left in it is soon used up.
    store.allow_pages(1).await.unwrap();
    let batch = |n: i64| -> Vec<Value> {
        let seconds = |k: i64| -5 * (n * 500 + k) - 5;
        (0..500).map(|k| town.line(1, seconds(k), "in")).collect()
    };
    let mut kept = 0;
    let full = loop {
        let answer = town.post(&batch(kept)).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        kept += 1;
        assert!(kept < 20, "the disk never filled");
    };
    assert_eq!(full.status, StatusCode::INSUFFICIENT_STORAGE);
    assert_eq!(full.json()["type"], "/problems/disk_full");
    assert_eq!(full.header("retry-after"), "30");
    store.allow_pages(1 << 30).await.unwrap();
    let duplicates = async |n| {
        let results = town.results(&batch(n)).await;
        let again = results.iter().filter(|line| line["duplicate"] == true);
        again.count()
    };
    assert_eq!(duplicates(kept).await, 0, "nothing of it was kept");
    assert_eq!(duplicates(kept).await, 500, "now it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_believed_without_waiting_for_whoever_writes() {
    use domain::role::{Actor, ManageVenue, authorize};
    let town = Town::new().await;
    let app = &town.app.app;
    let writing = app.store.write().await.unwrap();
    let asked =
        futures_util::future::join_all((0..64).map(|_| app.gates.by_token(app, &town.token)));
    let gates = tokio::time::timeout(Duration::from_secs(5), asked).await;
    let gates = gates.expect("asking a token waits for no writer");
    let gate = gates.into_iter().map(|gate| gate.unwrap().unwrap()).next();
    writing.rollback().await.unwrap();
    let mut tx = app.store.read().await.unwrap();
    let venue = gate.unwrap().venue();
    let scope = tx.venue_scope(venue).await.unwrap().unwrap();
    let who = authorize::<ManageVenue, _>(&Actor::Holder(scope.owner), scope).unwrap();
    assert_eq!(tx.devices(&who).await.unwrap()[0].last_seen, None);
    drop(tx);
    app.gates.note_heard(app).await.unwrap();
    let mut tx = app.store.read().await.unwrap();
    let seen = tx.devices(&who).await.unwrap()[0].last_seen;
    assert_eq!(seen, Some(app.now()), "what was heard is written aside");
}
