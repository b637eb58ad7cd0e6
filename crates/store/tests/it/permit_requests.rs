use crate::scene::{may, own, path, person, venue};
use crate::support::{now, on_both};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{HolderId, OfficerId, PermitListId};
use domain::permit::{Permit, PermitDays, PermitKind, PermitPlace};
use domain::permit_request::{PermitRefusal, PermitRequestState};
use domain::phone::Phone;
use domain::retention::{PERMIT_REQUEST_DAYS, Retention};
use domain::role::{
    Actor, Authorized, IssuePermit, ManageVenue, OfficerRole, ReadVenueBoard, RegisterHolder,
    UnitScope, authorize,
};
use domain::time::Zone;
use domain::unit::UnitCode;
use domain::venue::OpeningHours;
use std::time::Duration;
use store::permit_requests::{AskedPermits, Worker};
use store::{Tx, new_id};

const DAY: Duration = Duration::from_secs(86_400);
const HERE: &[&str] = &["VN", "46", "19753"];

fn actor(unit: &[&str]) -> Actor {
    Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::CommuneOfficer,
        unit: UnitCode::parse(unit[unit.len() - 1]).unwrap(),
    }
}

fn office(unit: &[&str]) -> Authorized<IssuePermit, UnitScope> {
    authorize(&actor(unit), UnitScope { path: path(unit) }).unwrap()
}

fn asked() -> AskedPermits {
    let worker = |number: &str, name: &str| Worker {
        number: number.to_owned(),
        name: name.to_owned(),
    };
    AskedPermits {
        terms: [("kind".to_owned(), "shift".to_owned())].into(),
        workers: vec![
            worker("0905 000 430", "Trần Văn Thử"),
            worker("0905 000 431", ""),
        ],
    }
}

async fn worker(tx: &mut Tx) -> HolderId {
    let desk: Authorized<RegisterHolder, UnitScope> =
        authorize(&actor(HERE), UnitScope { path: path(HERE) }).unwrap();
    let phone = Phone::parse("0905 000 430").unwrap();
    let name = PersonName::parse("Trần Văn Thử").unwrap();
    let details = HolderDetails::named(name, Some(&phone));
    tx.register_holder(&desk, &details, now()).await.unwrap()
}

on_both! {
    async fn owners_ask_and_the_office_of_the_venue_answers_once(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let works = worker(&mut tx).await;
        let here = venue(&mut tx, owner, "Xưởng").await;
        let asks = may::<ManageVenue>(&mut tx, owner, here).await;
        let sees = may::<ReadVenueBoard>(&mut tx, owner, here).await;
        let id = tx.ask_permits(&asks, &asked(), now()).await.unwrap();
        assert_eq!(tx.open_permit_requests_of(&asks).await.unwrap(), 1);
        let waiting = tx.open_permit_requests(&office(HERE), 10).await.unwrap();
        assert_eq!((waiting[0].id, waiting[0].name.as_str(), waiting[0].workers), (id, "Xưởng", 2));
        let away = office(&["VN", "46", "19774"]);
        for (office, count) in [(office(HERE), 1), (office(&["VN", "46"]), 1), (office(&["VN", "46", "19774"]), 0)] {
            assert_eq!(tx.open_permit_request_count(&office).await.unwrap(), count);
        }
        assert!(tx.open_permit_requests(&away, 10).await.unwrap().is_empty());
        assert!(tx.permit_request(&away, id).await.unwrap().is_none());
        let none = PermitRefusal::None;
        let list = PermitListId(new_id(now()));
        assert!(!tx.answer_permit_request(&away, id, (&[true, false], Some(list)), none, now()).await.unwrap());
        let found = tx.permit_request(&office(HERE), id).await.unwrap().unwrap();
        assert_eq!((found.venue, found.asked, found.granted), (here, asked(), vec![]));
        let today = Zone::VIETNAM.day(now());
        let permit = Permit {
            kind: PermitKind::Shift,
            from: today,
            until: today.plus(6),
            hours: OpeningHours::ALWAYS,
            days: PermitDays::parse("every").unwrap(),
            place: PermitPlace::Any,
            issued: now(),
            ended: None,
        };
        let issued = tx.issue_permits(&office(HERE), list, &[works], &permit, now()).await.unwrap();
        assert_eq!(issued.to, [works]);
        assert!(tx.answer_permit_request(&office(HERE), id, (&[true, false], Some(list)), none, now()).await.unwrap());
        assert!(!tx.answer_permit_request(&office(HERE), id, (&[true, true], Some(list)), none, now()).await.unwrap());
        let told = tx.own_permit_requests(&sees).await.unwrap().remove(0);
        assert_eq!((told.state, told.granted, told.answered), (PermitRequestState::Done, vec![true, false], Some(now())));
        assert_eq!(tx.open_permit_requests_of(&asks).await.unwrap(), 0);
        let came_by = tx.own_permit_venues(&own(works)).await.unwrap();
        assert_eq!(came_by.get(&list).map(String::as_str), Some("Xưởng"));
        assert!(tx.own_permit_venues(&own(owner)).await.unwrap().is_empty());
    }
}

on_both! {
    async fn a_refusal_has_a_reason_and_requests_go_in_time(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 418").await;
        let here = venue(&mut tx, owner, "Xưởng").await;
        let asks = may::<ManageVenue>(&mut tx, owner, here).await;
        let sees = may::<ReadVenueBoard>(&mut tx, owner, here).await;
        let id = tx.ask_permits(&asks, &asked(), now()).await.unwrap();
        tx.ask_permits(&asks, &asked(), now().plus(DAY * 2)).await.unwrap();
        let refused = PermitRefusal::Measures;
        let answer = (&[false, false][..], None);
        assert!(tx.answer_permit_request(&office(HERE), id, answer, refused, now().plus(DAY)).await.unwrap());
        let told = tx.own_permit_requests(&sees).await.unwrap().remove(1);
        assert_eq!((told.state, told.reason), (PermitRequestState::Refused, refused));
        tx.commit().await.unwrap();
        let kept = async |days: u32| {
            fresh.store.erase(Retention::default(), now().plus(DAY * days)).await.unwrap();
            let mut tx = fresh.store.write().await.unwrap();
            tx.own_permit_requests(&sees).await.unwrap().len()
        };
        assert_eq!(kept(PERMIT_REQUEST_DAYS + 1).await, 2, "counted from the answer");
        assert_eq!(kept(PERMIT_REQUEST_DAYS + 2).await, 1);
        assert_eq!(kept(PERMIT_REQUEST_DAYS + 3).await, 0, "nobody answered it");
    }
}
