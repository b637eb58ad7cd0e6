use crate::scene::{own, path, person, stranger};
use crate::support::on_both;
use domain::birth::Birth;
use domain::phone::Phone;
use store::{Constraint, Error};

on_both! {
    async fn a_proven_phone_takes_the_browsers_place(fresh: Fresh) {
        let phone = Phone::parse("0905 000 101").unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        let id = stranger(&mut tx, "b").await;
        assert!(tx.holder_of_phone(&phone).await.unwrap().is_none(), "a claim finds nobody");
        assert_eq!(tx.holder_of_browser("b").await.unwrap().unwrap().holder, id);
        tx.prove_holder(&own(id), &phone).await.unwrap();
        assert_eq!(tx.holder_of_phone(&phone).await.unwrap().unwrap().holder, id);
        assert!(tx.own_details(&own(id)).await.unwrap().unwrap().verified);
        assert!(tx.holder_of_browser("b").await.unwrap().is_none());
    }
}

on_both! {
    async fn a_phone_has_one_holder(fresh: Fresh) {
        let phone = Phone::parse("0905 000 101").unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        person(&mut tx, "Trần Thị Mẫu", "0905 000 101").await;
        let id = stranger(&mut tx, "b").await;
        let error = tx.prove_holder(&own(id), &phone).await.unwrap_err();
        assert!(matches!(error, Error::Conflict(Constraint::HolderPhone)), "{error}");
    }
}

on_both! {
    async fn details_change_and_the_phone_stays(fresh: Fresh) {
        let phone = Phone::parse("0905 000 101").unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        let one = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let two = person(&mut tx, "Trần Thị Mẫu", "0905 000 102").await;
        let mut details = tx.own_details(&own(one)).await.unwrap().unwrap().details;
        details.birth = Some(Birth::in_year(1990));
        let unit = path(&["VN", "46", "19753"]);
        tx.update_holder(&own(one), &details, &unit).await.unwrap();
        let found = tx.holder_of_phone(&phone).await.unwrap().unwrap();
        assert_eq!(Some(&found), tx.holder_scope(one).await.unwrap().as_ref());
        assert_eq!((found.holder, found.unit), (one, unit.clone()));
        let holder = tx.own_details(&own(one)).await.unwrap().unwrap();
        assert_eq!((holder.details, holder.unit), (details, unit));
        let other = tx.own_details(&own(two)).await.unwrap().unwrap();
        assert_eq!(other.details.name.as_str(), "Trần Thị Mẫu");
    }
}
