use crate::declarations::answers;
use crate::scene::{own, path, person, venue};
use crate::support::{Fresh, now, on_both};
use domain::birth::Birth;
use domain::holder::{HolderDetails, PersonName};
use domain::identity::IdentityKind;
use domain::ids::{HolderId, VenueId};
use domain::retention::Retention;
use domain::role::{Actor, Authorized, HelpPerson, HelpScope, RecordScans, VenueScope, authorize};
use domain::unit::UnitPath;
use std::time::Duration;
use store::holders::NewHolder;
use store::identities::Identified;
use store::{Constraint, Error, Tx};

const NUMBER: &str = "046087004417";
const DAY: Duration = Duration::from_secs(86_400);

async fn help(
    tx: &mut Tx,
    owner: HolderId,
    venue: VenueId,
    holder: HolderId,
) -> Authorized<HelpPerson, HelpScope> {
    let venue = tx.venue_scope(venue).await.unwrap().unwrap();
    authorize(&Actor::Holder(owner), HelpScope { venue, holder }).unwrap()
}

async fn recorder(
    tx: &mut Tx,
    owner: HolderId,
    venue: VenueId,
) -> Authorized<RecordScans, VenueScope> {
    let venue = tx.venue_scope(venue).await.unwrap().unwrap();
    authorize(&Actor::Holder(owner), venue).unwrap()
}

async fn unknown(tx: &mut Tx) -> HolderId {
    let details = HolderDetails::named(PersonName::parse("Phạm Văn Nháp").unwrap(), None);
    let new = NewHolder {
        details: &details,
        phone: None,
        browser: None,
        verified: false,
        unit: &UnitPath(Vec::new()),
    };
    tx.add_holder(&new, now()).await.unwrap()
}

/// A venue, its owner, and somebody without a phone.
async fn scene(fresh: &Fresh) -> (HolderId, VenueId, HolderId) {
    let mut tx = fresh.store.write().await.unwrap();
    let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
    let market = venue(&mut tx, owner, "Chợ Bến Thử").await;
    let holder = unknown(&mut tx).await;
    tx.commit().await.unwrap();
    (owner, market, holder)
}

