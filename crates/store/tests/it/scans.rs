use crate::admissions::{OTHER_VENUE, scan, town};
use crate::support::{now, on_both};
use domain::ids::{HolderId, ScanId, VenueId};
use domain::presence::entered_since;
use domain::role::{Actor, Authorized, ReadVenueBoard, RecordScans, VenueScope, authorize};
use domain::scan::{Asked, Decision, Direction, Outcome, Reason, Reasons, Scan, Way};
use domain::time::{DAY_MILLIS, Timestamp};
use std::time::Duration;
use store::Tx;
use store::admissions::Lane;
use store::presences::Occupancy;
use store::scans::{Passages, Referrals, ScanFilter, ScansOf};
use uuid::Uuid;

const HOUR: i64 = 3600;

async fn board(tx: &mut Tx, scan: &Scan) -> Authorized<ReadVenueBoard, VenueScope> {
    let scope = tx.venue_scope(scan.venue).await.unwrap().unwrap();
    authorize(&Actor::Holder(HolderId(Uuid::from_u128(1))), scope).unwrap()
}

async fn recorder(tx: &mut Tx, venue: VenueId) -> Authorized<RecordScans, VenueScope> {
    let scope = tx.venue_scope(venue).await.unwrap().unwrap();
    authorize(&Actor::Holder(HolderId(Uuid::from_u128(1))), scope).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(now().millis() + seconds * 1000)
}

fn all() -> ScanFilter {
    ScanFilter {
        from: at(-20 * DAY_MILLIS / 1000),
        until: at(HOUR),
        direction: None,
        way: None,
        decision: None,
        of: None,
    }
}

/// Yesterday two in and one out; today three in (one of them referred: person 19 declared
/// nothing), one read twice, one out; and one unreadable.
async fn scans() -> Vec<Scan> {
    let day = DAY_MILLIS / 1000;
    vec![
        scan(1, -day - 2 * HOUR, Asked::In),
        scan(2, -day - 2 * HOUR + 1, Asked::In),
        scan(1, -day - HOUR, Asked::Out),
        scan(3, -2 * HOUR, Asked::In),
        scan(3, -2 * HOUR + 5, Asked::In),
        scan(4, -HOUR, Asked::In),
        scan(19, -1800, Asked::In),
        scan(3, -900, Asked::Out),
    ]
}

on_both! {
    async fn boards_count_what_passed_in_each_window(fresh: Fresh) {
        let admissions = town(&fresh).await;
        let scans = scans().await;
        let answers = admissions.admit(scans.clone(), Lane::Backlog, now()).await.unwrap();
        assert_eq!(answers.len(), scans.len());
        let mut tx = fresh.store.read().await.unwrap();
        let who = board(&mut tx, &scans[0]).await;
        let day = DAY_MILLIS / 1000;
        let windows = [
            (at(-3 * HOUR), at(-HOUR)),
            (at(-HOUR), at(0)),
            (at(-day - 3 * HOUR), at(-day)),
            (at(-5 * day), at(-5 * day + HOUR)),
        ];
        let passages = |entries, exits| Passages { entries, exits };
        assert_eq!(
            tx.passages(&who, &windows).await.unwrap(),
            [passages(1, 0), passages(1, 1), passages(2, 1), passages(0, 0)]
        );
        assert!(tx.passages(&who, &[]).await.unwrap().is_empty());
        let today = tx.zone().day(now());
        assert_eq!(tx.referrals(&who, today).await.unwrap(), Referrals { referred: 1, ..Referrals::default() });
        let gate = scans[0].checkpoint.unwrap();
        assert_eq!(tx.last_scan(&who, today, gate).await.unwrap(), Some(at(-900)));
        assert_eq!(tx.last_scan(&who, today.plus(1), gate).await.unwrap(), None);
        let inside = tx.occupancy(&who, Duration::from_secs(8 * 3600), now()).await.unwrap();
        assert_eq!(inside, Occupancy { people: 1, companions: 0 });
        let longer = tx.occupancy(&who, Duration::from_secs(48 * 3600), now()).await.unwrap();
        assert_eq!(longer.all(), 2);
        let briefly = tx.occupancy(&who, Duration::from_secs(60), now()).await.unwrap();
        assert_eq!(briefly.all(), 0);
    }
}

