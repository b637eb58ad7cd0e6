//! The little HTTP that must work without a runtime, so that sessions are ended even in a panic.

use anyhow::Context;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// A port of this machine that nobody listens on.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// Whether somebody listens there.
pub fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Sends a request to this machine and reads the answer as JSON.
pub fn ask(port: u16, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let (head, mut body) = read_head(&mut stream)?;
    let mut rest = content_length(&head)
        .unwrap_or_default()
        .saturating_sub(body.len());
    let mut more = [0; 65_536];
    while rest > 0 {
        let read = stream.read(&mut more)?;
        anyhow::ensure!(read > 0, "{method} {path}: the answer was cut off");
        body.extend(&more[..read]);
        rest = rest.saturating_sub(read);
    }
    let answer: Value = serde_json::from_slice(&body).context("the answer is no JSON")?;
    anyhow::ensure!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
    Ok(answer["value"].clone())
}

/// How many bytes an answer's body has on the wire, asked for as browsers ask over TLS: they take brotli there.
pub fn weight(port: u16, path: &str) -> anyhow::Result<usize> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\naccept-encoding: br\r\n\r\n"
    )?;
    let (head, body) = read_head(&mut stream)?;
    anyhow::ensure!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest)?;
    Ok(body.len() + rest.len())
}

/// Reads to the end of a head; what was read of the body comes second.
pub fn read_head(stream: &mut TcpStream) -> anyhow::Result<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut more = [0; 4096];
    loop {
        if let Some(end) = all.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = all.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&all).into_owned(), body));
        }
        let read = stream.read(&mut more)?;
        anyhow::ensure!(read > 0, "the other side hung up");
        all.extend(&more[..read]);
    }
}

fn content_length(head: &str) -> Option<usize> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next()?.1.trim().parse().ok()
}
