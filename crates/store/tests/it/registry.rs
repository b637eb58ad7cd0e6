use crate::scene::{own, path, person, stranger};
use crate::support::{now, on_both};
use domain::birth::Birth;
use domain::card::{CardKind, CardState, CardStep, StepReason};
use domain::declaration::DeclarationKind;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CardId, HolderId, OfficerId};
use domain::likeness::Degree;
use domain::phone::Phone;
use domain::role::{
    Action, Actor, Authorized, HolderScope, OfficerRole, RegisterHolder, ServeHolder, UnitScope,
    authorize,
};
use domain::unit::UnitCode;
use std::time::Duration;
use store::holders::NewHolder;
use store::registry::{Candidate, Query};
use store::{Constraint, Error, Tx, new_id};

pub(crate) const HERE: &[&str] = &["VN", "46", "19753"];
pub(crate) const ELSEWHERE: &[&str] = &["VN", "46", "19774"];

pub(crate) fn clerk(unit: &[&str]) -> Actor {
    Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::CommuneOfficer,
        unit: UnitCode::parse(unit[unit.len() - 1]).unwrap(),
    }
}

pub(crate) fn desk(unit: &[&str]) -> Authorized<RegisterHolder, UnitScope> {
    authorize(&clerk(unit), UnitScope { path: path(unit) }).unwrap()
}

pub(crate) async fn serving(
    tx: &mut Tx,
    unit: &[&str],
    holder: HolderId,
) -> Authorized<ServeHolder, HolderScope> {
    let scope = tx.holder_scope(holder).await.unwrap().unwrap();
    authorize(&clerk(unit), scope).unwrap()
}

/// Number, name, birth and phone; an empty text is not known.
pub(crate) fn said([number, name, birth, phone]: [&str; 4]) -> HolderDetails {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    HolderDetails {
        id_number: known(number),
        birth: Birth::typed(birth),
        phone: known(phone),
        ..HolderDetails::named(PersonName::parse(name).unwrap(), None)
    }
}

pub(crate) const THU: [&str; 4] = [
    "046087004417",
    "Nguyễn Văn Thử",
    "18/01/1987",
    "+84905000417",
];

pub(crate) async fn registered(tx: &mut Tx, unit: &[&str], details: [&str; 4]) -> HolderId {
    let registered = tx.register_holder(&desk(unit), &said(details), now()).await;
    registered.unwrap()
}

pub(crate) async fn find(tx: &mut Tx, unit: &[&str], text: &str) -> Vec<HolderId> {
    let query = Query::parse(text).unwrap_or_else(|| panic!("{text}"));
    let found = tx.search_people(&desk(unit), &query).await.unwrap();
    found.people.iter().map(|person| person.id).collect()
}

pub(crate) async fn alike(tx: &mut Tx, unit: &[&str], details: [&str; 4]) -> Vec<Candidate> {
    tx.candidates(&desk(unit), &said(details), now())
        .await
        .unwrap()
}

on_both! {
    async fn people_are_found_as_clerks_search(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let thu = registered(&mut tx, HERE, THU).await;
        registered(&mut tx, HERE, ["046187000001", "Trần Thị Mẫu", "1990", ""]).await;
        for text in [
            "046087004417", " 046 087 004 417 ", "0905 000 417", "+84905000417", "nguyen thu", "NGUYỄN VĂN THỬ", "van nguyen",
            "Nguye\u{302}\u{303}n Thu\u{31b}\u{309}", "thu 1987", "1987 thử", "nguyen van thu 1987",
        ] {
            assert_eq!(find(&mut tx, HERE, text).await, [thu], "{text}");
            assert_eq!(find(&mut tx, ELSEWHERE, text).await, [], "{text} elsewhere");
        }
        for text in ["046087004418", "0905 000 418", "nguyen mau", "thu thu", "thu 1986", "tran van thu 1987"] {
            assert_eq!(find(&mut tx, HERE, text).await, [], "{text}");
        }
        for text in ["", "thử", "1987", "<b>", "%"] {
            assert_eq!(Query::parse(text), None, "{text}");
        }
        let province = desk(&["VN", "46"]);
        let query = Query::parse("thu 1987").unwrap();
        assert_eq!(tx.search_people(&province, &query).await.unwrap().people.len(), 1);
    }
}

