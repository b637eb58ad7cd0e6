use crate::admissions::{VENUE, checkpoint, holder, scan, town};
use crate::scene::may;
use crate::support::{Fresh, now, on_both};
use domain::aside::{AsideReason, MOST, MOST_CODE, MOST_KEPT, Misplaced, Settled, taken};
use domain::ids::{DeviceId, ScanId, VenueId};
use domain::retention::Retention;
use domain::role::{
    Actor, Authorized, ManageVenue, RecordScans, SettleAsides, VenueScope, authorize,
};
use domain::scan::{Asked, Decision, Remarks, Scan};
use domain::time::{Timestamp, Zone};
use std::time::Duration;
use store::asides::{Arrived, AsideGroup, AsideKey};

pub(crate) const YEAR: i64 = 365 * 86_400;

pub(crate) fn bounds() -> (Timestamp, Timestamp) {
    taken(now(), Retention::default(), Zone::VIETNAM)
}

/// A device of the town's first venue, and the proof that it may record there.
pub(crate) async fn device(
    fresh: &Fresh,
    token: &str,
) -> (DeviceId, Authorized<RecordScans, VenueScope>) {
    let mut tx = fresh.store.write().await.unwrap();
    let who = may::<ManageVenue>(&mut tx, holder(1), VENUE).await;
    let id = tx
        .enrol_device(&who, checkpoint(VENUE), "Máy thử", token, now())
        .await;
    let scope = tx.venue_scope(VENUE).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let id = id.unwrap().unwrap();
    let actor = Actor::Device { id, venue: VENUE };
    (id, authorize(&actor, scope).unwrap())
}

pub(crate) fn read(device: DeviceId, person: u128, seconds: i64, seq: u32) -> (AsideReason, Scan) {
    let scan = Scan {
        device: Some(device),
        companions: 2,
        remarks: Remarks {
            seq: Some(seq),
            door: Some(Decision::Admit),
            ..Remarks::default()
        },
        ..scan(person, seconds, Asked::In)
    };
    (AsideReason::Future, scan)
}

pub(crate) fn lost((_, scan): (AsideReason, Scan)) -> (AsideReason, Scan) {
    (AsideReason::LostDevice, scan)
}

pub(crate) async fn keep(
    fresh: &Fresh,
    who: &Authorized<RecordScans, VenueScope>,
    scans: &[(AsideReason, Scan)],
    skew: Option<i64>,
    at: Timestamp,
) -> Option<Vec<bool>> {
    let mut tx = fresh.store.write().await.unwrap();
    let known = tx.set_aside(who, scans, skew, at).await.unwrap();
    tx.commit().await.unwrap();
    let known = known?.into_iter();
    Some(known.map(|one| one != Arrived::New).collect())
}

pub(crate) async fn groups(fresh: &Fresh) -> Vec<AsideGroup> {
    let mut tx = fresh.store.read().await.unwrap();
    let who = may::<SettleAsides>(&mut tx, holder(1), VENUE).await;
    let groups = tx.asides(&who, bounds()).await.unwrap();
    let waiting = tx.asides_waiting(&who).await.unwrap();
    assert_eq!(waiting, groups.iter().map(|group| group.count).sum::<i64>());
    groups
}

async fn missing(fresh: &Fresh) -> u64 {
    let mut tx = fresh.store.read().await.unwrap();
    let who = may::<ManageVenue>(&mut tx, holder(1), VENUE).await;
    tx.devices(&who).await.unwrap()[0].missing
}

