use crate::declarations::answers;
use crate::scene::{may, own, person, stranger, venue};
use crate::support::{now, on_both};
use domain::card::{CARD_VALIDITY, CardKind, CardState, CardStep};
use domain::ids::{CardId, HolderId};
use domain::phone::Phone;
use domain::role::{Actor, Authorized, HolderScope, RecordScans, RevokeCard, authorize};
use domain::unit::UnitPath;
use std::time::Duration;
use store::cards::Validity;

fn may_revoke(holder: HolderId) -> Authorized<RevokeCard, HolderScope> {
    let scope = HolderScope {
        holder,
        unit: UnitPath(Vec::new()),
    };
    authorize(&Actor::Holder(holder), scope).unwrap()
}

on_both! {
    async fn cards_are_numbered_listed_and_revoked(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let two = person(&mut tx, "Trần Thị Mẫu", "0905 000 102").await;
        let first = tx.issue_own_card(&own(one), CardKind::Electronic, now()).await.unwrap().unwrap();
        let second = tx.issue_own_card(&own(two), CardKind::Paper, now()).await.unwrap().unwrap();
        assert_eq!((first.status_index, second.status_index), (0, 1));
        assert_eq!(first.expires, first.issued.plus(CARD_VALIDITY));
        assert_eq!(tx.own_cards(&own(one)).await.unwrap(), std::slice::from_ref(&first));
        assert_eq!(tx.own_cards(&own(two)).await.unwrap()[0].id, second.id);
        assert_eq!(tx.card_scope(first.id).await.unwrap().unwrap().holder, one);
        assert!(tx.card_scope(CardId([7; 10])).await.unwrap().is_none());
        assert_eq!(tx.cards_version().await.unwrap(), (2, 0));
        let market = venue(&mut tx, two, "Chợ Bến Thử").await;
        let gate = may::<RecordScans>(&mut tx, two, market).await;
        let valid = Validity { issued: first.issued, expires: first.expires };
        assert_eq!(tx.typed_card(&gate, first.id).await.unwrap(), Some(valid));
        assert_eq!(tx.typed_card(&gate, CardId([7; 10])).await.unwrap(), None);
        // The scope is in the statement: nobody revokes another's card with leave for the own.
        assert!(!tx.revoke_card(&may_revoke(two), first.id, now()).await.unwrap());
        assert!(tx.revoke_card(&may_revoke(one), first.id, now()).await.unwrap());
        assert!(!tx.revoke_card(&may_revoke(one), first.id, now()).await.unwrap());
        assert_eq!(tx.cards_version().await.unwrap(), (3, 1), "ended once");
        let changed = tx.cards_changed_since(2).await.unwrap();
        assert_eq!(changed, (2, vec![(0, CardState::Revoked)]), "what lists must say since");
        assert_eq!(tx.cards_changed_since(3).await.unwrap(), (2, vec![]));
        assert_eq!(tx.free_places(4).await.unwrap(), [2, 3]);
        let states = tx.card_states(now()).await.unwrap();
        assert_eq!(states, (2, vec![(0, CardState::Revoked)]));
        let states = tx.card_states(first.expires).await.unwrap();
        assert_eq!(states, (2, vec![]));
    }
}

