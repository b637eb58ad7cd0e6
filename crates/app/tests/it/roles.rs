//! Who may open what: every address, every role, the expected answer written by hand.
//!
//! A route of `web/routes.rs` that the table does not name fails [`every_route_is_in_the_table`],
//! as does a line whose route is gone.

use crate::support::TestApp;
use domain::card::CardKind;
use domain::holder::{HolderDetails, PersonName};
use domain::ids::{CardId, HolderId, OfficerId};
use domain::phone::Phone;
use domain::role::{
    Actor, ChangeOfficer, HolderScope, OfficerRole, OfficerScope, UseOwnData, authorize,
};
use domain::unit::UnitCode;
use std::collections::BTreeSet;
use store::holders::NewHolder;
use store::invitations::Enrolment;
use store::new_id;
use store::sessions::SessionOf;

/// The columns of the table. Where something belongs to a commune it is Thuận Hóa's, in Huế.
const ROLES: [&str; 10] = [
    "anonymous",
    "holder",
    "Thuận Hóa's officer",
    "Phú Xuân's officer",
    "Huế's officer",
    "Hà Nội's officer",
    "the nation's officer",
    "Huế's auditor",
    "Huế's health officer",
    "suspended officer",
];

/// Sent to sign in; a page redirects, so that it can be told from a 303 after success.
const IN: u16 = 401;

