use crate::scene::{path, person};
use crate::support::{now, on_both};
use domain::birth::Birth;
use domain::card::{CardState, CardStep, StepReason};
use domain::declaration::{Declaration, Gender, GeneralDeclaration};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{HolderId, OfficerId};
use domain::member::{MOST, Relation};
use domain::phone::Phone;
use domain::role::{
    Actor, Authorized, CareForMember, HolderScope, MemberScope, OfficerRole, ServeHolder,
    UseOwnData, authorize,
};
use domain::unit::UnitCode;
use std::time::Duration;
use store::members::{Added, Entrusted, Freed};
use store::{Constraint, Error, Tx};

pub(crate) fn child(name: &str, birth: &str) -> HolderDetails {
    HolderDetails {
        birth: Birth::typed(birth),
        gender: Some(Gender::Female),
        ..HolderDetails::named(PersonName::parse(name).unwrap(), None)
    }
}

pub(crate) fn own(holder: HolderId) -> Authorized<UseOwnData, HolderScope> {
    let unit = path(&["VN", "46", "19753"]);
    authorize(&Actor::Holder(holder), HolderScope { holder, unit }).unwrap()
}

pub(crate) async fn care(
    tx: &mut Tx,
    guardian: HolderId,
    member: HolderId,
) -> Authorized<CareForMember, MemberScope> {
    let scope = tx.member_scope(guardian, member).await.unwrap().unwrap();
    authorize(&Actor::Holder(guardian), scope).unwrap()
}

pub(crate) async fn added(tx: &mut Tx, guardian: HolderId, name: &str) -> HolderId {
    let details = child(name, "18/01/2019");
    let added = tx
        .add_member(&own(guardian), &details, Relation::Child, now())
        .await;
    match added.unwrap() {
        Added::New(member) => member,
        other => panic!("{other:?}"),
    }
}

async fn serving(tx: &mut Tx, holder: HolderId) -> Authorized<ServeHolder, HolderScope> {
    let clerk = Actor::Officer {
        id: OfficerId(store::new_id(now())),
        role: OfficerRole::CommuneOfficer,
        unit: UnitCode::parse("19753").unwrap(),
    };
    let scope = tx.holder_scope(holder).await.unwrap().unwrap();
    authorize(&clerk, scope).unwrap()
}

fn healthy() -> Declaration {
    let general = GeneralDeclaration {
        id_number: None,
        birth_year: 2019,
        gender: Gender::Female,
        nation: "Việt Nam".to_owned(),
        commune: "19753".to_owned(),
        address: "1 đường Thử".to_owned(),
        email: None,
        passed: None,
        symptoms: None,
        met_case: false,
        met_traveller: false,
        met_symptoms: false,
    };
    general.into()
}

on_both! {
    async fn a_member_has_a_code_and_declarations_in_the_care_of_one_holder(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let mother = person(&mut tx, "Trần Thị Mẫu", "0905 000 101").await;
        let other = person(&mut tx, "Lê Văn Nháp", "0905 000 102").await;
        let thu = added(&mut tx, mother, "Nguyễn Thị Thử").await;
        let all = tx.members(&own(mother)).await.unwrap();
        assert_eq!((all[0].holder.id, all[0].relation), (thu, Relation::Child));
        assert!(tx.members(&own(other)).await.unwrap().is_empty());
        assert!(tx.member_scope(other, thu).await.unwrap().is_none(), "not theirs");
        let may = care(&mut tx, mother, thu).await;
        let known = tx.member_details(&may).await.unwrap().unwrap();
        assert_eq!((known.details.name.as_str(), known.verified), ("Nguyễn Thị Thử", true));
        let card = tx.member_card(&may, now()).await.unwrap().unwrap();
        assert_eq!(tx.member_card(&may, now()).await.unwrap().unwrap(), card, "one");
        assert!(tx.member_declarations(&may, 9).await.unwrap().is_empty());
        let until = now().plus(Duration::from_secs(86_400));
        tx.declare_for_member(&may, &healthy(), until, now()).await.unwrap();
        let declared = tx.member_declarations(&may, 9).await.unwrap().remove(0);
        assert!(declared.by_another && declared.at_venue.is_none());
        // What an office has put out of use for now is not got round.
        let office = serving(&mut tx, thu).await;
        tx.change_card(&office, card.id, CardStep::Suspension, StepReason::Withdrawn, now()).await.unwrap();
        assert_eq!(tx.member_card(&may, now()).await.unwrap(), None);
        assert!(tx.member_cards_withheld(&may).await.unwrap());
        assert_eq!(tx.member_cards(&may).await.unwrap()[0].state, CardState::Suspended);
        tx.remove_member(&may, now()).await.unwrap();
        assert!(tx.members(&own(mother)).await.unwrap().is_empty());
        let left = tx.served_cards(&office).await.unwrap();
        assert_eq!(left[0].state, CardState::Revoked, "nobody else shows it");
    }
}

