//! How many may be inside at once, and readings that do not fit together.

use crate::admissions::{OTHER_VENUE, Town, VENUE, checkpoint, holder, scan, town};
use crate::scene::{details, may, path};
use crate::support::{Fresh, now, on_both};
use domain::ids::{CheckpointId, ScanId, VenueId};
use domain::retention::Retention;
use domain::role::{ManageVenue, ReadVenueBoard};
use domain::scan::{Asked, Decision, Oddity, Reason, Scan};
use domain::venue::{Capacity, FullPolicy, OpeningHours, VenueKind};
use std::time::Duration;
use store::admissions::{Admissions, Lane};
use store::scans::OddScan;
use store::venues::VenueDetails;
use tokio::task::JoinSet;

const HOUR: i64 = 3600;

/// Changes what is said of a venue.
async fn change(fresh: &Fresh, venue: VenueId, change: impl FnOnce(&mut VenueDetails)) {
    let mut tx = fresh.store.write().await.unwrap();
    let who = may::<ManageVenue>(&mut tx, holder(1), venue).await;
    let mut new = VenueDetails {
        kind: VenueKind::Market,
        hours: OpeningHours::ALWAYS,
        ..details("Chợ Bến Thử")
    };
    change(&mut new);
    tx.update_venue(&who, &new).await.unwrap();
    let kept = tx.venue(venue).await.unwrap().unwrap();
    assert_eq!(kept.details, new);
    tx.commit().await.unwrap();
}

async fn bound(fresh: &Fresh, most: i32, policy: FullPolicy) {
    change(fresh, VENUE, |venue| {
        venue.capacity = Some(Capacity { most, policy })
    })
    .await;
}

/// What gates are told, and whether it is for want of room.
async fn told(town: &Town, scans: Vec<Scan>) -> Vec<(Decision, bool)> {
    let answers = town.admit(scans, Lane::Live, now()).await.unwrap();
    let told = answers.iter();
    told.map(|it| (it.decision, it.reasons.has(Reason::VenueFull)))
        .collect()
}

const IN: (Decision, bool) = (Decision::Admit, false);
const FULL: (Decision, bool) = (Decision::Refuse, true);

fn with(companions: u8, scan: Scan) -> Scan {
    Scan { companions, ..scan }
}

on_both! {
    async fn a_full_venue_refuses_until_somebody_leaves(fresh: Fresh) {
        let town = town(&fresh).await;
        bound(&fresh, 2, FullPolicy::Refuse).await;
        let batch = vec![
            scan(1, -60, Asked::In),
            scan(2, -50, Asked::In),
            scan(3, -40, Asked::In),
            scan(1, -30, Asked::Out),
            scan(3, -20, Asked::In),
        ];
        assert_eq!(told(&town, batch).await, [IN, IN, FULL, IN, IN]);
        // The next batch counts from the register.
        let batch = vec![scan(4, -15, Asked::In), scan(2, -14, Asked::In), scan(2, -13, Asked::Out)];
        assert_eq!(told(&town, batch).await, [FULL, IN, IN]);
        let batch = vec![with(1, scan(5, -12, Asked::In)), scan(6, -11, Asked::In)];
        assert_eq!(told(&town, batch).await, [FULL, IN]);
        // Of a reading that comes late nobody knows how many were inside then.
        assert_eq!(told(&town, vec![scan(7, -130, Asked::In)]).await, [IN]);
        // A clock that is ahead gets nobody in.
        assert_eq!(told(&town, vec![scan(8, 130, Asked::In)]).await, [FULL]);
    }
}

on_both! {
    async fn companions_take_room_and_the_idle_give_it_back(fresh: Fresh) {
        let town = town(&fresh).await;
        bound(&fresh, 4, FullPolicy::Refuse).await;
        let idle = VenueKind::Market.idle().as_secs() as i64;
        let batch = vec![scan(8, -idle - 10, Asked::In), with(2, scan(1, -60, Asked::In))];
        assert_eq!(told(&town, batch).await, [IN, IN]);
        let batch = vec![with(1, scan(2, -50, Asked::In)), scan(3, -40, Asked::In), scan(4, -30, Asked::In)];
        assert_eq!(told(&town, batch).await, [FULL, IN, FULL]);
    }
}

on_both! {
    async fn servers_that_share_a_register_let_in_no_more_than_fit(fresh: Fresh) {
        let town = town(&fresh).await;
        bound(&fresh, 5, FullPolicy::Refuse).await;
        let mut second = town.clone();
        second.admissions = Admissions::start(fresh.store.clone(), Retention::default());
        let servers = [town, second];
        let mut asking = JoinSet::new();
        for n in 1..=18 {
            let server = servers[n % 2].clone();
            asking.spawn(async move { told(&server, vec![scan(n as u128, -10, Asked::In)]).await });
        }
        let answers = asking.join_all().await.concat();
        assert_eq!(answers.iter().filter(|one| **one == IN).count(), 5, "{answers:?}");
    }
}

on_both! {
    async fn a_venue_that_only_warns_refuses_nobody(fresh: Fresh) {
        let town = town(&fresh).await;
        bound(&fresh, 1, FullPolicy::Warn).await;
        let batch = vec![scan(1, -60, Asked::In), scan(2, -50, Asked::In)];
        assert_eq!(told(&town, batch).await, [IN, IN]);
    }
}

on_both! {
    async fn what_does_not_fit_together_is_found(fresh: Fresh) {
        let town = town(&fresh).await;
        change(&fresh, OTHER_VENUE, |venue| venue.unit = path(&["VN", "48"])).await;
        let there = |n, seconds| Scan {
            venue: OTHER_VENUE,
            checkpoint: Some(checkpoint(OTHER_VENUE)),
            ..scan(n, seconds, Asked::In)
        };
        let ours = vec![
            scan(1, -7000, Asked::In),
            scan(1, -6000, Asked::In),
            scan(2, -7000, Asked::In),
            scan(2, -6900, Asked::Out),
            scan(2, -6000, Asked::Out),
            // Read twice because the guard was unsure.
            scan(3, -5000, Asked::In),
            scan(3, -4990, Asked::In),
            scan(4, -4000, Asked::In),
            scan(5, -4000, Asked::In),
        ];
        let ids: Vec<ScanId> = ours.iter().map(|scan| scan.id).collect();
        let theirs = vec![there(4, -3701), there(5, -3700)];
        town.admit(ours, Lane::Backlog, now()).await.unwrap();
        town.admissions.admit(&town.elsewhere, theirs, Lane::Backlog, now()).await.unwrap();
        let mut tx = fresh.store.read().await.unwrap();
        let who = may::<ReadVenueBoard>(&mut tx, holder(1), VENUE).await;
        let day = tx.zone().day(now());
        let odd = tx.odd_scans(&who, day, Duration::from_secs(8 * HOUR as u64)).await.unwrap();
        let found = |id, oddity, other| OddScan { id, checkpoint: gate(), oddity, other };
        assert_eq!(odd, [
            found(ids[7], Oddity::Elsewhere, None),
            found(ids[4], Oddity::OutTwice, Some(ids[3])),
            found(ids[1], Oddity::InTwice, Some(ids[0])),
        ]);
        let short = tx.odd_scans(&who, day, Duration::from_secs(900)).await.unwrap();
        assert!(short.iter().all(|one| one.oddity != Oddity::InTwice), "came again after being idle");
    }
}

fn gate() -> CheckpointId {
    checkpoint(VENUE)
}