on_both! {
    async fn what_two_offices_change_at_once_is_all_kept(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let thu = registered(&mut tx, HERE, THU).await;
        tx.commit().await.unwrap();
        let change = async |wait: u64, change: fn(&mut HolderDetails)| {
            let mut tx = fresh.store.write().await.unwrap();
            let who = serving(&mut tx, HERE, thu).await;
            let mut details = tx.hold_served(&who).await.unwrap().unwrap().details;
            tokio::time::sleep(Duration::from_millis(wait)).await;
            change(&mut details);
            tx.update_served(&who, &details, &[], &path(HERE), now()).await.unwrap();
            tx.commit().await.unwrap();
        };
        tokio::join!(
            change(300, |one| one.address = Some("12 đường Mẫu".to_owned())),
            change(100, |one| one.insurance = Some("4620123456".to_owned())),
        );
        let mut tx = fresh.store.write().await.unwrap();
        let who = serving(&mut tx, HERE, thu).await;
        let known = tx.served(&who).await.unwrap().unwrap().details;
        assert_eq!(known.address.as_deref(), Some("12 đường Mẫu"));
        assert_eq!(known.insurance.as_deref(), Some("4620123456"));
    }
}

on_both! {
    async fn a_changed_record_is_found_as_it_is_now(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let thu = registered(&mut tx, HERE, THU).await;
        let who = serving(&mut tx, HERE, thu).await;
        assert_eq!(tx.served(&who).await.unwrap().unwrap().details, said(THU));
        assert!(tx.known_to_office(&own(thu)).await.unwrap());
        let changed = said(["046087004417", "Nguyễn Văn Thật", "18/01/1987", ""]);
        tx.update_served(&who, &changed, &["046087004417"], &path(HERE), now()).await.unwrap();
        for gone in ["nguyen thu", "0905 000 417", "thu 1987"] {
            assert_eq!(find(&mut tx, HERE, gone).await, [], "{gone}");
        }
        for there in ["nguyen that", "046087004417"] {
            assert_eq!(find(&mut tx, HERE, there).await, [thu], "{there}");
        }
    }
}

on_both! {
    async fn proven_people_are_found_and_strangers_are_not(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let proven = person(&mut tx, "Nguyễn Văn Thử", "0905 000 417").await;
        assert!(!tx.known_to_office(&own(proven)).await.unwrap());
        let unproven = stranger(&mut tx, "a browser").await;
        let found = alike(&mut tx, HERE, ["", "Nguyen Van Thu", "1987", "+84905000417"]).await;
        assert_eq!(found.iter().map(|one| one.holder.id).collect::<Vec<_>>(), [proven]);
        let theirs = ["", "Lê Văn Thử", "", "+84905000101"];
        assert!(alike(&mut tx, HERE, theirs).await.is_empty());
        let phone = Phone::parse("0905 000 101").unwrap();
        tx.prove_holder(&own(unproven), &phone).await.unwrap();
        assert_eq!(alike(&mut tx, HERE, theirs).await[0].holder.id, unproven);
    }
}

on_both! {
    async fn records_that_may_be_the_same_are_shown_from_everywhere(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let old = registered(&mut tx, ELSEWHERE, ["191234417", "NGUYEN VAN THU", "18/01/1987", "+84905000417"]).await;
        let near = registered(&mut tx, HERE, ["", "Nguyễn Văn Thử", "1987", ""]).await;
        registered(&mut tx, HERE, ["046187000001", "Trần Thị Mẫu", "1990", ""]).await;
        let found = alike(&mut tx, HERE, THU).await;
        let seen: Vec<_> = found.iter().map(|one| (one.holder.id, one.likeness.degree, one.here)).collect();
        assert_eq!(seen, [(old, Degree::Likely, false), (near, Degree::Possible, true)]);
        assert!(found.iter().all(|one| one.card.is_none()));
    }
}

on_both! {
    async fn a_number_is_one_persons(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        registered(&mut tx, HERE, THU).await;
        tx.commit().await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        let again = tx.register_holder(&desk(ELSEWHERE), &said(["046087004417", "Ai Đó", "1950", ""]), now()).await;
        assert!(matches!(again, Err(Error::Conflict(Constraint::ProvenNumber))), "{again:?}");
        drop(tx);
        let mut tx = fresh.store.write().await.unwrap();
        let other = registered(&mut tx, HERE, ["", "Trần Thị Mẫu", "1990", ""]).await;
        let who = serving(&mut tx, HERE, other).await;
        let mut taken = said(["", "Trần Thị Mẫu", "1990", ""]);
        taken.old_number = Some("046087004417".to_owned());
        let changed = tx.update_served(&who, &taken, &["046087004417"], &path(HERE), now()).await;
        assert!(matches!(changed, Err(Error::Conflict(Constraint::ProvenNumber))), "{changed:?}");
    }
}

