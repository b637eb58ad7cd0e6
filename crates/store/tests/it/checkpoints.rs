use crate::scene::{gate, may, person, venue};
use crate::support::{now, on_both};
use domain::role::ManageVenue;
use store::{Constraint, Error};

on_both! {
    async fn gates_are_added_renamed_and_closed_by_their_owner_only(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let other = person(&mut tx, "Phạm Văn Thử", "0905 000 417").await;
        let (mine, theirs) = (venue(&mut tx, owner, "Chợ").await, venue(&mut tx, other, "Quán").await);
        let id = gate(&mut tx, owner, mine, "Cổng 1", "K7M24QX").await;
        assert_eq!(tx.checkpoint_by_code("K7M24QX").await.unwrap().unwrap().id, id);
        let stranger = may::<ManageVenue>(&mut tx, other, theirs).await;
        assert!(!tx.rename_checkpoint(&stranger, id, "Cướp").await.unwrap());
        assert!(!tx.close_checkpoint(&stranger, id, now()).await.unwrap());
        let who = may::<ManageVenue>(&mut tx, owner, mine).await;
        assert!(tx.rename_checkpoint(&who, id, "Cổng chính").await.unwrap());
        assert!(!tx.rename_checkpoint(&who, id, "Cổng chính").await.unwrap());
        let found = tx.checkpoints(mine).await.unwrap();
        assert_eq!((found[0].name.as_str(), found[0].poster_version), ("Cổng chính", 2));
        assert!(tx.close_checkpoint(&who, id, now()).await.unwrap());
        assert!(!tx.close_checkpoint(&who, id, now()).await.unwrap());
        assert_eq!(tx.checkpoint(id).await.unwrap().unwrap().closed, Some(now()));
        assert!(tx.checkpoints(theirs).await.unwrap().is_empty());
    }
}

on_both! {
    async fn two_gates_never_share_a_code(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let id = venue(&mut tx, owner, "Chợ").await;
        gate(&mut tx, owner, id, "Cổng 1", "K7M24QX").await;
        let who = may::<ManageVenue>(&mut tx, owner, id).await;
        let again = tx.add_checkpoint(&who, "Cổng 2", "K7M24QX", now()).await;
        assert!(matches!(again, Err(Error::Conflict(Constraint::CheckpointCode))));
    }
}
