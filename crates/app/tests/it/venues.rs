//! Venues through the front door: registering, managing, who may do what.

use crate::support::{Answer, TestApp, TestHolder, own};
use axum::http::StatusCode;
use domain::ids::VenueId;
use std::time::Duration;
use store::venues::Venue;

/// A form that is right.
pub(crate) const VENUE: &[(&str, &str)] = &[
    ("name", "Chợ Bến Thử"),
    ("kind", "market"),
    ("province", "46"),
    ("commune", "19753"),
    ("address", "1 đường Thử"),
    ("expected", "1.200"),
    ("hours", "set"),
    ("opens", "05:00"),
    ("closes", "18:30"),
    ("checkpoints", "Cổng 1\r\n Cổng  2 \r\n\r\n"),
];

/// The form with one field changed.
fn but<'a>(name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    VENUE
        .iter()
        .map(|(n, v)| if *n == name { (*n, value) } else { (*n, *v) })
        .collect()
}

/// A venue registered by somebody who is signed in.
pub(crate) struct Scene {
    pub(crate) app: TestApp,
    pub(crate) owner: TestHolder,
    pub(crate) venue: VenueId,
    pub(crate) gates: Vec<store::checkpoints::Checkpoint>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let app = TestApp::new().await;
        let owner = app.holder("Lê Thị Thử", "0905 000 418").await;
        let answer = app.post_form("/venues/new", VENUE, &owner.cookie).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let venue: VenueId = answer.location()["/venues/".len()..].parse().unwrap();
        let gates = app
            .app
            .store
            .read()
            .await
            .unwrap()
            .checkpoints(venue)
            .await
            .unwrap();
        Self {
            app,
            owner,
            venue,
            gates,
        }
    }

    pub(crate) async fn stored(&self) -> Venue {
        let mut tx = self.app.app.store.read().await.unwrap();
        tx.venue(self.venue).await.unwrap().unwrap()
    }

    pub(crate) async fn get(&self, rest: &str) -> Answer {
        let path = format!("/venues/{}{rest}", self.venue);
        self.app.get(&path, &self.owner.cookie).await
    }

    pub(crate) async fn post(&self, rest: &str, fields: &[(&str, &str)]) -> Answer {
        let path = format!("/venues/{}{rest}", self.venue);
        self.app.post_form(&path, fields, &self.owner.cookie).await
    }

    /// Somebody on the owner's list.
    pub(crate) async fn attendant(&self) -> TestHolder {
        let fields = [("person", "Trần Thị Mẫu"), ("phone", "0905 000 419")];
        let answer = self.post("/attendants", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        self.app.holder("Trần Thị Mẫu", "0905 000 419").await
    }
}

