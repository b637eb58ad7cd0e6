//! A made-up place whose scans come from a device.

use crate::support::{Answer, TestApp};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::birth::Birth;
use domain::card::{Card, CardKind, CardState};
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CardId, CheckpointId, HolderId, ScanId, VenueId};
use domain::role::{Actor, ManageVenue, ReadVenueBoard, authorize};
use domain::time::Timestamp;
use domain::venue::{OpeningHours, VenueKind};
use serde_json::{Value, json};
use std::time::Duration;
use store::planting::{PlantedDeclaration, PlantedHolder, PlantedVenue};
use store::scans::ScanFilter;
use store::venues::VenueDetails;
use uuid::Uuid;
use vaora::clock::Clock;

const DAY: Duration = Duration::from_secs(86_400);
pub(crate) const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// A venue with two gates, a device at the first, and five people with cards; the fifth one's
/// card is revoked, the fourth has not declared.
pub(crate) struct Town {
    pub(crate) app: TestApp,
    pub(crate) token: String,
    pub(crate) codes: Vec<String>,
}

pub(crate) fn checkpoint(n: u128) -> CheckpointId {
    CheckpointId(Uuid::from_u128(7000 + n))
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::in_app(TestApp::new().await).await
    }

    /// The same town on a store that a server process can open, at the machine's own time.
    pub(crate) async fn now(database: Option<String>) -> Self {
        let now = Clock::System.now();
        Self::in_app(TestApp::at(Clock::fixed(now), |config| config.database = database).await)
            .await
    }

    /// How many scans are kept.
    pub(crate) async fn count_scans(&self) -> i64 {
        let day = Duration::from_secs(86_400);
        let (from, until) = (self.app.now().minus(day), self.app.now().plus(day));
        let filter = ScanFilter {
            from,
            until,
            direction: None,
            way: None,
            decision: None,
            of: None,
        };
        let mut tx = self.app.app.store.read().await.unwrap();
        let venue = VenueId(Uuid::from_u128(7000));
        let scope = tx.venue_scope(venue).await.unwrap().unwrap();
        let who = authorize::<ReadVenueBoard, _>(&Actor::Holder(scope.owner), scope).unwrap();
        tx.count_scans(&who, &filter, i64::MAX).await.unwrap()
    }

    async fn in_app(app: TestApp) -> Self {
        let now = app.now();
        let (unit, owner, venue) = (
            app.unit("19753"),
            HolderId(Uuid::from_u128(1)),
            VenueId(Uuid::from_u128(7000)),
        );
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
        let person = |n: u128| PlantedHolder {
            id: HolderId(Uuid::from_u128(n)),
            details: details.clone(),
            phone: None,
            verified: true,
            unit: unit.clone(),
            created: now,
        };
        let card = |n: u128| Card {
            id: CardId([n as u8; 10]),
            holder: HolderId(Uuid::from_u128(n)),
            status_index: n as u32,
            kind: CardKind::Paper,
            state: if n == 5 {
                CardState::Revoked
            } else {
                CardState::Active
            },
            issued: now.minus(DAY),
            expires: now.plus(YEAR),
        };
        let declaration = |n: u128| {
            let (id, holder) = (Uuid::from_u128(n), HolderId(Uuid::from_u128(n)));
            let declared = now.minus(Duration::from_secs(86_400 * 30));
            let until = now.plus(Duration::from_secs(86_400));
            PlantedDeclaration::plain(id, holder, declared, until)
        };
        let gates = (1..=2)
            .map(|n| (checkpoint(n), format!("Cổng {n}"), format!("CODE{n}")))
            .collect();
        let place = PlantedVenue {
            id: venue,
            owner,
            details: VenueDetails {
                name: "Chợ Bến Thử".to_owned(),
                kind: VenueKind::Market,
                unit: unit.clone(),
                address: "12 đường Thử Nghiệm".to_owned(),
                expected_daily: 100,
                capacity: None,
                hours: OpeningHours::ALWAYS,
            },
            created: now,
            checkpoints: gates,
        };
        let token = "a-token-of-a-test".to_owned();
        let mut tx = app.app.store.write().await.unwrap();
        tx.plant_holders(&(1..=5).map(person).collect::<Vec<_>>())
            .await
            .unwrap();
        tx.plant_cards(&(1..=5).map(card).collect::<Vec<_>>())
            .await
            .unwrap();
        let declared: Vec<_> = [1, 2, 3, 5].into_iter().map(declaration).collect();
        tx.plant_declarations(&declared).await.unwrap();
        tx.plant_venues(&[place]).await.unwrap();
        let scope = tx.venue_scope(venue).await.unwrap().unwrap();
        let who = authorize::<ManageVenue, _>(&Actor::Holder(owner), scope).unwrap();
        tx.enrol_device(&who, checkpoint(1), "Máy thử", &token, now)
            .await
            .unwrap()
            .unwrap();
        tx.commit().await.unwrap();
        let ids: Vec<CardId> = (1..=5).map(|n| CardId([n; 10])).collect();
        let codes = app.app.signer.codes(&ids).await.unwrap();
        Self { app, token, codes }
    }

    /// A scan of a person's card, so many seconds from now.
    pub(crate) fn line(&self, person: usize, seconds: i64, direction: &str) -> Value {
        json!({"id": self.id(person as u8, seconds), "code": self.codes[person - 1], "direction": direction})
    }

    pub(crate) fn id(&self, salt: u8, seconds: i64) -> String {
        let at = Timestamp::from_millis(self.app.now().millis() + seconds * 1000);
        ScanId::from_parts(at, [salt; 10]).to_string()
    }

    pub(crate) async fn post(&self, lines: &[Value]) -> Answer {
        let body = json!({ "scans": lines }).to_string();
        self.app
            .post_json("/api/v1/scans", &body, &self.token)
            .await
    }

    pub(crate) async fn post_bytes(&self, body: Vec<u8>) -> Answer {
        let request = Request::post("/api/v1/scans")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json");
        self.app.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn results(&self, lines: &[Value]) -> Vec<Value> {
        let answer = self.post(lines).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()["results"].as_array().unwrap().clone()
    }

    pub(crate) async fn check(
        &self,
        line: Value,
        decision: &str,
        direction: &str,
        reasons: &[&str],
    ) -> Value {
        let result = self.results(std::slice::from_ref(&line)).await.remove(0);
        assert_eq!(result["decision"], decision, "{result}");
        assert_eq!(result["direction"], direction, "{result}");
        assert_eq!(result["reasons"], json!(reasons), "{result}");
        assert_eq!(result["id"], line["id"]);
        result
    }
}
