//! An id is in the log or set aside, never both.

use crate::admissions::{Town, VENUE, holder, scan, town};
use crate::asides::{YEAR, bounds, device, groups, keep, lost, read};
use crate::scene::may;
use crate::support::{Fresh, now, on_both};
use domain::aside::Settled;
use domain::ids::ScanId;
use domain::role::{
    Authorized, ManageVenue, ReadVenueBoard, RecordScans, SettleAsides, VenueScope,
};
use domain::scan::{Answer, Asked, Decision, Reason, Remarks, Scan};
use domain::time::Timestamp;
use std::time::Duration;
use store::admissions::Lane;
use store::asides::AsideKey;
use store::scans::ScanFilter;

/// Seconds ahead: more than the log takes, and not for long.
const AHEAD: i64 = 315;

fn later() -> Timestamp {
    now().plus(Duration::from_secs(17))
}

async fn admit(town: &Town, who: &Authorized<RecordScans, VenueScope>, scan: &Scan) -> Answer {
    let admitted = town
        .admissions
        .admit(who, vec![scan.clone()], Lane::Live, later());
    admitted.await.unwrap().remove(0)
}

async fn recorded(fresh: &Fresh) -> i64 {
    let filter = ScanFilter {
        from: now().minus(Duration::from_secs(86_400)),
        until: now().plus(Duration::from_secs(86_400)),
        direction: None,
        way: None,
        decision: None,
        of: None,
    };
    let mut tx = fresh.store.read().await.unwrap();
    let who = may::<ReadVenueBoard>(&mut tx, holder(1), VENUE).await;
    tx.count_scans(&who, &filter, i64::MAX).await.unwrap()
}

/// Of each device in order: how many of its numbers are missing, and whether some came twice.
async fn numbers(fresh: &Fresh) -> Vec<(u64, bool)> {
    let mut tx = fresh.store.read().await.unwrap();
    let who = may::<ManageVenue>(&mut tx, holder(1), VENUE).await;
    let devices = tx.devices(&who).await.unwrap();
    devices
        .iter()
        .map(|one| (one.missing, one.renumbered))
        .collect()
}

async fn date(fresh: &Fresh, key: AsideKey, first: Timestamp) -> u64 {
    let mut tx = fresh.store.write().await.unwrap();
    let owner = may::<SettleAsides>(&mut tx, holder(1), VENUE).await;
    let dated = tx.date_asides(&owner, key, first, bounds()).await.unwrap();
    tx.commit().await.unwrap();
    dated.unwrap()
}

on_both! {
    async fn what_waits_waits_no_more_once_the_log_takes_it(fresh: Fresh) {
        let town = town(&fresh).await;
        let (id, who) = device(&fresh, "một").await;
        let waiting = read(id, 1, AHEAD, 1);
        keep(&fresh, &who, &[waiting.clone(), read(id, 2, YEAR, 2)], None, now()).await.unwrap();
        let group = groups(&fresh).await[0];
        let first = admit(&town, &who, &waiting.1).await;
        assert_eq!((first.decision, first.duplicate), (Decision::Admit, false));
        assert_eq!(admit(&town, &who, &waiting.1).await, Answer { duplicate: true, ..first });
        assert_eq!(groups(&fresh).await[0].count, 1, "the other one waits");
        assert_eq!(numbers(&fresh).await, [(0, false)], "its number was counted when it was set aside");
        assert_eq!(date(&fresh, group.key, now().minus(Duration::from_secs(3600))).await, 1);
        let mut tx = fresh.store.read().await.unwrap();
        let found = tx.asides_to_record(9).await.unwrap();
        assert_eq!(found.iter().map(|aside| aside.own_id.at()).collect::<Vec<_>>(), [read(id, 2, YEAR, 2).1.id.at()]);
        drop(tx);
        assert_eq!(recorded(&fresh).await, 1);
        // Set aside once more, as by a server whose clock is behind: known.
        assert_eq!(keep(&fresh, &who, &[waiting], None, now()).await, Some(vec![true]));
    }
}

on_both! {
    async fn what_is_in_the_log_is_not_set_aside(fresh: Fresh) {
        let town = town(&fresh).await;
        let (id, who) = device(&fresh, "một").await;
        let old = -20 * 86_400;
        let batch: Vec<_> = [(1, -60), (2, -30), (3, old)].iter().zip(1..).map(|(&(person, at), n)| read(id, person, at, n)).collect();
        for (_, scan) in &batch {
            admit(&town, &who, scan).await;
        }
        let mut all: Vec<_> = batch.iter().cloned().map(lost).collect();
        all.push(lost(read(id, 4, -10, 4)));
        for known in [[true, true, true, false], [true; 4]] {
            assert_eq!(keep(&fresh, &who, &all, None, now()).await.unwrap(), known);
            assert_eq!(groups(&fresh).await.iter().map(|group| group.count).collect::<Vec<_>>(), [1]);
            assert_eq!(numbers(&fresh).await, [(0, false)]);
        }
    }
}

