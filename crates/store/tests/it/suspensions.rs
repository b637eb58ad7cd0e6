use crate::scene::{may, path, person, venue};
use crate::support::{now, on_both};
use domain::ids::{OfficerId, SuspensionId, VenueId};
use domain::retention::{Retention, SUSPENSION_DAYS};
use domain::role::{
    Action, Actor, Authorized, ListVenues, ManageVenue, OfficerRole, OverseeVenue, ReadVenueBoard,
    SuspendVenue, UnitScope, VenueScope, authorize,
};
use domain::suspension::{SuspensionReason, Verdict};
use domain::unit::UnitCode;
use std::collections::HashSet;
use std::time::Duration;
use store::suspensions::{Ordered, Suspension};
use store::venues::VenueDetails;
use store::{Tx, new_id};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

fn clerk() -> Actor {
    Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::CommuneOfficer,
        unit: UnitCode::parse("19753").unwrap(),
    }
}

fn province() -> Actor {
    Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::ProvinceOfficer,
        unit: UnitCode::parse("46").unwrap(),
    }
}

async fn office<A: Action<VenueScope>>(
    tx: &mut Tx,
    actor: &Actor,
    venue: VenueId,
) -> Authorized<A, VenueScope> {
    let scope = tx.venue_scope(venue).await.unwrap().unwrap();
    authorize(actor, scope).unwrap()
}

async fn one(tx: &mut Tx, actor: &Actor, venue: VenueId) -> Suspension {
    let who = office::<OverseeVenue>(tx, actor, venue).await;
    tx.suspensions(&who).await.unwrap().remove(0)
}

on_both! {
    async fn an_office_answers_for_its_own_suspension_and_those_below_it(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let here = venue(&mut tx, owner, "Chợ").await;
        let (clerk, province) = (clerk(), province());
        let below = office::<SuspendVenue>(&mut tx, &clerk, here).await;
        let above = office::<SuspendVenue>(&mut tx, &province, here).await;
        let why = (SuspensionReason::Crowded, "Đông.");
        assert_eq!(tx.suspend_venue(&above, why, now()).await.unwrap(), Ordered::Done);
        let order = one(&mut tx, &clerk, here).await.id;
        let manages = may::<ManageVenue>(&mut tx, owner, here).await;
        assert!(tx.appeal_suspension(&manages, "Xin mở lại.", now()).await.unwrap());
        assert!(!tx.answer_suspension(&below, order, (Verdict::Keep, "Chưa."), now()).await.unwrap());
        assert!(!tx.answer_suspension(&below, order, (Verdict::Lift, ""), now()).await.unwrap(), "the province's");
        assert!(tx.venue(here).await.unwrap().unwrap().suspended.is_some());
        assert!(tx.answer_suspension(&above, order, (Verdict::Lift, ""), now()).await.unwrap());
        let later = now().plus(HOUR);
        assert_eq!(tx.suspend_venue(&below, why, later).await.unwrap(), Ordered::Done);
        let order = one(&mut tx, &clerk, here).await.id;
        assert!(tx.answer_suspension(&above, order, (Verdict::Lift, ""), later).await.unwrap(), "one of an office below");
    }
}

on_both! {
    async fn whoever_gave_an_order_stays_over_the_venue(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let here = venue(&mut tx, owner, "Chợ").await;
        let clerk = clerk();
        let who = office::<SuspendVenue>(&mut tx, &clerk, here).await;
        let manages = may::<ManageVenue>(&mut tx, owner, here).await;
        let known = tx.venue(here).await.unwrap().unwrap().details;
        let mut far = known.clone();
        far.unit = path(&["VN", "46", "19774"]);
        assert!(tx.update_venue(&manages, &far).await.unwrap());
        let why = (SuspensionReason::Crowded, "Đông.");
        // As by a form that was opened before it moved.
        assert_eq!(tx.suspend_venue(&who, why, now()).await.unwrap(), Ordered::Moved);
        assert_eq!(tx.venue(here).await.unwrap().unwrap().suspended, None);
        assert!(tx.update_venue(&manages, &known).await.unwrap());
        assert_eq!(tx.suspend_venue(&who, why, now()).await.unwrap(), Ordered::Done);
        assert!(!tx.update_venue(&manages, &far).await.unwrap());
        assert_eq!(tx.venue(here).await.unwrap().unwrap().details.unit, known.unit);
        let named = VenueDetails { name: "Chợ Mới".to_owned(), ..known };
        assert!(tx.update_venue(&manages, &named).await.unwrap());
    }
}

