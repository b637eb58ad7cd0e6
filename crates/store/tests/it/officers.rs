//! Officers, their links and the first of them.

use crate::support::{now, on_both};
use domain::audit::Deed;
use domain::ids::{HolderId, OfficerId};
use domain::role::{
    Actor, Authorized, ChangeOfficer, ChangeOwnPassword, InviteOfficer, ListOfficers, OfficerRole,
    OfficerScope, Purpose, UnitScope, authorize,
};
use domain::unit::{UnitCode, UnitPath};
use std::time::Duration;
use store::invitations::{Enrolment, INVITATION_LENGTH};
use store::officers::{Officer, OfficerKey};
use store::sessions::SessionOf;
use store::set_up::SetUp;
use store::{Constraint, Error, Tx, new_id};

fn path(codes: &[&str]) -> UnitPath {
    UnitPath(
        codes
            .iter()
            .filter_map(|code| UnitCode::parse(code))
            .collect(),
    )
}

fn nation() -> Actor {
    Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::NationalOfficer,
        unit: UnitCode::nation(),
    }
}

fn change(role: OfficerRole, unit: &[&str]) -> Authorized<ChangeOfficer, OfficerScope> {
    let scope = OfficerScope {
        officer: OfficerId(new_id(now())),
        role,
        unit: path(unit),
    };
    authorize(&nation(), scope).unwrap()
}

/// The same office, as one who is to be invited to it.
fn new(who: &Authorized<ChangeOfficer, OfficerScope>) -> Authorized<InviteOfficer, OfficerScope> {
    authorize(&nation(), who.scope().clone()).unwrap()
}

fn list(unit: &[&str]) -> Authorized<ListOfficers, UnitScope> {
    authorize(&nation(), UnitScope { path: path(unit) }).unwrap()
}

const ENROLMENT: Enrolment<'_> = Enrolment {
    password_hash: "$argon2id$made-up",
    totp: b"12345678901234567890",
    totp_step: 100,
};

async fn enrolled(tx: &mut Tx, who: &Authorized<ChangeOfficer, OfficerScope>, login: &str) {
    tx.add_officer(&new(who), (login, "Trần Thị Mẫu"), login, now())
        .await
        .unwrap();
    tx.accept_invitation(login, ENROLMENT, now())
        .await
        .unwrap()
        .unwrap();
}

on_both! {
    async fn a_link_works_once_and_for_a_week(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let who = change(OfficerRole::CommuneOfficer, &["VN", "46", "19753"]);
        tx.add_officer(&new(&who), ("mau", "Trần Thị Mẫu"), "first", now()).await.unwrap();
        tx.invite(&who, "second", now()).await.unwrap();
        assert!(tx.invitation("first", now()).await.unwrap().is_none(), "replaced");
        let late = now().plus(INVITATION_LENGTH);
        assert!(tx.invitation("second", late).await.unwrap().is_none(), "ran out");
        assert!(tx.officer_credentials("mau").await.unwrap().is_none());
        let officer = tx.accept_invitation("second", ENROLMENT, now()).await.unwrap().unwrap();
        assert_eq!((officer.login.as_str(), officer.id), ("mau", who.scope().officer));
        assert!(tx.accept_invitation("second", ENROLMENT, now()).await.unwrap().is_none());
        let kept = tx.officer_credentials("mau").await.unwrap().unwrap();
        assert_eq!(kept.totp.as_slice(), ENROLMENT.totp);
        assert_eq!(kept.password_hash, ENROLMENT.password_hash);
        tx.commit().await.unwrap();
    }
}

on_both! {
    async fn a_totp_step_is_spent_once(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let who = change(OfficerRole::Inspector, &["VN", "46"]);
        enrolled(&mut tx, &who, "mau").await;
        let officer = who.scope().officer;
        assert!(!tx.spend_totp_step(officer, 100).await.unwrap(), "spent by enrolling");
        assert!(tx.spend_totp_step(officer, 101).await.unwrap());
        assert!(!tx.spend_totp_step(officer, 101).await.unwrap());
        assert!(!tx.spend_totp_step(officer, 100).await.unwrap());
        tx.suspend_officer(&who, true).await.unwrap();
        assert!(!tx.spend_totp_step(officer, 102).await.unwrap());
        tx.commit().await.unwrap();
    }
}

