//! A venue as its owner has it: registered through the front door.

use crate::support::{Answer, TestApp, TestHolder};
use axum::http::StatusCode;
use domain::ids::VenueId;
use store::checkpoints::Checkpoint;
use store::venues::Venue;

/// A form that is right.
pub(crate) const VENUE: &[(&str, &str)] = &[
    ("name", "Chợ Bến Thử"),
    ("kind", "market"),
    ("province", "46"),
    ("commune", "19753"),
    ("address", "1 đường Thử"),
    ("expected", "1.200"),
    ("hours", "set"),
    ("opens", "05:00"),
    ("closes", "18:30"),
    ("checkpoints", "Cổng 1\r\n Cổng  2 \r\n\r\n"),
];

/// The form with one field changed.
pub(crate) fn but<'a>(name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    VENUE
        .iter()
        .map(|(n, v)| if *n == name { (*n, value) } else { (*n, *v) })
        .collect()
}

/// A venue registered by somebody who is signed in.
pub(crate) struct Scene {
    pub(crate) app: TestApp,
    pub(crate) owner: TestHolder,
    pub(crate) venue: VenueId,
    pub(crate) gates: Vec<Checkpoint>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let app = TestApp::new().await;
        let owner = app.holder("Lê Thị Thử", "0905 000 418").await;
        let answer = app.post_form("/venues/new", VENUE, &owner.cookie).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let venue: VenueId = answer.location()["/venues/".len()..].parse().unwrap();
        let gates = app
            .app
            .store
            .read()
            .await
            .unwrap()
            .checkpoints(venue)
            .await
            .unwrap();
        Self {
            app,
            owner,
            venue,
            gates,
        }
    }

    pub(crate) async fn stored(&self) -> Venue {
        let mut tx = self.app.app.store.read().await.unwrap();
        tx.venue(self.venue).await.unwrap().unwrap()
    }

    pub(crate) async fn get(&self, rest: &str) -> Answer {
        let path = format!("/venues/{}{rest}", self.venue);
        self.app.get(&path, &self.owner.cookie).await
    }

    pub(crate) async fn post(&self, rest: &str, fields: &[(&str, &str)]) -> Answer {
        let path = format!("/venues/{}{rest}", self.venue);
        self.app.post_form(&path, fields, &self.owner.cookie).await
    }

    /// Somebody on the owner's list.
    pub(crate) async fn attendant(&self) -> TestHolder {
        let fields = [("person", "Trần Thị Mẫu"), ("phone", "0905 000 419")];
        let answer = self.post("/attendants", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        self.app.holder("Trần Thị Mẫu", "0905 000 419").await
    }
}
