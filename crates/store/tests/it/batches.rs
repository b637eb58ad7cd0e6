//! Batches of cards: what waits, what was printed, and what becomes of all of them.

use crate::scene::{own, path};
use crate::support::{now, on_both};
use domain::audit::Deed;
use domain::birth::Birth;
use domain::card::{CardKind, CardLayout, CardState, CardStep, StepReason};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{BatchId, CardId, HolderId, OfficerId};
use domain::role::{
    Actor, Authorized, HolderScope, OfficerRole, PrintCards, Purpose, RegisterHolder, ServeHolder,
    UnitScope, authorize,
};
use domain::unit::UnitCode;
use std::time::Duration;
use store::batches::{AT_ONCE, Batch};
use store::{Constraint, Error, Tx, new_id};

const HERE: &[&str] = &["VN", "46", "19753"];
const ELSEWHERE: &[&str] = &["VN", "46", "19774"];
const DAY: Duration = Duration::from_secs(86_400);

fn clerk(unit: &[&str]) -> Actor {
    Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::CommuneOfficer,
        unit: UnitCode::parse(unit[unit.len() - 1]).unwrap(),
    }
}

fn printing(unit: &[&str]) -> Authorized<PrintCards, UnitScope> {
    authorize(&clerk(unit), UnitScope { path: path(unit) }).unwrap()
}

async fn serving(
    tx: &mut Tx,
    unit: &[&str],
    holder: HolderId,
) -> Authorized<ServeHolder, HolderScope> {
    let scope = tx.holder_scope(holder).await.unwrap().unwrap();
    authorize(&clerk(unit), scope).unwrap()
}

async fn registered(tx: &mut Tx, unit: &[&str], name: &str) -> HolderId {
    let desk: Authorized<RegisterHolder, UnitScope> =
        authorize(&clerk(unit), UnitScope { path: path(unit) }).unwrap();
    let details = HolderDetails {
        birth: Some(Birth::in_year(1987)),
        ..HolderDetails::named(PersonName::parse(name).unwrap(), None)
    };
    tx.register_holder(&desk, &details, now()).await.unwrap()
}

/// Somebody whose card of that kind waits to be printed.
async fn waiting(tx: &mut Tx, unit: &[&str], kind: CardKind) -> (HolderId, CardId) {
    let holder = registered(tx, unit, "Nguyễn Văn Thử").await;
    let who = serving(tx, unit, holder).await;
    let card = tx.issue_card(&who, (kind, false), None, now()).await;
    (holder, card.unwrap().id)
}

async fn made(tx: &mut Tx, unit: &[&str]) -> Batch {
    let (kind, layout) = (CardKind::Plastic, CardLayout::Plastic);
    let made = tx.add_batch(&printing(unit), kind, layout, now()).await;
    made.unwrap().expect("a card waits")
}

async fn states(tx: &mut Tx, unit: &[&str], batch: BatchId) -> Vec<CardState> {
    let all = tx.batch_serials(&printing(unit), batch).await.unwrap();
    all.into_iter().map(|(_, state)| state).collect()
}

async fn steps(
    tx: &mut Tx,
    unit: &[&str],
    holder: HolderId,
    card: CardId,
) -> Vec<(CardStep, StepReason)> {
    let who = serving(tx, unit, holder).await;
    let lines = tx.card_steps(&who, card).await.unwrap();
    assert!(lines.iter().all(|line| line.actor.starts_with("officer:")));
    lines
        .into_iter()
        .map(|line| (line.step, line.reason))
        .collect()
}