on_both! {
    async fn a_referral_that_was_confirmed_is_told_from_one_that_was_not(fresh: Fresh) {
        let admissions = town(&fresh).await;
        // One is confirmed at once, one past midnight, 27,720 seconds ago, one never, and one is turned away.
        let referred = [-900, -27_730, -600, -400].map(|seconds| scan(19, seconds, Asked::In));
        let confirm = |first: &Scan, seconds| Scan { confirms: Some(first.id), ..scan(19, seconds, Asked::In) };
        let confirming = [confirm(&referred[0], -890), confirm(&referred[1], -27_700)];
        let mut away = confirm(&referred[3], -390);
        away.remarks.turned_away = true;
        let order = [&referred[1], &confirming[1], &referred[0], &confirming[0], &referred[2], &referred[3], &away];
        for scan in order {
            admissions.admit(vec![scan.clone()], Lane::Live, now()).await.unwrap();
        }
        let mut tx = fresh.store.read().await.unwrap();
        let who = board(&mut tx, &referred[0]).await;
        let lines = tx.scan_lines(&who, &all(), None, 9).await.unwrap();
        assert_eq!(lines.len(), 7);
        let mut found: Vec<(ScanId, Decision)> = tx.confirmed(&who, &lines).await.unwrap().into_iter().collect();
        found.sort_unstable_by_key(|(id, _)| *id);
        let (let_in, kept_out) = (Decision::Admit, Decision::Refuse);
        assert_eq!(found, [(referred[1].id, let_in), (referred[0].id, let_in), (referred[3].id, kept_out)]);
        assert!(tx.confirmed(&who, &[]).await.unwrap().is_empty());
    }
}

on_both! {
    async fn the_list_pages_by_key_over_days_and_filters(fresh: Fresh) {
        let admissions = town(&fresh).await;
        let scans = scans().await;
        admissions.admit(scans.clone(), Lane::Backlog, now()).await.unwrap();
        let mut tx = fresh.store.read().await.unwrap();
        let who = board(&mut tx, &scans[0]).await;
        let mut newest: Vec<ScanId> = scans.iter().map(|scan| scan.id).collect();
        newest.sort_unstable();
        newest.reverse();
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let page = tx.scan_lines(&who, &all(), before, 3).await.unwrap();
            before = page.last().map(|line| line.id);
            seen.extend(page.iter().map(|line| line.id));
            if page.len() < 3 {
                break;
            }
        }
        assert_eq!(seen, newest);
        // And back, a page at a time: what ends before `newest[6]` comes after what ends before `newest[3]`.
        let mut newer = async |at: usize, count| tx.newer_page(&who, &all(), newest[at], count).await.unwrap();
        assert_eq!(newer(6, 3).await, Some(newest[3]));
        assert_eq!(newer(6, 6).await, Some(newest[0]));
        assert_eq!((newer(6, 7).await, newer(3, 4).await), (None, None), "the newest page");
        assert_eq!(newer(7, 2).await, Some(newest[5]), "over days");
        assert_eq!(tx.count_scans(&who, &all(), 100).await.unwrap(), 8);
        assert_eq!(tx.count_scans(&who, &all(), 5).await.unwrap(), 5);
        let out = ScanFilter { direction: Some(Direction::Out), ..all() };
        assert_eq!(tx.scan_lines(&who, &out, None, 9).await.unwrap().len(), 2);
        assert_eq!(tx.count_scans(&who, &out, 9).await.unwrap(), 2);
        let hour = ScanFilter { from: at(-HOUR), until: at(-1800), ..all() };
        let lines = tx.scan_lines(&who, &hour, None, 9).await.unwrap();
        assert_eq!(lines.iter().map(|line| line.id).collect::<Vec<_>>(), [scans[5].id]);
        let refer = ScanFilter { decision: Some(Decision::Refer), ..all() };
        assert_eq!(tx.count_scans(&who, &refer, 9).await.unwrap(), 1);
        let device = ScanFilter { way: Some(Way::Poster), ..all() };
        assert_eq!(tx.count_scans(&who, &device, 9).await.unwrap(), 0);
        // Today's three of one person; yesterday's pseudonyms are others.
        let person = ScanFilter { of: Some(ScansOf::Person(scans[3].id)), ..all() };
        assert_eq!(tx.count_scans(&who, &person, 9).await.unwrap(), 3);
        let lines = tx.scan_lines(&who, &person, None, 9).await.unwrap();
        let ids: Vec<_> = lines.iter().map(|line| line.id).collect();
        assert_eq!(ids, [scans[7].id, scans[4].id, scans[3].id]);
        assert_eq!(tx.newer_page(&who, &person, ids[2], 1).await.unwrap(), Some(ids[1]));
        let yesterday = ScanFilter { of: Some(ScansOf::Person(scans[0].id)), ..all() };
        assert_eq!(tx.count_scans(&who, &yesterday, 9).await.unwrap(), 2);
        let line = tx.scan_line(&who, scans[5].id).await.unwrap();
        assert_eq!(line.map(|line| line.id), Some(scans[5].id));
        let here = recorder(&mut tx, scans[0].venue).await;
        let one = tx.scan(&here, scans[5].id).await.unwrap().unwrap();
        assert_eq!(one.direction, Direction::In);
        let elsewhere = recorder(&mut tx, OTHER_VENUE).await;
        assert!(tx.scan(&elsewhere, scans[5].id).await.unwrap().is_none());
    }
}