on_both! {
    async fn what_is_set_aside_is_kept_once_and_has_arrived(fresh: Fresh) {
        town(&fresh).await;
        let (id, who) = device(&fresh, "một").await;
        let (first, second) = (read(id, 1, YEAR, 1), read(id, 2, YEAR + 60, 3));
        // The same line twice in one batch, then once more, with the clock's error known.
        let batch = [first.clone(), second.clone(), first.clone()];
        let skew = YEAR * 1000 + 5000;
        let known = keep(&fresh, &who, &batch, Some(skew), now()).await;
        assert_eq!(known.unwrap(), [false, false, true]);
        assert_eq!(missing(&fresh).await, 1);
        let later = now().plus(Duration::from_secs(30));
        let known = keep(&fresh, &who, &batch[..1], Some(skew), later).await;
        assert_eq!(known.unwrap(), [true]);
        assert_eq!(missing(&fresh).await, 1, "a repeat does not count again");
        let (from, until) = (first.1.id.at(), second.1.id.at());
        let expected = AsideGroup {
            key: AsideKey { device: id, reason: AsideReason::Future, seen: now() },
            count: 2,
            received: now(),
            claimed: (from, until),
            corrected: Some(Timestamp::from_millis(from.millis() - skew)),
            timely: 0,
        };
        assert_eq!(groups(&fresh).await, [expected]);
        // One more whose reader did not say what time it had: nothing can be told of the first.
        keep(&fresh, &who, &[read(id, 3, YEAR + 90, 2)], None, now()).await.unwrap();
        let group = groups(&fresh).await[0];
        assert_eq!((group.count, group.corrected), (3, None));
        assert_eq!(missing(&fresh).await, 0);
        let mut tx = fresh.store.read().await.unwrap();
        let owner = may::<SettleAsides>(&mut tx, holder(1), VENUE).await;
        assert_eq!(tx.device_names(&owner).await.unwrap(), [(id, "Máy thử".to_owned())]);
        // Another venue of the same owner has nothing of it.
        let other = may::<SettleAsides>(&mut tx, holder(1), crate::admissions::OTHER_VENUE).await;
        assert!(tx.asides(&other, bounds()).await.unwrap().is_empty());
        assert!(tx.device_names(&other).await.unwrap().is_empty());
    }
}

on_both! {
    async fn a_device_may_have_so_many_set_aside_and_no_more(fresh: Fresh) {
        town(&fresh).await;
        let (id, who) = device(&fresh, "một").await;
        let (two, other) = device(&fresh, "hai").await;
        let all: Vec<_> = (0..MOST as i64).map(|n| read(id, 1, YEAR + n, 1)).collect();
        let beyond = [read(id, 1, 3 * YEAR, 1)];
        assert!(keep(&fresh, &who, &all[1..], None, now()).await.is_some());
        let more = [all[0].clone(), read(id, 1, 2 * YEAR, 1)];
        assert_eq!(keep(&fresh, &who, &more, None, now()).await, None, "one too many");
        assert_eq!(groups(&fresh).await[0].count, MOST as i64 - 1, "and neither was kept");
        assert!(keep(&fresh, &who, &more[..1], None, now()).await.is_some());
        assert_eq!(keep(&fresh, &who, &all[..9], None, now()).await, Some(vec![true; 9]));
        assert!(keep(&fresh, &other, &[read(two, 2, YEAR, 1)], None, now()).await.is_some());
        // Once the owner has settled them there is room again, as long as not too many ids are kept.
        let discard = async || {
            let mut tx = fresh.store.write().await.unwrap();
            let owner = may::<SettleAsides>(&mut tx, holder(1), VENUE).await;
            let key = AsideKey { device: id, reason: AsideReason::Future, seen: now() };
            let done = tx.discard_asides(&owner, key).await.unwrap();
            tx.commit().await.unwrap();
            done
        };
        assert_eq!(keep(&fresh, &who, &beyond, None, now()).await, None);
        assert_eq!(discard().await, MOST as u64);
        assert!(keep(&fresh, &who, &beyond, None, now()).await.is_some());
        let mut kept = MOST + 1;
        let mut from = 0;
        while kept < MOST_KEPT {
            let next = (MOST_KEPT - kept).min(MOST);
            discard().await;
            let some: Vec<_> = (from..from + next as i64).map(|n| read(id, 3, YEAR + n, 1)).collect();
            assert!(keep(&fresh, &who, &some, None, now()).await.is_some());
            (kept, from) = (kept + next, from + next as i64);
        }
        discard().await;
        let last = [read(id, 1, 4 * YEAR, 1)];
        assert_eq!(keep(&fresh, &who, &last, None, now()).await, None, "of ids there is an end, too");
        assert_eq!(keep(&fresh, &who, &beyond, None, now()).await, Some(vec![true]));
    }
}

