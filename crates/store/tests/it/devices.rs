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
        let found = tx.device_by_token("bí mật", now()).await.unwrap().unwrap();
        assert_eq!((found.device, found.venue, found.checkpoint), (id, mine, gate));
        assert_eq!(tx.device_by_token("khác", now()).await.unwrap(), None);
        assert!(tx.any_device().await.unwrap());
        tx.devices_heard(&[(mine, id, now())], &[]).await.unwrap();
        assert_eq!(tx.devices(&who).await.unwrap()[0].last_seen, Some(now()));
        assert!(tx.devices(&stranger).await.unwrap().is_empty());
        assert!(!tx.revoke_device(&stranger, id, now()).await.unwrap());
        assert!(tx.revoke_device(&who, id, now()).await.unwrap());
        assert!(!tx.revoke_device(&who, id, now()).await.unwrap());
        assert!(!tx.any_device().await.unwrap());
        assert_eq!(tx.device_by_token("bí mật", now()).await.unwrap(), None);
    }
}

on_both! {
    async fn a_lost_devices_token_is_good_for_nothing_but_is_known(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let other = person(&mut tx, "Phạm Văn Thử", "0905 000 417").await;
        let (mine, theirs) = (venue(&mut tx, owner, "Chợ").await, venue(&mut tx, other, "Quán").await);
        let gate = gate(&mut tx, owner, mine, "Cổng 1", "K7M24QX").await;
        let who = may::<ManageVenue>(&mut tx, owner, mine).await;
        let stranger = may::<ManageVenue>(&mut tx, other, theirs).await;
        let id = tx.enrol_device(&who, gate, "Cổng xoay", "bí mật", now()).await.unwrap().unwrap();
        assert!(!tx.report_device_lost(&stranger, id, now()).await.unwrap());
        assert!(!tx.device_by_token("bí mật", now()).await.unwrap().unwrap().lost);
        assert!(tx.report_device_lost(&who, id, now()).await.unwrap());
        let later = now().plus(std::time::Duration::from_secs(9));
        assert!(!tx.report_device_lost(&who, id, later).await.unwrap());
        let found = tx.device_by_token("bí mật", now()).await.unwrap().unwrap();
        assert_eq!((found.device, found.venue, found.checkpoint, found.lost), (id, mine, gate, true));
        let one = &tx.devices(&who).await.unwrap()[0];
        assert_eq!((one.lost, one.revoked), (Some(now()), Some(now())));
        // Revoked in haste first, and then found to be lost.
        let two = tx.enrol_device(&who, gate, "Máy hai", "khác", now()).await.unwrap().unwrap();
        tx.revoke_device(&who, two, now()).await.unwrap();
        assert_eq!(tx.device_by_token("khác", now()).await.unwrap(), None);
        assert!(tx.report_device_lost(&who, two, later).await.unwrap());
        assert!(tx.device_by_token("khác", now()).await.unwrap().unwrap().lost);
        let devices = tx.devices(&who).await.unwrap();
        let two = devices.iter().find(|device| device.id == two).unwrap();
        assert_eq!((two.lost, two.revoked), (Some(later), Some(now())));
        // Of both there is an end: once nothing is kept any more of when they were lost, and by the owner.
        for (name, device, lost) in [("bí mật", id, now()), ("khác", two.id, later)] {
            let after = lost.plus(std::time::Duration::from_millis(1));
            assert_eq!(tx.device_by_token(name, after).await.unwrap(), None);
            assert!(tx.device_by_token(name, lost).await.unwrap().is_some());
            let of = devices.iter().find(|one| one.id == device).unwrap();
            assert!(of.hands_over(lost) && !of.hands_over(after));
            assert!(!tx.revoke_device(&stranger, device, lost).await.unwrap());
            assert!(tx.revoke_device(&who, device, lost).await.unwrap());
            assert_eq!(tx.device_by_token(name, lost).await.unwrap(), None);
            assert!(!tx.revoke_device(&who, device, after).await.unwrap());
            let devices = tx.devices(&who).await.unwrap();
            let of = devices.iter().find(|one| one.id == device).unwrap();
            assert!(!of.hands_over(lost) && of.lost == Some(lost));
        }
        // Heard from two places.
        assert_eq!(two.two_places, None);
        tx.devices_heard(&[], &[(mine, id, later)]).await.unwrap();
        let devices = tx.devices(&who).await.unwrap();
        let heard: Vec<_> = devices.iter().filter(|device| device.two_places == Some(later)).collect();
        assert_eq!(heard.iter().map(|device| device.id).collect::<Vec<_>>(), [id]);
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
        assert_eq!(tx.device_by_token("bí mật", now()).await.unwrap(), None);
        assert_eq!(tx.enrol_device(&who, gate, "Khác", "x", now()).await.unwrap(), None);
    }
}

on_both! {
    async fn notes_of_two_venues_lock_them_in_order(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let mut devices = Vec::new();
        for (name, code) in [("Chợ", "K7M24QX"), ("Quán", "K7M24QY")] {
            let mine = venue(&mut tx, owner, name).await;
            let gate = gate(&mut tx, owner, mine, "Cổng 1", code).await;
            let who = may::<ManageVenue>(&mut tx, owner, mine).await;
            let id = tx.enrol_device(&who, gate, "Máy thử", code, now()).await.unwrap().unwrap();
            devices.push((mine, id, now()));
        }
        tx.commit().await.unwrap();
        devices.sort();
        let [first, second] = [devices[0], devices[1]];
        // Somebody who records takes the first venue, then the second one.
        let mut tx = fresh.store.write().await.unwrap();
        tx.devices_heard(&[first], &[]).await.unwrap();
        let store = fresh.store.clone();
        let noting = tokio::spawn(async move {
            let mut tx = store.write().await?;
            tx.devices_heard(&[second], &[first]).await?;
            tx.commit().await
        });
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        tx.devices_heard(&[second], &[]).await.unwrap();
        tx.commit().await.unwrap();
        noting.await.unwrap().unwrap();
        let mut tx = fresh.store.read().await.unwrap();
        let who = may::<ManageVenue>(&mut tx, owner, first.0).await;
        assert_eq!(tx.devices(&who).await.unwrap()[0].two_places, Some(now()));
    }
}
