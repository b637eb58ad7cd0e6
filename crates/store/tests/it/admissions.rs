use crate::scene::may;
use crate::support::{Fresh, now, on_both};
use domain::birth::Birth;
use domain::card::{Card, CardKind, CardState};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CardId, CheckpointId, HolderId, ScanId, VenueId};
use domain::retention::Retention;
use domain::role::{Actor, Authorized, PosterScope, RecordScans, VenueScope, authorize};
use domain::scan::{Answer, Asked, Decision, Direction, Presented, Reason, Scan, Way};
use domain::time::Timestamp;
use domain::unit::{UnitCode, UnitPath};
use domain::venue::{OpeningHours, VenueKind};
use std::ops::RangeInclusive;
use std::time::Duration;
use store::Error;
use store::admissions::{Admissions, Lane};
use store::planting::{PlantedDeclaration, PlantedHolder, PlantedVenue};
use store::venues::VenueDetails;
use uuid::Uuid;

pub(crate) const VENUE: VenueId = VenueId(Uuid::from_u128(1000));
pub(crate) const OTHER_VENUE: VenueId = VenueId(Uuid::from_u128(2000));

pub(crate) fn checkpoint(venue: VenueId) -> CheckpointId {
    CheckpointId(Uuid::from_u128(venue.0.as_u128() + 1))
}

pub(crate) fn holder(n: u128) -> HolderId {
    HolderId(Uuid::from_u128(n))
}

pub(crate) fn card(n: u128) -> CardId {
    CardId(n.to_be_bytes()[6..].try_into().unwrap())
}

fn path() -> UnitPath {
    UnitPath(
        ["VN", "46"]
            .iter()
            .filter_map(|code| UnitCode::parse(code))
            .collect(),
    )
}

fn venue(id: VenueId) -> PlantedVenue {
    PlantedVenue {
        id,
        owner: holder(1),
        details: VenueDetails {
            name: "Chợ Bến Thử".to_owned(),
            kind: VenueKind::Market,
            unit: path(),
            address: "12 đường Thử Nghiệm".to_owned(),
            expected_daily: 100,
            capacity: None,
            hours: OpeningHours::ALWAYS,
        },
        created: now(),
        checkpoints: vec![(
            checkpoint(id),
            "Cổng 1".to_owned(),
            format!("CODE{}", id.0.as_u128()),
        )],
    }
}

fn cards(people: RangeInclusive<u128>) -> Vec<Card> {
    let card = |n| Card {
        id: card(n),
        holder: holder(n),
        status_index: n as u32,
        kind: CardKind::Paper,
        state: if n == 20 {
            CardState::Revoked
        } else {
            CardState::Active
        },
        issued: now(),
        expires: now().plus(Duration::from_secs(86_400 * 365)),
    };
    people.map(card).collect()
}

/// Twenty declared people with cards, numbered from 1, and two venues that never close.
pub(crate) async fn town(fresh: &Fresh) -> Town {
    let name = PersonName::parse("Nguyễn Văn Thử").unwrap();
    let details = HolderDetails {
        name,
        phone: None,
        id_number: None,
        birth: Some(Birth::in_year(1987)),
        old_number: None,
        insurance: None,
        address: None,
        gender: None,
    };
    let everyone = 1..=20_u128;
    let holders: Vec<_> = everyone
        .clone()
        .map(|n| PlantedHolder {
            id: holder(n),
            details: details.clone(),
            phone: None,
            verified: true,
            unit: path(),
            created: now(),
        })
        .collect();
    let cards = cards(everyone.clone());
    let declarations: Vec<_> = everyone
        .filter(|n| *n != 19)
        .map(|n| {
            let weeks = Duration::from_secs(86_400 * 25);
            let (from, until) = (now().minus(weeks), now().plus(weeks));
            PlantedDeclaration::plain(Uuid::from_u128(n), holder(n), from, until)
        })
        .collect();
    let mut tx = fresh.store.write().await.unwrap();
    tx.plant_holders(&holders).await.unwrap();
    tx.plant_cards(&cards).await.unwrap();
    tx.plant_declarations(&declarations).await.unwrap();
    tx.plant_venues(&[venue(VENUE), venue(OTHER_VENUE)])
        .await
        .unwrap();
    let who = may::<RecordScans>(&mut tx, holder(1), VENUE).await;
    let elsewhere = may::<RecordScans>(&mut tx, holder(1), OTHER_VENUE).await;
    tx.commit().await.unwrap();
    Town {
        admissions: Admissions::start(fresh.store.clone(), Retention::default()),
        who,
        elsewhere,
    }
}