on_both! {
    async fn a_venue_is_suspended_once_by_an_office_and_open_at_once_when_that_is_lifted(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let (here, second) = (venue(&mut tx, owner, "Chợ").await, venue(&mut tx, owner, "Quán").await);
        let clerk = clerk();
        let who = office::<SuspendVenue>(&mut tx, &clerk, here).await;
        let why = (SuspensionReason::Crowded, "Lối vào quá đông.");
        assert_eq!(tx.suspend_venue(&who, why, now()).await.unwrap(), Ordered::Done);
        assert_eq!(tx.suspend_venue(&who, why, now().plus(HOUR)).await.unwrap(), Ordered::Before(now()));
        assert_eq!(tx.venue(here).await.unwrap().unwrap().suspended, Some(now()));
        assert_eq!(tx.venue(second).await.unwrap().unwrap().suspended, None);
        let owns = may::<ReadVenueBoard>(&mut tx, owner, here).await;
        let seen = tx.own_suspensions(&owns).await.unwrap();
        let [seen] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!((seen.reason, seen.words.as_str(), seen.unit.as_str()), (why.0, why.1, "19753"));
        let Actor::Officer { id: officer, .. } = clerk else { panic!() };
        assert_eq!((seen.by, seen.since, seen.lifted), (Some(officer), now(), None));
        let elsewhere = office::<SuspendVenue>(&mut tx, &clerk, second).await;
        assert!(!tx.answer_suspension(&elsewhere, seen.id, (Verdict::Lift, ""), now()).await.unwrap(), "another venue's");
        let later = now().plus(HOUR);
        assert!(tx.answer_suspension(&who, seen.id, (Verdict::Lift, "Đã mở lại lối đi."), later).await.unwrap());
        assert!(!tx.answer_suspension(&who, seen.id, (Verdict::Lift, ""), later).await.unwrap());
        assert_eq!(tx.venue(here).await.unwrap().unwrap().suspended, None);
        let after = one(&mut tx, &clerk, here).await;
        assert_eq!((after.lifted, after.answered_by), (Some(later), Some(officer)));
        assert_eq!(after.answer, Some(("Đã mở lại lối đi.".to_owned(), later)));
        assert_eq!(tx.suspend_venue(&who, why, later).await.unwrap(), Ordered::Done, "again");
        let closes = may::<ManageVenue>(&mut tx, owner, second).await;
        tx.close_venue(&closes, now()).await.unwrap();
        assert_eq!(tx.suspend_venue(&elsewhere, why, later).await.unwrap(), Ordered::Closed);
    }
}

on_both! {
    async fn orders_of_several_offices_count_beside_each_other(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let here = venue(&mut tx, owner, "Chợ").await;
        let (clerk, province) = (clerk(), province());
        let below = office::<SuspendVenue>(&mut tx, &clerk, here).await;
        let above = office::<SuspendVenue>(&mut tx, &province, here).await;
        let suspended = async |tx: &mut Tx| tx.venue(here).await.unwrap().unwrap().suspended;
        let at = |hours| now().plus(HOUR * hours);
        let manages = may::<ManageVenue>(&mut tx, owner, here).await;
        let (first, second) = ((SuspensionReason::Crowded, "Đông."), (SuspensionReason::Barred, "Chưa được mở."));
        assert_eq!(tx.suspend_venue(&below, first, at(0)).await.unwrap(), Ordered::Done);
        let commune = one(&mut tx, &clerk, here).await;
        assert!(tx.appeal_suspension(&manages, "Đã sửa.", at(1)).await.unwrap());
        assert_eq!(tx.suspend_venue(&above, second, at(2)).await.unwrap(), Ordered::Done);
        assert_eq!(tx.suspend_venue(&above, second, at(3)).await.unwrap(), Ordered::Before(at(2)));
        let newest = one(&mut tx, &clerk, here).await;
        assert_eq!((newest.unit.as_str(), newest.words.as_str(), newest.appeal), ("46", "Chưa được mở.", None));
        assert_eq!(suspended(&mut tx).await, Some(at(0)), "since the earliest");
        assert!(tx.appeal_suspension(&manages, "Đã sửa.", at(3)).await.unwrap(), "the second office is asked, too");
        assert!(!tx.appeal_suspension(&manages, "Đã sửa.", at(3)).await.unwrap());
        assert!(tx.answer_suspension(&below, commune.id, (Verdict::Lift, ""), at(4)).await.unwrap());
        assert_eq!(suspended(&mut tx).await, Some(at(2)), "the province's order stays");
        assert_eq!(tx.suspend_venue(&below, first, at(5)).await.unwrap(), Ordered::Done, "again, later");
        assert!(!tx.answer_suspension(&below, newest.id, (Verdict::Lift, ""), at(6)).await.unwrap());
        assert!(tx.answer_suspension(&above, newest.id, (Verdict::Lift, ""), at(6)).await.unwrap());
        assert_eq!(suspended(&mut tx).await, Some(at(5)));
        let last = one(&mut tx, &clerk, here).await;
        assert!(tx.answer_suspension(&above, last.id, (Verdict::Lift, ""), at(7)).await.unwrap());
        assert_eq!(suspended(&mut tx).await, None);
    }
}

