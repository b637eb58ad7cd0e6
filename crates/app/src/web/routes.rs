//! Every address, on one page.

use super::handlers::{form, get, post};
use super::{
    account, api, asides, assets, attendants, audit, batches, boards, cards, checkpoints, code,
    csrf, declarations, demo, desk, devices, family, gate, guard, headers, home, imports,
    invitations, landing, language, lost, matches, office, office_cards, office_posters,
    office_requests, office_settings, office_venue, office_venues, officer_changes,
    officer_sign_in, officers, own_commune, owners, paper, parting, people, permits,
    permits::asked, permits::asking, permits::demands, permits::many, phone_key, posters, privacy,
    requests, scanner, scanner_setup, scans, second_record, set_up, sign_in, surges, suspensions,
    trust, units, venues, venues::registration, visits, without_code,
};
use crate::AppState;
use axum::Router;
use axum::middleware::{from_fn_with_state, map_response_with_state};

/// The whole site.
pub fn router(app: AppState) -> Router {
    let pages = people()
        .merge(trusting())
        .merge(owners())
        .merge(gates())
        .merge(without_codes())
        .merge(offices())
        .merge(desks())
        .merge(permitting())
        .merge(registers())
        .merge(families())
        .merge(overseeing())
        .merge(files());
    let guard = from_fn_with_state(app.clone(), guard::around);
    let pages = pages
        .layer(from_fn_with_state(app.clone(), csrf::own_origin))
        .layer(guard.clone())
        .layer(from_fn_with_state(app.clone(), language::keep))
        .layer(map_response_with_state(app.clone(), headers::rules));
    // Programs send no cookies and read no pages.
    let api = Router::new()
        .route("/api/v1/scans", post(api::scans::create))
        .route("/api/v1/gate-bundle", get(api::gate_bundle::show))
        .route("/api/v1/keys", get(api::lists::keys))
        .route("/api/v1/status-list", get(api::lists::status))
        .route("/api/openapi.json", get(api::openapi::document))
        .layer(guard);
    // Health is asked often and needs no layer.
    Router::new()
        .route("/healthz", get(api::openapi::health))
        .merge(api.with_state(app.clone()))
        .merge(pages.with_state(app))
}

/// What is served over plain HTTP beside HTTPS: how to trust a self-made certificate. All else is
/// led to HTTPS.
pub fn plain(app: AppState) -> Router {
    let made = app
        .tls
        .as_ref()
        .is_some_and(|tls| tls.authority().is_some());
    let pages = match made {
        true => trusting().route("/static/{build}/{*path}", get(assets::serve)),
        false => Router::new(),
    };
    let pages = pages
        .fallback(trust::over_https)
        .layer(from_fn_with_state(app.clone(), guard::around))
        .layer(map_response_with_state(app.clone(), headers::rules));
    pages.with_state(app)
}

/// How to trust a self-made certificate.
fn trusting() -> Router<AppState> {
    Router::new()
        .route("/trust", get(trust::show))
        .route("/trust/ca.crt", get(trust::certificate))
}

/// The files of pages, and those that browsers want at addresses that stay.
pub fn files<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/static/{build}/{*path}", get(assets::serve))
        .route("/manifest.webmanifest", get(assets::manifest))
        .route("/gate/manifest.webmanifest", get(assets::gate_manifest))
        .route("/service-worker.js", get(assets::service_worker))
}