on_both! {
    async fn a_paper_is_one_persons_and_each_kind_has_its_own_numbers(fresh: Fresh) {
        let (owner, market, holder) = scene(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        let (gate, may) = (recorder(&mut tx, owner, market).await, help(&mut tx, owner, market, holder).await);
        let paper = (IdentityKind::Cccd, NUMBER);
        assert!(tx.holder_of_identity(&gate, IdentityKind::Cccd, NUMBER).await.unwrap().is_none());
        tx.add_identity(&may, paper, false, now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        let found = tx.holder_of_identity(&gate, IdentityKind::Cccd, NUMBER).await.unwrap();
        assert_eq!(found, Some(Identified { holder, name_typed: false }));
        for (kind, number) in [(IdentityKind::National, NUMBER), (IdentityKind::Cccd, "046087004418")] {
            assert!(tx.holder_of_identity(&gate, kind, number).await.unwrap().is_none());
        }
        let kept = tx.helped_identities(&may).await.unwrap();
        assert_eq!(kept, [(IdentityKind::Cccd, NUMBER.to_owned())]);
        let other = unknown(&mut tx).await;
        let may = help(&mut tx, owner, market, other).await;
        assert!(tx.helped_identities(&may).await.unwrap().is_empty());
        let error = tx.add_identity(&may, paper, false, now()).await.unwrap_err();
        assert!(matches!(error, Error::Conflict(Constraint::Identity)), "{error}");
    }
}

on_both! {
    async fn what_one_venue_knows_of_a_paper_no_other_does(fresh: Fresh) {
        let (owner, market, holder) = scene(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        let rival = person(&mut tx, "Phạm Thị Mẫu", "0905 000 420").await;
        let shop = venue(&mut tx, rival, "Tiệm Thử").await;
        let (here, there) = (recorder(&mut tx, owner, market).await, recorder(&mut tx, rival, shop).await);
        let may = help(&mut tx, owner, market, holder).await;
        tx.add_identity(&may, (IdentityKind::Cccd, NUMBER), false, now()).await.unwrap();
        assert!(tx.holder_of_identity(&there, IdentityKind::Cccd, NUMBER).await.unwrap().is_none());
        let other = unknown(&mut tx).await;
        let may = help(&mut tx, rival, shop, other).await;
        tx.add_identity(&may, (IdentityKind::Cccd, NUMBER), true, now()).await.unwrap();
        for (gate, holder) in [(here, holder), (there, other)] {
            let found = tx.holder_of_identity(&gate, IdentityKind::Cccd, NUMBER).await.unwrap();
            assert_eq!(found.map(|found| found.holder), Some(holder));
        }
    }
}

on_both! {
    async fn a_square_gives_the_name_that_fingers_typed_otherwise(fresh: Fresh) {
        let (owner, market, holder) = scene(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        let (gate, may) = (recorder(&mut tx, owner, market).await, help(&mut tx, owner, market, holder).await);
        tx.add_identity(&may, (IdentityKind::Cccd, NUMBER), true, now()).await.unwrap();
        let found = tx.holder_of_identity(&gate, IdentityKind::Cccd, NUMBER).await.unwrap();
        assert_eq!(found, Some(Identified { holder, name_typed: true }));
        let name = PersonName::parse("Nguyễn Văn Thử").unwrap();
        tx.name_by_square(&may, &name).await.unwrap();
        let found = tx.holder_of_identity(&gate, IdentityKind::Cccd, NUMBER).await.unwrap();
        assert_eq!(found, Some(Identified { holder, name_typed: false }));
        let known = tx.helped_details(&may).await.unwrap().unwrap();
        assert_eq!(known.details.name, name);
    }
}

on_both! {
    async fn whoever_is_helped_is_changed_by_one_at_a_time(fresh: Fresh) {
        let (owner, market, holder) = scene(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        let may = help(&mut tx, owner, market, holder).await;
        let nobody = help(&mut tx, owner, market, HolderId(store::new_id(now()))).await;
        assert!(tx.hold_helped(&nobody).await.unwrap().is_none());
        let mut details = tx.hold_helped(&may).await.unwrap().unwrap().details;
        let later = fresh.store.clone();
        let waits = tokio::spawn(async move {
            let mut tx = later.write().await.unwrap();
            let held = tx.hold_helped(&may).await.unwrap().unwrap();
            held.details.birth_year()
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!waits.is_finished());
        details.birth = Some(Birth::in_year(1987));
        let may = help(&mut tx, owner, market, holder).await;
        tx.complete_helped(&may, || details, &path(&[])).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(waits.await.unwrap(), Some(1987));
    }
}

on_both! {
    async fn what_is_declared_for_somebody_forgets_where_with_the_day(fresh: Fresh) {
        let (owner, market, _) = scene(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        let holder = person(&mut tx, "Nguyễn Văn Thử", "0905 000 417").await;
        let may = help(&mut tx, owner, market, holder).await;
        assert!(tx.helped_declaration(&may).await.unwrap().is_none());
        tx.declare_for(&may, &answers(None), now().plus(DAY), now()).await.unwrap();
        let mut known = tx.helped_details(&may).await.unwrap().unwrap().details;
        known.birth = Some(Birth::in_year(1950));
        tx.complete_helped(&may, || known, &path(&["VN", "46"])).await.unwrap();
        tx.commit().await.unwrap();
        let read = async || {
            let mut tx = fresh.store.read().await.unwrap();
            let own = tx.own_declarations(&own(holder), 10).await.unwrap();
            own.first().map(|one| (one.by_another, one.at_venue))
        };
        assert_eq!(read().await, Some((true, Some(market))));
        let retention = Retention::default();
        let days = u32::from(retention.scan_days);
        fresh.store.erase(retention, now().plus(DAY * days)).await.unwrap();
        assert_eq!(read().await, Some((true, Some(market))));
        fresh.store.erase(retention, now().plus(DAY * (days + 1))).await.unwrap();
        assert_eq!(read().await, Some((true, None)));
        let mut tx = fresh.store.read().await.unwrap();
        let details = tx.own_details(&own(holder)).await.unwrap().unwrap();
        assert_eq!((details.details.birth_year(), details.unit), (Some(1950), path(&["VN", "46"])));
        let newest = tx.helped_declaration(&may).await.unwrap().unwrap();
        assert!(newest.by_another && newest.at_venue.is_none());
    }
}

on_both! {
    async fn an_unproven_person_goes_with_the_paper_and_what_was_declared(fresh: Fresh) {
        let (owner, market, holder) = scene(&fresh).await;
        let retention = Retention::default();
        let days = u32::from(retention.scan_days);
        let mut tx = fresh.store.write().await.unwrap();
        let may = help(&mut tx, owner, market, holder).await;
        let gate = recorder(&mut tx, owner, market).await;
        tx.add_identity(&may, (IdentityKind::Cccd, NUMBER), false, now()).await.unwrap();
        let seen = now().plus(DAY * 3);
        tx.seen_at_gate(&may, seen).await.unwrap();
        tx.declare_for(&may, &answers(None), seen.plus(DAY), seen).await.unwrap();
        tx.commit().await.unwrap();
        fresh.store.erase(retention, seen.plus(DAY * days)).await.unwrap();
        let mut tx = fresh.store.read().await.unwrap();
        assert!(tx.holder_of_identity(&gate, IdentityKind::Cccd, NUMBER).await.unwrap().is_some());
        drop(tx);
        fresh.store.erase(retention, seen.plus(DAY * (days + 1))).await.unwrap();
        let mut tx = fresh.store.read().await.unwrap();
        assert!(tx.holder_of_identity(&gate, IdentityKind::Cccd, NUMBER).await.unwrap().is_none());
        assert!(tx.helped_identities(&may).await.unwrap().is_empty());
        assert!(tx.helped_declaration(&may).await.unwrap().is_none());
        assert!(tx.helped_details(&may).await.unwrap().is_none());
    }
}
