//! An id is in the log or set aside, never both; and what is set aside is its own venue's.

use crate::asides::{Owner, send};
use crate::kill::postgres;
use crate::sealed::on_both;
use crate::support::scene::VENUE;
use crate::support::town::Town;
use axum::http::StatusCode;
use domain::ids::VenueId;
use domain::role::{Actor, ManageVenue, authorize};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;
use vaora::web::asides::record;

/// Reports the town's device lost.
pub(crate) async fn report_lost(town: &Town) {
    let venue = VenueId(Uuid::from_u128(7000));
    let mut tx = town.app.app.store.write().await.unwrap();
    let scope = tx.venue_scope(venue).await.unwrap().unwrap();
    let actor = Actor::Holder(scope.owner);
    let who = authorize::<ManageVenue, _>(&actor, scope).unwrap();
    let device = tx.devices(&who).await.unwrap()[0].id;
    let now = town.app.now();
    assert!(tx.report_device_lost(&who, device, now).await.unwrap());
    tx.commit().await.unwrap();
    town.app.app.gates.forget();
}

on_both! {
    async fn a_clock_that_is_a_little_ahead_doubles_nothing(town: Town) {
        let owner = Owner::of(&town).await;
        let mut lines = [town.line(1, 315, "in"), town.line(2, 315, "in"), town.line(3, 315, "in")];
        for (line, seq) in lines.iter_mut().zip(1..) {
            line["seq"] = json!(seq);
        }
        for result in send(&town, 0, &lines).await {
            assert_eq!((&result["reasons"], &result["set_aside"]), (&json!(["future"]), &json!(true)));
        }
        let group = owner.groups().await.remove(0);
        town.app.advance(Duration::from_secs(17));
        // The first one is sent again and goes into the log; the owner dates the two that wait.
        let first = send(&town, 0, &lines[..1]).await.remove(0);
        assert_eq!((&first["decision"], first.get("set_aside")), (&json!("admit"), None));
        let text = owner.get("/asides").await.text();
        assert!(text.contains("Máy thử: 2 lượt"), "{text}");
        let hour_ago = owner.local(town.app.now().minus(Duration::from_secs(3600)));
        owner.post("/asides/dating", &[("group", &group), ("first", &hour_ago)]).await;
        assert_eq!(town.count_scans().await, 3);
        // All of them again: each is answered as it was, and nothing is new.
        let again = send(&town, 0, &lines).await;
        assert_eq!((&again[0]["decision"], &again[0]["duplicate"]), (&json!("admit"), &json!(true)));
        assert_eq!(again[0].get("set_aside"), None);
        for result in &again[1..] {
            assert_eq!((&result["decision"], &result["reasons"]), (&json!("refuse"), &json!(["future"])));
            assert_eq!((&result["set_aside"], &result["duplicate"]), (&json!(true), &json!(true)));
        }
        assert_eq!(town.count_scans().await, 3);
        assert!(owner.groups().await.is_empty());
        let list = owner.get("/checkpoints").await.text();
        assert!(!list.contains("Thiếu") && !list.contains("hai nơi"), "{list}");
    }
}

on_both! {
    async fn a_lost_device_that_sends_what_is_in_the_log_leaves_nothing_to_settle(town: Town) {
        let owner = Owner::of(&town).await;
        let mut lines: Vec<Value> = (1..=3).map(|n| town.line(n, -60, "in")).collect();
        for (line, seq) in lines.iter_mut().zip(1..) {
            line["seq"] = json!(seq);
        }
        send(&town, 0, &lines).await;
        report_lost(&town).await;
        for result in town.results(&lines).await {
            assert_eq!((&result["decision"], &result["duplicate"]), (&json!("refuse"), &json!(true)));
            assert_eq!((&result["reasons"], result.get("set_aside")), (&json!(["device_lost"]), None));
        }
        assert!(owner.groups().await.is_empty());
        let list = owner.get("/checkpoints").await.text();
        assert!(!list.contains("hai nơi"), "no number came twice: {list}");
        // What is new does wait, beside them.
        let mut new = town.line(4, -30, "in");
        new["seq"] = json!(4);
        lines.push(new);
        town.post(&lines).await;
        let text = owner.get("/asides").await.text();
        assert!(text.contains("Máy thử: 1 lượt"), "{text}");
        let group = owner.groups().await.remove(0);
        owner.post("/asides/acceptance", &[("group", &group)]).await;
        assert_eq!(town.count_scans().await, 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_venues_owner_settles_nothing_of_it() {
    let town = Town::new().await;
    let owner = Owner::of(&town).await;
    send(&town, 0, &[town.line(1, 86_400, "in")]).await;
    town.post(&[town.line(2, -60, "in")]).await;
    report_lost(&town).await;
    town.post(&[town.line(3, -30, "in")]).await;
    let groups = owner.groups().await;
    assert_eq!(groups.len(), 2);
    let rival = town.app.holder("Phạm Văn Thử", "0905 000 417").await;
    let made = town
        .app
        .post_form("/venues/new", VENUE, &rival.cookie)
        .await;
    let theirs = made.location();
    let hour_ago = owner.local(town.app.now().minus(Duration::from_secs(3600)));
    for group in &groups {
        let fields = [("group", group.as_str()), ("first", hour_ago.as_str())];
        for way in ["dating", "acceptance", "discarding"] {
            let path = format!("{theirs}/asides/{way}");
            let answer = town.app.post_form(&path, &fields, &rival.cookie).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{way}");
            assert_eq!(owner.groups().await, groups, "{way}");
            assert_eq!(town.count_scans().await, 1, "{way}");
        }
    }
    // The owner's own words do what they say.
    let fields = [("group", groups[0].as_str())];
    owner.post("/asides/discarding", &fields).await;
    assert_eq!(owner.groups().await.len(), 1);
}

on_both! {
    async fn what_is_settled_is_settled_once(town: Town) {
        let owner = Owner::of(&town).await;
        report_lost(&town).await;
        let hour_ago = owner.local(town.app.now().minus(Duration::from_secs(3600)));
        let settle = async |group: &str, way: &str| {
            let fields = [("group", group), ("first", &hour_ago)];
            owner.post(&format!("/asides/{way}"), &fields).await
        };
        send(&town, 0, &[town.line(1, -60, "in")]).await;
        let group = owner.groups().await.remove(0);
        settle(&group, "discarding").await;
        // Nothing brings back what was discarded: no other button of a page that is still open, nor the device.
        for way in ["acceptance", "dating", "discarding"] {
            let answer = settle(&group, way).await;
            assert_eq!(answer.location().split('?').next_back(), Some("done=nothing"), "{way}");
            record(&town.app.app).await.unwrap();
            assert_eq!(town.count_scans().await, 0, "{way}");
        }
        let again = send(&town, 0, &[town.line(1, -60, "in")]).await;
        assert_eq!(again[0]["duplicate"], json!(true));
        assert!(owner.groups().await.is_empty());
        // What was accepted is in the log, and no more often for being accepted, dated or discarded again.
        send(&town, 0, &[town.line(2, -60, "in")]).await;
        let group = owner.groups().await.remove(0);
        for way in ["acceptance", "acceptance", "dating", "discarding"] {
            assert_eq!(settle(&group, way).await.status, StatusCode::SEE_OTHER, "{way}");
            record(&town.app.app).await.unwrap();
            assert_eq!(town.count_scans().await, 1, "{way}");
        }
        assert!(owner.groups().await.is_empty());
    }
}
