//! A phone's code that changes: from the own page to the gate.

use crate::kill::postgres;
use crate::support::TestApp;
use crate::support::town::{Town, YEAR};
use axum::http::StatusCode;
use codes::phone::{assemble, message};
use data_encoding::BASE64URL_NOPAD;
use domain::ids::HolderId;
use domain::phone_key::PhoneCode;
use domain::time::Timestamp;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use std::time::Duration;
use store::sessions::SessionOf;
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(86_400);

/// A phone: its key, and what it was given for it.
struct Phone {
    key: SigningKey,
    cookie: String,
    credential: Vec<u8>,
}

impl Phone {
    /// A phone of the town's first person, signed in.
    async fn new(town: &Town, seed: u8) -> Self {
        let holder = SessionOf::Holder(HolderId(Uuid::from_u128(1)));
        let mut phone = Self {
            key: SigningKey::from_slice(&[seed; 32]).unwrap(),
            cookie: town.app.session(holder).await,
            credential: Vec::new(),
        };
        phone.renew(town).await;
        phone
    }

    async fn ask(&self, town: &Town) -> crate::support::Answer {
        let point = self.key.verifying_key().to_sec1_point(false);
        let key = BASE64URL_NOPAD.encode(point.as_bytes());
        let path = "/code/phone-key";
        town.app
            .post_form(path, &[("key", &key)], &self.cookie)
            .await
    }

    async fn renew(&mut self, town: &Town) -> Value {
        let answer = self.ask(town).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let given = answer.json();
        let credential = given["credential"].as_str().unwrap();
        self.credential = BASE64URL_NOPAD.decode(credential.as_bytes()).unwrap();
        given
    }

    /// What it shows, so many seconds from now.
    fn code(&self, town: &Town, seconds: i64) -> String {
        self.code_by(&self.key, town, seconds)
    }

    fn code_by(&self, key: &SigningKey, town: &Town, seconds: i64) -> String {
        let at = Timestamp::from_millis(town.app.now().millis() + seconds * 1000);
        let step = u32::try_from(PhoneCode::step_at(at)).unwrap();
        let signature: Signature = key.sign(&message(&self.credential, step));
        assemble(&self.credential, step, &signature.to_bytes().into())
    }
}

/// What a phone that is signed in shows now.
pub(crate) async fn shown(app: &TestApp, cookie: &str) -> String {
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let point = BASE64URL_NOPAD.encode(point.as_bytes());
    let fields = [("key", point.as_str())];
    let given = app.post_form("/code/phone-key", &fields, cookie).await;
    let given = given.json();
    let credential = given["credential"].as_str().unwrap();
    let credential = BASE64URL_NOPAD.decode(credential.as_bytes()).unwrap();
    let step = u32::try_from(PhoneCode::step_at(app.now())).unwrap();
    let signature: Signature = key.sign(&message(&credential, step));
    assemble(&credential, step, &signature.to_bytes().into())
}

/// A scan of a code, read so many seconds from now on the way in.
fn read(town: &Town, salt: u8, seconds: i64, code: &str) -> Value {
    json!({"id": town.id(salt, seconds), "code": code, "direction": "in"})
}

