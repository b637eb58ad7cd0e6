use super::*;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

/// A server that hears one request and answers a status: the request's head and body.
fn fake(status: u16) -> (String, JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).expect("a line");
        }
        let length = head
            .to_lowercase()
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.split("\r\n").next()?.parse().ok())
            .unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("the body");
        write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n").expect("an answer");
        (head, String::from_utf8(body).expect("text"))
    });
    (url, heard)
}

fn send(gateway: &Templated, text: &str) -> Result<(), String> {
    let to = Phone::parse("0905 000 417").expect("a number");
    gateway.send(&to, text, Timestamp::from_seconds(0))
}

#[test]
fn json_is_filled_and_escaped() {
    let (url, heard) = fake(200);
    let body = r#"{"to":"{to}","body":"{text}","brand":"vaora"}"#;
    let gateway = Templated::new(url, Some(body.to_owned()), Some("Bearer thu".to_owned()));
    send(&gateway, "Ma: \"482 913\" {to}\n").expect("taken");
    let (head, body) = heard.join().expect("heard");
    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(body["to"], "84905000417");
    assert_eq!(body["body"], "Ma: \"482 913\" {to}\n");
    let head = head.to_lowercase();
    assert!(head.starts_with("post / ") && head.contains("application/json"));
    assert!(head.contains("authorization: bearer thu"));
}

#[test]
fn forms_and_addresses_are_percent_encoded() {
    let (url, heard) = fake(200);
    let gateway = Templated::new(url, Some("phone={to}&content={text}".to_owned()), None);
    send(&gateway, "a&b=c 1").expect("taken");
    let (_, body) = heard.join().expect("heard");
    assert_eq!(body, "phone=84905000417&content=a%26b%3Dc%201");

    let (url, heard) = fake(200);
    let gateway = Templated::new(format!("{url}/send?p={{to}}&t={{text}}"), None, None);
    send(&gateway, "x y").expect("taken");
    let (head, _) = heard.join().expect("heard");
    assert!(head.starts_with("GET /send?p=84905000417&t=x%20y "));
}

#[test]
fn a_failure_names_no_number() {
    let (url, heard) = fake(503);
    let gateway = Templated::new(format!("{url}/{{to}}"), None, None);
    let error = send(&gateway, "482913").expect_err("refused");
    heard.join().expect("heard");
    assert_eq!(error, "the gateway answered 503");
    let gone = Templated::new("http://127.0.0.1:9/{to}".to_owned(), None, None);
    let error = send(&gone, "482913").expect_err("nobody there");
    assert!(
        !error.contains("905") && !error.contains("482913"),
        "{error}"
    );
    assert_eq!(format!("{gone:?}"), "Templated");
}

#[test]
fn a_body_that_begins_as_json_must_be_json() {
    for sound in [
        r#"{"to":"{to}","text":"{text}"}"#,
        r#" [{"to":{to},"text":["{text}"]}]"#,
        "to={to}&text={text}",
    ] {
        assert!(is_sound(sound), "{sound}");
    }
    for broken in [
        r#"{"a{text}""#,
        r#"{"to":"{to}","text":{text}}"#,
        r#"{"to":"{to}" "text":"{text}"}"#,
        "{to}={text}",
        "[{to},{text},]",
    ] {
        assert!(!is_sound(broken), "{broken}");
    }
}
