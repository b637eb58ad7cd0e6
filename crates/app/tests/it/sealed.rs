//! Lines that a gate sealed, and what a gate says of itself beside a scan.

use crate::kill::postgres;
use crate::support::Answer;
use crate::support::scene::Scene;
use crate::support::town::{Town, checkpoint};
use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::{Deserializable, Kem, OpModeS, Serializable, single_shot_seal_with_rng};
use serde_json::{Value, json};
use std::time::Duration;
use vaora::queue_key::{INFO, QueueKey};

/// Writes a test twice: once for each database.
macro_rules! on_both {
    (async fn $name:ident($town:ident: Town) $body:block) => {
        mod $name {
            use super::*;

            async fn body($town: Town) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                body(Town::now(None).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                body(Town::now(Some(super::postgres())).await).await;
            }
        }
    };
}
pub(crate) use on_both;

/// A line as a gate seals it, under its id or another.
pub(crate) fn seal(key: &QueueKey, id: &str, line: &Value) -> String {
    let mut line = line.clone();
    line.as_object_mut().unwrap().remove("id");
    let to = <DhP256HkdfSha256 as Kem>::PublicKey::from_bytes(key.public()).unwrap();
    let (point, ciphertext) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
        &OpModeS::Base,
        &to,
        INFO,
        line.to_string().as_bytes(),
        id.as_bytes(),
        &mut rand::rng(),
    )
    .unwrap();
    BASE64URL_NOPAD.encode(&[point.to_bytes().as_slice(), &ciphertext].concat())
}

fn sealed(town: &Town, line: &Value) -> Value {
    let id = line["id"].as_str().unwrap();
    json!({"id": id, "sealed": seal(&town.app.app.queue_key, id, line)})
}

/// Without what differs between a first answer and a later one.
fn bare(mut result: Value) -> Value {
    result.as_object_mut().unwrap().remove("duplicate");
    result
}

on_both! {
    async fn a_sealed_line_is_recorded_as_the_plain_one(town: Town) {
        let lines: Vec<Value> = (1..=5).map(|n| town.line(n, -100, "in")).collect();
        let plain = town.results(&lines[..2]).await;
        let both: Vec<Value> = lines.iter().map(|line| sealed(&town, line)).collect();
        let results = town.results(&both).await;
        let told: Vec<&str> = results.iter().map(|one| one["decision"].as_str().unwrap()).collect();
        assert_eq!(told, ["admit", "admit", "admit", "refer", "refuse"]);
        // Sealed twice, one line is two texts; the id and what it says are the same.
        for (first, second) in plain.into_iter().zip(&results) {
            assert_eq!((&first["duplicate"], &second["duplicate"]), (&json!(false), &json!(true)));
            assert_eq!(bare(first), bare(second.clone()));
        }
        assert_eq!(results[2]["duplicate"], false);
        let again = town.results(&lines).await;
        assert!(again.iter().all(|one| one["duplicate"] == true), "{again:?}");
        assert_eq!(town.count_scans().await, 5);
    }
}

