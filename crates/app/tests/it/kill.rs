//! `kill -9` in the middle of bursts: nothing acknowledged is missing, nothing is doubled.

use crate::support::served::{ANY_PORT, Served};
use crate::support::town::Town;
use domain::ids::ScanId;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How many times the server is killed, on each database.
const KILLS: u32 = 200;
/// How many callers send at once.
const CALLERS: u64 = 6;

/// What the callers know: every id sent with its line, and the answers that arrived.
#[derive(Default)]
struct Oracle {
    sent: HashMap<String, Value>,
    answered: HashMap<String, Value>,
}

fn post(agent: &ureq::Agent, url: &str, token: &str, lines: &[Value]) -> Option<Vec<Value>> {
    let mut response = agent
        .post(format!("{url}/api/v1/scans"))
        .header("authorization", format!("Bearer {token}"))
        .send_json(json!({ "scans": lines }))
        .ok()?;
    let body: Value = response.body_mut().read_json().ok()?;
    Some(body["results"].as_array()?.clone())
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into()
}

/// Callers that send small batches until they are told to stop, as gates do.
fn burst(
    town: &Arc<Town>,
    url: &str,
    oracle: &Arc<Mutex<Oracle>>,
    clock: &Arc<AtomicU64>,
    random: u64,
) {
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (town, oracle, clock, stop) = (
                Arc::clone(town),
                Arc::clone(oracle),
                Arc::clone(clock),
                Arc::clone(&stop),
            );
            let url = url.to_owned();
            std::thread::spawn(move || {
                let agent = agent();
                while !stop.load(Ordering::Relaxed) {
                    let lines: Vec<Value> = (0..=caller * 3).map(|_| line(&town, &clock)).collect();
                    for line in &lines {
                        let id = line["id"].as_str().unwrap().to_owned();
                        oracle.lock().unwrap().sent.insert(id, line.clone());
                    }
                    let Some(results) = post(&agent, &url, &town.token, &lines) else {
                        return;
                    };
                    let mut oracle = oracle.lock().unwrap();
                    for result in results {
                        oracle
                            .answered
                            .insert(result["id"].as_str().unwrap().to_owned(), result);
                    }
                }
            })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(5 + random % 120));
    stop.store(true, Ordering::Relaxed);
    // The server is killed by the caller of this function while requests are under way.
    std::mem::forget(callers);
}

/// A scan with an id of its own, a millisecond after the last.
fn line(town: &Town, clock: &AtomicU64) -> Value {
    let n = clock.fetch_add(1, Ordering::Relaxed);
    let at = domain::time::Timestamp::from_millis(now().millis() - 3_600_000 + n as i64);
    let mut salt = [0; 10];
    salt[..8].copy_from_slice(&n.to_be_bytes());
    let id = ScanId::from_parts(at, salt).to_string();
    let code = &town.codes[(n % 3) as usize];
    json!({"id": id, "code": code, "direction": if n.is_multiple_of(2) { "in" } else { "out" }})
}

/// The machine's time: the server under test lives by it.
fn now() -> domain::time::Timestamp {
    vaora::clock::Clock::System.now()
}

async fn outlive(town: Arc<Town>) {
    let oracle = Arc::new(Mutex::new(Oracle::default()));
    let (there, known) = (Arc::clone(&town), Arc::clone(&oracle));
    tokio::task::spawn_blocking(move || survive(&there, &known))
        .await
        .unwrap();
    let sent = oracle.lock().unwrap().sent.len() as i64;
    assert_eq!(
        town.count_scans().await,
        sent,
        "a row for each id, and no other"
    );
}

fn survive(town: &Arc<Town>, oracle: &Arc<Mutex<Oracle>>) {
    let clock = Arc::new(AtomicU64::new(0));
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..KILLS {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let server = Served::start(town, ANY_PORT);
        burst(town, &server.url, oracle, &clock, random >> 33);
        server.kill();
        if round % 20 == 19 {
            recheck(town, oracle);
        }
    }
    recheck(town, oracle);
    let oracle = oracle.lock().unwrap();
    assert!(
        oracle.answered.len() > KILLS as usize * 10,
        "the bursts were bursts: {}",
        oracle.answered.len()
    );
}

/// Sends everything again: what was acknowledged is found, with the same answer.
fn recheck(town: &Arc<Town>, oracle: &Arc<Mutex<Oracle>>) {
    let agent = agent();
    let mut oracle = oracle.lock().unwrap();
    let all: Vec<Value> = oracle.sent.values().cloned().collect();
    // Each server for itself bounds what one device sends at once.
    for lines in all.chunks(10_000) {
        let server = Served::start(town, ANY_PORT);
        let results = post(&agent, &server.url, &town.token, lines)
            .expect("the server answers after its restart");
        for result in results {
            let id = result["id"].as_str().unwrap().to_owned();
            if let Some(first) = oracle.answered.get(&id) {
                assert_eq!(result["duplicate"], true, "acknowledged, and lost: {first}");
                assert_eq!(result["decision"], first["decision"]);
                assert_eq!(result["direction"], first["direction"]);
            }
            oracle.answered.insert(id, result);
        }
        server.kill();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    let town = Arc::new(Town::now(None).await);
    outlive(town).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_on_postgres() {
    let town = Arc::new(Town::now(Some(postgres())).await);
    outlive(town).await;
}

/// A database of its own on the tests' PostgreSQL.
pub(crate) fn postgres() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests learn the server's address from ./check"
    )]
    let server =
        std::env::var("VAORA_TEST_POSTGRES").expect("VAORA_TEST_POSTGRES is not set: run ./check");
    let name = format!("k_{}", store::new_id(now()).simple());
    let made = Command::new("psql")
        .args([&server, "-qc", &format!("create database {name}")])
        .status()
        .unwrap();
    assert!(made.success());
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}
