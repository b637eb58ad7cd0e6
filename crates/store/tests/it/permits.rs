//! Permits: issued to the people of a unit, all of a list or nobody, seen where one is demanded, ended, and forgotten.

use crate::admissions::{VENUE, holder, scan, town};
use crate::scene::{may, own, path, person};
use crate::support::{now, on_both};
use domain::birth::Birth;
use domain::card::{CardKind, CardStep, StepReason};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{HolderId, OfficerId, PermitId, PermitListId};
use domain::permit::{
    Lacking, MOST_DEMANDS, MOST_HELD, Permit, PermitDays, PermitDemand, PermitEnd, PermitGap,
    PermitKind, PermitPlace,
};
use domain::phone::Phone;
use domain::retention::Retention;
use domain::role::{
    Action, Actor, Authorized, OfficerRole, RecordScans, RegisterHolder, ServeHolder, UnitScope,
    authorize,
};
use domain::scan::{Asked, Decision, Direction, Reason};
use domain::time::{Day, Zone};
use domain::unit::UnitCode;
use domain::venue::{OpeningHours, VenueKind};
use std::time::Duration;
use store::admissions::Lane;
use store::permits::{Demanded, PermitFilter, PermitFor, PermitState, Wanted};
use store::{Constraint, Error, Tx, new_id};

const HERE: &[&str] = &["VN", "46", "19753"];
const ELSEWHERE: &[&str] = &["VN", "46", "19774"];
const HUE: &[&str] = &["VN", "46"];

fn office<A: Action<UnitScope>>(unit: &[&str]) -> Authorized<A, UnitScope> {
    let officer = Actor::Officer {
        id: OfficerId(new_id(now())),
        role: OfficerRole::CommuneOfficer,
        unit: UnitCode::parse(unit[unit.len() - 1]).unwrap(),
    };
    authorize(&officer, UnitScope { path: path(unit) }).unwrap()
}

fn today() -> Day {
    Zone::VIETNAM.day(now())
}

fn list() -> PermitListId {
    PermitListId(new_id(now()))
}

/// A market permit for the week, from now on, on those days.
fn market(days: &str) -> Permit {
    Permit {
        kind: PermitKind::Market,
        from: today(),
        until: today().plus(6),
        hours: OpeningHours::parse("06:00-11:00").unwrap(),
        days: PermitDays::parse(days).unwrap(),
        place: PermitPlace::Any,
        issued: now(),
        ended: None,
    }
}

async fn registered(tx: &mut Tx, unit: &[&str], number: &str, phone: &str) -> HolderId {
    let desk: Authorized<RegisterHolder, UnitScope> = office(unit);
    let details = HolderDetails {
        id_number: Some(number.to_owned()),
        birth: Some(Birth::in_year(1987)),
        ..HolderDetails::named(
            PersonName::parse("Nguyễn Văn Thử").unwrap(),
            Some(&Phone::parse(phone).unwrap()),
        )
    };
    tx.register_holder(&desk, &details, now()).await.unwrap()
}

async fn issued(tx: &mut Tx, unit: &[&str], to: &[HolderId], permit: &Permit) -> usize {
    // Some minutes ago: a permit covers nothing that was before it.
    let at = now().minus(Duration::from_secs(600));
    let done = tx
        .issue_permits(&office(unit), list(), to, permit, at)
        .await;
    done.unwrap().to.len()
}

async fn count(tx: &mut Tx, unit: &[&str], filter: PermitFilter) -> usize {
    let place = (None, now());
    let found = tx.permits(&office(unit), filter, place, 100).await;
    found.unwrap().len()
}

on_both! {
    async fn a_list_is_issued_once_and_to_people_of_the_unit_alone(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let here = registered(&mut tx, HERE, "046087004417", "0905000417").await;
        let other = registered(&mut tx, HERE, "046087004418", "0905000418").await;
        let away = registered(&mut tx, ELSEWHERE, "046087004419", "0905000419").await;
        let (who, list, permit) = (office(HERE), list(), market("odd"));
        let people = [here, away, other, here];
        let done = tx.issue_permits(&who, list, &people, &permit, now()).await.unwrap();
        assert_eq!((done.to.len(), done.full.len()), (2, 0));
        assert!(done.to.contains(&here) && done.to.contains(&other));
        let mine = tx.own_permits(&own(here)).await.unwrap();
        assert_eq!(mine.len(), 1);
        assert_eq!((&mine[0].permit, mine[0].issued_by.as_str()), (&permit, "19753"));
        assert_eq!((mine[0].list, &mine[0].unit), (list, &path(HERE)));
        assert!(tx.own_permits(&own(away)).await.unwrap().is_empty());
        tx.commit().await.unwrap();

        let mut tx = fresh.store.write().await.unwrap();
        let again = tx.issue_permits(&who, list, &people, &permit, now()).await;
        assert!(matches!(again, Err(Error::Conflict(Constraint::PermitList))), "{again:?}");
        tx.rollback().await.unwrap();
        let mut tx = fresh.store.write().await.unwrap();
        assert_eq!(count(&mut tx, HERE, PermitFilter::default()).await, 2);
        assert_eq!(count(&mut tx, HUE, PermitFilter::default()).await, 2, "the province sees them");
        assert_eq!(count(&mut tx, ELSEWHERE, PermitFilter::default()).await, 0);
        let of_person = tx.permits_of_person(&office(ELSEWHERE), here).await.unwrap();
        assert!(of_person.is_empty());
        assert_eq!(tx.permits_of_person(&who, here).await.unwrap(), mine);
        let id = mine[0].id;
        assert!(tx.permit(&office(ELSEWHERE), id).await.unwrap().is_none());
        let one = tx.permit(&who, id).await.unwrap().unwrap();
        assert_eq!((one.issued, one.holder.id), (mine[0].clone(), here));
    }
}

