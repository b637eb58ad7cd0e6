use crate::scene::{details, gate, may, own, path, person, venue};
use crate::support::{now, on_both};
use domain::ids::OfficerId;
use domain::role::{Actor, ListVenues, ManageVenue, OfficerRole, UnitScope, authorize};
use domain::unit::UnitCode;
use store::venues::VenueCursor;

on_both! {
    async fn what_is_registered_is_read_back_and_changed(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let id = venue(&mut tx, owner, "Chợ Bến Thử").await;
        let gate = gate(&mut tx, owner, id, "Cổng 1", "K7M24QX").await;
        let found = tx.venue(id).await.unwrap().unwrap();
        assert_eq!((found.owner, &found.details), (owner, &details("Chợ Bến Thử")));
        let who = may::<ManageVenue>(&mut tx, owner, id).await;
        let mut changed = details("Chợ Bến Thử");
        changed.expected_daily = 400;
        tx.update_venue(&who, &changed).await.unwrap();
        assert_eq!(tx.checkpoint(gate).await.unwrap().unwrap().poster_version, 1);
        changed.name = "Chợ \"Mẫu\" <b>".to_owned();
        tx.update_venue(&who, &changed).await.unwrap();
        assert_eq!(tx.venue(id).await.unwrap().unwrap().details, changed);
        assert_eq!(tx.checkpoint(gate).await.unwrap().unwrap().poster_version, 2);
        assert!(tx.close_venue(&who, now()).await.unwrap());
        assert!(!tx.close_venue(&who, now()).await.unwrap());
        assert_eq!(tx.venue(id).await.unwrap().unwrap().closed, Some(now()));
    }
}

on_both! {
    async fn own_and_attended_venues_are_told_apart(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let phone = domain::phone::Phone::parse("0905 000 419").unwrap();
        let (a, b) = (venue(&mut tx, owner, "Chợ").await, venue(&mut tx, owner, "Quán").await);
        let who = may::<ManageVenue>(&mut tx, owner, b).await;
        tx.add_attendant(&who, "Trần Thị Mẫu", &phone, now()).await.unwrap();
        // The phone is on the list before anybody has proved it.
        assert!(tx.venue_scope(b).await.unwrap().unwrap().attendants.is_empty());
        let attendant = person(&mut tx, "Trần Thị Mẫu", "0905 000 419").await;
        assert_eq!(tx.venue_scope(b).await.unwrap().unwrap().attendants, [attendant]);
        assert!(tx.venue_scope(a).await.unwrap().unwrap().attendants.is_empty());
        let ids = |venues: Vec<store::venues::Venue>| venues.into_iter().map(|v| v.id).collect::<Vec<_>>();
        assert_eq!(ids(tx.own_venues(&own(owner)).await.unwrap()), [a, b]);
        assert_eq!(ids(tx.attended_venues(&own(attendant)).await.unwrap()), [b]);
        assert!(tx.own_venues(&own(attendant)).await.unwrap().is_empty());
    }
}

on_both! {
    async fn a_unit_sees_its_own_venues_page_by_page(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        for name in ["Chợ Đông", "chợ An", "Quán 100%", "Quán 1000"] {
            venue(&mut tx, owner, name).await;
        }
        let elsewhere = venue(&mut tx, owner, "Chợ Xa").await;
        let who = may::<ManageVenue>(&mut tx, owner, elsewhere).await;
        let far = store::venues::VenueDetails { unit: path(&["VN", "46", "19774"]), ..details("Chợ Xa") };
        tx.update_venue(&who, &far).await.unwrap();
        let list = |unit: &str, codes: &[&str]| {
            let officer = Actor::Officer {
                id: OfficerId(store::new_id(now())),
                role: OfficerRole::CommuneOfficer,
                unit: UnitCode::parse(unit).unwrap(),
            };
            authorize::<ListVenues, _>(&officer, UnitScope { path: path(codes) })
        };
        assert!(list("19774", &["VN", "46", "19753"]).is_err());
        let who = list("19753", &["VN", "46", "19753"]).unwrap();
        let names = |venues: &[store::venues::Venue]| {
            venues.iter().map(|v| v.details.name.clone()).collect::<Vec<_>>()
        };
        let first = tx.venues_in(&who, "", None, 3).await.unwrap();
        assert_eq!(names(&first), ["chợ An", "Chợ Đông", "Quán 100%"]);
        let rest = tx.venues_in(&who, "", Some(&VenueCursor::of(&first[2])), 3).await.unwrap();
        assert_eq!(names(&rest), ["Quán 1000"]);
        assert_eq!(names(&tx.venues_in(&who, "cho d", None, 9).await.unwrap()), ["Chợ Đông"]);
        assert_eq!(names(&tx.venues_in(&who, "100%", None, 9).await.unwrap()), ["Quán 100%"]);
        assert!(tx.venues_in(&who, "_", None, 9).await.unwrap().is_empty());
        let province = list("46", &["VN", "46"]).unwrap();
        assert_eq!(tx.venues_in(&province, "cho", None, 9).await.unwrap().len(), 3);
    }
}
