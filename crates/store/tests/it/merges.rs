use crate::admissions::{Town, VENUE, card, holder, scan, town};
use crate::declarations::answers;
use crate::matches::{BARE, PROVINCE, deciding, find, office, pair, waiting};
use crate::registry::{ELSEWHERE, HERE, THU, alike, clerk, registered, said, serving};
use crate::scene::{own, path, person, venue};
use crate::support::{now, on_both};
use domain::card::{CardKind, CardState, CardStep, StepReason};
use domain::ids::{HolderId, MergeId};
use domain::matching::{Field, MatchState, SignInPhones};
use domain::phone::Phone;
use domain::retention::Retention;
use domain::role::{
    Actor, Authorized, DecideMatch, JoinOwnRecords, PairScope, RevokeCard, authorize,
};
use domain::scan::{Asked, Decision, Direction, Reason};
use domain::time::Zone;
use domain::unit::UnitPath;
use std::time::Duration;
use store::Tx;
use store::admissions::Lane;
use store::merges::{Choice, Merged, Undone};
use store::sessions::SessionOf;

pub(crate) fn keep(kept: HolderId) -> Choice {
    Choice {
        kept,
        from_gone: Vec::new(),
        phones: SignInPhones::Both,
        cards_of: kept,
        guardians_stay: false,
    }
}

pub(crate) async fn joining(
    tx: &mut Tx,
    me: HolderId,
    other: HolderId,
) -> Authorized<JoinOwnRecords, PairScope> {
    let scope = tx.pair_scope(pair(me, other)).await.unwrap().unwrap();
    let scope = match scope.one.holder == me {
        true => scope,
        false => PairScope {
            one: scope.other,
            other: scope.one,
        },
    };
    authorize(&Actor::Holder(me), scope).unwrap()
}

pub(crate) async fn join(tx: &mut Tx, kept: HolderId, gone: HolderId) -> MergeId {
    let who = joining(tx, kept, gone).await;
    tx.propose_own(&who, now()).await.unwrap();
    match tx.merge(&who, &keep(kept), now()).await.unwrap() {
        Merged::Done(id) => id,
        other => panic!("{other:?}"),
    }
}

/// Leave of the province to undo a merge.
async fn over(tx: &mut Tx, id: MergeId) -> Authorized<DecideMatch, PairScope> {
    let scope = tx.merge_scope(id).await.unwrap().unwrap();
    authorize(&clerk(PROVINCE), scope).unwrap()
}

pub(crate) async fn undo(tx: &mut Tx, id: MergeId) -> Undone {
    let who = over(tx, id).await;
    tx.undo_merge(&who, id, now()).await.unwrap()
}

/// All that is known of a person by asking in every way, without times of steps.
async fn known(tx: &mut Tx, holder: HolderId) -> String {
    let who = own(holder);
    let details = tx.own_details(&who).await.unwrap();
    let cards = tx.own_cards(&who).await.unwrap();
    let declared = tx.own_declarations(&who, 50).await.unwrap();
    let today = Zone::VIETNAM.day(now());
    let scans: Vec<_> = tx
        .own_scans(&who, &[today.plus(-1), today])
        .await
        .unwrap()
        .into_iter()
        .map(|scan| (scan.id, scan.venue, scan.direction))
        .collect();
    let venues: Vec<_> = tx
        .own_venues(&who)
        .await
        .unwrap()
        .into_iter()
        .map(|venue| venue.id)
        .collect();
    let office = tx.known_to_office(&who).await.unwrap();
    let scope = tx.holder_scope(holder).await.unwrap();
    format!("{details:?} {cards:?} {declared:?} {scans:?} {venues:?} {office} {scope:?}")
}

