//! A long day at a gate whose server is away: people before the camera, a browser that dies again and again, and every
//! reading at the server once when it is back.
//!
//! By itself a short day. `GATE_DAY=500 GATE_DEATHS=5 GATE_QUEUED=10000 cargo test -p e2e --test journeys gate_day -- --nocapture` is a long one, on
//! PostgreSQL too when `VAORA_TEST_POSTGRES` names a server; `GATE_KBIT=1000` empties the queue over a slow network.

use anyhow::Context;
use e2e::browser::{Browser, Screen};
use e2e::gate::{enrol, get_a_card};
use e2e::people::{HOLDER, OWNER, PASSER_BY, Person};
use e2e::picture::Picture;
use e2e::server::Server;
use e2e::tools;
use serde_json::json;
use std::process::Command;
use std::time::{Duration, Instant};

const THIRD: Person = Person {
    name: "Hoàng Thị Thí Nghiệm",
    phone: "0905 000 106",
};

/// How many lines are kept by one script.
const PART: usize = 200;

/// What day it was in Việt Nam a day ago.
const YESTERDAY: &str =
    "return new Date(Date.now() + (7 - 24) * 3600_000).toISOString().slice(0, 10) + 'T00:00'";

/// How many lines were numbered, wait, and were put out of the way.
const COUNTS: &str = r#"
const [done] = arguments;
import(`${document.documentElement.dataset.assets}/js/gate/store.js`).then(async ({ Store }) => {
  const store = await Store.open();
  const { waiting, parked } = await store.counts();
  const seq = await store.seq();
  store.db.close();
  done([seq, waiting, parked]);
});
"#;

/// Keeps so many lines more, as the gate itself keeps them: sealed, numbered, on disk.
const QUEUE: &str = r#"
const [from, many, code, done] = arguments;
const folder = `${document.documentElement.dataset.assets}/js/gate`;
const load = (name) => import(`${folder}/${name}.js`);
const work = async () => {
  const [{ Store }, { Clock }, { Lists }, { seal }, { base64url, utf8 }, { enqueue }, { uuid7 }] =
    await Promise.all([load("store"), load("clock"), load("lists"), load("hpke"), load("bytes"), load("queue"), load("../uuid7")]);
  const store = await Store.open();
  const lists = new Lists(store, new Clock(await store.get("clock")));
  await lists.load();
  const { queueKey } = lists.known.held;
  const began = Math.floor(Date.now() / 3600_000 - 4) * 3600_000;
  for (let n = from; n < from + many; n++) {
    const id = uuid7(began + n * 1000);
    await enqueue(store, async (seq) => {
      const text = { code, direction: n % 2 ? "out" : "in", seq, door: { decision: "admit", reasons: [] } };
      return { id, sealed: base64url(await seal(queueKey, { info: utf8("vaora queue v1"), aad: utf8(id), text: utf8(JSON.stringify(text)) })) };
    });
  }
  store.db.close();
};
work().then(() => done(null), (error) => done(String(error)));
"#;

/// Notes how long it takes from a picture with a code in it to the verdict on the screen, and presses for the guard.
const WATCH: &str = r#"
window.took = [];
let [posted, seen] = [0, 0];
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (...given) {
  posted = performance.now();
  return post.apply(this, given);
};
document.querySelector("qr-scanner").addEventListener("code", () => (seen ||= posted), { capture: true });
new MutationObserver(() => {
  const shown = document.querySelector(".decision:not([data-watched])");
  if (!shown) return;
  shown.dataset.watched = "";
  if (seen) {
    const from = seen;
    seen = 0;
    requestAnimationFrame(() => requestAnimationFrame(() => window.took.push(performance.now() - from)));
  }
  if (shown.matches(".decision--echo")) setTimeout(() => shown.querySelector("button")?.click(), 250);
}).observe(document.body, { childList: true, subtree: true });
"#;

/// What the gate's page keeps for later: itself and all that it loads.
const KEPT: &str = r#"
const [done] = arguments;
const work = async () => {
  const paths = new Set();
  for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) paths.add(new URL(url).pathname);
  return [...paths];
};
work().then(done, (error) => done(String(error)));
"#;

fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var_os(name);
    given
        .and_then(|text| text.to_str()?.parse().ok())
        .unwrap_or(otherwise)
}

async fn counts(gate: &Browser) -> anyhow::Result<[u64; 3]> {
    let all = gate.client.execute_async(COUNTS, vec![]).await?;
    let number = |at: usize| all[at].as_u64().context("a count");
    Ok([number(0)?, number(1)?, number(2)?])
}