on_both! {
    async fn nobody_gets_a_second_record(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let mother = person(&mut tx, "Trần Thị Mẫu", "0905 000 101").await;
        let father = person(&mut tx, "Lê Văn Nháp", "0905 000 102").await;
        let thu = added(&mut tx, mother, "Nguyễn Thị Thử").await;
        let again = child("NGUYEN THI THU", "18/01/2019");
        assert_eq!(tx.add_member(&own(father), &again, Relation::Child, now()).await.unwrap(), Added::Known);
        let year = child("Nguyễn Thị Thử", "2019");
        assert_eq!(tx.add_member(&own(father), &year, Relation::Child, now()).await.unwrap(), Added::Known, "her name and year are enough");
        let twin = child("Nguyễn Thị Thảo", "18/01/2019");
        assert!(matches!(tx.add_member(&own(father), &twin, Relation::Child, now()).await.unwrap(), Added::New(_)));
        // The office puts her into his care, too; each may let her go.
        let office = serving(&mut tx, thu).await;
        assert_eq!(tx.give_guardian(&office, father, Relation::Child, now()).await.unwrap(), Entrusted::Done);
        assert_eq!(tx.give_guardian(&office, thu, Relation::Child, now()).await.unwrap(), Entrusted::Full, "not oneself");
        let may = care(&mut tx, father, thu).await;
        let card = tx.member_card(&may, now()).await.unwrap().unwrap();
        tx.remove_member(&may, now()).await.unwrap();
        let cards = tx.served_cards(&office).await.unwrap();
        assert_eq!((cards[0].id, cards[0].state), (card.id, CardState::Active), "her mother shows it");
    }
}

on_both! {
    async fn a_family_has_an_end(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let mother = person(&mut tx, "Trần Thị Mẫu", "0905 000 101").await;
        let names = ["An", "Bích", "Chi", "Dung", "Én", "Giang", "Hoa", "Kim", "Lan", "My",
            "Nga", "Oanh", "Phúc", "Quế", "Sen", "Tâm", "Uyên", "Vân", "Xuân", "Yến"];
        assert_eq!(names.len() as i64, MOST);
        for name in names {
            added(&mut tx, mother, &format!("Nguyễn Thử {name}")).await;
        }
        let more = child("Nguyễn Thử Ngọc", "18/01/2019");
        assert_eq!(tx.add_member(&own(mother), &more, Relation::Child, now()).await.unwrap(), Added::Full);
        let other = person(&mut tx, "Lê Văn Nháp", "0905 000 102").await;
        assert_eq!(tx.accept_guardian(&own(other), mother, Relation::Other, now()).await.unwrap(), Entrusted::Full);
        assert_eq!(tx.accept_guardian(&own(mother), other, Relation::Parent, now()).await.unwrap(), Entrusted::Done);
        assert_eq!(tx.members(&own(other)).await.unwrap()[0].holder.id, mother);
        // Whoever is helped knows by whom, and may end it.
        assert_eq!(tx.guardians(&own(mother)).await.unwrap(), [(other, "Lê Văn Nháp".to_owned())]);
        assert!(tx.dismiss_guardian(&own(mother), other).await.unwrap());
        assert!(!tx.dismiss_guardian(&own(mother), other).await.unwrap());
        assert!(tx.members(&own(other)).await.unwrap().is_empty());
    }
}

on_both! {
    async fn a_member_who_proves_a_phone_is_their_own(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let mother = person(&mut tx, "Trần Thị Mẫu", "0905 000 101").await;
        let thu = added(&mut tx, mother, "Nguyễn Thị Thử").await;
        let may = care(&mut tx, mother, thu).await;
        let phone = Phone::parse("0905 000 103").unwrap();
        assert_eq!(tx.free_member(&may, &phone).await.unwrap(), Freed::Done);
        assert_eq!(tx.holder_of_phone(&phone).await.unwrap().unwrap().holder, thu);
        assert!(tx.member_scope(mother, thu).await.unwrap().is_none());
        let details = tx.own_details(&own(thu)).await.unwrap().unwrap().details;
        assert_eq!(details.phone.as_deref(), Some("+84905000103"));
        let other = added(&mut tx, mother, "Lê Thị Nháp").await;
        let may = care(&mut tx, mother, other).await;
        tx.commit().await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        let taken = tx.free_member(&may, &phone).await;
        assert!(matches!(taken, Err(Error::Conflict(Constraint::HolderPhone))), "{taken:?}");
    }
}