on_both! {
    async fn hundreds_are_issued_at_once(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let mut people = Vec::new();
        for n in 0..300 {
            let (number, phone) = (format!("04608700{n:04}"), format!("0905{n:06}"));
            people.push(registered(&mut tx, HERE, &number, &phone).await);
        }
        assert_eq!(issued(&mut tx, HERE, &people, &market("every")).await, 300);
        let lines: Vec<PermitFor> = (0..300)
            .map(|n| PermitFor::Number(format!("04608700{n:04}")))
            .collect();
        let found = tx.people_for_permits(&office(HERE), &lines).await.unwrap();
        let found: Vec<HolderId> = found
            .iter()
            .filter_map(|one| match one {
                Wanted::One(holder) => Some(holder.id),
                Wanted::Nobody | Wanted::Several => None,
            })
            .collect();
        assert_eq!(found, people, "each line finds its own person, in order");
    }
}

on_both! {
    async fn nobody_has_more_than_so_many(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = registered(&mut tx, HERE, "046087004417", "0905000417").await;
        for _ in 0..MOST_HELD {
            assert_eq!(issued(&mut tx, HERE, &[one], &market("every")).await, 1);
        }
        let (who, permit) = (office(HERE), market("even"));
        let done = tx.issue_permits(&who, list(), &[one], &permit, now()).await.unwrap();
        assert_eq!((done.to, done.full), (vec![], vec![one]));
        let first = tx.own_permits(&own(one)).await.unwrap()[0].id;
        let why = PermitEnd::NotNeeded;
        tx.end_permit(&office(HERE), first, why, now()).await.unwrap();
        assert_eq!(issued(&mut tx, HERE, &[one], &permit).await, 1, "an ended one counts no more");
    }
}

on_both! {
    async fn a_permit_ends_once_and_by_an_office_of_the_unit(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = registered(&mut tx, HERE, "046087004417", "0905000417").await;
        let two = registered(&mut tx, HERE, "046087004418", "0905000418").await;
        assert_eq!(issued(&mut tx, HERE, &[one, two], &market("every")).await, 2);
        let mine = tx.own_permits(&own(one)).await.unwrap().remove(0);
        let why = PermitEnd::Mistake;
        let by_others = tx.end_permit(&office(ELSEWHERE), mine.id, why, now()).await.unwrap();
        assert!(by_others.is_empty());
        assert_eq!(tx.end_permit(&office(HERE), mine.id, why, now()).await.unwrap(), [one]);
        assert!(tx.end_permit(&office(HERE), mine.id, why, now()).await.unwrap().is_empty());
        let ended = tx.own_permits(&own(one)).await.unwrap().remove(0);
        assert_eq!((ended.permit.ended, ended.why), (Some(now()), Some(why)));
        let over = PermitFilter { state: Some(PermitState::Over), ..PermitFilter::default() };
        let current = PermitFilter { state: Some(PermitState::Current), ..PermitFilter::default() };
        assert_eq!(count(&mut tx, HERE, over).await, 1);
        assert_eq!(count(&mut tx, HERE, current).await, 1);
        let all = PermitFilter { list: Some(mine.list), ..PermitFilter::default() };
        assert_eq!(count(&mut tx, HERE, all).await, 2);
        let goods = PermitFilter { kind: Some(PermitKind::Goods), ..PermitFilter::default() };
        assert_eq!(count(&mut tx, HERE, goods).await, 0);
        let rest = tx.end_permit_list(&office(HERE), mine.list, why, now()).await.unwrap();
        assert_eq!(rest, [two]);
        assert_eq!(count(&mut tx, HERE, current).await, 0);
    }
}