on_both! {
    async fn a_line_that_does_not_open_spoils_no_other(town: Town) {
        let good = |n: usize| town.line(n, -100, "in");
        let other = tempfile::tempdir().unwrap();
        let other = QueueKey::open(other.path()).unwrap();
        let mut cut = sealed(&town, &good(2));
        let text = cut["sealed"].as_str().unwrap().to_owned();
        cut["sealed"] = json!(text[..text.len() - 4]);
        // Two lines whose ids changed places.
        let [one, two] = [good(3), good(4)];
        let swapped = |line: &Value, under: &Value| {
            let id = under["id"].as_str().unwrap();
            json!({"id": id, "sealed": seal(&town.app.app.queue_key, line["id"].as_str().unwrap(), line)})
        };
        let strange = town.line(5, -100, "in");
        let id = strange["id"].as_str().unwrap();
        let strange = json!({"id": id, "sealed": seal(&other, id, &strange)});
        let odd = json!({"id": town.id(31, -9), "direction": "sideways", "code": "x"});
        let id = town.id(32, -9);
        let no_line = seal(&town.app.app.queue_key, &id, &json!({"companions": [1, 2]}));
        let no_line = json!({"id": id, "sealed": no_line});
        // Many, so that they are opened aside.
        let lines = [
            sealed(&town, &good(1)),
            cut,
            swapped(&one, &two),
            swapped(&two, &one),
            strange,
            sealed(&town, &odd),
            no_line,
            json!({"id": town.id(33, -9), "sealed": ""}),
            json!({"id": town.id(34, -9), "sealed": 7}),
            town.line(2, -50, "in"),
        ];
        let results = town.results(&lines).await;
        for (place, result) in results.iter().enumerate() {
            assert_eq!(result["id"], lines[place]["id"]);
            let good = place == 0 || place == 9;
            assert_eq!(result["decision"], if good { "admit" } else { "refuse" }, "{place}");
            let reasons = if good { json!([]) } else { json!(["malformed"]) };
            assert_eq!(result["reasons"], reasons, "{place}");
        }
        assert_eq!(town.count_scans().await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_that_was_authenticated_counts_and_not_one_inside() {
    let town = Town::new().await;
    let id = town.id(1, -100);
    let key = &town.app.app.queue_key;
    let text = json!({"code": town.codes[0], "direction": "in", "seq": 1}).to_string();
    let inside = json!({"ID": 1, "code": town.codes[0], "direction": "in", "sealed": "x"});
    let line = json!({"id": id, "sealed": seal(key, &id, &inside)});
    town.check(line, "admit", "in", &[]).await;
    let to = <DhP256HkdfSha256 as Kem>::PublicKey::from_bytes(key.public()).unwrap();
    let other = town.id(9, -90);
    let forged = text.replace('{', &format!("{{\"id\":\"{other}\","));
    let (point, ciphertext) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
        &OpModeS::Base,
        &to,
        INFO,
        forged.as_bytes(),
        id.as_bytes(),
        &mut rand::rng(),
    )
    .unwrap();
    let both = BASE64URL_NOPAD.encode(&[point.to_bytes().as_slice(), &ciphertext].concat());
    let result = town
        .results(&[json!({"id": id, "sealed": both})])
        .await
        .remove(0);
    assert_eq!(
        (&result["id"], &result["duplicate"]),
        (&json!(id), &json!(true))
    );
    assert_eq!(town.count_scans().await, 1);
}

async fn send(town: &Town, body: &Value) -> Vec<Value> {
    let answer = town
        .app
        .post_json("/api/v1/scans", &body.to_string(), &town.token)
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()["results"].as_array().unwrap().clone()
}

on_both! {
    async fn what_a_gate_says_of_itself_is_kept_and_decides_nothing(town: Town) {
        let with = |person, seq: u32, door: &str| {
            let mut line = town.line(person, -100, "in");
            line["seq"] = json!(seq);
            line["door"] = json!({"decision": door, "reasons": ["lists_stale"]});
            line
        };
        let ahead = town.app.now().millis() + 420_000;
        let lines = [with(1, 1, "refuse"), sealed(&town, &with(2, 3, "refer"))];
        let results = send(&town, &json!({"sent_at": ahead, "scans": lines})).await;
        assert!(results.iter().all(|one| one["decision"] == "admit"), "{results:?}");
        let mut kept = town.app.app.store.remarks_kept().await.unwrap();
        kept.sort();
        let text = |word: &str| Some(word.to_owned());
        assert_eq!(kept, [(text("refer"), Some(420_000)), (text("refuse"), Some(420_000))]);
        // What cannot be read is no line; a time that is none is not told.
        let mut zero = with(3, 1, "admit");
        zero["seq"] = json!(0);
        let odd = with(4, 4, "perhaps");
        let results = send(&town, &json!({"sent_at": "now", "scans": [zero, odd]})).await;
        assert!(results.iter().all(|one| one["reasons"] == json!(["malformed"])), "{results:?}");
        let far = json!({"sent_at": i64::MIN, "scans": [with(3, 2, "admit")]});
        assert_eq!(send(&town, &far).await[0]["decision"], "admit");
        let kept = town.app.app.store.remarks_kept().await.unwrap();
        assert!(kept.contains(&(text("admit"), Some(i32::MIN))), "{kept:?}");
    }
}

on_both! {
    async fn a_gate_may_say_that_an_attendant_turned_somebody_away(town: Town) {
        let referred = town.check(town.line(4, -30, "in"), "refer", "in", &["declaration_missing"]).await;
        let mut away = town.line(4, -20, "in");
        away["confirms"] = referred["id"].clone();
        away["turned_away"] = json!(true);
        let line = sealed(&town, &away);
        let told = town.check(line.clone(), "refuse", "in", &["turned_away", "declaration_missing"]).await;
        assert_eq!(told["duplicate"], false);
        // The phone sends it again, as it is and as another answer under the same id.
        let again = town.results(&[line]).await.remove(0);
        assert_eq!((&again["duplicate"], &again["decision"]), (&json!(true), &json!("refuse")));
        away["turned_away"] = json!(false);
        town.check(away.clone(), "refuse", "in", &["id_reused"]).await;
        // Who leaves is not turned away, nor who was not referred.
        away["id"] = json!(town.id(44, -5));
        away["turned_away"] = json!(true);
        for (member, value) in [("direction", json!("out")), ("direction", json!("auto")), ("confirms", json!(null))] {
            let mut line = away.clone();
            line[member] = value;
            let told = town.results(&[line]).await.remove(0);
            assert_eq!(told["reasons"], json!(["malformed"]), "{member}");
        }
    }
}

on_both! {
    async fn a_gate_may_say_that_an_attendant_confirmed(town: Town) {
        let referred = town.check(town.line(4, -30, "in"), "refer", "in", &["declaration_missing"]).await;
        let mut confirming = town.line(4, -20, "in");
        confirming["confirms"] = referred["id"].clone();
        confirming["way"] = json!("card");
        town.check(confirming.clone(), "admit", "in", &["declaration_missing"]).await;
        // Once, and for whom it was.
        let mut again = town.line(4, -10, "in");
        again["confirms"] = referred["id"].clone();
        let again = town.results(&[again]).await.remove(0);
        assert_eq!(again["reasons"], json!(["declaration_missing", "already_scanned"]));
        confirming["id"] = json!(town.id(44, -5));
        confirming["way"] = json!("poster");
        town.check(confirming, "refuse", "in", &["malformed"]).await;
        // A number that was typed names a card; one that was scanned does not.
        let number = "0101 0101-0101 0101 0101";
        let typed = json!({"id": town.id(50, -3), "code": number, "direction": "out", "way": "typed"});
        town.check(typed, "admit", "out", &[]).await;
        let scanned = json!({"id": town.id(51, -2), "code": number, "direction": "out"});
        town.check(scanned, "refuse", "out", &["unreadable"]).await;
    }
}

fn too_many(answer: &Answer) -> u32 {
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        answer.body
    );
    assert_eq!(answer.json()["type"], "/problems/too_many");
    answer.header("retry-after").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_gone_wild_is_told_to_wait_and_loses_nothing() {
    let town = Town::new().await;
    // Lines that are no scans are as much work to refuse.
    let wild: Vec<Value> = (0..10_000).map(|_| json!({"id": "x"})).collect();
    for _ in 0..100 {
        assert_eq!(town.post(&wild).await.status, StatusCode::OK);
    }
    let line = town.line(1, -100, "in");
    assert_eq!(too_many(&town.post(std::slice::from_ref(&line)).await), 1);
    // Nothing is read before one scan was counted, not even what cannot be.
    assert_eq!(too_many(&town.post(&wild[..5000]).await), 1);
    assert_eq!(too_many(&town.post_bytes(b"{".to_vec()).await), 1);
    assert_eq!(town.count_scans().await, 0);
    town.app.advance(Duration::from_secs(1));
    let unread = town.post_bytes(b"{".to_vec()).await;
    assert_eq!(unread.status, StatusCode::BAD_REQUEST);
    let wait = too_many(&town.post(&wild[..5000]).await);
    assert_eq!(wait, 5);
    town.app.advance(Duration::from_secs(wait.into()));
    assert_eq!(town.post(&wild[..5000]).await.status, StatusCode::OK);
    let first = town.results(std::slice::from_ref(&line)).await.remove(0);
    assert_eq!(
        (&first["decision"], &first["duplicate"]),
        (&json!("admit"), &json!(false))
    );
}

#[tokio::test]
async fn the_owner_sees_what_is_missing_a_wrong_clock_and_silence() {
    let scene = Scene::new().await;
    let gate = scene.gates[0].id.to_string();
    let fields = [("device_name", "Cổng xoay"), ("checkpoint", gate.as_str())];
    let answer = scene.post("/devices", &fields).await;
    let token = answer
        .body
        .split("token\">")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let list = async || scene.get("/checkpoints").await.text();
    for word in ["Thiếu", "Đồng hồ", "Mất liên lạc"] {
        assert!(!list().await.contains(word), "{word}");
    }
    let now = scene.app.now();
    let id = domain::ids::ScanId::from_parts(now, [1; 10]).to_string();
    let send = async |skew: i64, seq: u32, id: &str| {
        let line = json!({"id": id, "code": "x", "direction": "in", "seq": seq});
        let body = json!({"sent_at": scene.app.now().millis() + skew, "scans": [line]});
        let answer = scene
            .app
            .post_json("/api/v1/scans", &body.to_string(), token)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    };
    send(-120_000, 4, &id).await;
    let text = list().await;
    assert!(
        text.contains("Thiếu 3 lượt") && !text.contains("Đồng hồ"),
        "{text}"
    );
    let id = domain::ids::ScanId::from_parts(now, [2; 10]).to_string();
    send(-420_999, 3, &id).await;
    send(0, 1, &id).await;
    let text = list().await;
    assert!(
        text.contains("Thiếu 2 lượt") && text.contains("Đồng hồ chậm 7 phút"),
        "{text}"
    );
    // Ten minutes, and one more; at night the venue is closed.
    scene
        .app
        .app
        .gates
        .note_heard(&scene.app.app)
        .await
        .unwrap();
    scene.app.advance(Duration::from_secs(600));
    assert!(!list().await.contains("Mất liên lạc"));
    scene.app.advance(Duration::from_secs(60));
    assert!(list().await.contains("Mất liên lạc hơn 10 phút"));
    scene.app.advance(Duration::from_secs(12 * 3600));
    assert!(!list().await.contains("Mất liên lạc"));
}

/// The second gate of the town, for a line that names one.
#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_line_may_name_another_gate_of_its_venue() {
    let town = Town::new().await;
    let at = |gate: String, n: usize| {
        let mut line = town.line(n, -100, "in");
        line["checkpoint_id"] = json!(gate);
        line
    };
    town.check(
        sealed(&town, &at(checkpoint(2).to_string(), 1)),
        "admit",
        "in",
        &[],
    )
    .await;
    let wrong = sealed(&town, &at(checkpoint(9).to_string(), 2));
    town.check(wrong, "refuse", "in", &["wrong_checkpoint"])
        .await;
}
