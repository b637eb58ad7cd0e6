//! The signer as a child of `vaora serve`: the same program as the same system user. That is
//! convenient, and no protection: whoever takes the server over can read its keys.

use crate::config::Config;
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// What it prints when it can be asked.
pub const READY: &str = "signing";
/// How long a child that ended is waited for before it is started again.
const PAUSE: Duration = Duration::from_millis(200);
const START: Duration = Duration::from_secs(30);

/// A child that is started again whenever it ends, until it is told to stop.
#[derive(Debug)]
pub struct SignerChild {
    socket: PathBuf,
    stop: oneshot::Sender<()>,
    watched: JoinHandle<()>,
}

impl SignerChild {
    /// Starts it over the key folder of a server, and waits until it can be asked. It gives no place in the status list
    /// below the first, which no card has: its register may be an older copy than the register of cards.
    pub async fn start(config: &Config, log: (&str, &str), first: u32) -> anyhow::Result<Self> {
        let name = format!("signer-{}.sock", std::process::id());
        let folder = std::path::absolute(&config.data)?;
        sweep(&folder);
        let socket = folder.join(name);
        let program = std::env::current_exe().context("this program's own file")?;
        let keys = std::path::absolute(config.store().keys)?;
        let arguments: Vec<std::ffi::OsString> = vec![
            "signer".into(),
            "--child".into(),
            "--socket".into(),
            socket.clone().into(),
            "--keys".into(),
            keys.into(),
            "--first-index".into(),
            first.to_string().into(),
            "--log".into(),
            log.0.into(),
            "--log-level".into(),
            log.1.into(),
        ];
        let start = move || {
            let mut command = Command::new(&program);
            command
                .args(&arguments)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .kill_on_drop(true);
            command
        };
        let child = ready(start()).await?;
        let (stop, stopped) = oneshot::channel();
        let watched = tokio::spawn(watch(child, start, stopped));
        Ok(Self {
            socket,
            stop,
            watched,
        })
    }

    /// Where it is asked.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Ends it.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.watched.await;
    }
}

/// Starts a child and waits until it can be asked. What it says of itself goes where this program's
/// words go.
async fn ready(mut command: Command) -> anyhow::Result<Child> {
    let mut child = command.spawn().context("the signer cannot be started")?;
    let said = child.stdout.take().context("a pipe")?;
    let mut lines = BufReader::new(said).lines();
    let first = tokio::time::timeout(START, lines.next_line()).await??;
    if first.as_deref() != Some(READY) {
        let _ = child.wait().await;
        bail!("the signer did not start");
    }
    Ok(child)
}

/// Starts the child again when it ends by itself. Its input ends with this program, however that ends,
/// and so does the child.
async fn watch(mut child: Child, start: impl Fn() -> Command, mut stopped: oneshot::Receiver<()>) {
    loop {
        // Waiting for a child closes its input, unless that is held here.
        let input = child.stdin.take();
        tokio::select! {
            _ = child.wait() => {}
            _ = &mut stopped => {
                drop(input);
                if tokio::time::timeout(Duration::from_secs(5), child.wait()).await.is_err() {
                    let _ = child.kill().await;
                }
                return;
            }
        }
        tracing::error!("the signer ended and is started again");
        loop {
            tokio::time::sleep(PAUSE).await;
            match ready(start()).await {
                Ok(next) => {
                    child = next;
                    break;
                }
                Err(error) => tracing::error!(error = %error, "the signer does not start"),
            }
            if stopped.try_recv().is_ok() {
                return;
            }
        }
    }
}

/// Removes the sockets of children whose server was killed: nobody listens there.
fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("signer-") && name.ends_with(".sock") {
            let alive = super::client::short_name(&entry.path())
                .and_then(|(_folder, path)| std::os::unix::net::UnixStream::connect(path));
            if alive.is_err() {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}
