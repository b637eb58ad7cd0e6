use crate::scene::{own, path};
use crate::support::{now, on_both};
use domain::birth::Birth;
use domain::card::CardKind;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CardId, HolderId, OfficerId};
use domain::phone::Phone;
use domain::role::{
    Actor, Authorized, OfficerRole, Purpose, ReadAudit, ReadHolder, UnitScope, authorize,
};
use domain::unit::UnitCode;
use store::audit::AuditFilter;
use store::holders::NewHolder;
use store::{Tx, new_id};

fn office(unit: &[&str]) -> Authorized<ReadHolder, UnitScope> {
    let officer = Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::CommuneOfficer,
        unit: UnitCode::parse(unit[unit.len() - 1]).unwrap(),
    };
    authorize(&officer, UnitScope { path: path(unit) }).unwrap()
}

async fn resident(tx: &mut Tx) -> (HolderId, CardId) {
    let phone = Phone::parse("0905 000 101").unwrap();
    let details = HolderDetails {
        name: PersonName::parse("Nguyễn Văn Thử").unwrap(),
        phone: Some(phone.e164()),
        id_number: None,
        birth: Some(Birth::in_year(1987)),
        old_number: None,
        insurance: None,
        address: None,
        gender: None,
    };
    let new = NewHolder {
        details: &details,
        phone: Some(&phone),
        browser: None,
        verified: true,
        unit: &path(&["VN", "46", "19753"]),
    };
    let id = tx.add_holder(&new, now()).await.unwrap();
    let card = tx.issue_own_card(&own(id), CardKind::Paper, now()).await;
    (id, card.unwrap().unwrap().id)
}

/// The entries that looking up left, each with the number of its subjects, in order of these.
async fn looks(tx: &mut Tx) -> Vec<(String, i32)> {
    let auditor = Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::Auditor,
        unit: UnitCode::nation(),
    };
    let scope = UnitScope {
        path: path(&["VN"]),
    };
    let who = authorize::<ReadAudit, _>(&auditor, scope).unwrap();
    let filter = AuditFilter::default();
    let lines = tx.audit_lines(&who, &filter, None, 99).await.unwrap();
    let looks = lines.into_iter().map(|line| (line.detail, line.subjects));
    let mut looks: Vec<_> = looks.collect();
    looks.sort();
    looks
}

on_both! {
    async fn an_office_finds_its_own_people_by_card(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let (id, card) = resident(&mut tx).await;
        let here = office(&["VN", "46", "19753"]);
        let found = tx.person_by_card(&here, card, Purpose::CardLost, now()).await.unwrap().unwrap();
        assert_eq!((found.holder.id, found.cards[0].id), (id, card));
        assert!(tx.person_by_card(&here, CardId([9; 10]), Purpose::CardLost, now()).await.unwrap().is_none());
        assert_eq!(looks(&mut tx).await, [("by_card".to_owned(), 0), ("by_card".to_owned(), 1)]);
        assert_eq!(tx.audit_about(&own(id), &[]).await.unwrap().len(), 1, "the person is told");
        let elsewhere = office(&["VN", "46", "19774"]);
        assert!(tx.person_by_card(&elsewhere, card, Purpose::CardLost, now()).await.unwrap().is_none());
    }
}

on_both! {
    async fn a_phone_alone_finds_nobody(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let (id, _) = resident(&mut tx).await;
        let here = office(&["VN", "46", "19753"]);
        let phone = Phone::parse("+84 905 000 101").unwrap();
        let name = |text| PersonName::parse(text).unwrap();
        let found = tx.person_by_phone_and_name(&here, &phone, &name("nguyen van thu"), Purpose::CardLost, now()).await.unwrap();
        assert_eq!(found.unwrap().holder.id, id, "case and marks do not matter");
        for (phone, text) in [("0905 000 101", "Nguyễn Văn"), ("0905 000 102", "Nguyễn Văn Thử")] {
            let phone = Phone::parse(phone).unwrap();
            let found = tx.person_by_phone_and_name(&here, &phone, &name(text), Purpose::CardLost, now()).await.unwrap();
            assert!(found.is_none(), "{text}");
        }
        let details: Vec<_> = looks(&mut tx).await.into_iter().map(|(detail, _)| detail).collect();
        assert_eq!(details, ["by_phone_and_name"; 3], "whoever looks leaves an entry, found or not");
        let elsewhere = office(&["VN", "01", "00004"]);
        let found = tx.person_by_phone_and_name(&elsewhere, &phone, &name("Nguyễn Văn Thử"), Purpose::CardLost, now()).await;
        assert!(found.unwrap().is_none(), "beyond its unit");
    }
}