on_both! {
    async fn two_orders_that_are_lifted_at_once_leave_none(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let here = venue(&mut tx, owner, "Chợ").await;
        let mut orders = Vec::new();
        for actor in [clerk(), province()] {
            let who = office::<SuspendVenue>(&mut tx, &actor, here).await;
            let why = (SuspensionReason::Crowded, "Đông.");
            assert_eq!(tx.suspend_venue(&who, why, now().plus(HOUR * orders.len() as u32)).await.unwrap(), Ordered::Done);
            orders.push((who, one(&mut tx, &actor, here).await.id));
        }
        tx.commit().await.unwrap();
        let lift = async |(who, id): &(Authorized<SuspendVenue, VenueScope>, SuspensionId)| {
            let mut tx = fresh.store.write().await.unwrap();
            assert!(tx.answer_suspension(who, *id, (Verdict::Lift, ""), now()).await.unwrap());
            tokio::task::yield_now().await;
            tx.commit().await.unwrap();
        };
        tokio::join!(lift(&orders[0]), lift(&orders[1]));
        let mut tx = fresh.store.write().await.unwrap();
        assert_eq!(tx.venue(here).await.unwrap().unwrap().suspended, None);
    }
}

on_both! {
    async fn owners_appeal_once_and_are_answered_once(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let here = venue(&mut tx, owner, "Chợ").await;
        let clerk = clerk();
        let who = office::<SuspendVenue>(&mut tx, &clerk, here).await;
        let owns = may::<ManageVenue>(&mut tx, owner, here).await;
        assert!(!tx.appeal_suspension(&owns, "Chưa có gì", now()).await.unwrap());
        tx.suspend_venue(&who, (SuspensionReason::Other, "Xem lại."), now()).await.unwrap();
        let id = one(&mut tx, &clerk, here).await.id;
        assert!(!tx.answer_suspension(&who, id, (Verdict::Keep, "Vẫn vậy."), now()).await.unwrap(), "nobody asked");
        assert!(tx.appeal_suspension(&owns, "Đã sửa xong.", now().plus(HOUR)).await.unwrap());
        assert!(!tx.appeal_suspension(&owns, "Lần nữa.", now().plus(HOUR)).await.unwrap());
        let queue = |codes: &[&str]| {
            let role = OfficerRole::ProvinceOfficer;
            let actor = Actor::Officer { id: OfficerId(new_id(now())), role, unit: UnitCode::parse(codes[codes.len() - 1]).unwrap() };
            authorize::<ListVenues, _>(&actor, UnitScope { path: path(codes) }).unwrap()
        };
        let waiting = tx.open_appeals(&queue(&["VN", "46"]), 10).await.unwrap();
        assert_eq!((waiting[0].venue, waiting[0].name.as_str(), waiting[0].appealed), (here, "Chợ", now().plus(HOUR)));
        assert_eq!(waiting[0].unit.as_str(), "19753");
        assert!(tx.open_appeals(&queue(&["VN", "01"]), 10).await.unwrap().is_empty());
        assert!(tx.answer_suspension(&who, id, (Verdict::Keep, "Chưa đạt."), now().plus(HOUR * 2)).await.unwrap());
        assert!(!tx.answer_suspension(&who, id, (Verdict::Keep, "Lại."), now().plus(HOUR * 3)).await.unwrap());
        assert!(tx.open_appeals(&queue(&["VN", "46"]), 10).await.unwrap().is_empty());
        assert!(tx.answer_suspension(&who, id, (Verdict::Lift, "Đã đạt."), now().plus(HOUR * 4)).await.unwrap());
        let after = one(&mut tx, &clerk, here).await;
        assert_eq!(after.appeal.unwrap().0, "Đã sửa xong.");
        assert_eq!(after.answer, Some(("Chưa đạt.\nĐã đạt.".to_owned(), now().plus(HOUR * 2))), "what they were answered stays");
    }
}

