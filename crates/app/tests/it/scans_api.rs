//! `POST /api/v1/scans`, a line at a time: what a device's scan is answered, and who may send one.

use crate::support::town::{Town, YEAR, checkpoint};
use axum::http::StatusCode;
use domain::ids::CardId;
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;
use vaora::gates::Bearer;

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
        &["unreadable", "foreign_code", "web_link"],
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
        with(25, town.app.signed_at_will(&expired)),
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
    let Some(Bearer::Gate(gate)) = gate else {
        panic!("the token is good");
    };
    let venue = gate.venue();
    let scope = tx.venue_scope(venue).await.unwrap().unwrap();
    let who = authorize::<ManageVenue, _>(&Actor::Holder(scope.owner), scope).unwrap();
    assert_eq!(tx.devices(&who).await.unwrap()[0].last_seen, None);
    drop(tx);
    app.gates.note_heard(app).await.unwrap();
    let mut tx = app.store.read().await.unwrap();
    let seen = tx.devices(&who).await.unwrap()[0].last_seen;
    assert_eq!(seen, Some(app.now()), "what was heard is written aside");
}
