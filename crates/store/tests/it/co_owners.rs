use crate::scene::{may, own, person, venue};
use crate::support::{now, on_both};
use domain::ids::{HolderId, OfficerId, VenueId};
use domain::owner::INVITED_FOR;
use domain::phone::Phone;
use domain::retention::Retention;
use domain::role::{
    Actor, ChangeOwners, GiveVenueAway, ListAttendants, ListOwners, ManageVenue, OfficerRole,
    OverseeVenue, authorize,
};
use std::time::Duration;
use store::co_owners::CoOwner;
use store::{Constraint, Error, Tx, new_id};

const SECOND: Duration = Duration::from_secs(1);

async fn listed(tx: &mut Tx, owner: HolderId, venue: VenueId) -> Vec<CoOwner> {
    let who = may::<ListOwners>(tx, owner, venue).await;
    tx.co_owners(&who, now()).await.unwrap()
}

async fn owners(tx: &mut Tx, venue: VenueId) -> (HolderId, Vec<HolderId>) {
    let scope = tx.venue_scope(venue).await.unwrap().unwrap();
    (scope.owner, scope.co_owners)
}

on_both! {
    async fn an_invitation_is_for_one_phone_until_it_runs_out(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let here = venue(&mut tx, owner, "Chợ").await;
        let who = may::<ChangeOwners>(&mut tx, owner, here).await;
        let phone = Phone::parse("0905 000 419").unwrap();
        let own_phone = Phone::parse("0905 000 418").unwrap();
        assert!(!tx.invite_owner(&who, "Lê Thị Thử", &own_phone, now()).await.unwrap());
        assert!(tx.invite_owner(&who, "Trần Thị Mẫu", &phone, now()).await.unwrap());
        let late = now().plus(INVITED_FOR);
        assert_eq!(listed(&mut tx, owner, here).await[0].expires, late);
        let (other, third) = (
            person(&mut tx, "Trần Thị Mẫu", "0905 000 419").await,
            person(&mut tx, "Phạm Văn Thử", "0905 000 420").await,
        );
        assert!(!tx.join_owners(&own(third), here, now()).await.unwrap(), "not their phone");
        assert!(!tx.decline_owners(&own(third), here).await.unwrap());
        assert!(tx.owner_invitations(&own(third), now()).await.unwrap().is_empty());
        assert!(!tx.join_owners(&own(other), here, late).await.unwrap(), "too late");
        assert!(tx.owner_invitations(&own(other), late).await.unwrap().is_empty());
        let waiting = tx.owner_invitations(&own(other), now()).await.unwrap();
        assert_eq!((waiting[0].0.id, waiting[0].1), (here, late));
        assert_eq!(owners(&mut tx, here).await, (owner, vec![]));
        assert!(tx.decline_owners(&own(other), here).await.unwrap());
        assert!(!tx.join_owners(&own(other), here, now()).await.unwrap(), "declined");
        // One that ran out gives way to a new one.
        assert!(tx.invite_owner(&who, "Trần Thị Mẫu", &phone, now()).await.unwrap());
        assert!(tx.invite_owner(&who, "Trần Thị Mẫu", &phone, late).await.unwrap());
        let after = late.plus(INVITED_FOR);
        tx.commit().await.unwrap();
        fresh.store.erase(Retention::default(), late.plus(SECOND)).await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        assert_eq!(listed(&mut tx, owner, here).await.len(), 1);
        tx.commit().await.unwrap();
        fresh.store.erase(Retention::default(), after).await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        assert!(listed(&mut tx, owner, here).await.is_empty(), "erased with its time");
    }
}