on_both! {
    async fn people_are_found_by_card_number_and_phone_within_the_unit(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = registered(&mut tx, HERE, "046087004417", "0905000417").await;
        let two = registered(&mut tx, HERE, "046087004418", "0905000999").await;
        let three = registered(&mut tx, HERE, "046087004419", "0905000999").await;
        let away = registered(&mut tx, ELSEWHERE, "046087004420", "0905000420").await;
        let mut cards = Vec::new();
        for (unit, holder) in [(HERE, two), (HERE, three), (ELSEWHERE, away)] {
            let scope = tx.holder_scope(holder).await.unwrap().unwrap();
            let actor = office::<RegisterHolder>(unit).actor().clone();
            let serves: Authorized<ServeHolder, _> = authorize(&actor, scope).unwrap();
            let card = tx.issue_card(&serves, (CardKind::Paper, true), None, now()).await.unwrap();
            if holder == three {
                let (step, why) = (CardStep::Revocation, StepReason::Lost);
                tx.change_card(&serves, card.id, step, why, now()).await.unwrap();
            }
            cards.push(card.id);
        }
        let phone = |text| PermitFor::Phone(Phone::parse(text).unwrap());
        let number = |text: &str| PermitFor::Number(text.to_owned());
        let lines = [
            phone("0905000417"),
            number("046087004418"),
            PermitFor::Card(cards[0]),
            PermitFor::Card(cards[1]),
            PermitFor::Card(cards[2]),
            phone("0905000999"),
            phone("0905000420"),
            number("046087004420"),
            number("046087004417"),
        ];
        let found = tx.people_for_permits(&office(HERE), &lines).await.unwrap();
        let found: Vec<Result<HolderId, &str>> = found
            .iter()
            .map(|one| match one {
                Wanted::One(holder) => Ok(holder.id),
                Wanted::Nobody => Err("nobody"),
                Wanted::Several => Err("several"),
            })
            .collect();
        let nobody = Err("nobody");
        assert_eq!(
            found,
            [Ok(one), Ok(two), Ok(two), nobody, nobody, Err("several"), nobody, nobody, Ok(one)]
        );
        // Who has proven a phone is meant by it, and lives where nobody knows yet.
        person(&mut tx, "Trần Thị Thử", "0905000418").await;
        let unknown = tx.people_for_permits(&office(HERE), &[phone("0905000418")]).await.unwrap();
        assert!(matches!(unknown[0], Wanted::Nobody));
    }
}

fn demand(at: VenueKind, lacking: Lacking) -> PermitDemand {
    PermitDemand {
        unit: UnitCode::parse("46").unwrap(),
        place: PermitPlace::Kind(at),
        kind: Some(PermitKind::Market),
        from: today(),
        lacking,
    }
}