#[tokio::test]
async fn a_form_sent_twice_registers_one_venue() {
    let app = TestApp::new().await;
    let owner = app.holder("Lê Thị Thử", "0905 000 418").await;
    let form = app.get("/venues/new", &owner.cookie).await.body;
    let id = form.split("name=\"id\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap();
    let fields = [VENUE, &[("id", id)]].concat();
    for _ in 0..2 {
        let answer = app.post_form("/venues/new", &fields, &owner.cookie).await;
        assert_eq!(answer.location(), format!("/venues/{id}"));
    }
    let list = app.get("/venues", &owner.cookie).await.text();
    assert_eq!(list.matches("Chợ Bến Thử").count(), 1, "{list}");
    let mut tx = app.app.store.read().await.unwrap();
    assert_eq!(tx.checkpoints(id.parse().unwrap()).await.unwrap().len(), 2);
    drop(tx);
    // The id is another's: nothing of theirs is shown or changed.
    let other = app.holder("Trần Thị Mẫu", "0905 000 419").await;
    let answer = app.post_form("/venues/new", &fields, &other.cookie).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    // A form opened again is another venue.
    let answer = app.post_form("/venues/new", VENUE, &owner.cookie).await;
    assert_ne!(answer.location(), format!("/venues/{id}"));
}

#[tokio::test]
async fn a_newcomer_registers_in_three_steps() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    let first = browser.get("/venues/new").await;
    assert!(first.text().contains("Bước 1 trong 3"), "{}", first.text());
    assert!(first.body.contains("Cổng chính"));
    let second = browser.follow("/venues/new", VENUE).await;
    assert!(second.text().contains("Bước 2 trong 3"));
    let bad = browser
        .post(
            "/venues/new/registrant",
            &[("person", "Lê <b>"), ("phone", "123")],
        )
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.body.contains("Lê &#60;b&#62;") && bad.body.contains("value=\"123\""));
    let who = [("person", "Lê Thị Thử"), ("phone", "0905.000.418")];
    let third = browser.follow("/venues/new/registrant", &who).await;
    assert!(third.text().contains("09** *** 418"), "{}", third.text());
    // Going back loses nothing.
    for (path, typed) in [("", "Chợ Bến Thử"), ("/registrant", "0905.000.418")] {
        let page = browser.get(&format!("/venues/new{path}")).await;
        assert!(page.body.contains(typed), "{path}");
    }
    let code = app.code_sent("0905 000 418", 1).await;
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let answer = browser
        .post("/venues/new/confirmation", &[("otp", wrong)])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let board = browser
        .follow("/venues/new/confirmation", &[("otp", &code)])
        .await;
    assert_eq!(board.status, StatusCode::OK);
    assert!(
        board.text().contains("Chợ Bến Thử")
            && board.text().contains("Phường Thuận Hóa, Thành phố Huế")
    );
    assert!(board.text().contains("Cổng 1") && board.text().contains("Cổng 2"));
    // The code is good once, and the draft is gone.
    let again = browser
        .post("/venues/new/confirmation", &[("otp", &code)])
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(browser.get("/venues").await.text().contains("Chợ Bến Thử"));
    let phone = domain::phone::Phone::parse("0905 000 418").unwrap();
    let mut tx = app.app.store.read().await.unwrap();
    let found = tx.holder_of_phone(&phone).await.unwrap().unwrap();
    let holder = tx.own_details(&own(found.holder)).await.unwrap().unwrap();
    assert!(holder.verified && holder.details.name.as_str() == "Lê Thị Thử");
}

