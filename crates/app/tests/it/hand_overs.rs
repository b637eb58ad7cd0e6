//! Printed cards are handed over: one by one, all of a batch, and where they were not printed.

use crate::card_batches::{ELSEWHERE, batch_of, page, post, says};
use crate::desk::{HERE, changed as with, clerk_of, issue_at};
use crate::support::TestApp;
use axum::http::StatusCode;

#[tokio::test]
async fn one_card_or_all_are_handed_over() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let made = batch_of(&app, &clerk, 3).await;
    let path = format!("{}/hand-over", made.id);
    let serial = domain::ids::CardId::parse(&made.cards[1]).unwrap().serial();
    let done = post(&app, &clerk, &path, &[("card", &serial)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let body = page(&app, &clerk, &made.id).await;
    assert!(
        says(&body, "đang dùng", 1) && says(&body, "đã in, chưa giao", 2),
        "{body}"
    );
    for (card, wrong) in [
        (serial.as_str(), "Thẻ này đã giao"),
        ("00112233445566778899", "không thuộc đợt này"),
        ("", "Không đọc được số thẻ"),
    ] {
        let refused = post(&app, &clerk, &path, &[("card", card)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(wrong), "{wrong}: {}", refused.body);
    }
    let asked = app
        .get(&format!("/office/batches/{path}"), &clerk)
        .await
        .body;
    assert!(
        asked.contains("Giao 2 thẻ của đợt 1/2026?") && asked.contains("Mới gửi 0 trên 1 tệp"),
        "{asked}"
    );
    assert!(
        says(&page(&app, &clerk, &made.id).await, "đang dùng", 1),
        "asking does nothing"
    );
    app.get(&format!("/office/batches/{}/1.pdf", made.id), &clerk)
        .await;
    let asked = app
        .get(&format!("/office/batches/{path}"), &clerk)
        .await
        .body;
    assert!(!asked.contains("Mới gửi"), "{asked}");
    post(&app, &clerk, &path, &[("all", "yes")]).await;
    assert!(says(&page(&app, &clerk, &made.id).await, "đang dùng", 3));
}

/// Gives somebody a card of the kind by its own hand, as no office does: newer than the one that was printed.
fn newer_in_use(app: &TestApp, card: &str) {
    let database = app.folder.path().join("vaora.sqlite");
    let database = rusqlite::Connection::open(database).unwrap();
    let sql = format!(
        "insert into cards (id, holder_id, status_index, kind, state, issued_at, expires_at, changed)
         select randomblob(10), holder_id, status_index + 1000, kind, 'active', issued_at, expires_at, changed
         from cards where id = x'{card}'"
    );
    assert_eq!(database.execute(&sql, []).unwrap(), 1);
}

#[tokio::test]
async fn a_card_from_before_takes_no_newer_one_away() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let made = batch_of(&app, &clerk, 3).await;
    newer_in_use(&app, &made.cards[1]);
    let path = format!("{}/hand-over", made.id);
    for (path, field) in [
        (format!("/office/batches/{path}"), "card"),
        ("/office/hand-over".to_owned(), "card"),
    ] {
        let refused = app
            .post_form(&path, &[(field, &made.cards[1])], &clerk)
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(
            refused.body.contains("đang dùng thẻ mới hơn"),
            "{}",
            refused.body
        );
    }
    let asked = app
        .get(&format!("/office/batches/{path}"), &clerk)
        .await
        .body;
    assert!(
        asked.contains("Giao 2 thẻ") && asked.contains("1 người đang dùng thẻ mới hơn"),
        "{asked}"
    );
    let done = post(&app, &clerk, &path, &[("all", "yes")]).await;
    let body = app.get(&done.location(), &clerk).await.body;
    assert!(body.contains("1 thẻ để lại"), "{body}");
    assert!(
        says(&body, "đang dùng", 2) && says(&body, "đã in, chưa giao", 1),
        "{body}"
    );
}

#[tokio::test]
async fn a_card_that_is_given_out_at_once_ends_the_printed_one() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let made = batch_of(&app, &clerk, 1).await;
    let look = with(&[
        ("id_number", ""),
        ("name", "Lê Thị Mẫu A"),
        ("birth", "1990"),
        ("gender", "female"),
        ("phone", "0905 000 700"),
        ("action", "look"),
    ]);
    let body = app.post_form("/office/desk", &look, &clerk).await.body;
    let at = body.find("value=\"use:").unwrap();
    let id = body[at + 11..].split('"').next().unwrap().to_owned();
    let mut now: Vec<(&str, &str)> = look.iter().map(|(name, value)| (*name, *value)).collect();
    now.retain(|(name, _)| *name != "action" && *name != "chosen");
    now.extend([("chosen", id.as_str()), ("action", "issue")]);
    issue_at(&app, &clerk, &now, "issued").await;
    let body = page(&app, &clerk, &made.id).await;
    assert!(says(&body, "đã thay", 1), "{body}");
}

#[tokio::test]
async fn a_commune_hands_over_what_its_province_printed() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let fields = with(&[("action", "save")]);
    let card = issue_at(&app, &clerk, &fields, "saved").await;
    let wrong = async |cookie: &str, card: &str, words: &str| {
        let refused = app
            .post_form("/office/hand-over", &[("card", card)], cookie)
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(words), "{words}: {}", refused.body);
    };
    wrong(&clerk, &card, "Thẻ này đã giao").await;
    let province =
        crate::roles::officer(&app, domain::role::OfficerRole::ProvinceOfficer, "46").await;
    let fields = [("kind", "plastic"), ("layout", "plastic")];
    let made = app
        .post_form("/office/batches", &fields, &province.cookie)
        .await;
    let batch = made.location();
    let hidden = app.get(&batch, &clerk).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    wrong(&clerk, "", "Không đọc được số thẻ").await;
    wrong(&clerk, "00112233445566778899", "Không tìm thấy thẻ này").await;
    let neighbour = clerk_of(&app, ELSEWHERE).await;
    wrong(&neighbour, &card, "Không tìm thấy thẻ này").await;
    let done = app
        .post_form("/office/hand-over", &[("card", &card)], &clerk)
        .await;
    let there = format!("/office/batches?done=handed&card={card}");
    assert_eq!(done.location(), there, "{}", done.body);
    let body = app.get(&batch, &province.cookie).await.body;
    assert!(says(&body, "đang dùng", 1), "{body}");
    wrong(&clerk, &card, "Thẻ này đã giao").await;
    let said = app.get(&there, &clerk).await;
    assert!(said.text().contains("Đã giao thẻ của"), "{}", said.text());
    assert!(
        said.body.contains(" autofocus"),
        "the next card is scanned at once"
    );
    let said = app.get(&there, &neighbour).await.text();
    assert!(
        said.contains("Đã ghi là đã giao"),
        "nothing of others: {said}"
    );
}
