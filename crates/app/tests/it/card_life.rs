//! What becomes of a card at a gate when an office changes it: at once with a network, with the next list without one.

use crate::roles::officer;
use crate::support::town::Town;
use axum::http::StatusCode;
use codes::{State, StatusList};
use domain::ids::{CardId, HolderId};
use domain::role::OfficerRole;
use std::time::Duration;
use uuid::Uuid;

async fn take(town: &Town, clerk: &str, step: &str, reason: &str) {
    let person = HolderId(Uuid::from_u128(1));
    let card = CardId([1; 10]).to_string();
    let path = format!("/office/people/{person}/card-steps");
    let fields = [
        ("card", card.as_str()),
        ("step", step),
        ("reason", reason),
        ("sure", "yes"),
    ];
    let answer = town.app.post_form(&path, &fields, clerk).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert!(
        answer.location().contains(&format!("done={step}")),
        "{}",
        answer.location()
    );
}

const GOOD: Option<State> = Some(State::Active);
const OVER: Option<State> = Some(State::Invalid);

/// What the public list says of the card, and what a gate decides by without a network.
async fn listed(town: &Town) -> (Option<State>, Option<State>) {
    let answer = town.app.get("/api/v1/status-list", "").await;
    let list = StatusList::open(&answer.bytes, &town.app.app.signer.keyring()).unwrap();
    let (held, _) = crate::gate_bundle::renew(town, None).await;
    (list.state(1), held.state(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_card_opens_no_gate_until_it_is_resumed_and_a_revoked_one_never() {
    let town = Town::new().await;
    let clerk = officer(&town.app, OfficerRole::CommuneOfficer, "19753").await;
    let clerk = clerk.cookie;
    town.check(town.line(1, -100, "in"), "admit", "in", &[])
        .await;
    assert_eq!(listed(&town).await, (GOOD, GOOD));
    town.app.advance(Duration::from_secs(120));
    take(&town, &clerk, "suspension", "lost").await;
    town.check(town.line(1, 0, "in"), "refuse", "in", &["suspended"])
        .await;
    assert_eq!(listed(&town).await, (OVER, OVER), "without a network");
    town.app.advance(Duration::from_secs(120));
    take(&town, &clerk, "resumption", "found").await;
    town.check(town.line(1, 0, "in"), "admit", "in", &[]).await;
    // A gate asks about a card that is in use again until its list is made from the ground up.
    assert_eq!(listed(&town).await, (GOOD, Some(State::Ask)));
    town.app.advance(Duration::from_secs(7201));
    assert_eq!(listed(&town).await, (GOOD, GOOD));
    town.app.advance(Duration::from_secs(120));
    take(&town, &clerk, "revocation", "lost").await;
    town.check(town.line(1, 0, "in"), "refuse", "in", &["revoked"])
        .await;
    assert_eq!(listed(&town).await, (OVER, OVER));
}
