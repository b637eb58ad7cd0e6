//! The office's pages: counts, venues, lost cards, settings, the access log.

use crate::roles::{officer, resident};
use crate::support::{TestApp, own as own_data};
use axum::http::StatusCode;
use domain::card::CardState;
use domain::declaration::DeclarationKind;
use domain::ids::{HolderId, VenueId};
use domain::role::OfficerRole;
use domain::venue::{OpeningHours, VenueKind};
use std::time::Duration;
use store::sessions::SessionOf;
use store::venues::VenueDetails;

async fn venue(app: &TestApp, name: &str, unit: &str) {
    let holder = HolderId(store::new_id(app.now()));
    let who = own_data(holder);
    let details = VenueDetails {
        name: name.to_owned(),
        kind: VenueKind::ALL[0],
        unit: app.unit(unit),
        address: "12 đường Thử Nghiệm".to_owned(),
        expected_daily: 10,
        capacity: None,
        hours: OpeningHours::parse("00:00-24:00").unwrap(),
    };
    let mut tx = app.app.store.write().await.unwrap();
    let id = VenueId(store::new_id(app.now()));
    tx.add_venue(&who, id, &details, app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_office_sees_the_venues_of_its_unit_and_no_others() {
    let app = TestApp::new().await;
    venue(&app, "Chợ Thử Một", "19753").await;
    venue(&app, "Chợ Thử Hai", "19774").await;
    venue(&app, "Chợ Hà Nội", "00004").await;
    let hue = officer(&app, OfficerRole::ProvinceOfficer, "46").await;
    let overview = app.get("/office", &hue.cookie).await;
    assert!(
        overview.text().contains("Phường Thuận Hóa 1 1"),
        "{}",
        overview.text()
    );
    let lists = "href=\"/office/imports\"";
    assert!(overview.body.contains(lists));
    let looks = officer(&app, OfficerRole::Inspector, "46").await;
    let looked = app.get("/office", &looks.cookie).await;
    assert!(
        !looked.body.contains(lists),
        "no way to where they may not go"
    );
    let list = app.get("/office/venues", &hue.cookie).await.text();
    assert!(
        list.contains("Chợ Thử Một")
            && list.contains("Chợ Thử Hai")
            && !list.contains("Chợ Hà Nội")
    );
    let one = app
        .get("/office/venues?unit=19753", &hue.cookie)
        .await
        .text();
    assert!(
        one.contains("Chợ Thử Một") && !one.contains("Chợ Thử Hai"),
        "{one}"
    );
    let found = app
        .get("/office/venues?q=cho+thu+hai", &hue.cookie)
        .await
        .text();
    assert!(
        found.contains("Chợ Thử Hai") && !found.contains("Chợ Thử Một"),
        "{found}"
    );
    for elsewhere in ["01", "00004", "VN", "99999", "x/y"] {
        let answer = app
            .get(&format!("/office/venues?unit={elsewhere}"), &hue.cookie)
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{elsewhere}");
    }
}

#[tokio::test]
async fn what_is_listed_is_handed_over_with_its_count_and_no_formula() {
    let app = TestApp::new().await;
    venue(&app, "=HYPERLINK(\"http://evil.example\")", "19753").await;
    venue(&app, "Chợ Thử", "19753").await;
    venue(&app, "Chợ Hà Nội", "00004").await;
    let hue = officer(&app, OfficerRole::ProvinceOfficer, "46")
        .await
        .cookie;
    let csv = app.get("/office/venues.csv", &hue).await;
    assert_eq!(csv.header("x-row-count"), "2");
    assert!(csv.header("content-disposition").starts_with("attachment"));
    assert!(
        csv.body.contains("'=HYPERLINK") && csv.body.contains("19753"),
        "{}",
        csv.body
    );
    assert!(!csv.body.contains("Hà Nội") && !csv.body.contains("Nguyễn Văn Thử"));
    let xlsx = app.get("/office/venues.xlsx?q=cho", &hue).await;
    assert_eq!(
        (xlsx.header("x-row-count").as_str(), &xlsx.bytes[..2]),
        ("1", &b"PK"[..])
    );
    assert_eq!(
        app.get("/office/venues.csv?unit=01", &hue).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_lost_card_is_found_by_the_card_or_by_phone_and_name_together() {
    let app = TestApp::new().await;
    let (holder, card) = resident(&app, "Nguyễn Văn Thử", "0905 000 417", "19753").await;
    let own = officer(&app, OfficerRole::CommuneOfficer, "19753")
        .await
        .cookie;
    let other = officer(&app, OfficerRole::CommuneOfficer, "19774")
        .await
        .cookie;
    let serial = card.to_string();
    let find = async |fields: &[(&str, &str)], cookie: &str| {
        app.post_form("/office/cards", fields, cookie).await
    };
    let grouped = format!("{} {}-{}", &serial[..4], &serial[4..8], &serial[8..]).to_uppercase();
    for fields in [
        [("card", serial.as_str())].as_slice(),
        &[("card", &grouped)],
        &[("phone", "+84 905 000 417"), ("name", "nguyen van THU")],
    ] {
        let answer = find(fields, &own).await;
        assert!(
            answer.body.contains("N.V.T"),
            "{fields:?}: {}",
            answer.text()
        );
        assert!(answer.body.contains("09** *** 417") && answer.body.contains("******004417"));
        assert!(!answer.body.contains("046087004417"), "masked");
        assert!(
            !find(fields, &other).await.body.contains("N.V.T"),
            "another commune"
        );
    }
    let about = app
        .app
        .store
        .read()
        .await
        .unwrap()
        .audit_about(&own_data(holder), &[])
        .await
        .unwrap();
    assert_eq!(
        about.len(),
        3,
        "each reading leaves one entry with its subject"
    );
    assert!(
        about
            .iter()
            .all(|line| line.purpose == "card_lost" && !line.detail.contains("417"))
    );
}

#[tokio::test]
async fn whoever_is_searched_for_sees_the_office_that_searched() {
    let app = TestApp::new().await;
    let (holder, card) = resident(&app, "Nguyễn Văn Thử", "0905 000 417", "19753").await;
    let cookie = app.session(SessionOf::Holder(holder)).await;
    for (role, unit, said) in [
        (
            OfficerRole::CommuneOfficer,
            "19753",
            "Cán bộ xã, phường, Phường Thuận Hóa, Thành phố Huế Mở hồ sơ",
        ),
        (
            OfficerRole::NationalOfficer,
            "VN",
            "Cán bộ cấp quốc gia Mở hồ sơ",
        ),
    ] {
        let clerk = officer(&app, role, unit).await.cookie;
        let serial = card.to_string();
        app.post_form("/office/cards", &[("card", &serial)], &clerk)
            .await;
        let told = app.get("/visits/access", &cookie).await.text();
        assert!(told.contains(said), "{told}");
    }
}

#[tokio::test]
async fn a_card_past_its_time_is_said_to_have_expired() {
    let app = TestApp::new().await;
    let (_, card) = resident(&app, "Nguyễn Văn Thử", "0905 000 417", "19753").await;
    let serial = card.to_string();
    for (later, said) in [(0, ", đang dùng"), (366, ", hết hạn")] {
        app.advance(Duration::from_secs(later * 86_400));
        let own = officer(&app, OfficerRole::CommuneOfficer, "19753").await;
        let found = app
            .post_form("/office/cards", &[("card", &serial)], &own.cookie)
            .await;
        assert!(found.text().contains(said), "{}", found.text());
    }
}

#[tokio::test]
async fn a_phone_alone_or_a_name_alone_finds_nobody() {
    let app = TestApp::new().await;
    resident(&app, "Nguyễn Văn Thử", "0905 000 417", "19753").await;
    let own = officer(&app, OfficerRole::CommuneOfficer, "19753")
        .await
        .cookie;
    let find = async |fields: &[(&str, &str)], cookie: &str| {
        app.post_form("/office/cards", fields, cookie).await
    };
    let wrong_name = find(&[("phone", "0905 000 417"), ("name", "Trần Thị Mẫu")], &own).await;
    assert!(!wrong_name.body.contains("N.V.T"));
    for fields in [
        [("phone", "0905 000 417")],
        [("name", "Nguyễn Văn Thử")],
        [("card", "0011")],
        [("card", "")],
    ] {
        let answer = find(&fields, &own).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fields:?}"
        );
    }
}

#[tokio::test]
async fn a_card_is_revoked_by_the_office_of_its_commune() {
    let app = TestApp::new().await;
    let (holder, card) = resident(&app, "Nguyễn Văn Thử", "0905 000 417", "19753").await;
    let own = officer(&app, OfficerRole::CommuneOfficer, "19753")
        .await
        .cookie;
    let other = officer(&app, OfficerRole::CommuneOfficer, "19774")
        .await
        .cookie;
    let revoke = format!("/office/cards/{card}/revocation");
    assert_eq!(
        app.post_form(&revoke, &[], &other).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        app.post_form(&revoke, &[], &own).await.location(),
        "/office/cards?done=revoked"
    );
    assert_eq!(
        app.post_form(&revoke, &[], &own).await.location(),
        "/office/cards?done=already"
    );
    let cards = app
        .app
        .store
        .read()
        .await
        .unwrap()
        .own_cards(&own_data(holder))
        .await
        .unwrap();
    assert_eq!(cards[0].state, CardState::Revoked);
}

#[tokio::test]
async fn browsing_people_has_a_hard_stop() {
    let app = TestApp::new().await;
    let clerk = officer(&app, OfficerRole::CommuneOfficer, "19753")
        .await
        .cookie;
    let fields = [("card", "00112233445566778899")];
    for _ in 0..200 {
        assert_eq!(
            app.post_form("/office/cards", &fields, &clerk).await.status,
            StatusCode::OK
        );
    }
    let stopped = app.post_form("/office/cards", &fields, &clerk).await;
    assert_eq!(stopped.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn settings_are_inherited_until_a_unit_sets_its_own() {
    let app = TestApp::new().await;
    let hue = officer(&app, OfficerRole::ProvinceOfficer, "46")
        .await
        .cookie;
    let commune = officer(&app, OfficerRole::CommuneOfficer, "19753")
        .await
        .cookie;
    let saved = [
        ("hours", "72"),
        ("hotline", "0234 000 0000"),
        ("controller", "Sở Y tế"),
    ];
    let answer = app.post_form("/office/settings", &saved, &hue).await;
    assert_eq!(answer.location(), "/office/settings?saved=1");
    let page = app.get("/office/settings", &commune).await;
    assert!(
        page.text().contains("72 giờ") && page.text().contains("Đơn vị cấp trên: Sở Y tế"),
        "{}",
        page.text()
    );
    app.post_form("/office/settings", &[("hours", "24")], &commune)
        .await;
    let settings = app
        .app
        .store
        .read()
        .await
        .unwrap()
        .unit_settings(&app.unit("19753"))
        .await
        .unwrap();
    assert_eq!(settings.validity.general.as_secs(), 24 * 3600);
    assert_eq!(settings.hotline.as_deref(), Some("0234 000 0000"));
    for hours in ["0", "169", "-1", "x", "1e1", "24.5"] {
        for field in ["hours", "travel_hours", "entry_hours", "countries"] {
            let fields = [(field, hours), ("hotline", "0234")];
            let answer = app.post_form("/office/settings", &fields, &commune).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{hours}");
            let error = format!("id=\"{field}-error\"");
            assert!(answer.body.contains(&error), "{field}: {hours}");
        }
    }
    // What countries are asked for is one of two.
    let days = app
        .post_form("/office/settings", &[("countries", "15")], &commune)
        .await;
    assert!(days.text().contains("Nhập 14 hoặc 21"), "{}", days.text());
    let each = [
        ("travel_hours", "48"),
        ("entry_hours", "96"),
        ("countries", "14"),
    ];
    app.post_form("/office/settings", &each, &commune).await;
    let mut tx = app.app.store.read().await.unwrap();
    let settings = tx.unit_settings(&app.unit("19753")).await.unwrap();
    let hours = [DeclarationKind::DomesticTravel, DeclarationKind::Entry]
        .map(|kind| settings.validity.of(kind).as_secs() / 3600);
    assert_eq!((hours, settings.countries_days), ([48, 96], 14));
    let page = app.get("/office/settings", &commune).await;
    for value in ["48", "96", "14"] {
        assert!(page.body.contains(&format!("value=\"{value}\"")), "{value}");
    }
}

#[tokio::test]
async fn auditors_read_who_did_what_without_naming_the_public() {
    let app = TestApp::new().await;
    let (_, card) = resident(&app, "Nguyễn Văn Thử", "0905 000 417", "19753").await;
    let clerk = officer(&app, OfficerRole::CommuneOfficer, "19753").await;
    let fields = [("card", card.to_string())];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    app.post_form("/office/cards", &fields, &clerk.cookie).await;
    let hue = officer(&app, OfficerRole::Auditor, "46").await.cookie;
    let hanoi = officer(&app, OfficerRole::Auditor, "01").await.cookie;
    let log = app.get("/audit", &hue).await;
    assert!(
        log.text().contains("Xem hồ sơ một người Báo mất thẻ"),
        "{}",
        log.text()
    );
    assert!(
        !log.body.contains("Thử") && !log.body.contains("417"),
        "nobody is named"
    );
    let mine = app
        .get(&format!("/audit?actor=officer:{}", clerk.id), &hue)
        .await;
    assert!(mine.text().contains("Báo mất thẻ"));
    for nothing in ["/audit?actor=officer:0", "/audit?action=record_scans"] {
        assert!(
            !app.get(nothing, &hue)
                .await
                .text()
                .contains("Báo mất thẻ Chi"),
            "{nothing}"
        );
        assert!(
            app.get(nothing, &hue)
                .await
                .text()
                .contains("Không có dòng nào"),
            "{nothing}"
        );
    }
    let nothing = app.get("/audit", &hanoi).await.text();
    assert!(nothing.contains("Chưa có lượt truy cập nào"), "{nothing}");
    assert!(!nothing.contains("Bỏ bớt"), "{nothing}");
}

#[tokio::test]
async fn auditors_see_which_officer_it_was_and_where() {
    let scene = crate::support::scene::Scene::new().await;
    let app = &scene.app;
    scene.attendant().await;
    scene.get("/attendants").await;
    let clerk = officer(app, OfficerRole::ProvinceOfficer, "46").await;
    let inspector = officer(app, OfficerRole::Inspector, "19753").await;
    let done = format!("/office/officers/{}/suspension", inspector.id);
    app.post_form(&done, &[], &clerk.cookie).await;
    let auditor = officer(app, OfficerRole::Auditor, "19753").await.cookie;
    let id = clerk.id.to_string();
    let (login, short) = (format!("thu-{}", &id[24..]), &id[30..]);
    let log = app.get("/audit", &auditor).await.text();
    let who = format!("Trần Thị Mẫu ({login}) Cán bộ cấp tỉnh");
    assert!(log.contains(&who), "an officer of the unit above: {log}");
    let whom = format!("thu-{}", &inspector.id.to_string()[24..]);
    assert!(log.contains(&format!("Tạm khóa {whom}")), "{log}");
    assert!(log.contains("Chợ Bến Thử"), "{log}");
    assert!(!log.contains(&scene.venue.to_string()), "{log}");
    for found in [login.to_uppercase(), short.to_owned()] {
        let log = app.get(&format!("/audit?actor={found}"), &auditor).await;
        assert!(log.text().contains(&who), "{found}");
    }
    let other = app.get("/audit?actor=thu-0", &auditor).await.text();
    assert!(!other.contains(&who) && other.contains("Bỏ bớt"), "{other}");
}
