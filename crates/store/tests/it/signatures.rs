//! The signer's register, and claims that are asked for in advance.

use crate::scene::{own, person};
use crate::support::{now, on_both};
use domain::card::{CARD_VALIDITY, CardKind};
use domain::ids::CardId;
use std::collections::HashSet;
use std::time::Duration;
use store::Error;
use store::claims::Allots as _;
use store::signatures::{Bounds, Register};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn a_place_stays_given_when_its_card_is_forgotten() {
    let keys = tempfile::tempdir().unwrap();
    let register = Register::new(keys.path());
    let given = register.allot(3, now()).await.unwrap();
    let places: Vec<u32> = given.iter().map(|one| one.status_index).collect();
    assert_eq!(places, [0, 1, 2]);
    assert_eq!(given[0].expires, given[0].issued.plus(CARD_VALIDITY));
    let card = given[1].id;
    register
        .note_signed(vec![(card, [7; 4])], now())
        .await
        .unwrap();
    register
        .note_signed(vec![(card, [7; 4])], now())
        .await
        .unwrap();
    let later = now().plus(DAY);
    let lines = register.signed(0, later, 9).await.unwrap();
    assert_eq!(lines.len(), 1, "once a key");
    assert_eq!(
        (
            lines[0].card,
            register.signed_by([7; 4], now()).await.unwrap()
        ),
        (card, 1)
    );
    assert!(
        register
            .signed(lines[0].n, later, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        register.signed(0, now(), 9).await.unwrap().is_empty(),
        "not yet"
    );
    // A line that a later one is older than, by a clock that was turned back, is not passed over.
    let early = now().minus(DAY);
    register
        .note_signed(vec![(given[0].id, [7; 4])], early)
        .await
        .unwrap();
    assert!(register.signed(0, now(), 9).await.unwrap().is_empty());
    assert_eq!(register.signed(1, now(), 9).await.unwrap().len(), 1);
    let ids: Vec<_> = given.iter().map(|one| one.id).collect();
    assert_eq!(register.known(&ids).await.unwrap().claims.len(), 3);
    register
        .forget(now().plus(CARD_VALIDITY + DAY * 8))
        .await
        .unwrap();
    let known = register.known(&ids).await.unwrap();
    assert!(known.claims.is_empty() && known.signed.is_empty());
    register.close().await;
    // Another program goes on where this one stopped.
    let again = Register::new(keys.path());
    let identity = again.identity().await.unwrap();
    assert_eq!((identity.next_place, identity.last), (3, 3));
    assert_eq!(again.allot(1, now()).await.unwrap()[0].status_index, 3);
}

#[tokio::test]
async fn a_day_has_its_bound_also_for_those_who_ask_together() {
    let keys = tempfile::tempdir().unwrap();
    let bounds = Bounds {
        per_day: 10,
        first: 40,
    };
    let register = Register::bounded(keys.path(), bounds);
    let asked = (0..8).map(|_| register.allot(3, now()));
    let answers = futures_util::future::join_all(asked).await;
    let mut places = HashSet::new();
    for claims in answers.iter().flatten().flatten() {
        assert!(claims.status_index >= 40 && places.insert(claims.status_index));
    }
    assert_eq!(places.len(), 9);
    let refused = answers
        .iter()
        .filter(|answer| matches!(answer, Err(Error::Limit(1..=86_400))));
    assert_eq!(refused.count(), 5);
    assert_eq!(
        register.allot(10, now().plus(DAY)).await.unwrap().len(),
        10,
        "a new day"
    );
}

on_both! {
    async fn a_busy_second_asks_in_advance_and_what_is_old_is_never_used(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let mut places = HashSet::new();
        for n in 100..130 {
            let holder = person(&mut tx, "Nguyễn Văn Thử", &format!("0905 000 {n}")).await;
            let card = tx.issue_own_card(&own(holder), CardKind::Paper, now()).await.unwrap().unwrap();
            assert!(places.insert(card.status_index));
        }
        let register = Register::new(fresh.store.keys().folder());
        let given = register.identity().await.unwrap().next_place;
        assert!(given > 30, "some were asked for in advance: {given}");
        let later = now().plus(Duration::from_secs(6));
        let holder = person(&mut tx, "Nguyễn Văn Thử", "0905 000 099").await;
        let card = tx.issue_own_card(&own(holder), CardKind::Paper, later).await.unwrap().unwrap();
        assert!(i64::from(card.status_index) >= given, "a card is of its own time");
        assert_eq!(card.issued.seconds(), later.seconds());
    }
}

on_both! {
    async fn signatures_are_compared_once_and_those_without_a_card_are_counted(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let holder = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let card = tx.issue_own_card(&own(holder), CardKind::Paper, now()).await.unwrap().unwrap();
        let unknown = CardId([7; 10]);
        assert_eq!(tx.cards_missing(&[card.id, unknown]).await.unwrap(), [unknown]);
        assert_eq!(tx.signatures_compared().await.unwrap(), (0, 0));
        tx.compare_anew(5).await.unwrap();
        assert_eq!(tx.signatures_compared().await.unwrap(), (5, 0));
        assert!(tx.note_compared((0, 9), 1).await.unwrap());
        assert!(!tx.note_compared((0, 9), 1).await.unwrap(), "somebody else did");
        assert_eq!(tx.signatures_compared().await.unwrap(), (5, 9));
        assert_eq!(tx.unknown_signatures().await.unwrap(), 1);
        // Who must print again when the key of these days is ended.
        let days = |from, to| (now().plus(DAY * from), now().plus(DAY * to));
        let before = (now().minus(DAY), now().plus(DAY));
        let printed = tx.cards_printed_in(before, now()).await.unwrap();
        assert_eq!(printed.iter().map(|(_, count)| *count).sum::<i64>(), 1);
        assert!(tx.cards_printed_in(days(1, 8), now()).await.unwrap().is_empty());
        assert!(tx.cards_printed_in(before, card.expires).await.unwrap().is_empty(), "over");
    }
}
