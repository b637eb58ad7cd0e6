use crate::scene::{may, path, person, venue};
use crate::support::{now, on_both};
use domain::ids::OfficerId;
use domain::role::{Actor, Authorized, ListVenues, ManageVenue, OfficerRole, UnitScope, authorize};
use domain::unit::UnitCode;
use std::time::Duration;
use store::new_id;

fn over(unit: &[&str]) -> Authorized<ListVenues, UnitScope> {
    let nation = Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::NationalOfficer,
        unit: UnitCode::nation(),
    };
    authorize(&nation, UnitScope { path: path(unit) }).unwrap()
}

on_both! {
    async fn open_venues_are_counted_unit_by_unit(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        venue(&mut tx, owner, "Chợ Một").await;
        let second = venue(&mut tx, owner, "Chợ Hai").await;
        let counts = tx.venue_counts(&over(&["VN", "46"]), now()).await.unwrap();
        assert_eq!(counts.len(), 1);
        assert_eq!(counts[0].unit, path(&["VN", "46", "19753"]));
        assert_eq!((counts[0].open, counts[0].fresh), (2, 2));
        let later = now().plus(Duration::from_secs(1));
        assert_eq!(tx.venue_counts(&over(&["VN"]), later).await.unwrap()[0].fresh, 0);
        assert!(tx.venue_counts(&over(&["VN", "01"]), now()).await.unwrap().is_empty());

        let who = may::<ManageVenue>(&mut tx, owner, second).await;
        tx.close_venue(&who, now()).await.unwrap();
        assert_eq!(tx.venue_counts(&over(&["VN"]), now()).await.unwrap()[0].open, 1);
    }
}
