//! Devices: enrolled with a token that is shown once, revoked at any time.

pub mod loss;

use super::asking::AskingPage;
use super::checkpoints::{Again, show};
use super::field_errors::{FieldErrors, bounded};
use super::page::Page;
use super::path_id::PathId;
use super::problem::Problem;
use super::reply;
use super::signed_in::{SignedInHolder, new_token};
use super::venues::form::GATE_MAX;
use super::venues::{self, Head, may};
use crate::AppState;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use codes::draw::{Level, QUIET, Square};
use domain::ids::{CheckpointId, DeviceId, VenueId};
use domain::role::{Authorized, ManageVenue, VenueScope};
use domain::time::Timestamp;
use serde::Deserialize;
use std::time::Duration;
use store::Tx;
use store::checkpoints::Checkpoint;
use store::devices::Device;

/// What was typed of a device.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeviceForm {
    /// Its name.
    pub device_name: String,
    /// The gate it stands at.
    pub checkpoint: String,
}

/// The device a button stands for.
#[derive(Clone, Debug, Deserialize)]
pub struct DeviceChoice {
    /// The device.
    pub device: DeviceId,
}

/// One line of the list.
pub struct DeviceLine {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The gate it stands at.
    pub gate: String,
    /// When it was last heard, or that its token was taken.
    pub said: String,
    /// What is wrong with it.
    pub faults: Vec<String>,
    /// Whether its token works.
    pub active: bool,
    /// Whether it can be reported lost.
    pub losable: bool,
    /// Whether it was lost, and what it brings is still set aside.
    pub hands_over: bool,
}

/// How long a device may be silent while its venue is open.
const SILENT: Duration = Duration::from_secs(600);
/// How far a device's clock may be off.
const SKEW: Duration = Duration::from_secs(120);
/// How long it is said that a device was heard from two places.
const TWO_PLACES: Duration = Duration::from_secs(86_400);

/// The list, those whose tokens work first. `open` says whether the venue is open now; of devices lost at `since` or later what
/// they bring is set aside.
pub fn lines(
    page: &Page,
    gates: &[Checkpoint],
    devices: Vec<Device>,
    (since, now): (Timestamp, Timestamp),
    open: bool,
) -> Vec<DeviceLine> {
    let gate = |id: CheckpointId| gates.iter().find(|gate| gate.id == id);
    let line = |device: Device| DeviceLine {
        hands_over: device.hands_over(since),
        id: device.id.to_string(),
        faults: faults(page, &device, now, open),
        said: said(page, &device, since),
        losable: device.lost.is_none(),
        name: device.name,
        gate: gate(device.checkpoint).map_or_else(String::new, |gate| gate.name.clone()),
        active: device.revoked.is_none(),
    };
    let mut lines: Vec<DeviceLine> = devices.into_iter().map(line).collect();
    lines.sort_by_key(|line| !line.active);
    lines
}

/// When it was last heard, or what became of it.
fn said(page: &Page, device: &Device, since: Timestamp) -> String {
    match (device.lost.or(device.revoked), device.last_seen) {
        (Some(at), _) if device.lost.is_some() => {
            let key = match device.hands_over(since) {
                true => "devices.lost",
                false => "devices.lost_ended",
            };
            page.fill(key, [("time", page.moment(at).as_str())])
        }
        (Some(at), _) => page.fill("devices.revoked", [("time", page.moment(at).as_str())]),
        (None, Some(at)) => page.fill("devices.seen", [("time", page.moment(at).as_str())]),
        (None, None) => page.text("devices.never_seen").to_owned(),
    }
}

fn faults(page: &Page, device: &Device, now: Timestamp, open: bool) -> Vec<String> {
    if device.revoked.is_some() {
        return Vec::new();
    }
    let over = |limit: Duration, millis: i64| millis.unsigned_abs() > limit.as_millis() as u64;
    // What was never heard has not gone silent: the line says so.
    let heard = device.last_seen;
    let silent = open && heard.is_some_and(|at| now > at && over(SILENT, now.since(at)));
    let apart = device.two_places;
    let apart = apart.is_some_and(|at| !over(TWO_PLACES, now.since(at)));
    let faults = [
        silent.then(|| page.text("devices.silent").to_owned()),
        (device.missing > 0).then(|| page.count("devices.missing", device.missing)),
        device.skew_ms.and_then(|skew| clock_off(page, skew)),
        (device.renumbered || apart).then(|| page.text("devices.two_places").to_owned()),
    ];
    faults.into_iter().flatten().collect()
}

