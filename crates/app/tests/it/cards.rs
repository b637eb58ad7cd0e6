use crate::desk::{HERE, clerk_of};
use crate::roles::resident;
use crate::support::{TestApp, TestHolder};
use axum::http::StatusCode;
use codes::{Code, Keyring, State, StatusList};
use domain::card::Card;
use domain::role::{Actor, HolderScope, UseOwnData, authorize};
use domain::unit::UnitPath;
use std::time::Duration;
use store::sessions::SessionOf;

async fn cards(app: &TestApp, holder: &TestHolder) -> Vec<Card> {
    let scope = HolderScope {
        holder: holder.id,
        unit: UnitPath(Vec::new()),
    };
    let who = authorize::<UseOwnData, _>(&Actor::Holder(holder.id), scope).unwrap();
    app.app
        .store
        .read()
        .await
        .unwrap()
        .own_cards(&who)
        .await
        .unwrap()
}

async fn status_list(app: &TestApp) -> StatusList {
    let keys = app.get("/api/v1/keys", "").await;
    let keyring = Keyring::from_file_text(&keys.body, None).unwrap();
    let answer = app.get("/api/v1/status-list", "").await;
    assert_eq!(answer.header("content-type"), "application/cose");
    StatusList::open(&answer.bytes, &keyring).unwrap()
}

#[tokio::test]
async fn a_card_is_made_once_and_its_square_is_genuine() {
    let app = TestApp::new().await;
    let holder = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let page = app.get("/code", &holder.cookie).await;
    assert!(page.text().contains("Chưa có thẻ nào dùng được") && !page.body.contains("<svg width"));
    assert_eq!(
        app.get("/code/sheet.pdf", &holder.cookie).await.status,
        StatusCode::NOT_FOUND
    );
    for _ in 0..2 {
        assert_eq!(
            app.post_form("/cards", &[], &holder.cookie)
                .await
                .location(),
            "/code"
        );
    }
    let all = cards(&app, &holder).await;
    assert_eq!(all.len(), 1);
    let first = app.get("/code", &holder.cookie).await.body;
    app.advance(Duration::from_secs(30 * 86_400));
    let again = app.get("/code", &holder.cookie).await.body;
    let square = |body: &str| {
        body.split("<svg width")
            .nth(1)
            .unwrap()
            .split("</svg>")
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        square(&first),
        square(&again),
        "the same card has the same square"
    );
    let text = app.app.signer.code(all[0].id).await;
    let Code::Card(signed) = codes::read(&text.unwrap()) else {
        panic!("no card")
    };
    assert_eq!(
        signed.verify(&app.app.signer.keyring()).unwrap().id,
        all[0].id
    );
}

#[tokio::test]
async fn a_lost_card_is_revoked_after_a_question_and_replaced() {
    let app = TestApp::new().await;
    let holder = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    app.post_form("/cards", &[], &holder.cookie).await;
    let old = cards(&app, &holder).await.remove(0);
    let path = format!("/cards/{}/revocation", old.id);
    assert_eq!(
        status_list(&app).await.state(old.status_index),
        Some(State::Active)
    );
    let page = app.get(&path, &holder.cookie).await;
    assert!(page.text().contains("Khóa thẻ này?"));
    assert_eq!(
        cards(&app, &holder).await.len(),
        1,
        "a question changes nothing"
    );
    let answer = app.post_form(&path, &[], &holder.cookie).await;
    let page = app.get(&answer.location(), &holder.cookie).await;
    assert!(page.text().contains("Thẻ đã khóa. Mã mới đã sẵn sàng."));
    let all = cards(&app, &holder).await;
    assert_eq!(all.len(), 2);
    assert!(
        all.iter()
            .any(|card| card.id == old.id && card.state.as_str() == "revoked")
    );
    let list = status_list(&app).await;
    assert_eq!(
        (list.cards(), list.state(old.status_index)),
        (2, Some(State::Invalid))
    );
    // Sent again, nothing more happens.
    app.post_form(&path, &[], &holder.cookie).await;
    assert_eq!(cards(&app, &holder).await.len(), 2);
    assert_eq!(app.get(&path, &holder.cookie).await.location(), "/code");
}