#[tokio::test]
async fn a_double_click_on_the_last_step_ends_where_the_first_does() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    let form = browser.get("/venues/new").await.body;
    let id = form.split("name=\"id\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap();
    let fields = [VENUE, &[("id", id)]].concat();
    browser.post("/venues/new", &fields).await;
    let who = [("person", "Lê Thị Thử"), ("phone", "0905 000 418")];
    browser.post("/venues/new/registrant", &who).await;
    let code = app.code_sent("0905 000 418", 1).await;
    let draft = browser.cookie();
    let last = "/venues/new/confirmation";
    let typed = [("otp", code.as_str())];
    let clicks = [(); 2].map(|()| app.post_form(last, &typed, &draft));
    let answers = futures_util::future::join_all(clicks).await;
    let [first, second] = &answers[..] else {
        panic!("two answers")
    };
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
    assert_eq!(first.location(), second.location());
    let session = |answer: &Answer| {
        answer
            .header("set-cookie")
            .split(';')
            .next()
            .map(String::from)
    };
    assert_eq!(session(first), session(second));
    let session = session(first).unwrap();
    let list = app.get("/venues", &session).await.text();
    assert_eq!(list.matches("Chợ Bến Thử").count(), 1, "{list}");
    // The draft alone lets nobody in, nor does it with the code once the session has ended.
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for (otp, ended) in [(wrong, false), (code.as_str(), true)] {
        if ended {
            app.post_form("/sign-out", &[], &session).await;
        }
        let answer = app.post_form(last, &[("otp", otp)], &draft).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{otp}");
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn a_known_phone_keeps_its_person() {
    let app = TestApp::new().await;
    let known = app.holder("Lê Thị Thử", "0905 000 418").await;
    let mut browser = app.browser();
    browser.post("/venues/new", VENUE).await;
    browser
        .post(
            "/venues/new/registrant",
            &[("person", "Tên Khác"), ("phone", "0905000418")],
        )
        .await;
    let code = app.code_sent("0905 000 418", 1).await;
    let done = browser
        .post("/venues/new/confirmation", &[("otp", &code)])
        .await;
    let venue: VenueId = done.location()["/venues/".len()..].parse().unwrap();
    let mut tx = app.app.store.read().await.unwrap();
    assert_eq!(tx.venue(venue).await.unwrap().unwrap().owner, known.id);
    let holder = tx.own_details(&own(known.id)).await.unwrap().unwrap();
    assert_eq!(holder.details.name.as_str(), "Lê Thị Thử");
}

#[tokio::test]
async fn steps_out_of_order_are_refused() {
    let app = TestApp::new().await;
    for path in ["/venues/new/registrant", "/venues/new/confirmation"] {
        assert_eq!(app.get(path, "").await.location(), "/venues/new", "{path}");
    }
    let who = [
        ("person", "Lê Thị Thử"),
        ("phone", "0905000418"),
        ("otp", "123456"),
    ];
    for path in [
        "/venues/new/registrant",
        "/venues/new/confirmation",
        "/venues/new/code",
    ] {
        for cookie in ["", "vaora_venue=AAAA", "vaora_venue=%00"] {
            let answer = app.post_form(path, &who, cookie).await;
            assert_eq!(answer.status, StatusCode::CONFLICT, "{path} {cookie}");
        }
    }
    let mut browser = app.browser();
    browser.post("/venues/new", VENUE).await;
    let early = browser
        .post("/venues/new/confirmation", &[("otp", "123456")])
        .await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert_eq!(
        browser.get("/venues/new/confirmation").await.location(),
        "/venues/new/registrant"
    );
    // A venue that was changed after the code was sent asks for the second step again.
    browser.post("/venues/new/registrant", &who).await;
    browser.post("/venues/new", VENUE).await;
    let page = browser.get("/venues/new/confirmation").await;
    assert_eq!(page.location(), "/venues/new/registrant");
    let code = app.code_sent("0905 000 418", 1).await;
    let skipped = browser
        .post("/venues/new/confirmation", &[("otp", &code)])
        .await;
    assert_eq!(skipped.status, StatusCode::CONFLICT);
    // An hour later the draft is nothing.
    app.advance(Duration::from_secs(3601));
    let late = browser.post("/venues/new/registrant", &who).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn every_wrong_field_is_said_and_nothing_is_lost() {
    let app = TestApp::new().await;
    let long = "a".repeat(300);
    let gates = "x\n".repeat(11) + "Cổng";
    for (name, value) in [
        ("name", ""),
        ("name", &long),
        ("kind", "palace"),
        ("province", ""),
        ("commune", "00004"),
        ("commune", "46"),
        ("address", " \u{200b} "),
        ("expected", "vài trăm"),
        ("expected", "0"),
        ("hours", ""),
        ("opens", "25:00"),
        ("closes", "05:00"),
        ("checkpoints", "Cổng 1\nCổng 1"),
        ("checkpoints", &gates),
        ("checkpoints", &long),
    ] {
        let answer = app.post_form("/venues/new", &but(name, value), "").await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{name} {value}"
        );
        let field = if name == "closes" { "opens" } else { name };
        assert!(
            answer.body.contains(&format!("id=\"{field}-error\"")),
            "{name} {value}"
        );
        assert!(
            answer.body.contains("role=\"alert\"")
                && answer.body.contains("Chợ Bến Thử") != (name == "name")
        );
        if name != "name" && name != "address" {
            assert!(answer.body.contains("value=\"1 đường Thử\""), "{name}");
        }
    }
    // Without a script a button shows the communes of the chosen province.
    let mut fields = but("commune", "");
    fields.push(("action", "communes"));
    let answer = app.post_form("/venues/new", &fields, "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("value=\"19774\"") && !answer.body.contains("value=\"00004\""));
    let json = app.get("/units/46/children", "").await.json();
    assert_eq!(json.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn hostile_names_stay_text() {
    let scene = Scene::new().await;
    let hostile = "<script>alert(1)</script> \"O'Thử\" 🙂 {{ 7*7 }}";
    let changed = scene.post("/details", &but("name", hostile)).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER);
    assert_eq!(scene.stored().await.details.name, hostile);
    for rest in [
        "",
        "/details",
        "/checkpoints",
        "/attendants",
        "/posters",
        "/scans",
        "/closing",
    ] {
        let answer = scene.get(rest).await;
        assert_eq!(answer.status, StatusCode::OK, "{rest}");
        assert!(!answer.body.contains("<script>alert"), "{rest}");
        assert!(answer.text().contains("alert(1)"), "{rest}");
    }
    let name = "=1+1\u{202e}\"<i>";
    scene.post("/checkpoints", &[("name", name)]).await;
    let answer = scene.get("/checkpoints").await;
    assert!(
        answer.body.contains("=1+1&#34;&#60;i&#62;"),
        "{}",
        answer.body
    );
}

/// What each kind of person is answered.
#[tokio::test]
async fn only_the_owner_sees_the_pages() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let stranger = scene.app.holder("Phạm Văn Thử", "0905 000 417").await;
    let (venue, gate) = (scene.venue, scene.gates[0].id);
    let reads = [
        format!("/venues/{venue}"),
        format!("/venues/{venue}/counts"),
        format!("/venues/{venue}/scans"),
        format!("/venues/{venue}/scans.xlsx"),
        format!("/venues/{venue}/scans.csv"),
        format!("/venues/{venue}/details"),
        format!("/venues/{venue}/closing"),
        format!("/venues/{venue}/checkpoints"),
        format!("/venues/{venue}/attendants"),
        format!("/venues/{venue}/posters"),
        format!("/checkpoints/{gate}"),
        format!("/checkpoints/{gate}/poster"),
        format!("/checkpoints/{gate}/code.svg"),
        format!("/checkpoints/{gate}/code.png"),
    ];
    for path in &reads {
        let status = async |cookie: &str| scene.app.get(path, cookie).await.status;
        assert_eq!(status(&scene.owner.cookie).await, StatusCode::OK, "{path}");
        assert_eq!(
            status(&attendant.cookie).await,
            StatusCode::FORBIDDEN,
            "{path}"
        );
        assert_eq!(
            status(&stranger.cookie).await,
            StatusCode::NOT_FOUND,
            "{path}"
        );
        let anonymous = scene.app.get(path, "").await;
        assert!(anonymous.location().starts_with("/sign-in?next="), "{path}");
    }
}

#[tokio::test]
async fn only_the_owner_changes_anything() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let stranger = scene.app.holder("Phạm Văn Thử", "0905 000 417").await;
    let (venue, gate) = (scene.venue, scene.gates[0].id);
    let writes = [
        format!("/venues/{venue}/details"),
        format!("/venues/{venue}/closing"),
        format!("/venues/{venue}/checkpoints"),
        format!("/venues/{venue}/devices"),
        format!("/venues/{venue}/devices/revocation"),
        format!("/venues/{venue}/attendants"),
        format!("/venues/{venue}/attendants/removal"),
        format!("/checkpoints/{gate}"),
        format!("/checkpoints/{gate}/closing"),
    ];
    let fields = [
        ("name", "x"),
        ("device", "00000000-0000-7000-8000-000000000000"),
        ("attendant", "00"),
    ];
    for path in &writes {
        let status = async |cookie: &str| scene.app.post_form(path, &fields, cookie).await.status;
        assert_eq!(
            status(&attendant.cookie).await,
            StatusCode::FORBIDDEN,
            "{path}"
        );
        assert_eq!(
            status(&stranger.cookie).await,
            StatusCode::NOT_FOUND,
            "{path}"
        );
        let anonymous = scene.app.post_form(path, &fields, "").await;
        assert!(anonymous.location().starts_with("/sign-in?next="), "{path}");
    }
    assert_eq!(scene.stored().await.closed, None);
    let scanner = format!("/checkpoints/{gate}/scanner");
    for (cookie, status) in [
        (scene.owner.cookie.as_str(), StatusCode::OK),
        (&attendant.cookie, StatusCode::OK),
        (&stranger.cookie, StatusCode::NOT_FOUND),
        ("", StatusCode::SEE_OTHER),
    ] {
        assert_eq!(scene.app.get(&scanner, cookie).await.status, status);
    }
    for path in [
        "/venues/0",
        "/venues/x'--",
        "/checkpoints/0/scanner",
        "/checkpoints/0/poster",
    ] {
        let answer = scene.app.get(path, &scene.owner.cookie).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn another_venues_gates_and_devices_are_out_of_reach() {
    let scene = Scene::new().await;
    let other = scene.app.holder("Phạm Văn Thử", "0905 000 417").await;
    let made = scene
        .app
        .post_form("/venues/new", VENUE, &other.cookie)
        .await;
    let theirs = made.location();
    let gate = scene.gates[0].id.to_string();
    let device = [("device_name", "Cổng xoay"), ("checkpoint", gate.as_str())];
    let answer = scene
        .app
        .post_form(&format!("{theirs}/devices"), &device, &other.cookie)
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    scene.post("/devices", &device).await;
    let mut tx = scene.app.app.store.read().await.unwrap();
    let scope = tx.venue_scope(scene.venue).await.unwrap().unwrap();
    let actor = domain::role::Actor::Holder(scene.owner.id);
    let who = domain::role::authorize(&actor, scope).unwrap();
    let id = tx.devices(&who).await.unwrap()[0].id.to_string();
    drop(tx);
    let revoke = format!("{theirs}/devices/revocation");
    let answer = scene
        .app
        .post_form(&revoke, &[("device", &id)], &other.cookie)
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(scene.get("/checkpoints").await.text().contains("Thu hồi"));
    // A double click on the own one's button.
    for _ in 0..2 {
        let answer = scene.post("/devices/revocation", &[("device", &id)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn an_attendant_loses_the_gate_at_once() {
    let scene = Scene::new().await;
    let attendant = scene.attendant().await;
    let twice = [("person", "Trần Thị Mẫu"), ("phone", "+84 905 000 419")];
    let answer = scene.post("/attendants", &twice).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let list = scene.get("/attendants").await;
    let mut tx = scene.app.app.store.read().await.unwrap();
    let seen = tx.audit_about(&own(attendant.id), &[]).await.unwrap();
    assert!(!seen.is_empty() && seen.iter().all(|line| line.action == "list_attendants"));
    drop(tx);
    assert!(list.text().contains("09** *** 419") && !list.body.contains("value=\"0905"));
    assert!(!list.body.contains("+84905000419"));
    assert!(
        scene
            .app
            .get("/venues", &attendant.cookie)
            .await
            .text()
            .contains("Chợ Bến Thử")
    );
    let key = list.body.split("removal?attendant=").nth(1).unwrap();
    let key = key.split('"').next().unwrap();
    let rival = scene.app.holder("Phạm Thị Mẫu", "0905 000 420").await;
    let registered = scene
        .app
        .post_form("/venues/new", VENUE, &rival.cookie)
        .await;
    let theirs = format!("{}/attendants/removal", registered.location());
    for key in [key, "zz", ""] {
        let answer = scene
            .app
            .post_form(&theirs, &[("attendant", key)], &rival.cookie)
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{key}");
    }
    // The question names the person, and by itself does nothing.
    let asked = scene
        .get(&format!("/attendants/removal?attendant={key}"))
        .await;
    assert!(
        asked.text().contains("Bỏ Trần Thị Mẫu khỏi danh sách?"),
        "{}",
        asked.text()
    );
    assert!(
        asked
            .body
            .contains(&format!("name=\"attendant\" value=\"{key}\""))
    );
    assert!(scene.get("/attendants").await.body.contains(key));
    let gone = scene
        .post("/attendants/removal", &[("attendant", key)])
        .await;
    let list = scene.app.get(&gone.location(), &scene.owner.cookie).await;
    assert!(list.text().contains("Đã bỏ khỏi danh sách") && !list.body.contains(key));
    let asked = scene
        .get(&format!("/attendants/removal?attendant={key}"))
        .await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    let scanner = format!("/checkpoints/{}/scanner", scene.gates[0].id);
    let answer = scene.app.get(&scanner, &attendant.cookie).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_token_is_shown_once_and_only_its_hash_is_kept() {
    let scene = Scene::new().await;
    let gate = scene.gates[0].id.to_string();
    let fields = [("device_name", "Cổng xoay"), ("checkpoint", gate.as_str())];
    let answer = scene.post("/devices", &fields).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    let token = answer
        .body
        .split("token\">")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(token.len(), 43);
    assert!(answer.body.contains("<svg") && answer.body.contains(&format!("Bearer {token}")));
    // Another language would be another page, without it.
    assert!(!answer.body.contains("class=\"tongues\""));
    assert!(!scene.get("/checkpoints").await.body.contains(&token));
    let scan = r#"{"scans":[{"id":"0194f000-0000-7000-8000-000000000001","code":"x"}]}"#;
    assert_eq!(
        scene
            .app
            .post_json("/api/v1/scans", scan, &token)
            .await
            .status,
        StatusCode::OK
    );
    for entry in std::fs::read_dir(scene.app.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes
                .windows(token.len())
                .any(|part| part == token.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    let id = scene.get("/checkpoints").await;
    let id = id
        .body
        .split("revocation?device=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let asked = scene.get(&format!("/devices/revocation?device={id}")).await;
    assert!(
        asked.text().contains("Thu hồi quyền của Cổng xoay?"),
        "{}",
        asked.text()
    );
    let done = scene.post("/devices/revocation", &[("device", &id)]).await;
    let list = scene.app.get(&done.location(), &scene.owner.cookie).await;
    assert!(list.text().contains("Đã thu hồi quyền"), "{}", list.text());
    let asked = scene.get(&format!("/devices/revocation?device={id}")).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    let answer = scene.app.post_json("/api/v1/scans", scan, &token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn gates_are_added_renamed_and_closed() {
    let scene = Scene::new().await;
    for name in ["", "Cổng 1", &"x".repeat(41)] {
        let answer = scene.post("/checkpoints", &[("name", name)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
    assert_eq!(
        scene
            .post("/checkpoints", &[("name", "Cổng 3")])
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    let gate = format!("/checkpoints/{}", scene.gates[0].id);
    let answer = scene
        .app
        .post_form(&gate, &[("name", "Cổng 2")], &scene.owner.cookie)
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    scene
        .app
        .post_form(&gate, &[("name", "Cổng bắc")], &scene.owner.cookie)
        .await;
    assert!(
        scene
            .get("/posters")
            .await
            .text()
            .contains("Cổng bắc bản 2")
    );
    let closing = format!("{gate}/closing");
    let asked = scene.app.get(&closing, &scene.owner.cookie).await;
    assert!(asked.text().contains("Đóng Cổng bắc?"), "{}", asked.text());
    let done = scene
        .app
        .post_form(&closing, &[], &scene.owner.cookie)
        .await;
    let list = scene.app.get(&done.location(), &scene.owner.cookie).await;
    assert!(list.text().contains("Đã đóng cổng"), "{}", list.text());
    let list = scene.get("/checkpoints").await.text();
    assert!(!list.contains("Cổng bắc") && list.contains("Cổng 3"));
    for rest in ["", "/closing", "/poster", "/scanner"] {
        let answer = scene
            .app
            .get(&format!("{gate}{rest}"), &scene.owner.cookie)
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{rest}");
    }
}

#[tokio::test]
async fn posters_are_drawn_for_each_paper_and_language() {
    let scene = Scene::new().await;
    let gate = format!("/checkpoints/{}", scene.gates[0].id);
    for query in ["", "?paper=a3", "?paper=a4&words=en", "?paper=huge"] {
        let answer = scene
            .app
            .get(&format!("{gate}/poster{query}"), &scene.owner.cookie)
            .await;
        assert_eq!(answer.header("content-type"), "application/pdf", "{query}");
        assert!(answer.bytes.starts_with(b"%PDF-"), "{query}");
        assert_eq!(answer.header("set-cookie"), "", "{query}");
    }
    let png = scene
        .app
        .get(&format!("{gate}/code.png"), &scene.owner.cookie)
        .await;
    assert!(png.bytes.starts_with(b"\x89PNG"));
    let svg = scene
        .app
        .get(&format!("{gate}/code.svg"), &scene.owner.cookie)
        .await;
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    let form = scene.get("/posters").await;
    // The owner goes on reading in the owner's language, whatever the poster's.
    assert!(form.body.contains("name=\"words\" value=\"en\""));
    assert!(!form.body.contains("name=\"lang\""));
}
