//! Cards in batches at an office: saved at the desk, printed by the thousand, printed again, voided.

use crate::desk::{HERE, changed as with, clerk_of, issue_at};
use crate::print::reading::words;
use crate::support::{Answer, TestApp};
use axum::http::StatusCode;

pub(crate) const ELSEWHERE: &str = "19774";

/// An office with some cards that wait, and its batch of them.
pub(crate) struct Printed {
    pub(crate) id: String,
    /// In the order of the batch.
    pub(crate) cards: Vec<String>,
}

/// Saves cards at the desk of Thuận Hóa and makes a batch of them.
pub(crate) async fn batch_of(app: &TestApp, cookie: &str, count: usize) -> Printed {
    let mut cards = Vec::new();
    for n in 0..count {
        let (phone, name) = (
            format!("0905 000 7{n:02}"),
            format!("Lê Thị Mẫu {}", letter(n)),
        );
        let fields = with(&[
            ("id_number", ""),
            ("name", &name),
            ("birth", "1990"),
            ("gender", "female"),
            ("phone", &phone),
            ("action", "save"),
        ]);
        cards.push(issue_at(app, cookie, &fields, "saved").await);
    }
    let fields = [("kind", "plastic"), ("layout", "plastic")];
    let made = app.post_form("/office/batches", &fields, cookie).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let id = made.location();
    let id = id.strip_prefix("/office/batches/").unwrap().to_owned();
    Printed { id, cards }
}

fn letter(n: usize) -> char {
    char::from(b'A' + n as u8)
}

pub(crate) async fn page(app: &TestApp, cookie: &str, batch: &str) -> String {
    let answer = app.get(&format!("/office/batches/{batch}"), cookie).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

pub(crate) async fn post(
    app: &TestApp,
    cookie: &str,
    path: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let path = format!("/office/batches/{path}");
    app.post_form(&path, fields, cookie).await
}

/// How many cards of each state the page of a batch says there are.
pub(crate) fn says(body: &str, state: &str, count: usize) -> bool {
    body.contains(&format!("Thẻ {state}</dt><dd class=\"num\">{count}</dd>"))
}

#[tokio::test]
async fn cards_that_were_saved_are_printed_in_a_batch() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let none = app.get("/office/batches", &clerk).await.body;
    assert!(none.contains("Không có thẻ nào chờ in"), "{none}");
    let made = batch_of(&app, &clerk, 3).await;
    let body = page(&app, &clerk, &made.id).await;
    assert!(
        body.contains("Đợt in 1/2026") && says(&body, "đã in, chưa giao", 3),
        "{body}"
    );
    assert!(
        body.contains("Chưa gửi") && body.contains("value=\"0\" max=\"1\""),
        "{body}"
    );
    let pdf = app
        .get(&format!("/office/batches/{}/1.pdf", made.id), &clerk)
        .await;
    assert_eq!(pdf.header("content-type"), "application/pdf");
    let said = words(&pdf.bytes);
    for text in ["MẪU A", "MẪU B", "MẪU C", "Đợt 1/2026 · 3", "Lê"] {
        let capitals = text == "Lê";
        assert_ne!(said.contains(text), capitals, "{text} in {said}");
    }
    for card in &made.cards {
        let serial = domain::ids::CardId::parse(card).unwrap().serial();
        assert!(said.contains(&serial), "{serial} in {said}");
    }
    let body = page(&app, &clerk, &made.id).await;
    assert!(
        !body.contains("Chưa gửi") && body.contains("value=\"1\" max=\"1\""),
        "{body}"
    );
    let listed = app.get("/office/batches", &clerk).await.body;
    assert!(listed.contains(&made.id) && listed.contains("Không có thẻ nào chờ in"));
}

#[tokio::test]
async fn what_could_not_be_drawn_was_not_sent() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let made = batch_of(&app, &clerk, 1).await;
    // The signer's register has lost the card.
    let database = app.folder.path().join("vaora.sqlite");
    let database = rusqlite::Connection::open(database).unwrap();
    let register = app.folder.path().join("keys/issuer/register.sqlite");
    let register = rusqlite::Connection::open(register).unwrap();
    assert_eq!(register.execute("delete from claims", []).unwrap(), 1);
    let log = "select count(*) from audit_entries where detail like 'batch_part %' or detail like 'printing %'";
    for path in [
        format!("/office/batches/{}/1.pdf", made.id),
        format!("/office/cards/{}/card.pdf", made.cards[0]),
    ] {
        let failed = app.get(&path, &clerk).await;
        assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        let noted: i64 = database.query_row(log, [], |row| row.get(0)).unwrap();
        assert_eq!(noted, 0, "{path}");
    }
    let body = page(&app, &clerk, &made.id).await;
    assert!(body.contains("Chưa gửi"), "{body}");
}

