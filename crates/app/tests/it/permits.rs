//! Permits on cards: issued to lists, seen by whom they concern, asked for at gates, ended.

use crate::roles::{officer, resident};
use crate::scanner::{one, scan};
use crate::support::enrolment::hidden;
use crate::support::scene::Scene;
use crate::support::{Answer, TestApp, own};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::ids::{CardId, HolderId};
use domain::permit::{MOST_DEMANDS, PermitKind};
use domain::role::OfficerRole;
use domain::venue::VenueKind;
use serde_json::{Value, json};
use std::time::Duration;
use store::planting::PlantedDeclaration;
use store::rates::Limit;
use store::sessions::SessionOf;

const HERE: &str = "19753";
const ELSEWHERE: &str = "19774";
const DEMANDS: &str = "/office/permits/demands";
const BOUNDARY: &str = "----------------------------thu";

/// The market on odd dates in the morning, from the day on which these tests begin.
const TERMS: &[(&str, &str)] = &[
    ("kind", "market"),
    ("from", "2026-11-21"),
    ("until", "2026-11-30"),
    ("hours", "06:00-11:00"),
    ("days", "odd"),
    ("place", "any"),
];

struct Clerk<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl<'a> Clerk<'a> {
    async fn of(app: &'a TestApp, unit: &str) -> Self {
        let cookie = officer(app, OfficerRole::CommuneOfficer, unit).await.cookie;
        Self { app, cookie }
    }

    async fn get(&self, path: &str) -> Answer {
        self.app.get(path, &self.cookie).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.app.post_form(path, fields, &self.cookie).await
    }

    /// Sends the form for a list, with a file or without one.
    async fn list(&self, fields: &[(&str, &str)], file: &str) -> Answer {
        let mut body = String::new();
        for (name, value) in fields {
            body += &format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        body += &format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ca.csv\"\r\n\r\n{file}\r\n--{BOUNDARY}--\r\n"
        );
        let request = Request::post("/office/permits/list")
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, &self.cookie)
            .header(
                header::CONTENT_TYPE,
                format!("multipart/form-data; boundary={BOUNDARY}"),
            );
        self.app.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Issues what a preview shows; where it leads.
    async fn issue(&self, preview: &Answer, terms: &[(&str, &str)]) -> String {
        assert_eq!(preview.status, StatusCode::OK, "{}", preview.text());
        let issued = self.send(preview, terms).await;
        assert_eq!(issued.status, StatusCode::SEE_OTHER, "{}", issued.text());
        issued.location()
    }

    /// Sends what a preview carries.
    async fn send(&self, preview: &Answer, terms: &[(&str, &str)]) -> Answer {
        let (list, mark, kept) = (
            hidden(preview, "list"),
            hidden(preview, "mark"),
            kept(preview),
        );
        let more = [
            ("list", list.as_str()),
            ("mark", mark.as_str()),
            ("kept", kept.as_str()),
        ];
        self.post("/office/permits/issuing", &[terms, &more].concat())
            .await
    }

    /// Issues a permit to whoever a number names.
    async fn issue_to(&self, number: &str, terms: &[(&str, &str)]) -> String {
        let fields = [terms, &[("lines", number)]].concat();
        let preview = self.post("/office/permits/new", &fields).await;
        self.issue(&preview, terms).await
    }
}

/// The lines that a preview has found people for.
fn kept(preview: &Answer) -> String {
    let field = preview.body.split("name=\"kept\" hidden>").nth(1).unwrap();
    field.split("</textarea>").next().unwrap().to_owned()
}

/// The address of the first permit on a page.
fn first(page: &Answer) -> String {
    let id = page.body.split("href=\"/office/permits/").skip(1);
    let mut ids = id.filter_map(|rest| rest.split('"').next());
    let id = ids.find(|id| id.len() == 36).unwrap();
    format!("/office/permits/{id}")
}

fn kept_permits(app: &TestApp) -> i64 {
    let database = app.folder.path().join("vaora.sqlite");
    let database = rusqlite::Connection::open(database).unwrap();
    let sql = "select count(*) from permits";
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn the_line_of_a_file_that_cannot_be_read_is_named() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let told = clerk.list(TERMS, crate::permit_requests::BROKEN).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = told.text();
    assert!(text.contains("Dòng 2 có dấu ngoặc kép (\")"), "{text}");
}

