//! A full disk, and data of a newer program.

use crate::crowd::{Crowd, visitors};
use crate::support::{Fresh, now, on_both, sqlite};
use domain::scan::Scan;
use domain::time::Zone;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use store::{Error, Settings, Store};

/// Records until the disk is full, and checks that whatever was acknowledged is there.
async fn fill(crowd: &Crowd) -> Vec<Scan> {
    let mut kept = Vec::new();
    for n in 0..5_000_u64 {
        let scans: Vec<Scan> = (0..40)
            .map(|k| {
                crowd.scan(
                    crowd.holders[0],
                    now().minus(Duration::from_millis(n * 40 + k)),
                )
            })
            .collect();
        match crowd.admit(scans.clone()).await {
            Ok(answers) => {
                assert!(answers.iter().all(|answer| !answer.duplicate));
                kept.extend(scans);
            }
            Err(Error::DiskFull(_)) => return kept,
            Err(other) => panic!("not a full disk: {other:?}"),
        }
    }
    panic!("the disk never filled");
}

async fn nothing_acknowledged_is_lost(fresh: &Fresh, room: impl AsyncFnOnce()) {
    let crowd = Crowd::plant(fresh).await;
    let before = visitors(&fresh.settings.database).await.len();
    let kept = fill(&crowd).await;
    // Reading still works, and finds what was acknowledged and nothing else.
    let mut tx = fresh.store.read().await.unwrap();
    assert!(tx.venue_scope(crowd.venue).await.unwrap().is_some());
    tx.rollback().await.unwrap();
    assert_eq!(
        visitors(&fresh.settings.database).await.len(),
        before + kept.len()
    );
    for _ in 0..3 {
        let more = crowd.scan(crowd.holders[1], now());
        let many: Vec<Scan> = (0..2000)
            .map(|n| Scan {
                id: crowd
                    .scan(crowd.holders[1], now().minus(Duration::from_millis(n)))
                    .id,
                ..more.clone()
            })
            .collect();
        let full = crowd.admit(many).await;
        assert!(matches!(full, Err(Error::DiskFull(_))), "{full:?}");
    }
    room().await;
    let one = crowd.scan(crowd.holders[1], now());
    assert!(
        !crowd.admit(vec![one]).await.unwrap()[0].duplicate,
        "it goes on by itself"
    );
    for part in kept.chunks(1000) {
        let again = crowd.admit(part.to_vec()).await.unwrap();
        assert!(again.iter().all(|answer| answer.duplicate));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_may_not_grow() {
    let fresh = sqlite().await;
    fresh.store.allow_pages(400).await.unwrap();
    let store = fresh.store.clone();
    nothing_acknowledged_is_lost(&fresh, async move || {
        store.allow_pages(1 << 30).await.unwrap()
    })
    .await;
}

/// A small disk that goes when the test ends.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mut mount = Command::new("mount");
        let mount = mount
            .args(["-t", "tmpfs", "-o"])
            .arg(format!("size={size}"))
            .arg("tmpfs")
            .arg(at);
        mount
            .output()
            .is_ok_and(|done| done.status.success())
            .then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).output();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    let Some(_disk) = SmallDisk::mount(&disk, "6m") else {
        eprintln!("SKIPPED: a small disk cannot be mounted here; run as root");
        return;
    };
    std::fs::write(disk.join("ballast"), vec![0; 3 << 20]).unwrap();
    let settings = Settings {
        database: format!("sqlite://{}", disk.join("vaora.sqlite").display()),
        keys: disk.join("keys"),
        zone: Zone::VIETNAM,
    };
    let store = Store::open(&settings).await.unwrap();
    let fresh = Fresh {
        store,
        settings,
        folder,
    };
    nothing_acknowledged_is_lost(&fresh, async || {
        std::fs::remove_file(disk.join("ballast")).unwrap();
    })
    .await;
    fresh.store.close().await;
}

on_both! {
    async fn data_of_a_newer_program_is_left_alone(fresh: Fresh) {
        fresh.store.pretend_newer().await.unwrap();
        fresh.store.close().await;
        match Store::open(&fresh.settings).await {
            Err(Error::Newer { found: 9999, known }) => assert_eq!(known, store::SCHEMA_VERSION),
            other => panic!("{other:?}"),
        }
    }
}