on_both! {
    async fn a_batch_is_what_waits_in_the_unit(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let here = [
            waiting(&mut tx, HERE, CardKind::Plastic).await,
            waiting(&mut tx, HERE, CardKind::Plastic).await,
        ];
        waiting(&mut tx, HERE, CardKind::Paper).await;
        let there = waiting(&mut tx, ELSEWHERE, CardKind::Plastic).await;
        let count = tx.cards_waiting(&printing(HERE), now()).await.unwrap();
        assert_eq!(count, [(CardKind::Paper, 1), (CardKind::Plastic, 2)]);
        let province = tx.cards_waiting(&printing(&HERE[..2]), now()).await.unwrap();
        assert_eq!(province, [(CardKind::Paper, 1), (CardKind::Plastic, 3)]);
        let version = tx.cards_version().await.unwrap();
        let batch = made(&mut tx, HERE).await;
        assert_eq!((batch.name().as_str(), batch.cards), ("1/2026", 2));
        assert_eq!(states(&mut tx, HERE, batch.id).await, [CardState::Printed; 2]);
        assert_ne!(tx.cards_version().await.unwrap(), version, "lists for gates say it");
        assert_eq!(steps(&mut tx, HERE, here[0].0, here[0].1).await, [
            (CardStep::Verification, StepReason::None), (CardStep::Printing, StepReason::None),
        ]);
        let again = tx.add_batch(&printing(HERE), CardKind::Plastic, CardLayout::Sheet, now()).await;
        assert_eq!(again.unwrap(), None, "nothing waits any more");
        let later = now().plus(DAY);
        let other = tx.add_batch(&printing(ELSEWHERE), CardKind::Plastic, CardLayout::Sheet, later).await;
        let other = other.unwrap().unwrap();
        assert_eq!(other.name(), "1/2026", "each unit counts its own");
        let part = tx.batch_part(&printing(HERE), batch.id, 1..1001).await.unwrap();
        let found: Vec<_> = part.iter().map(|one| (one.place, one.holder.id, one.card.id)).collect();
        assert_eq!(found, [(1, here[0].0, here[0].1), (2, here[1].0, here[1].1)]);
        assert_eq!(part[0].holder.details.name.as_str(), "Nguyễn Văn Thử");
        // Nothing of it is to be had elsewhere.
        assert_eq!(tx.batch(&printing(ELSEWHERE), batch.id).await.unwrap(), None);
        assert!(tx.batch_part(&printing(ELSEWHERE), batch.id, 1..1001).await.unwrap().is_empty());
        assert!(states(&mut tx, ELSEWHERE, batch.id).await.is_empty());
        assert_eq!(tx.batches(&printing(ELSEWHERE), None, 9).await.unwrap(), std::slice::from_ref(&other));
        let all = tx.batches(&printing(&HERE[..2]), None, 9).await.unwrap();
        assert_eq!(all, [other.clone(), batch.clone()]);
        assert_eq!(tx.batches(&printing(&HERE[..2]), Some(other.id), 9).await.unwrap(), [batch]);
        assert!(tx.hand_over_batch(&printing(HERE), other.id, 1..2, now()).await.unwrap().is_empty());
        assert!(tx.revoke_batch(&printing(HERE), other.id, 1..2, now()).await.unwrap().is_empty());
        assert_eq!(states(&mut tx, ELSEWHERE, other.id).await, [CardState::Printed], "{there:?}");
    }
}

on_both! {
    async fn a_person_has_one_card_of_a_kind_that_waits(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let (holder, _) = waiting(&mut tx, HERE, CardKind::Plastic).await;
        let who = serving(&mut tx, HERE, holder).await;
        let second = tx.issue_card(&who, (CardKind::Plastic, false), None, now()).await;
        assert!(matches!(second, Err(Error::Conflict(Constraint::CardInUse))), "{second:?}");
    }
}