on_both! {
    async fn only_what_the_papers_say_is_one_persons(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let thu = registered(&mut tx, HERE, THU).await;
        let who = serving(&mut tx, HERE, thu).await;
        // The number was a slip; what the record says besides was on no paper.
        let mut right = said(["046087004418", "Nguyễn Văn Thử", "18/01/1987", ""]);
        right.insurance = Some("4612345678".to_owned());
        tx.update_served(&who, &right, &["046087004418"], &path(HERE), now()).await.unwrap();
        for free in ["046087004417", "4612345678"] {
            registered(&mut tx, HERE, [free, "Trần Thị Mẫu", "1990", ""]).await;
        }
        // What was proven before stays so while the record says it.
        tx.update_served(&who, &right, &[], &path(HERE), now()).await.unwrap();
        let again = tx.register_holder(&desk(HERE), &said(["046087004418", "Ai Đó", "1950", ""]), now()).await;
        assert!(matches!(again, Err(Error::Conflict(Constraint::ProvenNumber))), "{again:?}");
    }
}

on_both! {
    async fn a_phone_that_is_not_the_persons_loses_the_record(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let (phone, unit) = (Phone::parse("0905 000 417").unwrap(), path(HERE));
        let new = NewHolder { details: &said(THU), phone: Some(&phone), browser: None, verified: true, unit: &unit };
        let thu = tx.add_holder(&new, now()).await.unwrap();
        let who = serving(&mut tx, HERE, thu).await;
        assert!(!tx.signs_in_with_other(&who, Some("+84905000417")).await.unwrap());
        assert!(tx.signs_in_with_other(&who, Some("+84905000418")).await.unwrap());
        assert!(tx.signs_in_with_other(&who, None).await.unwrap());
        assert!(tx.holder_of_phone(&phone).await.unwrap().is_some());
        let card = tx.issue_card(&who, (CardKind::Electronic, true), None, now()).await.unwrap();
        let paper = tx.issue_card(&who, (CardKind::Paper, true), None, now()).await.unwrap();
        let typed = [("name".to_owned(), "Kẻ Khác".to_owned())].into();
        let draft = (None, DeclarationKind::General);
        tx.save_draft(&own(thu), draft, &typed, now()).await.unwrap();
        tx.end_sign_in(&who, Some("+84905000417"), now()).await.unwrap();
        assert!(tx.own_drafts(&own(thu), None, now()).await.unwrap().is_empty(), "what others typed");
        assert!(!tx.own_cards_withheld(&own(thu)).await.unwrap());
        assert!(tx.holder_of_phone(&phone).await.unwrap().is_some(), "theirs stays");
        tx.end_sign_in(&who, None, now()).await.unwrap();
        assert!(tx.holder_of_phone(&phone).await.unwrap().is_none());
        assert!(!tx.signs_in_with_other(&who, None).await.unwrap());
        let state = |cards: &[domain::card::Card], id| cards.iter().find(|one| one.id == id).unwrap().state;
        let cards = tx.served_cards(&who).await.unwrap();
        assert_eq!(state(&cards, card.id), CardState::Revoked);
        assert_eq!(state(&cards, paper.id), CardState::Active);
    }
}

on_both! {
    async fn somebody_who_moved_is_taken_in_by_the_number_on_the_paper(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let thu = registered(&mut tx, ELSEWHERE, THU).await;
        let here = desk(HERE);
        assert_eq!(tx.take_in(&here, thu, "046087004418").await.unwrap(), None, "another number");
        assert_eq!(tx.take_in(&here, HolderId(new_id(now())), "046087004417").await.unwrap(), None, "nobody");
        assert!(find(&mut tx, HERE, "nguyen thu").await.is_empty());
        assert_eq!(tx.take_in(&here, thu, "046087004417").await.unwrap(), Some(path(ELSEWHERE)));
        assert_eq!(find(&mut tx, HERE, "nguyen thu").await, [thu]);
        assert!(find(&mut tx, ELSEWHERE, "nguyen thu").await.is_empty());
        assert_eq!(tx.holder_scope(thu).await.unwrap().unwrap().unit, path(HERE));
    }
}

async fn issue(
    tx: &mut Tx,
    who: &Authorized<ServeHolder, HolderScope>,
    instead: Option<CardId>,
) -> Result<CardId, Error> {
    let issued = tx
        .issue_card(who, (CardKind::Plastic, true), instead, now())
        .await;
    issued.map(|card| card.id)
}

async fn states(tx: &mut Tx, who: &Authorized<ServeHolder, HolderScope>) -> Vec<CardState> {
    let cards = tx.served_cards(who).await.unwrap();
    cards.into_iter().map(|card| card.state).collect()
}

on_both! {
    async fn a_new_card_takes_the_place_that_the_clerk_saw(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let thu = registered(&mut tx, HERE, THU).await;
        let who = serving(&mut tx, HERE, thu).await;
        let first = issue(&mut tx, &who, None).await.unwrap();
        assert_eq!(tx.handed_over_by(&desk(HERE), now()).await.unwrap(), 0, "by another clerk");
        let second = issue(&mut tx, &who, Some(first)).await.unwrap();
        assert_eq!(states(&mut tx, &who).await, [CardState::Active, CardState::Replaced]);
        tx.commit().await.unwrap();
        // Another clerk still sees the first one in use, or none.
        for stale in [None, Some(first)] {
            let mut tx = fresh.store.write().await.unwrap();
            let issued = issue(&mut tx, &who, stale).await;
            assert!(matches!(issued, Err(Error::Conflict(Constraint::CardInUse))), "{issued:?}");
        }
        let mut tx = fresh.store.write().await.unwrap();
        let newest = alike(&mut tx, HERE, THU).await[0].card.unwrap();
        assert_eq!((newest.id, newest.state), (second, CardState::Active));
    }
}

