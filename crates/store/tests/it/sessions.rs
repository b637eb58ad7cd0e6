use crate::scene::{path, person};
use crate::support::{now, on_both};
use domain::ids::OfficerId;
use domain::role::{Actor, ChangeOfficer, OfficerRole, OfficerScope, authorize};
use domain::unit::UnitCode;
use std::time::Duration;
use store::new_id;
use store::sessions::{HOLDER_SESSION, SessionOf};

on_both! {
    async fn a_session_ends_with_its_time_or_when_it_is_ended(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let holder = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let other = person(&mut tx, "Trần Thị Mẫu", "0905 000 102").await;
        for token in ["a", "b", "c"] {
            tx.begin_session(token, SessionOf::Holder(holder), now()).await.unwrap();
        }
        tx.begin_session("d", SessionOf::Holder(other), now()).await.unwrap();
        let last = now().plus(HOLDER_SESSION - Duration::from_millis(1));
        assert_eq!(tx.session("a", last).await.unwrap().map(|(actor, _)| actor), Some(Actor::Holder(holder)));
        assert_eq!(tx.session("a", now().plus(HOLDER_SESSION)).await.unwrap().map(|(actor, _)| actor), None);
        assert_eq!(tx.session("x", now()).await.unwrap().map(|(actor, _)| actor), None);

        tx.end_session("a", now()).await.unwrap();
        assert_eq!(tx.session("a", now()).await.unwrap().map(|(actor, _)| actor), None);
        assert!(tx.session("b", now()).await.unwrap().map(|(actor, _)| actor).is_some());
        assert_eq!(tx.session("d", now()).await.unwrap().map(|(actor, _)| actor), Some(Actor::Holder(other)));
    }
}

on_both! {
    async fn sessions_that_ended_are_erased(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let holder = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        tx.begin_session("old", SessionOf::Holder(holder), now()).await.unwrap();
        let later = now().plus(Duration::from_secs(3600));
        tx.begin_session("new", SessionOf::Holder(holder), later).await.unwrap();
        let between = now().plus(HOLDER_SESSION + Duration::from_secs(60));
        assert_eq!(tx.erase_sessions(between).await.unwrap(), 1);
        assert_eq!(tx.session("old", now()).await.unwrap().map(|(actor, _)| actor), None);
        assert!(tx.session("new", now()).await.unwrap().map(|(actor, _)| actor).is_some());
    }
}

on_both! {
    async fn an_officer_is_signed_out_everywhere_at_once(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let officers = ["mau", "thu"].map(|login| crate::planted::officer(login, OfficerRole::CommuneOfficer));
        tx.plant_officers(&officers, now()).await.unwrap();
        let mau = tx.officer_credentials("mau").await.unwrap().unwrap().id;
        let thu = tx.officer_credentials("thu").await.unwrap().unwrap().id;
        for (token, id) in [("a", mau), ("b", mau), ("c", thu)] {
            tx.begin_session(token, SessionOf::Officer(id), now()).await.unwrap();
        }
        let nation = Actor::Officer {
            id: OfficerId(new_id(now())),
            role: OfficerRole::NationalOfficer,
            unit: UnitCode::nation(),
        };
        let scope = OfficerScope { officer: mau, role: OfficerRole::CommuneOfficer, unit: path(&["VN", "46"]) };
        let who = authorize::<ChangeOfficer, _>(&nation, scope).unwrap();
        tx.suspend_officer(&who, true).await.unwrap();
        tx.suspend_officer(&who, false).await.unwrap();
        for token in ["a", "b"] {
            assert_eq!(tx.session(token, now()).await.unwrap().map(|(actor, _)| actor), None);
        }
        assert!(tx.session("c", now()).await.unwrap().is_some(), "another officer's");
    }
}