on_both! {
    async fn what_the_owner_settled_does_not_come_back_at_its_own_time(fresh: Fresh) {
        let town = town(&fresh).await;
        let (id, who) = device(&fresh, "một").await;
        let hour_ago = now().minus(Duration::from_secs(3600));
        let line = read(id, 1, AHEAD, 1);
        keep(&fresh, &who, std::slice::from_ref(&line), None, now()).await.unwrap();
        let key = groups(&fresh).await[0].key;
        assert_eq!(date(&fresh, key, hour_ago).await, 1);
        let told = Answer { duplicate: true, ..Answer::refuse(domain::scan::Direction::In, Reason::Future) };
        assert_eq!(admit(&town, &who, &line.1).await, told, "decided, and not in the log yet");
        let mut tx = fresh.store.write().await.unwrap();
        let aside = tx.asides_to_record(9).await.unwrap().remove(0);
        let dated = Scan { id: aside.id, remarks: Remarks { settled: Some(Settled::Dated), ..Remarks::default() }, ..line.1.clone() };
        drop(tx);
        assert_eq!(admit(&town, &who, &dated).await.decision, Decision::Admit);
        let mut tx = fresh.store.write().await.unwrap();
        tx.asides_recorded(&[(VENUE, aside.own_id)], &[]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(admit(&town, &who, &line.1).await, told);
        assert_eq!((recorded(&fresh).await, numbers(&fresh).await), (1, vec![(0, false)]));
        // Discarded.
        let other = read(id, 2, AHEAD, 2);
        keep(&fresh, &who, std::slice::from_ref(&other), None, now()).await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        let owner = may::<SettleAsides>(&mut tx, holder(1), VENUE).await;
        assert_eq!(tx.discard_asides(&owner, key).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(admit(&town, &who, &other.1).await, told);
        assert_eq!(recorded(&fresh).await, 1);
    }
}

on_both! {
    async fn what_the_owner_accepts_or_leaves_where_it_was_is_recorded_once(fresh: Fresh) {
        let town = town(&fresh).await;
        let (id, who) = device(&fresh, "một").await;
        let settled = |scan: &Scan, settled| Scan {
            remarks: Remarks { settled: Some(settled), ..Remarks::default() },
            ..scan.clone()
        };
        // Dated to the very time that it claims.
        let line = lost(read(id, 1, -60, 1));
        keep(&fresh, &who, std::slice::from_ref(&line), None, now()).await.unwrap();
        let key = groups(&fresh).await[0].key;
        assert_eq!(date(&fresh, key, line.1.id.at()).await, 1);
        assert_eq!(admit(&town, &who, &settled(&line.1, Settled::Dated)).await.decision, Decision::Admit);
        // Accepted; the device itself brings it before the program does.
        let (two, other) = device(&fresh, "hai").await;
        let line = lost(read(two, 2, -30, 1));
        keep(&fresh, &other, std::slice::from_ref(&line), None, now()).await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        let owner = may::<SettleAsides>(&mut tx, holder(1), VENUE).await;
        assert_eq!(tx.accept_asides(&owner, AsideKey { device: two, ..key }, bounds()).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let first = admit(&town, &other, &line.1).await;
        assert_eq!((first.decision, first.duplicate), (Decision::Admit, false));
        assert!(admit(&town, &other, &settled(&line.1, Settled::Accepted)).await.duplicate);
        assert_eq!(recorded(&fresh).await, 2);
        assert_eq!(numbers(&fresh).await, [(0, false); 2]);
        // What one device left is brought by another, which counts it among its own.
        let left = lost(read(id, 3, -20, 2));
        keep(&fresh, &who, std::slice::from_ref(&left), None, now()).await.unwrap();
        let brought = Scan { device: Some(two), ..left.1 };
        assert!(!admit(&town, &other, &brought).await.duplicate);
        assert_eq!(numbers(&fresh).await, [(0, false); 2]);
        assert!(groups(&fresh).await.iter().all(|group| group.key.device != id || group.count == 0));
        // An attendant's own reading is nobody's who was set aside.
        let mine = Scan { id: ScanId::from_parts(now(), [9; 10]), ..scan(4, 0, Asked::In) };
        assert_eq!(town.admit(vec![mine], Lane::Live, later()).await.unwrap()[0].decision, Decision::Admit);
    }
}
