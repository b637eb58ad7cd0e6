//! HTTPS without a proxy: who is believed, what is renewed, and what is cut off.

use crate::running::{Running, run};
use crate::support::TestApp;
use axum::Router;
use axum::routing::get;
use domain::time::{DAY_MILLIS, Timestamp};
use std::io::{Error, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use vaora::clock::Clock;
use vaora::jobs::schedule::SCHEDULE;
use vaora::server::{self, Door, Limits};
use vaora::tls::{Files, Shown, making};

const HERE: &str = "127.0.0.1";

/// A folder with an authority and a certificate for this machine, made so many days ago.
pub(crate) struct Made {
    folder: TempDir,
}

impl Made {
    pub(crate) fn now() -> Self {
        Self::before(0)
    }

    fn before(days: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = Clock::System.now().millis() - days * DAY_MILLIS;
        making::make(
            folder.path(),
            &[HERE.to_owned()],
            Timestamp::from_millis(at),
        )
        .unwrap();
        Self { folder }
    }

    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("tls").join(name)
    }

    pub(crate) fn authority(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.file("ca.pem")).unwrap()
    }

    /// The same files, as if they had come from elsewhere.
    fn files(&self) -> Files {
        Files {
            cert: self.file("server.pem"),
            key: self.file("server.key"),
            authority: None,
        }
    }

    fn flags(&self) -> [String; 4] {
        let path = |name| self.file(name).display().to_string();
        [
            "--tls-cert".to_owned(),
            path("server.pem"),
            "--tls-key".to_owned(),
            path("server.key"),
        ]
    }

    /// Puts other files in place of these, each for its owner alone.
    fn replace(&self, cert: &[u8], key: &[u8]) {
        std::fs::write(self.file("server.pem"), cert).unwrap();
        std::fs::write(self.file("server.key"), key).unwrap();
    }
}

fn served(made: &Made) -> (TempDir, Running) {
    let data = tempfile::tempdir().unwrap();
    let flags = made.flags();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let running = Running::start(data.path(), &flags);
    (data, running)
}

