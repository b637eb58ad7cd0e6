//! Child processes: servers on ports of their own, and the load generator.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A child of this very program, ended when it goes out of scope.
pub(crate) struct Server {
    child: Child,
    /// Kept open, so that what the server prints never fails.
    _output: BufReader<ChildStdout>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a server of this program; it prints its address when it listens.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self> {
        Self::of(this(arguments)?)
    }

    /// Starts `vaora serve` itself on a data folder.
    pub(crate) fn vaora(program: &Path, folder: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log-level",
            "warn",
            "--data",
        ]);
        command.arg(folder);
        Self::of(command)
    }

    fn of(mut command: Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("its output")?);
        loop {
            let mut line = String::new();
            if output.read_line(&mut line)? == 0 {
                bail!("a server did not start");
            }
            let line = line.trim();
            let address = line.strip_prefix("Ready: http://").unwrap_or(line);
            if let Ok(address) = address.parse() {
                return Ok(Self {
                    child,
                    _output: output,
                    address,
                });
            }
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Seconds of processor time it has used.
    pub(crate) fn worked(&self) -> Result<f64> {
        worked(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What one round of load came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    pub(crate) done: f64,
    pub(crate) seconds: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Processor time of server and load generator together, in seconds.
    pub(crate) worked: f64,
}

/// The load generator.
pub(crate) struct Load {
    child: Child,
    orders: ChildStdin,
    results: BufReader<ChildStdout>,
}

impl Load {
    /// Starts it with a file of tokens and codes.
    pub(crate) fn start(cards: &Path) -> Result<Self> {
        let path = cards.to_str().context("a path in UTF-8")?;
        let mut child = this(&["load", path])?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take().context("its input")?;
        let results = BufReader::new(child.stdout.take().context("its output")?);
        Ok(Self {
            child,
            orders,
            results,
        })
    }

    /// Gives an order and waits for what it came to.
    pub(crate) fn order(&mut self, server: &Server, order: &str) -> Result<Round> {
        let before = server.worked()? + worked(self.child.id())?;
        writeln!(self.orders, "{order}")?;
        self.orders.flush()?;
        let mut line = String::new();
        self.results.read_line(&mut line)?;
        let numbers: Vec<f64> = line
            .split_whitespace()
            .filter_map(|n| n.parse().ok())
            .collect();
        let [done, seconds, p50_ms, p99_ms] = numbers[..] else {
            bail!("the load generator failed at: {order}");
        };
        Ok(Round {
            done,
            seconds,
            p50_ms,
            p99_ms,
            worked: server.worked()? + worked(self.child.id())? - before,
        })
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Seconds of processor time of a process; the kernel counts hundredths.
fn worked(process: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, after_name) = stat.rsplit_once(')').context("a name in parentheses")?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |n: usize| -> Result<f64> { Ok(fields.get(n).context("a field")?.parse()?) };
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

/// The program itself, built as it is released, beside this one.
pub(crate) fn program() -> Result<PathBuf> {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let built = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "vaora",
            "--bin",
            "vaora",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()?;
    if !built.success() {
        bail!("vaora cannot be built");
    }
    Ok(std::env::current_exe()?.with_file_name("vaora"))
}

fn this(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments);
    Ok(command)
}
