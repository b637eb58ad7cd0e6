use crate::scene::path;
use crate::support::{Fresh, now, on_both};
use domain::birth::Birth;
use domain::card::{CardKind, CardState, CardStep};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::OfficerId;
use domain::retention::Retention;
use domain::role::{
    Actor, Authorized, OfficerRole, RegisterHolder, ServeHolder, UnitScope, authorize,
};
use domain::unit::UnitCode;
use std::time::Duration;
use store::imports::{COMPARED, Known};
use store::{Constraint, Error, new_id};

const HERE: &[&str] = &["VN", "46", "19753"];
const ELSEWHERE: &[&str] = &["VN", "46", "19774"];

fn clerk(unit: &[&str]) -> Actor {
    Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::CommuneOfficer,
        unit: UnitCode::parse(unit[unit.len() - 1]).unwrap(),
    }
}

fn office(unit: &[&str]) -> Authorized<RegisterHolder, UnitScope> {
    authorize(&clerk(unit), UnitScope { path: path(unit) }).unwrap()
}

/// Number, name, birth and phone; an empty text is not known.
fn said([number, name, birth, phone]: [&str; 4]) -> HolderDetails {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    HolderDetails {
        id_number: known(number),
        birth: Birth::typed(birth),
        phone: known(phone),
        ..HolderDetails::named(PersonName::parse(name).unwrap(), None)
    }
}

const THU: [&str; 4] = [
    "046087004417",
    "Nguyễn Văn Thử",
    "18/01/1987",
    "+84905000417",
];
const MAU: [&str; 4] = ["", "Trần Thị Mẫu", "02/09/1990", "+84905000418"];

/// A made-up word of a number: no two are alike.
fn spelt(n: usize) -> String {
    let digits = format!("{n:04}");
    let letter = |digit: char| {
        [
            "Ba", "Co", "Du", "Ghe", "Hy", "Kim", "Lo", "Mua", "Ngo", "Phe",
        ][digit as usize - '0' as usize]
    };
    digits.chars().map(letter).collect::<Vec<_>>().join(" ")
}

/// Registers people as an import does.
async fn import(fresh: &Fresh, people: &[[&str; 4]], cards: Option<CardKind>) -> Result<(), Error> {
    let people: Vec<HolderDetails> = people.iter().map(|one| said(*one)).collect();
    let people: Vec<&HolderDetails> = people.iter().collect();
    let ready = fresh.store.make_ready(&office(HERE), &people, now());
    assert_eq!(ready.ids().len(), people.len());
    let mut tx = fresh.store.write().await.unwrap();
    tx.register_people(&office(HERE), &ready, cards, now())
        .await?;
    tx.commit().await
}

/// How people compare with the register: whether the likeliest record is certainly theirs.
async fn compare(fresh: &Fresh, unit: &[&str], people: &[[&str; 4]]) -> Vec<Option<bool>> {
    let people: Vec<HolderDetails> = people.iter().map(|one| said(*one)).collect();
    let people: Vec<&HolderDetails> = people.iter().collect();
    let mut tx = fresh.store.read().await.unwrap();
    let compared = tx.compare_people(&office(unit), &people).await.unwrap();
    assert!(tx.still_so(&office(unit), &compared).await.unwrap());
    let seen = compared.seen().len();
    assert!(seen <= compared.known.iter().flatten().count());
    let same = |known: &Option<Known>| known.map(|known| known.same);
    compared.known.iter().map(same).collect()
}

on_both! {
    async fn people_of_a_list_are_found_like_those_of_the_desk(fresh: Fresh) {
        import(&fresh, &[THU, MAU], Some(CardKind::Paper)).await.unwrap();
        let slip = ["", "Nguyễn Văn Thư", "18/01/1987", ""];
        let other = ["046187000001", "Lê Thị Nháp", "1950", "+84905000419"];
        let people = [THU, MAU, slip, other, ["046087004417", "Lê Văn Nháp", "1950", ""]];
        assert_eq!(
            compare(&fresh, HERE, &people).await,
            [Some(true), Some(true), Some(false), None, Some(false)]
        );
        // Elsewhere a name with a slip is not looked for; a number, a phone and a whole name are, and no more is told than
        // that somebody may be known.
        let bare = ["", "NGUYEN VAN THU", "18/01/1987", ""];
        let missing = ["", "Nguyễn Thử", "18/01/1987", ""];
        assert_eq!(
            compare(&fresh, ELSEWHERE, &[THU, bare, missing]).await,
            [Some(false), Some(false), None]
        );
        let mut tx = fresh.store.write().await.unwrap();
        let found = tx.candidates(&office(HERE), &said(THU), now()).await.unwrap();
        assert_eq!(found.len(), 1);
        let card = found[0].card.unwrap();
        assert_eq!((card.kind, card.state), (CardKind::Paper, CardState::Verified));
        let scope = tx.holder_scope(found[0].holder.id).await.unwrap().unwrap();
        let own = authorize(&Actor::Holder(scope.holder), scope.clone()).unwrap();
        assert!(tx.known_to_office(&own).await.unwrap());
        let serve = authorize::<ServeHolder, _>(&clerk(HERE), scope).unwrap();
        let steps = tx.card_steps(&serve, card.id).await.unwrap();
        assert_eq!(steps.iter().map(|line| line.step).collect::<Vec<_>>(), [CardStep::Verification]);
        let (count, _) = tx.card_states(now()).await.unwrap();
        assert_eq!(count, 2);
        // Cards that are issued later have places of their own.
        tx.issue_card(&serve, (CardKind::Plastic, true), None, now()).await.unwrap();
        let taken = tx.register_holder(&office(HERE), &said(["046087004417", "Lê Văn Nháp", "1950", ""]), now()).await;
        assert!(matches!(taken, Err(Error::Conflict(Constraint::ProvenNumber))), "{taken:?}");
    }
}

