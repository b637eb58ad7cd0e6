//! What a gate fetches to decide by itself, judged as a gate judges it.

use crate::kill::postgres;
use crate::sealed::on_both;
use crate::support::Answer;
use crate::support::town::{Town, checkpoint};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use codes::gate_bundle::{GateBundle, Refusal, States};
use codes::{KeyList, Keyring, State, StatusList};
use domain::ids::{CardId, OfficerId, VenueId};
use domain::permit::{Lacking, PermitDemand, PermitKind, PermitPlace};
use domain::role::{Actor, ManageUnit, ManageVenue, OfficerRole, RevokeCard, UnitScope, authorize};
use domain::unit::UnitCode;
use domain::venue::VenueKind;
use serde_json::{Value, json};
use std::time::Duration;
use store::permits::Demanded;
use uuid::Uuid;

async fn ask(town: &Town, query: &str, token: &str, tag: &str) -> Answer {
    let request = Request::get(format!("/api/v1/gate-bundle{query}"))
        .header("authorization", format!("Bearer {token}"))
        .header("if-none-match", tag);
    town.app.send(request.body(Body::empty()).unwrap()).await
}

fn open(town: &Town, answer: &Answer) -> (GateBundle, Keyring) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/cose");
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    let root = KeyList::parse_root(&town.app.app.signer.root().unwrap()).unwrap();
    GateBundle::open(&answer.bytes, &root).unwrap()
}

/// The rules of the device's place, as a bundle brings them.
pub(crate) async fn policy(town: &Town) -> Value {
    let (bundle, _) = open(town, &ask(town, "", &town.token, "").await);
    serde_json::from_str(&bundle.policy).unwrap()
}

/// Fetches what is new, as a gate does, and answers what it holds then; whether it came as a change.
pub(crate) async fn renew(town: &Town, held: Option<&StatusList>) -> (StatusList, bool) {
    let query = held.map_or_else(String::new, |held| {
        format!("?from={}", held.issued().seconds())
    });
    let (bundle, keyring) = open(town, &ask(town, &query, &town.token, "").await);
    let list = bundle.receive(&keyring, held, town.app.now()).unwrap();
    (list, matches!(bundle.states, States::Since(_)))
}

fn states(list: &StatusList) -> Vec<Option<State>> {
    (1..=6).map(|index| list.state(index)).collect()
}

async fn revoke(town: &Town, person: u8) {
    let mut tx = town.app.app.store.write().await.unwrap();
    let card = CardId([person; 10]);
    let scope = tx.card_scope(card).await.unwrap().unwrap();
    let who = authorize::<RevokeCard, _>(&Actor::Holder(scope.holder), scope).unwrap();
    assert!(tx.revoke_card(&who, card, town.app.now()).await.unwrap());
    tx.commit().await.unwrap();
}

const GOOD: Option<State> = Some(State::Active);
const ASK: Option<State> = Some(State::Ask);
const ENDED: Option<State> = Some(State::Invalid);

on_both! {
    async fn a_gate_learns_whom_to_admit_to_ask_about_and_to_refuse(town: Town) {
        let (list, changed) = renew(&town, None).await;
        assert_eq!(states(&list), [GOOD, GOOD, GOOD, ASK, ENDED, None]);
        assert!(!changed);
        assert_eq!(list.expires(), list.issued().plus(Duration::from_secs(86_400)));
        // The public list says no more than it did.
        let public = town.app.get("/api/v1/status-list", "").await;
        let public = StatusList::open(&public.bytes, &town.app.app.signer.keyring()).unwrap();
        assert_eq!(states(&public), [GOOD, GOOD, GOOD, GOOD, ENDED, None]);
        // A revocation is in it as soon as it was acknowledged, also within the same second.
        revoke(&town, 2).await;
        revoke(&town, 4).await;
        let (next, changed) = renew(&town, Some(&list)).await;
        assert_eq!(states(&next), [GOOD, ENDED, GOOD, ENDED, ENDED, None]);
        assert!(changed && next.issued() > list.issued());
        // Whose declaration ran out is asked about within two hours, where no job runs.
        town.app.advance(Duration::from_secs(86_401));
        let (later, changed) = renew(&town, Some(&next)).await;
        assert_eq!(states(&later), [ASK, ENDED, ASK, ENDED, ENDED, None]);
        assert!(changed);
    }
}

