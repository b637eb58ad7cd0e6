use crate::admissions::{OTHER_VENUE, VENUE, checkpoint, holder, scan, town};
use crate::scene::may;
use crate::support::{Fresh, now, on_both};
use domain::ids::{DeviceId, VenueId};
use domain::role::ManageVenue;
use domain::scan::{Asked, Decision, Remarks, Scan};
use std::time::Duration;
use store::admissions::Lane;
use store::devices::Device;

async fn device(fresh: &Fresh, venue: VenueId, token: &str) -> DeviceId {
    let mut tx = fresh.store.write().await.unwrap();
    let who = may::<ManageVenue>(&mut tx, holder(1), venue).await;
    let gate = checkpoint(venue);
    // Listed in the order in which they were enrolled.
    let at = now().plus(Duration::from_secs(
        tx.devices(&who).await.unwrap().len() as u64
    ));
    let id = tx.enrol_device(&who, gate, "Máy thử", token, at).await;
    tx.commit().await.unwrap();
    id.unwrap().unwrap()
}

async fn listed(fresh: &Fresh, venue: VenueId) -> Vec<Device> {
    let mut tx = fresh.store.read().await.unwrap();
    let who = may::<ManageVenue>(&mut tx, holder(1), venue).await;
    tx.devices(&who).await.unwrap()
}

fn numbered(device: DeviceId, person: u128, seq: u32) -> Scan {
    Scan {
        device: Some(device),
        remarks: Remarks {
            seq: Some(seq),
            ..Remarks::default()
        },
        ..scan(person, -100 + i64::from(seq), Asked::In)
    }
}

on_both! {
    async fn numbers_reveal_what_has_not_arrived_and_a_repeat_counts_once(fresh: Fresh) {
        let town = town(&fresh).await;
        let one = device(&fresh, VENUE, "một").await;
        let two = device(&fresh, VENUE, "hai").await;
        let missing = async || {
            let devices = listed(&fresh, VENUE).await;
            devices.iter().map(|device| device.missing).collect::<Vec<_>>()
        };
        assert_eq!(missing().await, [0, 0]);
        let first = vec![numbered(one, 1, 1), numbered(two, 2, 4), numbered(one, 3, 5)];
        town.admit(first.clone(), Lane::Live, now()).await.unwrap();
        assert_eq!(missing().await, [3, 3]);
        // The same batch again, and one of its lines beside a new one.
        let again = town.admit(first.clone(), Lane::Live, now()).await.unwrap();
        assert!(again.iter().all(|answer| answer.duplicate));
        assert_eq!(missing().await, [3, 3]);
        let some = vec![first[0].clone(), numbered(one, 4, 2), first[0].clone()];
        town.admit(some, Lane::Backlog, now()).await.unwrap();
        assert_eq!(missing().await, [2, 3]);
        let rest = vec![numbered(one, 5, 4), numbered(one, 6, 3)];
        town.admit(rest, Lane::Backlog, now()).await.unwrap();
        assert_eq!(missing().await, [0, 3]);
        // A device that lost its memory begins anew: nothing is missed that cannot be known.
        let renumbered = async || {
            let devices = listed(&fresh, VENUE).await;
            devices.iter().map(|device| device.renumbered).collect::<Vec<_>>()
        };
        assert_eq!(renumbered().await, [false, false]);
        town.admit(vec![numbered(one, 7, 1)], Lane::Live, now()).await.unwrap();
        assert_eq!(missing().await, [0, 3]);
        assert_eq!(renumbered().await, [true, false], "it began anew, or two have one token");
        // Scans without a number count for nothing.
        let plain = Scan { device: Some(two), ..scan(8, -1, Asked::In) };
        town.admit(vec![plain], Lane::Live, now()).await.unwrap();
        assert_eq!(missing().await, [0, 3]);
    }
}

on_both! {
    async fn a_clock_that_is_off_is_noted_for_its_device_alone(fresh: Fresh) {
        let town = town(&fresh).await;
        let one = device(&fresh, VENUE, "một").await;
        device(&fresh, VENUE, "hai").await;
        device(&fresh, OTHER_VENUE, "ba").await;
        let told = |person, skew, door| Scan {
            device: Some(one),
            remarks: Remarks { door, skew, ..Remarks::default() },
            ..scan(person, -5, Asked::In)
        };
        let skews = async |venue| {
            let devices = listed(&fresh, venue).await;
            devices.iter().map(|device| device.skew_ms).collect::<Vec<_>>()
        };
        town.admit(vec![told(1, Some(-420_000), Some(Decision::Admit))], Lane::Live, now()).await.unwrap();
        assert_eq!(skews(VENUE).await, [Some(-420_000), None]);
        // A batch that does not say leaves what was said, and rows of both kinds stand together.
        let mixed = vec![told(2, None, None), told(3, None, Some(Decision::Refuse))];
        let answers = town.admit(mixed, Lane::Live, now()).await.unwrap();
        assert!(answers.iter().all(|answer| answer.decision == Decision::Admit), "the door decides nothing");
        assert_eq!(skews(VENUE).await, [Some(-420_000), None]);
        town.admit(vec![told(4, Some(i32::MAX), None)], Lane::Live, now()).await.unwrap();
        assert_eq!(skews(VENUE).await, [Some(i32::MAX), None]);
        assert_eq!(skews(OTHER_VENUE).await, [None]);
        assert_eq!(listed(&fresh, VENUE).await[0].missing, 0);
        let kept = fresh.store.remarks_kept().await.unwrap();
        let mut kept: Vec<_> = kept.iter().map(|(door, skew)| (door.as_deref(), *skew)).collect();
        kept.sort();
        let refuse = (Some("refuse"), None);
        let expected = [(None, None), (None, Some(i32::MAX)), (Some("admit"), Some(-420_000)), refuse];
        assert_eq!(kept, expected);
    }
}
