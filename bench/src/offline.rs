//! `offline`: gates that scan for days without a network, on connections that lose requests and
//! answers, and what the server has in the end.
//!
//! Days pass at once: a scan's id says when it was read, so the reading is made up and the sending
//! is real, to a server process over HTTP.

use crate::child::Server;
use crate::figure;
use crate::load_client::Client;
use crate::town::{self, Town};
use anyhow::{Context, Result, ensure};
use domain::ids::ScanId;
use domain::time::Timestamp;
use futures_util::future::try_join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use vaora::clock::Clock;

/// Lines of one request, as the page and the examples send them.
const BATCH: usize = 500;
/// How many people pass.
const PEOPLE: usize = 4000;

/// What to try.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many gates.
    #[arg(long, default_value_t = 5)]
    devices: usize,
    /// How many scans each reads.
    #[arg(long, default_value_t = 10_000)]
    scans: usize,
    /// Over how many hours up to now.
    #[arg(long, default_value_t = 72)]
    hours: u32,
    /// Which share of requests is lost, and of answers.
    #[arg(long, default_value_t = 0.3)]
    loss: f64,
    /// What the chances begin from; a run is repeated with its seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A line that a gate keeps until it is acknowledged.
#[derive(Clone)]
struct Kept {
    at: Timestamp,
    line: Value,
}

/// A gate: what waits in it, and its luck.
struct Gate {
    token: String,
    waiting: VecDeque<Kept>,
    luck: StdRng,
    requests: u64,
    lost: u64,
}

/// Tries and prints.
pub(crate) async fn run(options: Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let now = Clock::System.now();
    let begin = now.minus(Duration::from_secs(u64::from(options.hours) * 3600));
    let before = begin.minus(Duration::from_secs(3600));
    let app = town::open_at(folder.path(), Clock::fixed(before)).await?;
    let town = town::plant(&app, PEOPLE).await?;
    app.store.close().await;
    drop(app);
    let server = Server::start(&["serve-for-bench", folder.path().to_str().context("UTF-8")?])?;

    let mut gates: Vec<Gate> = (0..options.devices)
        .map(|n| gate(&town, n, options.scans, (begin, now), options.seed))
        .collect();
    try_join_all(
        gates
            .iter_mut()
            .map(|gate| live(gate, server.address, options.loss)),
    )
    .await?;

    let mut fast = gate(&town, options.devices, 10_000, (begin, now), options.seed);
    let start = Instant::now();
    live(&mut fast, server.address, 0.0).await?;
    let drained = start.elapsed().as_secs_f64();
    drop(server);

    let expected = options.devices * options.scans;
    let log = rusqlite::Connection::open(folder.path().join("vaora.sqlite"))?;
    let count = |sql: &str| log.query_row(sql, [], |row| row.get::<_, i64>(0));
    let fast_rows = format!(
        "from scans where device_id = x'{}'",
        town.gates[options.devices].device.0.simple()
    );
    let rows =
        count("select count(*) from scans")? - count(&format!("select count(*) {fast_rows}"))?;
    let ids = count("select count(distinct id) from scans")?
        - count(&format!("select count(distinct id) {fast_rows}"))?;
    println!("offline_expected={expected}");
    println!("offline_recorded={ids}");
    println!("offline_doubled={}", rows - ids);
    figure(
        "offline_requests",
        gates.iter().map(|gate| gate.requests).sum::<u64>() as f64,
    );
    figure(
        "offline_lost",
        gates.iter().map(|gate| gate.lost).sum::<u64>() as f64,
    );
    figure("offline_drain_10k_s", drained);
    ensure!(
        rows == ids && ids == expected as i64,
        "not every scan is there once"
    );
    Ok(())
}

/// A gate after its hours: every scan it read is in its queue, or was sent when there was a network.
fn gate(
    town: &Town,
    n: usize,
    scans: usize,
    (begin, end): (Timestamp, Timestamp),
    seed: u64,
) -> Gate {
    let mut luck = StdRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(n as u64));
    let span = end.since(begin);
    let waiting = (0..scans).map(|scan| {
        let at = begin.millis() + span * scan as i64 / scans as i64;
        let at = Timestamp::from_millis(at);
        let mut salt = [0; 10];
        luck.fill_bytes(&mut salt);
        let (_, _, code) = &town.cards[luck.random_range(0..town.cards.len())];
        let direction = if luck.random_bool(0.5) { "in" } else { "out" };
        let id = ScanId::from_parts(at, salt).to_string();
        let line = json!({"id": id, "code": code, "direction": direction, "seq": scan + 1});
        Kept { at, line }
    });
    Gate {
        token: town.gates[n].token.clone(),
        waiting: waiting.collect(),
        luck,
        requests: 0,
        lost: 0,
    }
}

/// Lives through its hours: there is a network now and then, and what was read until then is sent.
async fn live(gate: &mut Gate, server: SocketAddr, loss: f64) -> Result<()> {
    let mut client = Client::connect(server).await?;
    while let Some(first) = gate.waiting.front() {
        // The next time there is a network, up to ten hours of scans wait.
        let spell = Duration::from_secs(gate.luck.random_range(0..36_000));
        let until = first.at.plus(spell);
        let mut left = match loss {
            0.0 => gate.waiting.len(),
            _ => {
                let ready = gate.waiting.iter().take_while(|kept| kept.at <= until);
                ready.count()
            }
        };
        while left > 0 {
            let most = match loss {
                0.0 => BATCH,
                _ => gate.luck.random_range(1..=BATCH),
            };
            let size = left.min(most);
            gate.requests += 1;
            if gate.luck.random_bool(loss) {
                gate.lost += 1;
                continue;
            }
            let turned = gate.luck.random_bool(loss / 2.0);
            send(gate, &mut client, size, turned).await?;
            if gate.luck.random_bool(loss) {
                gate.lost += 1;
                continue;
            }
            gate.waiting.drain(..size);
            left -= size;
        }
    }
    Ok(())
}

/// Sends the oldest lines, sometimes the youngest of them first, and looks whether each is answered.
async fn send(gate: &Gate, client: &mut Client, size: usize, turned: bool) -> Result<()> {
    let waiting = gate.waiting.iter().take(size);
    let mut lines: Vec<&Value> = waiting.map(|kept| &kept.line).collect();
    if turned {
        lines.reverse();
    }
    let body = json!({"sent_at": Clock::System.now().millis(), "scans": lines}).to_string();
    let request = format!(
        "POST /api/v1/scans HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        gate.token,
        body.len()
    );
    let answer: Value = serde_json::from_slice(client.ask(request.as_bytes()).await?)?;
    let results = answer["results"].as_array().context("results")?;
    let same = results
        .iter()
        .map(|one| &one["id"])
        .eq(lines.iter().map(|line| &line["id"]));
    ensure!(same, "answers to other scans");
    Ok(())
}