on_both! {
    async fn a_change_leads_to_the_whole_list(town: Town) {
        let (first, _) = renew(&town, None).await;
        let mut held = vec![first];
        for person in [1, 2, 3] {
            town.app.advance(Duration::from_secs(60));
            revoke(&town, person).await;
            let (next, changed) = renew(&town, held.last()).await;
            assert!(changed);
            held.push(next);
        }
        let (whole, _) = renew(&town, None).await;
        assert_eq!(states(&whole), [ENDED, ENDED, ENDED, ASK, ENDED, None]);
        for one in &held {
            let (list, changed) = renew(&town, Some(one)).await;
            assert!(changed && list == whole, "{one:?}");
        }
        // Of a list that was never made here all is sent.
        let stranger = StatusList::build((whole.issued().minus(Duration::from_secs(7)), whole.expires()), 6, []);
        let (list, changed) = renew(&town, stranger.as_ref()).await;
        assert!(!changed && list == whole);
        for odd in ["?from=-1", "?from=99999999999999"] {
            let (bundle, _) = open(&town, &ask(&town, odd, &town.token, "").await);
            assert!(matches!(bundle.states, States::Whole(_)), "{odd}");
        }
        assert_eq!(ask(&town, "?from=x", &town.token, "").await.status, StatusCode::BAD_REQUEST);
    }
}

