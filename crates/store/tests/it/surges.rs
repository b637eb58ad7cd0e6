use crate::admissions::{VENUE, checkpoint, holder, scan, town};
use crate::scene::may;
use crate::support::{now, on_both};
use domain::ids::{ScanId, VenueId};
use domain::role::{ManageVenue, ReadVenueBoard};
use domain::scan::{Asked, Presented, Scan, Way};
use domain::surge::SurgeState;
use domain::time::{Timestamp, Zone};
use std::time::Duration;
use store::admissions::Lane;
use store::surges::Surge;

const HOUR: Duration = Duration::from_secs(3600);

/// 06:00, of a venue that never closes and expects a hundred people a day.
fn six() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-20T23:00:00Z").unwrap()
}

fn taps(count: u64, from: Timestamp, way: Way) -> Vec<Scan> {
    let tap = |n: u64| {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&n.to_be_bytes());
        let at = from.plus(Duration::from_secs(n * 30));
        Scan {
            id: ScanId::from_parts(at, random),
            way,
            presented: Presented::Holder(holder(1 + u128::from(n % 18))),
            ..scan(1, 0, Asked::In)
        }
    };
    (0..count).map(tap).collect()
}

on_both! {
    async fn a_surge_counts_in_tracing_once_it_is_confirmed(fresh: Fresh) {
        let town = town(&fresh).await;
        let store = &fresh.store;
        let look = async |at: Timestamp| {
            let mut tx = store.read().await.unwrap();
            let found = tx.find_surges(3, at).await.unwrap();
            let who = may::<ReadVenueBoard>(&mut tx, holder(1), VENUE).await;
            drop(tx);
            let mut tx = store.write().await.unwrap();
            tx.note_surges(&found).await.unwrap();
            let open = tx.open_surges(&who).await.unwrap();
            let traced = tx.traced(&who, Zone::VIETNAM.day(six())).await.unwrap();
            tx.commit().await.unwrap();
            (found.len(), open, traced)
        };
        // Sixty in the hour before, as many at the gate's reader: neither is one too many.
        town.admit(taps(60, six().minus(HOUR), Way::Poster), Lane::Backlog, now()).await.unwrap();
        town.admit(taps(90, six().plus(Duration::from_millis(1)), Way::Card), Lane::Backlog, now()).await.unwrap();
        assert_eq!(look(now()).await, (0, vec![], 150));
        town.admit(taps(60, six(), Way::Poster), Lane::Backlog, now()).await.unwrap();
        assert_eq!(look(now()).await.0, 0);
        let one_more = taps(1, six().plus(HOUR).minus(Duration::from_millis(1)), Way::Poster);
        town.admit(one_more, Lane::Live, now()).await.unwrap();
        let surge = Surge { checkpoint: checkpoint(VENUE), from: six(), until: six().plus(HOUR), count: 61 };
        assert_eq!(look(six().plus(HOUR).minus(Duration::from_millis(1))).await.0, 0, "the hour is not over");
        assert_eq!(look(now()).await, (1, vec![surge], 150), "of the hour before and of the reader's all count");
        assert_eq!(look(now()).await.1, [surge], "noted once");

        let mut tx = store.write().await.unwrap();
        let owner = may::<ManageVenue>(&mut tx, holder(1), VENUE).await;
        let other = may::<ManageVenue>(&mut tx, holder(1), crate::admissions::OTHER_VENUE).await;
        let which = (checkpoint(VENUE), six());
        assert!(!tx.decide_surge(&other, which, SurgeState::Confirmed, now()).await.unwrap());
        assert!(tx.decide_surge(&owner, which, SurgeState::Confirmed, now()).await.unwrap());
        assert!(!tx.decide_surge(&owner, which, SurgeState::Rejected, now()).await.unwrap(), "said once");
        tx.commit().await.unwrap();
        assert_eq!(look(now()).await, (1, vec![], 211), "looking again asks nobody again");
    }
}

on_both! {
    async fn what_was_not_there_is_never_traced_and_dies_with_its_day(fresh: Fresh) {
        let town = town(&fresh).await;
        town.admit(taps(61, six(), Way::Poster), Lane::Backlog, now()).await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        let found = tx.find_surges(24, now()).await.unwrap();
        assert_eq!(found.iter().map(|(venue, _)| *venue).collect::<Vec<VenueId>>(), [VENUE]);
        assert!(tx.find_surges(0, now()).await.unwrap().is_empty());
        tx.note_surges(&found).await.unwrap();
        let owner = may::<ManageVenue>(&mut tx, holder(1), VENUE).await;
        let board = may::<ReadVenueBoard>(&mut tx, holder(1), VENUE).await;
        let day = Zone::VIETNAM.day(six());
        assert_eq!(tx.traced(&board, day).await.unwrap(), 0);
        let which = (checkpoint(VENUE), six());
        tx.decide_surge(&owner, which, SurgeState::Rejected, now()).await.unwrap();
        assert_eq!(tx.traced(&board, day).await.unwrap(), 0);
        assert_eq!(tx.erase_surges(six().plus(HOUR).minus(Duration::from_millis(1))).await.unwrap(), 0);
        assert_eq!(tx.erase_surges(six().plus(HOUR)).await.unwrap(), 1);
    }
}
