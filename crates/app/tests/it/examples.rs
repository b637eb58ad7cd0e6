//! The example gates in `examples/`, against a server that comes and goes: what was kept is recorded,
//! once.

use crate::support::served::Served;
use crate::support::town::Town;
use std::io::{BufRead, BufReader, Lines, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// An example gate as a process.
struct Gate {
    child: Child,
    scanner: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Gate {
    fn start(mut command: Command, url: &str, town: &Town, queue: &Path) -> Self {
        let mut child = command
            .args([url, "in"])
            .arg(queue)
            .env("VAORA_TOKEN", &town.token)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            scanner: child.stdin.take().unwrap(),
            said: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    /// Reads codes, and waits until the gate said of each that it is kept.
    fn read(&mut self, town: &Town, scans: usize) {
        for n in 0..scans {
            writeln!(self.scanner, "{}", town.codes[n % 5]).unwrap();
        }
        let kept = |line: &String| line.ends_with(" kept");
        let said = self.said.by_ref().map(Result::unwrap);
        assert_eq!(said.filter(kept).take(scans).count(), scans);
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The end of the input; the answers that were printed, once everything was sent.
    fn finish(mut self) -> usize {
        drop(self.scanner);
        let answers = self
            .said
            .filter(|line| line.as_ref().unwrap().contains("\"decision\""));
        let answers = answers.count();
        assert!(self.child.wait().unwrap().success());
        answers
    }
}

/// An address on which nothing listens.
fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// No server, power cuts at the gate, a server killed in between: every scan that the gate said it
/// kept is recorded once.
async fn outlives(gate: fn() -> Command) {
    let town = Town::now(None).await;
    let (folder, address) = (tempfile::tempdir().unwrap(), free_port());
    let (queue, url) = (folder.path().join("queue.db"), format!("http://{address}"));
    let start = || Gate::start(gate(), &url, &town, &queue);
    tokio::task::block_in_place(|| {
        let mut first = start();
        first.read(&town, 30);
        first.kill();
        let mut second = start();
        second.read(&town, 20);
        let server = Served::start(&town, &address);
        assert!(second.finish() >= 50, "what waited was sent with the rest");
        let mut third = start();
        third.read(&town, 1);
        server.kill();
        third.read(&town, 200);
        std::thread::sleep(Duration::from_millis(200));
        third.kill();
        let _server = Served::start(&town, &address);
        assert!(start().finish() >= 200);
        assert_eq!(start().finish(), 0, "nothing waits any more");
    });
    assert_eq!(town.count_scans().await, 251);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_in_python_loses_nothing() {
    outlives(|| {
        let mut command = Command::new("python3");
        command.arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../examples/gate.py"
        ));
        command
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_in_rust_loses_nothing() {
    outlives(|| {
        let programs = Path::new(env!("CARGO_BIN_EXE_vaora")).parent().unwrap();
        Command::new(programs.join("examples/gate"))
    })
    .await;
}