on_both! {
    async fn who_said_yes_owns_it_until_they_are_removed(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let other = person(&mut tx, "Trần Thị Mẫu", "0905 000 419").await;
        let (here, second) = (venue(&mut tx, owner, "Chợ").await, venue(&mut tx, owner, "Quán").await);
        let who = may::<ChangeOwners>(&mut tx, owner, here).await;
        let phone = Phone::parse("0905 000 419").unwrap();
        tx.invite_owner(&who, "Trần Thị Mẫu", &phone, now()).await.unwrap();
        assert!(tx.join_owners(&own(other), here, now()).await.unwrap());
        let later = now().plus(INVITED_FOR * 3);
        tx.commit().await.unwrap();
        fresh.store.erase(Retention::default(), later).await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        assert_eq!(owners(&mut tx, here).await, (owner, vec![other]));
        let theirs = tx.own_venues(&own(other)).await.unwrap();
        assert_eq!(theirs.iter().map(|one| one.id).collect::<Vec<_>>(), [here]);
        may::<ManageVenue>(&mut tx, other, here).await;
        let line = listed(&mut tx, other, here).await.remove(0);
        assert_eq!((line.name.as_str(), line.phone.as_str(), line.holder), ("Trần Thị Mẫu", "+84905000419", Some(other)));
        let sees = may::<ListOwners>(&mut tx, other, here).await;
        let founder = tx.founder(&sees).await.unwrap().unwrap();
        assert_eq!((founder.holder, founder.name.as_str()), (owner, "Lê Thị Thử"));
        // The office calls them both, and nobody who has not said yes.
        let third = Phone::parse("0905 000 421").unwrap();
        tx.invite_owner(&who, "Phạm Văn Nháp", &third, now()).await.unwrap();
        let scope = tx.venue_scope(here).await.unwrap().unwrap();
        let clerk = Actor::Officer {
            id: OfficerId(new_id(now())),
            role: OfficerRole::CommuneOfficer,
            unit: scope.unit.commune().unwrap().clone(),
        };
        let oversees = authorize::<OverseeVenue, _>(&clerk, scope).unwrap();
        let called = tx.owners_to_call(&oversees).await.unwrap();
        let called: Vec<_> = called.iter().map(|one| (one.holder, one.name.as_str(), one.phone.as_deref())).collect();
        let both = [(owner, "Lê Thị Thử", Some("+84905000418")), (other, "Trần Thị Mẫu", Some("+84905000419"))];
        assert_eq!(called, both);
        // Who made an attendant of themselves does not stay one.
        for (gate, number) in [(here, &phone), (second, &phone), (here, &Phone::parse("0905 000 420").unwrap())] {
            let manages = may::<ManageVenue>(&mut tx, owner, gate).await;
            tx.add_attendant(&manages, "Trần Thị Mẫu", number, now()).await.unwrap();
        }
        let elsewhere = may::<ChangeOwners>(&mut tx, owner, second).await;
        assert_eq!(tx.remove_owner(&elsewhere, line.id).await.unwrap(), None, "another venue's line");
        assert_eq!(tx.remove_owner(&who, line.id).await.unwrap(), Some(Some(other)));
        assert_eq!(owners(&mut tx, here).await, (owner, vec![]));
        assert!(tx.own_venues(&own(other)).await.unwrap().is_empty());
        for (gate, left) in [(here, 1), (second, 1)] {
            let lists = may::<ListAttendants>(&mut tx, owner, gate).await;
            let all = tx.attendants(&lists).await.unwrap();
            assert_eq!(all.len(), left);
            assert_eq!(all[0].holder == Some(other), gate == second, "elsewhere they stay");
        }
    }
}

on_both! {
    async fn the_founding_role_goes_to_a_co_owner_and_to_nobody_else(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let other = person(&mut tx, "Trần Thị Mẫu", "0905 000 419").await;
        let here = venue(&mut tx, owner, "Chợ").await;
        let who = may::<ChangeOwners>(&mut tx, owner, here).await;
        let phone = Phone::parse("0905 000 419").unwrap();
        tx.invite_owner(&who, "Trần Thị Mẫu", &phone, now()).await.unwrap();
        let gives = may::<GiveVenueAway>(&mut tx, owner, here).await;
        let line = listed(&mut tx, owner, here).await.remove(0);
        assert_eq!(tx.hand_venue_over(&gives, line.id, now()).await.unwrap(), None, "has not said yes");
        tx.join_owners(&own(other), here, now()).await.unwrap();
        assert_eq!(tx.hand_venue_over(&gives, line.id, now()).await.unwrap(), Some(other));
        assert_eq!(owners(&mut tx, here).await, (other, vec![owner]));
        assert_eq!(tx.hand_venue_over(&gives, line.id, now()).await.unwrap(), None, "an old proof");
        let line = listed(&mut tx, owner, here).await.remove(0);
        assert_eq!((line.name.as_str(), line.holder), ("Lê Thị Thử", Some(owner)));
        // Whoever said yes is invited no more, however late.
        let who = may::<ChangeOwners>(&mut tx, other, here).await;
        let phone = Phone::parse("0905 000 418").unwrap();
        let twice = tx.invite_owner(&who, "Ai đó", &phone, now().plus(INVITED_FOR)).await;
        assert!(matches!(twice, Err(Error::Conflict(Constraint::CoOwner))));
    }
}
