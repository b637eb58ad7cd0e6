//! `GET /api/v1/gate-bundle`: what a gate decides by while it has no network.

use super::openapi::ProblemBody;
use super::scans::gate_of;
use crate::AppState;
use crate::gate_list::Built;
use crate::gates::Gate;
use crate::web::peer::Peer;
use crate::web::problem::Problem;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use codes::gate_bundle::{GateBundle, States};
use data_encoding::BASE64URL_NOPAD;
use domain::admission::POLICY_VERSION;
use domain::permit::Here;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::checkpoints::Checkpoint;
use store::venues::Venue;
use utoipa::{IntoParams, ToSchema};

/// What a gate holds already.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct Holds {
    /// The `issued` of the list that the gate holds, in seconds: only what changed since is sent,
    /// when that is known.
    from: Option<i64>,
}

/// The names and rules of a gate's place: the text under key 7 of a bundle.
#[derive(Debug, Serialize, ToSchema)]
pub struct Policy<'a> {
    /// The device that asked.
    #[schema(value_type = String, format = Uuid)]
    pub device: Option<String>,
    /// Its venue.
    #[schema(format = Uuid)]
    pub venue: String,
    /// Where it stands.
    #[schema(format = Uuid)]
    pub checkpoint_id: String,
    /// The venue's name.
    pub venue_name: &'a str,
    /// The checkpoint's name.
    pub checkpoint_name: &'a str,
    /// From when until when the venue is open, as `07:42`, in its zone; null when it never closes.
    pub opens: Option<(String, String)>,
    /// How long somebody stays inside who is not read out, in seconds.
    pub idle_s: u64,
    /// When the venue closed for good, in milliseconds since 1970; null when it did not.
    pub closed: Option<i64>,
    /// Since when an office lets nobody enter, in milliseconds since 1970; null when none does.
    pub suspended: Option<i64>,
    /// From when on a permit is needed to enter, in milliseconds since 1970; null when none is. Who has one is not told: a
    /// gate without a network refers everybody then.
    pub permit_from: Option<i64>,
    /// How far the venue's zone is ahead of UTC, in minutes.
    pub zone_minutes: i64,
    /// The version of the rules.
    pub policy_version: i32,
}

/// Keys, the state of every card, and the rules of the device's place, signed (`docs/codes.md`,
/// section 10). Asking for it counts as being heard.
#[utoipa::path(
    get,
    path = "/api/v1/gate-bundle",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the bundle held")),
    responses(
        (status = 200, description = "The bundle, signed (docs/codes.md, section 10); its text under key 7 is a Policy",
         body = Vec<u8>, content_type = "application/cose", headers(("ETag" = String))),
        (status = 304, description = "Nothing is new"),
        (status = 401, description = "No token, or one that is not valid", body = ProblemBody),
        (status = 503, description = "Busy: ask again", body = ProblemBody),
    ),
    security(("device_token" = []))
)]
pub async fn show(
    State(app): State<AppState>,
    Query(holds): Query<Holds>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let gate = gate_of(&app, &headers, peer).await?;
    let policy = policy(&app, &gate).await?;
    let list = app.gate_list.current(&app).await?;
    let key_list = app.signer.signed_key_list().await?;
    let tag = tag(&app, &list, &key_list, &policy);
    let held = headers.get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
    let cache = [
        (CACHE_CONTROL, "private, no-cache".to_owned()),
        (ETAG, tag.clone()),
    ];
    if held.is_some_and(|held| held.split(',').any(|one| one.trim() == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, cache).into_response());
    }
    // Changes are compressed: not on the threads that answer requests.
    let made = tokio::task::spawn_blocking(move || {
        let since = |from| list.since(Timestamp::from_seconds(from));
        let states = match holds.from.and_then(since) {
            Some(change) => States::Since(Arc::unwrap_or_clone(change)),
            None => States::Whole(list.sealed().to_vec()),
        };
        (list.times(), states)
    });
    let ((issued, expires), states) = made
        .await
        .map_err(|error| Problem::Internal(error.to_string()))?;
    let bundle = GateBundle {
        issued,
        expires,
        key_list,
        states,
        queue_key: *app.queue_key.public(),
        policy,
    };
    let sealed = app.signer.seal_bundle(&bundle).await?;
    Ok((cache, [(CONTENT_TYPE, "application/cose")], sealed).into_response())
}

/// Names what a gate holds after a bundle, whether it came whole or as a change.
fn tag(app: &AppState, list: &Built, key_list: &[u8], policy: &str) -> String {
    let issued = list.times().0.seconds().to_be_bytes();
    let mut hash = Sha256::new();
    for part in [
        &issued[..],
        list.digest(),
        app.queue_key.public(),
        key_list,
        policy.as_bytes(),
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    format!("\"{}\"", BASE64URL_NOPAD.encode(&hash.finalize()[..16]))
}

async fn policy(app: &AppState, gate: &Gate) -> Result<String, Problem> {
    let mut tx = app.store.read().await?;
    let venue = tx.venue(gate.venue()).await?.ok_or(Problem::TokenRefused)?;
    let checkpoint = tx.checkpoint(gate.checkpoint).await?;
    let checkpoint = checkpoint.ok_or(Problem::TokenRefused)?;
    let demands = tx.demands_over(&venue.details.unit).await?;
    let here = Here {
        venue: venue.id,
        kind: venue.details.kind,
        unit: &venue.details.unit,
    };
    let concerns = demands.iter().filter(|demand| demand.concerns(&here));
    let permit_from = concerns.map(|demand| app.zone().start(demand.from)).min();
    let policy = written(app, gate, &venue, &checkpoint);
    let policy = Policy {
        permit_from: permit_from.map(Timestamp::millis),
        ..policy
    };
    serde_json::to_string(&policy).map_err(|error| Problem::Internal(error.to_string()))
}

fn written<'a>(
    app: &AppState,
    gate: &Gate,
    venue: &'a Venue,
    checkpoint: &'a Checkpoint,
) -> Policy<'a> {
    let rules = venue.rules(app.zone());
    Policy {
        device: gate.device.map(|id| id.to_string()),
        venue: venue.id.to_string(),
        checkpoint_id: checkpoint.id.to_string(),
        venue_name: &venue.details.name,
        checkpoint_name: &checkpoint.name,
        opens: (!rules.hours.always()).then(|| rules.hours.ends()),
        idle_s: rules.idle.as_secs(),
        closed: rules.closed.map(Timestamp::millis),
        suspended: rules.suspended.map(Timestamp::millis),
        permit_from: None,
        zone_minutes: app.zone().offset_minutes(),
        policy_version: POLICY_VERSION,
    }
}
