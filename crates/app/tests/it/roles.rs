//! Who may open what: every address of `web/routes.rs`, every role, the expected answer in
//! `roles.txt`.
//!
//! A route that the table does not name fails [`every_route_is_in_the_table`], as does a line whose
//! route is gone.

use crate::support::scene::{Scene, VENUE};
use crate::support::{Answer, TestApp};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::birth::Birth;
use domain::card::CardKind;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CardId, HolderId, OfficerId, ScanId};
use domain::phone::Phone;
use domain::role::{
    Actor, ChangeOfficer, HolderScope, InviteOfficer, OfficerRole, OfficerScope, UseOwnData,
    authorize,
};
use domain::unit::UnitCode;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use store::holders::NewHolder;
use store::invitations::Enrolment;
use store::new_id;
use store::sessions::SessionOf;

const TABLE: &str = include_str!("roles.txt");

/// The lines of the table that are no comments, as words.
fn lines() -> impl Iterator<Item = Vec<&'static str>> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().collect())
}

/// An officer with a session.
pub(crate) struct TestOfficer {
    pub(crate) id: OfficerId,
    pub(crate) cookie: String,
}

/// An officer of a unit, added straight to the store and signed in.
pub(crate) async fn officer(app: &TestApp, role: OfficerRole, unit: &str) -> TestOfficer {
    let id = OfficerId(new_id(app.now()));
    let scope = OfficerScope {
        officer: id,
        role,
        unit: app.unit(unit),
    };
    let above = Actor::Officer {
        id: OfficerId(new_id(app.now())),
        role: OfficerRole::NationalOfficer,
        unit: UnitCode::nation(),
    };
    let who = authorize::<InviteOfficer, _>(&above, scope).unwrap();
    let login = format!("thu-{}", &id.to_string()[24..]);
    let mut tx = app.app.store.write().await.unwrap();
    let named = (login.as_str(), "Trần Thị Mẫu");
    tx.add_officer(&who, named, &login, app.now())
        .await
        .unwrap();
    let enrolment = Enrolment {
        password_hash: "none",
        totp: b"12345678901234567890",
        totp_step: 0,
    };
    tx.accept_invitation(&login, enrolment, app.now())
        .await
        .unwrap()
        .unwrap();
    tx.commit().await.unwrap();
    TestOfficer {
        id,
        cookie: app.session(SessionOf::Officer(id)).await,
    }
}

/// Suspends an officer as one from above does.
async fn suspend(app: &TestApp, id: OfficerId, role: OfficerRole, unit: &str) {
    let above = Actor::Officer {
        id: OfficerId(new_id(app.now())),
        role: OfficerRole::NationalOfficer,
        unit: UnitCode::nation(),
    };
    let scope = OfficerScope {
        officer: id,
        role,
        unit: app.unit(unit),
    };
    let who = authorize::<ChangeOfficer, _>(&above, scope).unwrap();
    let mut tx = app.app.store.write().await.unwrap();
    tx.suspend_officer(&who, true).await.unwrap();
    tx.commit().await.unwrap();
}

