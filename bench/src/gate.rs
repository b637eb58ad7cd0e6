//! `gate`: one scan a request, durable and decided, from an outside load generator.

use crate::child::{Load, Round, Server, program};
use crate::{figure, median, town};
use anyhow::{Context, Result};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// How many people read at once in the closed loops.
const CONNECTIONS: usize = 1024;
/// How many in the open loop, where a late answer must not hold up the next arrival.
const OPEN_CONNECTIONS: usize = 512;
/// Scans of one round: two seconds or more, so that its beginning and end, when not everybody is at
/// a gate, weigh little.
const SLICE: usize = 25_000;
/// Rounds that a write-ahead log holds before it begins anew.
const LOG_ROUNDS: usize = 64;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Seconds of latency measurement, and of each half of the delayed comparison.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Cards, each read in and out.
    #[arg(long, default_value_t = 100_000)]
    cards: usize,
    /// Serve from this program instead of building vaora: the same code, sooner there.
    #[arg(long)]
    here: bool,
    /// Only the rates.
    #[arg(long)]
    brief: bool,
}

/// Measures and prints.
pub(crate) async fn run(options: Options) -> Result<()> {
    let seconds = options.seconds as f64;
    let program = if options.here { None } else { Some(program()?) };
    let rate = fast(&options, program.as_deref()).await?;
    if options.brief {
        return Ok(());
    }
    latency(rate * 0.7, seconds, program.as_deref()).await?;
    delayed(seconds).await
}

/// A planted folder, and what the load generator reads.
async fn prepared(cards: usize) -> Result<(tempfile::TempDir, Load)> {
    let folder = tempfile::tempdir()?;
    let app = town::open(folder.path(), None).await?;
    let planted = town::plant(&app, cards).await?;
    app.store.close().await;
    let load = Load::start(&town::write(&planted, folder.path().join("cards.txt"))?)?;
    Ok((folder, load))
}

/// vaora on a prepared folder: the program, or the same code in this one.
fn vaora(folder: &Path, program: Option<&Path>) -> Result<Server> {
    program.map_or_else(
        || serve(folder, &[]),
        |program| Server::vaora(program, folder),
    )
}

fn serve(folder: &Path, more: &[&str]) -> Result<Server> {
    let mut arguments = vec!["serve-for-bench", folder.to_str().context("UTF-8")?];
    arguments.extend(more);
    Server::start(&arguments)
}

/// Every card in and then out, in rounds between rounds of both health routes.
async fn fast(options: &Options, program: Option<&Path>) -> Result<f64> {
    let (folder, mut load) = prepared(options.cards).await?;
    let (server, bare) = (
        vaora(folder.path(), program)?,
        Server::start(&["bare-for-bench"])?,
    );
    let (ours, plain) = (server.address, bare.address);
    let (mut gate, mut healthz, mut bare_rate) = (vec![], vec![], vec![]);
    for direction in ["in", "out"] {
        for from in (0..options.cards).step_by(SLICE) {
            let to = (from + SLICE).min(options.cards);
            healthz.push(load.order(&server, &format!("health {ours} {CONNECTIONS} 1"))?);
            bare_rate.push(load.order(&bare, &format!("health {plain} {CONNECTIONS} 1"))?);
            gate.push(load.order(
                &server,
                &format!("scans {ours} {CONNECTIONS} {from} {to} {direction} 600"),
            )?);
        }
    }
    let done: f64 = gate.iter().map(|round| round.done).sum();
    let spent: f64 = gate.iter().map(|round| round.seconds).sum();
    let rate = done / spent;
    let health = overall(&healthz);
    figure("gate_per_s", rate);
    figure("gate_in_per_s", overall(&gate[..gate.len() / 2]));
    figure("gate_out_per_s", overall(&gate[gate.len() / 2..]));
    figure(
        "gate_closed_loop_p50_ms",
        median(gate.iter().map(|r| r.p50_ms).collect()),
    );
    figure("healthz_per_s", health);
    figure("bare_per_s", overall(&bare_rate));
    // What a machine with nothing else to do would be kept busy with.
    let (scan, ok, bare_ok) = (cost(&gate), cost(&healthz), cost(&bare_rate));
    figure("gate_cpu_us", scan);
    figure("healthz_cpu_us", ok);
    figure("bare_cpu_us", bare_ok);
    figure("gate_over_healthz_by_cpu", ok / scan);
    figure("healthz_over_bare_by_cpu", bare_ok / ok);
    figure("gate_over_healthz", rate / health);
    figure("healthz_over_bare", health / overall(&bare_rate));
    Ok(rate)
}

