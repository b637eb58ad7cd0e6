use crate::scene::{may, person, venue};
use crate::support::{now, on_both};
use domain::phone::Phone;
use domain::role::{ListAttendants, ManageVenue};
use store::{Constraint, Error};

on_both! {
    async fn the_list_grows_and_shrinks_and_holds_each_phone_once(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let (mine, second) = (venue(&mut tx, owner, "Chợ").await, venue(&mut tx, owner, "Quán").await);
        let phone = Phone::parse("0905 000 419").unwrap();
        let who = may::<ManageVenue>(&mut tx, owner, mine).await;
        let elsewhere = may::<ManageVenue>(&mut tx, owner, second).await;
        let list_here = may::<ListAttendants>(&mut tx, owner, mine).await;
        let list_there = may::<ListAttendants>(&mut tx, owner, second).await;
        tx.add_attendant(&who, "Trần Thị Mẫu", &phone, now()).await.unwrap();
        let counts = (tx.count_attendants(&who).await.unwrap(), tx.count_attendants(&elsewhere).await.unwrap());
        assert_eq!(counts, (1, 0));
        let list = tx.attendants(&list_here).await.unwrap();
        assert_eq!((list[0].name.as_str(), list[0].phone.as_str(), list[0].holder), ("Trần Thị Mẫu", "+84905000419", None));
        let holder = person(&mut tx, "Trần Thị Mẫu", "0905 000 419").await;
        assert_eq!(tx.attendants(&list_here).await.unwrap()[0].holder, Some(holder));
        assert!(tx.attendants(&list_there).await.unwrap().is_empty());
        assert!(!tx.remove_attendant(&elsewhere, &list[0].key).await.unwrap());
        assert!(tx.remove_attendant(&who, &list[0].key).await.unwrap());
        assert!(tx.attendants(&list_here).await.unwrap().is_empty());
        tx.add_attendant(&who, "Trần Thị Mẫu", &phone, now()).await.unwrap();
        let twice = tx.add_attendant(&who, "Ai đó", &phone, now()).await;
        assert!(matches!(twice, Err(Error::Conflict(Constraint::Attendant))));
    }
}
