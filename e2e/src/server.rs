//! The server as an operator runs it: a folder, an address, a message service.

use crate::sms::Sms;
use crate::{tools, wire};
use anyhow::Context;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

/// A running server and what belongs to it; gone when dropped.
#[derive(Debug)]
pub struct Server {
    /// What it was sent.
    pub sms: Sms,
    /// The address people reach it at, without a slash at the end.
    pub base: String,
    /// The port of that address.
    pub port: u16,
    /// What it said when it began: the link to set it up, among others.
    pub said: Vec<String>,
    child: Option<Child>,
    database: Option<String>,
    folder: tempfile::TempDir,
}

impl Server {
    /// A new installation in an empty folder.
    pub fn start() -> anyhow::Result<Self> {
        Self::begin(None)
    }

    /// A new installation whose register is the empty database of that address.
    pub fn start_on(database: &str) -> anyhow::Result<Self> {
        Self::begin(Some(database.to_owned()))
    }

    fn begin(database: Option<String>) -> anyhow::Result<Self> {
        let port = wire::free_port()?;
        let mut server = Self {
            sms: Sms::start()?,
            base: format!("http://127.0.0.1:{port}"),
            port,
            said: Vec::new(),
            child: None,
            database,
            folder: tempfile::tempdir()?,
        };
        server.resume()?;
        Ok(server)
    }

    /// Starts it again, on the same folder and address.
    pub fn resume(&mut self) -> anyhow::Result<()> {
        let data = self.folder.path().join("data");
        let mut command = Command::new(tools::server()?);
        command.args(["serve", "--listen", &format!("127.0.0.1:{}", self.port)]);
        command.args([
            "--public-url",
            &self.base,
            "--otp-gateway",
            &self.sms.gateway(),
        ]);
        command
            .arg("--data")
            .arg(&data)
            .env_remove("VAORA_DATABASE");
        if let Some(database) = &self.database {
            command.env("VAORA_DATABASE", database);
        }
        command
            .stdout(Stdio::piped())
            .stderr(log(self.folder.path())?);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().context("its output is piped")?;
        self.child = Some(child);
        self.said = ready(stdout).with_context(|| {
            let log = std::fs::read_to_string(self.folder.path().join("log"));
            format!(
                "the server did not become ready: {}",
                log.unwrap_or_default()
            )
        })?;
        Ok(())
    }

    /// Stops it for real, so that nothing answers.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// A whole address.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn log(folder: &Path) -> anyhow::Result<std::fs::File> {
    let file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))?;
    Ok(file)
}

/// What is said until it is ready. The rest is read too, so that nobody blocks on a full pipe.
fn ready(stdout: impl std::io::Read + Send + 'static) -> anyhow::Result<Vec<String>> {
    let (say, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = say.send(line);
        }
    });
    let mut said = Vec::new();
    loop {
        let line = heard.recv_timeout(crate::PATIENCE)?;
        let done = line.starts_with("Ready: ");
        said.push(line);
        if done {
            // What follows at once belongs to it.
            while let Ok(line) = heard.recv_timeout(std::time::Duration::from_millis(200)) {
                said.push(line);
            }
            return Ok(said);
        }
    }
}
