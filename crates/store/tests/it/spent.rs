//! What is spent: counts of uses, links that ran out.

use crate::support::{now, on_both};
use domain::ids::OfficerId;
use domain::role::{Actor, InviteOfficer, OfficerRole, OfficerScope, authorize};
use domain::unit::UnitCode;
use std::time::Duration;
use store::invitations::INVITATION_LENGTH;
use store::new_id;
use store::rates::Limit;

const LIMIT: Limit = Limit {
    kind: "test",
    most: 2,
    window: Duration::from_secs(3600),
};

on_both! {
    async fn a_limit_holds_for_its_window_and_key(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        for within in [true, true, false, false] {
            assert_eq!(tx.spent(LIMIT, "one", now()).await.unwrap(), !within, "asking counts nothing");
            assert_eq!(tx.within(LIMIT, "one", now()).await.unwrap(), within);
        }
        assert!(!tx.spent(LIMIT, "one", now().plus(LIMIT.window)).await.unwrap());
        assert!(tx.within(LIMIT, "two", now()).await.unwrap());
        assert!(tx.within(Limit { kind: "other", ..LIMIT }, "one", now()).await.unwrap());
        assert!(tx.within(LIMIT, "one", now().plus(LIMIT.window)).await.unwrap());
        let three = tx.within_all(LIMIT, "many", 3, now()).await.unwrap();
        assert!(!three, "too many at once");
        assert!(!tx.within_all(LIMIT, "huge", i32::MAX, now()).await.unwrap());
        assert!(!tx.within_all(LIMIT, "huge", i32::MAX, now()).await.unwrap());
        assert!(tx.within_all(LIMIT, "some", 2, now()).await.unwrap());
        assert!(!tx.within(LIMIT, "some", now()).await.unwrap());
        tx.erase_rates(now()).await.unwrap();
        assert!(tx.within(LIMIT, "one", now()).await.unwrap(), "the old window is forgotten");
    }
}

on_both! {
    async fn links_that_ran_out_are_erased(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let nation = Actor::Officer {
            id: OfficerId(new_id(now())),
            role: OfficerRole::NationalOfficer,
            unit: UnitCode::nation(),
        };
        let scope = OfficerScope {
            officer: OfficerId(new_id(now())),
            role: OfficerRole::Auditor,
            unit: crate::scene::path(&["VN"]),
        };
        let who = authorize::<InviteOfficer, _>(&nation, scope).unwrap();
        tx.add_officer(&who, ("mau", "Trần Thị Mẫu"), "link", now()).await.unwrap();
        let end = now().plus(INVITATION_LENGTH);
        assert_eq!(tx.erase_invitations(end).await.unwrap(), 0);
        assert!(tx.invitation("link", now()).await.unwrap().is_some());
        let past = end.plus(Duration::from_millis(1));
        assert_eq!(tx.erase_invitations(past).await.unwrap(), 1);
        assert!(tx.invitation("link", now()).await.unwrap().is_none());
    }
}