/// The way in, and the proofs of the two venues' owner.
#[derive(Clone)]
pub(crate) struct Town {
    pub(crate) admissions: Admissions,
    pub(crate) who: Authorized<RecordScans, VenueScope>,
    pub(crate) elsewhere: Authorized<RecordScans, VenueScope>,
}

impl Town {
    /// Admits at the first venue.
    pub(crate) async fn admit(
        &self,
        scans: Vec<Scan>,
        lane: Lane,
        now: Timestamp,
    ) -> Result<Vec<Answer>, Error> {
        self.admissions.admit(&self.who, scans, lane, now).await
    }
}

pub(crate) fn scan(person: u128, seconds: i64, asked: Asked) -> Scan {
    let at = Timestamp::from_millis(now().millis() + seconds * 1000);
    let mut random = [0; 10];
    random[..8].copy_from_slice(&(person as u64).to_be_bytes());
    Scan {
        id: ScanId::from_parts(at, random),
        venue: VENUE,
        checkpoint: Some(checkpoint(VENUE)),
        device: None,
        presented: Presented::Card {
            id: card(person),
            issued: now().minus(Duration::from_secs(30 * 86_400)),
            expires: now().plus(Duration::from_secs(86_400 * 365)),
            phone: None,
        },
        asked,
        way: Way::Card,
        companions: 0,
        shown: None,
        confirms: None,
        code: format!("code {person}"),
        remarks: domain::scan::Remarks::default(),
    }
}

/// An attendant's confirmation of the nineteenth person, who has not declared.
fn confirming(seconds: i64, first: &Scan) -> Scan {
    Scan {
        confirms: Some(first.id),
        ..scan(19, seconds, Asked::In)
    }
}

async fn one(town: &Town, scan: Scan) -> Answer {
    town.admit(vec![scan], Lane::Live, now())
        .await
        .unwrap()
        .remove(0)
}

fn check(
    answer: &Answer,
    decision: Decision,
    direction: Direction,
    reasons: &[Reason],
    duplicate: bool,
) {
    assert_eq!(
        (answer.decision, answer.direction),
        (decision, direction),
        "{answer:?}"
    );
    assert_eq!(answer.reasons.iter().collect::<Vec<_>>(), reasons);
    assert_eq!(answer.duplicate, duplicate, "{answer:?}");
}

on_both! {
    async fn a_person_walks_in_and_out(fresh: Fresh) {
        let town = town(&fresh).await;
        check(&one(&town, scan(1, -100, Asked::Auto)).await, Decision::Admit, Direction::In, &[], false);
        check(&one(&town, scan(1, -90, Asked::Auto)).await, Decision::Admit, Direction::In, &[Reason::AlreadyScanned], false);
        check(&one(&town, scan(1, -10, Asked::Auto)).await, Decision::Admit, Direction::Out, &[], false);
        check(&one(&town, scan(19, 0, Asked::Auto)).await, Decision::Refer, Direction::In, &[Reason::DeclarationMissing], false);
        check(&one(&town, scan(20, 0, Asked::In)).await, Decision::Refuse, Direction::In, &[Reason::Revoked], false);
        check(&one(&town, scan(20, 1, Asked::Out)).await, Decision::Admit, Direction::Out, &[], false);
        check(&one(&town, scan(21, 0, Asked::In)).await, Decision::Refuse, Direction::In, &[Reason::UnknownKey], false);
    }
}

on_both! {
    async fn a_retry_finds_its_first_answer(fresh: Fresh) {
        let town = town(&fresh).await;
        let unreadable = Scan { presented: Presented::Nothing(Reason::Unreadable), ..scan(2, -50, Asked::In) };
        let batch = vec![scan(1, -100, Asked::Auto), unreadable, scan(20, -40, Asked::In), scan(1, -5, Asked::Auto)];
        let first = town.admit(batch.clone(), Lane::Live, now()).await.unwrap();
        assert_eq!(first[3].direction, Direction::Out);
        for _ in 0..3 {
            let again = town.admit(batch.clone(), Lane::Backlog, now()).await.unwrap();
            for (first, again) in first.iter().zip(&again) {
                assert_eq!(&Answer { duplicate: true, ..first.clone() }, again);
            }
        }
        // New lines beside repeated ones are recorded.
        let mixed = vec![batch[0].clone(), scan(3, -1, Asked::Auto)];
        let answers = town.admit(mixed, Lane::Live, now()).await.unwrap();
        assert_eq!(answers.iter().map(|a| a.duplicate).collect::<Vec<_>>(), [true, false]);
    }
}

