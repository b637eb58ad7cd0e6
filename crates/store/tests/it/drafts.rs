use crate::members::{added, care};
use crate::merges::{join, two_of_one, undo};
use crate::scene::{own, person, stranger};
use crate::support::{now, on_both};
use domain::declaration::DeclarationKind;
use domain::ids::HolderId;
use domain::retention::Retention;
use std::time::Duration;
use store::Tx;
use store::drafts::Typed;
use store::merges::Undone;

const DAY: Duration = Duration::from_secs(86_400);

fn typed(text: &str) -> Typed {
    Typed::from([("name".to_owned(), text.to_owned())])
}

/// The names that one's drafts hold, by kind.
async fn kept(
    tx: &mut Tx,
    who: HolderId,
    about: Option<HolderId>,
) -> Vec<(DeclarationKind, String)> {
    let mut drafts = tx.own_drafts(&own(who), about, now()).await.unwrap();
    drafts.sort_by_key(|draft| draft.kind);
    let name = |typed: &Typed| typed["name"].clone();
    drafts
        .iter()
        .map(|draft| (draft.kind, name(&draft.typed)))
        .collect()
}

on_both! {
    async fn there_is_one_draft_of_a_kind_for_whoever_typed_it(fresh: Fresh) {
        use DeclarationKind::{Entry, General};
        let mut tx = fresh.store.write().await.unwrap();
        let one = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let two = person(&mut tx, "Trần Thị Mẫu", "0905 000 102").await;
        for text in ["một", "hai"] {
            tx.save_draft(&own(one), (None, General), &typed(text), now()).await.unwrap();
        }
        tx.save_draft(&own(one), (None, Entry), &typed("ba"), now()).await.unwrap();
        tx.save_draft(&own(one), (Some(two), General), &typed("bốn"), now()).await.unwrap();
        let both = [(General, "hai".to_owned()), (Entry, "ba".to_owned())];
        assert_eq!(kept(&mut tx, one, None).await, both);
        assert_eq!(kept(&mut tx, one, Some(two)).await, [(General, "bốn".to_owned())]);
        // Whom it is about does not see it, nor does anybody else.
        assert!(kept(&mut tx, two, None).await.is_empty());
        assert!(kept(&mut tx, two, Some(one)).await.is_empty());
        tx.drop_draft(&own(two), (None, General)).await.unwrap();
        assert_eq!(kept(&mut tx, one, None).await, both);
        tx.drop_draft(&own(one), (None, General)).await.unwrap();
        assert_eq!(kept(&mut tx, one, None).await, both[1..]);
        assert_eq!(kept(&mut tx, one, Some(two)).await.len(), 1);
    }
}

on_both! {
    async fn a_draft_dies_after_a_week_and_with_the_care_for_whom_it_is_about(fresh: Fresh) {
        use DeclarationKind::{DomesticTravel, General};
        let mut tx = fresh.store.write().await.unwrap();
        let mother = person(&mut tx, "Trần Thị Mẫu", "0905 000 101").await;
        let child = added(&mut tx, mother, "Nguyễn Thị Thử").await;
        for about in [None, Some(child)] {
            tx.save_draft(&own(mother), (about, General), &typed("một"), now()).await.unwrap();
        }
        let may = care(&mut tx, mother, child).await;
        tx.remove_member(&may, now()).await.unwrap();
        assert!(kept(&mut tx, mother, Some(child)).await.is_empty());
        assert_eq!(kept(&mut tx, mother, None).await.len(), 1);
        // Saved again, it is kept for a week from then on.
        let later = now().plus(DAY);
        tx.save_draft(&own(mother), (None, DomesticTravel), &typed("hai"), later).await.unwrap();
        tx.commit().await.unwrap();
        let week = now().plus(DAY * 7);
        let past = week.plus(Duration::from_millis(1));
        let left = async |at| {
            let mut tx = fresh.store.read().await.unwrap();
            tx.own_drafts(&own(mother), None, at).await.unwrap().len()
        };
        assert_eq!(left(week).await, 2);
        assert_eq!(left(past).await, 1, "not offered any more, though the row may be there for an hour");
        assert_eq!(left(now()).await, 2);
        fresh.store.erase(Retention::default(), week).await.unwrap();
        assert_eq!(left(now()).await, 2);
        fresh.store.erase(Retention::default(), past).await.unwrap();
        assert_eq!(left(now()).await, 1);
    }
}

on_both! {
    async fn a_draft_goes_with_an_unproven_person(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let nobody = stranger(&mut tx, "trình duyệt").await;
        let days = u32::from(Retention::default().scan_days);
        // Later than their last tap, so that its own week is not over yet.
        let typing = now().plus(DAY * days);
        tx.save_draft(&own(nobody), (None, DeclarationKind::General), &typed("một"), typing).await.unwrap();
        tx.commit().await.unwrap();
        let left = async || {
            let mut tx = fresh.store.read().await.unwrap();
            tx.own_drafts(&own(nobody), None, typing).await.unwrap().len()
        };
        fresh.store.erase(Retention::default(), typing).await.unwrap();
        assert_eq!(left().await, 1);
        fresh.store.erase(Retention::default(), typing.plus(DAY)).await.unwrap();
        assert_eq!(left().await, 0);
    }
}

on_both! {
    async fn a_merge_carries_drafts_and_its_undoing_carries_them_back(fresh: Fresh) {
        use DeclarationKind::{Entry, General};
        let mut tx = fresh.store.write().await.unwrap();
        let (kept_one, gone) = two_of_one(&mut tx).await;
        for (who, kind, text) in [(kept_one, General, "một"), (gone, General, "hai"), (gone, Entry, "ba")] {
            tx.save_draft(&own(who), (None, kind), &typed(text), now()).await.unwrap();
        }
        let before = (kept(&mut tx, kept_one, None).await, kept(&mut tx, gone, None).await);
        let id = join(&mut tx, kept_one, gone).await;
        // There is one of a kind: the kept record's own stays.
        let both = [(General, "một".to_owned()), (Entry, "ba".to_owned())];
        assert_eq!(kept(&mut tx, kept_one, None).await, both);
        assert_eq!(undo(&mut tx, id).await, Undone::Done);
        assert_eq!((kept(&mut tx, kept_one, None).await, kept(&mut tx, gone, None).await), before);
    }
}