#[tokio::test]
async fn a_list_is_looked_at_mended_and_issued_once() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let (holder, card) = resident(&app, "Nguyễn Văn Thử", "0905 000 001", HERE).await;
    let (_, other) = resident(&app, "Trần Thị Mẫu", "0905 000 002", HERE).await;
    resident(&app, "Lê Văn Nháp", "0905 000 003", ELSEWHERE).await;
    let typed = format!("{}\n0905 000 001\n0905000003\n", card.serial());
    let fields = [TERMS, &[("lines", typed.as_str())]].concat();
    let file = format!("Họ tên;Số thẻ\nTrần Thị Mẫu;{}\nAi 1;\n", other.serial());
    let preview = clerk.list(&fields, &file).await;
    let text = preview.text();
    for said in [
        "Giấy đi chợ: ngày lẻ, 06:00-11:00",
        "Số dòng trong danh sách 5",
        "Tìm được người 2",
        "Trùng người với dòng trước 1",
        "Không tìm được người ở đơn vị này 1",
        "Không đọc được 1",
        "Nguyễn Văn Thử, 1987",
        "Trần Thị Mẫu, 1987",
        "0905000003 Không có ai ở đơn vị này có số này",
        "Ai 1 Không phải số thẻ",
        "Cấp cho 2 người",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("Lê Văn Nháp"), "nobody of elsewhere: {text}");
    assert_eq!(kept_permits(&app), 0, "looking issues nothing");

    let there = clerk.issue(&preview, TERMS).await;
    assert!(there.ends_with("&done=issued&n=2&full=0"), "{there}");
    assert_eq!(kept_permits(&app), 2);
    let again = clerk.issue(&preview, TERMS).await;
    assert!(again.ends_with("&done=again"), "{again}");
    assert_eq!(kept_permits(&app), 2);
    let page = clerk.get(&there).await.text();
    assert!(page.contains("Đã cấp giấy cho 2 người."), "{page}");
    assert!(
        page.contains("21/11/2026 - 30/11/2026 Còn hiệu lực"),
        "{page}"
    );

    let cookie = app.session(SessionOf::Holder(holder)).await;
    let mine = app.get("/code", &cookie).await.text();
    for said in [
        "Giấy đi chợ: ngày lẻ, 06:00-11:00 Còn hiệu lực",
        "Hiệu lực: 21/11/2026 - 30/11/2026",
        "Ở: Mọi nơi",
        "Nơi cấp: Phường Thuận Hóa",
    ] {
        assert!(mine.contains(said), "{said}: {mine}");
    }
    let mine = app.get("/code?lang=en", &cookie).await.text();
    assert!(
        mine.contains("Market permit: odd dates, 06:00-11:00 Valid"),
        "{mine}"
    );
    let seen = app.get("/visits/access?lang=vi", &cookie).await.text();
    assert!(seen.contains("Cấp, xem giấy phép trên thẻ"), "{seen}");
}

#[tokio::test]
async fn what_is_issued_is_what_was_looked_at() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let (_, card) = resident(&app, "Nguyễn Văn Thử", "0905 000 001", HERE).await;
    let (_, lost) = resident(&app, "Trần Thị Mẫu", "0905 000 002", HERE).await;
    let both = format!("{}\n{}", card.serial(), lost.serial());
    let preview = clerk
        .list(&[TERMS, &[("lines", both.as_str())]].concat(), "")
        .await;
    let revoked = clerk
        .post(&format!("/office/cards/{lost}/revocation"), &[])
        .await;
    assert_eq!(revoked.status, StatusCode::SEE_OTHER, "{}", revoked.text());
    let changed = clerk.send(&preview, TERMS).await;
    assert_eq!(changed.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = changed.text();
    assert!(said.contains("đã thay đổi từ khi mở trang"), "{said}");
    assert!(said.contains("Cấp cho 1 người"), "{said}");
    assert_eq!(kept_permits(&app), 0);
    let there = clerk.send(&changed, TERMS).await.location();
    assert!(there.ends_with("&done=issued&n=1&full=0"), "{there}");
    // The same list, however often it was shown: what is sent again is issued once.
    let again = clerk.send(&changed, TERMS).await.location();
    assert!(again.ends_with("&done=again"), "{again}");
    assert_eq!(kept_permits(&app), 1);
}