on_both! {
    async fn a_card_is_asked_about_unless_its_holder_is_proven_and_declared_nothing_odd(fresh: Fresh) {
        let day = Duration::from_secs(86_400);
        let mut tx = fresh.store.write().await.unwrap();
        let mut everyone = Vec::new();
        for n in 0..7 {
            everyone.push(person(&mut tx, "Nguyễn Văn Thử", &format!("0905 000 10{n}")).await);
        }
        everyone.push(stranger(&mut tx, "trình duyệt").await);
        for holder in &everyone {
            tx.issue_own_card(&own(*holder), CardKind::Electronic, now()).await.unwrap().unwrap();
        }
        let [clear, silent, sick, well_again, longer, past, lost, unproven] = everyone[..] else { panic!() };
        for (who, symptoms, at, until) in [
            (clear, None, now(), now().plus(day)),
            (sick, None, now().minus(day), now().plus(day)),
            (sick, Some("ho"), now(), now().plus(day)),
            (well_again, Some("ho"), now().minus(day), now().plus(day)),
            (well_again, None, now(), now().plus(day)),
            // A later one that was shorter has ended; the earlier one holds on.
            (longer, None, now().minus(day * 2), now().plus(day)),
            (longer, None, now().minus(day), now()),
            (past, None, now().minus(day * 2), now()),
            // What the later one said is still asked about, as long as the earlier one holds.
            (past, Some("ho"), now().minus(day), now()),
            (lost, None, now(), now().plus(day)),
            (unproven, None, now(), now().plus(day)),
        ] {
            tx.declare(&own(who), &answers(symptoms), until, at).await.unwrap();
        }
        let card = tx.own_cards(&own(lost)).await.unwrap()[0].id;
        assert!(tx.revoke_card(&may_revoke(lost), card, now()).await.unwrap());
        let asked = async |tx: &mut store::Tx, at| {
            let mut asked = tx.cards_to_ask(at).await.unwrap();
            asked.sort_unstable();
            asked
        };
        // Those who lost theirs are refused, not asked.
        assert_eq!(asked(&mut tx, now()).await, [1, 2, 5, 7], "{silent:?}");
        // Half a day ago: those who have declared since had not.
        assert_eq!(asked(&mut tx, now().minus(day / 2)).await, [0, 1, 3, 5, 7]);
        assert_eq!(asked(&mut tx, now().plus(day)).await, [0, 1, 2, 3, 4, 5, 7]);
        tx.declare(&own(past), &answers(None), now().plus(day), now().minus(day * 3)).await.unwrap();
        assert_eq!(asked(&mut tx, now()).await, [1, 2, 5, 7], "in force again, and there is something to ask");
        tx.declare(&own(past), &answers(None), now().plus(day), now()).await.unwrap();
        assert_eq!(asked(&mut tx, now()).await, [1, 2, 7]);
        assert!(asked(&mut tx, now().plus(CARD_VALIDITY)).await.is_empty());
    }
}

on_both! {
    async fn a_lost_phone_stops_every_card_of_the_records_that_name_it(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let lost = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let other = person(&mut tx, "Trần Thị Mẫu", "0905 000 102").await;
        tx.issue_own_card(&own(lost), CardKind::Electronic, now()).await.unwrap().unwrap();
        tx.issue_own_card(&own(other), CardKind::Electronic, now()).await.unwrap().unwrap();
        let phone = Phone::parse("0905 000 101").unwrap();
        let named = tx.holders_naming_phone(&phone).await.unwrap();
        assert_eq!(named.iter().map(|scope| scope.holder).collect::<Vec<_>>(), [lost]);
        let nobody = Phone::parse("0905 000 109").unwrap();
        assert!(tx.holders_naming_phone(&nobody).await.unwrap().is_empty());
        let hour = Duration::from_secs(3600);
        let (who, times) = (may_revoke(lost), (now().minus(hour), now()));
        assert_eq!(tx.report_lost(&who, CardStep::Suspension, times).await.unwrap(), 1);
        assert_eq!(tx.own_cards(&own(lost)).await.unwrap()[0].state, CardState::Suspended);
        assert_eq!(tx.own_cards(&own(other)).await.unwrap()[0].state, CardState::Active);
        // Once, however often it is said; and told the same.
        assert_eq!(tx.report_lost(&who, CardStep::Suspension, times).await.unwrap(), 1);
        let later = (now().plus(hour), now().plus(hour));
        assert_eq!(tx.report_lost(&who, CardStep::Revocation, later).await.unwrap(), 1);
        assert_eq!(tx.own_cards(&own(lost)).await.unwrap()[0].state, CardState::Revoked);
        assert_eq!(tx.report_lost(&who, CardStep::Revocation, (later.0.plus(hour), later.1.plus(hour))).await.unwrap(), 0);
    }
}