on_both! {
    async fn a_card_is_printed_handed_over_and_put_out_of_use(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let thu = registered(&mut tx, HERE, THU).await;
        let who = serving(&mut tx, HERE, thu).await;
        let first = issue(&mut tx, &who, None).await.unwrap();
        let card = tx.issue_card(&who, (CardKind::Plastic, false), None, now()).await.unwrap();
        let (_, version) = tx.cards_version().await.unwrap();
        let mut step = async |step, reason| tx.change_card(&who, card.id, step, reason, now()).await.unwrap();
        assert_eq!(step(CardStep::Resumption, StepReason::None).await, None);
        assert_eq!(step(CardStep::Printing, StepReason::None).await, Some(CardState::Printed));
        assert_eq!(step(CardStep::HandOver, StepReason::None).await, Some(CardState::Active));
        assert_eq!(step(CardStep::Suspension, StepReason::Lost).await, Some(CardState::Suspended));
        assert_eq!(step(CardStep::Resumption, StepReason::Found).await, Some(CardState::Active));
        assert_eq!(states(&mut tx, &who).await, [CardState::Active, CardState::Replaced]);
        assert!(tx.cards_version().await.unwrap().1 > version, "lists for gates are made anew");
        let steps = tx.card_steps(&who, card.id).await.unwrap();
        let walked: Vec<_> = steps.iter().map(|line| (line.step, line.reason)).collect();
        assert_eq!(walked, [
            (CardStep::Verification, StepReason::None), (CardStep::Printing, StepReason::None), (CardStep::HandOver, StepReason::None),
            (CardStep::Suspension, StepReason::Lost), (CardStep::Resumption, StepReason::Found),
        ]);
        assert!(steps.iter().all(|line| line.actor.starts_with("officer:") && line.at == now()));
        let other = registered(&mut tx, HERE, ["", "Trần Thị Mẫu", "1990", ""]).await;
        let others = serving(&mut tx, HERE, other).await;
        assert_eq!(tx.change_card(&others, first, CardStep::Revocation, StepReason::Lost, now()).await.unwrap(), None);
        assert!(tx.card_steps(&others, first).await.unwrap().is_empty(), "somebody else's card");
    }
}

#[test]
fn a_desk_serves_its_own_unit() {
    let scope = HolderScope {
        holder: HolderId(new_id(now())),
        unit: path(ELSEWHERE),
    };
    assert!(!<ServeHolder as Action<HolderScope>>::allows(
        &clerk(HERE),
        &scope
    ));
    assert!(<ServeHolder as Action<HolderScope>>::allows(
        &clerk(&["VN", "46"]),
        &scope
    ));
    let nowhere = HolderScope {
        unit: path(&[]),
        ..scope
    };
    assert!(!<ServeHolder as Action<HolderScope>>::allows(
        &clerk(HERE),
        &nowhere
    ));
}

on_both! {
    async fn nobody_overwrites_what_an_office_is_just_finding_true(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let id = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let unit = path(HERE);
        let known = tx.own_details(&own(id)).await.unwrap().unwrap().details;
        tx.update_holder(&own(id), &known, &unit).await.unwrap();
        tx.commit().await.unwrap();
        // One's own form has read the record: the office waits until it is written.
        let mut form = fresh.store.write().await.unwrap();
        let mut typed = form.hold_own(&own(id)).await.unwrap().unwrap().details;
        typed.name = PersonName::parse("Nguyễn Văn Nháp").unwrap();
        let store = fresh.store.clone();
        let office = tokio::spawn(async move {
            let mut tx = store.write().await.unwrap();
            let who = serving(&mut tx, HERE, id).await;
            tx.update_served(&who, &said(THU), &[THU[0]], &path(HERE), now()).await.unwrap();
            tx.commit().await.unwrap();
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!office.is_finished());
        form.update_holder(&own(id), &typed, &unit).await.unwrap();
        form.commit().await.unwrap();
        office.await.unwrap();
        // From then on it is the office's, but for where the person lives.
        let mut tx = fresh.store.write().await.unwrap();
        let far = path(ELSEWHERE);
        tx.update_holder(&own(id), &typed, &far).await.unwrap();
        let now = tx.own_details(&own(id)).await.unwrap().unwrap();
        assert_eq!((now.details, now.unit), (said(THU), far));
    }
}