#[tokio::test]
async fn each_taking_of_a_part_is_in_the_log_with_its_people() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let made = batch_of(&app, &clerk, 2).await;
    for _ in 0..2 {
        app.get(&format!("/office/batches/{}/1.pdf", made.id), &clerk)
            .await;
    }
    let auditor = crate::roles::officer(&app, domain::role::OfficerRole::Auditor, "46").await;
    let log = app
        .get("/audit?action=print_cards", &auditor.cookie)
        .await
        .body;
    assert_eq!(log.matches("Tải một phần của đợt in").count(), 2, "{log}");
    assert_eq!(
        log.matches("<td class=\"end num\">2</td>").count(),
        2,
        "{log}"
    );
    assert!(log.contains("Lập đợt in"), "{log}");
    for part in [
        "0.pdf",
        "2.pdf",
        "-1.pdf",
        "1",
        "x.pdf",
        "9223372036854775807.pdf",
    ] {
        let answer = app
            .get(&format!("/office/batches/{}/{part}", made.id), &clerk)
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{part}");
    }
}

#[tokio::test]
async fn a_printer_that_stopped_goes_on_from_the_nth() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let made = batch_of(&app, &clerk, 3).await;
    let path = format!("{}/reprint", made.id);
    for (from, reason, wrong) in [
        ("0", "misprinted", "không có trong đợt"),
        ("4", "misprinted", "không có trong đợt"),
        ("", "misprinted", "không có trong đợt"),
        ("2", "", "Chưa chọn lý do"),
        ("2", "lost", "Chưa chọn lý do"),
    ] {
        let fields = [("from", from), ("reason", reason)];
        let refused = post(&app, &clerk, &path, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.body.contains(wrong),
            "{from} {reason}: {}",
            refused.body
        );
    }
    let fields = [("from", "2"), ("reason", "misprinted")];
    let done = post(&app, &clerk, &path, &fields).await;
    let new = done.location();
    let new = new.strip_prefix("/office/batches/").unwrap();
    let new = new.strip_suffix("?done=reprint").unwrap().to_owned();
    let body = page(&app, &clerk, &new).await;
    assert!(
        body.contains("Đợt in 2/2026") && body.contains("Thay thẻ của đợt 1/2026: Máy in hỏng"),
        "{body}"
    );
    let pdf = app
        .get(&format!("/office/batches/{new}/1.pdf"), &clerk)
        .await;
    let said = words(&pdf.bytes);
    assert!(
        !said.contains("MẪU A") && said.contains("MẪU B") && said.contains("MẪU C"),
        "{said}"
    );
    let old = app
        .get(&format!("/office/batches/{}/1.pdf", made.id), &clerk)
        .await;
    let said = words(&old.bytes);
    assert!(
        said.contains("MẪU A") && !said.contains("MẪU B"),
        "void cards are not drawn: {said}"
    );
    assert!(says(&page(&app, &clerk, &made.id).await, "đã thay", 2));
    let again = post(&app, &clerk, &path, &fields).await;
    assert!(
        again.body.contains("không còn thẻ nào để in lại"),
        "{}",
        again.body
    );
    let listed = app.get("/office/batches", &clerk).await.body;
    assert!(
        !listed.contains("3/2026"),
        "no batch without cards: {listed}"
    );
}

#[tokio::test]
async fn cards_in_use_are_printed_again_only_when_that_is_ticked() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let made = batch_of(&app, &clerk, 4).await;
    let card = [("card", made.cards[1].as_str())];
    post(&app, &clerk, &format!("{}/hand-over", made.id), &card).await;
    let path = format!("{}/reprint", made.id);
    let query = "from=1&reason=damaged";
    let asked = app
        .get(&format!("/office/batches/{path}?{query}"), &clerk)
        .await
        .body;
    assert!(
        asked.contains("Hủy 3 thẻ chưa giao của đợt 1/2026") && asked.contains("cả 1 thẻ đã giao"),
        "{asked}"
    );
    let wrong = app
        .get(&format!("/office/batches/{path}?from=9"), &clerk)
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("from", "1"), ("reason", "damaged")];
    let (one, other) = tokio::join!(
        post(&app, &clerk, &path, &fields),
        post(&app, &clerk, &path, &fields)
    );
    assert_eq!(
        one.location(),
        other.location(),
        "a double click makes one batch"
    );
    let body = page(&app, &clerk, &made.id).await;
    assert!(
        says(&body, "đã thay", 3) && says(&body, "đang dùng", 1),
        "{body}"
    );
    let new = app.get(&one.location(), &clerk).await.body;
    assert!(
        new.contains("Đợt in 2/2026") && says(&new, "đã in, chưa giao", 3),
        "{new}"
    );
    let ticked = [fields.as_slice(), &[("in_use", "yes")]].concat();
    let same = post(&app, &clerk, &path, &ticked).await.location();
    assert_eq!(same, one.location(), "no file of it was sent yet");
    let new = app.get(&same, &clerk).await.body;
    assert!(says(&new, "đã in, chưa giao", 4), "{new}");
    assert!(says(&page(&app, &clerk, &made.id).await, "đã thay", 4));
}