/// What a person comes for: the first page, signing in, the own code, declarations, visits.
fn people() -> Router<AppState> {
    let code = form(sign_in::ask_code, sign_in::check_code);
    let name = form(sign_in::ask_name, sign_in::sign_up);
    let revocation = form(cards::ask_revocation, cards::revoke);
    let first_step = form(declarations::ask, declarations::take);
    let trip_step = form(declarations::begin, declarations::take);
    let health_step = form(declarations::begin, declarations::take);
    let declarations = form(declarations::list, declarations::take);
    Router::new()
        .route("/", get(home::show))
        .route("/v", get(home::find_venue))
        .route("/privacy", get(privacy::show))
        .route("/sign-in", form(sign_in::ask_phone, sign_in::send_code))
        .route("/sign-in/code", code)
        .route("/sign-in/again", post(sign_in::send_again))
        .route("/sign-in/name", name)
        .route("/sign-out", post(sign_in::sign_out))
        .route("/sign-out/everywhere", post(sign_in::sign_out_everywhere))
        .route("/code", get(code::show))
        .route("/code/sheet.pdf", get(code::sheet))
        .route("/code/phone-key", post(phone_key::create))
        .route("/cards", post(cards::create))
        .route("/cards/{id}/revocation", revocation)
        .route("/declarations", declarations)
        .route("/declarations/new", first_step)
        .route("/declarations/trip", trip_step)
        .route("/declarations/health", health_step)
        .route(
            "/spoken-code",
            form(without_code::spoken::ask, without_code::spoken::send),
        )
        .route(
            "/second-record",
            form(second_record::ask, second_record::send),
        )
        .route(
            "/second-record/code",
            form(second_record::ask_code, second_record::check_code),
        )
        .route("/second-record/card", post(second_record::claim))
        .route("/second-record/undoing", form(parting::ask, parting::send))
        .route(
            "/second-record/undoing/code",
            form(parting::ask_code, parting::check_code),
        )
        .route("/visits", get(visits::list))
        .route("/visits/access", get(visits::access))
        .route("/demo/otp-inbox", get(demo::inbox))
}

/// What an owner comes for: registering a venue, its board, its details.
fn owners() -> Router<AppState> {
    Router::new()
        .route("/units/{code}/children", get(units::children))
        .route("/venues", get(venues::list))
        .route(
            "/venues/new",
            form(registration::venue, registration::take_venue),
        )
        .route(
            "/venues/new/registrant",
            form(registration::registrant, registration::take_registrant),
        )
        .route(
            "/venues/new/confirmation",
            form(registration::confirmation, registration::take_confirmation),
        )
        .route("/venues/new/code", post(registration::resend))
        .route("/venues/{id}", get(boards::show))
        .route("/venues/{id}/counts", get(boards::counts))
        .route("/venues/{id}/surges", post(surges::decide))
        .route("/venues/{id}/asides", get(asides::list))
        .route("/venues/{id}/asides/dating", post(asides::date))
        .route("/venues/{id}/asides/acceptance", post(asides::accept))
        .route(
            "/venues/{id}/asides/discarding",
            form(asides::discarding, asides::discard),
        )
        .route("/venues/{id}/scans", get(scans::show))
        .route("/venues/{id}/scans.xlsx", get(scans::export))
        .route("/venues/{id}/scans.csv", get(scans::export))
        .route("/venues/{id}/details", form(venues::edit, venues::update))
        .route("/venues/{id}/closing", form(venues::closing, venues::close))
}

/// Owners beside the founding one, permits they ask for, and venues that offices suspend.
fn overseeing() -> Router<AppState> {
    Router::new()
        .route("/venues/{id}/owners", form(owners::list, owners::invite))
        .route(
            "/venues/{id}/owners/removal",
            form(owners::removing, owners::remove),
        )
        .route(
            "/venues/{id}/owners/hand-over",
            form(owners::handing, owners::hand_over),
        )
        .route("/venues/{id}/owners/acceptance", post(owners::join))
        .route("/venues/{id}/owners/refusal", post(owners::decline))
        .route("/venues/{id}/permits", get(asking::list))
        .route("/venues/{id}/permits/new", form(asking::form, asking::ask))
        .route("/office/permits/requests/{id}", get(asked::show))
        .route("/office/permits/requests/{id}/answer", post(asked::answer))
        .route("/venues/{id}/suspension", get(suspensions::show))
        .route("/venues/{id}/suspension/appeal", post(suspensions::appeal))
        .route("/office/venues/{id}", get(office_venue::show))
        .route("/office/venues/{id}/reminders", post(office_venue::remind))
        .route(
            "/office/venues/{id}/suspension",
            post(office_venue::suspend),
        )
        .route("/office/venues/{id}/answer", post(office_venue::answer))
}