on_both! {
    async fn handing_over_replaces_the_card_in_use(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let holder = registered(&mut tx, HERE, "Trần Thị Mẫu").await;
        let who = serving(&mut tx, HERE, holder).await;
        let old = tx.issue_card(&who, (CardKind::Plastic, true), None, now()).await.unwrap().id;
        let new = tx.issue_card(&who, (CardKind::Plastic, false), None, now()).await.unwrap().id;
        let (_, other) = waiting(&mut tx, HERE, CardKind::Plastic).await;
        let batch = made(&mut tx, HERE).await;
        let handed = tx.hand_over_batch(&printing(HERE), batch.id, 1..2, now()).await.unwrap();
        assert_eq!(handed, [holder]);
        assert_eq!(states(&mut tx, HERE, batch.id).await, [CardState::Active, CardState::Printed], "{other:?}");
        let cards = tx.served_cards(&who).await.unwrap();
        let of = |id| cards.iter().find(|card| card.id == id).unwrap().state;
        assert_eq!((of(old), of(new)), (CardState::Replaced, CardState::Active));
        assert_eq!(steps(&mut tx, HERE, holder, old).await.last(), Some(&(CardStep::Replacement, StepReason::None)));
        assert_eq!(steps(&mut tx, HERE, holder, new).await.last(), Some(&(CardStep::HandOver, StepReason::None)));
        // All of it, and once more: each is handed over once.
        let all = tx.hand_over_batch(&printing(HERE), batch.id, 1..3, now()).await.unwrap();
        assert_eq!(all.len(), 1);
        assert!(tx.hand_over_batch(&printing(HERE), batch.id, 1..3, now()).await.unwrap().is_empty());
        assert_eq!(steps(&mut tx, HERE, holder, new).await.len(), 3);
    }
}

on_both! {
    async fn a_printed_card_takes_no_newer_one_away(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let (holder, old) = waiting(&mut tx, HERE, CardKind::Plastic).await;
        waiting(&mut tx, HERE, CardKind::Plastic).await;
        let batch = made(&mut tx, HERE).await;
        let who = serving(&mut tx, HERE, holder).await;
        assert_eq!(tx.batch_outdated(&printing(HERE), &batch).await.unwrap(), 0);
        let new = tx.issue_own_card(&own(holder), CardKind::Plastic, now()).await.unwrap().unwrap().id;
        let of = async |tx: &mut Tx, id| {
            let cards = tx.served_cards(&who).await.unwrap();
            cards.into_iter().find(|card| card.id == id).unwrap().state
        };
        assert_eq!(tx.batch_outdated(&printing(HERE), &batch).await.unwrap(), 1);
        assert_eq!(tx.batch_outdated(&printing(ELSEWHERE), &batch).await.unwrap(), 0);
        let handed = tx.change_card(&who, old, CardStep::HandOver, StepReason::None, now()).await;
        assert_eq!(handed.unwrap(), None, "nor alone");
        let handed = tx.hand_over_batch(&printing(HERE), batch.id, 1..3, now()).await.unwrap();
        assert_eq!(handed.len(), 1, "the other's");
        assert_eq!(states(&mut tx, HERE, batch.id).await, [CardState::Printed, CardState::Active]);
        assert_eq!(of(&mut tx, new).await, CardState::Active);
        // At the desk, what is given out at once ends the one that was printed.
        tx.issue_card(&who, (CardKind::Plastic, true), Some(new), now()).await.unwrap();
        assert_eq!(of(&mut tx, old).await, CardState::Replaced);
        assert_eq!(steps(&mut tx, HERE, holder, old).await.last(), Some(&(CardStep::Replacement, StepReason::None)));
    }
}

