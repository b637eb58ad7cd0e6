//! People with recognisable names and phones who came and went on several days.

use crate::scene::{gate, may, person, venue};
use crate::support::{Fresh, now};
use domain::ids::{CheckpointId, HolderId, ScanId, VenueId};
use domain::retention::Retention;
use domain::role::{Authorized, RecordScans, VenueScope};
use domain::scan::{Answer, Asked, Presented, Scan, Way};
use domain::time::{Day, Timestamp, Zone};
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::time::Duration;
use store::admissions::{Admissions, Lane};
use uuid::Uuid;

pub(crate) const NAMES: [&str; 4] = [
    "Nguyễn Văn Thử Nghiệm",
    "Trần Thị Mẫu Đơn",
    "Lê Đình Giả Định",
    "Phạm Ngọc Ví Dụ",
];
pub(crate) const DAYS: i32 = 4;

pub(crate) fn phone(n: usize) -> String {
    format!("0905000{:03}", 501 + n)
}

/// What was planted, and the way in.
pub(crate) struct Crowd {
    pub(crate) holders: Vec<HolderId>,
    pub(crate) venue: VenueId,
    pub(crate) checkpoint: CheckpointId,
    pub(crate) who: Authorized<RecordScans, VenueScope>,
    pub(crate) admissions: Admissions,
}

impl Crowd {
    /// Plants people and a venue, and has each come in once on each of four days up to today.
    pub(crate) async fn plant(fresh: &Fresh) -> Self {
        let mut tx = fresh.store.write().await.unwrap();
        let mut holders = Vec::new();
        for (n, name) in NAMES.iter().enumerate() {
            holders.push(person(&mut tx, name, &phone(n)).await);
        }
        let venue = venue(&mut tx, holders[0], "Chợ Bến Thử").await;
        let checkpoint = gate(&mut tx, holders[0], venue, "Cổng 1", "AAAA111").await;
        let who = may(&mut tx, holders[0], venue).await;
        tx.commit().await.unwrap();
        let crowd = Self {
            admissions: Admissions::start(fresh.store.clone(), Retention::default()),
            holders,
            who,
            venue,
            checkpoint,
        };
        let mut scans = Vec::new();
        for day in 0..DAYS {
            let at = now().minus(Duration::from_secs(86_400 * day as u64));
            for (n, holder) in crowd.holders.iter().enumerate() {
                scans.push(crowd.scan(*holder, at.minus(Duration::from_secs(n as u64))));
            }
        }
        crowd.admit(scans).await.unwrap();
        crowd
    }

    pub(crate) fn scan(&self, holder: HolderId, at: Timestamp) -> Scan {
        Scan {
            id: ScanId::new(store::new_id(at)).unwrap(),
            venue: self.venue,
            checkpoint: Some(self.checkpoint),
            device: None,
            presented: Presented::Holder(holder),
            asked: Asked::In,
            way: Way::Poster,
            companions: 0,
            shown: None,
            confirms: None,
            code: "AAAA111".to_owned(),
            remarks: domain::scan::Remarks::default(),
        }
    }

    pub(crate) async fn admit(&self, scans: Vec<Scan>) -> Result<Vec<Answer>, store::Error> {
        let admitted = self
            .admissions
            .admit(&self.who, scans, Lane::Backlog, now());
        admitted.await
    }
}

pub(crate) fn today() -> Day {
    Zone::VIETNAM.day(now())
}

/// The days and pseudonyms in the scan log, read past the store.
pub(crate) async fn visitors(database: &str) -> Vec<(i32, Uuid)> {
    let sql = "select day, holder from scans where holder is not null";
    if database.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(database).await.unwrap();
        sqlx::query_as(sql)
            .fetch_all(&mut connection)
            .await
            .unwrap()
    } else {
        let mut connection = PgConnection::connect(database).await.unwrap();
        sqlx::query_as(sql)
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }
}
