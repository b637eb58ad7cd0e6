//! Set-up, invitations, sign-in, and what officers do to officers.

use crate::roles::officer;
use crate::running::run;
use crate::support::{Answer, Browser, TestApp};
use axum::http::StatusCode;
use data_encoding::BASE32_NOPAD;
use domain::role::OfficerRole;
use std::time::Duration;
use vaora::{set_up, totp};

pub(crate) const PASSWORD: &str = "sông Hương chảy chậm";

/// The value of a hidden field.
pub(crate) fn hidden(answer: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = answer.body.split(&start).nth(1).unwrap_or_default();
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// The TOTP secret an enrolment page shows.
fn secret(answer: &Answer) -> Vec<u8> {
    let rest = answer
        .body
        .split("enrol__secret\" translate=\"no\">")
        .nth(1)
        .unwrap();
    let text: String = rest.split('<').next().unwrap().split_whitespace().collect();
    BASE32_NOPAD.decode(text.as_bytes()).unwrap()
}

/// The path of the one-time link a page shows.
fn shown_link(answer: &Answer) -> String {
    let at = answer
        .body
        .find("/invitations/")
        .unwrap_or_else(|| panic!("{}", answer.body));
    answer.body[at..]
        .split(['"', '<'])
        .next()
        .unwrap()
        .to_owned()
}

/// Opens a link, sets the password and enrols; the browser is signed in then.
async fn enrol(app: &TestApp, browser: &mut Browser<'_>, link: &str) -> Vec<u8> {
    let page = browser.get(link).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let secret = secret(&page);
    let code = totp::code(&secret, app.now());
    let sealed = hidden(&page, "sealed");
    let fields = [
        ("password", PASSWORD),
        ("again", PASSWORD),
        ("code", &code),
        ("sealed", &sealed),
    ];
    let answer = browser.post(link, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    secret
}

/// Sets up for Huế; the browser is the first officer's.
async fn first_officer<'a>(app: &'a TestApp) -> (Browser<'a>, Vec<u8>) {
    let link = set_up::link(&app.app).await.unwrap().unwrap();
    let path = link
        .strip_prefix("http://127.0.0.1:8080")
        .unwrap()
        .to_owned();
    let mut browser = app.browser();
    let fields = [
        ("area", "46"),
        ("unit", "46"),
        ("controller", "Sở Y tế"),
        ("hotline", "0234 000 0000"),
        ("name", "Trần Thị Mẫu"),
        ("login", "Mau"),
    ];
    let answer = browser.post(&path, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let secret = enrol(app, &mut browser, &answer.location()).await;
    (browser, secret)
}

async fn sign_in(app: &TestApp, login: &str, password: &str, code: &str) -> Answer {
    let fields = [("login", login), ("password", password), ("code", code)];
    app.post_form("/office/sign-in", &fields, "").await
}

#[tokio::test]
async fn set_up_makes_the_first_officer_and_then_its_link_is_dead() {
    let app = TestApp::new().await;
    let old = set_up::link(&app.app).await.unwrap().unwrap();
    let link = set_up::link(&app.app).await.unwrap().unwrap();
    let path = |link: &str| {
        link.strip_prefix("http://127.0.0.1:8080")
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        app.get(&path(&old), "").await.status,
        StatusCode::GONE,
        "replaced"
    );
    let link = path(&link);
    let page = app.get(&format!("{link}?area=46"), "").await;
    assert!(page.text().contains("Phường Thuận Hóa"), "{}", page.text());
    let bad = app
        .post_form(
            &link,
            &[("area", "46"), ("name", "Trần Thị Mẫu"), ("hotline", "x")],
            "",
        )
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.body.contains("Trần Thị Mẫu"), "nothing typed is lost");
    for field in ["unit", "controller", "hotline", "login"] {
        assert!(bad.body.contains(&format!("{field}-error")), "{field}");
    }

    let (mut browser, _) = first_officer(&app).await;
    let overview = browser.get("/office").await;
    assert_eq!(overview.status, StatusCode::OK);
    assert!(
        overview.text().contains("Thành phố Huế"),
        "{}",
        overview.text()
    );
    assert_eq!(set_up::link(&app.app).await.unwrap(), None, "no second one");
    assert_eq!(app.get(&link, "").await.status, StatusCode::GONE);
    assert_eq!(
        app.post_form(&link, &[("unit", "VN")], "").await.status,
        StatusCode::GONE
    );
}

#[tokio::test]
async fn a_link_enrols_once() {
    let app = TestApp::new().await;
    let (mut browser, _) = first_officer(&app).await;
    let fields = [
        ("unit", "19753"),
        ("role", "commune_officer"),
        ("name", "Nguyễn Văn Thử"),
        ("login", "thu"),
    ];
    let answer = browser.post("/office/officers", &fields).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let link = shown_link(&answer);

    let page = app.get(&link, "").await;
    let (first, again) = (secret(&page), secret(&app.get(&link, "").await));
    assert_ne!(first, again, "who merely looked knows nothing");
    let sealed = hidden(&page, "sealed");
    let code = totp::code(&first, app.now());
    let send = async |password: &str, twice: &str, code: &str, sealed: &str| {
        let fields = [
            ("password", password),
            ("again", twice),
            ("code", code),
            ("sealed", sealed),
        ];
        app.post_form(&link, &fields, "").await
    };
    for (password, twice, digits, field) in [
        ("sen-ao-hồ", "sen-ao-hồ", code.as_str(), "password"),
        (PASSWORD, "khác hẳn câu trên", &code, "again"),
        (PASSWORD, PASSWORD, "000000", "code"),
    ] {
        let answer = send(password, twice, digits, &sealed).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(
            answer.body.contains(&format!("id=\"{field}-error\"")),
            "{field}"
        );
        assert_eq!(secret(&answer), first, "the app's entry stays good");
        assert!(!answer.body.contains(password), "no password comes back");
    }
    assert_eq!(
        send(PASSWORD, PASSWORD, &code, "AAAA").await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        send(PASSWORD, PASSWORD, &code, &sealed).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        send(PASSWORD, PASSWORD, &code, &sealed).await.status,
        StatusCode::GONE,
        "old link"
    );
    assert_eq!(app.get(&link, "").await.status, StatusCode::GONE);
    app.advance(Duration::from_secs(30));
    let code = totp::code(&first, app.now());
    assert_eq!(
        sign_in(&app, "thu", PASSWORD, &code).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_link_dies_after_a_week() {
    let app = TestApp::new().await;
    let (mut browser, _) = first_officer(&app).await;
    let fields = [
        ("unit", "46"),
        ("role", "auditor"),
        ("name", "Nguyễn Văn Thử"),
        ("login", "thu"),
    ];
    let link = shown_link(&browser.post("/office/officers", &fields).await);
    app.advance(Duration::from_secs(7 * 86_400 - 1));
    assert_eq!(app.get(&link, "").await.status, StatusCode::OK);
    app.advance(Duration::from_secs(1));
    assert_eq!(app.get(&link, "").await.status, StatusCode::GONE);
}

#[tokio::test]
async fn signing_in_takes_password_and_an_unspent_code_and_never_says_what_was_wrong() {
    let app = TestApp::new().await;
    let (_, secret) = first_officer(&app).await;
    let now = || totp::code(&secret, app.now());
    let replay = sign_in(&app, "mau", PASSWORD, &now()).await;
    assert_eq!(
        replay.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "enrolling spent this step"
    );
    app.advance(Duration::from_secs(60));
    let wrong_password = sign_in(&app, "mau", "sông Hương chảy nhanh", &now()).await;
    let wrong_code = sign_in(&app, "mau", PASSWORD, "000000").await;
    let unknown = sign_in(&app, "nobody", PASSWORD, &now()).await;
    for answer in [&wrong_password, &wrong_code, &unknown, &replay] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.text(), replay.text());
        assert!(!answer.body.contains("chảy"), "no password comes back");
    }
    let good = sign_in(&app, " MAU ", PASSWORD, &now()).await;
    assert_eq!(
        (good.status, good.location().as_str()),
        (StatusCode::SEE_OTHER, "/office")
    );
    let replay = sign_in(&app, "mau", PASSWORD, &now()).await;
    assert_eq!(
        replay.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a code works once"
    );
}

#[tokio::test]
async fn signing_in_returns_to_the_page_that_asked_and_to_no_other_site() {
    let app = TestApp::new().await;
    let (_, secret) = first_officer(&app).await;
    let asked = app.get("/office/venues?q=a", "").await;
    assert_eq!(
        asked.location(),
        "/office/sign-in?next=/office/venues%3Fq%3Da"
    );
    let form = app.get(&asked.location(), "").await;
    assert_eq!(hidden(&form, "next"), "/office/venues?q=a");
    for (next, expected) in [
        ("/office/venues?q=a", "/office/venues?q=a"),
        ("//evil.example", "/office"),
    ] {
        app.advance(Duration::from_secs(60));
        let code = totp::code(&secret, app.now());
        let fields = [
            ("login", "mau"),
            ("password", PASSWORD),
            ("code", &code),
            ("next", next),
        ];
        let answer = app.post_form("/office/sign-in", &fields, "").await;
        assert_eq!(answer.location(), expected);
    }
}

#[tokio::test]
async fn guessing_is_limited() {
    let app = TestApp::new().await;
    first_officer(&app).await;
    for _ in 0..10 {
        assert_eq!(
            sign_in(&app, "mau", "x", "000000").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    let refused = sign_in(&app, "mau", "x", "000000").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "900");
    app.advance(Duration::from_secs(900));
    assert_eq!(
        sign_in(&app, "mau", "x", "000000").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn nobody_invites_upwards_or_sideways() {
    let app = TestApp::new().await;
    let (mut browser, _) = first_officer(&app).await;
    let mut n = 0;
    for (unit, role, expected) in [
        ("46", "province_officer", StatusCode::CREATED),
        ("19753", "commune_officer", StatusCode::CREATED),
        ("46", "national_officer", StatusCode::UNPROCESSABLE_ENTITY),
        ("VN", "national_officer", StatusCode::FORBIDDEN),
        ("VN", "auditor", StatusCode::FORBIDDEN),
        ("01", "commune_officer", StatusCode::FORBIDDEN),
        ("00004", "inspector", StatusCode::FORBIDDEN),
        ("99999", "inspector", StatusCode::UNPROCESSABLE_ENTITY),
        ("46", "emperor", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        n += 1;
        let login = format!("thu{n}");
        let fields = [
            ("unit", unit),
            ("role", role),
            ("name", "Nguyễn Văn Thử"),
            ("login", &login),
        ];
        assert_eq!(
            browser.post("/office/officers", &fields).await.status,
            expected,
            "{role} of {unit}"
        );
    }
    let taken = [
        ("unit", "46"),
        ("role", "inspector"),
        ("name", "Nguyễn Văn Thử"),
        ("login", "mau"),
    ];
    let answer = browser.post("/office/officers", &taken).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("login-error"), "{}", answer.text());
}

#[tokio::test]
async fn suspension_and_reset_hold_from_the_next_request_on() {
    let app = TestApp::new().await;
    let (mut chief, _) = first_officer(&app).await;
    let fields = [
        ("unit", "19753"),
        ("role", "commune_officer"),
        ("name", "Nguyễn Văn Thử"),
        ("login", "thu"),
    ];
    let link = shown_link(&chief.post("/office/officers", &fields).await);
    let mut clerk = app.browser();
    let secret = enrol(&app, &mut clerk, &link).await;
    assert_eq!(clerk.get("/office").await.status, StatusCode::OK);

    let list = chief.get("/office/officers?q=thu").await;
    let at = list.body.find("/office/officers/0").unwrap();
    let path = list.body[at..].split('"').next().unwrap().to_owned();
    let own = chief.get("/office/officers?q=mau").await;
    let at = own.body.find("/office/officers/0").unwrap();
    let own = own.body[at..].split('"').next().unwrap().to_owned();

    let done = chief.post(&format!("{path}/suspension"), &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(
        clerk.get("/office").await.status,
        StatusCode::SEE_OTHER,
        "to sign in"
    );
    app.advance(Duration::from_secs(60));
    let code = totp::code(&secret, app.now());
    assert_eq!(
        sign_in(&app, "thu", PASSWORD, &code).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    chief.post(&format!("{path}/resumption"), &[]).await;
    assert_eq!(
        sign_in(&app, "thu", PASSWORD, &code).await.status,
        StatusCode::SEE_OTHER
    );

    let reset = chief.post(&format!("{path}/reset"), &[]).await;
    assert_eq!(reset.status, StatusCode::OK);
    app.advance(Duration::from_secs(60));
    let code = totp::code(&secret, app.now());
    assert_eq!(
        sign_in(&app, "thu", PASSWORD, &code).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let new = enrol(&app, &mut clerk, &shown_link(&reset)).await;
    assert_ne!(new, secret);

    for act in ["suspension", "resumption", "reset"] {
        assert_eq!(
            chief.post(&format!("{own}/{act}"), &[]).await.status,
            StatusCode::FORBIDDEN,
            "{act} of oneself"
        );
        assert_eq!(
            clerk.post(&format!("{own}/{act}"), &[]).await.status,
            StatusCode::NOT_FOUND,
            "{act} of one above"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_officer_is_led_to_a_second_and_helped_back_in_on_the_server() {
    let app = TestApp::new().await;
    let (mut chief, _) = first_officer(&app).await;
    let second = "Mời cán bộ thứ hai";
    assert!(chief.get("/office").await.text().contains(second));

    let data = app.folder.path().display().to_string();
    let console = |command: &[&str]| {
        let place = ["--data", &data, "--public-url", "https://vaora.example/"];
        let place = if command[1] == "list" {
            &place[..2]
        } else {
            &place
        };
        let done = run(&[command, place].concat(), b"");
        let said = [done.stdout, done.stderr].concat();
        (
            done.status.code(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    };
    let (code, said) = console(&["officers", "list"]);
    assert!(
        code == Some(0) && said.contains("province_officer"),
        "{said}"
    );
    assert!(said.contains("mau ") && said.contains("active"), "{said}");
    let (code, said) = console(&["officers", "reset", "ma"]);
    assert!(
        code == Some(1) && said.contains("No officer has the login ma"),
        "{said}"
    );
    // Other keys, or none, would make a link that leads nowhere.
    let other = tempfile::tempdir().unwrap();
    for (folder, why) in [("none", "sealing.key"), ("other", "wrong key folder")] {
        let keys = other.path().join(folder);
        if folder == "other" {
            store::keys::Keys::open(&keys).unwrap();
        }
        let keys = keys.display().to_string();
        let (code, said) = console(&["officers", "reset", "mau", "--keys", &keys]);
        assert!(code == Some(1) && said.contains(why), "{said}");
    }
    assert!(!other.path().join("none").exists());
    assert_eq!(
        chief.get("/office").await.status,
        StatusCode::OK,
        "nothing was done"
    );
    let (code, said) = console(&["officers", "reset", "Mau"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        chief.get("/office").await.status,
        StatusCode::SEE_OTHER,
        "signed out"
    );
    let link = said
        .lines()
        .find_map(|line| line.strip_prefix("https://vaora.example"));
    enrol(&app, &mut chief, link.unwrap()).await;
    assert!(chief.get("/office").await.text().contains(second));

    for (role, login) in [("auditor", "kiem-toan"), ("province_officer", "thu")] {
        let fields = [
            ("unit", "46"),
            ("role", role),
            ("name", "Nguyễn Văn Thử"),
            ("login", login),
        ];
        let link = shown_link(&chief.post("/office/officers", &fields).await);
        let mut other = app.browser();
        enrol(&app, &mut other, &link).await;
        if role == "auditor" {
            let log = other.get("/audit").await.text();
            assert!(log.contains("Người vận hành máy chủ"), "{log}");
            assert!(chief.get("/office").await.text().contains(second));
        }
    }
    assert!(!chief.get("/office").await.text().contains(second));
}

#[tokio::test]
async fn a_commune_that_stands_alone_has_an_auditor_and_nobody_is_invited_to_nothing() {
    let app = TestApp::new().await;
    let clerk = officer(&app, OfficerRole::CommuneOfficer, "19753").await;
    let form = app.get("/office/officers/new", &clerk.cookie).await;
    assert!(form.body.contains("value=\"auditor\""));
    assert!(!form.body.contains("health_officer"), "it has no page");
    for (role, expected) in [
        ("auditor", StatusCode::CREATED),
        ("health_officer", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let fields = [
            ("unit", "19753"),
            ("role", role),
            ("name", "Nguyễn Văn Thử"),
            ("login", role),
        ];
        let answer = app
            .post_form("/office/officers", &fields, &clerk.cookie)
            .await;
        assert_eq!(answer.status, expected, "{role}");
    }
}