/// Processor time a request, of server and load generator, in microseconds.
fn cost(rounds: &[Round]) -> f64 {
    let worked: f64 = rounds.iter().map(|round| round.worked).sum();
    1e6 * worked / rounds.iter().map(|round| round.done).sum::<f64>()
}

fn overall(rounds: &[Round]) -> f64 {
    let done: f64 = rounds.iter().map(|round| round.done).sum();
    done / rounds.iter().map(|round| round.seconds).sum::<f64>()
}

/// Arrivals at random times of a given rate: half the cards are new, half known. A second of other
/// cards goes before, for a server that has just started asks the register about every token.
async fn latency(rate: f64, seconds: f64, program: Option<&Path>) -> Result<()> {
    let first = rate as usize;
    let cards = ((rate * seconds / 2.0) as usize).max(OPEN_CONNECTIONS);
    let (folder, mut load) = prepared(first + cards).await?;
    let server = vaora(folder.path(), program)?;
    let mut paced = |from: usize, to: usize, direction: &str| {
        let address = server.address;
        load.order(
            &server,
            &format!("paced {address} {OPEN_CONNECTIONS} {from} {to} {direction} {rate}"),
        )
    };
    paced(0, first, "in")?;
    let rounds = [
        paced(first, first + cards, "in")?,
        paced(first, first + cards, "out")?,
    ];
    figure("gate_paced_per_s", overall(&rounds));
    figure(
        "gate_p50_ms",
        rounds.iter().map(|r| r.p50_ms).fold(0.0, f64::max),
    );
    figure(
        "gate_p99_ms",
        rounds.iter().map(|r| r.p99_ms).fold(0.0, f64::max),
    );
    disk(folder.path(), seconds)
}

/// The disk by itself: what a round writes at that pace, flushed, again and again into the same file.
fn disk(folder: &Path, seconds: f64) -> Result<()> {
    const ROUND: usize = 512 * 1024;
    const PAUSE: Duration = Duration::from_millis(10);
    let bytes = vec![0xA5; ROUND];
    let file = File::create(folder.join("disk"))?;
    let mut took = Vec::new();
    let start = Instant::now();
    while start.elapsed().as_secs_f64() < seconds {
        let place = (took.len() % LOG_ROUNDS * ROUND) as u64;
        let began = Instant::now();
        file.write_all_at(&bytes, place)?;
        file.sync_data()?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
        std::thread::sleep(PAUSE);
    }
    took.sort_by(f64::total_cmp);
    figure("disk_flush_p50_ms", took[took.len() / 2]);
    figure("disk_flush_p99_ms", took[took.len() * 99 / 100]);
    Ok(())
}

/// Two milliseconds more a commit, on both: group commit against a commit a request.
async fn delayed(seconds: f64) -> Result<()> {
    const ROUNDS: usize = 6;
    let each = seconds / ROUNDS as f64;
    let delay = ["--commit-delay", "2"];
    let (folder, mut load) = prepared(60_000).await?;
    let server = serve(folder.path(), &delay)?;
    let (plain_folder, mut plain_load) = prepared(6_000).await?;
    let plain = serve(plain_folder.path(), &["--plain", "--commit-delay", "2"])?;
    let (mut ours, mut theirs) = (vec![], vec![]);
    for n in 0..ROUNDS {
        let range = |all: usize| (all / ROUNDS * n, all / ROUNDS * (n + 1));
        for (load, server, all, into) in [
            (&mut load, &server, 60_000, &mut ours),
            (&mut plain_load, &plain, 6_000, &mut theirs),
        ] {
            let (from, to) = range(all);
            into.push(load.order(
                server,
                &format!(
                    "scans {} {CONNECTIONS} {from} {to} in {each}",
                    server.address
                ),
            )?);
        }
    }
    figure("gate_delayed_per_s", overall(&ours));
    figure("plain_delayed_per_s", overall(&theirs));
    figure("gate_over_plain", overall(&ours) / overall(&theirs));
    Ok(())
}