on_both! {
    async fn a_list_of_namesakes_costs_no_square_and_a_whole_name_is_found(fresh: Fresh) {
        // More people of one commune, one day and one beginning of a name than are compared, and of one phone.
        let namesakes = COMPARED + 60;
        let names: Vec<String> = (0..namesakes).map(|n| format!("{} Thử", spelt(n))).collect();
        let people: Vec<[&str; 4]> = names.iter().map(|name| ["", name, "18/01/1987", "+84905000417"]).collect();
        import(&fresh, &people, None).await.unwrap();
        import(&fresh, &[["", "Nguyễn Văn Thử", "18/01/1987", ""]], None).await.unwrap();
        let list = (0..40).map(|n| said(["", &format!("{} Thu", spelt(n + 1000)), "18/01/1987", ""]));
        let last = said(["", "NGUYEN VAN THU", "18/01/1987", "+84905000417"]);
        let list: Vec<HolderDetails> = list.chain([last]).collect();
        let list: Vec<&HolderDetails> = list.iter().collect();
        let mut tx = fresh.store.read().await.unwrap();
        let compared = tx.compare_people(&office(HERE), &list).await.unwrap();
        assert!(compared.looks <= 42 * COMPARED + 1, "{}", compared.looks);
        assert_eq!(compared.known[40].map(|known| known.same), Some(false), "by the whole name");
    }
}

on_both! {
    async fn all_are_registered_or_nobody(fresh: Fresh) {
        import(&fresh, &[THU], None).await.unwrap();
        let twice = import(&fresh, &[MAU, THU], Some(CardKind::Paper)).await;
        assert!(matches!(twice, Err(Error::Conflict(Constraint::ProvenNumber))), "{twice:?}");
        assert_eq!(compare(&fresh, HERE, &[THU, MAU]).await, [Some(true), None]);
        assert_eq!(fresh.store.read().await.unwrap().card_states(now()).await.unwrap().0, 0);
    }
}

on_both! {
    async fn whoever_comes_in_between_is_noticed(fresh: Fresh) {
        let (who, mau) = (office(HERE), said(MAU));
        let compared = fresh.store.read().await.unwrap().compare_people(&who, &[&mau]).await.unwrap();
        assert_eq!(compared.known, [None]);
        let mut tx = fresh.store.write().await.unwrap();
        assert!(tx.still_so(&who, &compared).await.unwrap());
        tx.register_holder(&who, &mau, now()).await.unwrap();
        assert!(!tx.still_so(&who, &compared).await.unwrap());
    }
}

on_both! {
    async fn a_list_is_kept_sealed_until_it_is_done(fresh: Fresh) {
        let (who, other) = (office(HERE), office(ELSEWHERE));
        let mut tx = fresh.store.write().await.unwrap();
        let id = tx.begin_import(&who, b"plan", b"a file", now()).await.unwrap();
        let dropped = tx.begin_import(&who, b"plan", b"a file", now()).await.unwrap();
        assert!(!tx.drop_import(&other, dropped).await.unwrap());
        assert!(tx.drop_import(&who, dropped).await.unwrap());
        assert_eq!(tx.imports(&who, 9).await.unwrap().len(), 1);
        assert!(tx.imports(&other, 9).await.unwrap().is_empty());
        assert!(tx.import(&other, id).await.unwrap().is_none());
        assert!(tx.import_file(&other, id).await.unwrap().is_none());
        assert_eq!(tx.import_file(&who, id).await.unwrap().unwrap().as_slice(), b"a file");
        assert!(!tx.plan_import(&other, id, b"no", None).await.unwrap());
        assert!(tx.plan_import(&who, id, b"better", Some(b"left")).await.unwrap());
        assert!(tx.import_rest(&other, id).await.unwrap().is_none());
        assert_eq!(tx.import_rest(&who, id).await.unwrap().unwrap().as_slice(), b"left");
        assert!(!tx.end_import(&other, id, b"no", None).await.unwrap());
        assert!(tx.end_import(&who, id, b"done", Some(b"left")).await.unwrap());
        assert!(!tx.end_import(&who, id, b"again", None).await.unwrap(), "once");
        assert!(!tx.drop_import(&who, id).await.unwrap(), "what is done stays");
        let import = tx.import(&who, id).await.unwrap().unwrap();
        assert_eq!((import.done, import.has_rest, import.plan.as_slice()), (true, true, b"done".as_slice()));
        assert!(tx.import_file(&who, id).await.unwrap().is_none());
        tx.commit().await.unwrap();
    }
}

on_both! {
    async fn lists_are_erased_after_a_day_and_results_after_a_quarter(fresh: Fresh) {
        let who = office(HERE);
        let mut tx = fresh.store.write().await.unwrap();
        let done = tx.begin_import(&who, b"plan", b"a file", now()).await.unwrap();
        assert!(tx.end_import(&who, done, b"done", Some(b"left")).await.unwrap());
        let open = tx.begin_import(&who, b"plan", b"a file", now()).await.unwrap();
        assert_eq!(tx.erase_imports(now().plus(Duration::from_secs(86_400))).await.unwrap(), 0);
        tx.commit().await.unwrap();
        let later = now().plus(Duration::from_secs(86_401));
        fresh.store.erase(Retention::default(), later).await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        assert!(tx.import(&who, open).await.unwrap().is_none());
        assert!(!tx.import(&who, done).await.unwrap().unwrap().has_rest);
        assert_eq!(tx.erase_imports(now().plus(Duration::from_secs(91 * 86_400))).await.unwrap(), 1);
        assert!(tx.import(&who, done).await.unwrap().is_none());
    }
}