#[tokio::test]
async fn one_officer_looks_so_many_lines_up_a_day_and_no_more() {
    let app = TestApp::new().await;
    let officer = officer(&app, OfficerRole::CommuneOfficer, HERE).await;
    let (_, card) = resident(&app, "Nguyễn Văn Thử", "0905 000 001", HERE).await;
    let lines = Limit {
        kind: "permit lines",
        most: 20_000,
        window: Duration::from_secs(86_400),
    };
    let mut tx = app.app.store.write().await.unwrap();
    let key = officer.id.to_string();
    let within = tx.within_all(lines, &key, lines.most - 1, app.now()).await;
    assert!(within.unwrap());
    tx.commit().await.unwrap();
    let cookie = officer.cookie;
    let clerk = Clerk { app: &app, cookie };
    let serial = card.serial();
    let fields = [TERMS, &[("lines", serial.as_str())]].concat();
    let last = clerk.post("/office/permits/new", &fields).await;
    assert!(last.text().contains("Nguyễn Văn Thử"), "{}", last.text());
    let more = clerk.post("/office/permits/new", &fields).await;
    assert_eq!(more.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!more.text().contains("Nguyễn Văn Thử"));
}

#[tokio::test]
async fn a_form_with_faults_comes_back_filled_in() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let (_, card) = resident(&app, "Nguyễn Văn Thử", "0905 000 001", HERE).await;
    let serial = card.serial();
    let with = |name: &'static str, value: &'static str| {
        let same = TERMS.iter().filter(move |(one, _)| *one != name);
        let mut fields: Vec<(&str, &str)> = same.copied().collect();
        fields.push((name, value));
        fields
    };
    for (name, value, said) in [
        ("kind", "", "Chưa chọn loại giấy"),
        ("from", "hôm nay", "Chọn ngày không muộn hơn 92 ngày"),
        ("until", "2026-11-20", "không trước ngày bắt đầu"),
        ("until", "2027-11-20", "Ngày cuối chưa đúng"),
        ("hours", "sáng", "Giờ chưa đúng"),
        ("days", "week", "Chưa chọn ngày nào"),
        ("place", "", "Chưa chọn nơi dùng giấy"),
        ("place", "unit:99999", "Chưa chọn nơi dùng giấy"),
        (
            "place",
            "venue:00000000-0000-7000-8000-000000000000",
            "Chưa chọn nơi dùng giấy",
        ),
        ("days", "even", "Chưa chọn ngày nào"),
        ("place", "venue", "Chưa ghi mã của địa điểm"),
    ] {
        // Even days and a Friday contradict each other; elsewhere a day of the week is left out.
        let friday = if value == "even" { "yes" } else { "" };
        let more = vec![("lines", serial.as_str()), ("d5", friday)];
        let fields = [with(name, value), more].concat();
        let answer = clerk.post("/office/permits/new", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(answer.text().contains(said), "{name}: {}", answer.text());
        assert!(answer.body.contains(&serial), "what was typed stays");
    }
    let nobody = clerk.post("/office/permits/new", TERMS).await;
    assert!(nobody.text().contains("Chưa có ai trong danh sách"));
    let two = [TERMS, &[("lines", "0905000001\n0905000002")]].concat();
    let two = clerk.post("/office/permits/new", &two).await;
    assert!(two.text().contains("Chỉ nhập một số"), "{}", two.text());
    for days in ["week", "every"] {
        let week = [
            with("days", days),
            vec![("d1", "yes"), ("d5", "yes"), ("lines", serial.as_str())],
        ]
        .concat();
        let week = clerk.post("/office/permits/new", &week).await.text();
        assert!(
            week.contains("Giấy đi chợ: thứ Hai, thứ Sáu, 06:00-11:00"),
            "{days}: {week}"
        );
        assert!(
            week.contains("Nguyễn Văn Thử, 1987"),
            "by the full name: {week}"
        );
    }
    let written = [with("from", "21/11/2026"), vec![("lines", serial.as_str())]].concat();
    let written = clerk.post("/office/permits/new", &written).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.text());
    assert!(written.body.contains("name=\"edit\""));
    let edit = [
        with("from", "21/11/2026"),
        vec![("lines", serial.as_str()), ("edit", "yes")],
    ]
    .concat();
    let form = clerk.post("/office/permits/new", &edit).await.body;
    assert!(
        form.contains("value=\"21/11/2026\"") && form.contains(&serial),
        "{form}"
    );
    // Two thousand lines are taken, however much stands beside the numbers.
    let long = format!("0905000099;{}\n", "x".repeat(200)).repeat(1999);
    let long = clerk.list(TERMS, &long).await;
    assert_eq!(long.status, StatusCode::OK, "{}", long.text());
    assert!(!form.contains("type=\"date\""));
    let broken = clerk.list(TERMS, "PK\u{3}\u{4} hỏng").await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(kept_permits(&app), 0);
}

