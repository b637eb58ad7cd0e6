use crate::scene::{person, venue};
use crate::support::{Fresh, now, on_both};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{HolderId, VenueId};
use domain::phone::Phone;
use domain::retention::Retention;
use domain::role::{Actor, Authorized, RecordScans, VenueScope, authorize};
use domain::time::{Day, Zone};
use std::time::Duration;
use store::Tx;

const PHONE: &str = "0905 000 417";
const DAY: Duration = Duration::from_secs(86_400);

/// A venue and its owner, who has proven the phone that stands in the log.
async fn scene(fresh: &Fresh) -> (HolderId, [Authorized<RecordScans, VenueScope>; 2]) {
    let mut tx = fresh.store.write().await.unwrap();
    let owner = person(&mut tx, "Lê Thị Thử", PHONE).await;
    let market = venue(&mut tx, owner, "Chợ Bến Thử").await;
    let pier = venue(&mut tx, owner, "Bến xe Thử").await;
    let may = [
        may(&mut tx, owner, market).await,
        may(&mut tx, owner, pier).await,
    ];
    tx.commit().await.unwrap();
    (owner, may)
}

async fn may(tx: &mut Tx, owner: HolderId, venue: VenueId) -> Authorized<RecordScans, VenueScope> {
    let scope = tx.venue_scope(venue).await.unwrap().unwrap();
    authorize(&Actor::Holder(owner), scope).unwrap()
}

fn today() -> Day {
    Zone::VIETNAM.day(now())
}

async fn written(
    fresh: &Fresh,
    who: &Authorized<RecordScans, VenueScope>,
    day: Day,
    (name, phone): (&str, &str),
) -> Option<HolderId> {
    let phone = Phone::parse(phone).unwrap();
    let details = HolderDetails::named(PersonName::parse(name).unwrap(), Some(&phone));
    let oldest = Retention::default().oldest_scan_day(now(), Zone::VIETNAM);
    let mut tx = fresh.store.write().await.unwrap();
    let found = tx
        .holder_on_paper(who, (day, oldest), (&phone, &details), now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    found
}

on_both! {
    async fn a_claim_on_paper_is_one_person_at_one_venue_on_one_day(fresh: Fresh) {
        let (owner, [market, pier]) = scene(&fresh).await;
        let thu = ("Lê Thị Thử", PHONE);
        let first = written(&fresh, &market, today(), thu).await.unwrap();
        assert_ne!(first, owner, "a phone alone proves nobody");
        for same in [thu, ("le thi THU", "+84 905.000.417")] {
            assert_eq!(written(&fresh, &market, today(), same).await, Some(first));
        }
        let yesterday = today().plus(-1);
        let others = [
            written(&fresh, &market, today(), ("Phạm Văn Nháp", PHONE)).await,
            written(&fresh, &market, today(), ("Lê Thị Thử", "0905 000 418")).await,
            written(&fresh, &market, yesterday, thu).await,
            written(&fresh, &pier, today(), thu).await,
        ];
        for (n, other) in others.iter().enumerate() {
            assert!(other.is_some_and(|other| other != first), "{n}");
            assert!(!others[..n].contains(other), "{n}");
        }
        let past = today().plus(-i32::from(Retention::default().scan_days) - 1);
        assert_eq!(written(&fresh, &market, past, thu).await, None);
        let mut tx = fresh.store.read().await.unwrap();
        let phone = Phone::parse(PHONE).unwrap();
        let found = tx.holder_of_phone(&phone).await.unwrap().unwrap();
        assert_eq!(found.holder, owner, "nobody else is found by the phone");
    }
}

on_both! {
    async fn a_claim_on_paper_goes_with_the_scans_of_its_day(fresh: Fresh) {
        let (_, [market, _]) = scene(&fresh).await;
        let retention = Retention::default();
        let yesterday = today().plus(-1);
        let holder = written(&fresh, &market, yesterday, ("Phạm Văn Nháp", PHONE)).await.unwrap();
        let last = now().plus(DAY * (u32::from(retention.scan_days) - 1));
        for (at, kept) in [(last, true), (last.plus(DAY), false)] {
            fresh.store.erase(retention, at).await.unwrap();
            let mut tx = fresh.store.read().await.unwrap();
            let found = tx.holder_scope(holder).await.unwrap();
            assert_eq!(found.is_some(), kept, "{at:?}");
        }
    }
}
