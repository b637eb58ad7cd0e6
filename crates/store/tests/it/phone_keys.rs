use crate::admissions::{Town, card, holder, scan, town};
use crate::scene::own;
use crate::support::{now, on_both};
use domain::phone_key::{CREDENTIAL_VALIDITY, PhoneCode, PhoneKeyHash};
use domain::scan::{Asked, Decision, Presented, Reason, Scan};
use domain::time::Timestamp;
use std::time::Duration;
use store::Tx;
use store::admissions::Lane;
use store::phone_keys::Kept;
use store::sessions::SessionOf;

fn key(n: u8) -> PhoneKeyHash {
    PhoneKeyHash([n; 32])
}

fn later(seconds: u64) -> Timestamp {
    now().plus(Duration::from_secs(seconds))
}

/// The first person's browser brings a key for the first person's card.
async fn bring(tx: &mut Tx, token: &str, n: u8, at: Timestamp) -> Kept {
    let times = (at, at.plus(CREDENTIAL_VALIDITY));
    tx.keep_phone_key(&own(holder(1)), token, (card(1), key(n)), times)
        .await
        .unwrap()
}

/// What a phone shows, read so many seconds from now on the way in.
fn shown(n: u8, seconds: i64) -> Scan {
    let mut scan = scan(1, seconds, Asked::In);
    if let Presented::Card { phone, .. } = &mut scan.presented {
        let step = u32::try_from(PhoneCode::step_at(scan.id.at())).unwrap();
        *phone = Some(PhoneCode { key: key(n), step });
    }
    scan
}

async fn answers(town: &Town, scans: Vec<Scan>) -> Vec<(Decision, Vec<Reason>)> {
    let answers = town.admit(scans, Lane::Live, later(3600)).await.unwrap();
    answers
        .into_iter()
        .map(|it| (it.decision, it.reasons.iter().collect()))
        .collect()
}

