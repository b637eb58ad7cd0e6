//! The program itself, started as an operator starts it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A command of vaora, without the variables of whoever runs the tests.
pub(crate) fn vaora(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vaora"));
    command.args(arguments).env_clear();
    command
}

/// Runs a command to its end, with something to read.
pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = vaora(arguments);
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    output
}

/// A server that is ready; killed when the test ends, unless it was told to stop.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Where it speaks plain HTTP beside HTTPS.
    pub(crate) plain: Option<SocketAddr>,
    lines: mpsc::Receiver<String>,
    said: String,
}

impl Running {
    /// Starts a server on a free port and waits until it says that it is ready.
    pub(crate) fn start(data: &Path, arguments: &[&str]) -> Self {
        let data = data.display().to_string();
        let mut command = vaora(&["serve", "--data", &data, "--listen", "127.0.0.1:0"]);
        Self::ready(command.args(arguments))
    }

    /// Starts a server by a command and waits until it says that it is ready.
    pub(crate) fn ready(command: &mut Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (send, lines) = mpsc::channel();
        let streams: [Box<dyn Read + Send>; 2] = [
            Box::new(child.stdout.take().unwrap()),
            Box::new(child.stderr.take().unwrap()),
        ];
        for stream in streams {
            let send = send.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = send.send(line);
                }
            });
        }
        let mut said = String::new();
        let mut plain = None;
        let address = loop {
            let line = lines
                .recv_timeout(Duration::from_secs(60))
                .unwrap_or_else(|_| panic!("not ready: {said}"));
            if let Some(url) = line.strip_prefix("Ready: ") {
                break url.split_once("://").unwrap().1.parse().unwrap();
            }
            if let Some(url) = line.strip_prefix("Plain: http://") {
                plain = Some(url.parse().unwrap());
            }
            said.push_str(&line);
            said.push('\n');
        };
        Self {
            child,
            address,
            plain,
            lines,
            said,
        }
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it says something with these words.
    pub(crate) fn hear(&mut self, words: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(20));
            let line = line.unwrap_or_else(|_| panic!("not heard: {words}: {}", self.said));
            self.said.push_str(&line);
            self.said.push('\n');
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Sends bytes and reads until the other side closes.
    pub(crate) fn send(&self, request: &[u8]) -> String {
        String::from_utf8_lossy(&send(self.address, request)).into_owned()
    }

    /// Opens a page.
    pub(crate) fn get(&self, path: &str) -> String {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
    }

    /// Tells it to stop, waits until it has, and answers its exit code and all it said.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        self.signal("-TERM");
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "it does not stop"
            );
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut said = std::mem::take(&mut self.said);
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(2)) {
            said.push_str(&line);
            said.push('\n');
        }
        (status.code(), said)
    }
}

/// Sends bytes and reads until the other side closes.
pub(crate) fn send(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    // The answer may come before everything was sent.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
