//! What two records have and one person has once, and what becomes of it when they are two again.

use crate::matches::{BARE, PROVINCE, deciding, find, office, pair, waiting};
use crate::merges::{join, joining, keep, undo};
use crate::registry::{HERE, THU, clerk, registered, serving};
use crate::scene::{own, path, person};
use crate::support::{now, on_both};
use domain::birth::Birth;
use domain::card::{CardKind, CardState, CardStep, StepReason};
use domain::holder::{HolderDetails, PersonName};
use domain::matching::{MatchState, OWN_UNDOING, SignInPhones};
use domain::phone::Phone;
use domain::request::{Asked, RefusalReason, RequestState};
use domain::role::{Actor, DecideMatch, JoinOwnRecords, authorize};
use std::time::Duration;
use store::holders::NewHolder;
use store::merges::{Choice, Merged, Undone};

fn wish() -> Asked {
    Asked::Card {
        kind: CardKind::Plastic,
        pickup: None,
    }
}

on_both! {
    async fn of_two_requests_of_a_kind_one_is_answered(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = registered(&mut tx, HERE, THU).await;
        let other = registered(&mut tx, HERE, BARE).await;
        for who in [one, other] {
            tx.ask_office(&own(who), &wish(), now()).await.unwrap().unwrap();
        }
        let id = join(&mut tx, one, other).await;
        let all = tx.own_requests(&own(one)).await.unwrap();
        let open = all.iter().filter(|one| one.state == RequestState::Open).count();
        let closed = all.iter().find(|one| one.state == RequestState::Refused).unwrap();
        assert_eq!((all.len(), open, closed.reason), (2, 1, RefusalReason::Twice));
        let cards = tx.own_cards(&own(one)).await.unwrap();
        let state = |id| cards.iter().find(|card| Some(card.id) == id).unwrap().state;
        assert_eq!(state(closed.card), CardState::Revoked);
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        for who in [one, other] {
            let asked = tx.own_requests(&own(who)).await.unwrap();
            assert_eq!((asked.len(), asked[0].state, asked[0].reason), (1, RequestState::Open, RefusalReason::None));
            assert_eq!(tx.own_cards(&own(who)).await.unwrap()[0].state, CardState::Requested);
        }
    }
}

on_both! {
    async fn every_phone_of_a_person_is_seen_and_comes_back(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let office_made = registered(&mut tx, HERE, BARE).await;
        let phones = ["0905 000 701", "0905 000 702"].map(|text| Phone::parse(text).unwrap());
        let first = person(&mut tx, "Nguyen Van Thu", "0905 000 701").await;
        let second = person(&mut tx, "Nguyen Van Thu", "0905 000 702").await;
        let chain = join(&mut tx, first, second).await;
        // Only the phone of the office's record would sign in, and it has none: both others do no more.
        let who = joining(&mut tx, office_made, first).await;
        tx.propose_own(&who, now()).await.unwrap();
        let choice = Choice { phones: SignInPhones::Kept, ..keep(office_made) };
        let Merged::Done(id) = tx.merge(&who, &choice, now()).await.unwrap() else { panic!() };
        for phone in &phones {
            assert!(tx.holder_of_phone(phone).await.unwrap().is_none(), "{}", phone.masked());
        }
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        for phone in &phones {
            assert_eq!(tx.holder_of_phone(phone).await.unwrap().unwrap().holder, first);
        }
        // The desk asks about both.
        join(&mut tx, office_made, first).await;
        let who = serving(&mut tx, HERE, office_made).await;
        assert!(tx.signs_in_with_other(&who, Some("+84905000701")).await.unwrap());
        tx.end_sign_in(&who, Some("+84905000701"), now()).await.unwrap();
        assert!(!tx.signs_in_with_other(&who, Some("+84905000701")).await.unwrap());
        assert!(tx.holder_of_phone(&phones[1]).await.unwrap().is_none());
        assert!(tx.merge_scope(chain).await.unwrap().is_some());
    }
}

on_both! {
    async fn a_pair_knows_the_phones_of_records_merged_before(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = registered(&mut tx, HERE, THU).await;
        let by_phone = person(&mut tx, "Nguyen Van Thu", "0905 000 701").await;
        join(&mut tx, one, by_phone).await;
        let other = registered(&mut tx, HERE, BARE).await;
        tx.commit().await.unwrap();
        find(&fresh).await;
        let mut tx = fresh.store.read().await.unwrap();
        let found = tx.match_of(&office(HERE), pair(one, other), now()).await.unwrap().unwrap();
        let phone = |id| found.records.iter().find(|record| record.holder.id == id).unwrap().phone;
        assert!(phone(one) && !phone(other));
    }
}

