use crate::admissions::{holder, scan, town};
use crate::scene::{own, person};
use crate::support::{now, on_both};
use domain::declaration::{Declaration, DeclarationKind, Gender, GeneralDeclaration};
use domain::journey::{Entry, Journey, Stop, Travel, Vehicle};
use domain::scan::{Asked, Decision, Reason};
use domain::time::Zone;
use std::time::Duration;
use store::admissions::Lane;

pub(crate) fn answers(symptoms: Option<&str>) -> Declaration {
    let general = GeneralDeclaration {
        id_number: Some("046087004417".to_owned()),
        birth_year: 1987,
        gender: Gender::Female,
        nation: "Việt Nam".to_owned(),
        commune: "19753".to_owned(),
        address: "1 đường Thử".to_owned(),
        email: None,
        passed: None,
        symptoms: symptoms.map(ToOwned::to_owned),
        met_case: false,
        met_traveller: false,
        met_symptoms: false,
    };
    general.into()
}

pub(crate) fn travelling(symptoms: Option<&str>) -> Declaration {
    let stop = |province: &str, gate: &str| Stop {
        province: province.to_owned(),
        gate: gate.to_owned(),
    };
    let travel = Travel {
        vehicle: Vehicle::Airplane,
        number: "VN1545".to_owned(),
        seat: Some("12A".to_owned()),
        from: stop("01", "Sân bay Nội Bài"),
        to: stop("46", "Sân bay Phú Bài"),
        departs: Zone::VIETNAM.day(now()),
        passing: None,
    };
    Declaration {
        journey: Some(Journey::Travel(travel)),
        ..answers(symptoms)
    }
}

on_both! {
    async fn a_declaration_of_each_kind_is_kept_with_its_journey(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let two = person(&mut tx, "Trần Thị Mẫu", "0905 000 102").await;
        let entry = Entry {
            gate: "Cửa khẩu Lao Bảo".to_owned(),
            number: "75B-000.11".to_owned(),
            seat: None,
            country: "Lào".to_owned(),
            departs: Zone::VIETNAM.day(now()).plus(-2),
            enters: Zone::VIETNAM.day(now()),
            countries: Some("Thái Lan".to_owned()),
            stays: "Khu cách ly Thử".to_owned(),
            vaccines: None,
        };
        let entry = Declaration { journey: Some(Journey::Entry(entry)), ..answers(None) };
        let said = [answers(None), travelling(Some("ho")), entry];
        for (n, said) in said.iter().enumerate() {
            let at = now().plus(Duration::from_secs(n as u64));
            tx.declare(&own(one), said, at.plus(Duration::from_secs(60)), at).await.unwrap();
        }
        let all = tx.own_declarations(&own(one), 10).await.unwrap();
        let kinds: Vec<_> = all.iter().rev().map(|one| (one.kind, one.statement.concern)).collect();
        assert_eq!(kinds, [(DeclarationKind::General, false), (DeclarationKind::DomesticTravel, true), (DeclarationKind::Entry, false)]);
        let journeys = tx.own_journeys(&own(one), 10).await.unwrap();
        assert_eq!(journeys.len(), 2);
        for (one, said) in all.iter().rev().zip(&said) {
            assert_eq!(journeys.get(&one.id), said.journey.as_ref());
        }
        assert_eq!(tx.own_journeys(&own(one), 1).await.unwrap().len(), 1);
        assert_eq!(tx.own_last_answers(&own(one)).await.unwrap().as_ref(), said.last());
        assert!(tx.own_journeys(&own(two), 10).await.unwrap().is_empty());
    }
}

on_both! {
    async fn declarations_are_kept_for_their_maker_and_erased_on_time(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let two = person(&mut tx, "Trần Thị Mẫu", "0905 000 102").await;
        let day = Duration::from_secs(86_400);
        assert_eq!(tx.own_last_answers(&own(one)).await.unwrap(), None);
        tx.declare(&own(one), &answers(None), now().plus(day), now()).await.unwrap();
        let later = now().plus(Duration::from_secs(60));
        tx.declare(&own(one), &answers(Some("ho")), later.plus(day), later).await.unwrap();
        let all = tx.own_declarations(&own(one), 10).await.unwrap();
        assert_eq!(all.iter().map(|one| one.statement.concern).collect::<Vec<_>>(), [true, false]);
        assert_eq!(tx.own_declarations(&own(one), 1).await.unwrap().len(), 1);
        assert_eq!(tx.own_last_answers(&own(one)).await.unwrap(), Some(answers(Some("ho"))));
        assert!(tx.own_declarations(&own(two), 10).await.unwrap().is_empty());
        assert_eq!(tx.erase_declarations(later).await.unwrap(), 1);
        assert_eq!(tx.own_declarations(&own(one), 10).await.unwrap().len(), 1);
    }
}

on_both! {
    async fn a_gate_hears_every_declaration_that_holds_and_asks_by_the_newest(fresh: Fresh) {
        // All but the nineteenth declared weeks ago, for weeks to come.
        let town = town(&fresh).await;
        let (hour, day) = (Duration::from_secs(3600), Duration::from_secs(86_400));
        let (before, ended) = (now().minus(hour), now().minus(Duration::from_secs(600)));
        let mut tx = fresh.store.write().await.unwrap();
        for (who, said, at, until) in [
            // A short one that ended, after one that holds.
            (2, answers(None), before, ended),
            (3, answers(Some("ho")), before, ended),
            // An old concern, and a newer one without.
            (4, answers(Some("ho")), before.minus(hour), now().plus(day)),
            (4, answers(None), before, ended),
            (5, travelling(Some("ho")), before, now().plus(day)),
            (19, travelling(None), before.minus(hour), now().plus(day)),
            (19, answers(None), before, ended),
        ] {
            tx.declare(&own(holder(who)), &said, until, at).await.unwrap();
        }
        tx.commit().await.unwrap();
        let concern = vec![Reason::DeclarationConcern];
        for (who, decision, reasons) in [
            (2, Decision::Admit, vec![]),
            (3, Decision::Refer, concern.clone()),
            (4, Decision::Admit, vec![]),
            (5, Decision::Refer, concern),
            (19, Decision::Admit, vec![]),
        ] {
            let answer = town.admit(vec![scan(who, -10, Asked::In)], Lane::Live, now()).await.unwrap().remove(0);
            assert_eq!((answer.decision, answer.reasons.iter().collect::<Vec<_>>()), (decision, reasons), "{who}");
        }
        // When the nineteenth was read before the journey was declared, nothing was.
        let early = scan(19, -3 * 3600, Asked::In);
        let answer = town.admit(vec![early], Lane::Backlog, now()).await.unwrap().remove(0);
        assert!(answer.reasons.has(Reason::DeclarationMissing), "{answer:?}");
    }
}