/// What a phone reads that trusts one authority and calls a server by this name.
pub(crate) fn read(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    name: &str,
    request: &str,
) -> Result<String, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let phone = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut stream = StreamOwned::new(phone, stream);
    stream.write_all(request.as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

pub(crate) fn page(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
}

fn refusal(answer: Result<String, Error>) -> String {
    answer.expect_err("refused").to_string()
}

#[test]
fn who_trusts_the_authority_gets_pages_and_no_other_name_is_believed() {
    let (made, stranger) = (Made::now(), Made::now());
    let running = Running::start(made.data(), &["--tls-self"]);
    let ask = |trusted: &Made, name| {
        read(
            running.address,
            &trusted.authority(),
            name,
            &page("/sign-in?lang=en"),
        )
    };
    let answer = ask(&made, HERE).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let cookie = answer
        .lines()
        .find(|line| line.starts_with("set-cookie: lang"));
    assert!(cookie.unwrap().contains("; Secure"), "{answer}");
    assert!(
        !answer.contains("strict-transport-security"),
        "a trial ends"
    );
    assert!(refusal(ask(&made, "127.0.0.2")).contains("not valid for name"));
    assert!(refusal(ask(&made, "vaora.lan")).contains("not valid for name"));
    assert!(refusal(ask(&stranger, HERE)).contains("certificate"));
    let plain = running.get("/healthz");
    assert!(!plain.contains("HTTP/1.1 200"), "{plain}");
    assert_eq!(running.stop().0, Some(0));
}

#[test]
fn a_certificate_from_elsewhere_is_remembered_as_https() {
    let made = Made::now();
    let (_data, running) = served(&made);
    let answer = read(running.address, &made.authority(), HERE, &page("/sign-in")).unwrap();
    assert!(
        answer.contains("strict-transport-security: max-age="),
        "{answer}"
    );
}

#[test]
fn the_authority_is_made_once_and_vouches_for_little() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.display().to_string();
    let make = |names: &[&str]| {
        let names = names.iter().flat_map(|name| ["--name", name]);
        let all: Vec<&str> = ["tls", "make", "--data", &data]
            .into_iter()
            .chain(names)
            .collect();
        let done = run(&all, b"");
        let said = [done.stdout, done.stderr].concat();
        (done.status.code(), String::from_utf8(said).unwrap())
    };
    let file = |name: &str| Path::new(&data).join("tls").join(name);
    let text = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    let (code, said) = make(&["vaora.example", "192.168.7.5"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("Dấu vân tay") && said.contains("fingerprint"),
        "{said}"
    );
    let modes = ["", "ca.key", "ca.pem", "server.key", "server.pem"];
    let mode = |name: &str| file(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(modes.map(mode), [0o700, 0o600, 0o600, 0o600, 0o600]);
    let (authority, first) = (text("ca.pem"), text("server.pem"));

    // Private addresses and names are within it, and so is what it was made for.
    let (code, said) = make(&["10.1.2.3", "quet.local", "fd00::7", "gian.vaora.example"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(text("ca.pem"), authority);
    let second = text("server.pem");
    assert_ne!(second, first);
    for name in ["ngan-hang.example", "8.8.8.8", "2001:db8::1"] {
        let (code, said) = make(&["10.1.2.3", name]);
        assert_eq!(code, Some(1), "{said}");
        assert!(
            said.contains(&format!("may not vouch for {name}")),
            "{said}"
        );
        assert_eq!(text("server.pem"), second, "nothing was changed");
    }
    let (code, said) = make(&["not a name"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("not a name is neither"), "{said}");
    std::fs::remove_file(file("ca.pem")).unwrap();
    let (code, said) = make(&["10.1.2.3"]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("lacks a file") && !file("ca.pem").exists(),
        "{said}"
    );
}

#[test]
fn another_program_reads_what_was_made() {
    let made = Made::now();
    let openssl = |arguments: &[&str]| {
        let done = std::process::Command::new("openssl")
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned()
    };
    let (ca, server) = (made.file("ca.pem"), made.file("server.pem"));
    let (ca, server) = (ca.display().to_string(), server.display().to_string());
    let text = openssl(&["x509", "-in", &ca, "-noout", "-text"]);
    for part in [
        "CA:TRUE, pathlen:0",
        "Name Constraints: critical",
        "IP:192.168.0.0/255.255.0.0",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let verified = openssl(&["verify", "-CAfile", &ca, "-verify_ip", HERE, &server]);
    assert!(verified.contains(": OK"), "{verified}");
    let after = |days: i64| {
        let at = Clock::System.now().seconds() + days * 86_400;
        openssl(&[
            "verify",
            "-attime",
            &at.to_string(),
            "-CAfile",
            &ca,
            &server,
        ])
    };
    assert!(after(395).contains(": OK"));
    assert!(after(398).contains("expired"), "398 days at most");
}

#[test]
fn a_new_certificate_is_shown_and_a_broken_one_is_not() {
    let (made, other, over) = (Made::now(), Made::now(), Made::before(500));
    let (_data, mut running) = served(&made);
    let shown = |running: &Running, by: &Made| {
        read(running.address, &by.authority(), HERE, &page("/healthz")).is_ok()
    };
    let [cert, key] = ["server.pem", "server.key"].map(|name| std::fs::read(other.file(name)));
    let (cert, key) = (cert.unwrap(), key.unwrap());
    made.replace(&cert, &key);
    running.signal("-HUP");
    running.hear("was read anew");
    assert!(shown(&running, &other) && !shown(&running, &made));

    let old_key = std::fs::read(over.file("server.key")).unwrap();
    let old_cert = std::fs::read(over.file("server.pem")).unwrap();
    for (cert, key, why) in [
        (
            b"nothing".as_slice(),
            key.as_slice(),
            "no sound certificate",
        ),
        (&cert, b"nothing", "no usable key"),
        (&cert, &old_key, "does not belong"),
        (&old_cert, &old_key, "ended on"),
    ] {
        made.replace(cert, key);
        running.signal("-HUP");
        let line = running.hear(why);
        assert!(line.contains("ERROR") && line.contains("stays"), "{line}");
        assert!(shown(&running, &other), "{why}");
    }
    std::fs::remove_file(made.file("server.key")).unwrap();
    running.signal("-HUP");
    assert!(
        running
            .hear("the one before it stays")
            .contains("cannot be read")
    );
    assert!(shown(&running, &other));
    assert_eq!(running.stop().0, Some(0));
}

#[tokio::test]
async fn files_are_looked_at_every_minute() {
    let made = Made::before(30);
    let files = made.files();
    let now = Clock::System.now();
    let app = TestApp::at(Clock::fixed(now), |config| config.tls = Some(files)).await;
    let job = SCHEDULE
        .iter()
        .find(|job| job.name == "look for a new certificate");
    let job = job.unwrap();
    assert!(job.every <= Duration::from_secs(60));
    let look = async || (job.run)(Arc::clone(&app.app), 1).await.unwrap();
    let ends = || app.app.tls.as_ref().unwrap().ends();
    let first = ends();
    look().await;
    assert_eq!(ends(), first);
    let good = std::fs::read(made.file("server.pem")).unwrap();
    std::fs::write(made.file("server.pem"), "half a fi").unwrap();
    look().await;
    assert_eq!(ends(), first, "what is broken is not taken");
    std::fs::write(made.file("server.pem"), good).unwrap();
    making::make(made.data(), &[HERE.to_owned()], now).unwrap();
    look().await;
    assert_eq!(ends().since(first) / DAY_MILLIS, 30);
}

#[test]
fn an_end_that_is_near_is_said() {
    for (age, near) in [(370, false), (386, true)] {
        let made = Made::before(age);
        let (_data, running) = served(&made);
        let (_, said) = running.stop();
        assert_eq!(said.contains("the certificate ends soon"), near, "{said}");
    }
}

/// A server that shakes hands for 300 ms at most.
async fn shaking(handshakes: usize) -> (Made, SocketAddr, tokio::task::JoinHandle<()>) {
    let made = Made::now();
    let shown = Shown::open(made.files(), Clock::System.now()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let door = Door::new(listener, Some(shown.acceptor()));
    let limits = Limits {
        handshake: Duration::from_millis(300),
        handshakes,
        ..Limits::default()
    };
    let router = Router::new().route("/", get(async || "here"));
    let end = std::future::pending();
    (
        made,
        address,
        tokio::spawn(server::serve(door, router, limits, end)),
    )
}

/// How long a server listens to somebody who sends only this.
fn patience(address: SocketAddr, sent: &[u8]) -> Duration {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(sent).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(8)))
        .unwrap();
    let begun = Instant::now();
    let _ = stream.read_to_end(&mut Vec::new());
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_shake_hands_is_hung_up_on() {
    let (_made, address, _ended) = shaking(100).await;
    // Nothing; a record that has begun; a record that says it is longer than what comes.
    for sent in [
        b"".as_slice(),
        b"\x16\x03\x01",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let waited = tokio::task::spawn_blocking(move || patience(address, sent));
        let waited = waited.await.unwrap();
        assert!(waited < Duration::from_secs(4), "{sent:?}: {waited:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshakes_wait_for_their_turn() {
    let (made, address, _ended) = shaking(1).await;
    let silent = TcpStream::connect(address).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    let authority = made.authority();
    let answer = tokio::task::spawn_blocking(move || read(address, &authority, HERE, &page("/")));
    let answer = answer.await.unwrap().unwrap();
    assert!(answer.ends_with("here"), "{answer}");
    assert!(
        begun.elapsed() > Duration::from_millis(100),
        "not beside the first"
    );
    drop(silent);
}

#[test]
fn every_fault_of_the_files_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let (made, other, over) = (Made::now(), Made::now(), Made::before(500));
    let early = Made::before(-20);
    let path = |made: &Made, name: &str| made.file(name).display().to_string();
    let check = |flags: &[&str], fault: &str| {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data").display().to_string();
        let all = [&["config", "check", "--data", &data], flags].concat();
        let done = run(&all, b"");
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{fault}: {said}");
        assert!(said.contains(fault), "{fault}: {said}");
        assert_eq!(said.lines().count(), 2, "that and nothing else: {said}");
    };
    let both = |cert: &str, key: &str, fault: &str| {
        check(&["--tls-cert", cert, "--tls-key", key], fault);
    };
    let (cert, key) = (path(&made, "server.pem"), path(&made, "server.key"));
    check(
        &["--tls-cert", &cert],
        "--tls-cert: comes without --tls-key",
    );
    check(&["--tls-key", &key], "--tls-key: comes without --tls-cert");
    let all = ["--tls-self", "--tls-cert", &cert, "--tls-key", &key];
    check(&all, "--tls-self: does not go with");
    check(&["--tls-self"], "first run: vaora tls make");
    check(
        &["--http-listen", "127.0.0.1:0"],
        "--http-listen: is of use only",
    );
    let all = ["--http-listen", "x", "--tls-cert", &cert, "--tls-key", &key];
    check(&all, "--http-listen: x is no address");
    both("/nowhere", &key, "--tls-cert: /nowhere cannot be read");
    both(&cert, "/nowhere", "--tls-key: /nowhere cannot be read");
    both(&key, &key, "--tls-cert: ");
    both(&key, &key, "holds no sound certificate");
    both(&cert, &cert, "holds no usable key");
    both(
        &cert,
        &path(&other, "server.key"),
        "does not belong to the certificate",
    );
    let [cert, key] = ["server.pem", "server.key"].map(|name| path(&over, name));
    both(&cert, &key, "ended on ");
    let [cert, key] = ["server.pem", "server.key"].map(|name| path(&early, name));
    both(&cert, &key, "holds only from ");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(other.file("server.key"), open).unwrap();
    let [cert, key] = ["server.pem", "server.key"].map(|name| path(&other, name));
    both(&cert, &key, "everybody on this machine can read");
}