#[tokio::test]
async fn an_office_ends_a_permit_of_its_unit_and_of_no_other() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let neighbour = Clerk::of(&app, ELSEWHERE).await;
    let (holder, card) = resident(&app, "Nguyễn Văn Thử", "0905 000 001", HERE).await;
    let there = clerk.issue_to(&card.serial(), TERMS).await;
    let permit = first(&clerk.get(&there).await);
    let end = format!("{permit}/end");
    assert_eq!(neighbour.get(&permit).await.status, StatusCode::NOT_FOUND);
    let mistake = [("reason", "mistake")];
    let refused = neighbour.post(&end, &mistake).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let theirs = neighbour.get("/office/permits").await.text();
    assert!(theirs.contains("Chưa có giấy nào"), "{theirs}");
    let serial = card.serial();
    let cannot = [TERMS, &[("lines", serial.as_str())]].concat();
    let cannot = neighbour.post("/office/permits/new", &cannot).await.text();
    assert!(cannot.contains("Tìm được người 0"), "{cannot}");

    let found = clerk
        .post("/office/cards", &[("card", serial.as_str())])
        .await;
    assert_eq!(first(&found), permit, "the person's section leads to it");
    let why = clerk.post(&end, &[]).await;
    assert_eq!(why.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(why.text().contains("Chưa chọn lý do"), "{}", why.text());
    let ended = clerk.post(&end, &mistake).await.location();
    assert!(ended.ends_with("&done=ended&n=1"), "{ended}");
    let twice = clerk.post(&end, &mistake).await.location();
    assert!(twice.ends_with("&done=ended&n=0"), "{twice}");
    let cookie = app.session(SessionOf::Holder(holder)).await;
    let mine = app.get("/code", &cookie).await.text();
    assert!(
        mine.contains("Đã kết thúc sớm") && mine.contains("Cấp nhầm"),
        "{mine}"
    );
    let over = clerk.get("/office/permits?state=over").await.text();
    let current = clerk.get("/office/permits?state=current").await.text();
    assert!(over.contains("N.V.T") && !current.contains("N.V.T"));
    let file = clerk.get("/office/permits.csv?kind=market").await;
    assert_eq!(file.header("x-row-count"), "1");
    assert!(file.body.contains("N.V.T") && !file.body.contains("Nguyễn"));
}

/// A resident who declared, and the code of their card.
async fn shown(scene: &Scene, name: &str, phone: &str) -> (HolderId, CardId, String) {
    let (holder, id) = resident(&scene.app, name, phone, HERE).await;
    let now = scene.app.now();
    let mut tx = scene.app.app.store.write().await.unwrap();
    let until = now.plus(Duration::from_secs(86_400));
    let declaration = PlantedDeclaration::plain(store::new_id(now), holder, now, until);
    tx.plant_declarations(&[declaration]).await.unwrap();
    let card = tx.own_cards(&own(holder)).await.unwrap().remove(0);
    tx.commit().await.unwrap();
    let code = scene.app.app.signer.code(card.id).await.unwrap();
    (holder, id, code)
}

fn said(told: &Value) -> (&Value, &Value) {
    (&told["decision"], &told["reasons"])
}

#[tokio::test]
async fn a_gate_asks_for_what_the_commune_demands_and_shows_it() {
    let scene = Scene::new().await;
    let clerk = Clerk::of(&scene.app, HERE).await;
    let attendant = scene.attendant().await;
    let (_, card, code) = shown(&scene, "Nguyễn Văn Thử", "0905 000 001").await;
    let (_, _, without) = shown(&scene, "Trần Thị Mẫu", "0905 000 002").await;
    clerk.issue_to(&card.serial(), TERMS).await;
    let told = one(&scene, &attendant, &scan(&scene, &without, "in", None)).await;
    assert_eq!(said(&told), (&json!("admit"), &json!([])));
    let told = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    assert!(
        told.get("permits").is_none(),
        "nothing is asked for, so nothing is shown: {told}"
    );
    let empty = clerk.post(DEMANDS, &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let market = [
        ("kind", "market"),
        ("venues", "market"),
        ("from", "2026-11-21"),
        ("answer", "refuse"),
    ];
    assert_eq!(clerk.post(DEMANDS, &market).await.location(), DEMANDS);
    let twice = clerk.post(DEMANDS, &market).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);

    scene.app.advance(Duration::from_secs(120));
    let told = one(&scene, &attendant, &scan(&scene, &without, "in", None)).await;
    let missing = json!(["permit_missing"]);
    assert_eq!(said(&told), (&json!("refuse"), &missing));
    assert!(told.get("permits").is_none(), "{told}");
    let read = scan(&scene, &code, "in", None);
    let told = one(&scene, &attendant, &read).await;
    assert_eq!(said(&told), (&json!("admit"), &json!([])));
    let holds = json!([{
        "holds": true,
        "vi": "Giấy đi chợ: ngày lẻ, 06:00-11:00. Lúc này dùng được.",
        "en": "Market permit: odd dates, 06:00-11:00. It holds now.",
    }]);
    assert_eq!(told["permits"], holds);
    let gate = scene.gates[0].id;
    let page = format!(
        "/checkpoints/{gate}/scanner?scan={}",
        told["id"].as_str().unwrap()
    );
    let page = scene.app.get(&page, &attendant.cookie).await.text();
    assert!(page.contains("Lúc này dùng được."), "{page}");

    scene.app.advance(Duration::from_secs(4 * 3600));
    let told = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    let hour = json!(["permit_other_hour"]);
    assert_eq!(said(&told), (&json!("refuse"), &hour));
    let words = told["permits"][0]["vi"].as_str().unwrap();
    assert!(words.ends_with("Ngoài giờ ghi trên giấy."), "{words}");
    let told = one(&scene, &attendant, &scan(&scene, &code, "out", None)).await;
    assert_eq!(
        said(&told),
        (&json!("admit"), &json!([])),
        "the way out is open"
    );
}

