//! `gate-batch`: `admit` in process, beside bulk inserts into the same tables.

use crate::bulk::{Bulk, Line};
use crate::town::{self, Gate, Town, VENUES};
use crate::{figure, median};
use anyhow::{Context, Result};
use domain::ids::ScanId;
use domain::scan::{Asked, Decision, Presented, Scan, Way};
use futures_util::future::try_join_all;
use sqlx::{Connection, PgConnection};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::admissions::Lane;
use vaora::app::AppState;

const CALLERS: usize = 32;
const BATCH: usize = 50;
/// Batches a caller sends in one round.
const BATCHES: usize = 10;
const ROUND: usize = CALLERS * BATCH * BATCHES;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long to measure each database.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Only this one: sqlite or postgres.
    #[arg(long)]
    only: Option<String>,
}

/// Measures and prints.
pub(crate) async fn run(options: Options) -> Result<()> {
    let time = Duration::from_secs(options.seconds);
    let wanted = |name| options.only.as_deref().is_none_or(|only| only == name);
    if wanted("sqlite") {
        database("sqlite", [None, None], time).await?;
    }
    if wanted("postgres") {
        let server = Postgres::start()?;
        let databases = [server.database().await?, server.database().await?];
        database("postgres", databases.map(Some), time).await?;
    }
    Ok(())
}