/// A person who lives in a commune, with a card.
pub(crate) async fn resident(
    app: &TestApp,
    name: &str,
    phone: &str,
    unit: &str,
) -> (HolderId, CardId) {
    let phone = Phone::parse(phone).unwrap();
    let details = HolderDetails {
        name: PersonName::parse(name).unwrap(),
        phone: Some(phone.e164()),
        id_number: Some("046087004417".to_owned()),
        birth: Some(Birth::in_year(1987)),
        old_number: None,
        insurance: None,
        address: None,
        gender: None,
    };
    let unit = app.unit(unit);
    let mut tx = app.app.store.write().await.unwrap();
    let new = NewHolder {
        details: &details,
        phone: Some(&phone),
        browser: None,
        verified: true,
        unit: &unit,
    };
    let holder = tx.add_holder(&new, app.now()).await.unwrap();
    let own =
        authorize::<UseOwnData, _>(&Actor::Holder(holder), HolderScope { holder, unit }).unwrap();
    let card = tx
        .issue_own_card(&own, CardKind::Paper, app.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (holder, card.unwrap().id)
}

/// What every role brings along: a cookie, or a device its token.
struct Cast {
    scene: Scene,
    cookies: Vec<(&'static str, String)>,
    token: String,
    person: HolderId,
    card: CardId,
    own_card: CardId,
    subject: OfficerId,
    /// Cards of Thuận Hóa, printed.
    batch: String,
    referred: ScanId,
    /// A device and an attendant that the owner may do without.
    spare_device: String,
    spare_attendant: String,
}

/// What a page's first way of that name stands for.
async fn chosen(scene: &Scene, page: &str, name: &str) -> String {
    let body = scene.get(page).await.body;
    let value = body.split(&format!("?{name}=")).nth(1);
    value.unwrap().split(['"', '#']).next().unwrap().to_owned()
}

impl Cast {
    /// Each with a session of its own, since some answers end one.
    async fn new() -> Self {
        use OfficerRole::{
            Auditor, CommuneOfficer, HealthOfficer, Inspector, NationalOfficer, ProvinceOfficer,
        };
        let scene = Scene::new().await;
        let gate = scene.gates[0].id.to_string();
        let spare = [("device_name", "Máy dự phòng"), ("checkpoint", &gate)];
        scene.post("/devices", &spare).await;
        let spare_device = chosen(&scene, "/checkpoints", "device").await;
        let spare = [("person", "Lê Văn Nháp"), ("phone", "0905 000 004")];
        scene.post("/attendants", &spare).await;
        let spare_attendant = chosen(&scene, "/attendants", "attendant").await;
        let app = &scene.app;
        let suspended = officer(app, CommuneOfficer, "19753").await;
        suspend(app, suspended.id, CommuneOfficer, "19753").await;
        let rival = app.holder("Phạm Thị Mẫu", "0905 000 420").await.cookie;
        let registered = app.post_form("/venues/new", VENUE, &rival).await;
        assert_eq!(registered.status, StatusCode::SEE_OTHER);
        let (holder, own_card) = resident(app, "Nguyễn Văn Thử", "0905 000 001", "19774").await;
        let (person, card) = resident(app, "Nguyễn Văn Thử", "0905 000 002", "19753").await;
        let mut cookies = vec![
            ("nobody", String::new()),
            ("holder", app.session(SessionOf::Holder(holder)).await),
            ("owner", scene.owner.cookie.clone()),
            ("rival", rival),
            ("attendant", scene.attendant().await.cookie),
            ("device", String::new()),
        ];
        let officers = [
            ("inspector", Inspector, "19753"),
            ("commune", CommuneOfficer, "19753"),
            ("neighbour", CommuneOfficer, "19774"),
            ("province", ProvinceOfficer, "46"),
            ("elsewhere", ProvinceOfficer, "01"),
            ("nation", NationalOfficer, "VN"),
            ("auditor", Auditor, "46"),
            ("health", HealthOfficer, "46"),
        ];
        for (name, role, unit) in officers {
            cookies.push((name, officer(app, role, unit).await.cookie));
        }
        // A session that outlived the suspension, as after a race.
        let suspended = app.session(SessionOf::Officer(suspended.id)).await;
        cookies.push(("suspended", suspended));
        let subject = officer(app, Inspector, "19753").await.id;
        let clerk = officer(app, CommuneOfficer, "19753").await.cookie;
        let batch = crate::card_batches::batch_of(app, &clerk, 2).await.id;
        let poster = format!("/v/{}", scene.gates[0].code);
        let visitor = app.holder("Trần Thị Mẫu", "0905 000 003").await.cookie;
        app.post_form(&poster, &[("direction", "in")], &visitor)
            .await;
        let referred = crate::landing::scans(&scene).await[0].id;
        let fields = [("device_name", "Cổng xoay"), ("checkpoint", gate.as_str())];
        let enrolled = scene.post("/devices", &fields).await.body;
        let token = enrolled.split("Bearer ").nth(1).unwrap();
        let token = token.split(['&', '\'']).next().unwrap().to_owned();
        Self {
            scene,
            cookies,
            token,
            person,
            card,
            own_card,
            subject,
            batch,
            referred,
            spare_device,
            spare_attendant,
        }
    }

    /// The address of a route, its places filled with what belongs to the owner, the holder, or
    /// Thuận Hóa.
    fn path(&self, route: &str) -> String {
        let gate = &self.scene.gates[0];
        let id = match route.split('/').nth(1) {
            Some("venues") => self.scene.venue.to_string(),
            Some("checkpoints") => gate.id.to_string(),
            Some("cards") => self.own_card.to_string(),
            Some("office") if route.contains("/venues/") => self.scene.venue.to_string(),
            Some("office") if route.contains("/people/") => self.person.to_string(),
            Some("office") if route.contains("/batches/") => self.batch.clone(),
            _ => self.subject.to_string(),
        };
        let code = if route.starts_with("/units/") {
            "46"
        } else {
            &gate.code
        };
        route
            .replace(
                "{build}/{*path}",
                &format!("{}/css/app.css", vaora::web::assets::build()),
            )
            .replace("{token}", "no-such-token")
            .replace("{card}", &self.card.to_string())
            .replace("{part}", "1.pdf")
            .replace("{code}", code)
            .replace("{id}", &id)
    }

    /// Each asks from an address of its own, so that limits are not in question.
    async fn ask(&self, method: &str, route: &str, place: usize) -> Answer {
        let (role, cookie) = &self.cookies[place];
        let (kind, body) = self.body(route);
        let mut request = Request::builder()
            .method(method)
            .uri(self.path(route))
            .header("x-forwarded-for", format!("192.0.2.{place}"))
            .header("content-type", kind);
        if *role == "device" {
            request = request.header("authorization", format!("Bearer {}", self.token));
        } else {
            request = request
                .header("accept", "text/html")
                .header("cookie", cookie);
        }
        let body = if method == "GET" { String::new() } else { body };
        let app = &self.scene.app;
        app.send(request.body(Body::from(body)).unwrap()).await
    }

    /// What is posted: an empty form, where that says nothing of who may.
    fn body(&self, route: &str) -> (&'static str, String) {
        let form = "application/x-www-form-urlencoded";
        let body = match route.rsplit('/').next() {
            Some("scans") => return ("application/json", "{\"scans\":[]}".to_owned()),
            Some("rows") => return ("application/json", "{\"rows\":[]}".to_owned()),
            Some("revocation" | "loss") => format!("device={}", self.spare_device),
            Some("removal") => format!("attendant={}", self.spare_attendant),
            Some("confirmations") => format!("scan={}", self.referred),
            _ => String::new(),
        };
        (form, body)
    }
}

/// An answer as the table says it. A form posted empty is allowed to whoever is told what to mend.
fn word(answer: &Answer) -> String {
    let signs_in = answer.location().contains("sign-in?next=");
    match answer.status.as_u16() {
        _ if signs_in => "in".to_owned(),
        401 if answer.body.contains("token_refused") => "no".to_owned(),
        401 => "in".to_owned(),
        200 | 201 | 303 | 422 => "yes".to_owned(),
        403 => "no".to_owned(),
        404 => "none".to_owned(),
        409 => "early".to_owned(),
        410 => "gone".to_owned(),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn every_role_gets_what_the_table_says() {
    let cast = Cast::new().await;
    let mut lines = lines();
    let roles = lines.next().unwrap();
    let played: Vec<&str> = cast.cookies.iter().map(|(role, _)| *role).collect();
    assert_eq!(roles, played);
    let mut wrong = String::new();
    for line in lines {
        let [method, route, expected @ ..] = line.as_slice() else {
            panic!("{line:?}")
        };
        let mut got = Vec::new();
        for place in 0..cast.cookies.len() {
            got.push(word(&cast.ask(method, route, place).await));
        }
        if got != expected {
            let _ = writeln!(wrong, "{method:<4} {route:<36} {}", cells(&got));
        }
    }
    assert!(wrong.is_empty(), "lines that are otherwise:\n{wrong}");
}

fn cells(words: &[String]) -> String {
    let words = words.iter().map(|word| format!("{word:<9}"));
    words.collect::<String>().trim_end().to_owned()
}

/// The methods of a route's handler, which may have been given a name before.
fn methods(text: &'static str, handler: &'static str) -> Vec<&'static str> {
    let handler = handler.trim_start_matches([',', ' ', '\n']);
    let name = handler.split([')', '(']).next().unwrap_or_default();
    let handler = match text.split_once(&format!("let {name} = ")) {
        Some((_, named)) => named.split(';').next().unwrap_or_default(),
        None => handler,
    };
    let verbs = [
        ("get(", "GET"),
        ("post(", "POST"),
        ("form(", "GET"),
        ("form(", "POST"),
        ("put(", "PUT"),
        ("delete(", "DELETE"),
    ];
    let whole = |at: usize| !handler[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let used = verbs
        .into_iter()
        .filter(|(verb, _)| handler.match_indices(verb).any(|(at, _)| whole(at)));
    used.map(|(_, method)| method).collect()
}

/// Methods and addresses of `web/routes.rs`.
pub(crate) fn routes() -> BTreeSet<(&'static str, &'static str)> {
    let text = include_str!("../../src/web/routes.rs");
    let mut routes = BTreeSet::new();
    for chunk in text.split(".route(").skip(1) {
        let path = chunk.split('"').nth(1).unwrap_or_default();
        let handler = chunk.split('"').nth(2).unwrap_or_default();
        // The last of a function ends with it.
        let handler = handler.split("\n}").next().unwrap_or_default();
        for method in methods(text, handler) {
            routes.insert((method, path));
        }
    }
    routes
}

#[test]
fn every_route_is_in_the_table() {
    let routes = routes();
    let table: Vec<_> = lines().skip(1).map(|line| (line[0], line[1])).collect();
    let named: BTreeSet<_> = table.iter().copied().collect();
    assert_eq!(table.len(), named.len(), "a line stands twice");
    let missing: Vec<_> = routes.difference(&named).collect();
    let gone: Vec<_> = named.difference(&routes).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "missing: {missing:?}, gone: {gone:?}"
    );
}