/// Two records of one person: at the office with a number, a card and a venue; by phone with a card and a declaration.
pub(crate) async fn two_of_one(tx: &mut Tx) -> (HolderId, HolderId) {
    let office = registered(tx, HERE, THU).await;
    let who = serving(tx, HERE, office).await;
    for kind in [CardKind::Plastic, CardKind::Electronic] {
        tx.issue_card(&who, (kind, true), None, now())
            .await
            .unwrap();
    }
    tx.issue_card(&who, (CardKind::Paper, false), None, now())
        .await
        .unwrap();
    let phone = person(tx, "Nguyen Van Thu", "0905 000 999").await;
    let who = own(phone);
    tx.issue_own_card(&who, CardKind::Electronic, now())
        .await
        .unwrap();
    tx.declare(
        &who,
        &answers(None),
        now().plus(Duration::from_secs(86_400)),
        now(),
    )
    .await
    .unwrap();
    venue(tx, phone, "Chợ Bến Thử").await;
    (office, phone)
}

on_both! {
    async fn merging_moves_everything_and_undoing_restores_it_exactly(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let (kept, gone) = two_of_one(&mut tx).await;
        let before = (known(&mut tx, kept).await, known(&mut tx, gone).await);
        let id = join(&mut tx, kept, gone).await;
        let mine = own(kept);
        assert_eq!(tx.own_declarations(&mine, 9).await.unwrap().len(), 1);
        assert_eq!(tx.own_venues(&mine).await.unwrap().len(), 1);
        assert_eq!(tx.holder_scope(gone).await.unwrap().unwrap().holder, kept);
        let phone = Phone::parse("0905 000 999").unwrap();
        assert_eq!(tx.holder_of_phone(&phone).await.unwrap().unwrap().holder, kept, "both phones sign in");
        for phone in ["0905 000 417", "0905 000 999"] {
            assert_eq!(crate::registry::find(&mut tx, HERE, phone).await, [kept], "and an office finds by both");
        }
        let cards = tx.own_cards(&mine).await.unwrap();
        let of = |kind, state| cards.iter().filter(|card| card.kind == kind && card.state == state).count();
        assert_eq!((cards.len(), of(CardKind::Electronic, CardState::Active), of(CardKind::Electronic, CardState::Suspended)), (4, 1, 1));
        let stilled = cards.iter().find(|card| card.state == CardState::Suspended).unwrap().id;
        let who = serving(&mut tx, HERE, kept).await;
        let last = tx.card_steps(&who, stilled).await.unwrap().pop().unwrap();
        assert_eq!((last.step, last.reason), (CardStep::Suspension, StepReason::Merged));
        assert_eq!(alike(&mut tx, HERE, BARE).await.len(), 1, "one record is found");
        let line = tx.own_merges(&mine).await.unwrap().remove(0);
        assert_eq!((line.id, line.kept, line.gone, line.undone), (id, kept, gone, None));
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        assert_eq!(known(&mut tx, kept).await, before.0);
        assert_eq!(known(&mut tx, gone).await, before.1);
        assert_eq!(tx.holder_of_phone(&phone).await.unwrap().unwrap().holder, gone);
        assert_eq!(undo(&mut tx, id).await, Undone::Before);
        let lines = tx.merges_with(&office(HERE), kept).await.unwrap();
        assert_eq!(lines[0].undone.as_ref().unwrap().1, now(), "the history says so");
        assert!(tx.merges_with(&office(ELSEWHERE), kept).await.unwrap().is_empty());
        tx.commit().await.unwrap();
        assert_eq!(waiting(&fresh, HERE, MatchState::Open).await, [pair(kept, gone)], "it is for somebody to decide again");
    }
}

