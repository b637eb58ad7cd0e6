//! SQLite's writer: what is acknowledged is on disk, and turns that end badly hold up nobody.

use crate::crowd::{Crowd, NAMES, phone, visitors};
use crate::scene::person;
use crate::support::{now, on_both, sqlite};
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use store::Error;

/// Whether a future is still waiting after a while.
async fn waits<T>(future: &mut (impl Future<Output = T> + Unpin)) -> bool {
    tokio::time::timeout(Duration::from_millis(150), future)
        .await
        .is_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_is_acknowledged_once_it_is_on_disk() {
    let fresh = sqlite().await;
    let crowd = Crowd::plant(&fresh).await;
    let before = visitors(&fresh.settings.database).await.len();
    let disk = fresh.store.hold_the_disk().await;
    let mut first = pin!(crowd.admit(vec![crowd.scan(crowd.holders[0], now())]));
    assert!(waits(&mut first).await, "answered before it was on disk");
    let committed = visitors(&fresh.settings.database).await.len();
    assert_eq!(committed, before + 1, "only the disk is waited for");
    drop(disk);
    assert!(!first.await.unwrap()[0].duplicate);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_write_is_acknowledged_once_it_is_on_disk() {
    let fresh = sqlite().await;
    let mut tx = fresh.store.write().await.unwrap();
    person(&mut tx, NAMES[0], &phone(0)).await;
    let disk = fresh.store.hold_the_disk().await;
    let mut commit = pin!(tx.commit());
    assert!(waits(&mut commit).await, "answered before it was on disk");
    drop(disk);
    commit.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_lost_a_write_is_believed_no_more() {
    let fresh = sqlite().await;
    let crowd = Crowd::plant(&fresh).await;
    fresh.store.lose_a_flush();
    let lost = crowd.admit(vec![crowd.scan(crowd.holders[0], now())]).await;
    assert!(lost.is_err(), "{lost:?}");
    // The next flush would succeed, and say nothing about what was lost.
    let next = crowd.admit(vec![crowd.scan(crowd.holders[1], now())]).await;
    assert!(matches!(next, Err(Error::Stopped)), "{next:?}");
    crowd.admissions.ended().await;
    assert!(matches!(fresh.store.write().await, Err(Error::Stopped)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_the_disk_lost_is_told_to_whoever_waits() {
    let fresh = sqlite().await;
    let store = fresh.store.clone();
    let waits = tokio::spawn(async move { store.lost().await });
    let mut tx = fresh.store.write().await.unwrap();
    person(&mut tx, NAMES[0], &phone(0)).await;
    assert!(!fresh.store.has_lost() && !waits.is_finished());
    fresh.store.lose_a_flush();
    tx.commit().await.unwrap_err();
    assert!(fresh.store.has_lost());
    waits.await.unwrap();
}

on_both! {
    async fn what_was_neither_kept_nor_dropped_is_gone(fresh: Fresh) {
        let crowd = Crowd::plant(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        let stranger = person(&mut tx, "Người Thử Bỏ Dở", &phone(7)).await;
        drop(tx);
        let answers = crowd.admit(vec![crowd.scan(crowd.holders[0], now())]).await.unwrap();
        assert!(!answers[0].duplicate);
        let answers = crowd.admit(vec![crowd.scan(stranger, now())]).await.unwrap();
        assert_eq!(answers[0].decision, domain::scan::Decision::Refuse, "{answers:?}");
    }
}
