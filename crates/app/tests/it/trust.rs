//! How to have a phone trust a self-made certificate.

use crate::running::{Running, send};
use crate::support::TestApp;
use crate::tls::{Made, page, read};
use vaora::tls::Files;

#[test]
fn plain_http_says_whom_to_trust_and_leads_to_https() {
    let made = Made::now();
    let running = Running::start(made.data(), &["--tls-self", "--http-listen", "127.0.0.1:0"]);
    let plain = running.plain.unwrap();
    let get = |path: &str| {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:80\r\nconnection: close\r\n\r\n");
        let answer = send(plain, request.as_bytes());
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
        (head, answer[end + 4..].to_vec())
    };
    let authority = made.authority();
    let (head, body) = get("/trust?lang=en");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains("Compare the fingerprint first"), "{body}");
    let style = body.split("href=\"/static/").nth(1).unwrap();
    let style = style.split('"').next().unwrap();
    assert!(
        get(&format!("/static/{style}"))
            .0
            .starts_with("http/1.1 200")
    );
    let (head, der) = get("/trust/ca.crt");
    assert!(
        head.contains("content-type: application/x-x509-ca-cert"),
        "{head}"
    );
    assert_eq!(der, authority.to_vec());
    for path in [
        "/",
        "/sign-in?next=%2Fcode",
        "/healthz",
        "/api/v1/keys",
        "/manifest.webmanifest",
    ] {
        let (head, _) = get(path);
        assert!(head.starts_with("http/1.1 303"), "{path}: {head}");
        let to = format!(
            "location: https://127.0.0.1:{}{}",
            running.address.port(),
            path
        );
        assert!(head.contains(&to.to_lowercase()), "{path}: {head}");
    }
    let form = "POST /sign-in HTTP/1.1\r\nhost: vaora.lan\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let answer = String::from_utf8(send(plain, form.as_bytes())).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 303"),
        "nothing is taken: {answer}"
    );

    let same = read(
        running.address,
        &authority,
        "127.0.0.1",
        &page("/trust?lang=en"),
    )
    .unwrap();
    assert!(same.contains("Compare the fingerprint first"));
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    let shown = body.split("<p class=\"num\">").nth(1).unwrap();
    let shown = shown
        .split("</p>")
        .next()
        .unwrap()
        .replace("<br>", ":")
        .replace(' ', ":");
    assert!(
        said.contains(&shown),
        "the same on the server's screen: {shown} {said}"
    );
}

#[tokio::test]
async fn both_languages_have_all_steps_and_others_are_told_to_install_nothing() {
    let made = Made::now();
    let files = Files::made(made.data());
    let now = vaora::clock::Clock::fixed(vaora::clock::Clock::System.now());
    let app = TestApp::at(now, |config| config.tls = Some(files)).await;
    for (lang, warning) in [("vi", "đừng bao giờ cài"), ("en", "never install")] {
        let page = app.get(&format!("/trust?lang={lang}"), "").await;
        let text = page.text();
        for part in [
            "Android",
            "iPhone",
            "Windows",
            "SHA-256",
            "vaora-ca.crt",
            warning,
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    let app = TestApp::new().await;
    let text = app.get("/trust?lang=en", "").await.text();
    assert!(
        text.contains("There is nothing to install") && !text.contains("SHA-256"),
        "{text}"
    );
}