on_both! {
    async fn a_reprint_that_was_begun_goes_on_until_its_files_are_taken(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        for _ in 0..4 {
            waiting(&mut tx, HERE, CardKind::Plastic).await;
        }
        let (old, who) = (made(&mut tx, HERE).await, printing(HERE));
        tx.hand_over_batch(&who, old.id, 3..4, now()).await.unwrap();
        let begin = async |tx: &mut Tx, reason| tx.begin_reprint(&who, &old, reason, now()).await.unwrap();
        let one = begin(&mut tx, StepReason::Misprinted).await;
        let same = begin(&mut tx, StepReason::Misprinted).await;
        assert_eq!(one.id, same.id, "two who press at once");
        let (_, first) = tx.reprint(&who, one, (2, false), now()).await.unwrap();
        assert_eq!(first.len(), 2, "what is in use is left out");
        assert_eq!(states(&mut tx, HERE, old.id).await, [
            CardState::Printed, CardState::Replaced, CardState::Active, CardState::Replaced,
        ]);
        // The second knows nothing of what the first has put in by now.
        let (both, rest) = tx.reprint(&who, same, (1, false), now()).await.unwrap();
        assert_eq!((both.cards, rest.len()), (3, 1));
        let other = begin(&mut tx, StepReason::Damaged).await;
        assert_ne!(other.id, both.id, "for another reason");
        let deed = Deed::BatchPart.to(format!("{} 1", both.id));
        tx.audit(&who, &both.unit, now(), Purpose::Registration, deed, &[]).await.unwrap();
        assert_ne!(begin(&mut tx, StepReason::Misprinted).await.id, both.id, "what was sent is closed");
    }
}

on_both! {
    async fn from_the_nth_on_cards_are_made_anew(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let mut people = Vec::new();
        for _ in 0..4 {
            people.push(waiting(&mut tx, HERE, CardKind::Plastic).await);
        }
        let old = made(&mut tx, HERE).await;
        tx.hand_over_batch(&printing(HERE), old.id, 2..3, now()).await.unwrap();
        tx.revoke_batch(&printing(HERE), old.id, 4..5, now()).await.unwrap();
        let begun = tx.begin_reprint(&printing(HERE), &old, StepReason::Misprinted, now()).await.unwrap();
        assert_eq!((begun.name().as_str(), begun.of, begun.cards), ("2/2026", Some(old.id), 0));
        let (new, whose) = tx.reprint(&printing(HERE), begun, (2, true), now()).await.unwrap();
        assert_eq!(whose, [people[1].0, people[2].0], "what was revoked stays so");
        assert_eq!(states(&mut tx, HERE, old.id).await, [
            CardState::Printed, CardState::Replaced, CardState::Replaced, CardState::Revoked,
        ]);
        assert_eq!(states(&mut tx, HERE, new.id).await, [CardState::Printed; 2]);
        assert_eq!(tx.batch(&printing(HERE), new.id).await.unwrap(), Some(new.clone()));
        let part = tx.batch_part(&printing(HERE), new.id, 1..9).await.unwrap();
        assert_eq!(part.iter().map(|one| one.holder.id).collect::<Vec<_>>(), whose);
        assert_ne!(part[0].card.id, people[1].1, "another serial");
        let of_old = tx.batch_part(&printing(HERE), old.id, 1..9).await.unwrap();
        assert_eq!(of_old.iter().map(|one| one.place).collect::<Vec<_>>(), [1], "void ones are not drawn");
        let walked = steps(&mut tx, HERE, people[1].0, people[1].1).await;
        assert_eq!(walked.last(), Some(&(CardStep::Replacement, StepReason::Misprinted)));
        let walked = steps(&mut tx, HERE, people[1].0, part[0].card.id).await;
        assert_eq!(walked.len(), 2);
        // Places in the status list are new and each its own.
        let mut places: Vec<u32> = part.iter().map(|one| one.card.status_index).collect();
        places.dedup();
        assert!(places.len() == 2 && places.iter().all(|place| *place >= 4), "{places:?}");
        // What broke off goes on where it stopped: nothing is left to do, and nothing is done twice.
        let (same, nobody) = tx.reprint(&printing(HERE), new.clone(), (2, true), now()).await.unwrap();
        assert!(same == new && nobody.is_empty());
    }
}

