use crate::support::{now, on_both};
use domain::otp::{LOCK, OtpCode, OtpPurpose, RESEND, TRIES, VALIDITY};
use domain::phone::Phone;
use domain::time::Timestamp;
use std::time::Duration;
use store::Store;
use store::otps::{Guess, OtpCheck, OtpWait};

const PURPOSE: OtpPurpose = OtpPurpose::SignIn;

fn phone() -> Phone {
    Phone::parse("0905 000 101").unwrap()
}

fn code(text: &str) -> OtpCode {
    OtpCode::parse(text).unwrap()
}

async fn add(store: &Store, asker: &str, text: &str, at: Timestamp) {
    let mut tx = store.write().await.unwrap();
    tx.add_otp(&phone(), PURPOSE, asker, &code(text), at)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn check(store: &Store, asker: &str, text: &str, at: Timestamp) -> OtpCheck {
    check_in(store, (asker, "step"), text, at).await
}

async fn check_in(
    store: &Store,
    (asker, step): (&str, &str),
    text: &str,
    at: Timestamp,
) -> OtpCheck {
    let mut tx = store.write().await.unwrap();
    let code = OtpCode::parse(text);
    let guess = Guess {
        code: code.as_ref(),
        step,
        asker: Some(asker),
    };
    let found = tx.check_otp(&phone(), PURPOSE, guess, at).await.unwrap();
    tx.commit().await.unwrap();
    found
}

async fn wait(store: &Store, asker: &str, at: Timestamp) -> Option<OtpWait> {
    let mut tx = store.write().await.unwrap();
    tx.otp_wait(&phone(), PURPOSE, asker, at).await.unwrap()
}

on_both! {
    async fn a_spoken_code_is_right_until_its_time_and_only_wrong_tries_count(fresh: Fresh) {
        let (purpose, good) = (OtpPurpose::Spoken, code("111111"));
        let check = async |text: &str, at: Timestamp| {
            let mut tx = fresh.store.write().await.unwrap();
            let typed = code(text);
            let guess = Guess { code: Some(&typed), step: "step", asker: None };
            let found = tx.check_otp(&phone(), purpose, guess, at).await.unwrap();
            tx.commit().await.unwrap();
            found
        };
        let mut tx = fresh.store.write().await.unwrap();
        tx.add_otp(&phone(), purpose, "a", &good, now()).await.unwrap();
        tx.commit().await.unwrap();
        for minutes in 0..8 {
            let at = now().plus(Duration::from_secs(minutes * 3600));
            assert_eq!(check("111111", at).await, OtpCheck::Right, "{minutes}");
        }
        for left in (1..TRIES).rev() {
            assert_eq!(check("222222", now()).await, OtpCheck::Wrong(left));
            assert_eq!(check("111111", now()).await, OtpCheck::Right);
        }
        let last = now().plus(purpose.validity());
        assert_eq!(check("111111", last).await, OtpCheck::Expired);
        assert_eq!(check("222222", now()).await, OtpCheck::Locked);
        assert_eq!(check("111111", now()).await, OtpCheck::Locked);
    }
}

on_both! {
    async fn a_code_is_right_once_and_only_the_newest_of_an_asker_counts(fresh: Fresh) {
        let store = &fresh.store;
        assert_eq!(check(store, "b", "111111", now()).await, OtpCheck::Expired);
        add(store, "b", "111111", now()).await;
        add(store, "b", "222222", now().plus(RESEND)).await;
        let later = now().plus(RESEND);
        assert_eq!(check(store, "b", "111111", later).await, OtpCheck::Wrong(TRIES - 1));
        assert_eq!(check(store, "b", "222222", later).await, OtpCheck::Right);
        // Told apart from a code that never was, for a minute, and only where it was typed.
        assert_eq!(check(store, "b", "222222", later).await, OtpCheck::Again);
        assert_eq!(check_in(store, ("b", "other"), "222222", later).await, OtpCheck::Expired);
        assert_eq!(check(store, "b", "222222", later.plus(RESEND)).await, OtpCheck::Expired);
        assert_eq!(check(store, "b", "999999", later).await, OtpCheck::Expired);
        add(store, "a", "333333", later).await;
        assert_eq!(check(store, "a", "333333", later.plus(VALIDITY)).await, OtpCheck::Expired);
    }
}

on_both! {
    async fn nobody_voids_a_code_by_asking_for_another(fresh: Fresh) {
        let store = &fresh.store;
        add(store, "owner", "111111", now()).await;
        add(store, "stranger", "222222", now()).await;
        add(store, "stranger", "333333", now().plus(RESEND)).await;
        let later = now().plus(RESEND);
        let old = check(store, "stranger", "222222", later).await;
        assert_eq!(old, OtpCheck::Wrong(TRIES - 1), "one an asker");
        assert_eq!(check(store, "owner", "111111", later).await, OtpCheck::Right);
        let theirs = check_in(store, ("stranger", "other"), "333333", later).await;
        assert_eq!(theirs, OtpCheck::Expired, "it is done with");
        // Of three askers the last two.
        for (n, asker, text) in [(1, "a", "444444"), (2, "b", "555555"), (3, "c", "666666")] {
            add(store, asker, text, later.plus(Duration::from_secs(n))).await;
        }
        let later = later.plus(Duration::from_secs(4));
        assert_eq!(check(store, "a", "444444", later).await, OtpCheck::Expired);
        assert_eq!(check(store, "b", "555555", later).await, OtpCheck::Right);
    }
}

on_both! {
    async fn nobody_guesses_away_a_code_that_another_had_sent(fresh: Fresh) {
        let store = &fresh.store;
        add(store, "owner", "111111", now()).await;
        // Neither without a code of one's own, nor with one, nor with one that is dead already.
        assert_eq!(check(store, "stranger", "999999", now()).await, OtpCheck::Expired);
        add(store, "stranger", "222222", now()).await;
        for left in (1..TRIES).rev() {
            assert_eq!(check(store, "stranger", "999999", now()).await, OtpCheck::Wrong(left));
        }
        for _ in 0..TRIES {
            assert_eq!(check(store, "stranger", "999999", now()).await, OtpCheck::Locked);
        }
        assert_eq!(check(store, "stranger", "111111", now()).await, OtpCheck::Locked, "not theirs");
        assert_eq!(wait(store, "owner", now().plus(RESEND)).await, None);
        assert_eq!(check(store, "owner", "999999", now()).await, OtpCheck::Wrong(TRIES - 1));
        assert_eq!(check(store, "owner", "111111", now()).await, OtpCheck::Right);
        // Who used up the tries of their own waits on.
        let until = now().plus(LOCK);
        assert_eq!(wait(store, "stranger", now()).await, Some(OtpWait::Locked(until)));
    }
}

on_both! {
    async fn guesses_are_counted_and_lock_who_asked(fresh: Fresh) {
        let store = &fresh.store;
        add(store, "a", "111111", now()).await;
        for left in (1..TRIES).rev() {
            let guess = if left % 2 == 0 { "999999" } else { "no code" };
            assert_eq!(check(store, "a", guess, now()).await, OtpCheck::Wrong(left));
        }
        assert_eq!(check(store, "a", "999999", now()).await, OtpCheck::Locked);
        assert_eq!(check(store, "a", "111111", now()).await, OtpCheck::Locked);
        let until = now().plus(LOCK);
        assert_eq!(wait(store, "a", now()).await, Some(OtpWait::Locked(until)));
        assert_eq!(wait(store, "b", now()).await, None);
        assert_eq!(wait(store, "a", until).await, None);
        // Somebody else's new code works, and leaves the lock where it is.
        add(store, "b", "222222", now()).await;
        assert_eq!(wait(store, "a", now()).await, Some(OtpWait::Locked(until)));
        assert_eq!(wait(store, "b", now()).await, Some(OtpWait::Sent(now().plus(RESEND))));
        assert_eq!(check(store, "b", "222222", now()).await, OtpCheck::Right);
    }
}

on_both! {
    async fn a_code_that_was_right_at_the_last_try_is_known_again(fresh: Fresh) {
        let store = &fresh.store;
        add(store, "a", "111111", now()).await;
        for _ in 1..TRIES {
            check(store, "a", "999999", now()).await;
        }
        assert_eq!(check(store, "a", "111111", now()).await, OtpCheck::Right);
        assert_eq!(check(store, "a", "111111", now()).await, OtpCheck::Again);
        assert_eq!(check_in(store, ("a", "other"), "111111", now()).await, OtpCheck::Expired);
    }
}

on_both! {
    async fn guesses_side_by_side_share_no_try(fresh: Fresh) {
        add(&fresh.store, "a", "111111", now()).await;
        let mut guesses = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let store = fresh.store.clone();
            guesses.spawn(async move { check(&store, "a", "999999", now()).await });
        }
        let answers = guesses.join_all().await;
        let wrong = answers.iter().filter(|answer| matches!(answer, OtpCheck::Wrong(_))).count();
        assert_eq!(wrong, 4);
        assert_eq!(check(&fresh.store, "a", "111111", now()).await, OtpCheck::Locked);
    }
}

on_both! {
    async fn old_codes_are_erased(fresh: Fresh) {
        add(&fresh.store, "a", "111111", now()).await;
        let mut tx = fresh.store.write().await.unwrap();
        assert_eq!(tx.erase_otps(now()).await.unwrap(), 0);
        let later = now().plus(VALIDITY).plus(Duration::from_secs(1));
        assert_eq!(tx.erase_otps(later).await.unwrap(), 1);
    }
}