on_both! {
    async fn an_id_with_other_content_is_refused_and_the_first_stands(fresh: Fresh) {
        let town = town(&fresh).await;
        let first = scan(1, -100, Asked::In);
        one(&town, first.clone()).await;
        let other = [
            Scan { code: "another".to_owned(), ..first.clone() },
            Scan { asked: Asked::Out, ..first.clone() },
            Scan { companions: 3, ..first.clone() },
        ];
        for scan in other {
            check(&one(&town, scan.clone()).await, Decision::Refuse, scan.asked.explicit().unwrap(), &[Reason::IdReused], false);
        }
        check(&one(&town, first.clone()).await, Decision::Admit, Direction::In, &[], true);
        // Another venue may use the same id: ids are unique within a venue.
        let elsewhere = Scan { venue: OTHER_VENUE, checkpoint: Some(checkpoint(OTHER_VENUE)), ..first };
        let town = Town { who: town.elsewhere.clone(), ..town };
        check(&one(&town, elsewhere).await, Decision::Admit, Direction::In, &[], false);
    }
}

on_both! {
    async fn nobody_records_beyond_their_own_scope(fresh: Fresh) {
        let town = town(&fresh).await;
        let elsewhere = Scan { venue: OTHER_VENUE, checkpoint: Some(checkpoint(OTHER_VENUE)), ..scan(1, -9, Asked::In) };
        let answers = town.admit(vec![elsewhere, scan(2, -9, Asked::In)], Lane::Live, now()).await.unwrap();
        check(&answers[0], Decision::Refuse, Direction::In, &[Reason::WrongCheckpoint], false);
        check(&answers[1], Decision::Admit, Direction::In, &[], false);
        // At a poster everybody records for themselves, and by nothing but a tap.
        let poster = PosterScope { venue: VENUE, holder: holder(3) };
        let who = authorize::<RecordScans, _>(&Actor::Holder(holder(3)), poster).unwrap();
        let tap = |n| Scan { presented: Presented::Holder(holder(n)), way: Way::Poster, ..scan(n, -5, Asked::In) };
        let scans = vec![tap(3), tap(4), scan(3, -4, Asked::In)];
        let answers = town.admissions.admit(&who, scans, Lane::Live, now()).await.unwrap();
        check(&answers[0], Decision::Admit, Direction::In, &[], false);
        check(&answers[1], Decision::Refuse, Direction::In, &[Reason::WrongCheckpoint], false);
        check(&answers[2], Decision::Refuse, Direction::In, &[Reason::WrongCheckpoint], false);
    }
}

#[tokio::test]
async fn a_worker_that_panicked_is_noticed() {
    let fresh = crate::support::sqlite().await;
    let town = town(&fresh).await;
    let waits = town.admissions.ended();
    let patient = tokio::time::timeout(Duration::from_millis(20), waits).await;
    assert!(patient.is_err() && !town.admissions.has_ended());
    let broken = Town {
        admissions: Admissions::broken(),
        ..town
    };
    broken.admissions.ended().await;
    assert!(broken.admissions.has_ended());
    let answer = broken
        .admit(vec![scan(1, 0, Asked::In)], Lane::Live, now())
        .await;
    assert!(matches!(answer, Err(Error::Stopped)), "{answer:?}");
}

on_both! {
    async fn one_person_twice_in_one_batch(fresh: Fresh) {
        let town = town(&fresh).await;
        let batch = vec![scan(1, 0, Asked::Auto), scan(1, -200, Asked::Auto), scan(1, -199, Asked::Auto), scan(1, -200, Asked::Auto)];
        let answers = town.admit(batch, Lane::Live, now()).await.unwrap();
        check(&answers[1], Decision::Admit, Direction::In, &[], false);
        check(&answers[2], Decision::Admit, Direction::In, &[Reason::AlreadyScanned], false);
        check(&answers[3], Decision::Admit, Direction::In, &[], true);
        check(&answers[0], Decision::Admit, Direction::Out, &[], false);
    }
}

