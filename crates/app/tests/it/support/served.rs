//! A server process on a prepared folder, as it is when a test stops or kills it.

use crate::support::town::Town;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Whatever port is free.
pub(crate) const ANY_PORT: &str = "127.0.0.1:0";

/// `vaora serve`, killed when it goes out of scope.
pub(crate) struct Served {
    child: Child,
    pub(crate) url: String,
}

impl Served {
    /// Starts it on the town's folder and database; returns once it is ready.
    pub(crate) fn start(town: &Town, listen: &str) -> Self {
        let store = &town.app.app.config;
        let settings = store.store();
        let mut child = Command::new(env!("CARGO_BIN_EXE_vaora"))
            .args(["serve", "--listen", listen, "--data"])
            .arg(&store.data)
            .args(["--database", &settings.database])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines
            .find_map(|line| line.unwrap().strip_prefix("Ready: ").map(str::to_owned))
            .expect("the server starts");
        // Keep the pipe open and empty, so that the server never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            url: url.trim_end_matches('/').to_owned(),
        }
    }

    /// Kills it at once.
    pub(crate) fn kill(self) {
        drop(self);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
