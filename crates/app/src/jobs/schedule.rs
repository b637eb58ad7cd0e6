//! Every periodic job, on one page.

use crate::AppState;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::time::Duration;

/// Something done from time to time.
#[derive(Debug)]
pub struct Job {
    /// Its name in the log.
    pub name: &'static str,
    /// The pause between two turns, by a clock that cannot jump.
    pub every: Duration,
    /// What is done; given the number of turns before.
    pub run: fn(AppState, u64) -> BoxFuture<'static, anyhow::Result<()>>,
}

const HOUR: Duration = Duration::from_secs(3600);

/// All of them.
pub const SCHEDULE: &[Job] = &[
    // A day is forgotten within the hour after midnight, and at once when the server was off.
    Job {
        name: "erase",
        every: HOUR,
        run: |app, turn| erase(app, turn).boxed(),
    },
    Job {
        name: "move the write-ahead log",
        every: Duration::from_millis(250),
        run: |app, _| move_log(app).boxed(),
    },
    Job {
        name: "note which devices were heard",
        every: Duration::from_secs(10),
        run: |app, _| note_heard(app).boxed(),
    },
    // What an owner decided and a program that stopped did not record.
    Job {
        name: "record scans that were set aside",
        every: Duration::from_secs(60),
        run: |app, _| record_asides(app).boxed(),
    },
    Job {
        name: "look for surges at posters",
        every: Duration::from_secs(300),
        run: |app, turn| find_surges(app, turn).boxed(),
    },
    Job {
        name: "look for records that may be one person's",
        every: Duration::from_secs(5),
        run: |app, _| find_matches(app).boxed(),
    },
    // So that no gate waits for it. A revocation is added when a gate next asks.
    Job {
        name: "build the list for gates",
        every: Duration::from_secs(300),
        run: |app, _| build_list(app).boxed(),
    },
    // Keys that are new or were retired, and the key of a new week before its first card.
    Job {
        name: "look at the signer's keys",
        every: Duration::from_secs(20),
        run: |app, turn| look_at_keys(app, turn).boxed(),
    },
    Job {
        name: "compare signatures with cards",
        every: Duration::from_secs(60),
        run: |app, _| compare_signatures(app).boxed(),
    },
    Job {
        name: "look for a new certificate",
        every: Duration::from_secs(60),
        run: |app, _| look_for_certificate(app).boxed(),
    },
    Job {
        name: "warn of a certificate's end",
        every: Duration::from_secs(24 * 3600),
        run: |app, _| warn_of_end(app).boxed(),
    },
    // Units begin and end on dates.
    Job {
        name: "reload units",
        every: HOUR,
        run: |app, _| reload_units(app).boxed(),
    },
];

/// The write-ahead log may be this large before it is moved. What is not moved here in time, a
/// commit has to move, while everybody waits.
const LOG: u64 = 16 * 1024 * 1024;

async fn erase(app: AppState, turn: u64) -> anyhow::Result<()> {
    let now = app.now();
    if !app.store.may_erase(now, turn > 0).await? {
        tracing::warn!(
            "the clock is far from when things were last erased, so nothing is erased; if it is \
             right, erasing goes on after a day of running or with a device's next scan"
        );
        return Ok(());
    }
    let erased = app.store.erase(app.retention(), now).await?;
    let (keys, days) = (erased.keys.len(), erased.days.len());
    if keys + days > 0 || erased.rows > 0 {
        tracing::info!(
            keys,
            days,
            rows = erased.rows,
            "erased what was past its time"
        );
    }
    Ok(())
}

async fn move_log(app: AppState) -> anyhow::Result<()> {
    app.store.checkpoint_over(LOG).await?;
    Ok(())
}

async fn note_heard(app: AppState) -> anyhow::Result<()> {
    Ok(app.gates.note_heard(&app).await?)
}

async fn record_asides(app: AppState) -> anyhow::Result<()> {
    let recorded = crate::web::asides::record(&app).await;
    recorded.map_err(|problem| anyhow::anyhow!("{problem:?}"))
}

/// Hours that are looked at again and again, for what came late; and all of a day after a start.
const HOURS: u32 = 3;

async fn find_surges(app: AppState, turn: u64) -> anyhow::Result<()> {
    let hours = if turn == 0 { 24 } else { HOURS };
    let mut tx = app.store.read().await?;
    let surges = tx.find_surges(hours, app.now()).await?;
    drop(tx);
    if surges.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    tx.note_surges(&surges).await?;
    Ok(tx.commit().await?)
}

/// How many records are compared at a time, and how often at most in one turn.
const COMPARED: i64 = 100;
const STEPS: usize = 100;

/// Compares records that were made or changed, and then some of those that nobody has gone through yet.
async fn find_matches(app: AppState) -> anyhow::Result<()> {
    for _ in 0..STEPS {
        let found = app.store.read().await?.find_matches(COMPARED).await?;
        let mut tx = app.store.write().await?;
        if found.is_empty() && tx.walk_matches(COMPARED).await? == 0 {
            tx.rollback().await?;
            return Ok(());
        }
        tx.note_matches(&found, app.now()).await?;
        tx.commit().await?;
        // Whoever waits at the gate goes first.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

async fn build_list(app: AppState) -> anyhow::Result<()> {
    Ok(app.gate_list.renew(&app).await?)
}

/// Without a root, whoever has it is told when fewer weeks than this are left.
const LEFT: Duration = Duration::from_secs(14 * 24 * 3600);

async fn look_at_keys(app: AppState, turn: u64) -> anyhow::Result<()> {
    app.signer.look().await?;
    let keys = app.signer.published();
    let hourly = turn.is_multiple_of(180);
    if hourly && !keys.rooted && keys.until < app.now().plus(LEFT) {
        tracing::warn!(
            until = keys.until.rfc3339(),
            "fewer than two weeks of signing keys are left, and no root to make more: run `vaora keys rotate`"
        );
    }
    Ok(())
}

async fn compare_signatures(app: AppState) -> anyhow::Result<()> {
    super::signatures::compare(&app).await?;
    Ok(())
}

async fn look_for_certificate(app: AppState) -> anyhow::Result<()> {
    let look = move || app.tls.as_ref().map(|tls| tls.look(app.now()));
    tokio::task::spawn_blocking(look).await?;
    Ok(())
}

async fn warn_of_end(app: AppState) -> anyhow::Result<()> {
    if let Some(tls) = &app.tls {
        tls.warn_of_end(app.now());
    }
    Ok(())
}

async fn reload_units(app: AppState) -> anyhow::Result<()> {
    Ok(app.reload_units().await?)
}
