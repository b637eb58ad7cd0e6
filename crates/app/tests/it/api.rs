//! What the API promises besides recording: its description, and how it says no.

use crate::roles::{officer, routes};
use crate::support::{Answer, TestApp};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::role::OfficerRole;
use std::collections::BTreeSet;

#[tokio::test]
async fn the_description_names_every_address_for_programs() {
    let app = TestApp::new().await;
    let document = app.get("/api/openapi.json", "").await.json();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            described.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let here = |path: &str| path.starts_with("/api/") || path == "/healthz";
    let routes = routes().into_iter().filter(|(_, path)| here(path));
    let routes: BTreeSet<String> = routes
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert_eq!(described, routes);
    let page = include_str!("../../../../docs/api.md");
    for address in routes {
        assert!(page.contains(&format!("| `{address}` |")), "{address}");
    }
}

fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

async fn send(app: &TestApp, request: axum::http::request::Builder, body: &str) -> Answer {
    app.send(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

#[tokio::test]
async fn whatever_is_refused_is_a_problem_in_the_readers_language() {
    let app = TestApp::new().await;
    let auditor = officer(&app, OfficerRole::Auditor, "46").await.cookie;
    let form = "application/x-www-form-urlencoded";
    let asked = [
        (
            request("GET", "/audit?before=x").header("cookie", &auditor),
            "",
            400,
            "malformed",
        ),
        (
            request("POST", "/sign-in").header("content-type", "text/csv"),
            "a,b",
            400,
            "malformed",
        ),
        (
            request("POST", "/sign-in").header("content-type", form),
            "phone=%FF&phone=2",
            400,
            "malformed",
        ),
        (request("GET", "/no/such/page"), "", 404, "not_found"),
        (request("GET", "/api/v1/nothing"), "", 404, "not_found"),
        (request("PUT", "/privacy"), "", 405, "method_not_allowed"),
        (
            request("GET", "/api/v1/scans"),
            "",
            405,
            "method_not_allowed",
        ),
    ];
    for (request, body, status, slug) in asked {
        let request = request.header("accept-language", "en");
        let uri = format!("{:?}", request.uri_ref());
        let answer = send(&app, request, body).await;
        assert_eq!(answer.status, status, "{uri}: {}", answer.body);
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{uri}"
        );
        assert_eq!(answer.json()["type"], format!("/problems/{slug}"), "{uri}");
        assert_eq!(answer.json()["status"], status, "{uri}");
        assert_eq!(answer.header("allow").is_empty(), status != 405, "{uri}");
    }
    let page = app.get("/audit?before=x", &auditor).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(
        page.header("content-type").starts_with("text/html") && page.body.contains("lang=\"vi\"")
    );
    let title = vaora::web::locale::Locale::Vi.text("problem.malformed.title");
    assert!(page.text().contains(title), "{}", page.text());
    // Whoever shows no token is refused before anything is read.
    let too_large = (StatusCode::PAYLOAD_TOO_LARGE, "/problems/too_large");
    let nobody = (StatusCode::UNAUTHORIZED, "/problems/token_refused");
    for (path, expected) in [("/sign-in", too_large), ("/api/v1/scans", nobody)] {
        let large = send(
            &app,
            request("POST", path).header("content-type", form),
            &"a".repeat(50_000_000),
        )
        .await;
        let said = large.json()["type"].as_str().unwrap_or_default().to_owned();
        assert_eq!((large.status, said.as_str()), expected, "{path}");
    }
    // To a person it speaks of what was sent, whatever that was.
    let name = "a".repeat(300_000);
    let page = app.post_form("/sign-in", &[("phone", &name)], "").await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.text().contains("Gửi ít hơn"), "{}", page.text());
    assert!(!page.text().contains("lượt"), "{}", page.text());
}

#[tokio::test]
async fn a_form_to_mend_stays_a_form() {
    let app = TestApp::new().await;
    let answer = app.post_form("/sign-in", &[("phone", "1")], "").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("value=\"1\""), "{}", answer.body);
}

#[tokio::test]
async fn no_page_is_kept_by_a_browser() {
    let app = TestApp::new().await;
    let holder = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    app.post_form("/cards", &[], &holder.cookie).await;
    let paths = [
        "/",
        "/code",
        "/code/sheet.pdf",
        "/visits",
        "/venues",
        "/declarations/new",
        "/v/2222222",
        "/nothing",
    ];
    for path in paths {
        let answer = app.get(path, &holder.cookie).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let form = app.post_form("/sign-in", &[("phone", "1")], "").await;
    assert_eq!(form.header("cache-control"), "no-store");
}
