use crate::scene::{own, person};
use crate::support::{now, on_both};
use domain::declaration::{Gender, GeneralDeclaration};
use std::time::Duration;

pub(crate) fn answers(symptoms: Option<&str>) -> GeneralDeclaration {
    GeneralDeclaration {
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
