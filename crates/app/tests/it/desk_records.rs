//! The desk of an office and records that are there already: whose they are, who takes them over, and who loses them.

use crate::declarations::{agreed, post};
use crate::desk::{HERE, button, changed, clerk_of, field, hidden, issue_at};
use crate::family::living;
use crate::roles::officer;
use crate::support::{Answer, TestApp, TestHolder, own};
use axum::http::StatusCode;
use domain::holder::{HolderDetails, PersonName};
use domain::phone::Phone;
use domain::role::OfficerRole;
use domain::unit::UnitPath;
use std::time::Duration;
use store::holders::NewHolder;
use store::rates::Limit;
use store::sessions::SessionOf;

const ELSEWHERE: &str = "19774";

/// A desk, and what is said there of two people who have nothing in common.
struct Desk<'a> {
    app: &'a TestApp,
    cookie: String,
}

const BINH: [(&str, &str); 5] = [
    ("id_number", "046185000222"),
    ("name", "Lê Thị Mẫu"),
    ("birth", "02/09/1985"),
    ("gender", "female"),
    ("phone", "0905 000 222"),
];

impl Desk<'_> {
    async fn of<'a>(app: &'a TestApp, unit: &str) -> Desk<'a> {
        let cookie = clerk_of(app, unit).await;
        Desk { app, cookie }
    }

    async fn send(&self, changes: &[(&str, &str)]) -> Answer {
        let fields = changed(changes);
        self.app
            .post_form("/office/desk", &fields, &self.cookie)
            .await
    }

    async fn issue(&self, changes: &[(&str, &str)]) -> String {
        issue_at(self.app, &self.cookie, &changed(changes), "issued").await
    }

    async fn refused(&self, changes: &[(&str, &str)], says: &str) -> String {
        let answer = self.send(changes).await;
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.contains(says), "{says}: {}", answer.body);
        answer.body
    }

    /// Looks, and presses the button of the first record: its id, and the card that is seen in use.
    async fn choose(&self, changes: &[(&str, &str)]) -> (String, String) {
        let with = |action| [changes, &[("action", action)]].concat();
        let found = self.send(&with("look")).await.body;
        let used = button(&found, "use:");
        let chosen = self.send(&with(&used)).await.body;
        (hidden(&chosen, "chosen"), hidden(&chosen, "seen"))
    }
}

#[tokio::test]
async fn what_a_desk_saw_without_a_number_is_not_declared_away() {
    let app = TestApp::new().await;
    let desk = Desk::of(&app, HERE).await;
    let (id, _) = living(&app, "Nguyễn Văn Thử", "0905 000 417").await;
    let said = [("id_number", ""), ("address", "99 đường Thử")];
    let (chosen, seen) = desk.choose(&said).await;
    assert_eq!(chosen, id.to_string());
    let settled = [("chosen", chosen.as_str()), ("seen", seen.as_str())];
    desk.issue(&[&said[..], &settled].concat()).await;
    let known = async || {
        let mut tx = app.app.store.read().await.unwrap();
        tx.own_details(&own(id)).await.unwrap().unwrap().details
    };
    let before = known().await;
    assert_eq!(before.address.as_deref(), Some("99 đường Thử"));
    let cookie = app.session(SessionOf::Holder(id)).await;
    let who = TestHolder { id, cookie };
    let mut other = agreed();
    other.insert("name", "Lê Văn Nháp".to_owned());
    let declared = post(&app, &who, "/declarations", &other).await;
    assert_eq!(declared.location(), "/code?done=declared");
    assert_eq!(known().await, before, "it is changed at the office");
}

#[tokio::test]
async fn a_record_that_was_chosen_is_not_used_for_somebody_else() {
    let app = TestApp::new().await;
    let desk = Desk::of(&app, HERE).await;
    let card = desk.issue(&[]).await;
    let (id, seen) = desk.choose(&[]).await;
    assert_eq!(seen, card);
    let settled = [("chosen", id.as_str()), ("seen", &seen)];
    let other = [&BINH[..], &settled].concat();
    let body = desk
        .refused(&other, "không giống người đang nhập nữa")
        .await;
    assert_eq!(hidden(&body, "chosen"), "", "what was settled is forgotten");
    let looked = [&other[..], &[("action", "look")]].concat();
    assert_eq!(hidden(&desk.send(&looked).await.body, "chosen"), "");
    desk.issue(&BINH).await;
    // The first one's record is as it was.
    let (again, seen) = desk.choose(&[]).await;
    assert_eq!((again, seen), (id, card));
}

#[tokio::test]
async fn one_number_and_all_else_different_is_no_record_to_use() {
    let app = TestApp::new().await;
    let desk = Desk::of(&app, HERE).await;
    desk.issue(&[]).await;
    let another = [("name", "Tên Khác Hẳn"), ("birth", "01/01/1987")];
    let (id, seen) = desk.choose(&another).await;
    let used = [("chosen", id.as_str()), ("seen", &seen)];
    desk.refused(
        &[&another[..], &used].concat(),
        "họ tên và ngày sinh đều khác",
    )
    .await;
}