/// Gates: who scans where, posters, and both ways in.
fn gates() -> Router<AppState> {
    Router::new()
        .route(
            "/venues/{id}/checkpoints",
            form(checkpoints::list, checkpoints::add),
        )
        .route("/venues/{id}/devices", post(devices::enrol))
        .route(
            "/venues/{id}/devices/revocation",
            form(devices::revoking, devices::revoke),
        )
        .route(
            "/venues/{id}/devices/loss",
            form(devices::loss::losing, devices::loss::lose),
        )
        .route(
            "/venues/{id}/attendants",
            form(attendants::list, attendants::add),
        )
        .route(
            "/venues/{id}/attendants/removal",
            form(attendants::removing, attendants::remove),
        )
        .route("/venues/{id}/posters", get(posters::choose))
        .route("/venues/{id}/posters/removal", post(posters::remove))
        .route(
            "/checkpoints/{id}",
            form(checkpoints::edit, checkpoints::rename),
        )
        .route(
            "/checkpoints/{id}/closing",
            form(checkpoints::closing, checkpoints::close),
        )
        .route("/checkpoints/{id}/poster", get(posters::poster))
        .route("/checkpoints/{id}/code.svg", get(posters::svg))
        .route("/checkpoints/{id}/code.png", get(posters::png))
        .route("/gate", get(gate::show))
        .route("/gate/scanner-setup", get(scanner_setup::show))
        .route("/checkpoints/{id}/scanner", get(scanner::show))
        .route("/checkpoints/{id}/scans", post(scanner::record))
        .route("/checkpoints/{id}/typed", post(scanner::typed))
        .route("/checkpoints/{id}/confirmations", post(scanner::confirm))
        .route("/checkpoints/{id}/paper", form(paper::show, paper::take))
        .route("/checkpoints/{id}/paper/rows", post(paper::take_rows))
        .route("/checkpoints/{id}/paper/sheet.pdf", get(paper::sheet))
        .route("/v/{code}", form(landing::show, landing::record))
        .route("/v/{code}/other-person", post(landing::other_person))
}

/// People without a code at a gate, and what an attendant declares for them.
fn without_codes() -> Router<AppState> {
    Router::new()
        .route(
            "/checkpoints/{id}/without-code",
            form(without_code::ask_phone, without_code::take_phone),
        )
        .route(
            "/checkpoints/{id}/without-code/code",
            form(without_code::ask_code, without_code::check_code),
        )
        .route(
            "/checkpoints/{id}/without-code/name",
            form(without_code::ask_name, without_code::take_name),
        )
        .route(
            "/checkpoints/{id}/without-code/identity",
            form(without_code::ask_identity, without_code::take_identity),
        )
        .route(
            "/checkpoints/{id}/declaration",
            form(declarations::ask_another, declarations::take_another),
        )
        .route(
            "/checkpoints/{id}/declaration/trip",
            post(declarations::take_another),
        )
        .route(
            "/checkpoints/{id}/declaration/health",
            post(declarations::take_another),
        )
        .route(
            "/checkpoints/{id}/declaration/consent",
            post(declarations::take_another),
        )
}

/// Officers: set-up, sign-in, and the pages of their offices.
fn offices() -> Router<AppState> {
    Router::new()
        .route("/set-up/{token}", form(set_up::form, set_up::submit))
        .route(
            "/invitations/{token}",
            form(invitations::form, invitations::submit),
        )
        .route(
            "/office/sign-in",
            form(officer_sign_in::form, officer_sign_in::submit),
        )
        .route("/office", get(office::overview))
        .route(
            "/office/posters",
            form(office_posters::list, office_posters::save),
        )
        .route("/office/posters.xlsx", get(office_posters::export))
        .route("/office/posters.csv", get(office_posters::export))
        .route("/office/posters/{id}/photo", get(office_posters::photo))
        .route(
            "/office/posters/{id}/photo/erasure",
            post(office_posters::erase_photo),
        )
        .route("/office/venues", get(office_venues::list))
        .route("/office/venues.xlsx", get(office_venues::export))
        .route("/office/venues.csv", get(office_venues::export))
        .route(
            "/office/cards",
            form(office_cards::form, office_cards::find),
        )
        .route(
            "/office/cards/{card}/revocation",
            post(office_cards::revoke),
        )
        .route(
            "/office/settings",
            form(office_settings::form, office_settings::save),
        )
        .route("/office/account", form(account::show, account::change))
        .route("/office/officers", form(officers::list, officers::invite))
        .route("/office/officers/new", get(officers::invite_form))
        .route("/office/officers/{id}", get(officers::show))
        .route(
            "/office/officers/{id}/suspension",
            post(officer_changes::suspend),
        )
        .route(
            "/office/officers/{id}/resumption",
            post(officer_changes::resume),
        )
        .route("/office/officers/{id}/reset", post(officer_changes::reset))
        .route("/audit", get(audit::list))
}