on_both! {
    async fn suspension_and_reset_end_everything_at_once(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let who = change(OfficerRole::HealthOfficer, &["VN", "46"]);
        let officer = who.scope().officer;
        enrolled(&mut tx, &who, "mau").await;
        tx.begin_session("s1", SessionOf::Officer(officer), now()).await.unwrap();
        tx.suspend_officer(&who, true).await.unwrap();
        assert!(tx.session("s1", now()).await.unwrap().is_none());
        assert!(tx.officer_credentials("mau").await.unwrap().is_none());
        tx.suspend_officer(&who, false).await.unwrap();
        assert!(tx.session("s1", now()).await.unwrap().is_none(), "stays ended");
        tx.begin_session("s2", SessionOf::Officer(officer), now()).await.unwrap();
        tx.invite(&who, "sent before", now()).await.unwrap();
        tx.void_credentials(&who).await.unwrap();
        assert!(tx.invitation("sent before", now()).await.unwrap().is_none(), "links are void, too");
        tx.invite(&who, "again", now()).await.unwrap();
        assert!(tx.session("s2", now()).await.unwrap().is_none());
        assert!(tx.officer_credentials("mau").await.unwrap().is_none());
        assert!(tx.invitation("again", now()).await.unwrap().is_some());
        tx.suspend_officer(&who, true).await.unwrap();
        assert!(tx.invitation("again", now()).await.unwrap().is_none(), "suspended");
        tx.commit().await.unwrap();
    }
}

on_both! {
    async fn a_password_is_changed_and_ends_every_session(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let above = change(OfficerRole::Inspector, &["VN", "46"]);
        enrolled(&mut tx, &above, "mau").await;
        enrolled(&mut tx, &change(OfficerRole::Inspector, &["VN", "46"]), "thu").await;
        let id = above.scope().officer;
        let actor = Actor::Officer { id, role: OfficerRole::Inspector, unit: UnitCode::parse("46").unwrap() };
        let who = authorize::<ChangeOwnPassword, _>(&actor, above.scope().clone()).unwrap();
        tx.begin_session("s1", SessionOf::Officer(id), now()).await.unwrap();
        let known = tx.own_credentials(&who).await.unwrap().unwrap();
        assert_eq!((known.id, known.login.as_str()), (id, "mau"));
        tx.change_own_password(&who, "$argon2id$another").await.unwrap();
        assert!(tx.session("s1", now()).await.unwrap().is_none());
        let kept = tx.officer_credentials("mau").await.unwrap().unwrap();
        assert_eq!(kept.password_hash, "$argon2id$another");
        assert_eq!((kept.totp, kept.totp_step), (known.totp, known.totp_step));
        let other = tx.officer_credentials("thu").await.unwrap().unwrap();
        assert_eq!(other.password_hash, ENROLMENT.password_hash);
        tx.suspend_officer(&above, true).await.unwrap();
        assert!(tx.own_credentials(&who).await.unwrap().is_none(), "suspended");
        tx.commit().await.unwrap();
    }
}

on_both! {
    async fn lists_hold_a_unit_and_below_and_page_by_key(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        for (login, unit) in [
            ("b", ["VN", "46", "19753"].as_slice()),
            ("a", &["VN", "46", "19753"]),
            ("c", &["VN", "46", "19774"]),
            ("d", &["VN", "46"]),
            ("e", &["VN", "01", "00004"]),
        ] {
            let who = change(OfficerRole::CommuneOfficer, unit);
            tx.add_officer(&new(&who), (login, "Trần Thị Mẫu"), login, now()).await.unwrap();
        }
        let taken = change(OfficerRole::Inspector, &["VN"]);
        tx.commit().await.unwrap();

        let mut tx = fresh.store.read().await.unwrap();
        let logins = |list: &[Officer]| -> String { list.iter().map(|o| o.login.as_str()).collect() };
        let hue = list(&["VN", "46"]);
        let start = OfficerKey::default();
        let page = tx.officers_in(&hue, "", &start, 3).await.unwrap();
        assert_eq!(logins(&page), "dab");
        let page = tx.officers_in(&hue, "", &page[2].key(), 3).await.unwrap();
        assert_eq!(logins(&page), "c");
        assert_eq!(logins(&tx.officers_in(&hue, "b", &start, 3).await.unwrap()), "b");
        let one = page[0].id;
        assert!(tx.officer_in(&list(&["VN", "46", "19774"]), one).await.unwrap().is_some());
        assert!(tx.officer_in(&list(&["VN", "46", "19753"]), one).await.unwrap().is_none());
        let office = (OfficerRole::CommuneOfficer, path(&["VN", "46", "19774"]));
        assert_eq!(tx.office_of(one).await.unwrap(), Some(office));
        assert_eq!(tx.office_of(OfficerId(new_id(now()))).await.unwrap(), None);
        drop(tx);

        let mut tx = fresh.store.write().await.unwrap();
        let refused = tx.add_officer(&new(&taken), ("a", "Khác"), "a", now()).await;
        assert!(matches!(refused, Err(Error::Conflict(Constraint::OfficerLogin))));
    }
}

