//! `POST /api/v1/scans`, whole requests: many lines at once, bad ones among them, sent again, too large.

use crate::support::town::Town;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::ids::ScanId;
use domain::time::Timestamp;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use std::io::{self, Read as _, Write as _};
use std::time::Duration;
use vaora::web::api::unpacking::ALL;

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
async fn an_answer_comes_packed_to_whoever_takes_it_so() {
    let town = Town::new().await;
    let lines: Vec<Value> = (0..500)
        .map(|n| town.line(1 + n % 3, -5 * (n as i64 + 1), "in"))
        .collect();
    let asked = async |lines: &[Value], takes: &str| {
        let request = Request::post("/api/v1/scans")
            .header("authorization", format!("Bearer {}", town.token))
            .header("accept-encoding", takes);
        let body = Body::from(json!({ "scans": lines }).to_string());
        town.app.send(request.body(body).unwrap()).await
    };
    let packed = asked(&lines, "gzip, deflate, br").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.header("content-type"), "application/json");
    let mut text = String::new();
    let mut unpacked = GzDecoder::new(&packed.bytes[..]);
    unpacked.read_to_string(&mut text).unwrap();
    let results: Value = serde_json::from_str(&text).unwrap();
    for (line, result) in lines.iter().zip(results["results"].as_array().unwrap()) {
        assert_eq!(
            (&line["id"], &result["duplicate"]),
            (&result["id"], &json!(false))
        );
    }
    // It is what somebody else reads as it is, and much less.
    for takes in ["br", "gzip;q=0", "gzip; q=0.0, br"] {
        let plain = asked(&lines, takes).await;
        assert_eq!(plain.header("content-encoding"), "");
        assert_eq!(plain.json()["results"].as_array().unwrap().len(), 500);
        assert!(
            packed.bytes.len() * 3 < plain.bytes.len(),
            "{}",
            packed.bytes.len()
        );
    }
    // One person at a gate waits for no packing.
    let one = asked(&lines[..1], "gzip").await;
    assert_eq!(one.header("content-encoding"), "");
    for path in ["/api/openapi.json", "/api/v1/keys"] {
        let request = Request::get(path).header("accept-encoding", "gzip");
        let answer = town.app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("vary"), "accept-encoding", "{path}");
        let large = path == "/api/openapi.json";
        assert_eq!(answer.header("content-encoding") == "gzip", large, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_wait_while_others_take_all_the_room_and_small_ones_do_not() {
    let town = Town::new().await;
    // What packs no better than lines do.
    let pad: String = (0..1_u32 << 14)
        .map(|n| format!("{:08x}", n.wrapping_mul(0x9E37_79B9)))
        .collect();
    let large = json!({ "scans": [town.line(1, -5, "in")], "pad": pad }).to_string();
    let packed = |body: &str| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(body.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    let send = async |body: Vec<u8>| {
        let request = Request::post("/api/v1/scans")
            .header("authorization", format!("Bearer {}", town.token))
            .header("content-encoding", "gzip");
        town.app.send(request.body(Body::from(body)).unwrap()).await
    };
    let held = town.app.app.unpacking.room(ALL).await.unwrap();
    let busy = send(packed(&large)).await;
    assert_eq!(busy.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(busy.json()["type"], "/problems/busy");
    assert_eq!(busy.header("retry-after"), "2");
    assert_eq!(town.count_scans().await, 0);
    // A gate at work needs no such room, packed or not.
    let small = json!({ "scans": [town.line(2, -5, "in")] }).to_string();
    assert_eq!(send(packed(&small)).await.status, StatusCode::OK);
    let plain = town.post(&[town.line(3, -5, "in")]).await;
    assert_eq!(plain.status, StatusCode::OK);
    drop(held);
    assert_eq!(send(packed(&large)).await.status, StatusCode::OK);
    assert_eq!(town.count_scans().await, 3);
}

/// A body that begins with so many bytes and never ends.
fn unending(bytes: usize) -> Body {
    let begin = stream::iter([Ok::<_, io::Error>(vec![b' '; bytes])]);
    Body::from_stream(begin.chain(stream::pending()))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_device_takes_no_more_than_two_places_for_large_bodies() {
    let town = Town::new().await;
    let send = async |token: &str, body: Body| {
        let request =
            Request::post("/api/v1/scans").header("authorization", format!("Bearer {token}"));
        town.app.send(request.body(body).unwrap()).await
    };
    // Whoever has no token is told so before the body is read.
    let stranger = send("a-token-of-nobody", unending(10)).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    let hold = || send(&town.token, unending(1 << 17));
    let third = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        hold().await
    };
    let third = tokio::select! {
        _ = hold() => panic!("a body that never ends was read"),
        _ = hold() => panic!("a body that never ends was read"),
        third = third => third,
    };
    assert_eq!(third.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(third.header("retry-after"), "1");
    // They went away.
    let large = format!("{}{}", json!({ "scans": [] }), " ".repeat(1 << 17));
    let read = send(&town.token, Body::from(large)).await;
    assert_eq!(read.status, StatusCode::OK);
}