#[tokio::test]
async fn a_number_alone_opens_nobody_elsewhere_and_taking_over_is_in_both_logs() {
    let app = TestApp::new().await;
    let (here, elsewhere) = (Desk::of(&app, HERE).await, Desk::of(&app, ELSEWHERE).await);
    elsewhere.issue(&[("commune", ELSEWHERE)]).await;
    let alone = [("name", ""), ("birth", ""), ("phone", "")];
    let looked = here
        .send(&[&alone[..], &[("action", "look")]].concat())
        .await;
    assert!(
        looked.body.contains("Hồ sơ ở nơi khác") && !looked.body.contains("Nguyễn Văn Thử"),
        "{}",
        looked.body
    );
    let (id, seen) = here.choose(&[]).await;
    // Whoever sends what the page did not offer is told the same: another name, and the year that is in the number.
    let made_up = [
        ("chosen", id.as_str()),
        ("seen", &seen),
        ("name", "Kẻ Khác"),
        ("birth", "1987"),
        ("phone", ""),
    ];
    let body = here.refused(&made_up, "Hồ sơ ở nơi khác").await;
    assert_eq!(hidden(&body, "seen"), "", "the card is not given away");
    here.issue(&[("chosen", &id), ("seen", &seen)]).await;
    for unit in [HERE, ELSEWHERE] {
        let auditor = officer(&app, OfficerRole::Auditor, unit).await;
        let log = app.get("/audit", &auditor.cookie).await;
        assert!(log.body.contains("Nhận hồ sơ từ nơi khác"), "{unit}");
    }
}

#[tokio::test]
async fn a_year_that_the_number_states_opens_nobody_elsewhere() {
    let app = TestApp::new().await;
    let (here, elsewhere) = (Desk::of(&app, HERE).await, Desk::of(&app, ELSEWHERE).await);
    elsewhere.issue(&[("commune", ELSEWHERE)]).await;
    let alone = [("name", ""), ("birth", ""), ("gender", ""), ("phone", "")];
    let looked = [&alone[..], &[("action", "look")]].concat();
    let body = here.send(&looked).await.body;
    assert_eq!(field(&body, "birth"), "1987", "{body}");
    let again = [&looked[..], &[("birth", "1987")]].concat();
    for said in [again, looked] {
        let body = here.send(&said).await.body;
        assert!(
            body.contains("Hồ sơ ở nơi khác") && !body.contains("Nguyễn Văn Thử"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn the_phone_of_whoever_declared_a_number_first_loses_the_record() {
    let app = TestApp::new().await;
    let desk = Desk::of(&app, HERE).await;
    let phone = Phone::parse("0905 000 999").unwrap();
    let name = PersonName::parse("Nguyễn Văn Thử").unwrap();
    let details = HolderDetails {
        id_number: Some("046087004417".to_owned()),
        ..HolderDetails::named(name, Some(&phone))
    };
    let new = NewHolder {
        details: &details,
        phone: Some(&phone),
        browser: None,
        verified: true,
        unit: &UnitPath(Vec::new()),
    };
    let mut tx = app.app.store.write().await.unwrap();
    let first = tx.add_holder(&new, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    let first = app.session(SessionOf::Holder(first)).await;
    assert_eq!(app.get("/code", &first).await.status, StatusCode::OK);
    // The owner of the number comes with the paper and another phone, or none.
    let (id, seen) = desk.choose(&[]).await;
    let used = [("chosen", id.as_str()), ("seen", &seen)];
    for phone in ["0905 000 417", ""] {
        let fields = [&used[..], &[("phone", phone)]].concat();
        let says = "đang đăng nhập bằng một số điện thoại khác";
        desk.refused(&fields, says).await;
    }
    assert_eq!(app.get("/code", &first).await.status, StatusCode::OK);
    desk.issue(&[&used[..], &[("phone_gone", "yes")]].concat())
        .await;
    let code = app.get("/code", &first).await;
    assert_eq!(code.status, StatusCode::SEE_OTHER, "{}", code.body);
    let mut tx = app.app.store.read().await.unwrap();
    assert!(tx.holder_of_phone(&phone).await.unwrap().is_none());
}

#[tokio::test]
async fn whoever_finds_nobody_has_looked_as_well() {
    let app = TestApp::new().await;
    let clerk = officer(&app, OfficerRole::CommuneOfficer, HERE).await;
    let looks = Limit {
        kind: "desk looks",
        most: 3000,
        window: Duration::from_secs(86_400),
    };
    let mut tx = app.app.store.write().await.unwrap();
    for _ in 0..2999 {
        assert!(
            tx.within(looks, &clerk.id.to_string(), app.now())
                .await
                .unwrap()
        );
    }
    tx.commit().await.unwrap();
    let look = changed(&[("action", "look")]);
    let status = async || {
        app.post_form("/office/desk", &look, &clerk.cookie)
            .await
            .status
    };
    assert_eq!(status().await, StatusCode::OK);
    assert_eq!(status().await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_slip_in_a_number_is_mended_and_the_number_is_free_again() {
    let app = TestApp::new().await;
    let desk = Desk::of(&app, HERE).await;
    let slip = [("id_number", "046087004471")];
    desk.issue(&slip).await;
    let (id, seen) = desk.choose(&[]).await;
    desk.issue(&[("chosen", &id), ("seen", &seen)]).await;
    // Somebody else has the mistyped number.
    desk.issue(&[
        ("id_number", "046087004471"),
        ("name", "Trần Văn Mẫu"),
        ("birth", "05/05/1987"),
        ("phone", ""),
    ])
    .await;
}

#[tokio::test]
async fn a_card_that_waits_does_not_stand_in_the_way_of_one_to_use_at_once() {
    let app = TestApp::new().await;
    let desk = Desk::of(&app, HERE).await;
    let first = desk.issue(&[]).await;
    app.advance(Duration::from_secs(5));
    let (id, seen) = desk.choose(&[]).await;
    let fields = changed(&[("chosen", &id), ("seen", &seen), ("action", "save")]);
    issue_at(&app, &desk.cookie, &fields, "saved").await;
    let (id, seen) = desk.choose(&[]).await;
    assert_eq!(seen, first, "the card in use is the one that is replaced");
    let again = [("chosen", id.as_str()), ("seen", &seen), ("action", "save")];
    desk.refused(&again, "đang chờ in").await;
    desk.issue(&[("chosen", &id), ("seen", &seen)]).await;
}
