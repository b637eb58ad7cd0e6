//! Jobs: what is done from time to time, beside requests. All of it is in [`schedule`].

pub mod schedule;
pub mod signatures;

use crate::AppState;
use schedule::{Job, SCHEDULE};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The jobs that run.
#[derive(Debug)]
pub struct Jobs {
    stopping: watch::Sender<()>,
    running: JoinSet<()>,
}

impl Jobs {
    /// Starts them all; each runs at once and then from time to time.
    pub fn start(app: &AppState) -> Self {
        let (stopping, stopped) = watch::channel(());
        let mut running = JoinSet::new();
        for job in SCHEDULE {
            running.spawn(repeat(job, Arc::clone(app), stopped.clone()));
        }
        Self { stopping, running }
    }

    /// Lets each finish what it is doing, and starts nothing more.
    pub async fn stop(self) {
        let _ = self.stopping.send(());
        self.running.join_all().await;
    }
}

async fn repeat(job: &'static Job, app: AppState, mut stopped: watch::Receiver<()>) {
    let mut turn = 0;
    loop {
        // A job that panics or fails is tried again at its next turn.
        let run = tokio::spawn((job.run)(Arc::clone(&app), turn));
        match run.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(job = job.name, error = %error, "a job failed"),
            Err(_) => tracing::error!(job = job.name, "a job panicked"),
        }
        turn += 1;
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(job.every) => {}
        }
    }
}
