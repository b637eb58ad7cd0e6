//! Officers kept out and let in again: by other officers, and on the server.

use crate::running::run;
use crate::support::TestApp;
use crate::support::enrolment::{PASSWORD, enrol, first_officer, shown_link, sign_in};
use axum::http::StatusCode;
use std::time::Duration;
use vaora::totp;

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
