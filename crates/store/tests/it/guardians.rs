//! Whoever typed a name first has no say in a record that papers prove.

use crate::matches::{deciding, find, pair};
use crate::members::{added, care, own};
use crate::merges::{join, keep, undo};
use crate::registry::{HERE, registered, serving};
use crate::scene::{path, person};
use crate::support::{now, on_both};
use domain::card::{CardKind, CardState, StepReason};
use domain::member::Relation;
use domain::phone::Phone;
use store::members::{Entrusted, Freed};
use store::merges::{Choice, Merged, Undone};

const THUY: [&str; 4] = ["046319000417", "Nguyễn Thị Thùy", "18/01/2019", ""];

on_both! {
    async fn a_tie_that_the_guardian_made_alone_ends_when_an_office_sees_the_person(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let stranger = person(&mut tx, "Lê Văn Nháp", "0905 000 102").await;
        let thuy = added(&mut tx, stranger, THUY[1]).await;
        let may = care(&mut tx, stranger, thuy).await;
        let card = tx.member_card(&may, now()).await.unwrap().unwrap();
        let office = serving(&mut tx, HERE, thuy).await;
        let named = tx.served_guardians(&office).await.unwrap();
        assert_eq!((named[0].holder, named[0].name.as_str(), named[0].alone), (stranger, "Lê Văn Nháp", true));
        let said = crate::registry::said(THUY);
        tx.update_served(&office, &said, &[THUY[0]], &path(HERE), now()).await.unwrap();
        assert!(tx.member_scope(stranger, thuy).await.unwrap().is_none());
        let cards = tx.served_cards(&office).await.unwrap();
        assert_eq!((cards[0].id, cards[0].state), (card.id, CardState::Revoked), "he shows her code no more");
        // Leave that was given before is none now.
        let phone = Phone::parse("0905 000 199").unwrap();
        assert_eq!(tx.free_member(&may, &phone).await.unwrap(), Freed::Office);
        assert!(tx.holder_of_phone(&phone).await.unwrap().is_none());
    }
}

on_both! {
    async fn undoing_a_merge_brings_no_say_back_over_whom_an_office_has_seen_since(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let stranger = person(&mut tx, "Lê Văn Nháp", "0905 000 102").await;
        let thuy = added(&mut tx, stranger, THUY[1]).await;
        let by_phone = person(&mut tx, THUY[1], "0905 000 199").await;
        let id = join(&mut tx, thuy, by_phone).await;
        assert!(tx.member_scope(stranger, thuy).await.unwrap().is_none());
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        assert!(tx.member_scope(stranger, thuy).await.unwrap().is_some());
        let id = join(&mut tx, thuy, by_phone).await;
        let office = serving(&mut tx, HERE, thuy).await;
        let said = crate::registry::said(THUY);
        tx.update_served(&office, &said, &[THUY[0]], &path(HERE), now()).await.unwrap();
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        assert!(tx.known_to_office(&own(thuy)).await.unwrap());
        assert!(tx.member_scope(stranger, thuy).await.unwrap().is_none());
    }
}

on_both! {
    async fn a_clerk_lets_a_guardian_go_on_who_gives_the_record_to_no_phone(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let mother = person(&mut tx, "Trần Thị Mẫu", "0905 000 101").await;
        let thuy = added(&mut tx, mother, THUY[1]).await;
        let may = care(&mut tx, mother, thuy).await;
        assert!(tx.may_free(&may).await.unwrap());
        let office = serving(&mut tx, HERE, thuy).await;
        assert_eq!(tx.confirm_guardians(&office).await.unwrap(), 1);
        assert_eq!(tx.confirm_guardians(&office).await.unwrap(), 0);
        let said = crate::registry::said(THUY);
        tx.update_served(&office, &said, &[THUY[0]], &path(HERE), now()).await.unwrap();
        assert!(tx.member_scope(mother, thuy).await.unwrap().is_some());
        assert!(!tx.may_free(&may).await.unwrap());
        let phone = Phone::parse("0905 000 199").unwrap();
        assert_eq!(tx.free_member(&may, &phone).await.unwrap(), Freed::Office);
        let card = tx.member_card(&may, now()).await.unwrap().unwrap();
        assert!(tx.end_guardian(&office, mother, now()).await.unwrap());
        assert!(!tx.end_guardian(&office, mother, now()).await.unwrap());
        assert!(tx.members(&own(mother)).await.unwrap().is_empty());
        let cards = tx.served_cards(&office).await.unwrap();
        assert_eq!((cards[0].id, cards[0].state), (card.id, CardState::Revoked));
    }
}