on_both! {
    async fn what_makes_no_row_can_be_sent_again_rightly(fresh: Fresh) {
        let town = town(&fresh).await;
        let refused = |scan: Scan, reason| {
            let town = town.clone();
            async move { check(&one(&town, scan).await, Decision::Refuse, Direction::In, &[reason], false) }
        };
        refused(scan(1, 3600, Asked::In), Reason::Future).await;
        refused(scan(1, -40 * 86_400, Asked::In), Reason::TooOld).await;
        let wrong = Scan { checkpoint: None, ..scan(1, 0, Asked::In) };
        refused(wrong.clone(), Reason::WrongCheckpoint).await;
        refused(wrong, Reason::WrongCheckpoint).await;
        check(&one(&town, scan(1, 0, Asked::In)).await, Decision::Admit, Direction::In, &[], false);
    }
}

on_both! {
    async fn whoever_stays_past_midnight_is_found(fresh: Fresh) {
        let town = town(&fresh).await;
        // 07:42 local: midnight was 27,720 seconds ago; markets close an open visit after 8 hours.
        check(&one(&town, scan(1, -28_000, Asked::Auto)).await, Decision::Admit, Direction::In, &[], false);
        check(&one(&town, scan(1, -1, Asked::Auto)).await, Decision::Admit, Direction::Out, &[], false);
        check(&one(&town, scan(1, 120, Asked::Auto)).await, Decision::Admit, Direction::In, &[], false);
    }
}

on_both! {
    async fn many_callers_at_once_lose_and_double_nothing(fresh: Fresh) {
        let town = town(&fresh).await;
        let mut callers = tokio::task::JoinSet::new();
        for caller in 0..16_u128 {
            let town = town.clone();
            callers.spawn(async move {
                for round in 0..20_i64 {
                    let asked = if round % 2 == 0 { Asked::In } else { Asked::Out };
                    let scan = scan(caller + 1, -3000 + round * 100, asked);
                    let answer = town.admit(vec![scan], Lane::Live, now()).await.unwrap().remove(0);
                    assert_eq!((answer.decision, answer.duplicate), (Decision::Admit, false));
                }
            });
        }
        let backlog: Vec<Scan> = (0..3000).map(|i| scan(17, -20_000 + i * 5, Asked::In)).collect();
        let answers = town.admit(backlog.clone(), Lane::Backlog, now()).await.unwrap();
        assert_eq!(answers.len(), 3000);
        while let Some(done) = callers.join_next().await {
            done.unwrap();
        }
        let again = town.admit(backlog, Lane::Backlog, now()).await.unwrap();
        assert!(again.iter().all(|answer| answer.duplicate));
    }
}

on_both! {
    async fn a_confirmation_finds_its_referral(fresh: Fresh) {
        let town = town(&fresh).await;
        let missing = [Reason::DeclarationMissing];
        // In one queue that drains late, in whatever order.
        let first = scan(19, -5000, Asked::In);
        let batch = vec![confirming(-4990, &first), confirming(-4985, &first), first];
        let answers = town.admit(batch, Lane::Backlog, now()).await.unwrap();
        check(&answers[2], Decision::Refer, Direction::In, &missing, false);
        check(&answers[0], Decision::Admit, Direction::In, &missing, false);
        check(&answers[1], Decision::Admit, Direction::In, &[Reason::DeclarationMissing, Reason::AlreadyScanned], false);
        // In the log; sent again, it is the same.
        let first = scan(19, -4000, Asked::In);
        one(&town, first.clone()).await;
        for duplicate in [false, true] {
            let answer = one(&town, confirming(-3990, &first)).await;
            check(&answer, Decision::Admit, Direction::In, &missing, duplicate);
        }
        // Another venue's log is not asked.
        let first = scan(19, -2000, Asked::In);
        one(&town, first.clone()).await;
        let there = |scan: Scan| Scan { venue: OTHER_VENUE, checkpoint: Some(checkpoint(OTHER_VENUE)), ..scan };
        let elsewhere = Town { who: town.elsewhere.clone(), ..town.clone() };
        one(&elsewhere, there(scan(19, -1995, Asked::In))).await;
        let answer = one(&elsewhere, there(confirming(-1900, &first))).await;
        check(&answer, Decision::Refer, Direction::In, &missing, false);
    }
}

on_both! {
    async fn a_confirmation_past_midnight_finds_its_referral(fresh: Fresh) {
        let town = town(&fresh).await;
        // 07:42 local: midnight was 27,720 seconds ago, and at midnight pseudonyms change.
        let first = scan(19, -27_730, Asked::In);
        one(&town, first.clone()).await;
        check(&one(&town, confirming(-27_700, &first)).await, Decision::Admit, Direction::In, &[Reason::DeclarationMissing], false);
    }
}
