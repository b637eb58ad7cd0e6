use crate::scene::{gate, may, person, venue};
use crate::support::{now, on_both};
use domain::role::ManageVenue;

on_both! {
    async fn a_token_is_good_until_it_is_taken(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let other = person(&mut tx, "Phạm Văn Thử", "0905 000 417").await;
        let (mine, theirs) = (venue(&mut tx, owner, "Chợ").await, venue(&mut tx, other, "Quán").await);
        let gate = gate(&mut tx, owner, mine, "Cổng 1", "K7M24QX").await;
        let who = may::<ManageVenue>(&mut tx, owner, mine).await;
        let stranger = may::<ManageVenue>(&mut tx, other, theirs).await;
        assert_eq!(tx.enrol_device(&stranger, gate, "Cổng xoay", "bí mật", now()).await.unwrap(), None);
        let id = tx.enrol_device(&who, gate, "Cổng xoay", "bí mật", now()).await.unwrap().unwrap();
        let found = tx.device_by_token("bí mật").await.unwrap().unwrap();
        assert_eq!((found.device, found.venue, found.checkpoint), (id, mine, gate));
        assert_eq!(tx.device_by_token("khác").await.unwrap(), None);
        assert!(tx.any_device().await.unwrap());
        tx.devices_seen(&[(mine, id, now())]).await.unwrap();
        assert_eq!(tx.devices(&who).await.unwrap()[0].last_seen, Some(now()));
        assert!(tx.devices(&stranger).await.unwrap().is_empty());
        assert!(!tx.revoke_device(&stranger, id, now()).await.unwrap());
        assert!(tx.revoke_device(&who, id, now()).await.unwrap());
        assert!(!tx.revoke_device(&who, id, now()).await.unwrap());
        assert!(!tx.any_device().await.unwrap());
        assert_eq!(tx.device_by_token("bí mật").await.unwrap(), None);
    }
}

on_both! {
    async fn closing_a_gate_takes_its_tokens(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let mine = venue(&mut tx, owner, "Chợ").await;
        let gate = gate(&mut tx, owner, mine, "Cổng 1", "K7M24QX").await;
        let who = may::<ManageVenue>(&mut tx, owner, mine).await;
        tx.enrol_device(&who, gate, "Cổng xoay", "bí mật", now()).await.unwrap();
        tx.close_checkpoint(&who, gate, now()).await.unwrap();
        assert_eq!(tx.device_by_token("bí mật").await.unwrap(), None);
        assert_eq!(tx.enrol_device(&who, gate, "Khác", "x", now()).await.unwrap(), None);
    }
}
