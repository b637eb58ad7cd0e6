//! Side-by-side measurements of vaora: `gate`, `gate-batch`, `codes`, `bundle`, `card`, `start` and `offline`.
//!
//! Every target is a ratio of two rates of one run on one machine, measured in short alternating
//! rounds so that whatever else the machine does hits both. Lines are `name=value`; what each
//! means and what was found is in `docs/performance.md`.

mod batch;
mod bulk;
mod bundle;
mod card;
mod child;
mod codes_bench;
mod gate;
mod load;
mod load_client;
mod offline;
mod serve;
mod start;
mod town;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Parser)]
#[command(version, about = "Measures vaora beside a plain way of doing the same")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// One scan a request, from an outside load generator, beside /healthz and a plain server.
    Gate(gate::Options),
    /// Batches of 50 from 32 callers, beside bulk inserts, on both databases.
    GateBatch(batch::Options),
    /// Codes verified and drawn, beside the bare signature check.
    Codes {
        /// How long to measure.
        #[arg(long, default_value_t = 12)]
        seconds: u64,
    },
    /// Bytes that a gate fetches to decide without a network, at first and after a day.
    Bundle,
    /// What a register of a million people costs the desk, and the status list of a nation.
    Card(card::Options),
    /// Start-up with a full log, idle memory, size of the program.
    Start(start::Options),
    /// Gates without a network for days, and what the server has in the end.
    Offline(offline::Options),
    /// The server as a child process.
    #[command(hide = true)]
    ServeForBench(serve::Options),
    /// One bare route as a child process.
    #[command(hide = true)]
    BareForBench,
    /// The load generator as a child process; orders come by standard input.
    #[command(hide = true)]
    Load { cards: PathBuf },
    /// Asks a running server at an address for its health once.
    #[command(hide = true)]
    Ask { server: SocketAddr },
}

fn main() -> Result<()> {
    match Arguments::parse().what {
        What::Gate(options) => many(gate::run(options)),
        What::GateBatch(options) => many(batch::run(options)),
        What::Codes { seconds } => codes_bench::run(seconds),
        What::Bundle => bundle::run(),
        What::Card(options) => many(card::run(options)),
        What::Start(options) => many(start::run(options)),
        What::Offline(options) => many(offline::run(options)),
        What::ServeForBench(options) => many(serve::serve(options)),
        What::BareForBench => many(serve::bare()),
        What::Load { cards } => one(load::run(&cards)),
        What::Ask { server } => one(load_client::ask(server)),
    }
}

fn many<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

fn one<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// Prints one figure: a ratio with three places, a rate without.
fn figure(name: &str, value: f64) {
    if value < 100.0 {
        println!("{name}={value:.3}");
    } else {
        println!("{name}={value:.0}");
    }
}

/// The middle of several rounds.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
