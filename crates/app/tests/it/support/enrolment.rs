//! Officers as they come in: set up, invited, enrolled, signed in.

use crate::support::{Answer, Browser, TestApp};
use axum::http::StatusCode;
use data_encoding::BASE32_NOPAD;
use vaora::{set_up, totp};

pub(crate) const PASSWORD: &str = "sông Hương chảy chậm";

/// The value of a hidden field.
pub(crate) fn hidden(answer: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = answer.body.split(&start).nth(1).unwrap_or_default();
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// The TOTP secret an enrolment page shows.
pub(crate) fn secret(answer: &Answer) -> Vec<u8> {
    let rest = answer
        .body
        .split("enrol__secret\" translate=\"no\">")
        .nth(1)
        .unwrap();
    let text: String = rest.split('<').next().unwrap().split_whitespace().collect();
    BASE32_NOPAD.decode(text.as_bytes()).unwrap()
}

/// The path of the one-time link a page shows.
pub(crate) fn shown_link(answer: &Answer) -> String {
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
pub(crate) async fn enrol(app: &TestApp, browser: &mut Browser<'_>, link: &str) -> Vec<u8> {
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
pub(crate) async fn first_officer<'a>(app: &'a TestApp) -> (Browser<'a>, Vec<u8>) {
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

pub(crate) async fn sign_in(app: &TestApp, login: &str, password: &str, code: &str) -> Answer {
    let fields = [("login", login), ("password", password), ("code", code)];
    app.post_form("/office/sign-in", &fields, "").await
}