/// How far a clock is fast or slow, in words, to the nearest minute or hour; nothing when it is right enough. `skew` is in
/// milliseconds ahead.
pub fn clock_off(page: &Page, skew: i32) -> Option<String> {
    let off = Duration::from_millis(skew.unsigned_abs().into());
    let (minutes, hours) = match skew {
        0.. => ("devices.fast_minutes", "devices.fast_hours"),
        _ => ("devices.slow_minutes", "devices.slow_hours"),
    };
    (off > SKEW).then(|| match (off.as_secs() + 30) / 60 {
        near @ ..120 => page.count(minutes, near),
        far => page.count(hours, (far + 30) / 60),
    })
}

#[derive(Template)]
#[template(path = "venues/device.html")]
struct TokenPage {
    page: Page,
    head: Head,
    name: String,
    gate: String,
    token: String,
    link: String,
    square: String,
    example: String,
}

/// Enrols a device. Its token is on the page that answers and nowhere else.
pub async fn enrol(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(form): Form<DeviceForm>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let locale = signed_in.reader.locale;
    let mut errors = FieldErrors::default();
    let name = bounded(&form.device_name, GATE_MAX);
    if name.is_none() {
        errors.add("device_name", locale.text("devices.err_name"));
    }
    let gates = tx.checkpoints(id).await?;
    let open = gates.into_iter().filter(|gate| gate.closed.is_none());
    let gate = open
        .into_iter()
        .find(|gate| gate.id.to_string() == form.checkpoint);
    if gate.is_none() {
        errors.add("checkpoint", locale.text("devices.err_checkpoint"));
    }
    let (Some(name), Some(gate)) = (name, gate) else {
        drop(tx);
        let again = Again {
            device: form,
            errors,
            ..Again::default()
        };
        return show(&app, &signed_in, id, again).await;
    };
    let token = new_token();
    let done = tx
        .enrol_device(&who, gate.id, &name, &token, app.now())
        .await?;
    done.ok_or(Problem::Conflict)?;
    tx.commit().await?;
    let page = venues::page(&app, &signed_in, id);
    let link = link(&app, &token)?;
    let square = Square::encode(&link, Level::Medium)?;
    let page = TokenPage {
        head: Head::new(&app, page.locale, &venue),
        page,
        name,
        gate: gate.name,
        example: example(&app.config.base_url(), &token),
        token,
        link,
        square: square.svg(QUIET),
    };
    reply::page(&page)
}

/// The address that makes a browser this device. Token and root stand where no server sees them, and
/// the root comes from this screen alone: whoever stands in between cannot name another.
fn link(app: &AppState, token: &str) -> Result<String, Problem> {
    let root = app.signer.root();
    let root = root.ok_or_else(|| Problem::Internal("the key list names no root".to_owned()))?;
    let base = app.config.base_url();
    Ok(format!("{base}/gate#t={token}&r={root}"))
}

/// A command that sends one scan.
fn example(base: &str, token: &str) -> String {
    format!(
        "curl {base}/api/v1/scans \\\n  -H 'Authorization: Bearer {token}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{{\"scans\":[{{\"id\":\"UUIDv7\",\"code\":\"8261...\",\"direction\":\"auto\"}}]}}'"
    )
}

/// The device that an address asks about.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeviceAsked {
    /// Its id, as the address has it.
    pub device: String,
}

/// What can be done to a device once it was asked about: the words of its question and hint, and of the button.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    /// Key of the question; it names the device.
    pub question: &'static str,
    /// Key of what follows from it.
    pub hint: &'static str,
    /// Key of the button's word.
    pub verb: &'static str,
    /// The last part of the address that does it.
    pub path: &'static str,
    /// Whether it was not done yet.
    pub open: fn(&Device) -> bool,
}