on_both! {
    async fn nobody_waits_for_an_answer_about_a_closed_venue(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let here = venue(&mut tx, owner, "Chợ").await;
        let clerk = clerk();
        let who = office::<SuspendVenue>(&mut tx, &clerk, here).await;
        let owns = may::<ManageVenue>(&mut tx, owner, here).await;
        tx.suspend_venue(&who, (SuspensionReason::Other, "Xem lại."), now()).await.unwrap();
        assert!(tx.appeal_suspension(&owns, "Đã sửa xong.", now()).await.unwrap());
        let list = authorize::<ListVenues, _>(&clerk, UnitScope { path: path(&["VN", "46", "19753"]) }).unwrap();
        assert_eq!(tx.open_appeals(&list, 10).await.unwrap().len(), 1);
        assert_eq!(tx.open_appeal_count(&list).await.unwrap(), 1);
        tx.close_venue(&owns, now()).await.unwrap();
        assert!(tx.open_appeals(&list, 10).await.unwrap().is_empty());
        assert_eq!(tx.open_appeal_count(&list).await.unwrap(), 0);
    }
}

on_both! {
    async fn reminders_are_counted_and_go_with_lifted_suspensions(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let here = venue(&mut tx, owner, "Chợ").await;
        let clerk = clerk();
        let who = office::<OverseeVenue>(&mut tx, &clerk, here).await;
        for (reason, hours) in [(SuspensionReason::NotRecording, 0), (SuspensionReason::Crowded, 1)] {
            tx.remind_venue(&who, reason, now().plus(HOUR * hours)).await.unwrap();
        }
        let seen = tx.venue_reminders(&who).await.unwrap();
        let told: Vec<_> = seen.iter().map(|one| one.reason).collect();
        assert_eq!(told, [SuspensionReason::Crowded, SuspensionReason::NotRecording]);
        let names: HashSet<OfficerId> = seen.iter().filter_map(|one| one.by).collect();
        assert_eq!(names.len(), 1);
        assert!(tx.officers_of_venue(&who, &names).await.unwrap().is_empty(), "nobody of that id");
        let suspends = office::<SuspendVenue>(&mut tx, &clerk, here).await;
        tx.suspend_venue(&suspends, (SuspensionReason::Barred, ""), now()).await.unwrap();
        let id = one(&mut tx, &clerk, here).await.id;
        tx.answer_suspension(&suspends, id, (Verdict::Lift, ""), now().plus(DAY)).await.unwrap();
        tx.suspend_venue(&suspends, (SuspensionReason::Barred, ""), now().plus(DAY)).await.unwrap();
        tx.commit().await.unwrap();
        let kept = async |days: u32| {
            fresh.store.erase(Retention::default(), now().plus(DAY * days)).await.unwrap();
            let mut tx = fresh.store.write().await.unwrap();
            let suspensions = tx.suspensions(&who).await.unwrap().len();
            (tx.venue_reminders(&who).await.unwrap().len(), suspensions)
        };
        assert_eq!(kept(SUSPENSION_DAYS).await, (2, 2));
        assert_eq!(kept(SUSPENSION_DAYS + 1).await, (0, 2));
        assert_eq!(kept(SUSPENSION_DAYS + 2).await, (0, 1), "what is in force stays");
    }
}
