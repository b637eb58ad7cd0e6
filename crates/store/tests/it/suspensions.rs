use crate::scene::{may, path, person, venue};
use crate::support::{now, on_both};
use domain::ids::{OfficerId, VenueId};
use domain::retention::{Retention, SUSPENSION_DAYS};
use domain::role::{
    Action, Actor, Authorized, ListVenues, ManageVenue, OfficerRole, OverseeVenue, ReadVenueBoard,
    SuspendVenue, UnitScope, VenueScope, authorize,
};
use domain::suspension::SuspensionReason;
use domain::unit::UnitCode;
use std::collections::HashSet;
use std::time::Duration;
use store::suspensions::Suspension;
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
        let province = Actor::Officer {
            id: OfficerId(new_id(now())),
            role: OfficerRole::ProvinceOfficer,
            unit: UnitCode::parse("46").unwrap(),
        };
        let clerk = clerk();
        let below = office::<SuspendVenue>(&mut tx, &clerk, here).await;
        let above = office::<SuspendVenue>(&mut tx, &province, here).await;
        let why = (SuspensionReason::Crowded, "Đông.");
        assert!(tx.suspend_venue(&above, why, now()).await.unwrap());
        let order = one(&mut tx, &clerk, here).await.id;
        let manages = may::<ManageVenue>(&mut tx, owner, here).await;
        assert!(tx.appeal_suspension(&manages, "Xin mở lại.", now()).await.unwrap());
        assert!(!tx.keep_suspension(&below, order, "Chưa.", now()).await.unwrap());
        assert!(!tx.lift_suspension(&below, order, "", now()).await.unwrap(), "the province's");
        assert!(tx.venue(here).await.unwrap().unwrap().suspended.is_some());
        assert!(tx.lift_suspension(&above, order, "", now()).await.unwrap());
        let later = now().plus(HOUR);
        assert!(tx.suspend_venue(&below, why, later).await.unwrap());
        let order = one(&mut tx, &clerk, here).await.id;
        assert!(tx.lift_suspension(&above, order, "", later).await.unwrap(), "one of an office below");
    }
}

on_both! {
    async fn a_venue_is_suspended_once_at_a_time_and_open_at_once_when_that_is_lifted(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let (here, second) = (venue(&mut tx, owner, "Chợ").await, venue(&mut tx, owner, "Quán").await);
        let clerk = clerk();
        let who = office::<SuspendVenue>(&mut tx, &clerk, here).await;
        let why = (SuspensionReason::Crowded, "Lối vào quá đông.");
        assert!(tx.suspend_venue(&who, why, now()).await.unwrap());
        assert!(!tx.suspend_venue(&who, why, now().plus(HOUR)).await.unwrap());
        assert_eq!(tx.venue(here).await.unwrap().unwrap().suspended, Some(now()));
        assert_eq!(tx.venue(second).await.unwrap().unwrap().suspended, None);
        let owns = may::<ReadVenueBoard>(&mut tx, owner, here).await;
        let seen = tx.own_suspensions(&owns).await.unwrap();
        let [seen] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!((seen.reason, seen.words.as_str(), seen.unit.as_str()), (why.0, why.1, "19753"));
        let Actor::Officer { id: officer, .. } = clerk else { panic!() };
        assert_eq!((seen.by, seen.since, seen.lifted), (Some(officer), now(), None));
        let elsewhere = office::<SuspendVenue>(&mut tx, &clerk, second).await;
        assert!(!tx.lift_suspension(&elsewhere, seen.id, "", now()).await.unwrap(), "another venue's");
        let later = now().plus(HOUR);
        assert!(tx.lift_suspension(&who, seen.id, "Đã mở lại lối đi.", later).await.unwrap());
        assert!(!tx.lift_suspension(&who, seen.id, "", later).await.unwrap());
        assert_eq!(tx.venue(here).await.unwrap().unwrap().suspended, None);
        let after = one(&mut tx, &clerk, here).await;
        assert_eq!((after.lifted, after.answered_by), (Some(later), Some(officer)));
        assert_eq!(after.answer, Some(("Đã mở lại lối đi.".to_owned(), later)));
        assert!(tx.suspend_venue(&who, why, later).await.unwrap(), "again");
        let closes = may::<ManageVenue>(&mut tx, owner, second).await;
        tx.close_venue(&closes, now()).await.unwrap();
        assert!(!tx.suspend_venue(&elsewhere, why, later).await.unwrap(), "closed for good");
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
        assert!(!tx.keep_suspension(&who, id, "Vẫn vậy.", now()).await.unwrap(), "nobody asked");
        assert!(tx.appeal_suspension(&owns, "Đã sửa xong.", now().plus(HOUR)).await.unwrap());
        assert!(!tx.appeal_suspension(&owns, "Lần nữa.", now().plus(HOUR)).await.unwrap());
        let queue = |codes: &[&str]| {
            let role = OfficerRole::ProvinceOfficer;
            let actor = Actor::Officer { id: OfficerId(new_id(now())), role, unit: UnitCode::parse(codes[codes.len() - 1]).unwrap() };
            authorize::<ListVenues, _>(&actor, UnitScope { path: path(codes) }).unwrap()
        };
        let waiting = tx.open_appeals(&queue(&["VN", "46"]), 10).await.unwrap();
        assert_eq!((waiting[0].venue, waiting[0].name.as_str(), waiting[0].appealed), (here, "Chợ", now().plus(HOUR)));
        assert!(tx.open_appeals(&queue(&["VN", "01"]), 10).await.unwrap().is_empty());
        assert!(tx.keep_suspension(&who, id, "Chưa đạt.", now().plus(HOUR * 2)).await.unwrap());
        assert!(!tx.keep_suspension(&who, id, "Lại.", now().plus(HOUR * 3)).await.unwrap());
        assert!(tx.open_appeals(&queue(&["VN", "46"]), 10).await.unwrap().is_empty());
        assert!(tx.lift_suspension(&who, id, "Đã đạt.", now().plus(HOUR * 4)).await.unwrap());
        let after = one(&mut tx, &clerk, here).await;
        assert_eq!(after.appeal.unwrap().0, "Đã sửa xong.");
        assert_eq!(after.answer, Some(("Chưa đạt.".to_owned(), now().plus(HOUR * 2))), "what they were answered stays");
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
        tx.lift_suspension(&suspends, id, "", now().plus(DAY)).await.unwrap();
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