/// People at an office: the desk, lists, cards in print.
fn desks() -> Router<AppState> {
    Router::new()
        .route("/office/desk", form(desk::show, desk::act))
        .route("/office/matches", get(matches::list))
        .route("/office/matches/{id}", form(matches::show, matches::decide))
        .route("/office/merges/{id}/undoing", post(matches::undo))
        .route("/office/imports", form(imports::list, imports::upload))
        .route("/office/imports/{id}", get(imports::show))
        .route("/office/imports/{id}/columns", post(imports::map))
        .route("/office/imports/{id}/people", post(imports::taking::take))
        .route("/office/imports/{id}/errors.xlsx", get(imports::errors))
        .route("/office/imports/{id}/discarding", post(imports::discard))
        .route("/office/cards/{card}/card.pdf", get(office_cards::pdf))
        .route("/office/batches", form(batches::list, batches::make))
        .route("/office/hand-over", post(batches::hand_one))
        .route("/office/batches/{id}", get(batches::one::show))
        .route("/office/batches/{id}/{part}", get(batches::one::part))
        .route(
            "/office/batches/{id}/hand-over",
            form(batches::changes::handing, batches::changes::hand_over),
        )
        .route(
            "/office/batches/{id}/reprint",
            form(batches::reprints::asking, batches::reprints::reprint),
        )
        .route(
            "/office/batches/{id}/revocation",
            form(batches::changes::revoking, batches::changes::revoke),
        )
}

/// Permits on cards: issued, ended, and demanded.
fn permitting() -> Router<AppState> {
    Router::new()
        .route("/office/permits", get(permits::list))
        .route("/office/permits.xlsx", get(permits::export))
        .route("/office/permits.csv", get(permits::export))
        .route(
            "/office/permits/new",
            form(many::form_for_one, many::take_one),
        )
        .route(
            "/office/permits/list",
            form(many::form_for_many, many::take_many),
        )
        .route("/office/permits/issuing", post(many::issue))
        .route(
            "/office/permits/demands",
            form(demands::list, demands::make),
        )
        .route("/office/permits/demands/{id}/lifting", post(demands::lift))
        .route("/office/permits/{id}", get(permits::one::show))
        .route("/office/permits/{id}/end", post(permits::one::end))
}

/// One person at an office, and what people ask it for.
fn registers() -> Router<AppState> {
    Router::new()
        .route("/office/people", form(people::form, people::search))
        .route("/office/people/{id}", get(people::show))
        .route("/office/people/{id}/card-steps", post(people::step))
        .route("/office/people/{id}/corrections", post(people::correct))
        .route("/office/people/{id}/guardians", post(people::settle))
        .route("/office/people/{id}/visits", post(people::history))
        .route("/office/requests", get(office_requests::list))
        .route("/office/requests/{id}", get(office_requests::show))
        .route(
            "/office/requests/{id}/answer",
            post(office_requests::answer),
        )
}

/// What a holder asks for, reports lost, and does for the family.
fn families() -> Router<AppState> {
    Router::new()
        .route("/lost", form(lost::ask_phone, lost::send_code))
        .route("/lost/code", form(lost::ask_code, lost::report))
        .route("/requests", get(requests::list))
        .route(
            "/requests/commune",
            form(own_commune::ask, own_commune::save),
        )
        .route("/requests/card", form(requests::card, requests::ask_card))
        .route(
            "/requests/correction",
            form(requests::correction, requests::ask_correction),
        )
        .route("/family", get(family::list))
        .route("/family/new", form(family::ask, family::add))
        .route("/family/known", form(family::ask_known, family::send_known))
        .route("/family/code", form(family::ask_code, family::check_code))
        .route("/family/{id}", get(family::show))
        .route("/family/{id}/card", post(family::make_card))
        .route("/family/{id}/sheet.pdf", get(family::sheet))
        .route(
            "/family/{id}/phone",
            form(family::ask_own, family::send_own),
        )
        .route("/family/{id}/dismissal", post(family::dismiss))
        .route(
            "/family/{id}/removal",
            form(family::removing, family::remove),
        )
        .route(
            "/family/{id}/declaration",
            form(declarations::ask_member, declarations::take_member),
        )
        .route(
            "/family/{id}/declaration/trip",
            post(declarations::take_member),
        )
        .route(
            "/family/{id}/declaration/health",
            post(declarations::take_member),
        )
        .route(
            "/family/{id}/declaration/consent",
            post(declarations::take_member),
        )
}