on_both! {
    async fn a_group_is_dated_by_its_first(fresh: Fresh) {
        town(&fresh).await;
        let (id, who) = device(&fresh, "một").await;
        let confirming = Scan { confirms: Some(read(id, 9, YEAR + 1, 9).1.id), ..read(id, 2, YEAR + 7200, 2).1 };
        let batch = [read(id, 1, YEAR, 1), (AsideReason::Future, confirming.clone())];
        keep(&fresh, &who, &batch, Some(-7), now()).await.unwrap();
        let key = groups(&fresh).await[0].key;
        // What comes while the owner thinks is not among them.
        let late = now().plus(Duration::from_secs(1));
        keep(&fresh, &who, &[read(id, 3, YEAR + 9, 3)], None, late).await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        let owner = may::<SettleAsides>(&mut tx, holder(1), VENUE).await;
        let (oldest, today) = (bounds().0, now());
        let hour = |back: u64| today.minus(Duration::from_secs(back * 3600));
        let date = async |tx: &mut store::Tx, first| tx.date_asides(&owner, key, first, (oldest, today)).await.unwrap();
        let tomorrow = today.plus(Duration::from_millis(1));
        assert_eq!(date(&mut tx, tomorrow).await, Err(Misplaced::Future));
        assert_eq!(date(&mut tx, oldest.minus(Duration::from_millis(1))).await, Err(Misplaced::TooOld));
        assert!(tx.asides_to_record(9).await.unwrap().is_empty());
        let other = may::<SettleAsides>(&mut tx, holder(1), crate::admissions::OTHER_VENUE).await;
        let foreign = tx.date_asides(&other, key, hour(2), (oldest, today)).await.unwrap();
        assert_eq!((foreign, tx.asides_to_record(9).await.unwrap().len()), (Ok(0), 0), "another venue's");
        assert_eq!(date(&mut tx, hour(2)).await, Ok(2));
        assert_eq!(date(&mut tx, hour(9)).await, Ok(0), "a second click moves nothing");
        let found = tx.asides_to_record(9).await.unwrap();
        let moved = |scan: ScanId| scan.moved(-(YEAR + 7200) * 1000);
        let times: Vec<_> = found.iter().map(|aside| (aside.own_id, aside.id)).collect();
        let expected: Vec<_> = batch.iter().map(|(_, scan)| (scan.id, moved(scan.id))).collect();
        assert_eq!(times, expected);
        assert_eq!(found[0].id.at(), hour(2));
        let second = &found[1];
        assert_eq!(second.confirms, confirming.confirms.map(moved));
        assert_eq!((second.venue, second.device, second.checkpoint), (VENUE, id, checkpoint(VENUE)));
        assert_eq!((second.code.as_str(), second.asked, second.companions), ("code 2", Asked::In, 2));
        assert_eq!((second.door, second.skew, second.settled), (Some(Decision::Admit), Some(-7), Settled::Dated));
        // One is in the log, the other was kept out of it, and waits again.
        tx.asides_recorded(&[(VENUE, found[0].own_id)], &[(VENUE, found[1].own_id)]).await.unwrap();
        assert!(tx.asides_to_record(9).await.unwrap().is_empty());
        tx.commit().await.unwrap();
        assert_eq!(groups(&fresh).await[0].count, 2);
        // What was recorded stays known: sent again, it does not wait again.
        assert_eq!(keep(&fresh, &who, &batch[..1], None, now()).await, Some(vec![true]));
        assert_eq!(groups(&fresh).await[0].count, 2);
    }
}

on_both! {
    async fn only_good_times_are_accepted_and_what_is_discarded_is_gone(fresh: Fresh) {
        town(&fresh).await;
        let (id, who) = device(&fresh, "một").await;
        let long = Scan { code: "đ".repeat(MOST_CODE), ..read(id, 3, -90, 3).1 };
        let batch = [lost(read(id, 1, -60, 1)), lost(read(id, 2, YEAR, 2)), (AsideReason::LostDevice, long)];
        keep(&fresh, &who, &batch, None, now()).await.unwrap();
        let group = groups(&fresh).await[0];
        assert_eq!((group.count, group.timely), (3, 2));
        let mut tx = fresh.store.write().await.unwrap();
        let owner = may::<SettleAsides>(&mut tx, holder(1), VENUE).await;
        let other = may::<SettleAsides>(&mut tx, holder(1), crate::admissions::OTHER_VENUE).await;
        assert_eq!(tx.accept_asides(&other, group.key, bounds()).await.unwrap(), 0);
        assert_eq!(tx.accept_asides(&owner, group.key, bounds()).await.unwrap(), 2);
        let found = tx.asides_to_record(9).await.unwrap();
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|aside| aside.id == aside.own_id && aside.settled == Settled::Accepted));
        assert_eq!(found[0].code.len(), MOST_CODE, "no more is kept of a code than a card's may have");
        assert_eq!(tx.discard_asides(&other, group.key).await.unwrap(), 0);
        assert_eq!(tx.discard_asides(&owner, group.key).await.unwrap(), 1, "what was accepted is not discarded");
        tx.commit().await.unwrap();
        assert!(groups(&fresh).await.is_empty());
        assert_eq!(keep(&fresh, &who, &batch[1..2], None, now()).await, Some(vec![true]));
        assert!(groups(&fresh).await.is_empty(), "sent again, it stays discarded");
    }
}

