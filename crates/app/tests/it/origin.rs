//! What protects a browser: where requests come from, and the headers of pages.

use crate::support::TestApp;
use axum::body::Body;
use axum::http::{Request, StatusCode};

#[tokio::test]
async fn forms_of_other_sites_change_nothing() {
    let app = TestApp::new().await;
    let post = async |headers: &[(&str, &str)]| {
        let mut request = Request::post("/office/sign-in")
            .header("host", "127.0.0.1:8080")
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        app.send(request.body(Body::from("login=mau")).unwrap())
            .await
    };
    for headers in [
        [("origin", "http://127.0.0.1:8080")].as_slice(),
        &[("sec-fetch-site", "same-origin")],
        &[],
    ] {
        assert_eq!(
            post(headers).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{headers:?}"
        );
    }
    for headers in [
        [("origin", "https://evil.example")].as_slice(),
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[
            ("sec-fetch-site", "same-site"),
            ("origin", "http://127.0.0.1:8080"),
        ],
    ] {
        let answer = post(headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert_eq!(answer.json()["type"], "/problems/foreign_origin");
    }
    // Devices hold tokens, not cookies: the API asks for those instead.
    let api = Request::post("/api/v1/scans").header("origin", "https://gate.example");
    let answer = app.send(api.body(Body::from("{}")).unwrap()).await;
    assert_ne!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn every_page_carries_the_rules() {
    let app = TestApp::new().await;
    for path in ["/office/sign-in", "/nowhere", "/office"] {
        let answer = app.get(path, "").await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'self'") && !policy.contains("unsafe-inline"),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(
            answer
                .header("permissions-policy")
                .starts_with("camera=(self), serial=(self), fullscreen=(self), microphone=()"),
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn the_language_that_was_chosen_stays() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    let page = browser.get("/office/sign-in?lang=en").await;
    assert!(page.text().contains("Officers' sign-in"), "{}", page.text());
    let page = browser.get("/office/sign-in").await;
    assert!(page.text().contains("Officers' sign-in"), "{}", page.text());
    let page = browser.get("/office/sign-in?lang=xx").await;
    assert!(page.body.contains("lang=\"en\""));
}

#[tokio::test]
async fn the_files_a_page_names_are_served_and_kept() {
    let app = TestApp::new().await;
    let page = app.get("/office/sign-in", "").await;
    let mut files = 0;
    for part in page.body.split("\"/static/").skip(1) {
        let path = format!("/static/{}", part.split(['"', '#']).next().unwrap());
        if !path.contains('.') {
            continue; // where the files lie, for scripts
        }
        let file = app.get(&path, "").await;
        assert_eq!(file.status, StatusCode::OK, "{path}");
        assert!(file.header("cache-control").contains("immutable"), "{path}");
        files += 1;
    }
    assert!(files > 3);
}
