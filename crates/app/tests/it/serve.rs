use crate::running::{Running, run};
use axum::Router;
use axum::routing::get;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use vaora::server::{self, Limits};

#[test]
fn it_starts_empty_answers_and_stops_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), &[]);
    let health = running.get("/healthz");
    assert!(
        health.starts_with("HTTP/1.1 200") && health.ends_with("ok"),
        "{health}"
    );
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("/set-up/"), "it says what to open: {said}");
    assert!(
        !folder.path().join("vaora.sqlite-wal").exists(),
        "the log was moved"
    );
}

#[test]
fn a_body_of_50_mb_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), &[]);
    let size = 50_000_000;
    let body = vec![b'a'; size];
    for path in ["/api/v1/scans", "/"] {
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {size}\r\n\r\n");
        let begun = Instant::now();
        let answer = running.send(&[head.as_bytes(), &body].concat());
        assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {answer}");
        assert!(answer.contains("/problems/too_large"), "{path}: {answer}");
        assert!(
            begun.elapsed() < Duration::from_secs(6),
            "{path}: {:?}",
            begun.elapsed()
        );
    }
    let chunked = "POST /api/v1/scans HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut request = chunked.as_bytes().to_vec();
    for chunk in body.chunks(1 << 20) {
        request.extend(format!("{:x}\r\n", chunk.len()).bytes());
        request.extend(chunk);
        request.extend(b"\r\n");
    }
    let answer = running.send(&request);
    assert!(
        answer.starts_with("HTTP/1.1 413") || answer.starts_with("HTTP/1.1 401"),
        "{answer}"
    );
    let within = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc";
    assert!(!running.send(within.as_bytes()).starts_with("HTTP/1.1 413"));
}

#[test]
fn a_demonstration_stays_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("demo.json"), "{}").unwrap();
    let data = folder.path().display().to_string();
    for more in [
        ["--listen", "0.0.0.0:0"],
        ["--public-url", "https://vaora.example"],
    ] {
        let done = run(
            &[&["serve", "--data", &data], more.as_slice()].concat(),
            b"",
        );
        assert_eq!(done.status.code(), Some(1));
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(said.contains("this machine only"), "{said}");
    }
    std::fs::remove_file(folder.path().join("demo.json")).unwrap();
    std::fs::write(folder.path().join("demo.begun"), "").unwrap();
    let done = run(&["serve", "--data", &data, "--listen", "127.0.0.1:0"], b"");
    assert!(String::from_utf8_lossy(&done.stderr).contains("not finished"));
}

#[test]
fn real_data_is_never_made_a_demonstration() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("vaora.sqlite"), "").unwrap();
    let data = folder.path().display().to_string();
    let done = run(
        &[
            "serve",
            "--demo",
            "--data",
            &data,
            "--listen",
            "127.0.0.1:0",
        ],
        b"",
    );
    assert_eq!(done.status.code(), Some(1));
    assert!(!folder.path().join("demo.begun").exists());
}

fn limits() -> Limits {
    Limits {
        head: Duration::from_millis(300),
        drain: Duration::from_secs(3),
        ..Limits::default()
    }
}

/// Serves routes until the answer is sent; the handle ends when the server has.
async fn serving(router: Router) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async move {
        let _ = stopped.await;
    };
    (
        address,
        stop,
        tokio::spawn(server::serve(listener, router, limits(), stopped)),
    )
}

fn read(mut stream: TcpStream) -> String {
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_finishes_what_was_asked_and_takes_nothing_new() {
    let slow = get(async || {
        tokio::time::sleep(Duration::from_millis(700)).await;
        "finished"
    });
    let (address, stop, ended) = serving(Router::new().route("/", slow)).await;
    let mut asked = TcpStream::connect(address).unwrap();
    asked
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    stop.send(()).unwrap();
    let answer = tokio::task::spawn_blocking(move || read(asked))
        .await
        .unwrap();
    assert!(answer.ends_with("finished"), "{answer}");
    assert!(
        answer.to_lowercase().contains("connection: close"),
        "{answer}"
    );
    ended.await.unwrap();
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_says_nothing_is_hung_up_on() {
    let (address, _stop, _ended) = serving(Router::new().route("/", get(async || "here"))).await;
    let begins: [&[u8]; 4] = [
        b"",
        b"GE",
        b"GET / HTTP/1.1\r\nhost: x\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\n\r\n",
    ];
    for begin in begins {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(begin).unwrap();
        let begun = Instant::now();
        let said = tokio::task::spawn_blocking(move || read(stream))
            .await
            .unwrap();
        assert!(begun.elapsed() < Duration::from_secs(3), "{said}");
        assert_eq!(said.contains("200 OK"), begin.ends_with(b"\r\n\r\n"));
    }
}

#[test]
fn a_folder_is_served_once_and_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made/data");
    let running = Running::start(&path, &[]);
    for made in [path.as_path(), path.parent().unwrap()] {
        let mode = made.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", made.display());
    }
    let data = path.display().to_string();
    let file = folder.path().join("backup").display().to_string();
    let with = |command: &[&str]| run(&[command, &["--data", &data]].concat(), b"");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for beside in [["backup", &file], ["officers", "list"]] {
        let done = with(&beside);
        assert_eq!(done.status.code(), Some(0), "{}", said(&done.stderr));
    }
    std::fs::write(path.join("demo.json"), "{}").unwrap();
    for command in [
        ["serve", "--listen", "127.0.0.1:0"].as_slice(),
        &["serve", "--demo", "--listen", "127.0.0.1:0"],
        &["restore", &file],
    ] {
        let done = with(command);
        let said = said(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{said}");
        assert!(
            said.contains("Một vaora khác") && said.contains("Another vaora"),
            "{said}"
        );
    }
    let demo = std::fs::read_to_string(path.join("demo.json")).unwrap();
    assert_eq!(demo, "{}", "it is left alone");
    std::fs::remove_file(path.join("demo.json")).unwrap();
    assert_eq!(running.stop().0, Some(0));
    drop(Running::start(&path, &[]));
}