/// A demand of the venue with a poster's code, from today on.
async fn demanded_at(clerk: &Clerk<'_>, code: &str) -> Answer {
    let fields = [
        ("venues", "one"),
        ("venue", code),
        ("kind", "any"),
        ("from", "2026-11-21"),
        ("answer", "refer"),
    ];
    clerk.post(DEMANDS, &fields).await
}

#[tokio::test]
async fn a_demand_with_faults_says_what_is_wrong() {
    let app = TestApp::new().await;
    let clerk = Clerk::of(&app, HERE).await;
    let post = async |venues: &'static str, kind: &'static str, from: &'static str| {
        let fields = [
            ("venues", venues),
            ("kind", kind),
            ("from", from),
            ("answer", "refer"),
        ];
        clerk.post(DEMANDS, &fields).await
    };
    for from in ["2026-11-20", "2027-02-22", "mai"] {
        let wrong = post("market", "any", from).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{from}");
        let says = "Chọn một ngày từ hôm nay, trong vòng 92 ngày tới.";
        assert!(wrong.text().contains(says), "{from}: {}", wrong.text());
    }
    let mut made = 0;
    for venues in VenueKind::ALL {
        for kind in PermitKind::ALL {
            let answer = post(venues.as_str(), kind.as_str(), "2026-11-21").await;
            if answer.status == StatusCode::UNPROCESSABLE_ENTITY {
                let says = "Đơn vị đã có 30 yêu cầu, là mức tối đa.";
                assert!(answer.text().contains(says), "{}", answer.text());
                assert_eq!(made, MOST_DEMANDS);
                return;
            }
            made += 1;
        }
    }
    panic!("{made} demands were taken");
}

#[tokio::test]
async fn a_demand_may_be_of_one_venue_and_is_taken_back_by_its_unit() {
    let scene = Scene::new().await;
    let clerk = Clerk::of(&scene.app, HERE).await;
    let neighbour = Clerk::of(&scene.app, ELSEWHERE).await;
    let attendant = scene.attendant().await;
    let (_, _, code) = shown(&scene, "Trần Thị Mẫu", "0905 000 002").await;
    let gate = scene.gates[0].code.as_str();
    for (who, gate) in [(&clerk, "K7M24QX"), (&neighbour, gate)] {
        let wrong = demanded_at(who, gate).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text().contains("Không có địa điểm nào có mã này"));
    }
    assert_eq!(demanded_at(&clerk, gate).await.location(), DEMANDS);
    let twice = demanded_at(&clerk, gate).await.text();
    assert!(twice.contains("Đơn vị đã yêu cầu giấy này"), "{twice}");
    let page = clerk.get(DEMANDS).await;
    assert!(page.text().contains("Chợ Bến Thử"), "{}", page.text());
    let told = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    let missing = json!(["permit_missing"]);
    assert_eq!(said(&told), (&json!("refer"), &missing));

    let lifting = page.body.split("action=\"/office/permits/demands/").nth(1);
    let id = lifting.unwrap().split('/').next().unwrap();
    let lifting = format!("{DEMANDS}/{id}/lifting");
    let refused = neighbour.post(&lifting, &[]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(clerk.post(&lifting, &[]).await.location(), DEMANDS);
    scene.app.advance(Duration::from_secs(120));
    let told = one(&scene, &attendant, &scan(&scene, &code, "in", None)).await;
    assert_eq!(said(&told), (&json!("admit"), &json!([])));
}
