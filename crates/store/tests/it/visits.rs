use crate::scene::{gate, may, own, path, person, venue};
use crate::support::{now, on_both};
use domain::audit::Deed;
use domain::ids::{OfficerId, ScanId};
use domain::retention::Retention;
use domain::role::{
    Actor, HolderScope, OfficerRole, PosterScope, Purpose, ReadVenueBoard, RecordScans,
    ShowHistory, authorize,
};
use domain::scan::{Asked, Direction, Outcome, Presented, Scan, Way};
use domain::time::Zone;
use domain::unit::UnitCode;
use std::time::Duration;
use store::admissions::{Admissions, Lane};
use store::audit::Subject;

on_both! {
    async fn ones_own_scans_are_found_by_day(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 900").await;
        let one = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let market = venue(&mut tx, owner, "Chợ Bến Thử").await;
        let door = gate(&mut tx, owner, market, "Cổng 2", "K7M24QX").await;
        tx.commit().await.unwrap();
        let admissions = Admissions::start(fresh.store.clone(), Retention::default());
        let poster = PosterScope { venue: market, holder: one };
        let tapper = authorize::<RecordScans, _>(&Actor::Holder(one), poster).unwrap();
        let tomorrow = now().plus(Duration::from_secs(86_400));
        for (at, asked) in [(now(), Asked::In), (now().plus(Duration::from_secs(600)), Asked::Out), (tomorrow, Asked::In)] {
            let scan = Scan {
                id: ScanId::from_parts(at, [1; 10]),
                venue: market,
                checkpoint: Some(door),
                device: None,
                presented: Presented::Holder(one),
                asked,
                way: Way::Poster,
                companions: 0,
                shown: None,
                confirms: None,
                code: String::new(),
                remarks: domain::scan::Remarks::default(),
            };
            admissions.admit(&tapper, vec![scan], Lane::Live, at).await.unwrap();
        }
        let today = Zone::VIETNAM.day(now());
        let mut tx = fresh.store.read().await.unwrap();
        let scans = tx.own_scans(&own(one), &[today.plus(1), today]).await.unwrap();
        let found: Vec<_> = scans.iter().map(|scan| (scan.day, scan.direction, scan.outcome())).collect();
        assert_eq!(found, [
            (today, Direction::In, Outcome::Passage),
            (today, Direction::Out, Outcome::Passage),
            (today.plus(1), Direction::In, Outcome::Passage),
        ]);
        assert_eq!((scans[0].venue_name.as_str(), scans[0].checkpoint_name.as_str()), ("Chợ Bến Thử", "Cổng 2"));
        let first = ScanId::from_parts(now(), [1; 10]);
        let line = tx.own_scan(&own(one), market, first).await.unwrap().unwrap();
        assert_eq!((line.id, line.direction), (first, Direction::In));
        assert!(tx.own_scan(&own(owner), market, first).await.unwrap().is_none(), "another's");
        assert!(tx.own_scans(&own(owner), &[today]).await.unwrap().is_empty());
        let gate = may::<RecordScans>(&mut tx, owner, market).await;
        let person = |day, holder| fresh.store.keys().existing(day).unwrap().unwrap().pseudonym(holder);
        let (came, other) = (person(today.plus(1), one), person(today, owner));
        assert_eq!(tx.repeated_reading(&gate, came).await.unwrap().unwrap().at(), tomorrow);
        assert_eq!(tx.repeated_reading(&gate, other).await.unwrap(), None);
        assert!(tx.own_scans(&own(one), &[today.plus(-1)]).await.unwrap().is_empty());
        // Who stands at the office and asks is shown the same; the entry of it names them by day.
        let clerk = Actor::Officer {
            id: OfficerId(store::new_id(now())),
            role: OfficerRole::CommuneOfficer,
            unit: UnitCode::parse("19753").unwrap(),
        };
        let scope = HolderScope { holder: one, unit: path(&["VN", "46", "19753"]) };
        let shows = authorize::<ShowHistory, _>(&clerk, scope).unwrap();
        let (shown, subjects) = tx.shown_scans(&shows, &[today.plus(-1), today]).await.unwrap();
        assert_eq!(shown.iter().map(|scan| scan.id).collect::<Vec<_>>(), [scans[0].id, scans[1].id]);
        assert_eq!(subjects, [Subject::Visitor(today, person(today, one))]);
    }
}

on_both! {
    async fn a_look_is_told_to_whom_it_was_about(fresh: Fresh) {
        let mut tx = fresh.store.write().await.unwrap();
        let owner = person(&mut tx, "Lê Thị Thử", "0905 000 900").await;
        let one = person(&mut tx, "Nguyễn Văn Thử", "0905 000 101").await;
        let two = person(&mut tx, "Trần Thị Mẫu", "0905 000 102").await;
        let market = venue(&mut tx, owner, "Chợ Bến Thử").await;
        let board = may::<ReadVenueBoard>(&mut tx, owner, market).await;
        let today = Zone::VIETNAM.day(now());
        let key = tx.keys().day(today, today).unwrap().unwrap();
        let unit = board.scope().unit.clone();
        for subject in [Subject::Holder(one), Subject::Visitor(today, key.pseudonym(one))] {
            tx.audit(&board, &unit, now(), Purpose::VenueBoard, Deed::Board, &[subject]).await.unwrap();
        }
        let lines = tx.audit_about(&own(one), &[today]).await.unwrap();
        assert_eq!(lines.iter().map(|line| line.action.as_str()).collect::<Vec<_>>(), ["read_venue_board"; 2]);
        assert_eq!(tx.audit_about(&own(one), &[]).await.unwrap().len(), 1, "days without keys say nothing");
        assert!(tx.audit_about(&own(two), &[today]).await.unwrap().is_empty());
    }
}
