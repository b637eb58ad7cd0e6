//! People at their commune's office: found, opened, served.

use crate::desk::{HERE, clerk_of};
use crate::roles::{officer, resident};
use crate::support::{Answer, TestApp};
use axum::http::StatusCode;
use domain::ids::{CardId, HolderId};
use domain::role::OfficerRole;
use store::rates::Limit;
use store::sessions::SessionOf;

const ELSEWHERE: &str = "19774";
const NAME: &str = "Nguyễn Văn Thử";

async fn search(app: &TestApp, clerk: &str, text: &str) -> Answer {
    app.post_form("/office/people", &[("text", text)], clerk)
        .await
}

async fn scene(app: &TestApp) -> (HolderId, CardId, String) {
    let (holder, card) = resident(app, NAME, "0905 000 417", HERE).await;
    (holder, card, clerk_of(app, HERE).await)
}

async fn step(app: &TestApp, (who, clerk): (HolderId, &str), fields: &[(&str, &str)]) -> Answer {
    let path = format!("/office/people/{who}/card-steps");
    app.post_form(&path, fields, clerk).await
}

#[tokio::test]
async fn people_are_found_in_their_unit_alone_and_shown_masked() {
    let app = TestApp::new().await;
    let (holder, card, clerk) = scene(&app).await;
    let page = format!("/office/people/{holder}");
    for text in [
        "046087004417",
        "0905 000 417",
        "nguyen thu",
        "Thử 1987",
        "thu 1987",
        &card.to_string(),
    ] {
        let found = search(&app, &clerk, text).await;
        assert!(found.body.contains(&page), "{text}: {}", found.text());
        assert!(found.text().contains("******004417") && found.text().contains("09** *** 417"));
        let list = found.body.split("<tbody>").nth(1).unwrap();
        assert!(
            !list.contains("0905") && !list.contains("046087004417"),
            "{text}"
        );
    }
    for text in ["thử", "", "x"] {
        let more = search(&app, &clerk, text).await;
        assert_eq!(more.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
    }
    let province = officer(&app, OfficerRole::ProvinceOfficer, "46")
        .await
        .cookie;
    let more = search(&app, &province, "nguyen van thu").await;
    assert_eq!(more.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(more.text().contains("cần thêm năm sinh"), "{}", more.text());
    let found = search(&app, &province, "nguyen van thu 1987").await;
    assert!(found.body.contains(&page), "{}", found.text());
    let neighbour = clerk_of(&app, ELSEWHERE).await;
    for text in ["046087004417", "nguyen thu", &card.to_string()] {
        let found = search(&app, &neighbour, text).await;
        assert!(found.text().contains("Không tìm thấy ai"), "{text}");
    }
    assert_eq!(
        app.get(&page, &neighbour).await.status,
        StatusCode::NOT_FOUND
    );
    let opened = app.get(&page, &clerk).await;
    assert!(opened.text().contains(NAME) && opened.text().contains("******004417"));
    // Each look stands in the log, and its subject can see it.
    let auditor = officer(&app, OfficerRole::Auditor, "46").await.cookie;
    let log = app.get("/audit", &auditor).await.text();
    assert!(
        log.contains("Tìm người") && log.contains("Mở trang một người"),
        "{log}"
    );
    let own = app.session(SessionOf::Holder(holder)).await;
    let looks = app.get("/visits/access", &own).await.text();
    assert!(looks.contains("Để giúp theo yêu cầu."), "{looks}");
}

#[tokio::test]
async fn one_officer_looks_at_so_many_a_day_and_no_more() {
    let app = TestApp::new().await;
    let (holder, card) = resident(&app, NAME, "0905 000 417", HERE).await;
    let clerk = officer(&app, OfficerRole::CommuneOfficer, HERE).await;
    let page = format!("/office/people/{holder}");
    // All but the last look of a day.
    let looks = Limit {
        kind: "office people",
        most: 1500,
        window: std::time::Duration::from_secs(86_400),
    };
    let mut tx = app.app.store.write().await.unwrap();
    for _ in 1..looks.most {
        let within = tx.within(looks, &clerk.id.to_string(), app.now()).await;
        assert!(within.unwrap());
    }
    tx.commit().await.unwrap();
    let clerk = clerk.cookie;
    assert_eq!(app.get(&page, &clerk).await.status, StatusCode::OK);
    let more = app.get(&page, &clerk).await.status;
    assert_eq!(more, StatusCode::TOO_MANY_REQUESTS);
    let many = search(&app, &clerk, "046087004417").await;
    assert_eq!(many.status, StatusCode::TOO_MANY_REQUESTS);
    let printed = format!("/office/cards/{card}/card.pdf");
    let printed = app.get(&printed, &clerk).await.status;
    assert_eq!(
        printed,
        StatusCode::TOO_MANY_REQUESTS,
        "a card says who it is"
    );
    app.advance(std::time::Duration::from_secs(86_400));
    let clerk = clerk_of(&app, HERE).await;
    assert_eq!(app.get(&page, &clerk).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_cards_life_stands_on_the_page_with_reasons_that_belong() {
    let app = TestApp::new().await;
    let (holder, card, clerk) = scene(&app).await;
    let (at, card) = ((holder, clerk.as_str()), card.to_string());
    let page = format!("/office/people/{holder}");
    for (fields, says) in [
        (vec![("step", "suspension")], "Chưa chọn thẻ."),
        (vec![("card", card.as_str())], "Chưa chọn việc cần làm."),
        (
            vec![("card", card.as_str()), ("step", "suspension")],
            "Chưa chọn lý do.",
        ),
        (
            vec![
                ("card", card.as_str()),
                ("step", "suspension"),
                ("reason", "found"),
            ],
            "Lý do này không hợp",
        ),
        (
            vec![
                ("card", card.as_str()),
                ("step", "resumption"),
                ("reason", "found"),
            ],
            "Lúc này không làm được việc đó",
        ),
        (
            vec![("card", card.as_str()), ("step", "printing")],
            "Chưa chọn việc cần làm.",
        ),
    ] {
        let answer = step(&app, at, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(says), "{says}: {}", answer.text());
    }
    let suspended = [
        ("card", card.as_str()),
        ("step", "suspension"),
        ("reason", "lost"),
    ];
    assert_eq!(
        step(&app, at, &suspended).await.status,
        StatusCode::SEE_OTHER
    );
    let text = app.get(&page, &clerk).await.text();
    assert!(text.contains("Tạm khóa: bị mất"), "{text}");
    assert!(
        text.contains("Cán bộ xã, phường, Phường Thuận Hóa"),
        "{text}"
    );
    // A new card takes its place, in use at once, and the old one never comes back.
    let replaced = [
        ("card", card.as_str()),
        ("step", "replacement"),
        ("reason", "damaged"),
    ];
    let answer = step(&app, at, &replaced).await;
    let location = answer.location();
    let new = location.rsplit("card=").next().unwrap().to_owned();
    assert_ne!(new, card);
    let text = app.get(&location, &clerk).await;
    assert!(text.body.contains(&format!("/office/cards/{new}/card.pdf")));
    assert!(text.text().contains("đang dùng") && text.text().contains("đã thay"));
    let again = [
        ("card", card.as_str()),
        ("step", "resumption"),
        ("reason", "found"),
    ];
    let answer = step(&app, at, &again).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let neighbour = clerk_of(&app, ELSEWHERE).await;
    let answer = step(&app, (holder, &neighbour), &suspended).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_card_is_revoked_after_a_question_that_names_it() {
    let app = TestApp::new().await;
    let (holder, card, clerk) = scene(&app).await;
    let (at, id) = ((holder, clerk.as_str()), card.to_string());
    let page = format!("/office/people/{holder}");
    let form = app.get(&page, &clerk).await.body;
    let reasons = form
        .split("<optgroup label=\"Khóa vĩnh viễn\">")
        .nth(1)
        .unwrap();
    let reasons = reasons.split("</optgroup>").next().unwrap();
    assert!(reasons.contains("\"withdrawn\"") && !reasons.contains("\"found\""));
    assert!(
        !reasons.contains("\"misprinted\""),
        "reasons stand by their step"
    );
    let wanted = [
        ("card", id.as_str()),
        ("step", "revocation"),
        ("reason", "withdrawn"),
    ];
    let asked = step(&app, at, &wanted).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.text().contains(NAME) && asked.text().contains(&card.serial()));
    let text = app.get(&page, &clerk).await.text();
    assert!(text.contains("đang dùng"), "nothing is done yet: {text}");
    let sure = [&wanted[..], &[("sure", "yes")]].concat();
    assert_eq!(step(&app, at, &sure).await.status, StatusCode::SEE_OTHER);
    let page = app.get(&page, &clerk).await;
    let main = page.body.split("<main").nth(1).unwrap();
    assert!(!main.contains("/card-steps"), "no step is left");
    assert!(
        main.contains("href=\"/office/desk\""),
        "but the way to a new card"
    );
}

#[tokio::test]
async fn details_are_corrected_when_the_papers_were_seen() {
    let app = TestApp::new().await;
    let (holder, _, clerk) = scene(&app).await;
    let (page, path) = (
        format!("/office/people/{holder}"),
        format!("/office/people/{holder}/corrections"),
    );
    let blind = app
        .post_form(&path, &[("name", "Nguyễn Văn Thảo")], &clerk)
        .await;
    assert!(blind.text().contains("Cần xem giấy tờ trước khi sửa."));
    let clash = [("birth", "1990"), ("papers", "yes")];
    let clash = app.post_form(&path, &clash, &clerk).await;
    assert!(
        clash.text().contains("Số căn cước không khớp năm sinh."),
        "{}",
        clash.text()
    );
    let right = [
        ("name", "Nguyễn Văn Thảo"),
        ("address", "2 đường Thử"),
        ("papers", "yes"),
    ];
    let done = app.post_form(&path, &right, &clerk).await;
    let text = app.get(&done.location(), &clerk).await.text();
    assert!(
        text.contains("Nguyễn Văn Thảo") && text.contains("2 đường Thử"),
        "{text}"
    );
    assert!(text.contains("******004417"), "what was not named stays");
    // A number that an office has looked at is nobody else's.
    let (other, _) = resident(&app, "Trần Thị Mẫu", "0905 000 418", HERE).await;
    let taken = [("id_number", "046087004417"), ("papers", "yes")];
    let path = format!("/office/people/{other}/corrections");
    let answer = app.post_form(&path, &taken, &clerk).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.get(&page, &clerk).await.status, StatusCode::OK);
}

#[tokio::test]
async fn places_are_shown_to_whoever_stands_there_and_asks() {
    let app = TestApp::new().await;
    let (holder, _, clerk) = scene(&app).await;
    crate::visits::tapped(&app, holder).await;
    let path = format!("/office/people/{holder}/visits");
    let alone = app.post_form(&path, &[], &clerk).await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!alone.text().contains("Chợ Bến Thử"));
    let asked = app.post_form(&path, &[("present", "yes")], &clerk).await;
    assert!(asked.text().contains("Chợ Bến Thử"), "{}", asked.text());
    let neighbour = clerk_of(&app, ELSEWHERE).await;
    let answer = app
        .post_form(&path, &[("present", "yes")], &neighbour)
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let auditor = officer(&app, OfficerRole::Auditor, "46").await.cookie;
    let log = app.get("/audit", &auditor).await.text();
    assert!(log.contains("Người dân đến hỏi nơi đã đến"), "{log}");
    let own = app.session(SessionOf::Holder(holder)).await;
    let looks = app.get("/visits/access", &own).await.text();
    assert!(looks.contains("Vì bạn đến hỏi."), "{looks}");
}