on_both! {
    async fn fields_cards_and_phones_are_as_the_clerk_chose(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let (one, other) = two_of_one(&mut tx).await;
        let before = (known(&mut tx, one).await, known(&mut tx, other).await);
        let choice = Choice {
            kept: one,
            from_gone: vec![Field::Name, Field::Phone],
            phones: SignInPhones::Kept,
            cards_of: other,
            guardians_stay: false,
        };
        let token = "token of the other";
        tx.begin_session(token, SessionOf::Holder(other), now()).await.unwrap();
        let who = joining(&mut tx, one, other).await;
        tx.propose_own(&who, now()).await.unwrap();
        let Merged::Done(id) = tx.merge(&who, &choice, now()).await.unwrap() else { panic!() };
        let details = tx.own_details(&own(one)).await.unwrap().unwrap().details;
        assert_eq!((details.name.as_str(), details.phone.as_deref()), ("Nguyen Van Thu", Some("+84905000999")));
        assert_eq!(details.id_number.as_deref(), Some("046087004417"));
        let phone = Phone::parse("0905 000 999").unwrap();
        assert!(tx.holder_of_phone(&phone).await.unwrap().is_none(), "it no longer signs in");
        assert!(tx.session(token, now()).await.unwrap().is_none());
        let cards = tx.own_cards(&own(one)).await.unwrap();
        let active = cards.iter().filter(|card| card.kind == CardKind::Electronic && card.state == CardState::Active);
        let active: Vec<_> = active.map(|card| card.id).collect();
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        assert_eq!((known(&mut tx, one).await, known(&mut tx, other).await), before);
        assert_eq!(tx.own_cards(&own(other)).await.unwrap()[0].id, active[0]);
        assert_eq!(tx.holder_of_phone(&phone).await.unwrap().unwrap().holder, other);
    }
}

on_both! {
    async fn a_chain_is_undone_from_its_end(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let mut people = Vec::new();
        for n in 1..=4 {
            let number = format!("04608700000{n}");
            let one = registered(&mut tx, HERE, [&number, "Nguyễn Văn Thử", "1987", ""]).await;
            tx.issue_own_card(&own(one), CardKind::Electronic, now()).await.unwrap().unwrap();
            people.push(one);
        }
        let [a, b, c, d] = people[..] else { panic!() };
        let mut before = Vec::new();
        for one in [a, b, c, d] {
            before.push(known(&mut tx, one).await);
        }
        let first = join(&mut tx, b, a).await;
        let second = join(&mut tx, c, b).await;
        let third = join(&mut tx, c, d).await;
        assert_eq!(tx.own_cards(&own(c)).await.unwrap().len(), 4);
        for gone in [a, b, d] {
            assert_eq!(tx.holder_scope(gone).await.unwrap().unwrap().holder, c);
        }
        let who = joining(&mut tx, a, d).await;
        assert_eq!(tx.merge(&who, &keep(a), now()).await.unwrap(), Merged::Gone, "they are records no more");
        assert_eq!(undo(&mut tx, first).await, Undone::Later(second));
        assert_eq!(undo(&mut tx, second).await, Undone::Later(third));
        assert_eq!(undo(&mut tx, third).await, Undone::Done);
        assert_eq!(undo(&mut tx, second).await, Undone::Done);
        assert_eq!(tx.holder_scope(a).await.unwrap().unwrap().holder, b, "still merged");
        assert_eq!(tx.own_cards(&own(b)).await.unwrap().len(), 2);
        assert_eq!(undo(&mut tx, first).await, Undone::Done);
        let mut after = Vec::new();
        for one in [a, b, c, d] {
            after.push(known(&mut tx, one).await);
        }
        assert_eq!(after, before);
    }
}

