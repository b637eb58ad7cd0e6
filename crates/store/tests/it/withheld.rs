//! Cards that an office put out of use: their holder gets no other by asking.

use crate::scene::{own, path, person};
use crate::support::{now, on_both};
use domain::card::{CardKind, CardStep, StepReason};
use domain::ids::{HolderId, OfficerId};
use domain::role::{
    Actor, Authorized, HolderScope, OfficerRole, RevokeCard, ServeHolder, authorize,
};
use domain::time::Timestamp;
use domain::unit::UnitCode;
use std::time::Duration;
use store::Tx;

/// What is done to the card of a person, in order.
#[derive(Clone, Copy)]
enum Done {
    Office(CardStep, StepReason),
    /// The holder reports it lost.
    ReportedLost,
    /// The office issues another, in use at once.
    Another,
}

const CASES: &[(&str, &[Done], bool)] = {
    use CardStep::{Resumption, Revocation, Suspension};
    use Done::{Another, Office, ReportedLost};
    use StepReason::{Damaged, Details, Found, Lost, Withdrawn};
    &[
        ("nothing done", &[], false),
        ("lost", &[Office(Revocation, Lost)], false),
        ("mislaid", &[Office(Suspension, Lost)], false),
        ("damaged", &[Office(Revocation, Damaged)], false),
        ("reported lost", &[ReportedLost], false),
        ("withdrawn", &[Office(Revocation, Withdrawn)], true),
        ("withdrawn for now", &[Office(Suspension, Withdrawn)], true),
        ("details in doubt", &[Office(Suspension, Details)], true),
        (
            "withdrawn, then reported lost",
            &[Office(Suspension, Withdrawn), ReportedLost],
            true,
        ),
        (
            "given back, then reported lost",
            &[
                Office(Suspension, Details),
                Office(Resumption, Found),
                ReportedLost,
            ],
            false,
        ),
        (
            "given back, and withdrawn again",
            &[
                Office(Suspension, Details),
                Office(Resumption, Found),
                Office(Revocation, Withdrawn),
            ],
            true,
        ),
        (
            "withdrawn, and another given",
            &[Office(Revocation, Withdrawn), Another],
            false,
        ),
        (
            "another given, and that withdrawn too",
            &[
                Office(Revocation, Withdrawn),
                Another,
                Office(Revocation, Withdrawn),
            ],
            true,
        ),
    ]
};

fn serving(holder: HolderId) -> Authorized<ServeHolder, HolderScope> {
    let clerk = Actor::Officer {
        id: OfficerId(store::new_id(now())),
        role: OfficerRole::CommuneOfficer,
        unit: UnitCode::parse("19753").unwrap(),
    };
    let unit = path(&["VN", "46", "19753"]);
    authorize(&clerk, HolderScope { holder, unit }).unwrap()
}

fn losing(holder: HolderId) -> Authorized<RevokeCard, HolderScope> {
    let unit = path(&["VN", "46", "19753"]);
    authorize(&Actor::Holder(holder), HolderScope { holder, unit }).unwrap()
}

async fn take(tx: &mut Tx, holder: HolderId, done: Done, at: Timestamp) {
    let newest = tx.own_cards(&own(holder)).await.unwrap()[0].id;
    match done {
        Done::Office(step, reason) => {
            let who = serving(holder);
            let to = tx.change_card(&who, newest, step, reason, at).await;
            assert!(to.unwrap().is_some());
        }
        Done::ReportedLost => {
            let done = tx.revoke_card(&losing(holder), newest, at).await;
            assert!(done.unwrap());
        }
        Done::Another => {
            let kind = (CardKind::Electronic, true);
            tx.issue_card(&serving(holder), kind, None, at)
                .await
                .unwrap();
        }
    }
}

on_both! {
    async fn a_card_that_an_office_took_back_is_not_made_again_by_its_holder(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        for (n, (what, steps, withheld)) in CASES.iter().enumerate() {
            let holder = person(&mut tx, "Nguyễn Văn Thử", &format!("0905 000 1{n:02}")).await;
            let first = tx.issue_own_card(&own(holder), CardKind::Electronic, now()).await.unwrap();
            assert!(first.is_some(), "{what}");
            let mut at = now();
            for step in *steps {
                at = at.plus(Duration::from_secs(60));
                take(&mut tx, holder, *step, at).await;
            }
            assert_eq!(tx.own_cards_withheld(&own(holder)).await.unwrap(), *withheld, "{what}");
            let count = tx.own_cards(&own(holder)).await.unwrap().len();
            for kind in [CardKind::Electronic, CardKind::Paper] {
                let next = tx.issue_own_card(&own(holder), kind, at).await.unwrap();
                assert_eq!(next.is_none(), *withheld, "{what}");
            }
            let after = tx.own_cards(&own(holder)).await.unwrap().len();
            assert_eq!(after == count, *withheld, "{what}");
        }
    }
}