on_both! {
    async fn initials_are_known_while_the_days_key_is(fresh: Fresh) {
        let admissions = town(&fresh).await;
        let scans = scans().await;
        admissions.admit(scans.clone(), Lane::Backlog, now()).await.unwrap();
        let mut tx = fresh.store.read().await.unwrap();
        let who = board(&mut tx, &scans[0]).await;
        let lines = tx.scan_lines(&who, &all(), None, 99).await.unwrap();
        let keys: Vec<_> = lines.iter().filter_map(|line| Some((line.day, line.holder?))).collect();
        let visitors = tx.visitors(&who, &lines).await.unwrap();
        assert!(keys.iter().all(|key| visitors[key].initials == "N.V.T" && visitors[key].birth_year == Some(1987)));
        let elsewhere = recorder(&mut tx, OTHER_VENUE).await;
        assert!(tx.visitors(&elsewhere, &lines).await.unwrap().is_empty(), "read in another scope");
        let scanner = recorder(&mut tx, scans[0].venue).await;
        let seen = tx.scanned_visitors(&scanner, &[scans[3].id]).await.unwrap();
        assert_eq!(seen[&scans[3].id].initials, "N.V.T");
        let yesterday = tx.zone().day(now()).plus(-1);
        fresh.store.keys().destroy(yesterday).unwrap();
        let visitors = tx.visitors(&who, &lines).await.unwrap();
        assert!(keys.iter().all(|key| visitors.contains_key(key) == (key.0 > yesterday)));
    }
}

on_both! {
    async fn what_counts_as_a_passage_is_the_same_in_sql(fresh: Fresh) {
        let mut tx = fresh.store.read().await.unwrap();
        let single = Reason::ALL.iter().map(|reason| Reasons::from(*reason));
        let repeated = |reason: &Reason| Reasons::from_iter([*reason, Reason::AlreadyScanned]);
        let double = Reason::ALL.iter().map(repeated);
        let all: Vec<Reasons> = single.chain(double).chain([Reasons::NONE]).collect();
        let mut seen = std::collections::BTreeSet::new();
        for decision in Decision::ALL {
            for way in Way::ALL {
                for reasons in &all {
                    let outcome = Outcome::of(*decision, *way, reasons);
                    let said = tx.outcome(*decision, *way, reasons).await.unwrap();
                    assert_eq!(said, Some(outcome), "{decision} {way} {reasons:?}");
                    seen.insert(outcome);
                }
            }
        }
        assert_eq!(seen.len(), Outcome::ALL.len());
    }
}

on_both! {
    async fn whoever_is_idle_is_outside_in_sql_too(fresh: Fresh) {
        let admissions = town(&fresh).await;
        let entry = scan(1, -HOUR, Asked::In);
        admissions.admit(vec![entry.clone()], Lane::Live, now()).await.unwrap();
        let mut tx = fresh.store.read().await.unwrap();
        let who = board(&mut tx, &entry).await;
        for idle in [3599, 3600, 3601].map(Duration::from_secs) {
            let inside = entry.id.at() >= entered_since(now(), idle);
            let counted = tx.occupancy(&who, idle, now()).await.unwrap();
            assert_eq!(counted.people, i64::from(inside), "{idle:?}");
        }
    }
}
