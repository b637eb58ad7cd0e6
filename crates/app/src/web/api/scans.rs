//! `POST /api/v1/scans`: the way in for gates, kiosks and backlogs.
//!
//! `present` and `admit` here serve the attendant's page too: a scan is a batch of one, whoever
//! sends it.

use super::answer;
use super::body;
use super::lines::{Batch, Line, Sent, Unread, scan};
use super::sealed::unseal;
use super::set_aside;
use super::unpacking::Unpacked;
use crate::AppState;
use crate::gates::{Bearer, Gate};
use crate::web::peer::Peer;
use crate::web::permits::at_gate::PermitWords;
use crate::web::problem::Problem;
use crate::web::scanner;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::response::Response;
use domain::ids::ScanId;
use domain::scan::{Answer, Decision, Direction, Presented, Reason, Reasons, Way, kept_skew};
use domain::time::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use store::admissions::{Admitted, Lane};
use utoipa::ToSchema;

/// From this many on, a request is a backlog: gates go first.
const BACKLOG: usize = 65;
/// From this many on, codes are verified off the request path's threads.
const MANY: usize = 32;

/// What a device is told again of a scan that was set aside before.
const ASIDE: [Reason; 3] = [Reason::Future, Reason::TooOld, Reason::DeviceLost];

/// The answers, one a scan, in the order sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Results {
    /// One a scan.
    pub results: Vec<ResultLine>,
}

/// The answer to one scan.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResultLine {
    /// The id as sent.
    pub id: String,
    /// The time the id carries, RFC 3339 UTC; null when the id is no UUIDv7.
    pub at: Option<String>,
    /// `admit`, `refer` or `refuse`.
    #[schema(value_type = String)]
    pub decision: Decision,
    /// `in` or `out`: as recorded.
    #[schema(value_type = String)]
    pub direction: Direction,
    /// Whether this id was answered before; this is that answer.
    pub duplicate: bool,
    /// Whether the log does not take it as it is, and it is kept for the venue's owner; absent otherwise.
    #[serde(skip_serializing_if = "not")]
    #[schema(required = false)]
    pub set_aside: bool,
    /// Why: stable slugs.
    #[schema(value_type = Vec<String>)]
    pub reasons: Vec<Reason>,
    /// Permits that are asked for here, in words to be shown; absent where none is, and in a backlog.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub permits: Vec<PermitWords>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn not(yes: &bool) -> bool {
    !*yes
}

/// Records scans of the token's device. Those of a device that was reported lost are set aside, all of
/// them, and it is told so of each: it hands over what it has, and admits nobody.
#[utoipa::path(
    post,
    path = "/api/v1/scans",
    request_body(content = Batch<'_>, content_type = "application/json"),
    responses(
        (status = 200, description = "One answer a scan, in the order sent; all of it is on disk", body = Results),
        (status = 400, description = "The body is not such a batch", body = super::openapi::ProblemBody),
        (status = 401, description = "No token, or one that is not valid", body = super::openapi::ProblemBody),
        (status = 413, description = "More than 10,000 scans, or too many bytes", body = super::openapi::ProblemBody),
        (status = 429, description = "More than 1,000 scans a second for long, more than two large bodies at a time, or more \
         set aside than a device may have: send the same batch after Retry-After",
         body = super::openapi::ProblemBody),
        (status = 503, description = "Busy: send the same batch again", body = super::openapi::ProblemBody),
        (status = 507, description = "The disk is full: nothing of the batch was acknowledged",
         body = super::openapi::ProblemBody),
    ),
    security(("device_token" = []))
)]
pub async fn create(
    State(app): State<AppState>,
    peer: Peer,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    // Of nobody's token no body is read.
    let bearer = bearer_of(&app, &headers, peer).await?;
    let (Bearer::Gate(gate) | Bearer::Lost(gate)) = &bearer;
    let body = bought(&app, gate, &headers, body).await?;
    let text = body::text(&body.bytes)?;
    let mut sent = read(&app, gate, &text)?;
    sent.lines = unseal(&app, sent.lines).await?;
    let results = match &bearer {
        Bearer::Lost(gate) => set_aside::of_lost(&app, gate, sent).await?,
        Bearer::Gate(gate) => {
            let presented = scanner::read(&app, &gate.who, &sent.lines, Way::Device).await?;
            admit(&app, gate, sent, presented, Way::Device).await?
        }
    };
    let text =
        serde_json::to_vec(&Results { results }).map_err(|e| Problem::Internal(e.to_string()))?;
    Ok(answer::json(&headers, text))
}

/// A body, unpacked, once one scan was counted for it: what cannot be read is work, too.
async fn bought<'a>(
    app: &'a AppState,
    gate: &Gate,
    headers: &HeaderMap,
    body: Body,
) -> Result<Unpacked<'a>, Problem> {
    let spent = app.gates.spend(gate, 1, app.now());
    spent.map_err(Problem::TooMany)?;
    app.unpacking.body(gate.device, headers, body).await
}

