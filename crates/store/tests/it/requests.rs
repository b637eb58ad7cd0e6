use crate::scene::path;
use crate::support::{now, on_both};
use domain::card::{CardKind, CardState, CardStep};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{HolderId, OfficerId};
use domain::phone::Phone;
use domain::request::{Answer, Asked, Change, RefusalReason, RequestState};
use domain::role::{
    Actor, Authorized, HolderScope, OfficerRole, RegisterHolder, ServeHolder, UnitScope,
    UseOwnData, authorize,
};
use domain::unit::UnitCode;
use std::time::Duration;
use store::holders::NewHolder;
use store::{Constraint, Error, Tx, new_id};

const HERE: &[&str] = &["VN", "46", "19753"];
const ELSEWHERE: &[&str] = &["VN", "46", "19774"];

fn clerk(unit: &[&str]) -> Actor {
    Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::CommuneOfficer,
        unit: UnitCode::parse(unit[unit.len() - 1]).unwrap(),
    }
}

fn desk(unit: &[&str]) -> Authorized<RegisterHolder, UnitScope> {
    authorize(&clerk(unit), UnitScope { path: path(unit) }).unwrap()
}

async fn resident(tx: &mut Tx, phone: &str) -> HolderId {
    let phone = Phone::parse(phone).unwrap();
    let name = PersonName::parse("Nguyễn Văn Thử").unwrap();
    let new = NewHolder {
        details: &HolderDetails::named(name, Some(&phone)),
        phone: Some(&phone),
        browser: None,
        verified: true,
        unit: &path(HERE),
    };
    tx.add_holder(&new, now()).await.unwrap()
}

async fn own(tx: &mut Tx, holder: HolderId) -> Authorized<UseOwnData, HolderScope> {
    let scope = tx.holder_scope(holder).await.unwrap().unwrap();
    authorize(&Actor::Holder(holder), scope).unwrap()
}

async fn serving(tx: &mut Tx, holder: HolderId) -> Authorized<ServeHolder, HolderScope> {
    let scope = tx.holder_scope(holder).await.unwrap().unwrap();
    authorize(&clerk(HERE), scope).unwrap()
}

fn card() -> Asked {
    Asked::Card {
        kind: CardKind::Paper,
        pickup: UnitCode::parse("19774"),
    }
}

fn correction() -> Asked {
    Asked::Correction(Change {
        address: Some("2 đường Thử".to_owned()),
        ..Change::default()
    })
}

on_both! {
    async fn what_is_asked_for_waits_at_the_commune_of_the_holder(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let thu = resident(&mut tx, "0905 000 101").await;
        let mine = own(&mut tx, thu).await;
        let first = tx.ask_office(&mine, &card(), now()).await.unwrap().unwrap();
        let later = now().plus(Duration::from_secs(60));
        tx.ask_office(&mine, &correction(), later).await.unwrap().unwrap();
        let all = tx.own_requests(&mine).await.unwrap();
        assert_eq!(all.iter().map(|one| one.asked.clone()).collect::<Vec<_>>(), [correction(), card()]);
        assert!(all.iter().all(|one| one.state == RequestState::Open && one.answered.is_none()));
        let waits = tx.own_cards(&mine).await.unwrap();
        assert_eq!((waits[0].state, Some(waits[0].id)), (CardState::Requested, all[1].card));
        let queue = tx.open_requests(&desk(HERE), 10).await.unwrap();
        let ids: Vec<_> = queue.iter().map(|(one, who)| (one.id, who.id)).collect();
        assert_eq!(ids, [(first, thu), (all[0].id, thu)], "the oldest first");
        assert_eq!(tx.open_request_count(&desk(HERE)).await.unwrap(), (2, Some(now())));
        assert!(tx.open_requests(&desk(ELSEWHERE), 10).await.unwrap().is_empty());
        assert_eq!(tx.open_request_count(&desk(ELSEWHERE)).await.unwrap(), (0, None));
        assert_eq!(tx.request_scope(first).await.unwrap().unwrap().holder, thu);
        tx.commit().await.unwrap();
        // One of a kind at a time, whoever asks twice at once.
        let mut tx = fresh.store.write().await.unwrap();
        let again = tx.ask_office(&mine, &card(), later).await;
        assert!(matches!(again, Err(Error::Conflict(Constraint::OpenRequest))), "{again:?}");
    }
}

on_both! {
    async fn an_answer_is_given_once_and_moves_the_card(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let thu = resident(&mut tx, "0905 000 101").await;
        let other = resident(&mut tx, "0905 000 102").await;
        let mine = own(&mut tx, thu).await;
        let id = tx.ask_office(&mine, &card(), now()).await.unwrap().unwrap();
        let who = serving(&mut tx, thu).await;
        let stranger = serving(&mut tx, other).await;
        assert!(!tx.answer_request(&stranger, id, Answer::Done, now()).await.unwrap(), "another's");
        assert!(tx.answer_request(&who, id, Answer::Done, now()).await.unwrap());
        let refusal = Answer::Refused(RefusalReason::HasCard);
        assert!(!tx.answer_request(&who, id, refusal, now()).await.unwrap(), "it is answered");
        let cards = tx.own_cards(&mine).await.unwrap();
        assert_eq!(cards[0].state, CardState::Verified);
        let steps = tx.card_steps(&who, cards[0].id).await.unwrap();
        let steps: Vec<_> = steps.iter().map(|line| line.step).collect();
        assert_eq!(steps, [CardStep::Request, CardStep::Verification]);
        // What is refused is revoked, and may be asked for again.
        let second = tx.ask_office(&mine, &card(), now()).await.unwrap().unwrap();
        assert!(tx.answer_request(&who, second, refusal, now()).await.unwrap());
        let served = tx.served_requests(&who).await.unwrap();
        let refused = served.iter().find(|one| one.id == second).unwrap();
        assert_eq!((refused.state, refused.reason), (RequestState::Refused, RefusalReason::HasCard));
        let cards = tx.own_cards(&mine).await.unwrap();
        let revoked = cards.iter().find(|card| Some(card.id) == refused.card).unwrap();
        assert_eq!(revoked.state, CardState::Revoked);
        assert!(tx.open_requests(&desk(HERE), 10).await.unwrap().is_empty());
    }
}

on_both! {
    async fn requests_die_after_their_answer_or_when_nobody_gave_one(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let thu = resident(&mut tx, "0905 000 101").await;
        let mine = own(&mut tx, thu).await;
        let id = tx.ask_office(&mine, &card(), now()).await.unwrap().unwrap();
        let who = serving(&mut tx, thu).await;
        let day = Duration::from_secs(86_400);
        tx.answer_request(&who, id, Answer::Done, now().plus(day)).await.unwrap();
        tx.ask_office(&mine, &correction(), now()).await.unwrap().unwrap();
        assert_eq!(tx.erase_requests(now()).await.unwrap(), 0);
        assert_eq!(tx.erase_requests(now().plus(day)).await.unwrap(), 1, "nobody answered");
        assert_eq!(tx.own_requests(&mine).await.unwrap()[0].id, id);
        assert_eq!(tx.erase_requests(now().plus(day * 2)).await.unwrap(), 1);
        assert!(tx.own_requests(&mine).await.unwrap().is_empty());
    }
}
