//! `start`: how soon a server with a full log answers, what it holds when idle, its size.

use crate::child::{Server, program};
use crate::town::{self, Town, VENUES};
use crate::{figure, load_client, median};
use anyhow::{Context, Result};
use domain::ids::ScanId;
use domain::scan::{Asked, Presented, Scan, Way};
use domain::time::Timestamp;
use futures_util::future::try_join_all;
use std::time::{Duration, Instant};
use store::admissions::Lane;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Accepted like everywhere: seconds of idling before memory is read.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Scans in the log.
    #[arg(long, default_value_t = 1_000_000)]
    scans: usize,
}

/// Measures and prints.
pub(crate) async fn run(options: Options) -> Result<()> {
    const PEOPLE: usize = 20_000;
    let folder = tempfile::tempdir()?;
    let app = town::open(folder.path(), None).await?;
    let town = town::plant(&app, PEOPLE).await?;
    let begun = Instant::now();
    let now = app.now();
    let fortnight = 14 * 86_400_000_i64;
    for first in (0..options.scans).step_by(1000) {
        let last = (first + 1000).min(options.scans);
        let mut venues: Vec<Vec<Scan>> = vec![Vec::new(); VENUES];
        for n in first..last {
            let before = fortnight - n as i64 * fortnight / options.scans as i64;
            let at = Timestamp::from_millis(now.millis() - before);
            let (person, out) = (n % PEOPLE, (n / PEOPLE) % 2 == 1);
            venues[person % VENUES].push(scan(&town, person, at, out));
        }
        let admitted = venues
            .into_iter()
            .zip(&town.gates)
            .map(|(scans, gate)| app.admissions.admit(&gate.who, scans, Lane::Backlog, now));
        let answers = try_join_all(admitted).await?.concat();
        anyhow::ensure!(answers.len() == last - first, "not all were answered");
    }
    figure(
        "fill_per_s",
        options.scans as f64 / begun.elapsed().as_secs_f64(),
    );
    app.store.close().await;
    drop(app);
    let program = program()?;
    // Units are read into an empty database once.
    drop(Server::vaora(&program, folder.path())?);
    let mut ready = Vec::new();
    let mut resident = 0.0_f64;
    for _ in 0..5 {
        let begun = Instant::now();
        let server = Server::vaora(&program, folder.path())?;
        load_client::ask(server.address).await?;
        ready.push(begun.elapsed().as_secs_f64() * 1000.0);
        tokio::time::sleep(Duration::from_secs(options.seconds)).await;
        resident = resident.max(resident_mb(server.id())?);
    }
    figure("ready_ms_1m", median(ready));
    figure("idle_rss_mb", resident);
    figure("binary_mb", program.metadata()?.len() as f64 / 1e6);
    Ok(())
}

fn resident_mb(process: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.context("VmRSS")?.parse::<f64>()? * 1024.0 / 1e6)
}

fn scan(town: &Town, person: usize, at: Timestamp, out: bool) -> Scan {
    let (id, expires, code) = &town.cards[person];
    let gate = &town.gates[person % VENUES];
    Scan {
        id: ScanId::from_parts(at, rand::random()),
        venue: gate.venue,
        checkpoint: Some(gate.checkpoint),
        device: Some(gate.device),
        presented: Presented::Card {
            id: *id,
            issued: at,
            expires: *expires,
            phone: None,
        },
        asked: if out { Asked::Out } else { Asked::In },
        way: Way::Device,
        companions: 0,
        shown: None,
        confirms: None,
        code: code.clone(),
        remarks: domain::scan::Remarks::default(),
    }
}
