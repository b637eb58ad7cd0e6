//! The load generator: a process of its own that sends requests and checks every answer.
//!
//! Orders, one a line of standard input; each answered by `DONE SECONDS P50_MS P99_MS`:
//! `health ADDRESS CONNECTIONS SECONDS`;
//! `scans ADDRESS CONNECTIONS FROM TO in|out SECONDS` (closed loop, until the cards or the time
//! run out); `paced ADDRESS CONNECTIONS FROM TO in|out RATE` (arrivals at random times of that
//! rate; latency counts from when a request was due).

use crate::load_client::{Client, HEALTH, find};
use anyhow::{Context, Result, bail};
use domain::ids::ScanId;
use domain::time::Timestamp;
use futures_util::future::try_join_all;
use std::io::{BufRead, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, sleep_until};

struct Cards {
    tokens: Vec<String>,
    codes: Vec<String>,
}

/// Works off orders until the input ends.
pub(crate) async fn run(path: &Path) -> Result<()> {
    let cards = Rc::new(read(path)?);
    for order in std::io::stdin().lock().lines() {
        let order = order?;
        let words: Vec<&str> = order.split_whitespace().collect();
        let (mut took, elapsed) = match words[..] {
            ["health", server, connections, seconds] => {
                let work = Work::Health(seconds.parse()?);
                all(&cards, server.parse()?, connections.parse()?, work).await?
            }
            ["scans", server, connections, from, to, direction, seconds] => {
                let work = Work::Scans {
                    range: (from.parse()?, to.parse()?),
                    out: direction == "out",
                    seconds: seconds.parse()?,
                };
                all(&cards, server.parse()?, connections.parse()?, work).await?
            }
            ["paced", server, connections, from, to, direction, rate] => {
                let work = Work::Paced {
                    range: (from.parse()?, to.parse()?),
                    out: direction == "out",
                    due: Rc::new(arrivals(
                        rate.parse()?,
                        to.parse::<usize>()? - from.parse::<usize>()?,
                    )),
                };
                all(&cards, server.parse()?, connections.parse()?, work).await?
            }
            _ => bail!("no such order: {order}"),
        };
        took.sort_unstable();
        let at = |share: f64| {
            let place = (took.len() as f64 * share) as usize;
            took.get(place)
                .map_or(f64::NAN, |nanos| f64::from(*nanos) / 1000.0)
        };
        println!(
            "{} {} {} {}",
            took.len(),
            elapsed.as_secs_f64(),
            at(0.5),
            at(0.99)
        );
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Cards> {
    let text = std::fs::read_to_string(path)?;
    let mut lines = text.lines().map(str::to_owned);
    let tokens: usize = lines.next().context("a number of tokens")?.parse()?;
    Ok(Cards {
        tokens: lines.by_ref().take(tokens).collect(),
        codes: lines.collect(),
    })
}

#[derive(Clone)]
enum Work {
    Health(f64),
    Scans {
        range: (usize, usize),
        out: bool,
        seconds: f64,
    },
    Paced {
        range: (usize, usize),
        out: bool,
        due: Rc<Vec<Duration>>,
    },
}

/// Times of arrival of a Poisson process.
fn arrivals(rate: f64, count: usize) -> Vec<Duration> {
    let mut at = 0.0;
    let next = |_| {
        at += -(1.0 - rand::random::<f64>()).ln() / rate;
        Duration::from_secs_f64(at)
    };
    (0..count).map(next).collect()
}

/// Runs the work over all connections; the latencies in microseconds, and how long all took.
async fn all(
    cards: &Rc<Cards>,
    server: SocketAddr,
    connections: usize,
    work: Work,
) -> Result<(Vec<u32>, Duration)> {
    let clients = try_join_all((0..connections).map(|_| Client::connect(server))).await?;
    let local = tokio::task::LocalSet::new();
    let start = Instant::now();
    let tasks: Vec<_> = clients
        .into_iter()
        .enumerate()
        .map(|(place, client)| {
            let (cards, work) = (Rc::clone(cards), work.clone());
            local.spawn_local(connection(client, cards, work, (place, connections), start))
        })
        .collect();
    let took = local
        .run_until(async {
            let mut took = Vec::new();
            for task in tasks {
                took.extend(task.await??);
            }
            anyhow::Ok(took)
        })
        .await?;
    Ok((took, start.elapsed()))
}

/// One connection's share: every `connections`th card from its place on.
async fn connection(
    mut client: Client,
    cards: Rc<Cards>,
    work: Work,
    (place, connections): (usize, usize),
    start: Instant,
) -> Result<Vec<u32>> {
    let mut took = Vec::new();
    match work {
        Work::Health(seconds) => {
            let end = start + Duration::from_secs_f64(seconds);
            loop {
                let sent = Instant::now();
                if sent >= end {
                    break;
                }
                client.ask(HEALTH).await?;
                took.push(sent.elapsed().as_micros() as u32);
            }
        }
        Work::Scans {
            range: (from, to),
            out,
            seconds,
        } => {
            let end = start + Duration::from_secs_f64(seconds);
            for card in (from + place..to).step_by(connections) {
                let sent = Instant::now();
                if sent >= end {
                    break;
                }
                scan(&mut client, &cards, card, out).await?;
                took.push(sent.elapsed().as_micros() as u32);
            }
        }
        Work::Paced {
            range: (from, to),
            out,
            due,
        } => {
            for card in (from + place..to).step_by(connections) {
                let due = start + due[card - from];
                sleep_until(due).await;
                scan(&mut client, &cards, card, out).await?;
                took.push(due.elapsed().as_micros() as u32);
            }
        }
    }
    Ok(took)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the load generator stands for readers with clocks of their own"
)]
fn id() -> ScanId {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    ScanId::from_parts(
        Timestamp::from_millis(now.as_millis() as i64),
        rand::random(),
    )
}

/// Sends one scan and checks that it was admitted in that direction.
async fn scan(client: &mut Client, cards: &Cards, card: usize, out: bool) -> Result<()> {
    let (token, code) = (&cards.tokens[card % cards.tokens.len()], &cards.codes[card]);
    let (id, direction) = (id(), if out { "out" } else { "in" });
    let body =
        format!(r#"{{"scans":[{{"id":"{id}","code":"{code}","direction":"{direction}"}}]}}"#);
    let request = format!(
        "POST /api/v1/scans HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = client.ask(request.as_bytes()).await?;
    let told = format!(r#""decision":"admit","direction":"{direction}","duplicate":false"#);
    if find(answer, told.as_bytes()).is_none() || find(answer, id.to_string().as_bytes()).is_none()
    {
        bail!("an unexpected answer: {}", String::from_utf8_lossy(answer));
    }
    Ok(())
}
