//! Declarations of travel in the country and of entry into it.

use crate::declarations::{Form, agreed, kept, post};
use crate::kill::postgres;
use crate::scanner::card;
use crate::support::scene::Scene;
use crate::support::{Answer, TestApp, TestHolder};
use crate::without_code::{Gate, NAME, PHONE};
use axum::http::StatusCode;
use domain::declaration::{DeclarationKind, DeclarationState, Statement};
use domain::journey::{Journey, Vehicle};
use std::time::Duration;
use store::declarations::Declared;

/// Writes a test twice: once for each database.
macro_rules! on_both {
    (async fn $name:ident($app:ident: TestApp) $body:block) => {
        mod $name {
            use super::*;

            async fn body($app: TestApp) $body

            #[tokio::test]
            async fn sqlite() {
                body(TestApp::new().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                let database = super::postgres();
                body(TestApp::with(|config| config.database = Some(database)).await).await;
            }
        }
    };
}
pub(crate) use on_both;

/// All of a declaration, agreed to, with these answers besides or instead.
pub(crate) fn with(answers: &[(&'static str, &str)]) -> Form {
    let mut all = agreed();
    for (name, answer) in answers {
        all.insert(name, (*answer).to_owned());
    }
    all
}

/// By airplane from Hà Nội to Huế, today.
pub(crate) fn flight() -> Form {
    with(&[
        ("kind", "domestic_travel"),
        ("vehicle", "airplane"),
        ("flight_code", "vn 1545"),
        ("seat", "12A"),
        ("start_province", "01"),
        ("start_gate", "HAN"),
        ("end_province", "46"),
        ("end_gate", "HUI"),
        ("start_date", "21/11/2026"),
    ])
}

/// By bus from Laos, today.
pub(crate) fn entry() -> Form {
    with(&[
        ("kind", "entry"),
        ("border_gate", "ck-lao-bao"),
        ("vehicle_code", "75B-000.11"),
        ("country", "Lào"),
        ("start_date", "19/11/2026"),
        ("entry_date", "21-11-2026"),
        ("countries", "Thái Lan"),
        ("stays", "Khu cách ly Thử"),
    ])
}

pub(crate) async fn person(app: &TestApp) -> TestHolder {
    app.holder("Nguyễn Văn Thử", "0905 000 101").await
}

async fn newest(app: &TestApp, who: &TestHolder) -> (Declared, Option<Journey>) {
    let (mut declared, answers) = kept(app, who).await;
    (declared.remove(0), answers.unwrap().journey)
}

fn hours(declared: &Declared) -> i64 {
    let Statement {
        declared,
        valid_until,
        ..
    } = declared.statement;
    valid_until.since(declared) / 3_600_000
}

on_both! {
    async fn a_flight_is_declared_in_four_steps_and_holds_for_three_days(app: TestApp) {
        let who = person(&app).await;
        let begin = app.get("/declarations/new?kind=domestic_travel", &who.cookie).await;
        assert!(begin.body.contains("value=\"domestic_travel\" selected"), "{}", begin.body);
        let all = flight();
        let trip = post(&app, &who, "/declarations/new", &all).await;
        assert_eq!(trip.status, StatusCode::OK);
        assert!(trip.text().contains("Bước 2 trong 4 Chuyến đi"), "{}", trip.text());
        assert!(trip.body.contains("data-way=\"airplane\" data-province=\"01\" selected>Sân bay Nội Bài (Thành phố Hà Nội)"));
        let health = post(&app, &who, "/declarations/trip", &all).await;
        assert!(health.text().contains("Bước 3 trong 4"), "{}", health.text());
        assert!(health.body.contains("name=\"start_gate\" value=\"HAN\""));
        let review = post(&app, &who, "/declarations/health", &all).await;
        let text = review.text();
        for said in ["Bước 4 trong 4", "Di chuyển nội địa", "Máy bay", "VN1545", "12A", "Sân bay Nội Bài (Thành phố Hà Nội)", "Sân bay Phú Bài (Thành phố Huế)", "21/11/2026", "72 giờ"] {
            assert!(text.contains(said), "{said}: {text}");
        }
        let done = post(&app, &who, "/declarations", &all).await;
        assert_eq!(done.location(), "/code?done=declared");
        let sent = app.get(&done.location(), &who.cookie).await.text();
        assert!(sent.contains("Đã gửi tờ khai: Di chuyển nội địa. Từ Sân bay Nội Bài (Thành phố Hà Nội) đến Sân bay Phú Bài (Thành phố Huế), ngày 21/11/2026."), "{sent}");
        let (declared, journey) = newest(&app, &who).await;
        assert_eq!((declared.kind, hours(&declared)), (DeclarationKind::DomesticTravel, 72));
        let Some(Journey::Travel(travel)) = journey else { panic!("{journey:?}") };
        assert_eq!((travel.vehicle, travel.number.as_str()), (Vehicle::Airplane, "VN1545"));
        assert_eq!((travel.from.province.as_str(), travel.to.gate.as_str()), ("01", "Sân bay Phú Bài"));
        let list = app.get("/declarations", &who.cookie).await.text();
        assert!(list.contains("Di chuyển nội địa Còn hạn Từ Sân bay Nội Bài"), "{list}");
    }
}

on_both! {
    async fn an_entry_is_declared_by_the_border_gate(app: TestApp) {
        let who = person(&app).await;
        let all = entry();
        let trip = post(&app, &who, "/declarations/new", &all).await;
        let text = trip.text();
        assert!(text.contains("Những nước đã qua trong 21 ngày trước"), "{text}");
        assert!(trip.body.contains("value=\"ck-lao-bao\"") && !trip.body.contains("value=\"VDH\""), "gates of the border alone");
        let review = post(&app, &who, "/declarations/health", &all).await.text();
        for said in ["Nhập cảnh", "Cửa khẩu Lao Bảo", "75B-000.11", "Lào", "19/11/2026", "21/11/2026", "Thái Lan", "Khu cách ly Thử"] {
            assert!(review.contains(said), "{said}: {review}");
        }
        let done = post(&app, &who, "/declarations", &all).await;
        let sent = app.get(&done.location(), &who.cookie).await.text();
        assert!(sent.contains("Từ Lào, qua Cửa khẩu Lao Bảo, nhập cảnh ngày 21/11/2026."), "{sent}");
        let (declared, journey) = newest(&app, &who).await;
        assert_eq!((declared.kind, hours(&declared)), (DeclarationKind::Entry, 72));
        let Some(Journey::Entry(entry)) = journey else { panic!("{journey:?}") };
        assert_eq!((entry.departs.plus(2), entry.vaccines), (entry.enters, None));
    }
}

on_both! {
    async fn a_general_declaration_does_not_cut_a_journey_short(app: TestApp) {
        let who = person(&app).await;
        post(&app, &who, "/declarations", &flight()).await;
        app.advance(Duration::from_secs(3600));
        post(&app, &who, "/declarations", &with(&[])).await;
        let list = app.get("/declarations", &who.cookie).await.text();
        assert!(list.contains("Khai báo toàn dân Còn hạn") && list.contains("Di chuyển nội địa Còn hạn"), "{list}");
        app.advance(Duration::from_secs(2 * 86_400));
        let page = app.get("/code", &who.cookie).await;
        let code = page.text();
        assert!(code.contains("Tờ khai còn hạn") && code.contains("đến 07:42, 24/11/2026"), "{code}");
        assert!(page.body.find("Tờ khai còn hạn") > page.body.find("<code-panel"), "the code is first");
        let list = app.get("/declarations", &who.cookie).await.text();
        assert!(list.contains("Khai báo toàn dân Hết hạn"), "{list}");
        let (declared, _) = kept(&app, &who).await;
        let said = [declared[0].statement, declared[1].statement];
        assert_eq!(DeclarationState::at(app.now(), &said), DeclarationState::Clear);
        assert_eq!(DeclarationState::at(app.now(), &said[..1]), DeclarationState::Expired);
        app.advance(Duration::from_secs(86_400));
        let page = app.get("/code", &who.cookie).await;
        let code = page.text();
        assert!(code.contains("Tờ khai đã hết hạn từ 07:42, 24/11/2026"), "{code}");
        assert!(page.body.find("Tờ khai đã hết hạn") < page.body.find("<code-panel"), "to declare is first");
    }
}

#[tokio::test]
async fn places_that_are_in_no_list_are_typed() {
    let app = TestApp::new().await;
    let who = person(&app).await;
    // In decomposed letters, as some phones type.
    let typed = "Be\u{302}\u{301}n  Thư\u{309}";
    let mut form = flight();
    for (name, value) in [
        ("vehicle", "personal"),
        ("vehicle_code", "75a-123.45"),
        (
            "seat",
            "of the airplane that was chosen before, and longer than any",
        ),
        ("start_gate", "other"),
        ("start_gate_text", typed),
        ("end_gate", ""),
        ("end_gate_text", "Chợ Mẫu"),
        ("start_date", "28.11.2026"),
    ] {
        form.insert(name, value.to_owned());
    }
    post(&app, &who, "/declarations", &form).await;
    let (_, journey) = newest(&app, &who).await;
    let Some(Journey::Travel(travel)) = journey else {
        panic!("{journey:?}")
    };
    assert_eq!(travel.number, "75A-123.45");
    assert_eq!(
        travel.seat, None,
        "nobody has a seat number in their own car"
    );
    assert_eq!(
        (travel.from.gate.as_str(), travel.to.gate.as_str()),
        ("Bến Thử", "Chợ Mẫu")
    );
    // What was typed for another vehicle is not kept.
    let train = [
        ("vehicle", "train"),
        ("vehicle_code", "SE1"),
        ("seat", "3"),
        ("start_gate", "ga-ha-noi"),
        ("end_gate", "ga-hue"),
    ];
    form.extend(train.map(|(name, value)| (name, value.to_owned())));
    app.advance(Duration::from_secs(60));
    post(&app, &who, "/declarations", &form).await;
    let (_, journey) = newest(&app, &who).await;
    let Some(Journey::Travel(travel)) = journey else {
        panic!("{journey:?}")
    };
    assert_eq!(
        (travel.number.as_str(), travel.from.gate.as_str()),
        ("SE1", "Ga Hà Nội")
    );
}

#[tokio::test]
async fn back_and_the_other_language_keep_the_journey() {
    let app = TestApp::new().await;
    let who = person(&app).await;
    let mut form = flight();
    form.insert("action", "back".to_owned());
    let step = async |path: &str| post(&app, &who, path, &form).await;
    let page = step("/declarations").await;
    assert!(page.text().contains("Bước 3 trong 4"), "{}", page.text());
    let page = step("/declarations/health").await;
    assert!(page.text().contains("Bước 2 trong 4"), "{}", page.text());
    assert!(page.body.contains("name=\"symptoms\" value=\"no\""));
    let page = step("/declarations/trip").await;
    assert!(page.text().contains("Bước 1 trong 4"), "{}", page.text());
    assert!(page.body.contains("name=\"flight_code\" value=\"vn 1545\""));
    form.insert("action", "next".to_owned());
    for (path, english) in [
        ("/declarations/new", "Step 2 of 4"),
        ("/declarations/trip", "Step 3 of 4"),
        ("/declarations/health", "Step 4 of 4"),
    ] {
        let shown = post(&app, &who, path, &form).await;
        let again = shown.body.split("formaction=\"").nth(2).unwrap();
        let again = again.split('"').next().unwrap();
        let page = post(&app, &who, again, &form).await;
        assert!(page.text().contains(english), "{again}: {}", page.text());
    }
}

/// Sends a form about a member of the family, or about somebody at a gate.
async fn send(app: &TestApp, path: &str, form: &Form, cookie: &str) -> Answer {
    let fields: Vec<_> = form
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    app.post_form(path, &fields, cookie).await
}

#[tokio::test]
async fn a_journey_is_declared_for_a_member_of_the_family() {
    let app = TestApp::new().await;
    let (_, mother) = crate::family::living(&app, "Trần Thị Mẫu", "0905 000 102").await;
    let page = crate::family::added(&app, &mother).await;
    let mut form = flight();
    form.remove("id_number");
    form.insert("birth_year", "2019".to_owned());
    let path = format!("{page}/declaration");
    let trip = send(&app, &path, &form, &mother).await;
    assert!(trip.text().contains("Bước 2 trong 4"), "{}", trip.text());
    assert!(trip.body.contains(&format!("action=\"{path}/trip\"")));
    let mut wrong = form.clone();
    wrong.insert("start_gate", "SGN".to_owned());
    let mend = send(&app, &format!("{path}/trip"), &wrong, &mother).await;
    assert_eq!(mend.status, StatusCode::UNPROCESSABLE_ENTITY);
    let health = send(&app, &format!("{path}/trip"), &form, &mother).await;
    assert!(
        health.text().contains("Bước 3 trong 4"),
        "{}",
        health.text()
    );
    let done = send(&app, &format!("{path}/consent"), &form, &mother).await;
    let shown = app.get(&done.location(), &mother).await.text();
    assert!(
        shown.contains("Đã gửi tờ khai: Di chuyển nội địa."),
        "{shown}"
    );
    assert!(shown.contains("đến 07:42, 24/11/2026"), "{shown}");
}

#[tokio::test]
async fn a_journey_is_written_down_for_somebody_at_a_gate() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let gate = Gate::new(&scene, &attendant);
    let (person, _) = card(&scene, 1, NAME, PHONE, false).await;
    let (_, scan, held) = crate::declared_for::stopped(&gate, PHONE).await;
    let mut form = flight();
    form.insert("scan", scan);
    form.insert("held", held);
    let path = gate.path.replace("without-code", "declaration");
    let app = &scene.app;
    let trip = send(app, &path, &form, &attendant.cookie).await;
    assert!(trip.text().contains("Bước 2 trong 4"), "{}", trip.text());
    assert!(
        !trip.body.contains("value=\"draft\""),
        "nothing is left behind at a gate"
    );
    let mut draft = form.clone();
    draft.insert("action", "draft".to_owned());
    let answer = send(app, &format!("{path}/trip"), &draft, &attendant.cookie).await;
    assert!(
        answer.text().contains("Bước 3 trong 4"),
        "{}",
        answer.text()
    );
    let done = send(app, &format!("{path}/consent"), &form, &attendant.cookie).await;
    let text = gate.led(&done).await;
    assert!(text.contains("Cho vào N.V.T"), "{text}");
    let mut tx = app.app.store.read().await.unwrap();
    let declared = tx
        .own_declarations(&crate::support::own(person), 9)
        .await
        .unwrap();
    let all: Vec<_> = declared
        .iter()
        .map(|one| (one.kind, one.by_another, hours(one)))
        .collect();
    assert_eq!(all, [(DeclarationKind::DomesticTravel, true, 72)]);
}