on_both! {
    async fn nothing_waits_longer_than_a_week_nor_than_the_log_keeps_its_own(fresh: Fresh) {
        town(&fresh).await;
        let (id, who) = device(&fresh, "một").await;
        let batch = [read(id, 1, YEAR, 1), lost(read(id, 2, YEAR, 2))];
        for (scan_days, days) in [(21, 7), (7, 7), (3, 3), (0, 1)] {
            let retention = Retention { scan_days, ..Retention::default() };
            let store = &fresh.store;
            assert_eq!(keep(&fresh, &who, &batch, None, now()).await, Some(vec![false; 2]));
            // One is settled, the other is not.
            let mut tx = store.write().await.unwrap();
            let owner = may::<SettleAsides>(&mut tx, holder(1), VENUE).await;
            let key = AsideKey { device: id, reason: AsideReason::LostDevice, seen: now() };
            assert_eq!(tx.discard_asides(&owner, key).await.unwrap(), 1);
            tx.commit().await.unwrap();
            let last = now().plus(Duration::from_secs(days * 86_400));
            store.erase(retention, last).await.unwrap();
            assert_eq!(groups(&fresh).await.len(), 1, "{scan_days}");
            let after = last.plus(Duration::from_millis(1));
            store.erase(retention, after).await.unwrap();
            assert!(groups(&fresh).await.is_empty(), "{scan_days}: nothing waits");
            // While scans are kept, neither comes back to the owner.
            let end = Zone::VIETNAM.start(Zone::VIETNAM.day(now()).plus(1 + i32::from(scan_days)));
            let end = end.max(after);
            let sent = async || keep(&fresh, &who, &batch, None, end).await.unwrap();
            if end > after {
                store.erase(retention, end.minus(Duration::from_millis(1))).await.unwrap();
                assert_eq!(sent().await, [true; 2], "{scan_days}");
                assert!(groups(&fresh).await.is_empty(), "{scan_days}");
            }
            store.erase(retention, end).await.unwrap();
            assert_eq!(sent().await, [false; 2], "{scan_days}: then the ids go, too");
            let mut tx = store.write().await.unwrap();
            let beyond = end.plus(Duration::from_millis(1));
            assert_eq!(tx.erase_asides(beyond, beyond).await.unwrap(), 2);
            tx.commit().await.unwrap();
        }
    }
}

on_both! {
    async fn what_was_dated_and_not_recorded_in_time_is_not_recorded(fresh: Fresh) {
        town(&fresh).await;
        let (id, who) = device(&fresh, "một").await;
        keep(&fresh, &who, &[read(id, 1, YEAR, 1)], None, now()).await.unwrap();
        let key = groups(&fresh).await[0].key;
        let mut tx = fresh.store.write().await.unwrap();
        let owner = may::<SettleAsides>(&mut tx, holder(1), VENUE).await;
        let hour_ago = now().minus(Duration::from_secs(3600));
        assert_eq!(tx.date_asides(&owner, key, hour_ago, bounds()).await.unwrap(), Ok(1));
        let later = now().plus(Duration::from_millis(1));
        assert_eq!(tx.erase_asides(later, now()).await.unwrap(), 1);
        assert!(tx.asides_to_record(9).await.unwrap().is_empty());
        assert_eq!(tx.erase_asides(later, now()).await.unwrap(), 0, "erased once");
    }
}

/// Whose proof is no device's sets nothing aside.
#[tokio::test]
async fn only_devices_have_scans_set_aside() {
    let fresh = crate::support::sqlite().await;
    town(&fresh).await;
    let mut tx = fresh.store.write().await.unwrap();
    let who = may::<RecordScans>(&mut tx, holder(1), VenueId(VENUE.0)).await;
    let line = read(DeviceId(VENUE.0), 1, YEAR, 1);
    assert_eq!(
        tx.set_aside(&who, &[line], None, now()).await.unwrap(),
        None
    );
}
