//! `vaora signer`.

use super::runtime;
use super::words::told;
use crate::clock::Clock;
use crate::logs;
use crate::signer::child::READY;
use crate::signer::engine::{Engine, Limits};
use crate::signer::server::Door;
use clap::Args;
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// What a signer is started with.
#[derive(Args, Clone, Debug)]
pub(super) struct SignerOptions {
    /// The Unix socket on which it is asked; `vaora serve --signer` names the same.
    #[arg(long, env = "VAORA_SIGNER_SOCKET", value_name = "SOCKET")]
    socket: PathBuf,
    /// The folder of the issuing keys and of the register of what was signed; for its own system user
    /// alone.
    #[arg(long, env = "VAORA_SIGNER_KEYS", value_name = "DIR")]
    keys: PathBuf,
    /// The system users that may ask for signatures, by name or number, with commas. Without it, its
    /// own.
    #[arg(
        long,
        env = "VAORA_SIGNER_ALLOW",
        value_name = "USER",
        value_delimiter = ','
    )]
    allow: Vec<String>,
    /// The group that may reach the socket (mode 0660), by name or number. Without it, its own.
    #[arg(long, env = "VAORA_SIGNER_GROUP", value_name = "GROUP")]
    group: Option<String>,
    /// How many new cards it allots in a second, on the average.
    #[arg(long, env = "VAORA_SIGNER_PER_SECOND", value_name = "N", default_value_t = 500,
          value_parser = clap::value_parser!(u32).range(1..))]
    cards_per_second: u32,
    /// How many new cards it allots in a day (UTC).
    #[arg(
        long,
        env = "VAORA_SIGNER_PER_DAY",
        value_name = "N",
        default_value_t = 200_000
    )]
    cards_per_day: u32,
    /// The first place in the status list that it gives. For a register that was lost, or that an older copy
    /// replaced: `vaora keys check` says which.
    #[arg(
        long,
        env = "VAORA_SIGNER_FIRST_INDEX",
        value_name = "N",
        default_value_t = 0
    )]
    first_index: u32,
    /// How log lines are written to standard error: `text` or `json`.
    #[arg(long, env = "VAORA_LOG", value_name = "FORMAT", default_value = "text")]
    log: String,
    /// What is logged: `error`, `warn`, `info`, `debug` or `trace`. No level logs personal data.
    #[arg(
        long,
        env = "VAORA_LOG_LEVEL",
        value_name = "LEVEL",
        default_value = "info"
    )]
    log_level: String,
    /// Ends when its standard input ends.
    #[arg(long, hide = true)]
    child: bool,
}

/// Answers until told to stop.
pub(super) fn run(options: &SignerOptions) -> anyhow::Result<()> {
    logs::start(options.log == "json", &options.log_level);
    let limits = Limits {
        per_second: options.cards_per_second,
        per_day: options.cards_per_day,
        first_index: options.first_index,
    };
    let mut allowed = BTreeSet::new();
    for user in &options.allow {
        allowed.insert(
            number("/etc/passwd", user).ok_or_else(|| told("cli.no_user", &[("user", user)]))?,
        );
    }
    if allowed.is_empty() {
        allowed.insert(std::fs::metadata("/proc/self")?.uid());
    }
    let group = options.group.as_ref().map(|group| {
        let found = number("/etc/group", group);
        found.ok_or_else(|| told("cli.no_group", &[("group", group)]))
    });
    let group = group.transpose()?;
    let engine = Arc::new(Engine::open(&options.keys, limits, Clock::System)?);
    runtime()?.block_on(async {
        let door = Door::open(&options.socket, group, allowed)?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let child = options.child;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                // A key pressed at a terminal goes to the whole group; the server still has to end.
                _ = interrupt.recv(), if !child => {}
                () = end_of_input(), if child => {}
            }
        };
        println!("{READY}");
        door.serve(engine, stop).await;
        Ok(())
    })
}

/// Waits until nobody can write to the standard input any more.
async fn end_of_input() {
    let (ended, end) = tokio::sync::oneshot::channel::<()>();
    // A thread: what reads a terminal or a pipe cannot be called off.
    std::thread::spawn(move || {
        let _ended = ended;
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
    });
    let _ = end.await;
}

/// The number of a system user or group: as it is written, or by its line in a file of the system.
fn number(file: &str, name: &str) -> Option<u32> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    let lines = std::fs::read_to_string(file).ok()?;
    let line = lines.lines().find_map(|line| {
        let (found, rest) = line.split_once(':')?;
        (found == name).then_some(rest)
    });
    line?.split(':').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_known_by_name_and_by_number() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passwd");
        std::fs::write(
            &file,
            "root:x:0:0:root:/root:/bin/sh\nvaora:x:997:996::/:\nbad\n",
        )
        .unwrap();
        let file = file.display().to_string();
        assert_eq!(number(&file, "vaora"), Some(997));
        assert_eq!(number(&file, "61001"), Some(61_001));
        assert_eq!(number(&file, "vao"), None);
        assert_eq!(number("/nowhere", "vaora"), None);
    }
}
