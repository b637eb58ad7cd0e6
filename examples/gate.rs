//! A gate: keeps every code it reads on its own disk, and sends it to vaora when the network allows.
//!
//! ```text
//! VAORA_TOKEN=... cargo run --example gate -- https://vaora.example.org in queue.db
//! ```
//!
//! Codes come by standard input, one a line, as a scanner that types gives them. A scan is on disk
//! before `kept` is printed, so the gate may open then, or wait for the server's answer, which is
//! printed when it comes. What was kept before a power cut is sent after it; what was sent twice is
//! recorded once, because the id is made when the code is read and never changes.
#![expect(
    clippy::disallowed_methods,
    reason = "a gate has a clock and settings of its own"
)]

use anyhow::{Context, Result, bail};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// Of at most 10,000 that the server takes.
const BATCH: u32 = 500;

/// A table of scans that nobody acknowledged. Their numbers are never used twice: a number that
/// never arrives shows the server that something is lost.
fn open(path: &str) -> Result<Connection> {
    let queue = Connection::open(path)?;
    queue.busy_timeout(Duration::from_secs(30))?;
    queue.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full;
         create table if not exists scans
         (seq integer primary key autoincrement, id text, code text, direction text)",
    )?;
    Ok(queue)
}

/// The oldest scans that wait, as the server wants them, and the highest number among them.
fn waiting(queue: &Connection) -> Result<(Vec<Value>, i64)> {
    let mut last = 0;
    let mut asked = queue.prepare_cached("select * from scans order by seq limit ?")?;
    let scans = asked.query_map([BATCH], |row| {
        last = row.get("seq")?;
        let text = |name| row.get::<_, String>(name);
        let (id, code, direction) = (text("id")?, text("code")?, text("direction")?);
        Ok(json!({"seq": last, "id": id, "code": code, "direction": direction}))
    })?;
    let scans = scans.collect::<Result<_, _>>()?;
    Ok((scans, last))
}

/// The server's answers, one a scan, in the order sent.
fn send(url: &str, token: &str, scans: &[Value]) -> Result<Vec<Value>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let body = json!({"sent_at": now.as_millis() as u64, "scans": scans});
    let request = ureq::post(format!("{url}/api/v1/scans"))
        .header("Authorization", format!("Bearer {token}"))
        .config()
        .timeout_global(Some(Duration::from_secs(10)))
        .build();
    let mut answer: Value = request.send_json(&body)?.body_mut().read_json()?;
    let results: Vec<Value> = serde_json::from_value(answer["results"].take())?;
    let ids = |lines: &[Value]| Vec::from_iter(lines.iter().map(|line| line["id"].clone()));
    let same = ids(&results) == ids(scans);
    same.then_some(results).context("answers to other scans")
}

/// Sends what waits, oldest first, until the input has ended and nothing waits any more.
fn drain(url: &str, token: &str, path: &str, ended: &AtomicBool) -> Result<()> {
    let (queue, mut pause) = (open(path)?, 1);
    loop {
        let (scans, last) = waiting(&queue)?;
        let ended = ended.load(Ordering::Acquire);
        if scans.is_empty() && ended {
            return Ok(());
        }
        if scans.is_empty() {
            sleep(Duration::from_millis(50));
            continue;
        }
        match send(url, token, &scans) {
            Ok(results) => {
                queue.execute("delete from scans where seq <= ?", [last])?;
                results.iter().for_each(|one| println!("{one}"));
                pause = 1;
            }
            // What waits is sent by the next start.
            Err(error) if ended && pause >= 8 => return Err(error),
            Err(error) => {
                eprintln!("{error}: {} scans or more wait", scans.len());
                sleep(Duration::from_secs(pause));
                pause = (pause * 2).min(30);
            }
        }
    }
}

/// Keeps what the scanner reads.
fn read(queue: &Connection, direction: &str) -> Result<()> {
    for code in std::io::stdin().lines() {
        let (code, id) = (code?, Uuid::now_v7().to_string());
        if !code.trim().is_empty() {
            let insert = "insert into scans (id, code, direction) values (?, ?, ?)";
            queue.execute(insert, [&id, code.trim(), direction])?;
            println!("{id} kept");
        }
    }
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, url, direction, path] = &arguments[..] else {
        bail!("gate URL in|out QUEUE");
    };
    let (token, queue) = (std::env::var("VAORA_TOKEN")?, open(path)?);
    let ended = AtomicBool::new(false);
    scope(|threads| {
        let sender = threads.spawn(|| drain(url, &token, path, &ended));
        let read = read(&queue, direction);
        ended.store(true, Ordering::Release);
        let sent = sender.join().expect("the sender does not panic");
        read.and(sent)
    })
}