on_both! {
    async fn whom_an_office_has_seen_without_a_number_it_has_seen(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let mother = person(&mut tx, "Trần Thị Mẫu", "0905 000 101").await;
        let thuy = added(&mut tx, mother, THUY[1]).await;
        let may = care(&mut tx, mother, thuy).await;
        let office = serving(&mut tx, HERE, thuy).await;
        let said = crate::registry::said(["", THUY[1], THUY[2], ""]);
        tx.confirm_guardians(&office).await.unwrap();
        tx.update_unseen(&office, &said, &path(HERE), now()).await.unwrap();
        assert!(tx.may_free(&may).await.unwrap(), "an address from afar is no look");
        tx.update_served(&office, &said, &[], &path(HERE), now()).await.unwrap();
        assert!(!tx.may_free(&may).await.unwrap());
        let card = tx.member_card(&may, now()).await.unwrap().unwrap();
        let phone = Phone::parse("0905 000 199").unwrap();
        assert_eq!(tx.free_member(&may, &phone).await.unwrap(), Freed::Office);
        tx.remove_member(&may, now()).await.unwrap();
        let cards = tx.served_cards(&office).await.unwrap();
        assert_eq!((cards[0].id, cards[0].state), (card.id, CardState::Active));
        assert!(tx.known_to_office(&own(thuy)).await.unwrap());
        let registered = registered(&mut tx, HERE, ["", "Lê Văn Thử", "1950", ""]).await;
        assert!(tx.known_to_office(&own(registered)).await.unwrap());
        // Who is seen under one record is seen under that which it becomes, and as long as there is one.
        let by_phone = person(&mut tx, "Lê Văn Thử", "0905 000 103").await;
        let id = join(&mut tx, by_phone, registered).await;
        assert!(tx.known_to_office(&own(by_phone)).await.unwrap());
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        assert!(!tx.known_to_office(&own(by_phone)).await.unwrap());
        join(&mut tx, by_phone, registered).await;
        tx.erase_merges(now().plus(std::time::Duration::from_secs(1))).await.unwrap();
        assert!(tx.holder_scope(registered).await.unwrap().is_none());
        assert!(tx.known_to_office(&own(by_phone)).await.unwrap());
    }
}

on_both! {
    async fn whom_nobody_saw_is_registered_unproven_and_the_care_is_asked_about(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let father = person(&mut tx, "Lê Văn Nháp", "0905 000 102").await;
        let desk = crate::registry::desk(HERE);
        let thuy = tx.register_unseen(&desk, &crate::registry::said(THUY), now()).await.unwrap();
        assert!(!tx.known_to_office(&own(thuy)).await.unwrap());
        let office = serving(&mut tx, HERE, thuy).await;
        let given = tx.give_guardian_unseen(&office, father, Relation::Child, now()).await.unwrap();
        assert_eq!(given, Entrusted::Done);
        assert!(tx.served_guardians(&office).await.unwrap()[0].alone);
        registered(&mut tx, HERE, THUY).await;
    }
}

on_both! {
    async fn an_office_gives_nobody_with_a_phone_into_care(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let stranger = person(&mut tx, "Lê Văn Nháp", "0905 000 102").await;
        let office_made = registered(&mut tx, HERE, ["", "Trần Thị Mẫu", "1987", ""]).await;
        let by_phone = person(&mut tx, "Trần Thị Mẫu", "0905 000 101").await;
        let who = serving(&mut tx, HERE, office_made).await;
        join(&mut tx, office_made, by_phone).await;
        let given = tx.give_guardian(&who, stranger, Relation::Parent, now()).await.unwrap();
        assert_eq!(given, Entrusted::HasPhone, "though the phone is of the record that was merged");
        assert!(tx.members(&own(stranger)).await.unwrap().is_empty());
    }
}

/// A record with papers, and one that a stranger typed and shows a code of; merged into the first.
async fn merged(
    fresh: &crate::support::Fresh,
    papers: [&str; 4],
    stay: bool,
) -> (
    [domain::ids::HolderId; 3],
    domain::ids::MergeId,
    domain::ids::CardId,
) {
    let mut tx = fresh.store.write().await.unwrap();
    let stranger = person(&mut tx, "Lê Văn Nháp", "0905 000 102").await;
    let typed = added(&mut tx, stranger, papers[1]).await;
    let may = care(&mut tx, stranger, typed).await;
    let card = tx.member_card(&may, now()).await.unwrap().unwrap().id;
    let kept = match papers[0].is_empty() {
        true => {
            let said = crate::registry::said(papers);
            tx.register_unseen(&crate::registry::desk(HERE), &said, now())
                .await
                .unwrap()
        }
        false => registered(&mut tx, HERE, papers).await,
    };
    tx.commit().await.unwrap();
    find(fresh).await;
    let mut tx = fresh.store.write().await.unwrap();
    let who = deciding(&mut tx, HERE, pair(kept, typed)).await.unwrap();
    let choice = Choice {
        guardians_stay: stay,
        ..keep(kept)
    };
    let Merged::Done(id) = tx.merge(&who, &choice, now()).await.unwrap() else {
        panic!()
    };
    tx.commit().await.unwrap();
    ([kept, typed, stranger], id, card)
}