on_both! {
    async fn a_browser_has_one_key_and_renews_it(fresh: Fresh) {
        town(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        tx.begin_session("a", SessionOf::Holder(holder(1)), now()).await.unwrap();
        let Kept::New(id) = bring(&mut tx, "a", 1, now()).await else { panic!("it is new") };
        assert_eq!(bring(&mut tx, "a", 1, later(10)).await, Kept::Renewed(id));
        let good = later(10).plus(CREDENTIAL_VALIDITY).minus(Duration::from_millis(1));
        assert_eq!(tx.own_phone_key(&own(holder(1)), "a", good).await.unwrap(), Some((id, card(1))));
        assert_eq!(tx.own_phone_key(&own(holder(1)), "a", later(10).plus(CREDENTIAL_VALIDITY)).await.unwrap(), None);
        assert_eq!(tx.own_phone_key(&own(holder(2)), "a", now()).await.unwrap(), None);
        assert_eq!(tx.own_phone_key(&own(holder(1)), "b", now()).await.unwrap(), None);
        // Another browser's, another person's card, a card that was revoked.
        assert_eq!(bring(&mut tx, "b", 1, now()).await, Kept::Refused);
        let times = (now(), later(60));
        assert_eq!(tx.keep_phone_key(&own(holder(2)), "c", (card(1), key(7)), times).await.unwrap(), Kept::Refused);
        assert_eq!(tx.keep_phone_key(&own(holder(20)), "d", (card(20), key(8)), times).await.unwrap(), Kept::Refused);
        // A browser that was signed out while it asked.
        let times = (later(15), later(60));
        assert_eq!(tx.keep_phone_key(&own(holder(1)), "e", (card(1), key(9)), times).await.unwrap(), Kept::Refused);
        // Another key of the same browser takes its place, and an ended one does not come back.
        assert!(matches!(bring(&mut tx, "a", 2, later(20)).await, Kept::New(_)));
        assert_eq!(bring(&mut tx, "a", 1, later(30)).await, Kept::Refused);
    }
}

on_both! {
    async fn of_more_than_three_phones_the_oldest_ends(fresh: Fresh) {
        town(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        for (n, token) in ["a", "b", "c", "d"].into_iter().enumerate() {
            tx.begin_session(token, SessionOf::Holder(holder(1)), now()).await.unwrap();
            assert!(matches!(bring(&mut tx, token, n as u8, later(n as u64)).await, Kept::New(_)));
        }
        let mut good = Vec::new();
        for token in ["a", "b", "c", "d"] {
            good.push(tx.own_phone_key(&own(holder(1)), token, later(9)).await.unwrap().is_some());
        }
        assert_eq!(good, [false, true, true, true]);
    }
}

on_both! {
    async fn a_phone_that_was_signed_out_shows_nothing_that_opens(fresh: Fresh) {
        let town = town(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        for (n, token) in [(1, "a"), (2, "b"), (3, "c")] {
            tx.begin_session(token, SessionOf::Holder(holder(1)), now()).await.unwrap();
            bring(&mut tx, token, n, now()).await;
        }
        tx.commit().await.unwrap();
        let admitted = (Decision::Admit, vec![]);
        assert_eq!(answers(&town, vec![shown(1, 0)]).await[0], admitted);
        let mut tx = fresh.store.write().await.unwrap();
        tx.end_session("a", later(300)).await.unwrap();
        tx.commit().await.unwrap();
        let refused = (Decision::Refuse, vec![Reason::Revoked]);
        // Read before it ended and sent late, it still was good.
        let scans = vec![shown(1, 100), shown(2, 200), shown(1, 300), shown(2, 400)];
        assert_eq!(answers(&town, scans).await, [admitted.clone(), admitted.clone(), refused.clone(), admitted.clone()]);
        // On the way out a genuine card is always taken; and the printed card still opens.
        let out = Scan { asked: Asked::Out, ..shown(1, 500) };
        assert_eq!(answers(&town, vec![out, scan(1, 600, Asked::In)]).await, [admitted.clone(), admitted.clone()]);
        let mut tx = fresh.store.write().await.unwrap();
        tx.end_own_sessions(&own(holder(1)), later(700)).await.unwrap();
        assert!(tx.session("b", now()).await.unwrap().is_none());
        tx.commit().await.unwrap();
        assert_eq!(answers(&town, vec![shown(2, 800), shown(3, 900)]).await, [refused.clone(), refused.clone()]);
        // A key that nobody here knows.
        assert_eq!(answers(&town, vec![shown(9, 1000)]).await, [refused]);
    }
}

on_both! {
    async fn a_key_speaks_for_its_own_card_alone(fresh: Fresh) {
        let town = town(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        bring(&mut tx, "a", 1, now()).await;
        tx.commit().await.unwrap();
        let mut other = shown(1, 0);
        let Presented::Card { phone, .. } = other.presented else { panic!("a card") };
        other.presented = match scan(2, 0, Asked::In).presented {
            Presented::Card { id, issued, expires, .. } => Presented::Card { id, issued, expires, phone },
            other => other,
        };
        assert_eq!(answers(&town, vec![other]).await, [(Decision::Refuse, vec![Reason::Revoked])]);
    }
}

on_both! {
    async fn keys_are_erased_when_no_scan_can_name_them(fresh: Fresh) {
        town(&fresh).await;
        let mut tx = fresh.store.write().await.unwrap();
        for token in ["a", "b"] {
            tx.begin_session(token, SessionOf::Holder(holder(1)), now()).await.unwrap();
        }
        bring(&mut tx, "a", 1, now()).await;
        bring(&mut tx, "b", 2, later(60)).await;
        assert_eq!(tx.erase_phone_keys(now().plus(CREDENTIAL_VALIDITY)).await.unwrap(), 0);
        assert_eq!(tx.erase_phone_keys(later(60).plus(CREDENTIAL_VALIDITY)).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let retention = domain::retention::Retention::default();
        let erased = async |days: u64| {
            let then = later(60).plus(CREDENTIAL_VALIDITY).plus(Duration::from_secs(days * 86_400));
            fresh.store.erase(retention, then).await.unwrap().rows
        };
        let days = u64::from(retention.scan_days);
        erased(days - 1).await;
        let mut tx = fresh.store.write().await.unwrap();
        assert_eq!(bring(&mut tx, "x", 2, now()).await, Kept::Refused, "it is known still");
        tx.commit().await.unwrap();
        assert!(erased(days + 1).await >= 1);
        let mut tx = fresh.store.write().await.unwrap();
        tx.begin_session("x", SessionOf::Holder(holder(1)), now()).await.unwrap();
        assert!(matches!(bring(&mut tx, "x", 2, now()).await, Kept::New(_)));
    }
}
