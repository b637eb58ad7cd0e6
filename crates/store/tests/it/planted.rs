//! Planting, and what of it other tests borrow.

use crate::scene::{own, path, person};
use crate::support::{now, on_both};
use domain::card::{CARD_VALIDITY, Card, CardKind, CardState};
use domain::ids::{CardId, HolderId};
use domain::role::OfficerRole;
use store::new_id;
use store::planting::PlantedOfficer;

/// An officer of the commune, who can sign in.
pub(crate) fn officer(login: &str, role: OfficerRole) -> PlantedOfficer {
    PlantedOfficer {
        login: login.to_owned(),
        name: "Phạm Thị Mẫu".to_owned(),
        role,
        unit: path(&["VN", "46", "19753"]),
        password_hash: "$argon2id$made-up".to_owned(),
        totp: b"12345678901234567890".to_vec(),
    }
}

on_both! {
    async fn a_store_with_somebody_in_it_is_not_vacant(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        assert!(tx.is_vacant().await.unwrap());
        person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        assert!(!tx.is_vacant().await.unwrap());
        tx.rollback().await.unwrap();

        let mut tx = fresh.store.write().await.unwrap();
        assert!(tx.is_vacant().await.unwrap(), "what was rolled back did not happen");
        tx.plant_officers(&[officer("mau", OfficerRole::Auditor)], now()).await.unwrap();
        assert!(!tx.is_vacant().await.unwrap());
    }
}

on_both! {
    async fn a_planted_officer_can_sign_in(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        assert!(tx.set_up_wanted().await.unwrap());
        tx.plant_officers(&[officer("mau", OfficerRole::Inspector)], now()).await.unwrap();
        assert!(!tx.set_up_wanted().await.unwrap(), "somebody can sign in");
        let kept = tx.officer_credentials("mau").await.unwrap().unwrap();
        assert_eq!(kept.role, OfficerRole::Inspector);
        assert_eq!(kept.totp.as_slice(), b"12345678901234567890");
    }
}

on_both! {
    async fn places_that_no_card_took_are_lost_once_many_came_after(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let planted = |index: u32| Card {
            id: CardId([index as u8; 10]),
            holder: HolderId(new_id(now())),
            status_index: index,
            kind: CardKind::Paper,
            state: CardState::Active,
            issued: now(),
            expires: now().plus(CARD_VALIDITY),
        };
        tx.plant_cards(&[2, 3, 6, 9_000].map(planted)).await.unwrap();
        assert_eq!(tx.card_places().await.unwrap(), 9_001);
        assert_eq!(tx.lost_places(9_001).await.unwrap(), [0..2, 4..6]);
        // The last ones may be on their way.
        let lost = tx.lost_places(5_003).await.unwrap();
        assert!(lost.into_iter().flatten().eq(0..2));
        assert_eq!(tx.lost_places(4_000).await.unwrap(), []);
    }
}

on_both! {
    async fn cards_issued_after_planting_take_the_next_places(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let holder = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let planted = |index: u32| Card {
            id: CardId([index as u8; 10]),
            // One card of a kind is in use at a time.
            holder: if index == 0 { holder } else { HolderId(new_id(now())) },
            status_index: index,
            kind: CardKind::Paper,
            state: CardState::Active,
            issued: now(),
            expires: now().plus(CARD_VALIDITY),
        };
        tx.plant_cards(&[planted(0), planted(1), planted(2)]).await.unwrap();
        let next = tx.issue_own_card(&own(holder), CardKind::Electronic, now()).await.unwrap().unwrap();
        assert_eq!(next.status_index, 3);
        assert_eq!(tx.card_states(now()).await.unwrap().0, 4, "how many there ever were");
    }
}