on_both! {
    async fn a_gate_asks_for_what_is_demanded_and_for_nothing_else(fresh: Fresh) {
        let town = town(&fresh).await;
        let admit = async |person, seconds| {
            let scans = vec![scan(person, seconds, Asked::In)];
            let answer = town.admit(scans, Lane::Live, now()).await.unwrap().remove(0);
            (answer.decision, answer.reasons.iter().collect::<Vec<_>>())
        };
        assert_eq!(admit(2, -900).await, (Decision::Admit, vec![]));
        let mut tx = fresh.store.write().await.unwrap();
        // 21/11/2026, 07:42.
        for (person, days) in [(3, "odd"), (4, "even"), (5, "odd")] {
            assert_eq!(issued(&mut tx, HUE, &[holder(person)], &market(days)).await, 1);
        }
        let ended = tx.own_permits(&own(holder(5))).await.unwrap().remove(0).id;
        let early = now().minus(Duration::from_secs(60));
        tx.end_permit(&office(HUE), ended, PermitEnd::Misuse, early).await.unwrap();
        let factory = demand(VenueKind::Factory, Lacking::Refuse);
        assert_eq!(tx.demand_permit(&office(HUE), &factory, now()).await.unwrap(), Demanded::Made);
        tx.commit().await.unwrap();
        assert_eq!(admit(2, -800).await, (Decision::Admit, vec![]), "only factories ask");

        let mut tx = fresh.store.write().await.unwrap();
        let wanted = demand(VenueKind::Market, Lacking::Refuse);
        assert_eq!(tx.demand_permit(&office(HUE), &wanted, now()).await.unwrap(), Demanded::Made);
        tx.commit().await.unwrap();
        assert_eq!(admit(2, -9).await, (Decision::Refuse, vec![Reason::PermitMissing]));
        assert_eq!(admit(3, -9).await, (Decision::Admit, vec![]));
        assert_eq!(admit(4, -9).await, (Decision::Refuse, vec![Reason::PermitOtherDay]));
        assert_eq!(admit(5, -9).await, (Decision::Refuse, vec![Reason::PermitNotValid]));
        assert_eq!(admit(5, -99).await.0, Decision::Admit, "before it was ended");
        let early = admit(3, -700).await;
        assert_eq!(early, (Decision::Refuse, vec![Reason::PermitNotValid]), "before it was issued");
        let out = town.admit(vec![scan(2, -5, Asked::Out)], Lane::Live, now()).await.unwrap();
        assert_eq!((out[0].decision, out[0].direction), (Decision::Admit, Direction::Out));

        let mut tx = fresh.store.write().await.unwrap();
        let who = may::<RecordScans>(&mut tx, holder(1), VENUE).await;
        let (three, four) = (scan(3, -9, Asked::In).id, scan(4, -9, Asked::In).id);
        let (five, two) = (scan(5, -9, Asked::In).id, scan(2, -9, Asked::In).id);
        let shown = tx.scanned_permits(&who, &[two, three, four, five]).await.unwrap();
        let gap = |id| shown.get(&id).map(|permits| permits[0].gap);
        assert_eq!((gap(three), gap(four)), (Some(None), Some(Some(PermitGap::Day))));
        assert_eq!((gap(five), gap(two)), (None, None));
        tx.commit().await.unwrap();
        for (nobody, at) in [(5, -9), (2, -8)] {
            let scans = [3, 4, nobody].map(|person| scan(person, at, Asked::In)).to_vec();
            let at_once = town.admissions.admit_showing(&town.who, scans, Lane::Live, now());
            let gaps: Vec<_> = at_once.await.unwrap().iter().map(|one| one.permits.first().map(|one| one.gap)).collect();
            assert_eq!(gaps, [Some(None), Some(Some(PermitGap::Day)), None], "with the decision");
        }
        let mut tx = fresh.store.write().await.unwrap();
        let owns = tx.permit_demands(&office(HUE)).await.unwrap();
        assert_eq!(owns.len(), 2);
        let id = owns.iter().find(|one| one.demand == wanted).unwrap().id;
        assert!(!tx.lift_demand(&office(HERE), id).await.unwrap());
        assert!(tx.lift_demand(&office(HUE), id).await.unwrap());
        let left = tx.demands_over(&path(HERE)).await.unwrap();
        assert_eq!(left, [factory], "what stands above a commune holds in it");
        assert!(tx.scanned_permits(&who, &[three]).await.unwrap().is_empty());
        tx.commit().await.unwrap();
        assert_eq!(admit(6, -3).await, (Decision::Admit, vec![]));
    }
}

on_both! {
    async fn a_unit_demands_nothing_twice_and_not_without_end(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let who = office(HUE);
        let market = demand(VenueKind::Market, Lacking::Refer);
        assert_eq!(tx.demand_permit(&who, &market, now()).await.unwrap(), Demanded::Made);
        let harder = demand(VenueKind::Market, Lacking::Refuse);
        assert_eq!(tx.demand_permit(&who, &harder, now()).await.unwrap(), Demanded::Twice);
        let (mut made, mut last) = (1, Demanded::Made);
        for kind in PermitKind::ALL {
            for at in VenueKind::ALL {
                let place = PermitPlace::Kind(*at);
                let one = PermitDemand { kind: Some(*kind), place, ..market.clone() };
                last = tx.demand_permit(&who, &one, now()).await.unwrap();
                made += usize::from(last == Demanded::Made);
            }
        }
        assert_eq!((made, last), (MOST_DEMANDS, Demanded::Full));
        assert_eq!(tx.demand_permit(&who, &harder, now()).await.unwrap(), Demanded::Twice);
    }
}

on_both! {
    async fn permits_are_forgotten_with_the_scans_of_their_last_night(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let one = registered(&mut tx, HERE, "046087004417", "0905000417").await;
        let two = registered(&mut tx, HERE, "046087004418", "0905000418").await;
        assert_eq!(issued(&mut tx, HERE, &[one, two], &market("every")).await, 2);
        let id: PermitId = tx.own_permits(&own(two)).await.unwrap()[0].id;
        tx.end_permit(&office(HERE), id, PermitEnd::Measures, now()).await.unwrap();
        tx.commit().await.unwrap();
        let left = async |days: u32| {
            let at = now().plus(Duration::from_secs(86_400) * days);
            fresh.store.erase(Retention::default(), at).await.unwrap();
            let mut tx = fresh.store.read().await.unwrap();
            let mine = tx.own_permits(&own(one)).await.unwrap().len();
            (mine, tx.own_permits(&own(two)).await.unwrap().len())
        };
        // 21 days of scans: the ended one goes after its day, the other after its last night, six days and one later.
        assert_eq!(left(21).await, (1, 1));
        assert_eq!(left(22).await, (1, 0));
        assert_eq!(left(28).await, (1, 0));
        assert_eq!(left(29).await, (0, 0));
    }
}