on_both! {
    async fn what_was_kept_apart_is_opened_again_but_not_joined_by_a_code(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let other = registered(&mut tx, HERE, BARE).await;
        let pair = pair(one, other);
        let me = joining(&mut tx, one, other).await;
        assert!(!tx.propose_own(&me, now()).await.unwrap().unwrap().apart);
        let who = deciding(&mut tx, HERE, pair).await.unwrap();
        assert!(tx.keep_apart(&who, now()).await.unwrap());
        assert!(tx.propose_own(&me, now()).await.unwrap().unwrap().apart, "an office looks again");
        tx.commit().await.unwrap();
        assert_eq!(waiting(&fresh, HERE, MatchState::Open).await, [pair]);
        let mut tx = fresh.store.write().await.unwrap();
        assert!(!tx.open_apart(&who).await.unwrap(), "it waits");
        assert!(tx.keep_apart(&who, now()).await.unwrap());
        assert!(tx.open_apart(&who).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(waiting(&fresh, HERE, MatchState::Open).await, [pair]);
    }
}

on_both! {
    async fn who_holds_either_phone_undoes_what_a_code_joined(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let attacker = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let victim = person(&mut tx, "Nguyễn Văn Thử", "0905 000 102").await;
        let id = join(&mut tx, attacker, victim).await;
        let phone = Phone::parse("0905 000 102").unwrap();
        let late = now().plus(OWN_UNDOING).plus(Duration::from_secs(1));
        assert_eq!(tx.joined_by_phone(&phone, late.minus(OWN_UNDOING)).await.unwrap(), None);
        let nobody = Phone::parse("0905 000 109").unwrap();
        assert_eq!(tx.joined_by_phone(&nobody, now()).await.unwrap(), None);
        assert_eq!(tx.joined_by_phone(&phone, now()).await.unwrap(), Some((id, victim)));
        let me = joining(&mut tx, victim, attacker).await;
        let third = authorize::<JoinOwnRecords, _>(&Actor::Holder(attacker), me.scope().clone());
        assert!(third.is_err(), "by one's own record alone");
        assert_eq!(tx.undo_merge(&me, id, now()).await.unwrap(), Undone::Done);
        assert_eq!(tx.holder_of_phone(&phone).await.unwrap().unwrap().holder, victim);
        assert_eq!(tx.joined_by_phone(&phone, now()).await.unwrap(), None);
        // What an office decided is for an office to undo.
        let who = joining(&mut tx, attacker, victim).await;
        tx.propose_own(&who, now()).await.unwrap();
        let scope = tx.pair_scope(pair(attacker, victim)).await.unwrap().unwrap();
        assert!(authorize::<DecideMatch, _>(&clerk(PROVINCE), scope).is_err(), "neither says where they live");
    }
}

on_both! {
    async fn a_card_that_was_lost_since_stays_lost_when_a_merge_is_undone(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let kept = registered(&mut tx, HERE, THU).await;
        let gone = registered(&mut tx, HERE, BARE).await;
        for who in [kept, gone] {
            let who = serving(&mut tx, HERE, who).await;
            tx.issue_card(&who, (CardKind::Plastic, true), None, now()).await.unwrap();
        }
        let id = join(&mut tx, kept, gone).await;
        let who = serving(&mut tx, HERE, kept).await;
        let cards = tx.served_cards(&who).await.unwrap();
        let stilled = cards.iter().find(|card| card.state == CardState::Suspended).unwrap().id;
        let lost = (CardStep::Suspension, StepReason::Lost);
        let done = tx.change_card(&who, stilled, lost.0, lost.1, now()).await.unwrap();
        assert_eq!(done, Some(CardState::Suspended));
        let again = tx.change_card(&who, stilled, lost.0, lost.1, now()).await.unwrap();
        assert_eq!(again, None, "once is enough");
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        assert_eq!(tx.own_cards(&own(gone)).await.unwrap()[0].state, CardState::Suspended);
    }
}

on_both! {
    async fn who_lives_somewhere_in_the_province_is_the_communes_to_decide(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = registered(&mut tx, HERE, THU).await;
        let phone = Phone::parse("0905 000 417").unwrap();
        // The number is the same: a phone alone would not do.
        let details = HolderDetails {
            id_number: Some("046087004417".to_owned()),
            birth: Birth::typed("18/01/1987"),
            ..HolderDetails::named(PersonName::parse("NGUYEN VAN THU").unwrap(), Some(&phone))
        };
        let new = NewHolder { details: &details, phone: Some(&phone), browser: None, verified: true, unit: &path(PROVINCE) };
        let vague = tx.add_holder(&new, now()).await.unwrap();
        tx.commit().await.unwrap();
        find(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        let found = tx.match_of(&office(HERE), pair(one, vague), now()).await.unwrap().unwrap();
        assert!(found.records.iter().all(|record| record.here));
        let who = deciding(&mut tx, HERE, pair(one, vague)).await.unwrap();
        assert!(matches!(tx.merge(&who, &keep(vague), now()).await.unwrap(), Merged::Done(_)));
        assert_eq!(tx.holder_scope(one).await.unwrap().unwrap().unit, path(HERE), "the commune stays known");
    }
}