/// Method, address, and the status for each of [`ROLES`]. Forms are posted empty: 422 means that
/// the reader may, and typed nothing.
#[rustfmt::skip]
const TABLE: &[(&str, &str, [u16; 10])] = &[
    //                                              anon holder T.Hóa P.Xuân Huế HàNội nation audit health susp.
    ("GET",  "/set-up/{token}",                     [410, 410, 410, 410, 410, 410, 410, 410, 410, 410]),
    ("POST", "/set-up/{token}",                     [410, 410, 410, 410, 410, 410, 410, 410, 410, 410]),
    ("GET",  "/invitations/{token}",                [410, 410, 410, 410, 410, 410, 410, 410, 410, 410]),
    ("POST", "/invitations/{token}",                [410, 410, 410, 410, 410, 410, 410, 410, 410, 410]),
    ("GET",  "/office/sign-in",                     [200, 200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST", "/office/sign-in",                     [422, 422, 422, 422, 422, 422, 422, 422, 422, 422]),
    ("GET",  "/office",                             [IN,  IN,  200, 200, 200, 200, 200, 403, 200, IN]),
    ("GET",  "/office/venues",                      [IN,  IN,  200, 200, 200, 200, 200, 403, 403, IN]),
    ("GET",  "/office/venues.xlsx",                 [IN,  IN,  200, 200, 200, 200, 200, 403, 403, IN]),
    ("GET",  "/office/venues.csv",                  [IN,  IN,  200, 200, 200, 200, 200, 403, 403, IN]),
    ("GET",  "/office/cards",                       [IN,  IN,  200, 200, 200, 200, 200, 403, 403, IN]),
    ("POST", "/office/cards",                       [IN,  IN,  422, 422, 422, 422, 422, 403, 403, IN]),
    ("POST", "/office/cards/{card}/revocation",     [IN,  IN,  303, 404, 303, 404, 303, 404, 404, IN]),
    ("GET",  "/office/settings",                    [IN,  IN,  200, 200, 200, 200, 200, 403, 403, IN]),
    ("POST", "/office/settings",                    [IN,  IN,  303, 303, 303, 303, 303, 403, 403, IN]),
    ("GET",  "/office/officers",                    [IN,  IN,  200, 200, 200, 200, 200, 403, 403, IN]),
    ("POST", "/office/officers",                    [IN,  IN,  422, 422, 422, 422, 422, 403, 403, IN]),
    ("GET",  "/office/officers/new",                [IN,  IN,  200, 200, 200, 200, 200, 403, 403, IN]),
    ("GET",  "/office/officers/{id}",               [IN,  IN,  200, 404, 200, 404, 200, 403, 403, IN]),
    ("POST", "/office/officers/{id}/suspension",    [IN,  IN,  303, 404, 303, 404, 303, 403, 403, IN]),
    ("POST", "/office/officers/{id}/resumption",    [IN,  IN,  303, 404, 303, 404, 303, 403, 403, IN]),
    ("POST", "/office/officers/{id}/reset",         [IN,  IN,  200, 404, 200, 404, 200, 403, 403, IN]),
    ("GET",  "/audit",                              [IN,  IN,  403, 403, 403, 403, 403, 200, 403, IN]),
];

/// Addresses whose routes must be in the table.
const COVERED: &[&str] = &["/office", "/audit", "/invitations", "/set-up"];

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
    let who = authorize::<ChangeOfficer, _>(&above, scope).unwrap();
    let login = format!("thu-{}", &id.to_string()[24..]);
    let mut tx = app.app.store.write().await.unwrap();
    tx.add_officer(&who, &login, "Trần Thị Mẫu", app.now())
        .await
        .unwrap();
    tx.invite(&who, &login, app.now()).await.unwrap();
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
        birth_year: Some(1987),
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
    (holder, card.id)
}

#[tokio::test]
async fn every_role_gets_what_the_table_says() {
    use OfficerRole::{
        Auditor, CommuneOfficer, HealthOfficer, Inspector, NationalOfficer, ProvinceOfficer,
    };
    let app = TestApp::new().await;
    let suspended = officer(&app, CommuneOfficer, "19753").await;
    suspend(&app, suspended.id, CommuneOfficer, "19753").await;
    // A session that outlived the suspension, as after a race.
    let suspended = app.session(SessionOf::Officer(suspended.id)).await;
    let cookies = [
        String::new(),
        app.holder("Nguyễn Văn Thử", "0905 000 001").await.cookie,
        officer(&app, CommuneOfficer, "19753").await.cookie,
        officer(&app, CommuneOfficer, "19774").await.cookie,
        officer(&app, ProvinceOfficer, "46").await.cookie,
        officer(&app, ProvinceOfficer, "01").await.cookie,
        officer(&app, NationalOfficer, "VN").await.cookie,
        officer(&app, Auditor, "46").await.cookie,
        officer(&app, HealthOfficer, "46").await.cookie,
        suspended,
    ];
    let subject = officer(&app, Inspector, "19753").await.id;
    let (_, card) = resident(&app, "Nguyễn Văn Thử", "0905 000 002", "19753").await;

    let mut wrong = Vec::new();
    for (method, route, expected) in TABLE {
        let path = route
            .replace("{token}", "no-such-token")
            .replace("{card}", &card.to_string())
            .replace("{id}", &subject.to_string());
        for ((role, cookie), expected) in ROLES.iter().zip(&cookies).zip(expected) {
            let answer = match *method {
                "GET" => app.get(&path, cookie).await,
                _ => app.post_form(&path, &[], cookie).await,
            };
            let sent_away = answer.location().contains("sign-in?next=");
            let got = if sent_away {
                IN
            } else {
                answer.status.as_u16()
            };
            if got != *expected {
                wrong.push(format!("{method} {route} by {role}: {got}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
        ("put(", "PUT"),
        ("delete(", "DELETE"),
    ];
    let whole = |at: usize| !handler[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let used = verbs
        .into_iter()
        .filter(|(verb, _)| handler.match_indices(verb).any(|(at, _)| whole(at)));
    used.map(|(_, method)| method).collect()
}

#[test]
fn every_route_is_in_the_table() {
    let text = include_str!("../../src/web/routes.rs");
    let mut routes = BTreeSet::new();
    for chunk in text.split(".route(").skip(1) {
        let path = chunk.split('"').nth(1).unwrap_or_default();
        let handler = chunk.split('"').nth(2).unwrap_or_default();
        for method in methods(text, handler) {
            routes.insert((method, path));
        }
    }
    routes.retain(|(_, path)| COVERED.iter().any(|prefix| path.starts_with(prefix)));
    let table: BTreeSet<_> = TABLE
        .iter()
        .map(|(method, path, _)| (*method, *path))
        .collect();
    assert_eq!(table.len(), TABLE.len(), "a line stands twice");
    let missing: Vec<_> = routes.difference(&table).collect();
    let gone: Vec<_> = table.difference(&routes).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "missing: {missing:?}, gone: {gone:?}"
    );
}