async fn database(name: &str, urls: [Option<String>; 2], time: Duration) -> Result<()> {
    let people = ROUND * 3;
    let [ours_url, bulk_url] = urls;
    let (ours_folder, bulk_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let app = town::open(ours_folder.path(), ours_url).await?;
    let town = Arc::new(town::plant(&app, people).await?);
    // The same people stand in the other database, whose rows are written without asking.
    let other = town::open(bulk_folder.path(), bulk_url.clone()).await?;
    town::plant(&other, people).await?;
    prime(&other, &town).await?;
    let file = bulk_folder.path().join("vaora.sqlite");
    let mut bulk = Bulk::open(bulk_url.as_deref(), &file).await?;
    let (mut ours, mut theirs, mut ratios) = (vec![], vec![], vec![]);
    let start = Instant::now();
    let mut round = 0;
    // Whole passes only: as many scans in as out.
    while round % 6 != 0 || start.elapsed() < time {
        let admitted = admit_round(&app, &town, round).await?;
        let mut inserted = 0.0_f64;
        for way in bulk.ways() {
            let lines = bulk_lines(&town, round, app.now(), app.zone());
            let begun = Instant::now();
            for piece in lines.chunks(500) {
                bulk.insert(way, piece).await?;
            }
            inserted = inserted.max(lines.len() as f64 / begun.elapsed().as_secs_f64());
        }
        ours.push(admitted);
        theirs.push(inserted);
        ratios.push(admitted / inserted);
        round += 1;
    }
    figure(&format!("gate_batch_{name}_per_s"), harmonic(&ours));
    figure(&format!("bulk_{name}_per_s"), harmonic(&theirs));
    figure(
        &format!("gate_batch_over_bulk_{name}_median"),
        median(ratios),
    );
    figure(
        &format!("gate_batch_over_bulk_{name}"),
        harmonic(&ours) / harmonic(&theirs),
    );
    app.store.close().await;
    other.store.close().await;
    Ok(())
}

/// Rounds are of equal size, so their overall rate is the harmonic mean.
fn harmonic(rates: &[f64]) -> f64 {
    rates.len() as f64 / rates.iter().map(|rate| 1.0 / rate).sum::<f64>()
}

/// One scan through the front door, so that keys and partitions of the day are there.
async fn prime(app: &AppState, town: &Town) -> Result<()> {
    let scan = scan(app, town, 0, Asked::In);
    let who = &gate(town, 0).who;
    app.admissions
        .admit(who, vec![scan], Lane::Live, app.now())
        .await?;
    Ok(())
}

/// A batch is one device's, so the people of a batch stand at one gate.
fn gate(town: &Town, person: usize) -> &Gate {
    &town.gates[person / BATCH % VENUES]
}

fn scan(app: &AppState, town: &Town, person: usize, asked: Asked) -> Scan {
    let (id, expires, code) = &town.cards[person % town.cards.len()];
    let gate = gate(town, person);
    Scan {
        id: ScanId::from_parts(app.now(), rand::random()),
        venue: gate.venue,
        checkpoint: Some(gate.checkpoint),
        device: Some(gate.device),
        presented: Presented::Card {
            id: *id,
            issued: app.now(),
            expires: *expires,
            phone: None,
        },
        asked,
        way: Way::Device,
        companions: 0,
        shown: None,
        confirms: None,
        code: code.clone(),
        remarks: domain::scan::Remarks::default(),
    }
}

/// Everybody goes in, then everybody out, and again.
fn asked(round: usize) -> Asked {
    if (round / 3).is_multiple_of(2) {
        Asked::In
    } else {
        Asked::Out
    }
}

async fn admit_round(app: &AppState, town: &Arc<Town>, round: usize) -> Result<f64> {
    let begun = Instant::now();
    let callers = (0..CALLERS).map(|caller| {
        let (app, town) = (Arc::clone(app), Arc::clone(town));
        tokio::spawn(async move {
            for batch in 0..BATCHES {
                let first = ((round % 3) * CALLERS * BATCHES + caller * BATCHES + batch) * BATCH;
                let scans = (first..first + BATCH)
                    .map(|person| scan(&app, &town, person, asked(round)))
                    .collect();
                let who = &gate(&town, first).who;
                let answers = app.admissions.admit(who, scans, Lane::Live, app.now());
                let answers = answers.await?;
                let admitted = answers.iter().all(|a| a.decision == Decision::Admit);
                anyhow::ensure!(admitted && answers.len() == BATCH, "not all were admitted");
            }
            anyhow::Ok(())
        })
    });
    for done in try_join_all(callers).await? {
        done?;
    }
    Ok(ROUND as f64 / begun.elapsed().as_secs_f64())
}

fn bulk_lines(
    town: &Town,
    round: usize,
    now: domain::time::Timestamp,
    zone: domain::time::Zone,
) -> Vec<Line> {
    let first = (round % 3) * ROUND;
    let line = |person: usize| {
        let (gate, card) = (gate(town, person), &town.cards[person % town.cards.len()].0);
        let mut holder = [7; 16];
        holder[..10].copy_from_slice(&card.0);
        Line {
            day: zone.day(now).0,
            venue: gate.venue.0,
            id: ScanId::from_parts(now, rand::random()).uuid(),
            checkpoint: gate.checkpoint.0,
            device: gate.device.0,
            holder: uuid::Uuid::from_bytes(holder),
            direction: asked(round).as_str(),
            since: (asked(round) == Asked::In).then_some(now.millis()),
            content: rand::random(),
        }
    };
    (first..first + ROUND).map(line).collect()
}

/// A PostgreSQL of this run's own, unless `VAORA_TEST_POSTGRES` names one.
pub(crate) struct Postgres {
    url: String,
    folder: Option<(PathBuf, tempfile::TempDir)>,
}

impl Postgres {
    pub(crate) fn start() -> Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "the same variable the tests use")]
        let given = std::env::var("VAORA_TEST_POSTGRES");
        if let Ok(url) = given {
            return Ok(Self { url, folder: None });
        }
        let folder = tempfile::Builder::new()
            .prefix("vaora-bench-pg")
            .tempdir_in("/tmp")?;
        open_to_all(folder.path())?;
        let dir = folder.path().join("server");
        let done = Command::new(script()).arg(&dir).arg("start").output()?;
        let url = String::from_utf8(done.stdout)?.trim().to_owned();
        anyhow::ensure!(done.status.success(), "PostgreSQL did not start");
        Ok(Self {
            url,
            folder: Some((dir, folder)),
        })
    }

    /// A database of its own.
    pub(crate) async fn database(&self) -> Result<String> {
        let name = format!("bench_{:016x}", rand::random::<u64>());
        let mut connection = PgConnection::connect(&self.url).await?;
        sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}")))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        let (base, _) = self
            .url
            .rsplit_once('/')
            .context("an address with a name")?;
        Ok(format!("{base}/{name}"))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some((dir, _)) = &self.folder {
            let _ = Command::new(script()).arg(dir).arg("stop").output();
        }
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/test-postgres")
}

/// The system user `postgres` must be able to enter.
fn open_to_all(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
    Ok(())
}