/// Holds the squares before the camera until so many lines are kept, and says how long each verdict took.
async fn scan(gate: &Browser, squares: &[&Picture], until: u64) -> anyhow::Result<Vec<f64>> {
    gate.visit("/gate").await?;
    gate.see("Mất mạng. Vẫn quét được.").await?;
    gate.camera.film_quickly(squares)?;
    gate.client.execute(WATCH, vec![]).await?;
    gate.press("Bắt đầu quét").await?;
    let mut last = (0, Instant::now());
    loop {
        let [kept, ..] = counts(gate).await?;
        if kept >= until {
            break;
        }
        if kept > last.0 {
            last = (kept, Instant::now());
        }
        let said = || format!("{kept} of {until} lines after 20 seconds without a reading");
        anyhow::ensure!(last.1.elapsed() < Duration::from_secs(20), said());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let took = gate.client.execute("return window.took", vec![]).await?;
    Ok(serde_json::from_value(took)?)
}

/// Gives the browser a network of so many kilobits a second, both ways; none is as it is.
fn narrow(gate: &Browser, kilobits: u64) -> anyhow::Result<()> {
    if kilobits > 0 {
        let rate = kilobits * 1000 / 8;
        let network = json!({
            "offline": false, "latency": 50, "downloadThroughput": rate, "uploadThroughput": rate,
        });
        gate.develop("Network.enable", &json!({}))?;
        gate.develop("Network.emulateNetworkConditions", &network)?;
    }
    Ok(())
}

/// Every reading that the owner can export, by when it was and what it says: each line once.
async fn recorded(owner: &Browser, board: &str) -> anyhow::Result<usize> {
    // What waits was read hours ago: shortly after midnight that was yesterday.
    let yesterday = owner.client.execute(YESTERDAY, vec![]).await?;
    let yesterday = yesterday.as_str().context("a day")?;
    let (_, body) = owner
        .fetch(&format!("{board}/scans.csv?from={yesterday}"))
        .await?;
    let text = String::from_utf8(body)?;
    Ok(text.lines().skip(1).filter(|line| !line.is_empty()).count())
}

/// What all that the page keeps for the time without a network weighs on the wire.
async fn weigh(server: &Server, gate: &Browser) -> anyhow::Result<()> {
    let kept = gate.client.execute_async(KEPT, vec![]).await?;
    let mut bytes = 0;
    for path in kept.as_array().context("what is kept")? {
        bytes += e2e::wire::weight(server.port, path.as_str().context("a path")?)?;
    }
    println!("scanner_page_kb={}", bytes / 1000);
    anyhow::ensure!(bytes < 600_000, "the page weighs {bytes} bytes: {kept}");
    Ok(())
}

/// From a picture with a code in it to the verdict.
fn say_how_long(mut took: Vec<f64>) {
    took.sort_by(f64::total_cmp);
    println!("scanner_readings={}", took.len());
    println!("scanner_result_p50_ms={:.0}", took[took.len() / 2]);
    println!("scanner_result_p95_ms={:.0}", took[took.len() * 95 / 100]);
}

async fn day(mut server: Server, name: &str) -> anyhow::Result<()> {
    let (scans, deaths) = (number("GATE_DAY", 12), number("GATE_DEATHS", 2));
    let queued = number("GATE_QUEUED", 200);
    let owner = Browser::open(&server.base, Screen::Desk).await?;
    let board = owner.register_venue(&server, OWNER, "Chợ Bến Thử").await?;
    let mut cards = Vec::new();
    for person in [HOLDER, PASSER_BY, THIRD] {
        let (holder, card) = get_a_card(&server, person).await?;
        holder.declare().await?;
        holder.close();
        cards.push(card);
    }
    let squares: Vec<&Picture> = cards.iter().map(|card| &card.square).collect();
    let mut gate = Browser::open(&server.base, Screen::Phone).await?;
    gate.visit(&enrol(&owner, &board).await?).await?;
    gate.fill("duty", "Trần Thị Mẫu").await?;
    gate.press("Bắt đầu ca").await?;
    gate.one("html[data-kept]").await?;
    weigh(&server, &gate).await?;

    server.stop();
    // In parts, none of which takes as long as a script may.
    for from in (0..queued).step_by(PART) {
        let many = (queued - from).min(PART as u64);
        let what = vec![json!(from), json!(many), json!(cards[0].digits)];
        gate.client.execute_async(QUEUE, what).await?;
    }
    anyhow::ensure!(counts(&gate).await? == [queued, queued, 0], "queued");
    let mut took = Vec::new();
    for life in 1..=deaths + 1 {
        took.extend(scan(&gate, &squares, queued + scans * life / (deaths + 1)).await?);
        // The camera still films, and a reading may be half done.
        if life <= deaths {
            gate = gate.die_and_open(Screen::Phone).await?;
        }
    }
    say_how_long(took);

    gate.camera.film(&[])?;
    gate.visit("/gate").await?;
    gate.see("Mất mạng. Vẫn quét được.").await?;
    let [last, waiting, parked] = counts(&gate).await?;
    anyhow::ensure!((last, parked) == (waiting, 0), "{waiting} of {last} wait");
    server.resume()?;
    narrow(&gate, number("GATE_KBIT", 0))?;
    let began = Instant::now();
    gate.visit("/gate").await?;
    while counts(&gate).await?[1] > 0 {
        let spent = began.elapsed();
        anyhow::ensure!(spent < Duration::from_secs(120), "the queue drains in time");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("{name}_drain_s={:.1}", began.elapsed().as_secs_f64());
    let there = recorded(&owner, &board).await?;
    println!("{name}_expected={last}\n{name}_recorded={there}");
    anyhow::ensure!(there as u64 == last, "{there} of {last} recorded");
    anyhow::ensure!(counts(&gate).await? == [last, 0, 0], "nothing is left");
    gate.close();
    owner.close();
    Ok(())
}

#[tokio::test]
async fn a_day_without_the_server_is_recorded_once() -> anyhow::Result<()> {
    day(Server::start()?, "sqlite").await
}

#[tokio::test]
async fn a_day_on_postgres_is_recorded_once() -> anyhow::Result<()> {
    let Some(address) = std::env::var_os("VAORA_TEST_POSTGRES") else {
        eprintln!("skipped: VAORA_TEST_POSTGRES names no PostgreSQL");
        return Ok(());
    };
    let address = address.into_string().unwrap_or_default();
    let name = format!("gate_day_{}", std::process::id());
    let ask = |sql: String| tools::run(Command::new("psql").args([&address, "-qc", &sql]));
    ask(format!("create database {name}"))?;
    let (server, _) = address
        .rsplit_once('/')
        .context("the address names a database")?;
    let done = day(Server::start_on(&format!("{server}/{name}"))?, "postgres").await;
    ask(format!("drop database {name} with (force)"))?;
    done
}