on_both! {
    async fn an_old_bundle_is_not_taken_after_a_newer_one(town: Town) {
        let old = ask(&town, "", &town.token, "").await;
        town.app.advance(Duration::from_secs(60));
        revoke(&town, 1).await;
        let (newer, _) = renew(&town, None).await;
        let (bundle, keyring) = open(&town, &old);
        assert_eq!(bundle.receive(&keyring, Some(&newer), town.app.now()), Err(Refusal::RolledBack));
        let (change, keyring) = open(&town, &ask(&town, "", &town.token, "").await);
        assert!(change.receive(&keyring, Some(&newer), town.app.now()).is_ok());
        let stranger = KeyList::root(&[9; 32]);
        assert!(GateBundle::open(&old.bytes, &stranger).is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_new_is_not_sent_again() {
    let town = Town::new().await;
    let first = ask(&town, "", &town.token, "").await;
    let tag = first.header("etag");
    assert!(tag.starts_with('"') && tag.len() == 24, "{tag}");
    for held in [tag.clone(), format!("\"x\", {tag}")] {
        for query in ["", "?from=5"] {
            let again = ask(&town, query, &town.token, &held).await;
            assert_eq!(
                (again.status, again.header("etag")),
                (StatusCode::NOT_MODIFIED, tag.clone())
            );
            assert!(again.bytes.is_empty());
        }
    }
    let mut tags = vec![tag];
    let other = async |tags: &mut Vec<String>| {
        let answer = ask(&town, "", &town.token, tags.last().unwrap()).await;
        let tag = answer.header("etag");
        assert!(
            answer.status == StatusCode::OK && !tags.contains(&tag),
            "{tag}"
        );
        tags.push(tag);
    };
    revoke(&town, 1).await;
    other(&mut tags).await;
    // The rules of its place changed, or time passed.
    let mut tx = town.app.app.store.write().await.unwrap();
    let scope = tx
        .venue_scope(VenueId(Uuid::from_u128(7000)))
        .await
        .unwrap()
        .unwrap();
    let who = authorize::<ManageVenue, _>(&Actor::Holder(scope.owner), scope).unwrap();
    assert!(
        tx.rename_checkpoint(&who, checkpoint(1), "Cổng chính")
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    other(&mut tags).await;
    town.app.advance(Duration::from_secs(7201));
    other(&mut tags).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_builds_the_list_before_it_is_too_old() {
    let town = Town::new().await;
    let app = &town.app.app;
    app.gate_list.renew(app).await.unwrap();
    let first = app.gate_list.current(app).await.unwrap();
    town.app.advance(Duration::from_secs(3300));
    app.gate_list.renew(app).await.unwrap();
    assert_eq!(
        app.gate_list.current(app).await.unwrap().times(),
        first.times()
    );
    town.app.advance(Duration::from_secs(1));
    app.gate_list.renew(app).await.unwrap();
    let next = app.gate_list.current(app).await.unwrap();
    assert_eq!(
        next.times().0,
        first.times().0.plus(Duration::from_secs(3301))
    );
    assert!(next.since(first.times().0).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_names_the_place_and_the_key_that_lines_are_sealed_for() {
    let town = Town::new().await;
    let (bundle, keyring) = open(&town, &ask(&town, "", &town.token, "").await);
    assert_eq!(&bundle.queue_key, town.app.app.queue_key.public());
    assert_eq!(keyring.len(), town.app.app.signer.keyring().len());
    let mut policy: Value = serde_json::from_str(&bundle.policy).unwrap();
    let device = policy["device"].take();
    assert_eq!(device.as_str().unwrap().len(), 36);
    let expected = json!({
        "device": null,
        "venue": VenueId(Uuid::from_u128(7000)).to_string(),
        "checkpoint_id": checkpoint(1).to_string(),
        "venue_name": "Chợ Bến Thử",
        "checkpoint_name": "Cổng 1",
        "opens": null,
        "idle_s": 28_800,
        "closed": null,
        "suspended": null,
        "permit_from": null,
        "zone_minutes": 420,
        "policy_version": domain::admission::POLICY_VERSION,
    });
    assert_eq!(policy, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_their_token_gets_nothing_and_whoever_asks_is_heard() {
    let town = Town::new().await;
    for token in ["", "another"] {
        let refused = ask(&town, "", token, "").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.json()["type"], "/problems/token_refused");
    }
    let tag = ask(&town, "", &town.token, "").await.header("etag");
    town.app.app.gates.note_heard(&town.app.app).await.unwrap();
    let mut tx = town.app.app.store.write().await.unwrap();
    let scope = tx
        .venue_scope(VenueId(Uuid::from_u128(7000)))
        .await
        .unwrap()
        .unwrap();
    let who = authorize::<ManageVenue, _>(&Actor::Holder(scope.owner), scope).unwrap();
    let device = tx.devices(&who).await.unwrap().remove(0);
    assert_eq!(device.last_seen, Some(town.app.now()));
    assert!(
        tx.revoke_device(&who, device.id, town.app.now())
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    town.app.app.gates.forget();
    for tag in ["", &tag] {
        let refused = ask(&town, "", &town.token, tag).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_says_from_when_on_a_permit_is_needed_and_nothing_of_who_has_one() {
    let town = Town::new().await;
    let zone = town.app.app.zone();
    let tomorrow = zone.day(town.app.now()).plus(1);
    let nation = Actor::Officer {
        id: OfficerId(store::new_id(town.app.now())),
        role: OfficerRole::NationalOfficer,
        unit: UnitCode::nation(),
    };
    let path = town.app.unit("46");
    let unit = UnitCode::parse("46").unwrap();
    let who = authorize::<ManageUnit, _>(&nation, UnitScope { path }).unwrap();
    for (place, from) in [
        (PermitPlace::Any, tomorrow),
        (PermitPlace::Kind(VenueKind::Factory), tomorrow.plus(-1)),
    ] {
        let demand = PermitDemand {
            unit: unit.clone(),
            place,
            kind: Some(PermitKind::Goods),
            from,
            lacking: Lacking::Refuse,
        };
        let mut tx = town.app.app.store.write().await.unwrap();
        let made = tx.demand_permit(&who, &demand, town.app.now()).await;
        assert_eq!(made.unwrap(), Demanded::Made);
        tx.commit().await.unwrap();
    }
    let (bundle, _) = open(&town, &ask(&town, "", &town.token, "").await);
    let policy: Value = serde_json::from_str(&bundle.policy).unwrap();
    let from = zone.start(tomorrow).millis();
    assert_eq!(policy["permit_from"], from, "a market is no factory");
    assert!(!bundle.policy.contains("goods"), "{}", bundle.policy);
}