async fn a_code_lives_for_half_a_minute_and_one_beside(town: Town) {
    let phone = Phone::new(&town, 7).await;
    let shown = phone.code(&town, -300);
    // Read twice as it is shown: what was remembered of it must not admit it later.
    for seconds in [-300, -229, -161] {
        let live = seconds < -280;
        let (decision, why): (_, &[&str]) = match live {
            true => ("admit", &[]),
            false => ("refuse", &["old_code"]),
        };
        town.check(
            read(&town, (seconds + 310) as u8, seconds, &shown),
            decision,
            "in",
            why,
        )
        .await;
    }
    // One step before and after; two after are a picture, and two before a clock that is wrong.
    for (salt, away, decision) in [
        (30, -30, "admit"),
        (31, 30, "admit"),
        (32, -90, "refuse"),
        (33, 90, "refuse"),
    ] {
        let code = phone.code(&town, away - 100);
        let line = read(&town, salt, -100, &code);
        let result = town.results(&[line]).await.remove(0);
        assert_eq!(result["decision"], decision, "{away} s: {result}");
    }
    // A picture takes nobody prisoner.
    let out = json!({"id": town.id(40, 0), "code": shown, "direction": "out"});
    town.check(out, "admit", "out", &[]).await;
    // Many at once, some known already and some not, are told apart by their own times.
    let lines: Vec<Value> = (0..40_u8)
        .map(|n| {
            let code = phone.code(&town, if n % 2 == 0 { 100 } else { -100 });
            read(&town, 50 + n, 100, &code)
        })
        .collect();
    for (n, result) in town.results(&lines).await.iter().enumerate() {
        let old = result["reasons"]
            .as_array()
            .unwrap()
            .contains(&json!("old_code"));
        assert_eq!(old, n % 2 == 1, "{n}: {result}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_lives_for_half_a_minute_and_one_beside_on_sqlite() {
    a_code_lives_for_half_a_minute_and_one_beside(Town::now(None).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_lives_for_half_a_minute_and_one_beside_on_postgres() {
    a_code_lives_for_half_a_minute_and_one_beside(Town::now(Some(postgres())).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_upload_is_judged_by_when_it_was_read() {
    let town = Town::new().await;
    let phone = Phone::new(&town, 7).await;
    let shown = phone.code(&town, 0);
    let (fresh, picture) = (read(&town, 1, 5, &shown), read(&town, 2, 300, &shown));
    town.app.advance(Duration::from_secs(5 * 3600));
    town.check(fresh, "admit", "in", &[]).await;
    town.check(picture, "refuse", "in", &["old_code"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_makes_a_phones_code() {
    let town = Town::new().await;
    let phone = Phone::new(&town, 7).await;
    let other = SigningKey::from_slice(&[8; 32]).unwrap();
    let copied = phone.code_by(&other, &town, 0);
    town.check(read(&town, 1, 0, &copied), "refuse", "in", &["forged"])
        .await;
    let printed = format!("8262{}", &town.codes[0][4..]);
    town.check(read(&town, 2, 0, &printed), "refuse", "in", &["unreadable"])
        .await;
    let issuer = codes::IssuerKey::new(
        &[9; 32],
        codes::Window::new(
            town.app.now(),
            town.app.now().plus(DAY),
            town.app.now().plus(YEAR),
        )
        .unwrap(),
    );
    let read_back = codes::phone::decode(&phone.code(&town, 0)).unwrap();
    let foreign = Phone {
        key: phone.key.clone(),
        cookie: String::new(),
        credential: read_back.claim().sign(&issuer),
    };
    let code = foreign.code(&town, 0);
    town.check(read(&town, 3, 0, &code), "refuse", "in", &["unknown_key"])
        .await;
    // The person's own printed card goes on, beside the phone.
    town.check(read(&town, 4, 0, &town.codes[0]), "admit", "in", &[])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_ends_and_is_renewed() {
    let town = Town::new().await;
    let mut phone = Phone::new(&town, 7).await;
    let first = phone.credential.clone();
    town.app.advance(DAY * 16);
    let given = phone.renew(&town).await;
    assert_ne!(phone.credential, first);
    assert_eq!(
        given["expires"].as_i64().unwrap(),
        Timestamp::from_seconds(town.app.now().plus(DAY * 30).seconds()).millis()
    );
    town.app.advance(DAY * 14);
    let old = Phone {
        credential: first,
        cookie: String::new(),
        key: phone.key.clone(),
    };
    let code = old.code(&town, 0);
    town.check(read(&town, 1, 0, &code), "refuse", "in", &["expired"])
        .await;
    let result = town
        .results(&[read(&town, 2, 0, &phone.code(&town, 0))])
        .await
        .remove(0);
    assert_ne!(result["decision"], "refuse", "{result}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_or_reports_the_card_lost_ends_the_phones_code() {
    let town = Town::new().await;
    let (phone, lost) = (Phone::new(&town, 7).await, Phone::new(&town, 8).await);
    let page = town.app.get("/code", &phone.cookie).await;
    assert!(
        page.body
            .contains("data-card=\"01010101010101010101\" data-phone=\"0"),
        "{}",
        page.body
    );
    town.check(read(&town, 1, 0, &lost.code(&town, 0)), "admit", "in", &[])
        .await;
    let done = town
        .app
        .post_form("/sign-out/everywhere", &[], &phone.cookie)
        .await;
    assert_eq!(done.location(), "/");
    for (salt, one) in [(2, &phone), (3, &lost)] {
        town.app.advance(Duration::from_secs(120));
        let code = one.code(&town, 0);
        town.check(read(&town, salt, 0, &code), "refuse", "in", &["revoked"])
            .await;
        let page = town.app.get("/code", &one.cookie).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "signed out");
        assert_ne!(one.ask(&town).await.status, StatusCode::OK);
    }
    // Signed in again, an ended key is of no use: the phone makes another.
    let again = Phone::new(&town, 9).await;
    let stale = Phone {
        key: lost.key,
        cookie: again.cookie.clone(),
        credential: Vec::new(),
    };
    assert_eq!(stale.ask(&town).await.status, StatusCode::CONFLICT);
    town.app.advance(Duration::from_secs(120));
    town.check(read(&town, 4, 0, &again.code(&town, 0)), "admit", "in", &[])
        .await;
    town.app
        .post_form("/cards/01010101010101010101/revocation", &[], &again.cookie)
        .await;
    town.app.advance(Duration::from_secs(120));
    town.check(
        read(&town, 5, 0, &again.code(&town, 0)),
        "refuse",
        "in",
        &["revoked"],
    )
    .await;
    let page = town.app.get("/code", &again.cookie).await;
    assert!(
        page.body.contains("data-phone=\"\""),
        "the new card has no key yet"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_phone_is_highly_assured_and_its_next_code_is_the_same_person() {
    let town = Town::new().await;
    let phone = Phone::new(&town, 7).await;
    town.check(
        read(&town, 1, -140, &phone.code(&town, -140)),
        "admit",
        "in",
        &[],
    )
    .await;
    town.check(
        read(&town, 2, -100, &phone.code(&town, -100)),
        "admit",
        "in",
        &["already_scanned"],
    )
    .await;
    town.check(read(&town, 3, 0, &town.codes[0]), "admit", "in", &[])
        .await;
    let page = town.app.get("/visits", &phone.cookie).await.text();
    assert_eq!(page.matches("Mức tin cậy cao").count(), 1, "{page}");
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let town = Town::new().await;
    let phone = Phone::new(&town, 7).await;
    let long = "A".repeat(87);
    for wrong in ["", "AAAA", "!", long.as_str()] {
        let answer = town
            .app
            .post_form("/code/phone-key", &[("key", wrong)], &phone.cookie)
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    assert_eq!(
        town.app.post_form("/code/phone-key", &[], "").await.status,
        StatusCode::SEE_OTHER
    );
}