#[tokio::test]
async fn a_batch_is_voided_after_a_question() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let made = batch_of(&app, &clerk, 2).await;
    let path = format!("/office/batches/{}/revocation", made.id);
    let asked = app.get(&path, &clerk).await.body;
    assert!(asked.contains("Khóa cả đợt 1/2026, 2 thẻ?"), "{asked}");
    assert!(
        says(&page(&app, &clerk, &made.id).await, "đã in, chưa giao", 2),
        "asking does nothing"
    );
    app.post_form(&path, &[], &clerk).await;
    let body = page(&app, &clerk, &made.id).await;
    assert!(
        says(&body, "đã khóa", 2) && !body.contains("1.pdf"),
        "{body}"
    );
    let pdf = app
        .get(&format!("/office/batches/{}/1.pdf", made.id), &clerk)
        .await;
    assert_eq!(pdf.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_batch_is_its_own_units() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let made = batch_of(&app, &clerk, 1).await;
    let neighbour = clerk_of(&app, ELSEWHERE).await;
    for path in ["", "/1.pdf", "/revocation"] {
        let path = format!("/office/batches/{}{path}", made.id);
        let answer = app.get(&path, &neighbour).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["hand-over", "reprint", "revocation"] {
        let fields = [("all", "yes"), ("from", "1"), ("reason", "misprinted")];
        let answer = post(&app, &neighbour, &format!("{}/{path}", made.id), &fields).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(says(
        &page(&app, &clerk, &made.id).await,
        "đã in, chưa giao",
        1
    ));
}

#[tokio::test]
async fn nothing_is_made_of_nothing() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    for (kind, layout, wrong) in [
        ("plastic", "plastic", "Không có thẻ loại này chờ in"),
        ("electronic", "plastic", "Chưa chọn loại thẻ"),
        ("plastic", "", "Chưa chọn cách in"),
    ] {
        let fields = [("kind", kind), ("layout", layout)];
        let refused = app.post_form("/office/batches", &fields, &clerk).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(wrong), "{wrong}: {}", refused.body);
    }
}

#[tokio::test]
async fn a_card_is_printed_as_its_kind_is_or_as_asked() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let card = issue_at(&app, &clerk, &with(&[]), "issued").await;
    let path = format!("/office/cards/{card}/card.pdf");
    for (query, said) in [
        ("", "Số thẻ"),
        ("?as=plastic", "Số thẻ"),
        ("?as=sheet", "Số thẻ"),
        ("?as=folded", "Gấp ở đây"),
        ("?as=letter", "Kính gửi"),
    ] {
        let pdf = app.get(&format!("{path}{query}"), &clerk).await;
        assert_eq!(pdf.status, StatusCode::OK, "{query}");
        assert!(words(&pdf.bytes).contains(said), "{query}");
    }
    let plain = app.get(&path, &clerk).await.bytes;
    let plastic = app.get(&format!("{path}?as=plastic"), &clerk).await.bytes;
    assert!(plain == plastic, "a plastic card is printed on plastic");
}

#[tokio::test]
async fn a_card_that_waits_is_made_once() {
    let app = TestApp::new().await;
    let clerk = clerk_of(&app, HERE).await;
    let saved = issue_at(&app, &clerk, &with(&[("action", "save")]), "saved").await;
    let shown = app
        .get(&format!("/office/desk?saved={saved}"), &clerk)
        .await
        .body;
    assert!(
        shown.contains("Thẻ chờ in cùng đợt") && shown.contains("/office/batches"),
        "{shown}"
    );
    let look = app
        .post_form("/office/desk", &with(&[("action", "look")]), &clerk)
        .await
        .body;
    let at = look.find("value=\"use:").unwrap();
    let id = look[at + 11..].split('"').next().unwrap().to_owned();
    let again = with(&[("action", "save"), ("chosen", &id)]);
    let refused = app.post_form("/office/desk", &again, &clerk).await;
    assert!(
        refused.body.contains("cùng loại đang chờ in"),
        "{}",
        refused.body
    );
    // One that is given out now is printed now: the other is not printed after it.
    let now = with(&[("chosen", &id)]);
    issue_at(&app, &clerk, &now, "issued").await;
    let waits = app.get("/office/batches", &clerk).await.body;
    assert!(waits.contains("Không có thẻ nào chờ in"), "{waits}");
}