#[tokio::test]
async fn another_persons_card_is_not_there() {
    let app = TestApp::new().await;
    let (one, two) = (
        app.holder("Nguyễn Văn Thử", "0905 000 101").await,
        app.holder("Trần Thị Mẫu", "0905 000 102").await,
    );
    app.post_form("/cards", &[], &one.cookie).await;
    let id = cards(&app, &one).await[0].id;
    for id in [
        id.to_string(),
        "00".repeat(10),
        "x".to_owned(),
        "%2e%2e".to_owned(),
    ] {
        let path = format!("/cards/{id}/revocation");
        assert_eq!(
            app.get(&path, &two.cookie).await.status,
            StatusCode::NOT_FOUND,
            "{id}"
        );
        assert_eq!(
            app.post_form(&path, &[], &two.cookie).await.status,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(cards(&app, &one).await[0].state.as_str(), "active");
    let path = format!("/cards/{id}/revocation");
    assert!(
        app.post_form(&path, &[], "")
            .await
            .location()
            .starts_with("/sign-in")
    );
}

#[tokio::test]
async fn the_sheet_is_a_pdf_for_its_holder_alone() {
    let app = TestApp::new().await;
    let holder = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    app.post_form("/cards", &[], &holder.cookie).await;
    let sheet = app.get("/code/sheet.pdf", &holder.cookie).await;
    assert_eq!(sheet.header("content-type"), "application/pdf");
    assert!(sheet.bytes.starts_with(b"%PDF-") && sheet.header("cache-control") == "no-store");
    let said = crate::print::reading::words(&sheet.bytes);
    assert!(
        !said.contains("Nơi cấp") && !said.contains("vaora"),
        "nobody is named: {said}"
    );
    assert!(
        app.get("/code/sheet.pdf", "")
            .await
            .location()
            .starts_with("/sign-in")
    );
}

#[tokio::test]
async fn a_status_list_is_kept_until_a_card_changes_or_it_is_an_hour_old() {
    let app = TestApp::new().await;
    let holder = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    app.post_form("/cards", &[], &holder.cookie).await;
    let first = status_list(&app).await;
    app.advance(Duration::from_secs(600));
    assert_eq!(status_list(&app).await.issued(), first.issued(), "kept");
    let card = cards(&app, &holder).await.remove(0);
    let path = format!("/cards/{}/revocation", card.id);
    app.post_form(&path, &[], &holder.cookie).await;
    let second = status_list(&app).await;
    assert_eq!(
        second.state(card.status_index),
        Some(State::Invalid),
        "at once"
    );
    assert_eq!(second.cards(), 2, "and the card in its place");
    app.advance(Duration::from_secs(3599));
    assert_eq!(status_list(&app).await.issued(), second.issued());
    app.advance(Duration::from_secs(1));
    assert_eq!(status_list(&app).await.issued(), app.now());
}

#[tokio::test]
async fn a_card_that_the_office_withholds_is_not_made_again_and_its_holder_is_told_where_to_go() {
    let app = TestApp::new().await;
    let (holder, card) = resident(&app, "Nguyễn Văn Thử", "0905 000 101", HERE).await;
    let clerk = clerk_of(&app, HERE).await;
    let cookie = app.session(SessionOf::Holder(holder)).await;
    let (path, card) = (
        format!("/office/people/{holder}/card-steps"),
        card.to_string(),
    );
    let fields = [
        ("card", card.as_str()),
        ("step", "suspension"),
        ("reason", "withdrawn"),
    ];
    let done = app.post_form(&path, &fields, &clerk).await;
    assert!(
        done.location().contains("done=suspension"),
        "{}",
        done.text()
    );
    // Nor after reporting it lost.
    for path in ["/cards".to_owned(), format!("/cards/{card}/revocation")] {
        app.post_form(&path, &[], &cookie).await;
        app.post_form("/cards", &[], &cookie).await;
        let code = app.get("/code", &cookie).await;
        assert!(
            code.text().contains("đã tạm khóa hoặc thu hồi thẻ của bạn"),
            "{}",
            code.text()
        );
        assert!(!code.body.contains("data-square") && !code.body.contains("action=\"/cards\""));
    }
}
