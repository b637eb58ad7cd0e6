//! Whatever is sent, nothing of it that is personal stands in the log, at the loudest level.

use crate::asides_once::report_lost;
use crate::running::Running;
use crate::support::town::Town;
use axum::http::StatusCode;
use std::fmt::Write as _;

const CANARIES: [&str; 7] = [
    "Kanarienvogel",
    "0905000977",
    "84905000977",
    "905000977",
    "geheim-token-77",
    "MATMA77",
    "079077000977",
];

const PATHS: [&str; 21] = [
    "/",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/name",
    "/sign-in/again",
    "/declarations",
    "/venues",
    "/declarations/new",
    "/v/MATMA77",
    "/visits",
    "/code",
    "/cards",
    "/office",
    "/office/sign-in",
    "/office/cards",
    "/set-up/geheim-token-77",
    "/invitations/geheim-token-77",
    "/api/v1/scans",
    "/api/nothing",
    "/nothing/Kanarienvogel",
    "/demo/otp-inbox",
];

fn request(method: &str, path: &str, kind: &str, body: &str) -> String {
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept: text/html\r\n\
         cookie: vaora=geheim-token-77\r\nauthorization: Bearer geheim-token-77\r\n\
         x-forwarded-for: 198.51.100.77\r\nsec-fetch-site: same-origin\r\norigin: http://x\r\n"
    );
    let _ = write!(
        text,
        "content-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    text
}

#[test]
fn the_log_holds_no_personal_data() {
    let folder = tempfile::tempdir().unwrap();
    let form = "name=Kanarienvogel&phone=0905000977&to=0905000977&code=MATMA77&password=geheim-token-77&login=Kanarienvogel&otp=MATMA77&id_number=079077000977&owner=Kanarienvogel";
    let json =
        r#"{"scans":[{"id":"x","code":"MATMA77 Kanarienvogel|079077000977","direction":"in"}]}"#;
    for level in ["trace", "info"] {
        let running = Running::start(folder.path(), &["--log", "json", "--log-level", level]);
        let mut answered = 0;
        for path in PATHS {
            let asked = format!("{path}?phone=0905000977&q=Kanarienvogel&code=MATMA77");
            for text in [
                request("GET", &asked, "text/plain", ""),
                request("POST", path, "application/x-www-form-urlencoded", form),
                request("POST", path, "application/json", json),
                request(
                    "POST",
                    path,
                    "application/json",
                    "{\"scans\": Kanarienvogel",
                ),
                request("DELETE", &asked, "text/plain", ""),
            ] {
                answered += usize::from(running.send(text.as_bytes()).starts_with("HTTP/1.1 "));
            }
        }
        assert_eq!(answered, PATHS.len() * 5);
        let (code, said) = running.stop();
        assert_eq!(code, Some(0));
        for canary in CANARIES {
            assert!(!said.contains(canary), "{canary} at {level}:\n{said}");
        }
        assert!(!said.contains("198.51.100.77"), "an address at {level}");
        let lines = said.lines().filter(|line| line.starts_with('{'));
        let requests = lines.filter(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["message"] == "request"
        });
        // The search means something: the requests did reach the log.
        assert_eq!(requests.count() >= PATHS.len() * 5, level == "trace");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_sends_does_not_fill_the_log_lost_or_not() {
    let town = Town::now(None).await;
    let long = "Kanarienvogel 0905000977 ".repeat(40_000);
    let bodies = [
        format!(r#"{{"scans": "{long}"}}"#),
        format!(r#"{{"{long}": 1, "scans": 7}}"#),
        format!(r#"{{"scans": [{{"id": "x"}}], "sent_at": {long}"#),
    ];
    for body in &bodies {
        let answer = town.post_bytes(body.clone().into_bytes()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body.len() < 1000, "{} bytes", answer.body.len());
        assert!(!answer.body.contains("Kanarienvogel"), "{}", answer.body);
        let errors = &answer.json()["errors"];
        assert!(errors.to_string().contains("line 1, column "), "{errors}");
    }
    report_lost(&town).await;
    town.app.app.store.close().await;
    let folder = town.app.folder.path().to_owned();
    let token = town.token.clone();
    let said = tokio::task::spawn_blocking(move || {
        let running = Running::start(&folder, &["--log", "json", "--log-level", "info"]);
        for body in &bodies {
            let request = format!(
                "POST /api/v1/scans HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                 authorization: Bearer {token}\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
            let answer = running.send(request.as_bytes());
            assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
            assert!(!answer.contains("Kanarienvogel"), "{answer}");
        }
        running.stop().1
    });
    let said = said.await.unwrap();
    for canary in CANARIES {
        assert!(!said.contains(canary), "{canary}");
    }
    assert!(
        said.len() < 10_000,
        "{} bytes for three requests",
        said.len()
    );
}