on_both! {
    async fn set_up_ends_when_the_first_officer_enrolled(fresh: Fresh) {
        let unit = path(&["VN", "46"]);
        let set_up = |login| SetUp {
            unit: &unit,
            role: OfficerRole::ProvinceOfficer,
            name: "Trần Thị Mẫu",
            login,
            controller: "Sở Y tế",
            hotline: "0234 000 0000",
        };
        let mut tx = fresh.store.write().await.unwrap();
        tx.open_set_up("old", now()).await.unwrap();
        tx.open_set_up("link", now()).await.unwrap();
        assert!(!tx.set_up("old", &set_up("x"), "i0", now()).await.unwrap());
        assert!(tx.set_up("link", &set_up("first"), "i1", now()).await.unwrap());
        assert!(tx.set_up("link", &set_up("second"), "i2", now()).await.unwrap(), "again");
        assert!(tx.invitation("i1", now()).await.unwrap().is_none());
        let later = now().plus(Duration::from_secs(60));
        let first = tx.accept_invitation("i2", ENROLMENT, later).await.unwrap().unwrap();
        assert_eq!((first.login.as_str(), first.role), ("second", OfficerRole::ProvinceOfficer));
        assert!(!tx.set_up_open("link", later).await.unwrap());
        assert!(!tx.set_up("link", &set_up("third"), "i3", later).await.unwrap());
        tx.open_set_up("new", later).await.unwrap();
        assert!(!tx.set_up_open("new", later).await.unwrap(), "an officer can sign in");
        assert_eq!(tx.served_unit().await.unwrap(), UnitCode::parse("46"));
        let settings = tx.unit_settings(&path(&["VN", "46", "19753"])).await.unwrap();
        assert_eq!(settings.hotline.as_deref(), Some("0234 000 0000"));
        tx.commit().await.unwrap();
    }
}

on_both! {
    async fn the_audit_log_is_filtered_and_paged(fresh: Fresh) {
        use domain::role::ReadAudit;
        use store::audit::{AuditFilter, Subject};
        let mut tx = fresh.store.write().await.unwrap();
        let hue = path(&["VN", "46"]);
        let (a, b) = (change(OfficerRole::Inspector, &["VN", "46"]), list(&["VN", "46"]));
        let about = Subject::Holder(HolderId(new_id(now())));
        for second in 0..3 {
            let at = now().plus(Duration::from_secs(second));
            tx.audit(&a, &hue, at, Purpose::Administration, Deed::Suspension, &[about]).await.unwrap();
            tx.audit(&b, &path(&["VN", "01"]), at, Purpose::Administration, Deed::Settings, &[]).await.unwrap();
        }
        let auditor = |unit: &[&str]| {
            let actor = Actor::Officer {
                id: OfficerId(new_id(now())),
                role: OfficerRole::Auditor,
                unit: UnitCode::parse(unit.last().unwrap()).unwrap(),
            };
            authorize::<ReadAudit, _>(&actor, UnitScope { path: path(unit) }).unwrap()
        };
        let all = AuditFilter::default();
        let page = tx.audit_lines(&auditor(&["VN"]), &all, None, 4).await.unwrap();
        assert_eq!(page.len(), 4);
        let rest = tx.audit_lines(&auditor(&["VN"]), &all, Some(page[3].id), 4).await.unwrap();
        assert_eq!(rest.len(), 2);
        assert!(rest[0].at <= page[3].at);
        assert_eq!(tx.audit_lines(&auditor(&["VN", "46"]), &all, None, 9).await.unwrap().len(), 3);
        let named = tx.audit_names(&auditor(&["VN"]), &page).await.unwrap();
        assert!(named.officers.is_empty() && named.venues.is_empty(), "they hold no office");
        let here = change(OfficerRole::Auditor, &["VN", "46", "19753"]);
        enrolled(&mut tx, &here, "mau").await;
        let above = change(OfficerRole::ProvinceOfficer, &["VN", "46"]);
        enrolled(&mut tx, &above, "tren").await;
        let mut line = page[0].clone();
        line.actor = format!("officer:{}", above.scope().officer);
        line.detail = format!("reset officer:{} {}", here.scope().officer, new_id(now()));
        for (unit, expected) in [(&["VN", "46", "19753"], 2), (&["VN", "46", "19774"], 1)] {
            let named = tx.audit_names(&auditor(unit), &[line.clone()]).await.unwrap();
            assert_eq!(named.officers.len(), expected, "{unit:?}");
            assert_eq!(named.officer(&line.actor).unwrap().login, "tren");
            assert!(named.venues.is_empty(), "there is none of that id");
        }
        let changes = AuditFilter { action: "change_officer".into(), ..AuditFilter::default() };
        assert_eq!(tx.audit_lines(&auditor(&["VN"]), &changes, None, 9).await.unwrap().len(), 3);
        let nobody = AuditFilter { actor: "officer:0".into(), ..AuditFilter::default() };
        assert!(tx.audit_lines(&auditor(&["VN"]), &nobody, None, 9).await.unwrap().is_empty());
    }
}
