//! Posters that an area gives up.

use crate::scene::{gate, may, path, person, venue};
use crate::support::{now, on_both};
use domain::ids::OfficerId;
use domain::retention::Retention;
use domain::role::{Action, Authorized};
use domain::role::{Actor, ListVenues, ManageUnit, ManageVenue, OfficerRole, UnitScope, authorize};
use domain::unit::UnitCode;
use std::time::Duration;
use store::posters::PosterCounts;

const COMMUNE: &[&str] = &["VN", "46", "19753"];
const PROVINCE: &[&str] = &["VN", "46"];

fn office<A: Action<UnitScope>>(unit: &[&str]) -> Authorized<A, UnitScope> {
    let actor = Actor::Officer {
        id: OfficerId(uuid::Uuid::from_u128(7)),
        role: OfficerRole::NationalOfficer,
        unit: UnitCode::parse("VN").unwrap(),
    };
    authorize(&actor, UnitScope { path: path(unit) }).unwrap()
}

on_both! {
    async fn the_earliest_day_on_the_way_up_holds(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let today = fresh.store.zone().day(now());
        assert_eq!(tx.posters_end(&path(COMMUNE)).await.unwrap(), None);
        let (commune, province) = (office::<ManageUnit>(COMMUNE), office::<ManageUnit>(PROVINCE));
        tx.set_posters_end(&province, Some(today.plus(5))).await.unwrap();
        tx.set_posters_end(&commune, Some(today.plus(9))).await.unwrap();
        let end = tx.posters_end(&path(COMMUNE)).await.unwrap().unwrap();
        assert_eq!((end.day, end.unit.as_str()), (today.plus(5), "46"));
        assert_eq!(tx.own_posters_end(&commune).await.unwrap(), Some(today.plus(9)));
        tx.set_posters_end(&commune, Some(today.plus(1))).await.unwrap();
        let end = tx.posters_end(&path(COMMUNE)).await.unwrap().unwrap();
        assert_eq!((end.day, end.unit.as_str()), (today.plus(1), "19753"));
        assert_eq!(tx.posters_end(&path(PROVINCE)).await.unwrap().unwrap().day, today.plus(5));
        tx.set_posters_end(&commune, None).await.unwrap();
        tx.set_posters_end(&province, None).await.unwrap();
        assert_eq!(tx.posters_end(&path(COMMUNE)).await.unwrap(), None);
    }
}

on_both! {
    async fn posters_hang_until_they_are_taken_down_and_nobody_scans_them_again(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let today = fresh.store.zone().day(now());
        let day = Duration::from_secs(86_400);
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let id = venue(&mut tx, owner, "Chợ Bến Thử").await;
        let other = venue(&mut tx, owner, "Quán Ví Dụ").await;
        let gate = gate(&mut tx, owner, id, "Cổng 1", "K7M24QX").await;
        let (end, who) = (today.plus(1), office::<ListVenues>(COMMUNE));
        let names = async |tx: &mut store::Tx, up| {
            let found = tx.venues_with_posters(&who, end, up, None, 9).await.unwrap();
            found.into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&mut tx, true).await, ["Chợ Bến Thử", "Quán Ví Dụ"]);
        // Whoever registers on the day itself may have printed one before it was said; on a later day, nobody.
        for (end, had) in [(today, 2), (today.plus(-1), 0)] {
            let found = tx.venues_with_posters(&who, end, true, None, 9).await.unwrap();
            assert_eq!(found.len(), had);
        }
        let mine = may::<ManageVenue>(&mut tx, owner, id).await;
        assert_eq!(tx.poster_removal(&mine).await.unwrap(), None);
        let then = now().plus(day);
        tx.record_poster_removal(&mine, Some(b"a wall"), then).await.unwrap();
        tx.record_poster_removal(&mine, None, then).await.unwrap();
        let said = tx.poster_removal(&mine).await.unwrap().unwrap();
        assert_eq!((said.at, said.photo), (then, true), "the photo stays");
        assert_eq!(names(&mut tx, true).await, ["Quán Ví Dụ"]);
        assert_eq!(names(&mut tx, false).await, ["Chợ Bến Thử"]);
        assert_eq!(tx.poster_counts(&who, end).await.unwrap(), PosterCounts { venues: 2, up: 1 });
        // On the day of its removal it may have been scanned before.
        for (opened, up) in [(1, 1), (2, 2)] {
            tx.poster_opened(gate, today.plus(opened)).await.unwrap();
            assert_eq!(tx.poster_counts(&who, end).await.unwrap().up, up, "{opened}");
        }
        tx.poster_opened(gate, today.plus(1)).await.unwrap();
        let found = tx.venues_with_posters(&who, end, true, None, 1).await.unwrap();
        assert_eq!(found[0].opened_on, Some(today.plus(2)), "a day is never taken back");
        let next = tx.venues_with_posters(&who, end, true, Some(&found[0].cursor), 9).await.unwrap();
        assert_eq!(next.iter().map(|one| one.venue).collect::<Vec<_>>(), [other]);
    }
}

on_both! {
    async fn photos_are_the_offices_above_and_die_in_time(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let id = venue(&mut tx, owner, "Chợ Bến Thử").await;
        let mine = may::<ManageVenue>(&mut tx, owner, id).await;
        tx.record_poster_removal(&mine, Some(b"a wall"), now()).await.unwrap();
        let elsewhere = &["VN", "46", "19774"];
        assert_eq!(tx.poster_photo(&office(elsewhere), id).await.unwrap(), None);
        assert!(!tx.erase_poster_photo(&office(elsewhere), id).await.unwrap());
        assert_eq!(tx.poster_photo(&office(PROVINCE), id).await.unwrap().unwrap(), b"a wall");
        assert!(tx.erase_poster_photo(&office(COMMUNE), id).await.unwrap());
        assert!(!tx.erase_poster_photo(&office(COMMUNE), id).await.unwrap());
        tx.record_poster_removal(&mine, Some(b"again"), now()).await.unwrap();
        tx.commit().await.unwrap();
        let days = |days: u32| now().plus(Duration::from_secs(86_400 * u64::from(days)));
        let kept = async |at| {
            fresh.store.erase(Retention::default(), at).await.unwrap();
            let mut tx = fresh.store.write().await.unwrap();
            tx.poster_photo(&office(COMMUNE), id).await.unwrap().is_some()
        };
        assert!(kept(days(89)).await);
        assert!(!kept(days(91)).await);
        let mut tx = fresh.store.write().await.unwrap();
        let said = tx.poster_removal(&mine).await.unwrap().unwrap();
        assert!(!said.photo, "that they are down stays known");
    }
}