/// Reads a body's text, and counts its scans but the one that was counted before.
fn read<'a>(app: &AppState, gate: &Gate, text: &'a str) -> Result<Sent<'a>, Problem> {
    let sent = body::read(text)?;
    let more = sent.lines.len().saturating_sub(1);
    let spent = app.gates.spend(gate, more, app.now());
    spent.map_err(Problem::TooMany).map(|()| sent)
}

/// The gate whose token a request bears; none that was reported lost.
pub async fn gate_of(
    app: &AppState,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<Arc<Gate>, Problem> {
    match bearer_of(app, headers, peer).await? {
        Bearer::Gate(gate) => Ok(gate),
        Bearer::Lost(_) => Err(Problem::TokenRefused),
    }
}

async fn bearer_of(
    app: &AppState,
    headers: &HeaderMap,
    Peer(from): Peer,
) -> Result<Bearer, Problem> {
    let token = bearer(headers).ok_or(Problem::TokenRefused)?;
    let bearer = app.gates.by_token(app, token).await?;
    if let Some(Bearer::Gate(gate)) = &bearer {
        app.gates.hear(gate, from, app.now());
    }
    bearer.ok_or(Problem::TokenRefused)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// Where the answer to a line comes from.
enum Place {
    Log(ScanId),
    Aside,
    Told(ResultLine),
}

/// Admits the scans of a batch whose codes were read, and answers line by line. What a device read
/// at a time that the log does not take is set aside, after the others are recorded.
pub async fn admit(
    app: &AppState,
    gate: &Gate,
    sent: Sent<'_>,
    presented: Vec<Presented>,
    way: Way,
) -> Result<Vec<ResultLine>, Problem> {
    let now = app.now();
    let skew = sent.at.map(|at| kept_skew(at.saturating_sub(now.millis())));
    let (mut scans, mut aside) = (Vec::with_capacity(sent.lines.len()), Vec::new());
    let mut places = Vec::with_capacity(sent.lines.len());
    for (line, presented) in sent.lines.into_iter().zip(presented) {
        match scan(gate, line, presented, (way, skew, sent.shown)) {
            Ok(scan) => match set_aside::why(app, gate, &scan, now) {
                Some(reason) => {
                    places.push(Place::Aside);
                    aside.push((reason, scan));
                }
                None => {
                    places.push(Place::Log(scan.id));
                    scans.push(scan);
                }
            },
            Err(unread) => places.push(Place::Told(malformed(unread))),
        }
    }
    let lane = if scans.len() < BACKLOG {
        Lane::Live
    } else {
        Lane::Backlog
    };
    let admitted = app.admissions.admit_showing(&gate.who, scans, lane, now);
    let mut admitted = admitted.await?.into_iter();
    let aside = set_aside::keep(app, gate, &aside, sent.at, now).await?;
    let mut aside = aside.into_iter();
    let missing = || Answer::refuse(Direction::In, Reason::Malformed);
    let answered = places.into_iter().map(|place| match place {
        Place::Log(id) => match admitted.next() {
            Some(Admitted { answer, permits }) => ResultLine {
                permits: PermitWords::nearest(&permits, lane),
                ..told(id, answer)
            },
            None => told(id, missing()),
        },
        Place::Aside => aside.next().unwrap_or_else(|| malformed(Unread::default())),
        Place::Told(line) => line,
    });
    Ok(answered.collect())
}

/// Reads the codes of a batch, one a line.
pub async fn present(
    app: &AppState,
    lines: &[Result<Line<'_>, Unread>],
) -> Result<Vec<Presented>, Problem> {
    let keyring = app.signer.keyring();
    let text = |line: &Result<Line<'_>, Unread>| {
        line.as_ref()
            .map_or(String::new(), |line| line.code.to_string())
    };
    if let [Ok(line)] = lines {
        return Ok(vec![app.codes.present_together(&line.code, &keyring).await]);
    }
    let texts: Vec<String> = lines.iter().map(text).collect();
    let app = Arc::clone(app);
    let read = move || {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        app.codes.present_all(&texts, &keyring)
    };
    if lines.len() < MANY {
        return Ok(read());
    }
    tokio::task::spawn_blocking(read)
        .await
        .map_err(|error| Problem::Internal(error.to_string()))
}

pub(super) fn malformed(Unread { id }: Unread) -> ResultLine {
    let at = ScanId::parse(&id).map(|id| id.at().rfc3339());
    let reasons = vec![Reason::Malformed];
    ResultLine {
        id,
        at,
        decision: Decision::Refuse,
        direction: Direction::In,
        duplicate: false,
        set_aside: false,
        reasons,
        permits: Vec::new(),
    }
}

pub(super) fn told(id: ScanId, answer: Answer) -> ResultLine {
    let Answer {
        decision,
        direction,
        reasons,
        duplicate,
    } = answer;
    let at: Timestamp = id.at();
    let reasons: &Reasons = &reasons;
    // Nothing is in the log for these reasons, to be answered from there again.
    let set_aside = duplicate && ASIDE.iter().any(|reason| reasons.has(*reason));
    ResultLine {
        id: id.to_string(),
        at: Some(at.rfc3339()),
        decision,
        direction,
        duplicate,
        set_aside,
        reasons: reasons.iter().collect(),
        permits: Vec::new(),
    }
}