on_both! {
    async fn a_merge_ends_what_a_guardian_made_alone_and_undoing_brings_it_back(fresh: Fresh) {
        let ([kept, typed, stranger], id, card) = merged(&fresh, THUY, false).await;
        let mut tx = fresh.store.write().await.unwrap();
        assert!(tx.member_scope(stranger, kept).await.unwrap().is_none());
        assert!(tx.member_scope(stranger, typed).await.unwrap().is_none());
        let state = |cards: Vec<domain::card::Card>| cards.into_iter().find(|one| one.id == card).unwrap().state;
        let office = serving(&mut tx, HERE, kept).await;
        assert_eq!(state(tx.served_cards(&office).await.unwrap()), CardState::Suspended);
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        let may = care(&mut tx, stranger, typed).await;
        assert_eq!(state(tx.member_cards(&may).await.unwrap()), CardState::Active);
        let office = serving(&mut tx, HERE, typed).await;
        let named = tx.served_guardians(&office).await.unwrap().remove(0);
        assert_eq!((named.holder, named.relation, named.alone), (stranger, Relation::Child, true));
        assert!(tx.member_scope(stranger, kept).await.unwrap().is_none());
    }
}

on_both! {
    async fn a_phone_that_came_by_care_goes_with_it_when_a_merge_is_undone(fresh: Fresh) {
        // Nobody has seen the kept record's person, and the clerk lets the guardian go on.
        let ([kept, typed, stranger], id, _) = merged(&fresh, ["", THUY[1], THUY[2], ""], true).await;
        let mut tx = fresh.store.write().await.unwrap();
        let may = care(&mut tx, stranger, typed).await;
        let phone = Phone::parse("0905 000 199").unwrap();
        assert_eq!(tx.free_member(&may, &phone).await.unwrap(), Freed::Done);
        assert_eq!(tx.holder_of_phone(&phone).await.unwrap().unwrap().holder, kept);
        let made = tx.issue_own_card(&own(kept), CardKind::Electronic, now()).await.unwrap().unwrap();
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        assert_eq!(tx.holder_of_phone(&phone).await.unwrap().unwrap().holder, typed);
        assert_eq!(tx.own_details(&own(kept)).await.unwrap().unwrap().details.phone, None);
        let cards = tx.own_cards(&own(kept)).await.unwrap();
        let made = cards.iter().find(|one| one.id == made.id).unwrap();
        assert_eq!(made.state, CardState::Revoked, "the code that was made on that phone");
        let office = serving(&mut tx, HERE, kept).await;
        let last = tx.card_steps(&office, made.id).await.unwrap().pop().unwrap();
        assert_eq!(last.reason, StepReason::Merged);
    }
}

on_both! {
    async fn who_cares_for_both_records_cares_for_one_person(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let mother = person(&mut tx, "Trần Thị Mẫu", "0905 000 101").await;
        let one = added(&mut tx, mother, "Nguyễn Thị Thử").await;
        let other = added(&mut tx, mother, "Nguyễn Thị Thảo").await;
        for child in [one, other] {
            let office = serving(&mut tx, HERE, child).await;
            tx.confirm_guardians(&office).await.unwrap();
            let may = care(&mut tx, mother, child).await;
            tx.member_card(&may, now()).await.unwrap().unwrap();
        }
        let id = join(&mut tx, one, other).await;
        let family = tx.members(&own(mother)).await.unwrap();
        assert_eq!(family.iter().map(|one| one.holder.id).collect::<Vec<_>>(), [one]);
        // An address of the other record leads to the one that it is now, whose card is in use.
        let may = care(&mut tx, mother, other).await;
        assert_eq!(may.scope().member, one);
        assert_eq!(tx.member_card(&may, now()).await.unwrap().unwrap().holder, one);
        // Whatever came to be on the other record meanwhile is no hindrance.
        tx.issue_own_card(&own(other), CardKind::Electronic, now()).await.unwrap().unwrap();
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        let family = tx.members(&own(mother)).await.unwrap();
        assert_eq!(family.len(), 2);
        for child in [one, other] {
            let may = care(&mut tx, mother, child).await;
            let cards = tx.member_cards(&may).await.unwrap();
            let active = cards.iter().filter(|card| card.state == CardState::Active).count();
            assert_eq!((may.scope().member, active), (child, 1));
        }
    }
}
