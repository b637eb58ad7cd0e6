use crate::registry::{ELSEWHERE, HERE, THU, clerk, desk, registered, said, serving};
use crate::scene::{own, path, person};
use crate::support::{Fresh, now, on_both};
use domain::birth::Birth;
use domain::card::CardKind;
use domain::ids::{CardId, HolderId};
use domain::likeness::Degree;
use domain::matching::{AskReason, MatchState, Pair};
use domain::role::{
    Authorized, DecideMatch, MatchPeople, PairScope, RegisterHolder, UnitScope, authorize,
};
use std::time::Duration;
use store::Tx;
use store::matches::Match;
use store::planting::PlantedHolder;

pub(crate) const PROVINCE: &[&str] = &["VN", "46"];
/// As [`THU`], without the number and with a bare name.
pub(crate) const BARE: [&str; 4] = ["", "NGUYEN VAN THU", "18/01/1987", ""];

pub(crate) fn office(unit: &[&str]) -> Authorized<MatchPeople, UnitScope> {
    authorize(&clerk(unit), UnitScope { path: path(unit) }).unwrap()
}

/// Compares whatever waits to be compared.
pub(crate) async fn find(fresh: &Fresh) {
    loop {
        let found = fresh.store.read().await.unwrap().find_matches(50).await;
        let found = found.unwrap();
        if found.is_empty() {
            return;
        }
        let mut tx = fresh.store.write().await.unwrap();
        tx.note_matches(&found, now()).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn queue(tx: &mut Tx, unit: &[&str], state: MatchState) -> Vec<Match> {
    let who = office(unit);
    let found = tx.match_queue(&who, (state, None), None, (50, now()));
    found.await.unwrap()
}

/// The pairs in a unit's queue, now.
pub(crate) async fn waiting(fresh: &Fresh, unit: &[&str], state: MatchState) -> Vec<Pair> {
    find(fresh).await;
    let mut tx = fresh.store.read().await.unwrap();
    let found = queue(&mut tx, unit, state).await;
    found.into_iter().map(|one| one.key.pair).collect()
}

pub(crate) async fn deciding(
    tx: &mut Tx,
    unit: &[&str],
    pair: Pair,
) -> Option<Authorized<DecideMatch, PairScope>> {
    let scope = tx.pair_scope(pair).await.unwrap().unwrap();
    authorize(&clerk(unit), scope).ok()
}

pub(crate) fn pair(one: HolderId, other: HolderId) -> Pair {
    Pair::of(one, other).unwrap()
}

async fn two(fresh: &Fresh, unit: &[&str], one: [&str; 4], other: [&str; 4]) -> Pair {
    let mut tx = fresh.store.write().await.unwrap();
    let one = registered(&mut tx, HERE, one).await;
    let other = registered(&mut tx, unit, other).await;
    tx.commit().await.unwrap();
    pair(one, other)
}

on_both! {
    async fn a_pair_is_found_when_a_record_is_made_and_lost_when_it_is_changed(fresh: Fresh) {
        let pair = two(&fresh, HERE, THU, BARE).await;
        assert_eq!(waiting(&fresh, HERE, MatchState::Open).await, [pair]);
        assert_eq!(waiting(&fresh, PROVINCE, MatchState::Open).await, [pair]);
        assert_eq!(waiting(&fresh, ELSEWHERE, MatchState::Open).await, []);
        let mut tx = fresh.store.write().await.unwrap();
        let found = queue(&mut tx, HERE, MatchState::Open).await.remove(0);
        assert_eq!((found.likeness.degree, found.state, found.claimed), (Degree::Likely, MatchState::Open, false));
        assert!(found.records.iter().all(|record| record.here));
        let who = serving(&mut tx, HERE, pair.other).await;
        let other = said(["", "NGUYEN VAN THU", "18/01/1950", ""]);
        tx.update_served(&who, &other, &[], &path(HERE), now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(waiting(&fresh, HERE, MatchState::Open).await, []);
    }
}

on_both! {
    async fn a_record_that_changes_while_it_is_compared_is_compared_again(fresh: Fresh) {
        let pair = two(&fresh, HERE, THU, BARE).await;
        let before = fresh.store.read().await.unwrap().find_matches(50).await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        let who = serving(&mut tx, HERE, pair.other).await;
        let changed = said(["", "Trần Thị Mẫu", "02/09/1990", ""]);
        tx.update_served(&who, &changed, &[], &path(HERE), now()).await.unwrap();
        let who = serving(&mut tx, HERE, pair.one).await;
        tx.update_served(&who, &said(THU), &[], &path(HERE), now()).await.unwrap();
        tx.note_matches(&before, now()).await.unwrap();
        assert!(queue(&mut tx, HERE, MatchState::Open).await.is_empty(), "what was found is old");
        tx.commit().await.unwrap();
        assert_eq!(waiting(&fresh, HERE, MatchState::Open).await, []);
    }
}

on_both! {
    async fn communes_share_a_pair_only_by_a_number_or_a_phone(fresh: Fresh) {
        two(&fresh, ELSEWHERE, THU, ["", "Nguyễn Văn Thử", "18/01/1987", ""]).await;
        assert_eq!(waiting(&fresh, PROVINCE, MatchState::Open).await, [], "a name and a day are many people's");
        let mut tx = fresh.store.write().await.unwrap();
        let third = registered(&mut tx, ELSEWHERE, ["", "Nguyễn Văn Thử", "", "+84905000417"]).await;
        tx.commit().await.unwrap();
        let found = waiting(&fresh, HERE, MatchState::Open).await;
        assert_eq!((found.len(), found[0].has(third)), (1, true));
        assert_eq!(waiting(&fresh, ELSEWHERE, MatchState::Open).await, found);
        let mut tx = fresh.store.write().await.unwrap();
        let seen = queue(&mut tx, HERE, MatchState::Open).await.remove(0);
        let away: Vec<HolderId> = seen.records.iter().filter(|one| !one.here).map(|one| one.holder.id).collect();
        assert_eq!(away, [third], "of the other commune initials are shown");
        assert!(deciding(&mut tx, HERE, found[0]).await.is_none(), "neither commune decides alone");
        assert!(deciding(&mut tx, PROVINCE, found[0]).await.is_some());
        assert!(tx.match_of(&office(&["VN", "01"]), found[0], now()).await.unwrap().is_none());
        assert!(!tx.ask_about(&office(&["VN", "01"]), found[0], AskReason::Call, now()).await.unwrap());
    }
}

on_both! {
    async fn the_strongest_come_first_and_pages_follow_one_another(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        registered(&mut tx, HERE, THU).await;
        registered(&mut tx, HERE, BARE).await;
        for n in 0..6 {
            registered(&mut tx, HERE, ["", "Nguyễn Văn Thử", "1987", &format!("+8490500050{n}")]).await;
        }
        tx.commit().await.unwrap();
        find(&fresh).await;
        let mut tx = fresh.store.read().await.unwrap();
        let all = queue(&mut tx, HERE, MatchState::Open).await;
        let ranks: Vec<i64> = all.iter().map(|one| one.key.rank).collect();
        assert!(ranks.is_sorted() && ranks.len() > 10, "{ranks:?}");
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = tx.match_queue(&office(HERE), (MatchState::Open, None), after, (4, now())).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.key);
            paged.extend(page.into_iter().map(|one| one.key));
        }
        assert_eq!(paged, all.iter().map(|one| one.key).collect::<Vec<_>>());
        for degree in [Degree::Likely, Degree::Possible] {
            let found = tx.match_queue(&office(HERE), (MatchState::Open, Some(degree)), None, (50, now())).await.unwrap();
            let wanted = all.iter().filter(|one| one.likeness.degree == degree).count();
            assert_eq!(found.len(), wanted, "{degree}");
            assert!(found.iter().all(|one| one.likeness.degree == degree) && wanted > 0);
        }
        let likely = all.iter().filter(|one| one.likeness.degree == Degree::Likely);
        let likely: Vec<Pair> = likely.map(|one| one.key.pair).collect();
        let count = tx.likely_match_count(&office(HERE)).await.unwrap();
        assert_eq!(count, likely.len() as i64);
        let with = tx.likely_match_with(&office(HERE), likely[0].other).await.unwrap();
        assert!(with.is_some_and(|pair| likely.contains(&pair)), "{with:?}");
        let nobody = HolderId(store::new_id(now()));
        assert_eq!(tx.likely_match_with(&office(HERE), nobody).await.unwrap(), None);
    }
}

on_both! {
    async fn who_is_kept_apart_never_comes_back(fresh: Fresh) {
        let pair = two(&fresh, HERE, THU, BARE).await;
        find(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        let who = deciding(&mut tx, HERE, pair).await.unwrap();
        assert!(tx.keep_apart(&who, now()).await.unwrap());
        assert!(!tx.keep_apart(&who, now()).await.unwrap(), "somebody has decided");
        assert!(!tx.ask_about(&office(HERE), pair, AskReason::Papers, now()).await.unwrap());
        let who = serving(&mut tx, HERE, pair.one).await;
        let same = tx.served(&who).await.unwrap().unwrap().details;
        tx.update_served(&who, &same, &[], &path(HERE), now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(waiting(&fresh, HERE, MatchState::Open).await, []);
        assert_eq!(waiting(&fresh, HERE, MatchState::Apart).await, [pair]);
    }
}

on_both! {
    async fn what_was_asked_waits_and_can_still_be_decided(fresh: Fresh) {
        let pair = two(&fresh, HERE, THU, BARE).await;
        find(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        assert!(tx.ask_about(&office(HERE), pair, AskReason::Papers, now()).await.unwrap());
        assert!(queue(&mut tx, HERE, MatchState::Open).await.is_empty());
        let asked = queue(&mut tx, HERE, MatchState::Asked).await.remove(0);
        assert_eq!((asked.reason, asked.decided.unwrap().1), (AskReason::Papers, now()));
        let who = deciding(&mut tx, HERE, pair).await.unwrap();
        assert!(tx.keep_apart(&who, now()).await.unwrap());
    }
}

on_both! {
    async fn records_that_were_there_before_are_gone_through_in_steps(fresh: Fresh) {
        let plant = |n: u128| PlantedHolder {
            id: HolderId(uuid::Uuid::from_u128(n)),
            details: said(BARE),
            phone: None,
            verified: true,
            unit: path(HERE),
            created: now(),
        };
        let all: Vec<PlantedHolder> = (1..=5).map(plant).collect();
        let mut tx = fresh.store.write().await.unwrap();
        let index = tx.plant_records(&all).await.unwrap();
        tx.plant_index(index).await.unwrap();
        let mut steps = Vec::new();
        loop {
            let count = tx.walk_matches(2).await.unwrap();
            steps.push(count);
            if count == 0 { break }
        }
        assert_eq!(steps, [2, 2, 1, 0]);
        tx.commit().await.unwrap();
        assert_eq!(waiting(&fresh, HERE, MatchState::Open).await.len(), 10, "every two of five");
    }
}

on_both! {
    async fn a_person_asks_by_the_number_on_the_other_card_and_the_birth(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let known = registered(&mut tx, HERE, THU).await;
        let who = serving(&mut tx, HERE, known).await;
        let card = tx.issue_card(&who, (CardKind::Plastic, true), None, now()).await.unwrap().id;
        let me = person(&mut tx, "Thử Nguyễn", "0905 000 101").await;
        let birth = Birth::typed("18/01/1987").unwrap();
        assert_eq!(tx.claim_match(&own(me), card, Birth::in_year(1987), now()).await.unwrap(), None);
        assert_eq!(tx.claim_match(&own(me), CardId([7; 10]), birth, now()).await.unwrap(), None);
        assert_eq!(tx.claim_match(&own(known), card, birth, now()).await.unwrap(), None, "one's own card");
        assert_eq!(tx.claim_match(&own(me), card, birth, now()).await.unwrap(), Some(known));
        tx.commit().await.unwrap();
        assert_eq!(waiting(&fresh, HERE, MatchState::Open).await, [pair(me, known)], "also where nothing else speaks for it");
        let mut tx = fresh.store.write().await.unwrap();
        assert!(queue(&mut tx, HERE, MatchState::Open).await[0].claimed);
        let who = deciding(&mut tx, HERE, pair(me, known)).await.unwrap();
        assert!(tx.keep_apart(&who, now()).await.unwrap());
        let later = now().plus(Duration::from_secs(60));
        assert_eq!(tx.claim_match(&own(me), card, birth, later).await.unwrap(), None, "an office has decided");
    }
}

on_both! {
    async fn the_desk_and_the_queue_find_by_one_index(fresh: Fresh) {
        let pair = two(&fresh, HERE, THU, BARE).await;
        let mut tx = fresh.store.read().await.unwrap();
        let who: Authorized<RegisterHolder, UnitScope> = desk(HERE);
        let found = tx.candidates(&who, &said(THU), now()).await.unwrap();
        assert!(found.iter().all(|one| pair.has(one.holder.id)) && found.len() == 2);
    }
}