on_both! {
    async fn of_two_clerks_at_once_one_decides_and_the_other_is_told(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = registered(&mut tx, HERE, THU).await;
        let other = registered(&mut tx, HERE, BARE).await;
        tx.commit().await.unwrap();
        find(&fresh).await;
        let mut tx = fresh.store.read().await.unwrap();
        let who = deciding(&mut tx, HERE, pair(one, other)).await.unwrap();
        assert!(deciding(&mut tx, ELSEWHERE, pair(one, other)).await.is_none(), "another unit's officer may not");
        drop(tx);
        let merge = async |kept| {
            let mut tx = fresh.store.write().await.unwrap();
            let done = tx.merge(&who, &keep(kept), now()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
            tx.commit().await.unwrap();
            done
        };
        let (first, second) = tokio::join!(merge(one), merge(other));
        let done = [first, second].iter().filter(|done| matches!(done, Merged::Done(_))).count();
        assert_eq!(done, 1, "{first:?} {second:?}");
        let mut tx = fresh.store.write().await.unwrap();
        assert!(!tx.keep_apart(&who, now()).await.unwrap(), "it is decided");
    }
}

on_both! {
    async fn whoever_was_kept_apart_from_one_is_kept_apart_from_both(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = registered(&mut tx, HERE, THU).await;
        let other = registered(&mut tx, HERE, BARE).await;
        let twin = registered(&mut tx, HERE, BARE).await;
        tx.commit().await.unwrap();
        assert_eq!(waiting(&fresh, HERE, MatchState::Open).await.len(), 3);
        let mut tx = fresh.store.write().await.unwrap();
        let who = deciding(&mut tx, HERE, pair(other, twin)).await.unwrap();
        assert!(tx.keep_apart(&who, now()).await.unwrap());
        let who = deciding(&mut tx, HERE, pair(one, other)).await.unwrap();
        let Merged::Done(id) = tx.merge(&who, &keep(one), now()).await.unwrap() else { panic!() };
        tx.commit().await.unwrap();
        assert_eq!(waiting(&fresh, HERE, MatchState::Open).await, [], "nor with the record that is kept");
        let mut tx = fresh.store.write().await.unwrap();
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        tx.commit().await.unwrap();
        let open = waiting(&fresh, HERE, MatchState::Open).await;
        assert_eq!((open.len(), open.contains(&pair(other, twin))), (2, false));
    }
}

on_both! {
    async fn an_office_takes_a_record_of_a_phone_alone_only_by_a_number_or_a_code(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let theirs = person(&mut tx, "Nguyễn Văn Thử", "0905 000 999").await;
        let typed = ["", "Nguyễn Văn Thử", "1987", "+84905000999"];
        let made_up = registered(&mut tx, HERE, typed).await;
        tx.commit().await.unwrap();
        find(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        let both = pair(theirs, made_up);
        for unit in [HERE, PROVINCE] {
            let who = deciding(&mut tx, unit, both).await.unwrap();
            for kept in [theirs, made_up] {
                assert_eq!(tx.merge(&who, &keep(kept), now()).await.unwrap(), Merged::Unproven);
            }
            assert!(tx.match_of(&office(unit), both, now()).await.unwrap().unwrap().unproven());
        }
        // The person has proved both by codes, and undoes what came of it.
        let own_two = joining(&mut tx, theirs, made_up).await;
        tx.propose_own(&own_two, now()).await.unwrap();
        let who = deciding(&mut tx, HERE, both).await.unwrap();
        let Merged::Done(id) = tx.merge(&who, &keep(made_up), now()).await.unwrap() else { panic!() };
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        assert_eq!(tx.merge(&who, &keep(made_up), now()).await.unwrap(), Merged::Unproven, "it was undone");
        // The same number stands in both.
        let mut details = said(typed);
        details.id_number = Some("046087004417".to_owned());
        tx.update_holder(&own(theirs), &details, &UnitPath(Vec::new())).await.unwrap();
        let serves = serving(&mut tx, HERE, made_up).await;
        tx.update_served(&serves, &details, &["046087004417"], &path(HERE), now()).await.unwrap();
        let who = deciding(&mut tx, HERE, both).await.unwrap();
        let drops = Choice { phones: SignInPhones::Kept, ..keep(made_up) };
        assert_eq!(tx.merge(&who, &drops, now()).await.unwrap(), Merged::PhoneStays);
        assert!(matches!(tx.merge(&who, &keep(made_up), now()).await.unwrap(), Merged::Done(_)));
        let phone = Phone::parse("0905 000 999").unwrap();
        assert_eq!(tx.holder_of_phone(&phone).await.unwrap().unwrap().holder, made_up);
    }
}

on_both! {
    async fn an_office_never_takes_the_only_phone_that_signs_in(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let by_phone = person(&mut tx, "Nguyen Van Thu", "0905 000 999").await;
        let known = tx.own_details(&own(by_phone)).await.unwrap().unwrap().details;
        tx.update_holder(&own(by_phone), &known, &path(HERE)).await.unwrap();
        let other = registered(&mut tx, HERE, THU).await;
        let own_two = joining(&mut tx, by_phone, other).await;
        tx.propose_own(&own_two, now()).await.unwrap();
        let who = deciding(&mut tx, HERE, pair(by_phone, other)).await.unwrap();
        let drops = Choice { phones: SignInPhones::Kept, ..keep(other) };
        assert!(matches!(tx.merge(&who, &drops, now()).await.unwrap(), Merged::Done(_)));
        let phone = Phone::parse("0905 000 999").unwrap();
        assert_eq!(tx.holder_of_phone(&phone).await.unwrap().unwrap().holder, other);
    }
}

on_both! {
    async fn a_card_that_was_reported_lost_while_merged_stays_out_of_use(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let mut people = Vec::new();
        for number in ["046087004417", "046087004418"] {
            let one = registered(&mut tx, HERE, [number, "Nguyễn Văn Thử", "18/01/1987", "+84905000417"]).await;
            let who = serving(&mut tx, HERE, one).await;
            tx.issue_card(&who, (CardKind::Paper, true), None, now()).await.unwrap();
            people.push(one);
        }
        let [kept, gone] = people[..] else { panic!() };
        let theirs = tx.own_cards(&own(gone)).await.unwrap()[0].id;
        let id = join(&mut tx, kept, gone).await;
        let scope = tx.holder_scope(kept).await.unwrap().unwrap();
        let may = authorize::<RevokeCard, _>(&Actor::Holder(kept), scope).unwrap();
        let times = (now().minus(Duration::from_secs(60)), now());
        for _ in 0..2 {
            assert_eq!(tx.report_lost(&may, CardStep::Suspension, times).await.unwrap(), 2, "told twice the same");
        }
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        let card = tx.own_cards(&own(gone)).await.unwrap().remove(0);
        assert_eq!((card.id, card.state), (theirs, CardState::Suspended));
        let who = serving(&mut tx, HERE, gone).await;
        let last = tx.card_steps(&who, theirs).await.unwrap().pop().unwrap();
        assert_eq!(last.reason, StepReason::Lost);
    }
}

async fn read(
    town: &Town,
    n: u128,
    seconds: i64,
    asked: Asked,
) -> (Decision, Direction, Vec<Reason>) {
    let answers = town.admit(
        vec![scan(n, seconds, asked)],
        Lane::Live,
        now().plus(Duration::from_secs(seconds as u64)),
    );
    let answer = answers.await.unwrap().remove(0);
    (
        answer.decision,
        answer.direction,
        answer.reasons.iter().collect(),
    )
}

on_both! {
    async fn the_gate_knows_one_person_by_both_cards(fresh: Fresh) {
        let town = town(&fresh).await;
        // The nineteenth has declared nothing and is asked; the second has, and came in by the own card.
        let (kept, gone) = (holder(19), holder(2));
        assert_eq!(read(&town, 19, 0, Asked::In).await.0, Decision::Refer);
        assert_eq!(read(&town, 2, 60, Asked::In).await.0, Decision::Admit);
        let mut tx = fresh.store.write().await.unwrap();
        let choice = Choice { cards_of: gone, ..keep(kept) };
        let who = joining(&mut tx, kept, gone).await;
        tx.propose_own(&who, now()).await.unwrap();
        let Merged::Done(id) = tx.merge(&who, &choice, now()).await.unwrap() else { panic!() };
        tx.commit().await.unwrap();
        let (decision, direction, _) = read(&town, 2, 600, Asked::Auto).await;
        assert_eq!((decision, direction), (Decision::Admit, Direction::Out), "whoever is inside goes out, by the newest declaration");
        assert_eq!(read(&town, 2, 1200, Asked::Auto).await.1, Direction::In);
        assert_eq!(read(&town, 19, 1800, Asked::In).await.0, Decision::Refuse, "of two paper cards one is in use");
        let today = Zone::VIETNAM.day(now());
        let mut tx = fresh.store.write().await.unwrap();
        let scans = tx.own_scans(&own(kept), &[today]).await.unwrap();
        assert_eq!(scans.len(), 5, "the scans of both are one's own");
        let first = scan(2, 60, Asked::In).id;
        assert!(tx.own_scan(&own(kept), VENUE, first).await.unwrap().is_some());
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        assert_eq!(tx.own_scans(&own(gone), &[today]).await.unwrap().len(), 1, "what was read meanwhile stays with the kept one");
        tx.commit().await.unwrap();
        assert_eq!(read(&town, 19, 2400, Asked::In).await.0, Decision::Refer, "the own card again, undeclared");
        assert_eq!(read(&town, 2, 3000, Asked::In).await.0, Decision::Admit);
        let mut tx = fresh.store.read().await.unwrap();
        assert_eq!(tx.card_scope(card(2)).await.unwrap().unwrap().holder, gone);
    }
}

on_both! {
    async fn who_is_inside_stays_inside_when_a_merge_is_made_and_undone(fresh: Fresh) {
        let town = town(&fresh).await;
        assert_eq!(read(&town, 2, 0, Asked::In).await.0, Decision::Admit);
        let mut tx = fresh.store.write().await.unwrap();
        let id = join(&mut tx, holder(3), holder(2)).await;
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        tx.commit().await.unwrap();
        assert_eq!(read(&town, 2, 600, Asked::Auto).await.1, Direction::Out);
        assert_eq!(read(&town, 3, 1200, Asked::Auto).await.1, Direction::In, "the other was never inside");
    }
}

on_both! {
    async fn a_merge_is_forgotten_after_its_time_and_the_phone_still_signs_in(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let kept = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let by_phone = person(&mut tx, "Nguyễn Văn Thử", "0905 000 102").await;
        let by_number = registered(&mut tx, HERE, THU).await;
        let first = join(&mut tx, kept, by_phone).await;
        join(&mut tx, kept, by_number).await;
        let third = registered(&mut tx, HERE, BARE).await;
        let undone = join(&mut tx, kept, third).await;
        assert_eq!(undo(&mut tx, undone).await, Undone::Done);
        tx.commit().await.unwrap();
        let retention = Retention::default();
        let later = now().plus(Duration::from_secs(86_400 * 399));
        fresh.store.erase(retention, later).await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        assert_eq!(tx.own_merges(&own(kept)).await.unwrap().len(), 3);
        tx.commit().await.unwrap();
        fresh.store.erase(retention, later.plus(Duration::from_secs(86_400 * 2))).await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        assert!(tx.own_merges(&own(kept)).await.unwrap().is_empty());
        assert!(tx.merge_scope(first).await.unwrap().is_none());
        assert_eq!(tx.erase_merges(later).await.unwrap(), 0, "twice changes nothing");
        assert!(tx.holder_scope(by_number).await.unwrap().is_none(), "an empty record goes");
        let phone = Phone::parse("0905 000 102").unwrap();
        assert_eq!(tx.holder_of_phone(&phone).await.unwrap().unwrap().holder, kept);
        let empty = tx.own_details(&own(by_phone)).await.unwrap().unwrap().details;
        assert_eq!((empty.name.as_str(), empty.birth, empty.phone), ("-", None, None));
        assert_eq!(said(THU).id_number, tx.own_details(&own(kept)).await.unwrap().unwrap().details.id_number);
    }
}