on_both! {
    async fn a_reprint_takes_some_hundred_cards_at_a_time(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let more = 3;
        for _ in 0..AT_ONCE + more {
            waiting(&mut tx, HERE, CardKind::Plastic).await;
        }
        let old = made(&mut tx, HERE).await;
        assert_eq!(old.cards, AT_ONCE + more);
        let new = tx.begin_reprint(&printing(HERE), &old, StepReason::Damaged, now()).await.unwrap();
        let (new, first) = tx.reprint(&printing(HERE), new, (1, false), now()).await.unwrap();
        let (new, rest) = tx.reprint(&printing(HERE), new, (1, false), now()).await.unwrap();
        assert_eq!((first.len() as i64, rest.len() as i64, new.cards), (AT_ONCE, more, AT_ONCE + more));
        assert!(states(&mut tx, HERE, old.id).await.iter().all(|state| *state == CardState::Replaced));
        assert!(states(&mut tx, HERE, new.id).await.iter().all(|state| *state == CardState::Printed));
    }
}

on_both! {
    async fn people_who_moved_away_are_no_part_of_a_batch_but_are_voided_with_it(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let (holder, card) = waiting(&mut tx, HERE, CardKind::Plastic).await;
        waiting(&mut tx, HERE, CardKind::Plastic).await;
        let batch = made(&mut tx, HERE).await;
        let who = serving(&mut tx, HERE, holder).await;
        let details = tx.served(&who).await.unwrap().unwrap().details;
        tx.update_served(&who, &details, &[], &path(ELSEWHERE), now()).await.unwrap();
        let part = tx.batch_part(&printing(HERE), batch.id, 1..9).await.unwrap();
        assert_eq!(part.iter().map(|one| one.place).collect::<Vec<_>>(), [2]);
        assert_eq!(tx.hand_over_batch(&printing(HERE), batch.id, 1..9, now()).await.unwrap().len(), 1);
        assert!(tx.revoke_batch(&printing(ELSEWHERE), batch.id, 1..9, now()).await.unwrap().is_empty());
        assert_eq!(states(&mut tx, HERE, batch.id).await, [CardState::Printed, CardState::Active], "{card:?}");
        assert_eq!(tx.revoke_batch(&printing(HERE), batch.id, 1..9, now()).await.unwrap().len(), 2);
        assert_eq!(states(&mut tx, HERE, batch.id).await, [CardState::Revoked; 2]);
    }
}

on_both! {
    async fn the_log_knows_which_parts_were_taken(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        waiting(&mut tx, HERE, CardKind::Plastic).await;
        let batch = made(&mut tx, HERE).await;
        let who = printing(HERE);
        assert!(tx.parts_taken(&who, &batch).await.unwrap().is_empty());
        // Within the millisecond in which the batch was made, too.
        let other = BatchId(new_id(now()));
        for _ in 0..20 {
            for deed in [
                Deed::BatchPart.to(format!("{} 2", batch.id)),
                Deed::BatchPart.to(format!("{other} 1")),
                Deed::HandOver.to(batch.id),
            ] {
                tx.audit(&who, &batch.unit, now(), Purpose::Registration, deed, &[]).await.unwrap();
            }
        }
        assert_eq!(tx.parts_taken(&who, &batch).await.unwrap(), [(2, now()); 20]);
        assert!(tx.parts_taken(&printing(ELSEWHERE), &batch).await.unwrap().is_empty());
    }
}

on_both! {
    async fn a_batch_is_forgotten_when_its_cards_cannot_be_valid(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let (holder, card) = waiting(&mut tx, HERE, CardKind::Plastic).await;
        let batch = made(&mut tx, HERE).await;
        tx.commit().await.unwrap();
        let retention = domain::retention::Retention::default();
        for (days, left) in [(399, true), (401, false)] {
            fresh.store.erase(retention, now().plus(DAY * days)).await.unwrap();
            let mut tx = fresh.store.write().await.unwrap();
            let found = tx.batch(&printing(HERE), batch.id).await.unwrap();
            assert_eq!(found.is_some(), left, "{days} days");
            assert_eq!(states(&mut tx, HERE, batch.id).await.len(), usize::from(left));
            let cards = tx.card_scope(card).await.unwrap();
            assert_eq!(cards.map(|scope| scope.holder), Some(holder), "the card's row stays");
        }
    }
}