const REVOCATION: Ending = Ending {
    question: "devices.revoke_question",
    hint: "devices.revoke_hint",
    verb: "devices.revoke",
    path: "revocation",
    open: |device| device.revoked.is_none(),
};

const STOP: Ending = Ending {
    question: "devices.stop_question",
    hint: "devices.stop_hint",
    verb: "devices.stop",
    path: "revocation",
    open: |device| device.hands_over(Timestamp::from_millis(0)),
};

/// Asks whether to take a device's token, or to accept no more of a lost one.
pub async fn revoking(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Query(asked): Query<DeviceAsked>,
) -> Result<Response, Problem> {
    ask(&app, &signed_in, id, asked, &[REVOCATION, STOP]).await
}

/// Asks about a device whichever of the endings is open. Of one that it was done to before the list says more.
pub async fn ask(
    app: &AppState,
    signed_in: &SignedInHolder,
    id: VenueId,
    asked: DeviceAsked,
    endings: &[Ending],
) -> Result<Response, Problem> {
    let mut tx = app.store.read().await?;
    let (who, venue) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    let devices = tx.devices(&who).await?;
    let mut devices = devices.iter();
    let device = devices.find(|device| device.id.to_string() == asked.device);
    let ending = device.and_then(|device| endings.iter().find(|ending| (ending.open)(device)));
    let (Some(device), Some(ending)) = (device, ending) else {
        return Ok(to_list(id, ""));
    };
    let page = venues::page(app, signed_in, id);
    reply::page(&AskingPage {
        head: Head::new(app, page.locale, &venue),
        question: page.fill(ending.question, [("name", device.name.as_str())]),
        consequence: page.text(ending.hint),
        action: format!("/venues/{id}/devices/{}", ending.path),
        field: ("device", asked.device),
        verb: page.text(ending.verb),
        back: format!("/venues/{id}/checkpoints"),
        page,
    })
}

/// That a device which nothing was done to is the venue's own: it was done before, by a first click. Of another venue's nothing is
/// told.
pub async fn own_device(
    tx: &mut Tx,
    who: &Authorized<ManageVenue, VenueScope>,
    device: DeviceId,
) -> Result<(), Problem> {
    let devices = tx.devices(who).await?;
    let own = devices.iter().any(|one| one.id == device);
    own.then_some(()).ok_or(Problem::NotFound)
}

/// Back to the list, which says what was done.
pub fn to_list(venue: VenueId, done: &str) -> Response {
    Redirect::to(&format!("/venues/{venue}/checkpoints{done}")).into_response()
}

/// Takes a device's token.
pub async fn revoke(
    State(app): State<AppState>,
    signed_in: SignedInHolder,
    PathId(id): PathId<VenueId>,
    Form(choice): Form<DeviceChoice>,
) -> Result<Response, Problem> {
    let mut tx = app.store.write().await?;
    let (who, _) = may::<ManageVenue>(&mut tx, signed_in.holder, id).await?;
    if !tx.revoke_device(&who, choice.device, app.now()).await? {
        own_device(&mut tx, &who, choice.device).await?;
    }
    tx.commit().await?;
    app.gates.forget();
    Ok(to_list(id, "?done=revoked"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::locale::Locale;

    #[test]
    fn a_clock_is_fast_or_slow_to_the_nearest() {
        let page = Page::new(Locale::Vi, "/");
        let said = |seconds: i32| clock_off(&page, seconds * 1000);
        assert_eq!(said(120), None);
        assert_eq!(said(-120), None);
        for (seconds, words) in [
            (150, "Đồng hồ nhanh 3 phút"),
            (-149, "Đồng hồ chậm 2 phút"),
            (119 * 60, "Đồng hồ nhanh 119 phút"),
            (149 * 60, "Đồng hồ nhanh 2 giờ"),
            (150 * 60, "Đồng hồ nhanh 3 giờ"),
            (-(23 * 3600 + 40 * 60), "Đồng hồ chậm 24 giờ"),
        ] {
            assert_eq!(said(seconds).as_deref(), Some(words), "{seconds}");
        }
    }
}
