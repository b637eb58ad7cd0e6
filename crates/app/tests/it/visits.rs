use crate::support::{TestApp, own};
use domain::audit::Deed;
use domain::ids::{CheckpointId, ScanId, VenueId};
use domain::retention::Retention;
use domain::role::{ACTION_NAMES, ReadVenueBoard};
use domain::role::{Action as _, Actor, PosterScope, Purpose, VenueScope, authorize};
use domain::scan::{Asked, Presented, Scan, Way};
use domain::venue::{OpeningHours, VenueKind};
use std::time::Duration;
use store::admissions::Lane;
use store::audit::Subject;
use store::new_id;
use store::venues::VenueDetails;
use vaora::web::locale::Locale;

struct Market {
    venue: VenueId,
    gate: CheckpointId,
    scope: VenueScope,
}

async fn market(app: &TestApp) -> Market {
    let owner = app.holder("Lê Thị Thử", "0905 000 900").await;
    let own = own(owner.id);
    let details = VenueDetails {
        name: "Chợ Bến Thử".to_owned(),
        kind: VenueKind::Market,
        unit: app.unit("19753"),
        address: "1 đường Thử".to_owned(),
        expected_daily: 300,
        capacity: None,
        hours: OpeningHours::ALWAYS,
    };
    let mut tx = app.app.store.write().await.unwrap();
    let venue = VenueId(new_id(app.now()));
    tx.add_venue(&own, venue, &details, app.now())
        .await
        .unwrap();
    let scope = tx.venue_scope(venue).await.unwrap().unwrap();
    let who = authorize(&Actor::Holder(owner.id), scope.clone()).unwrap();
    let gate = tx
        .add_checkpoint(&who, "Cổng 2", "K7M24QX", app.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Market { venue, gate, scope }
}

async fn tap(app: &TestApp, market: &Market, holder: domain::ids::HolderId, asked: Asked, n: u8) {
    let scan = Scan {
        id: ScanId::from_parts(app.now(), [n; 10]),
        venue: market.venue,
        checkpoint: Some(market.gate),
        device: None,
        presented: Presented::Holder(holder),
        asked,
        way: Way::Poster,
        companions: 0,
        shown: None,
        confirms: None,
        code: String::new(),
        remarks: domain::scan::Remarks::default(),
    };
    let venue = market.venue;
    let who = authorize(&Actor::Holder(holder), PosterScope { venue, holder }).unwrap();
    let answers = app
        .app
        .admissions
        .admit(&who, vec![scan], Lane::Live, app.now())
        .await
        .unwrap();
    assert_eq!(answers.len(), 1);
}

/// Records one tap of somebody at the market.
pub(crate) async fn tapped(app: &TestApp, holder: domain::ids::HolderId) {
    let market = market(app).await;
    tap(app, &market, holder, Asked::In, 1).await;
}

#[tokio::test]
async fn places_are_listed_day_by_day_for_their_visitor_alone() {
    let app = TestApp::new().await;
    let market = market(&app).await;
    let who = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    let other = app.holder("Trần Thị Mẫu", "0905 000 102").await;
    assert!(
        app.get("/visits", &who.cookie)
            .await
            .text()
            .contains("Chưa có lượt nào")
    );
    tap(&app, &market, who.id, Asked::In, 1).await;
    app.advance(Duration::from_secs(20));
    tap(&app, &market, who.id, Asked::In, 2).await;
    app.advance(Duration::from_secs(3600));
    tap(&app, &market, who.id, Asked::Out, 3).await;
    app.advance(Duration::from_secs(86_400));
    tap(&app, &market, who.id, Asked::In, 4).await;
    let text = app.get("/visits", &who.cookie).await.text();
    assert!(
        text.contains("thứ Bảy, 21/11/2026") && text.contains("07:42 – 08:42"),
        "{text}"
    );
    assert!(
        text.contains("Từ 08:42, đang ở trong") && text.contains("Tự xóa ngày 13/12/2026"),
        "{text}"
    );
    assert!(
        text.contains("Chợ Bến Thử")
            && text.contains("Cổng 2")
            && text.contains("Tự quét áp phích")
    );
    assert!(
        text.find("22/11/2026") < text.find("21/11/2026"),
        "the newest day first: {text}"
    );
    assert!(
        app.get("/visits", &other.cookie)
            .await
            .text()
            .contains("Chưa có lượt nào")
    );
    // Past its retention the day is gone from the page, whatever the job did.
    app.advance(Duration::from_secs(
        86_400 * u64::from(Retention::default().scan_days),
    ));
    let text = app.get("/visits", &who.cookie).await.text();
    assert!(!text.contains("thứ Bảy, 21/11/2026"), "{text}");
}

#[tokio::test]
async fn who_looked_is_told_in_words() {
    let app = TestApp::new().await;
    let market = market(&app).await;
    let who = app.holder("Nguyễn Văn Thử", "0905 000 101").await;
    assert!(
        app.get("/visits/access", &who.cookie)
            .await
            .text()
            .contains("Chưa có ai xem")
    );
    let owner = Actor::Holder(market.scope.owner);
    let may = authorize::<ReadVenueBoard, _>(&owner, market.scope.clone()).unwrap();
    let mut tx = app.app.store.write().await.unwrap();
    let subjects = [Subject::Holder(who.id)];
    tx.audit(
        &may,
        &market.scope.unit,
        app.now(),
        Purpose::VenueBoard,
        Deed::Board,
        &subjects,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let text = app.get("/visits/access", &who.cookie).await.text();
    assert!(
        text.contains("Chủ địa điểm hoặc người trực") && text.contains("07:42, 21/11/2026"),
        "{text}"
    );
    assert!(ACTION_NAMES.contains(&ReadVenueBoard::NAME));
}

#[test]
fn every_action_and_purpose_has_words() {
    for locale in Locale::ALL {
        for action in ACTION_NAMES {
            assert!(
                locale.find(&format!("access.{action}")).is_some(),
                "{action}"
            );
        }
        for purpose in Purpose::ALL {
            assert!(
                locale.find(&format!("access.why_{purpose}")).is_some(),
                "{purpose}"
            );
        }
    }
}
